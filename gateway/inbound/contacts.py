"""Which contact of a business an address belongs to."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest

from channels_out.channel import PHONE_CHANNELS, Channel
from gateway.addresses import clean, normalize
from gateway.inbound.messages import InboundForm
from gateway.models import Business, Consent, Contact, ContactAddress


def contact_for_form(form: InboundForm) -> Contact:
    """The one contact that has every address given, else a new one.

    A form can be filled in with anybody's addresses: joining them to a contact that had only some
    would send that person's conversations to an address he never gave.
    """
    given = _given(form)
    contact = _holder_of_all(form.business, given) or _new_contact(form, given)
    if form.consent or form.consent_source:
        source = form.consent_source or "form"
        by = form.reply_by if form.taken_by else ""
        address = contact.addresses.filter(channel=by).first() if by else None
        Consent.objects.create(contact=contact, address=address, source=source, words=form.consent)
    return contact


def contact_for_address(
    business: Business, channel: str, address: str, name: str, at: datetime | None
) -> Contact:
    """The contact from whose address something came: proven before, else the only one with it, else new.

    Who has only claimed it counts while he has no other address, to which an answer could go. What
    came from no address at all is a new contact each time: nothing says that two are one person.
    `at` is None for what proves no address.
    """
    normalized = normalize(channel, address)
    known = _holder(business, channel, normalized) if normalized else None
    if known is None:
        return new_contact(business, channel, address, name, at)
    _seen(ContactAddress.objects.filter(pk=known.pk), address, at)
    return known.contact


def new_contact(
    business: Business, channel: str, address: str, name: str, at: datetime | None
) -> Contact:
    """A contact with this address, if it is one; `at` is None for what proves no address."""
    contact = Contact.objects.create(business=business, name=name[:255])
    if normalize(channel, address):
        _add(contact, channel, address, at)
    return contact


def came_from(contact: Contact, channel: str, address: str, at: datetime | None) -> bool:
    """Marks that something came from this address; whether it is one of the contact's.

    `at` is None for what proves no address.
    """
    theirs = _addresses(contact, channel, address)
    return theirs.exists() if at is None else _seen(theirs, address, at)


def speaks_from(contact: Contact, channel: str, address: str, at: datetime) -> None:
    """Marks that the contact wrote from this address, which becomes one of his where it was not yet.

    For a number only: a text came from it, and filing it under the contact says that it is his.
    """
    if normalize(channel, address) and not came_from(contact, channel, address, at):
        _add(contact, channel, address, at)


def has_address(contact: Contact, channel: str, address: str) -> bool:
    """Whether this is one of the contact's addresses."""
    return _addresses(contact, channel, address).exists()


def _addresses(contact: Contact, channel: str, address: str) -> QuerySet[ContactAddress]:
    """The one address of a contact, or none."""
    return contact.addresses.filter(channel=channel, normalized=normalize(channel, address))


def _given(form: InboundForm) -> list[tuple[str, str]]:
    given = [(Channel.EMAIL, form.sender_email), (Channel.SMS, form.sender_phone)]
    if form.reply_by == Channel.WHATSAPP:
        given.append((Channel.WHATSAPP, form.sender_phone))
    return [(str(channel), clean(address)) for channel, address in given if clean(address)]


def _holder_of_all(business: Business, given: list[tuple[str, str]]) -> Contact | None:
    contacts = Contact.objects.filter(business=business)
    for channel, address in given:
        contacts = contacts.filter(
            addresses__channel=channel, addresses__normalized=normalize(channel, address)
        )
    return contacts.order_by("created_at").first() if given else None


def _new_contact(form: InboundForm, given: list[tuple[str, str]]) -> Contact:
    contact = Contact.objects.create(
        business=form.business, name=form.sender_name[:255], user=form.sender
    )
    for channel, address in given:
        _add(contact, channel, address, None)
    return contact


def _others(normalized: str) -> QuerySet[ContactAddress]:
    """Addresses of the same contact that differ from this one."""
    return ContactAddress.objects.filter(contact=OuterRef("contact")).exclude(normalized=normalized)


def _holder(business: Business, channel: str, normalized: str) -> ContactAddress | None:
    """The contact's address that was proven last, else the only one whose contact has no other."""
    holders = ContactAddress.objects.filter(
        Q(last_inbound_at__isnull=False) | ~Exists(_others(normalized)),
        business=business,
        channel=channel,
        normalized=normalized,
    )
    proven_first = holders.order_by(F("last_inbound_at").desc(nulls_last=True))
    first_two = list(proven_first.select_related("contact")[:2])
    if first_two and (first_two[0].last_inbound_at or len(first_two) == 1):
        return first_two[0]
    return None


def _add(contact: Contact, channel: str, address: str, at: datetime | None) -> None:
    ContactAddress.objects.create(
        contact=contact,
        business_id=contact.business_id,
        channel=channel,
        address=clean(address),
        normalized=normalize(channel, address),
        last_inbound_at=at,
    )


def _seen(known: QuerySet[ContactAddress], address: str, at: datetime | None) -> bool:
    """Notes in one update that something came from there; whether there was anything to note it on."""
    if at is None:
        return False
    latest = Greatest(Coalesce("last_inbound_at", Value(at)), Value(at))
    return bool(known.update(last_inbound_at=latest, address=clean(address), bounced_at=None))


def is_unknown_phone(business: Business, phone: str) -> bool:
    """Whether no customer of the business has this phone, or says so."""
    known = ContactAddress.objects.filter(
        business=business, channel__in=PHONE_CHANNELS, normalized=phone
    )
    return bool(phone) and not known.exists()

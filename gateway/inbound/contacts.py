"""Which contact of a business an address belongs to."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from channels_out.channel import Channel
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
    if form.consent:
        Consent.objects.create(contact=contact, source="form", words=form.consent)
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
    if not normalized:
        return Contact.objects.create(business=business, name=name[:255])
    holders = ContactAddress.objects.filter(
        business=business, channel=channel, normalized=normalized
    )
    known = holders.filter(last_inbound_at__isnull=False).order_by(
        "-last_inbound_at"
    ).first() or _only(holders.exclude(Exists(_others(normalized))))
    if known is None:
        contact = Contact.objects.create(business=business, name=name[:255])
        _add(contact, channel, address, at)
        return contact
    _seen(known, address, at)
    return known.contact


def came_from(contact: Contact, channel: str, address: str, at: datetime | None) -> bool:
    """Marks that something came from this address; whether it is one of the contact's.

    `at` is None for what proves no address.
    """
    known = _address_of(contact, channel, address)
    if known is not None:
        _seen(known, address, at)
    return known is not None


def speaks_from(contact: Contact, channel: str, address: str, at: datetime) -> None:
    """Marks that the contact wrote from this address, which becomes one of his where it was not yet.

    For a number only: a text came from it, and filing it under the contact says that it is his.
    """
    if normalize(channel, address) and not came_from(contact, channel, address, at):
        _add(contact, channel, address, at)


def has_address(contact: Contact, channel: str, address: str) -> bool:
    """Whether this is one of the contact's addresses."""
    return _address_of(contact, channel, address) is not None


def _address_of(contact: Contact, channel: str, address: str) -> ContactAddress | None:
    normalized = normalize(channel, address)
    return contact.addresses.filter(channel=channel, normalized=normalized).first()


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


def _only(holders: QuerySet[ContactAddress]) -> ContactAddress | None:
    first_two = list(holders.select_related("contact")[:2])
    return first_two[0] if len(first_two) == 1 else None


def _add(contact: Contact, channel: str, address: str, at: datetime | None) -> None:
    ContactAddress.objects.create(
        contact=contact,
        business_id=contact.business_id,
        channel=channel,
        address=clean(address),
        normalized=normalize(channel, address),
        last_inbound_at=at,
    )


def _seen(known: ContactAddress, address: str, at: datetime | None) -> None:
    if at is None:
        return
    known.last_inbound_at = max(known.last_inbound_at or at, at)
    known.address = clean(address)
    known.bounced_at = None
    known.save(update_fields=["last_inbound_at", "address", "bounced_at"])

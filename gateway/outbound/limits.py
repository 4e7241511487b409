"""How many texts a business may send, and to which countries: nobody earns by pumping messages through us."""

from __future__ import annotations

from django.db.models import F
from django.utils import timezone

from channels_out.models import Sender
from gateway import conf
from gateway.addresses import calling_code_of, country_of, is_costly, is_phone
from gateway.models import Business, ContactAddress, TextsSent


class OverBudget(Exception):
    """A business has sent as many texts today as it may; the message says so."""


def why_not_there(business: Business, sender: Sender, address: ContactAddress) -> str:
    """Why a business may not write to this phone, or nothing.

    Who wrote first is answered, wherever he is; but nobody with a satellite's or a premium number.
    """
    number = address.normalized
    if not is_phone(number):
        return ""
    if is_costly(number):
        return f"{number} is a satellite or premium number, and such numbers are not written to."
    code, country = calling_code_of(number)
    allowed = countries_of(business, sender)
    if not allowed or address.last_inbound_at or country in allowed:
        return ""
    if address.contact.addresses.filter(normalized=number, last_inbound_at__isnull=False).exists():
        return ""
    return (
        f"{business} does not write to numbers of {code} ({country}) first. "
        "The customer can write first, or whoever runs this service can allow it."
    )


def countries_of(business: Business, sender: Sender | None = None) -> set[str]:
    """The countries (ISO 3166) whose phones a business may write to first; none: any.

    Those it was given, else those of TEXT_COUNTRIES, and then of its own numbers and of the one it writes
    from as well.
    """
    if business.text_countries:
        return set(business.text_countries.split(","))
    allowed = conf.text_countries()
    if not allowed:
        return set()
    dedicated = Sender.objects.filter(dedication__business=business, is_active=True)
    senders = [*dedicated, *([sender] if sender else [])]
    return {_country(each) for each in senders} - {""} | allowed


def most_texts(business: Business) -> int:
    """How many texts a business may send in a day."""
    return conf.texts_per_day() if business.texts_a_day is None else business.texts_a_day


def texts_today(business: Business) -> int:
    """How many it has sent today: segments of SMS, messages of WhatsApp."""
    today = TextsSent.objects.filter(business=business, day=timezone.localdate())
    return today.values_list("segments", flat=True).first() or 0


def count_texts(business: Business, segments: int) -> None:
    """Notes that a business sends so many texts, in the transaction that puts them in the outbox.

    Raises OverBudget where they are more than it may send today; then nothing may go out.
    """
    most, today = most_texts(business), timezone.localdate()
    row = TextsSent.objects.filter(business=business, day=today)
    room = row.filter(segments__lte=most - segments)
    if room.update(segments=F("segments") + segments):
        return
    if segments <= most:
        TextsSent.objects.get_or_create(business=business, day=today)
        if room.update(segments=F("segments") + segments):
            return
    raise OverBudget(
        f"{business} may send {most} texts a day, and this answer would be more than that. "
        "Send it by email, or tomorrow."
    )


def _country(sender: Sender) -> str:
    return sender.country.upper() or country_of(sender.address)

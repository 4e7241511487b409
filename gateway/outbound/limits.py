"""How many texts a business may send, and to which countries: nobody earns by pumping messages through us."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from datetime import date, datetime

import phonenumbers
from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels_out.models import Sender
from gateway import conf
from gateway.addresses import calling_code_of, country_of, is_costly, is_phone
from gateway.models import Business, ContactAddress, TextsSent

# What an owner says himself.
OWN_LIMITS = ("own_texts_a_day", "own_text_countries")


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
        words = _(
            "%(number)s is a satellite or premium number, and such numbers are not written to."
        )
        return words % {"number": number}
    code, country = calling_code_of(number)
    allowed = countries_of(business, sender)
    if not allowed or address.last_inbound_at or country in allowed:
        return ""
    if address.contact.addresses.filter(normalized=number, last_inbound_at__isnull=False).exists():
        return ""
    words = _(
        "%(business)s does not write to numbers of %(code)s (%(country)s) first. "
        "The customer can write first, or whoever runs this service can allow it."
    )
    return words % {"business": business, "code": code, "country": country}


def countries_of(business: Business, sender: Sender | None = None) -> set[str]:
    """The countries (ISO 3166) whose phones a business may write to first; none: any.

    Those that its owner chose of the ones it was granted.
    """
    granted = granted_countries(business, sender)
    own = _listed(business.own_text_countries)
    return (granted & own or granted) if granted else own


def granted_countries(business: Business, sender: Sender | None = None) -> set[str]:
    """Those of its row, else those of TEXT_COUNTRIES, and then of its own numbers and of the one it writes
    from as well; none: any.
    """
    if business.text_countries:
        return _listed(business.text_countries)
    allowed = conf.text_countries()
    if not allowed:
        return set()
    dedicated = Sender.objects.filter(dedication__business=business, is_active=True)
    senders = [*dedicated, *([sender] if sender else [])]
    return {country_at(each) for each in senders} - {""} | allowed


def most_texts(business: Business) -> int:
    """How many texts a business may send in a day: its owner's limit, where it is below what it was granted."""
    granted = granted_texts(business)
    return granted if business.own_texts_a_day is None else min(business.own_texts_a_day, granted)


def granted_texts(business: Business) -> int:
    """How many whoever runs this service lets it send in a day."""
    return conf.texts_per_day() if business.texts_a_day is None else business.texts_a_day


def with_limits(business: Business, texts: int | None, countries: Iterable[str]) -> Business:
    """The business with what its owner allows of what was granted, to be saved by OWN_LIMITS.

    Texts in a day, and countries; None and none: all of it. Raises ValidationError by `texts_a_day`
    and `countries`.
    """
    chosen, granted = set(countries) - {""}, granted_countries(business)
    known = granted or phonenumbers.SUPPORTED_REGIONS
    errors = {}
    if texts is not None and texts > (most := granted_texts(business)):
        errors["texts_a_day"] = _("At most %(most)s are granted.") % {"most": most}
    if wrong := sorted(chosen - known):
        errors["countries"] = _("These are no countries that you may choose: %(wrong)s.") % {
            "wrong": ", ".join(wrong)
        }
    if errors:
        raise ValidationError(errors)
    changed = copy(business)
    changed.own_texts_a_day, changed.own_text_countries = texts, ",".join(sorted(chosen))
    return changed


def server_day(at: datetime | None = None) -> date:
    """The day of `at`, by default now, where the server is: what goes out is counted by it, whoever asks."""
    return timezone.localdate(at, timezone.get_default_timezone())


def texts_today(business: Business) -> int:
    """How many it has sent today: segments of SMS, messages of WhatsApp."""
    today = TextsSent.objects.filter(business=business, day=server_day())
    return today.values_list("segments", flat=True).first() or 0


def count_texts(business: Business, segments: int) -> None:
    """Notes that a business sends so many texts, in the transaction that puts them in the outbox.

    Raises OverBudget where they are more than it may send today; then nothing may go out.
    """
    most, today = most_texts(business), server_day()
    row = TextsSent.objects.filter(business=business, day=today)
    room = row.filter(segments__lte=most - segments)
    if room.update(segments=F("segments") + segments):
        return
    if segments <= most:
        TextsSent.objects.get_or_create(business=business, day=today)
        if room.update(segments=F("segments") + segments):
            return
    words = ngettext(
        "%(business)s may send %(most)d text a day, and this answer would be more than that. "
        "Send it by email, or tomorrow.",
        "%(business)s may send %(most)d texts a day, and this answer would be more than that. "
        "Send it by email, or tomorrow.",
        most,
    )
    raise OverBudget(words % {"business": business, "most": most})


def uncount_texts(business: Business, segments: int, at: datetime) -> None:
    """Gives back what was counted then for texts that were taken back."""
    counted = TextsSent.objects.filter(
        business=business, day=server_day(at), segments__gte=segments
    )
    counted.update(segments=F("segments") - segments)


def country_at(sender: Sender) -> str:
    """The country of a number of ours (ISO 3166), or nothing."""
    return sender.country.upper() or country_of(sender.address)


def _listed(countries: str) -> set[str]:
    return set(countries.split(",")) - {""}

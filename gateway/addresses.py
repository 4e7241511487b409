"""Addresses are opaque strings; the normal form only helps to find them again."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from channels_out.channel import Channel
from channels_out.phones import one_form, other_forms
from gateway.conf import reply_domain

_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]+")
_PUNCTUATION = re.compile(r"[\s().\-/]+")


def normalize(channel: str, address: str, region: str = "") -> str:
    """The form to compare by: E.164 for a phone number, lower case for email, else the string itself.

    Never a gate: what a phone library dislikes (short codes, WhatsApp user ids, alphanumeric
    senders) is returned as it is, without blanks. `region` (ISO 3166) reads national forms.
    """
    address = clean(address)
    if channel == Channel.EMAIL:
        return address.lower()
    if channel in {Channel.SMS, Channel.WHATSAPP} and re.fullmatch(r"\+?[\d\s().\-/]{5,}", address):
        return _e164(address, region)
    return address


def forms_of(channel: str, address: str) -> set[str]:
    """Every form in which this address may have been written down: as it is, its normal form, and any other
    in which providers write the same phone.
    """
    normal = normalize(channel, address)
    return {clean(address), normal, *other_forms(normal)}


def clean(address: str) -> str:
    """Without surrounding blanks and without the characters that no address can hold."""
    return "".join(char for char in address if char.isprintable()).strip()[:254].strip()


def plain_name(name: str) -> str:
    """A stranger's name on one line, without the characters that turn the text beside it around.

    Those are the embeddings, overrides and isolates of UAX #9 section 2.
    """
    return " ".join(_UNSEEN.sub(" ", name).split())


def is_email(address: str) -> bool:
    """Whether it has the shape of a mailbox that mail can be sent to."""
    return bool(re.fullmatch(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+", address))


def is_ours(address: str) -> bool:
    """Whether mail to it would come back to us: a reply address or a public address."""
    return address.rpartition("@")[2].lower() == reply_domain().lower()


def is_phone(address: str) -> bool:
    """Whether it has the shape of an international number (E.164)."""
    return bool(re.fullmatch(r"\+[1-9]\d{5,14}", address))


def country_of(number: str) -> str:
    """The country of an international number (ISO 3166-1 alpha-2), or nothing."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ""
    return str(region or "")


def calling_code_of(number: str) -> tuple[str, str]:
    """What an international number begins with, such as "+49", and its country; of several the main one."""
    try:
        code = phonenumbers.parse(number).country_code or 0
    except phonenumbers.NumberParseException:
        return "", ""
    main = phonenumbers.region_code_for_country_code(code)
    return f"+{code}", country_of(number) or str(main)


@lru_cache(maxsize=1024)
def is_costly(number: str) -> bool:
    """Whether it is a satellite's or a premium number, from which whoever holds it may earn.

    Numbers of no country have the region 001 (ITU-T E.164 annex A).
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    region = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    return region == "001" or phonenumbers.number_type(parsed) in _COSTLY


_COSTLY = (
    phonenumbers.PhoneNumberType.PREMIUM_RATE,
    phonenumbers.PhoneNumberType.SHARED_COST,
)


# The filing of one text asks for the same two numbers some ten times.
@lru_cache(maxsize=1024)
def _e164(address: str, region: str) -> str:
    bare = _PUNCTUATION.sub("", address)
    try:
        number = phonenumbers.parse(bare, region or None)
    except phonenumbers.NumberParseException:
        return bare
    e164 = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return one_form(e164)

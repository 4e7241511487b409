"""An answer as SMS or WhatsApp messages."""

from __future__ import annotations

import unicodedata
from uuid import UUID

from django.utils.translation import gettext as _

from channels_out.channel import Channel
from channels_out.models import Sender
from channels_out.outgoing import Rendered
from channels_out.sms import plain
from gateway.addresses import normalize
from gateway.languages import language_for, speaks
from gateway.links import file_url
from gateway.models import Attachment, CustomerMessage, Dispatch
from gateway.outbound.failures import NOT_ARRIVED
from gateway.outbound.media import media_of

# Twilio refuses a longer Body (error 21617).
LONGEST_TEXT = 1600
ZERO_WIDTH_JOINER = "\u200d"


@speaks(lambda message, *_: language_for(message))
def texts_to_customer(
    message: CustomerMessage, words: str, files: list[Attachment], sender: Sender, address: str
) -> list[Rendered]:
    """The answer in as many messages as it takes; the first of a conversation on a number says who speaks.

    Files travel as media: on WhatsApp one in a message of its own, by MMS with the last words; of those
    that the number cannot carry the text has the addresses. An SMS gets plain quotes and dashes where
    these make it cheaper.
    """
    media = media_of(files, sender)
    linked = [f"{file.name}: {file_url(file)}" for file in files if file not in media]
    words = (_introduction(message, sender, address) + words).strip()
    words = "\n".join([words, *linked]).strip()
    if sender.channel == Channel.SMS:
        words = plain(words)
    texts = [Rendered(text=part) for part in split(words, LONGEST_TEXT)]
    return _with_media(texts, [file_url(file) for file in media], sender.channel)


def split(text: str, longest: int) -> list[str]:
    """The text in parts of at most `longest` UTF-16 units, which is how phone networks count.

    Cut at white space where there is some, else never inside what a reader sees as one character.
    """
    parts = []
    while _units(text) > longest:
        cut = _cut(text, _fitting(text, longest))
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*parts, text] if text or not parts else parts


def _introduction(message: CustomerMessage, sender: Sender, address: str) -> str:
    if _spoke_last(sender, address) == message.pk:
        return ""
    about = message.listing_snapshot.get("title", "")
    words = _("%(business)s, about %(listing)s") % {
        "business": message.business.name,
        "listing": about,
    }
    return f"{words if about else message.business.name}: "


def _spoke_last(sender: Sender, address: str) -> UUID | None:
    """The conversation of the last text on this pair that went out or still will."""
    normalized = normalize(sender.channel, address)
    texts = Dispatch.objects.filter(
        message__routes__sender=sender,
        message__routes__normalized=normalized,
        delivery__sender=sender,
        delivery__to_address__in={address, normalized},
    ).exclude(delivery__state__in=NOT_ARRIVED)
    return texts.order_by("-delivery_id").values_list("message", flat=True).first()


def _with_media(texts: list[Rendered], urls: list[str], channel: str) -> list[Rendered]:
    if not urls:
        return texts
    if channel == Channel.WHATSAPP:
        spoken = [text for text in texts if text.text]
        return [*spoken, *(Rendered(text="", media_urls=(url,)) for url in urls)]
    return [*texts[:-1], Rendered(text=texts[-1].text, media_urls=tuple(urls))]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _fitting(text: str, longest: int) -> int:
    """How many characters fit into so many UTF-16 units."""
    return len(text.encode("utf-16-le")[: 2 * longest].decode("utf-16-le", errors="ignore"))


def _cut(text: str, fitting: int) -> int:
    space = max(text.rfind(blank, 1, fitting + 1) for blank in " \n")
    if space > 0:
        return space
    cut = fitting
    while cut > 0 and _is_one(text, cut):
        cut -= 1
    return cut or fitting


def _is_one(text: str, cut: int) -> bool:
    """Whether what stands before and after the cut is seen as one character (Unicode annex 29)."""
    before, after = text[cut - 1], text[cut]
    if ZERO_WIDTH_JOINER in (before, after) or unicodedata.category(after) in ("Mn", "Mc", "Me"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True  # a skin colour, or the letters of a region's flag
    return _is_flag(after) and _flags_before(text, cut) % 2 == 1


def _flags_before(text: str, cut: int) -> int:
    count = 0
    while cut - count > 0 and _is_flag(text[cut - count - 1]):
        count += 1
    return count


def _is_flag(char: str) -> bool:
    """Two of these letters are one flag."""
    return "\U0001f1e6" <= char <= "\U0001f1ff"

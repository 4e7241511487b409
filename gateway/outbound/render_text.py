"""An answer as SMS or WhatsApp messages."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _
from wcwidth import grapheme_boundary_before

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

    Cut at white space where there is some in the last third of a part, else never inside a grapheme cluster
    (Unicode annex 29).
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
    """Where a part ends: at white space late in it, else between two of what a reader sees as one character."""
    space = max(text.rfind(blank, max(1, 2 * fitting // 3), fitting + 1) for blank in " \n")
    if space > 0:
        return space
    return grapheme_boundary_before(text, fitting + 1) or fitting

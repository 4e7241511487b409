"""Which files travel as media to a phone; what Twilio would refuse, minutes later, goes as a link.

By MMS as in https://www.twilio.com/docs/messaging/guides/accepted-mime-types, on WhatsApp as in
https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages.
"""

from __future__ import annotations

from collections.abc import Iterable

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.models import Attachment

# Twilio refuses more in one MMS (error 21623), and all of them together above 5 MB (11751).
MOST_MEDIA = 10
LARGEST_MMS = 5_000_000  # bytes
# What Twilio does not make smaller, US carriers take up to this: https://help.twilio.com/articles/360018832773
LARGEST_UNFITTED = 600_000  # bytes
FITTED = frozenset({"image/jpeg", "image/jpg", "image/gif", "image/png"})
MMS_TYPES = FITTED | {
    *("image/heic", "image/heif", "image/tiff", "image/bmp"),
    *("audio/basic", "audio/l24", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/ac3"),
    *("audio/vnd.rn-realaudio", "audio/vnd.wave", "audio/webm", "audio/amr", "audio/amr-nb"),
    *("audio/3gpp", "audio/3gpp2"),
    *("video/mpeg", "video/mp4", "video/quicktime", "video/webm", "video/3gpp", "video/3gpp2"),
    *("video/3gpp-tt", "video/h261", "video/h263", "video/h263-1998", "video/h263-2000"),
    "video/h264",
    *("text/vcard", "text/x-vcard", "text/csv", "text/rtf", "text/richtext", "text/calendar"),
    *("text/directory", "application/pdf", "application/vcard", "application/vnd.apple.pkpass"),
}

LARGEST_ON_WHATSAPP = 16_000_000  # bytes
LARGEST_PICTURE_ON_WHATSAPP = 5_000_000  # bytes
# WebP is taken for a sticker only, Ogg only with Opus inside, which its type does not say.
WHATSAPP_TYPES = frozenset(
    {
        *("image/jpeg", "image/jpg", "image/png"),
        *("audio/amr", "audio/3gpp", "audio/aac", "audio/mpeg", "video/mp4"),
        *("text/vcard", "text/x-vcard", "application/pdf", "application/msword"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)


def media_of(files: Iterable[Attachment], sender: Sender) -> list[Attachment]:
    """Those of the files that go out as media from this number, in their order."""
    if sender.channel == Channel.WHATSAPP:
        return [file for file in files if _fits_whatsapp(file)]
    return _fitting_mms(files) if sender.can_mms else []


def _fits_whatsapp(file: Attachment) -> bool:
    is_picture = file.content_type.startswith("image/")
    largest = LARGEST_PICTURE_ON_WHATSAPP if is_picture else LARGEST_ON_WHATSAPP
    return file.content_type in WHATSAPP_TYPES and file.size <= largest


def _fitting_mms(files: Iterable[Attachment]) -> list[Attachment]:
    """As many as one MMS carries, the first ones first."""
    media: list[Attachment] = []
    room, room_unfitted = LARGEST_MMS, LARGEST_UNFITTED
    for file in files:
        unfitted = 0 if file.content_type in FITTED else file.size
        fits = file.size <= room and unfitted <= room_unfitted and len(media) < MOST_MEDIA
        if fits and file.content_type in MMS_TYPES:
            media.append(file)
            room, room_unfitted = room - file.size, room_unfitted - unfitted
    return media

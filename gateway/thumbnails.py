"""Small copies of pictures for the pages, made by a worker: without what the camera wrote into them.

A picture that would unfold into more than MOST_PIXELS is refused by its header, before it is read.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from io import BytesIO
from typing import IO

from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from PIL import Image, ImageOps

from gateway.models import Attachment

BATCH = 10
LEASE = timedelta(minutes=2)
SIDE = 640  # pixels: the width of a message in the thread, for screens of twice the density
# A phone's photo has up to 50 million; unfolded that is 150 MB, one at a time.
MOST_PIXELS = 50_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
REFUSED = gettext_noop("No preview was made: it is not a picture that can be shown safely.")
log = logging.getLogger(__name__)


class PictureRefused(Exception):
    """It is no picture, or one that would take too much to unfold."""


def make_due(limit: int = BATCH) -> int:
    """Makes the thumbnails that are due; how many were tried."""
    attachments = claim(limit, timezone.now())
    for attachment in attachments:
        _make(attachment)
    return len(attachments)


@transaction.atomic
def claim(limit: int, now: datetime) -> list[Attachment]:
    """Takes due pictures into this worker's hands; they are due again when LEASE has passed."""
    due = Attachment.objects.filter(thumbnail_due_at__lte=now)
    first = due.order_by("thumbnail_due_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        first = first.select_for_update(skip_locked=True)
    ids = list(first.values_list("id", flat=True)[:limit])
    if not ids:
        return []
    due.filter(id__in=ids).update(thumbnail_due_at=now + LEASE)
    return list(Attachment.objects.filter(id__in=ids, thumbnail_due_at=now + LEASE))


def shrunk(file: IO[bytes]) -> bytes:
    """A JPEG of the picture, upright, at most SIDE a side, with nothing but its pixels.

    Raises PictureRefused.
    """
    try:
        with Image.open(file, formats=FORMATS) as picture:
            _check_size(picture)
            picture.thumbnail((SIDE, SIDE))
            return _bare(ImageOps.exif_transpose(picture))
    # A broken or hostile file makes the decoders raise nearly anything.
    except Exception as error:
        raise PictureRefused(str(error)) from error


def _check_size(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise PictureRefused(f"It has {picture.width} x {picture.height} pixels.")


def _bare(picture: Image.Image) -> bytes:
    """Painted on white, anew: comments and profiles stay behind."""
    layer = picture.convert("RGBA")
    paper = Image.new("RGB", layer.size, "white")
    paper.paste(layer, mask=layer)
    content = BytesIO()
    paper.save(content, "JPEG", quality=82, optimize=True)
    return content.getvalue()


def _make(attachment: Attachment) -> None:
    """Raises what the storage raises: then it is tried again when the lease has passed."""
    try:
        with attachment.file.open("rb") as file:
            small = shrunk(file)
    except (PictureRefused, FileNotFoundError) as error:
        log.warning("Attachment %s gets no thumbnail: %s", attachment.pk, error)
        _settle(attachment, error=REFUSED)
        return
    attachment.thumbnail.save("thumbnail", ContentFile(small), save=False)
    if not _settle(attachment, thumbnail=attachment.thumbnail.name or ""):
        attachment.thumbnail.delete(save=False)


def _settle(attachment: Attachment, **changes: str) -> bool:
    """One update, unless the row is gone; whether it was there."""
    return bool(
        Attachment.objects.filter(pk=attachment.pk).update(thumbnail_due_at=None, **changes)
    )

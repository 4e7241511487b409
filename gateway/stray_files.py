"""Files and rows that lost each other: a file to which no row points, a row whose file is gone.

The first is left by a process that died between storing and COMMIT, the second by a storage that was
cleared or restored without its database. Workers look through one folder an hour, so that a large
storage is never listed at once; a folder holds the files of 49 days, so every file is looked at
within two days for each year of them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from gateway.files import thumbnail_due
from gateway.metrics import count_files
from gateway.models import Attachment, AttachmentState, Pulse
from gateway.models.attachment import ATTACHMENTS
from gateway.models.base import new_id

NAME = "files"
EVERY = timedelta(hours=1)
# Longer than any transaction, and than a worker takes from storing a file to recording it.
SAFE_AGE = timedelta(days=1)
# More in one folder, and more than every tenth, says that the storage belongs to another or a newer database.
FEW = 20
CHUNK = 500  # files of one question to the database
GONE = gettext_noop("It is not stored any more.")
_FOLDER = re.compile(r"[0-9a-f]{4}")
# A key of ours, and what a storage or a thumbnail adds to it; whatever else lies there is a host's own.
_OURS = re.compile(r"(?P<key>[0-9a-f]{32})([._].*)?")
# An attachment, where its file is, and whether it says that it is gone.
Found = tuple[UUID, str, bool]
log = logging.getLogger(__name__)


def look_when_due() -> int:
    """Looks through the folder whose hour it is, unless another worker does; always 0.

    Raises what the storage raises; the folder's turn comes again.
    """
    now = timezone.now()
    if _is_our_turn(now) and (folders := _folders(now)):
        look_into(folders[int(now.timestamp() // EVERY.total_seconds()) % len(folders)], now)
    return 0


def look_into(folder: str, now: datetime) -> None:
    """Deletes what has no row and is old, and marks what has no file; what is back is shown again."""
    paths = {f"{ATTACHMENTS}/{folder}/{name}" for name in _listed(f"{ATTACHMENTS}/{folder}")[1]}
    _delete(list(_strays(folder, sorted(paths), now)), among=len(paths))
    for rows in _rows_of(folder):
        there = {path: path in paths or default_storage.exists(path) for _, path, _ in rows}
        mark_gone(pk for pk, path, is_gone in rows if not there[path] and not is_gone)
        _mark_back(pk for pk, path, is_gone in rows if there[path] and is_gone)


def mark_gone(pks: Iterable[UUID]) -> None:
    """From now on these say that their file is gone, instead of leading to it."""
    lost = list(pks)
    stored = Attachment.objects.filter(pk__in=lost, state=AttachmentState.STORED)
    if lost and (count := stored.update(state=AttachmentState.FAILED, error=GONE)):
        log.error("The files of these attachments are gone: %s", ", ".join(map(str, lost)))
        count_files("gone", count)


def _delete(strays: list[str], among: int) -> None:
    """Unless they are too many to be what dead processes left."""
    if len(strays) > max(FEW, among // 10):
        log.error(
            "%s of %s files have no row and are left: is it their database?", len(strays), among
        )
        return
    for path in strays:
        log.warning("A file to which no attachment points is deleted: %s", path)
        default_storage.delete(path)
        count_files("deleted", 1)


def _mark_back(pks: Iterable[UUID]) -> None:
    gone = Attachment.objects.filter(pk__in=list(pks), state=AttachmentState.FAILED, error=GONE)
    for content_type in set(gone.values_list("content_type", flat=True)):
        # Whether a picture was refused a thumbnail is not known any more: it is tried again.
        gone.filter(content_type=content_type).update(
            state=AttachmentState.STORED, error="", thumbnail_due_at=thumbnail_due(content_type)
        )


def _is_our_turn(now: datetime) -> bool:
    last = Pulse.objects.filter(name=NAME)
    if last.filter(at__lte=now - EVERY).update(at=now):
        return True
    return Pulse.objects.get_or_create(name=NAME, defaults={"at": now})[1]


def _folders(now: datetime) -> list[str]:
    """Those there are, and those that rows name: a whole folder may be gone."""
    there = {name for name in _listed(ATTACHMENTS)[0] if _FOLDER.fullmatch(name)}
    oldest = Attachment.objects.order_by("pk").values_list("pk", flat=True).first()
    if oldest is not None:
        there |= {f"{number:04x}" for number in range(_number(oldest), _number(new_id()) + 1)}
    return sorted(there)


def _number(pk: UUID) -> int:
    """Of the folder: a UUID of version 7 begins with the time (RFC 9562 section 5.7)."""
    return pk.int >> 112


def _listed(path: str) -> tuple[list[str], list[str]]:
    """Folders and files; none where there are none, or where the storage cannot say."""
    try:
        return default_storage.listdir(path)
    except (FileNotFoundError, NotImplementedError):
        return [], []


def _strays(folder: str, paths: list[str], now: datetime) -> Iterator[str]:
    for begin in range(0, len(paths), CHUNK):
        keys = {path: _key(folder, path) for path in paths[begin : begin + CHUNK]}
        rows = Attachment.objects.filter(pk__in={key for key in keys.values() if key})
        known = {path for row in rows.values_list("file", "thumbnail") for path in row}
        for path, key in keys.items():
            if key and path not in known and _is_old(path, now):
                yield path


def _key(folder: str, path: str) -> UUID | None:
    """The attachment for which it was stored; None for what is none of ours."""
    match = _OURS.fullmatch(path.rpartition("/")[2])
    return UUID(match["key"]) if match and match["key"].startswith(folder) else None


def _is_old(path: str, now: datetime) -> bool:
    return default_storage.get_modified_time(path) < now - SAFE_AGE


def _rows_of(folder: str) -> Iterator[list[Found]]:
    """What is stored, or was, by the pages of a key."""
    known = Q(state=AttachmentState.STORED) | Q(state=AttachmentState.FAILED, error=GONE)
    rows = Attachment.objects.filter(known, pk__lte=UUID(folder + "f" * 28)).exclude(file="")
    last = UUID(folder + "0" * 28)
    while page := list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield [(row.pk, str(row.file.name), row.error == GONE) for row in page]
        last = page[-1].pk

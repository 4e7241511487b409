"""Fetches the files of messages from Twilio, to keep our own copy.

Source: https://www.twilio.com/docs/messaging/api/media-resource
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import IO, cast
from urllib.parse import urljoin, urlsplit

import aiohttp
from django.core.files import File
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from channels_out.error_text import without_rows
from gateway.file_types import HEAD, type_of
from gateway.files import thumbnail_due
from gateway.models import Attachment, AttachmentState
from webhooks.conf import twilio_account_sid, twilio_auth_tokens
from webhooks.text import clean
from webhooks.twilio.guard import MediaRefused, PublicOnly, check_url, is_api

MEGABYTE = 1024 * 1024
LARGEST = 25 * MEGABYTE  # MMS carries 5 MB, WhatsApp documents up to 16
IN_MEMORY = MEGABYTE
FETCH_WITHIN = 30  # seconds for one file with all its redirects' answers
REDIRECTS = 3
BATCH = 10  # fetched side by side
LEASE = timedelta(minutes=2)
# 15 s, 30, 1, 2 ... minutes, at most an hour apart.
TRIES = 8
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)

GONE = "It is no longer at the provider."
TOO_LARGE = f"It is larger than {LARGEST // MEGABYTE} MB."
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fetched:
    """A whole file, its size in bytes, and the type that its provider names."""

    file: IO[bytes]
    size: int
    content_type: str


class NotYet(Exception):
    """The file may be there later."""


def fetch_due(limit: int = BATCH) -> int:
    """Fetches files that are due and stores them; returns how many were tried."""
    attachments = claim(limit, timezone.now())
    if attachments:
        answers = asyncio.run(_fetch_all([attachment.source_url for attachment in attachments]))
        for attachment, answer in zip(attachments, answers, strict=True):
            _record(attachment, answer)
    return len(attachments)


@transaction.atomic
def claim(limit: int, now: datetime) -> list[Attachment]:
    """Takes due files into this worker's hands; they are due again when LEASE has passed."""
    due = Attachment.objects.filter(state=AttachmentState.PENDING, due_at__lte=now)
    first = due.order_by("due_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        first = first.select_for_update(skip_locked=True)
    ids = list(first.values_list("id", flat=True)[:limit])
    if not ids:
        return []
    due.filter(id__in=ids).update(due_at=now + LEASE, attempts=F("attempts") + 1)
    return list(Attachment.objects.filter(id__in=ids, due_at=now + LEASE))


async def _fetch_all(urls: Sequence[str]) -> list[Fetched | BaseException]:
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=PublicOnly()),
        timeout=aiohttp.ClientTimeout(total=FETCH_WITHIN),
        headers={"Accept-Encoding": "identity"},  # a compressed stream could hide any size
        auto_decompress=False,
    ) as session:
        fetches = (_fetch(session, url) for url in urls)
        return await asyncio.gather(*fetches, return_exceptions=True)


async def _fetch(session: aiohttp.ClientSession, url: str) -> Fetched:
    """Follows redirects by hand: each address is checked, and only the first gets our credentials."""
    headers = _credentials(url)
    for _ in range(REDIRECTS + 1):
        check_url(url)
        async with session.get(url, headers=headers, allow_redirects=False) as answer:
            if answer.status not in (301, 302, 303, 307, 308):
                return await _download(answer)
            url, headers = urljoin(url, answer.headers.get("Location", "")), {}
    raise MediaRefused("Its address is redirected too often.")


def _credentials(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    if not (is_api(parts) or (parts.hostname or "").endswith(".twilio.com")):
        return {}
    token = next(iter(twilio_auth_tokens()), "")
    return {"Authorization": aiohttp.encode_basic_auth(twilio_account_sid(), token)}


async def _download(answer: aiohttp.ClientResponse) -> Fetched:
    if answer.status in (404, 410):
        raise MediaRefused(GONE)
    if answer.status != 200:
        raise NotYet(f"The provider answered {answer.status}.")
    if (answer.content_length or 0) > LARGEST:
        raise MediaRefused(TOO_LARGE)
    file = cast(IO[bytes], SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115
    try:
        return Fetched(file, await _fill(file, answer), answer.content_type)
    except BaseException:
        file.close()
        raise


async def _fill(file: IO[bytes], answer: aiohttp.ClientResponse) -> int:
    size = 0
    async for chunk in answer.content.iter_any():
        size += len(chunk)
        if size > LARGEST:
            raise MediaRefused(TOO_LARGE)
        file.write(chunk)
    return size


def _record(attachment: Attachment, answer: Fetched | BaseException) -> None:
    if isinstance(answer, Fetched):
        with answer.file:
            _store(attachment, answer)
    elif isinstance(answer, MediaRefused):
        _give_up(attachment, str(answer))
    elif isinstance(answer, Exception):
        _try_later(attachment, answer)
    else:
        raise answer


def _store(attachment: Attachment, fetched: Fetched) -> None:
    fetched.file.seek(0)
    attachment.file.save(attachment.name, File(fetched.file), save=False)
    content_type = _content_type(attachment, fetched)
    is_wanted = _settle(
        attachment,
        state=AttachmentState.STORED,
        file=attachment.file.name,
        size=fetched.size,
        content_type=content_type,
        thumbnail_due_at=thumbnail_due(content_type),
        due_at=None,
        error="",
    )
    if not is_wanted:
        attachment.file.delete(save=False)


def _content_type(attachment: Attachment, fetched: Fetched) -> str:
    fetched.file.seek(0)
    return type_of(fetched.file.read(HEAD), attachment.content_type, fetched.content_type)


def _try_later(attachment: Attachment, error: Exception) -> None:
    if attachment.attempts >= TRIES:
        _give_up(attachment, "It could not be fetched from the provider.")
        return
    log.warning("Attachment %s is tried again", attachment.id, exc_info=error)
    pause = min(FIRST_PAUSE * 2 ** (attachment.attempts - 1), LONGEST_PAUSE)
    reason = clean(without_rows(str(error)) or type(error).__name__)
    _settle(attachment, due_at=timezone.now() + pause, error=reason)


def _give_up(attachment: Attachment, reason: str) -> None:
    log.warning("Attachment %s is not fetched: %s", attachment.id, reason)
    _settle(attachment, state=AttachmentState.FAILED, due_at=None, error=reason)


def _settle(attachment: Attachment, **changes: object) -> bool:
    """One update, unless the row is gone or settled; whether it was there."""
    pending = Attachment.objects.filter(id=attachment.id, state=AttachmentState.PENDING)
    return bool(pending.update(**changes))

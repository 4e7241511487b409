"""Stores the bytes of files before a transaction begins, and takes them away when it did not happen."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from gateway.file_types import media_type, type_of
from gateway.inbound.messages import InboundFile
from gateway.models import (
    PICTURES,
    Attachment,
    AttachmentState,
    CustomerMessage,
    HeldItem,
    MessageReply,
)


@contextmanager
def stored(files: Iterable[InboundFile]) -> Iterator[list[Attachment]]:
    """Attachments with their bytes stored and no row yet, for `attach` inside a transaction.

    The bytes of those that have no row at the end are taken away: nobody attached them, or the
    transaction was rolled back.
    """
    attachments: list[Attachment] = []
    try:
        for position, file in enumerate(files):
            attachments.append(_row(position, file))
            _store(attachments[-1], file)
        yield attachments
    finally:
        kept = _with_a_row(attachments)
        for attachment in attachments:
            if attachment.pk not in kept and attachment.file:
                attachment.file.delete(save=False)


def attach(
    attachments: list[Attachment],
    *,
    message: CustomerMessage | None = None,
    reply: MessageReply | None = None,
    held: HeldItem | None = None,
) -> None:
    """Puts files in their one place: makes new rows, moves those there are; in the caller's transaction."""
    fresh = [attachment for attachment in attachments if attachment._state.adding]
    moved = [attachment for attachment in attachments if not attachment._state.adding]
    for attachment in attachments:
        attachment.message, attachment.reply, attachment.held = message, reply, held
    Attachment.objects.bulk_create(fresh)
    Attachment.objects.bulk_update(moved, ["message", "reply", "held"])


def _row(position: int, file: InboundFile) -> Attachment:
    return Attachment(
        position=position,
        name=file.name[:255] or "attachment",
        content_type=_type_of(file),
        content_id=file.content_id[:255],
        size=len(file.content),
    )


def _type_of(file: InboundFile) -> str:
    """Of a file that is still at its provider what that says, until its bytes are here."""
    return (
        media_type(file.content_type)
        if file.source_url
        else type_of(file.content, file.content_type)
    )


def thumbnail_due(content_type: str) -> datetime | None:
    """Now for a picture, of which a worker makes a small copy; else never."""
    return timezone.now() if content_type in PICTURES else None


def fetch_again(attachment: Attachment) -> None:
    """Has a file that was given up fetched once more, with all its tries before it."""
    given_up = Attachment.objects.filter(pk=attachment.pk, state=AttachmentState.FAILED)
    given_up.exclude(source_url="").update(
        state=AttachmentState.PENDING, due_at=timezone.now(), attempts=0, error=""
    )


def _store(attachment: Attachment, file: InboundFile) -> None:
    if file.source_url:
        attachment.state = AttachmentState.PENDING
        attachment.source_url = file.source_url
        attachment.due_at = timezone.now()
    else:
        attachment.file.save(attachment.name, ContentFile(file.content), save=False)
        attachment.thumbnail_due_at = thumbnail_due(attachment.content_type)


def _with_a_row(attachments: list[Attachment]) -> set[uuid.UUID]:
    if not attachments or connection.needs_rollback:
        return set()
    rows = Attachment.objects.filter(pk__in=[attachment.pk for attachment in attachments])
    return set(rows.values_list("pk", flat=True))

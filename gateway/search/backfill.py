"""Makes findable what was written by code that kept no words yet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from gateway.models import CustomerMessage, MessageReply, SearchText
from gateway.search.rows import write
from gateway.states import lock

BATCH = 200  # texts: their conversations are locked for some 30 ms


def texts_without_words() -> tuple[QuerySet[CustomerMessage], QuerySet[MessageReply]]:
    """What cannot be found: messages that opened a conversation, and later ones."""
    unknown = ~Exists(SearchText.objects.filter(pk=OuterRef("pk")))
    messages = CustomerMessage.objects.filter(unknown).select_related("contact")
    return messages, MessageReply.objects.filter(unknown).select_related("message__contact")


def fill() -> int:
    """Writes the words that are missing while everything else goes on; of how many texts."""
    messages, replies = texts_without_words()
    return _fill(messages, "pk") + _fill(replies, "message_id")


def _fill(texts: QuerySet[Any], conversation: str) -> int:
    done, last = 0, UUID(int=0)
    while batch := _batch(texts, conversation, last):
        with transaction.atomic():
            # Locked, so that none is erased before its words are there.
            lock(message for _, message in batch)
            write(list(texts.filter(pk__in=[pk for pk, _ in batch])))
        done, last = done + len(batch), batch[-1][0]
    return done


def _batch(texts: QuerySet[Any], conversation: str, last: UUID) -> list[tuple[UUID, UUID]]:
    later = texts.filter(pk__gt=last).order_by("pk")
    return list(later.values_list("pk", conversation)[:BATCH])

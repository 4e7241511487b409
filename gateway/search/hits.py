"""Where the words that were asked for stand in what was found, so that its reader sees why."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import groupby
from operator import itemgetter, or_
from uuid import UUID

from django.db.models import Q

from gateway.models import CustomerMessage, MessageReply, Note, SearchText
from gateway.search.words import PART_OF_A_WORD, keyed, words_of

BEFORE, AFTER = 40, 120  # characters that are shown around a hit
MOST_TEXTS = 500  # of a page of conversations that are looked at for their newest hit


def pieces(text: str, words: list[str]) -> list[tuple[str, bool]]:
    """The text in order, in pieces, each with whether it is a hit: a word that begins with one of these words."""
    if not words:
        return [(text, False)] if text else []
    found = [(piece, is_word and _is_hit(piece, words)) for is_word, piece in _parted(text)]
    return [
        ("".join(piece for piece, _ in together), is_hit)
        for is_hit, together in groupby(found, key=itemgetter(1))
    ]


def passage(text: str, words: list[str]) -> str:
    """The text around its first hit, on one line; empty where it has none."""
    line = " ".join(text.split())
    at = 0
    for is_word, piece in _parted(line) if words else ():
        if is_word and _is_hit(piece, words):
            start = max(0, at - BEFORE)
            return ("…" if start else "") + line[start : at + len(piece) + AFTER]
        at += len(piece)
    return ""


def passages(messages: Iterable[CustomerMessage], words: list[str]) -> dict[UUID, str]:
    """Of each conversation what was found in its newest text that holds all the words, where that has a hit.

    In three queries for a page, by its conversations and never by how common a word is. A customer's
    name or number that was found shows no passage.
    """
    by_id = {message.pk: message for message in messages}
    asked = [
        Q(business=business, words__also_begin=keyed(business, words))
        for business in {message.business_id for message in by_id.values()}
    ]
    if not (asked and words):
        return {}
    rows = SearchText.objects.filter(reduce(or_, asked), message__in=list(by_id)).order_by("-id")
    newest: dict[UUID, UUID] = {}
    for message_id, pk in rows.values_list("message_id", "id")[:MOST_TEXTS]:
        newest.setdefault(message_id, pk)
    texts = {pk: by_id[pk].message for pk in newest.values() if pk in by_id}
    left = [pk for pk in newest.values() if pk not in texts]
    if left:
        texts |= dict(MessageReply.objects.filter(pk__in=left).values_list("pk", "reply"))
        texts |= dict(Note.objects.filter(pk__in=left).values_list("pk", "text"))
    found = {of: passage(texts.get(pk, ""), words) for of, pk in newest.items()}
    return {of: text for of, text in found.items() if text}


def _parted(text: str) -> Iterator[tuple[bool, str]]:
    """What `words_of` takes for words, and what stands between them, in order."""
    for is_word, characters in groupby(text, key=_is_part_of_a_word):
        yield is_word, "".join(characters)


def _is_part_of_a_word(character: str) -> bool:
    return unicodedata.category(character)[0] in PART_OF_A_WORD


def _is_hit(token: str, words: list[str]) -> bool:
    return any(word.startswith(tuple(words)) for word in words_of(token))

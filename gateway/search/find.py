"""Finds conversations by words, without a cliff: what each way costs is bounded before it is taken.

PostgreSQL knows how common a word is in all businesses together, which may be wrong by any factor
for one of them, and would choose its way by that. So a few matching texts are counted first. Are
there no more, they are fetched and sorted. Else the list is walked from its beginning, where a
common word is soon met; only where it is not, all that match are sorted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import (
    DateTimeField,
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)

from gateway.models import CustomerMessage, SearchText

FEW = 2000  # texts: to fetch and sort as many takes some 10 ms
STRETCH = 2000  # conversations: to look into as many takes some 10 ms


def first_with(
    found: QuerySet[CustomerMessage], business_id: UUID, words: list[str], many: int
) -> list[CustomerMessage]:
    """The first conversations of a list in which one text holds, for each of `words`, a word that begins with it.

    `found` is one business's, ordered by last activity and id. Without words there are none.
    """
    if not words:
        return []
    if connection.vendor != "postgresql":
        return list(_holding(found, words)[:many])
    texts = SearchText.objects.filter(business=business_id, words__begin=words)
    if _are_few(texts):
        return _sorted(found, texts, many)
    return _met_soon(found, words, many) or _sorted(found, texts, many)


def _are_few(texts: QuerySet[SearchText]) -> bool:
    with _by_words_alone():
        return texts[: FEW + 1].count() <= FEW


def _sorted(
    found: QuerySet[CustomerMessage], texts: QuerySet[SearchText], many: int
) -> list[CustomerMessage]:
    # By a sum: an index in the order of the list would tempt PostgreSQL to walk it, for words that are not there.
    activity, pk = found.query.order_by
    moment = ExpressionWrapper(F("last_activity_at") + timedelta(0), DateTimeField())
    order = moment.desc() if activity.startswith("-") else moment.asc()
    return list(found.filter(pk__in=texts.values("message")).order_by(order, pk)[:many])


def _met_soon(
    found: QuerySet[CustomerMessage], words: list[str], many: int
) -> list[CustomerMessage]:
    """The page, if it is full before the end of the stretch; else nothing."""
    beyond = found.values_list("last_activity_at", flat=True)[STRETCH : STRETCH + 1]
    for edge in beyond:
        newest_first = found.query.order_by[0].startswith("-")
        found = found.filter(**{f"last_activity_at__{'gte' if newest_first else 'lte'}": edge})
    met = list(_holding(found, words)[:many])
    return met if len(met) == many else []


def _holding(found: QuerySet[CustomerMessage], words: list[str]) -> QuerySet[CustomerMessage]:
    # Not Exists: PostgreSQL would make a join of it and choose the order itself.
    texts = SearchText.objects.filter(message=OuterRef("pk"), words__begin=words)
    return found.alias(holds=Subquery(texts.values(one=Value(1))[:1])).filter(holds=1)


@contextmanager
def _by_words_alone() -> Iterator[None]:
    """Leaves PostgreSQL no way but the index of words: for a few rows it would rather read a table from its start."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        yield
        cursor.execute("SET LOCAL enable_seqscan = DEFAULT; SET LOCAL enable_indexscan = DEFAULT")

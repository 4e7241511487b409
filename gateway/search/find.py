"""Finds conversations by words, without a cliff: what each way costs is bounded before it is taken.

PostgreSQL would choose the way by what it believes of a word, and be wrong by any factor. So the
list is walked from its beginning for a little: a common word is met at once. Then a few matching
texts are counted. Are there no more, they are fetched and sorted. Else the list is walked further;
only where the page is not full then, all that match are sorted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import (
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)

from gateway.models import CustomerMessage, SearchText
from gateway.search.words import keyed

GLANCE = 300  # conversations: to look into as many takes some 2 ms
FEW = 2000  # texts: to fetch and sort as many takes some 10 ms
RARE = 100  # texts: in less than one of so many a word is rare
STRETCH = 2000  # conversations: to look into as many takes some 10 ms


def first_with(
    found: QuerySet[CustomerMessage], business_id: UUID, words: list[str], many: int
) -> list[CustomerMessage]:
    """The first conversations of a list in which one text holds, for each of `words`, a word that begins with it.

    `found` is one business's, ordered by last activity and id. Without words there are none.
    """
    if not words:
        return []
    asked = keyed(business_id, words)
    if connection.vendor != "postgresql":
        return list(_holding(found, asked)[:many])
    met = _met_within(GLANCE, found, asked, many)
    if met is not None:
        return met
    rare = _rare(found, asked)
    texts = SearchText.objects.filter(business=business_id, words__begin=rare)
    if common := [word for word in asked if word not in rare]:
        texts = texts.filter(words__also_begin=common)
    with _by_index():
        if texts[: FEW + 1].count() > FEW:
            met = _met_within(STRETCH, found, asked, many)
        return _sorted(found, texts, many) if met is None else met


def _rare(found: QuerySet[CustomerMessage], asked: list[str]) -> list[str]:
    """Those of the words that are seldom met at a glance: the index need not collect what holds the others."""
    if len(asked) == 1:
        return asked
    near = list(found.values_list("pk", flat=True)[:GLANCE])
    having = {f"word{n}": Count("pk", filter=Q(words__begin=[w])) for n, w in enumerate(asked)}
    counts = SearchText.objects.filter(message__in=near).aggregate(texts=Count("pk"), **having)
    seldom = counts.pop("texts") / RARE
    rare = [word for word, count in zip(asked, counts.values(), strict=True) if count <= seldom]
    return rare or asked


def _sorted(
    found: QuerySet[CustomerMessage], texts: QuerySet[SearchText], many: int
) -> list[CustomerMessage]:
    # By a sum: an index in the order of the list would tempt PostgreSQL to walk it, for words that are not there.
    pk = "-id" if _newest_first(found) else "id"
    moment = ExpressionWrapper(F("last_activity_at") + timedelta(0), DateTimeField())
    order = moment.desc() if _newest_first(found) else moment.asc()
    matching = found.filter(pk__in=texts.values("message")).order_by(order, pk)
    first = list(matching.values_list("pk", flat=True)[:many])
    # Read whole only now: there may be thousands to sort.
    rows = found.filter(pk__in=first).in_bulk()
    return [rows[pk] for pk in first if pk in rows]


def _met_within(
    stretch: int, found: QuerySet[CustomerMessage], asked: list[str], many: int
) -> list[CustomerMessage] | None:
    """The page, if it is full before the end of the stretch, or the whole list is no longer; else None."""
    beyond = list(found.values_list("last_activity_at", flat=True)[stretch : stretch + 1])
    if not beyond:
        return list(_holding(found, asked)[:many])
    direction = "gte" if _newest_first(found) else "lte"
    near = found.filter(**{f"last_activity_at__{direction}": beyond[0]})
    met = list(_holding(near, asked)[:many])
    return met if len(met) == many else None


def _holding(found: QuerySet[CustomerMessage], asked: list[str]) -> QuerySet[CustomerMessage]:
    # Not Exists: PostgreSQL would make a join of it and choose the order itself.
    texts = SearchText.objects.filter(message=OuterRef("pk"), words__begin=asked)
    return found.alias(holds=Subquery(texts.values(one=Value(1))[:1])).filter(holds=1)


def _newest_first(found: QuerySet[CustomerMessage]) -> bool:
    return str(found.query.order_by[0]).startswith("-")


@contextmanager
def _by_index() -> Iterator[None]:
    """PostgreSQL reads no table from its start in here; it would, to count a few rows of what it takes for common."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        yield
        cursor.execute("SET LOCAL enable_seqscan = DEFAULT")

"""Counts the days of one business from its conversations.

Each question begins at the conversations in which anything happened since the first day, by the index that the
inbox is read from: their replies and deliveries hang on them. So a day that is just over costs little, and only
the first time, when months are counted, a business is read whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import TruncDate

from channels_out.state import State
from gateway.glance.counts import Counts
from gateway.models import Business, CustomerMessage, Direction, Dispatch, MessageReply
from gateway.opening import zone_of
from gateway.outbound.progress import PURPOSE
from gateway.words import TAKEN_DOWN

A_DAY = timedelta(days=1)


def count_days(business: Business, first: date, last: date) -> dict[date, Counts]:
    """What each day from `first` to `last` came to, by the business's clock; only days with something.

    Spam and what machines and those on copy wrote do not count. Four queries.
    """
    span = _Span(business, first, last)
    days: dict[date, Counts] = {}

    def of(day: date) -> Counts:
        return days.setdefault(day, Counts())

    for day, channel, count in span.conversations():
        of(day).received[channel] += count
    for day, direction, channel, count in span.replies():
        is_in = direction == Direction.INBOUND
        (of(day).received if is_in else of(day).sent)[channel] += count
    for day, answered_at, asked_at in span.first_answers():
        of(day).answered_after(answered_at - asked_at)
    for day, channel, state, reason, count in span.deliveries():
        of(day).stands(channel, state, count, reason)
    return days


class _Span:
    """Some days of one business, as the database is asked for them."""

    def __init__(self, business: Business, first: date, last: date) -> None:
        self.business = business
        self.zone = zone_of(business)
        self.start = _midnight(first, self.zone)
        self.end = _midnight(last + A_DAY, self.zone)

    def conversations(self) -> Iterator[tuple[date, str, int]]:
        found = self._active().filter(self._within("created_at"), is_automatic=False)
        days = found.order_by().annotate(day=self._day("created_at"))
        yield from days.values_list("day", "channel").annotate(Count("pk"))

    def replies(self) -> Iterator[tuple[date, str, str, int]]:
        days = self._replies(self._active()).annotate(day=self._day("created_at"))
        yield from days.values_list("day", "direction", "channel").annotate(Count("pk"))

    def first_answers(self) -> Iterator[tuple[date, datetime, datetime]]:
        """Those to customers who wrote; who was taken down by a member waited for nothing."""
        answers = MessageReply.objects.filter(direction=Direction.OUTBOUND, is_automatic=False)
        earlier = answers.filter(message=OuterRef("message"), created_at__lt=OuterRef("created_at"))
        wrote = self._replies(self._active().exclude(filed_by=TAKEN_DOWN))
        first = wrote.filter(~Exists(earlier), direction=Direction.OUTBOUND)
        days = first.annotate(day=self._day("created_at"))
        yield from days.values_list("day", "created_at", "message__created_at").iterator()

    def deliveries(self) -> Iterator[tuple[date, str, str, str, int]]:
        """What carried the answers of these days, as it stands now."""
        found = Dispatch.objects.filter(
            self._within("reply__created_at"),
            message__in=self._active().values("pk"),
            reply__is_automatic=False,
            delivery__purpose=PURPOSE,
        )
        failed = When(delivery__state=State.FAILED, then=F("delivery__reason"))
        days = found.order_by().annotate(
            day=self._day("reply__created_at"),
            why=Case(failed, default=Value(""), output_field=CharField()),
        )
        columns = ("day", "delivery__channel", "delivery__state", "why")
        yield from days.values_list(*columns).annotate(Count("pk"))

    def _active(self) -> QuerySet[CustomerMessage]:
        """Whatever was written since the first day hangs on one of these."""
        return CustomerMessage.objects.filter(
            business=self.business, last_activity_at__gte=self.start, is_spam=False
        )

    def _replies(self, conversations: QuerySet[CustomerMessage]) -> QuerySet[MessageReply]:
        # A subquery, no join: SQLite would begin a join at all the replies there are.
        found = MessageReply.objects.filter(
            self._within("created_at"),
            message__in=conversations.values("pk"),
            is_automatic=False,
            by_partner=False,
        )
        return found.order_by()

    def _within(self, column: str) -> Q:
        return Q(**{f"{column}__gte": self.start, f"{column}__lt": self.end})

    def _day(self, column: str) -> TruncDate:
        return TruncDate(column, tzinfo=self.zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)

"""A business's numbers: counted by its own clock, kept by a worker, and the same however they are read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from channels_out.models import Delivery
from gateway.glance.counts import rounded
from gateway.glance.days import count_due
from gateway.glance.figures import glance
from gateway.models import Business, BusinessDay, CustomerMessage, DayClock, MessageReply
from gateway.states import change
from tests.factories import make_message, make_reply

NOW = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)  # a Wednesday


def at(member, days_ago, hour=12, waited=None, **form):
    """A message of that day, and its answer after `waited` minutes."""
    message = make_message(member, **form)
    asked = NOW.replace(hour=hour) - timedelta(days=days_ago)
    CustomerMessage.objects.filter(pk=message.pk).update(created_at=asked, last_activity_at=asked)
    if waited is not None:
        reply = make_reply(message, member)
        answered = asked + timedelta(minutes=waited)
        MessageReply.objects.filter(pk=reply.pk).update(created_at=answered)
        CustomerMessage.objects.filter(pk=message.pk).update(last_activity_at=answered)
    message.refresh_from_db()
    return message


def count(now=NOW):
    """A worker's night."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(timezone, "now", lambda: now)
        return count_due()


def seen(business, days=7):
    return glance(Business.objects.get(pk=business.pk), days, NOW)


def by_day(found):
    return {day.day: (day.received.total(), day.sent.total()) for day in found.days}


def test_every_day_has_what_came_in_and_went_out_and_today_is_among_them(ann, ben):
    at(ann, 0)
    at(ann, 3, waited=10)
    at(ann, 8)
    at(ben, 3)
    count()
    days = by_day(seen(ann.business))
    assert len(days) == 7
    assert days[date(2026, 11, 25)] == (1, 0)
    assert days[date(2026, 11, 22)] == (1, 1)
    assert sum(received for received, _ in days.values()) == 2
    assert seen(ann.business, 30).received == 3


def test_what_a_worker_kept_is_what_was_there_to_be_counted(ann):
    at(ann, 1, waited=10)
    live = seen(ann.business)
    count()
    assert BusinessDay.objects.get().day == date(2026, 11, 24)
    kept = seen(ann.business)
    assert live.missing_to == date(2026, 11, 23)
    assert kept.missing_to is None
    assert (kept.days, kept.weeks, kept.deliveries) == (live.days, live.weeks, live.deliveries)


def test_a_day_is_one_by_the_clock_of_the_business(ann):
    Business.objects.update(timezone="Pacific/Auckland")  # 13 hours ahead
    at(ann, 2, hour=12)
    count()
    assert by_day(seen(ann.business))[date(2026, 11, 24)] == (1, 0)


def test_what_became_of_an_answer_since_is_counted_again(ann):
    at(ann, 1, waited=10)
    count()
    assert seen(ann.business).deliveries == {"email": {"open": 1}}
    Delivery.objects.filter(purpose="reply").update(
        state="failed", due_at=None, reason="The phone is off."
    )
    count(NOW + timedelta(days=1))
    found = seen(ann.business)
    assert found.deliveries == {"email": {"failed": 1}}
    assert found.failures == [("The phone is off.", 1)]


def test_the_worker_rests_until_the_next_day_is_over(ann):
    Business.objects.update(timezone="Europe/Berlin")
    assert count() == 1
    assert count() == 0
    assert DayClock.objects.get().due_at == datetime(2026, 11, 25, 23, 10, tzinfo=UTC)
    assert count(NOW + timedelta(hours=9)) == 1


def test_days_that_were_missed_are_made_up_for_and_old_ones_forgotten(ann):
    at(ann, 1)
    count(NOW - timedelta(days=30))
    at(ann, 29)
    BusinessDay.objects.create(business=ann.business, day=date(2026, 8, 1), counts={})
    count()
    days = BusinessDay.objects.order_by("day").values_list("day", flat=True)
    assert list(days) == [date(2026, 10, 27), date(2026, 11, 24)]


def test_the_wait_is_for_the_first_answer_alone_in_the_week_it_was_given(ann):
    for waited in (10, 20, 30, 40, 600):
        message = at(ann, 1, hour=1, waited=waited)
    make_reply(message, ann, "And one more thing.")
    (week,) = seen(ann.business).weeks
    assert (week.begins, week.answers) == (date(2026, 11, 23), 5)
    assert (week.median, week.ninety) == (30, 600)


def test_spam_and_what_a_machine_wrote_do_not_count(ann):
    with change(at(ann, 0).pk) as message:
        message.is_spam = True
    CustomerMessage.objects.filter(pk=at(ann, 0).pk).update(is_automatic=True)
    assert seen(ann.business).received == 0


def test_who_was_taken_down_by_a_member_waited_for_nothing(ann):
    message = at(ann, 0, waited=0)
    CustomerMessage.objects.filter(pk=message.pk).update(filed_by="taken")
    found = seen(ann.business)
    assert (found.sent, found.weeks) == (1, [])


def test_minutes_are_kept_to_two_digits():
    waits = {20: 0, 90: 1, 60 * 43: 43, 60 * 127: 130, 60 * 2_345: 2300}
    assert {seconds: rounded(timedelta(seconds=seconds)) for seconds in waits} == waits


@pytest.mark.parametrize("is_kept", [True, False])
def test_it_takes_as_many_questions_for_many_messages_as_for_few(
    ann, django_assert_num_queries, is_kept
):
    for many in (1, 30):
        for number in range(many):
            at(ann, number % 20, waited=5)
        if is_kept:
            DayClock.objects.all().delete()
            count()
        with django_assert_num_queries(7):
            seen(ann.business, 90)

"""In quiet hours nothing is sent, and nothing is lost: one mail tells it when they end."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine

from channels_out.models import Delivery
from gateway.held import open_items
from gateway.inbound.messages import Outcome
from gateway.models import HeldItem, NotificationSettings
from gateway.outbound.after_failure import follow_up
from gateway.outbound.failures import note_failures
from gateway.remind import remind_due
from gateway.states import trash
from gateway.telling.clock import next_digest, quiet_until
from tests.factories import make_member, make_message, make_reply
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.post import MAYA, customer_token, header, owner_token, post, sent_to_customer
from tests.gateway.telling.days import (
    NIGHT,
    choose,
    delivered,
    sent,
    waiting,
    worker_looks,
)

pytestmark = pytest.mark.django_db

# 23:00 in Berlin in summer; quiet hours end at 07:00, which is 05:00 UTC.
LATE = datetime(2026, 6, 8, 21, 0, tzinfo=UTC)
MORNING = datetime(2026, 6, 9, 5, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(LATE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def asleep(ann):
    choose(ann, **NIGHT)
    return ann


class TestANight:
    def test_what_came_in_is_told_when_it_ends_in_one_mail_that_can_be_answered(
        self, asleep, clock
    ):
        message = make_message(asleep, "Is it still there?")
        clock.shift(timedelta(hours=2))  # over midnight
        post(customer_token(message), text="I could come tomorrow.")
        clock.move_to(MORNING - timedelta(seconds=1))
        assert worker_looks() == []
        clock.move_to(MORNING)
        (mail,) = worker_looks()
        text = mail.rendered.text
        assert text.index("Is it still there?") < text.index("I could come tomorrow.")
        assert mail.rendered.reply_to == owner_token(message, asleep)
        assert re.search(r"wrote on 8 Jun.*\b23:00 \(Web form\):", text)
        assert "Archive: https://" in text
        assert len(worker_looks()) == 1

    def test_several_customers_come_in_one_mail_each_with_an_address_to_answer(self, asleep, clock):
        maya = make_message(asleep, "Is it still there?")
        noor = make_message(
            asleep, "How much?", sender_name="Noor", sender_email="noor@home.example"
        )
        clock.move_to(MORNING)
        (mail,) = worker_looks()
        assert mail.rendered.subject == "2 messages wait for Ann's Bikes"
        assert header(mail.rendered, "List-Unsubscribe") == ""
        assert "Archive: https://" not in mail.rendered.text
        for message in (maya, noor):
            assert owner_token(message, asleep) in mail.rendered.text
        ended = post(
            owner_token(noor, asleep),
            sender=asleep.user.email,
            subject="Re: A question",
            text="Ninety.",
        )
        assert (ended.outcome, ended.message) == (Outcome.RELAYED, noor)

    def test_what_was_not_certain_is_said_of_each(self, asleep, clock):
        message = make_message(asleep)
        for address in ("stranger@elsewhere.example", MAYA):
            post(customer_token(message), sender=address)
        clock.move_to(MORNING)
        (mail,) = worker_looks()
        assert mail.rendered.text.count("Note: Written from stranger@elsewhere.example") == 1

    def test_the_dashboard_shows_it_at_once(self, asleep, clock):
        make_message(asleep, "Is it still there?")
        page = client_of(asleep).get("/").content.decode()
        assert "Is it still there?" in page

    def test_by_day_he_is_told_at_once(self, asleep, clock):
        clock.move_to(MORNING)
        make_message(asleep)
        assert len(sent()) == 1

    def test_what_is_gathered_as_they_begin_waits_for_their_end(self, asleep, clock):
        clock.move_to(LATE - timedelta(hours=1, minutes=2))
        message = make_message(asleep)
        post(customer_token(message), text="And red?")
        clock.move_to(LATE - timedelta(minutes=57))
        assert len(worker_looks()) == 1
        clock.move_to(MORNING)
        assert "And red?" in worker_looks()[-1].rendered.text

    def test_a_message_thrown_away_at_night_is_not_told(self, asleep, clock):
        trash(make_message(asleep).pk)
        clock.move_to(MORNING)
        assert worker_looks() == []
        assert waiting() == 0

    def test_what_he_read_and_answered_at_night_is_not_told(self, asleep, clock):
        message = make_message(asleep)
        clock.shift(60)
        message.mark_as_read()
        make_reply(message, asleep)
        clock.move_to(MORNING)
        assert worker_looks() == []

    def test_what_he_only_read_is_told(self, asleep, clock):
        make_message(asleep).mark_as_read()
        clock.move_to(MORNING)
        assert len(worker_looks()) == 1

    def test_who_lost_access_at_night_is_told_nothing_and_his_colleagues_are(self, asleep, clock):
        bob = make_member(asleep.business)
        make_message(asleep, "Is it still there?")
        asleep.is_active = False
        asleep.save()
        clock.move_to(MORNING)
        (mail,) = worker_looks()
        assert mail.to_address == bob.user.email
        assert "Is it still there?" in mail.rendered.text

    def test_one_customer_who_writes_all_night_is_counted_as_well(self, asleep, clock, monkeypatch):
        monkeypatch.setattr("gateway.telling.render.MOST_MESSAGES", 2)
        message = make_message(asleep)
        for number in range(3):
            post(customer_token(message), text=f"Text {number}")
        clock.move_to(MORNING)
        (mail,) = worker_looks()
        assert "2 more do not fit into this mail" in mail.rendered.text

    def test_more_than_one_mail_holds_is_counted(self, asleep, clock, monkeypatch):
        monkeypatch.setattr("gateway.telling.render.MOST_MESSAGES", 2)
        for number in range(4):
            make_message(asleep, sender_email=f"writer{number}@home.example")
        clock.move_to(MORNING)
        (mail,) = worker_looks()
        assert "4 messages of customers wait" in mail.rendered.text
        assert "2 more do not fit into this mail" in mail.rendered.text
        assert mail.rendered.text.count("Answer by mail:") == 2


class TestWhatElseHappensAtNight:
    def test_that_an_answer_failed_is_told_at_once(self, asleep, clock, settings):
        message = make_message(asleep)
        reply = make_reply(message, asleep)
        (delivery,) = sent_to_customer(message)
        Delivery.objects.filter(pk=delivery.pk).update(state="failed")
        note_failures({reply.pk: delivery})
        assert follow_up() == 1
        settings.CHANNEL_ADAPTERS = {"email": "channels_out.adapters.memory.Memory"}
        (mail,) = delivered()
        assert mail.rendered.subject == "Re: A question"

    def test_a_reminder_of_what_is_held_waits_for_the_morning(self, asleep, clock, settings):
        HeldItem.objects.create(reason="no_token", channel="email", business=asleep.business)
        settings.CHANNEL_ADAPTERS = {"email": "channels_out.adapters.memory.Memory"}
        clock.shift(timedelta(hours=4))
        assert remind_due() == 1
        assert open_items(asleep.user).count() == 1
        assert delivered() == []
        clock.move_to(MORNING)
        assert len(delivered()) == 1


def wishes(start: time, end: time, zone: str = "Europe/Berlin") -> NotificationSettings:
    return NotificationSettings(quiet_from=start, quiet_until=end, timezone=zone)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)


class TestTheClock:
    @pytest.mark.parametrize(
        ("now", "until"),
        [
            (utc(2026, 6, 8, 19, 59), None),
            (utc(2026, 6, 8, 20, 0), utc(2026, 6, 9, 5)),
            (utc(2026, 6, 9, 4, 59), utc(2026, 6, 9, 5)),
            (utc(2026, 6, 9, 5, 0), None),
            (utc(2026, 12, 8, 20, 30), None),  # 21:30 in winter
            (utc(2026, 12, 8, 21, 30), utc(2026, 12, 9, 6)),
        ],
    )
    def test_f36_quiet_hours_cross_midnight_and_follow_summer_time(self, now, until):
        assert quiet_until(wishes(time(22), time(7)), now) == until

    def test_a_night_that_loses_an_hour_ends_by_the_clock_on_the_wall(self):
        # 29 March 2026: 02:00 becomes 03:00 in Berlin.
        assert quiet_until(wishes(time(22), time(7)), utc(2026, 3, 28, 22)) == utc(2026, 3, 29, 5)

    def test_an_end_that_the_clock_skips_comes_an_hour_later(self):
        until = quiet_until(wishes(time(22), time(2, 30)), utc(2026, 3, 29, 0, 30))
        assert until == utc(2026, 3, 29, 1, 30)

    @pytest.mark.parametrize(
        ("now", "until"),
        [
            (utc(2026, 10, 24, 23, 50), utc(2026, 10, 25, 0, 30)),  # 01:50, before the first 02:30
            (utc(2026, 10, 25, 1, 10), utc(2026, 10, 25, 1, 30)),  # the second 02:10
        ],
    )
    def test_an_end_that_comes_twice_is_always_ahead(self, now, until):
        assert quiet_until(wishes(time(22), time(2, 30)), now) == until

    def test_within_a_day_and_at_none(self):
        assert quiet_until(wishes(time(13), time(14)), utc(2026, 6, 8, 11, 30)) == utc(
            2026, 6, 8, 12
        )
        assert quiet_until(NotificationSettings(), utc(2026, 6, 8, 11)) is None

    def test_a_zone_that_is_gone_counts_as_the_installations(self):
        assert quiet_until(wishes(time(22), time(7), "Mars/Base"), utc(2026, 6, 8, 23)) == utc(
            2026, 6, 9, 7
        )

    def test_a_digest_is_at_its_time_by_the_clock_on_the_wall(self):
        daily = NotificationSettings(timezone="Europe/Berlin")
        assert next_digest(daily, time(18), utc(2026, 3, 28, 18)) == utc(2026, 3, 29, 16)
        assert next_digest(daily, time(18), utc(2026, 3, 28, 16)) == utc(2026, 3, 28, 17)

"""A mail whose answer got lost, at providers that can be asked what they took."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from werkzeug import Response

from channels_out.adapters.registry import asked_on
from channels_out.models import Circuit, Delivery, DeliveryAttempt
from channels_out.outbox import (
    StatusReport,
    drain,
    record_status,
    retry,
    tick,
)
from channels_out.outbox.claim import claim
from channels_out.outgoing import Rendered
from channels_out.state import OnDoubt, State
from tests.mail_apis import Mailgun, Postmark

pytestmark = pytest.mark.django_db

APIS = {"mailgun": Mailgun, "postmark": Postmark}
PARTNER = "partner@elsewhere.example"
UNREADABLE = (
    Response("<html>Sorry</html>", 200),
    Response("{}", 200),
    Response("null", 200),
    Response('{"items": [{}], "Messages": [{}]}', 200),
    Response(
        json.dumps({"Messages": [{"MessageID": None, "Metadata": {}}], "items": [{"event": "x"}]}),
        200,
    ),
    Response("", 302, {"Location": "/"}),
    Response("Too many requests", 429),
    Response("Internal server error", 500),
)


@pytest.fixture(params=APIS)
def api(request, httpserver, settings):
    return APIS[request.param](httpserver, settings)


@pytest.fixture
def mailgun(httpserver, settings):
    return Mailgun(httpserver, settings)


@pytest.fixture
def postmark(httpserver, settings):
    return Postmark(httpserver, settings)


def later(minutes):
    """What the clock brings about when so much time has passed since each mail was begun."""
    began = timezone.now() - timedelta(minutes=minutes)
    DeliveryAttempt.objects.update(started_at=began)
    Delivery.objects.update(queued_at=began)
    Delivery.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
    tick()
    drain()


def state_of(delivery):
    delivery.refresh_from_db()
    return delivery.state


def test_f01_a_mail_that_the_provider_took_is_settled_and_not_sent_twice(api, mail):
    api.answers = False
    delivery = mail()
    drain()
    assert state_of(delivery) == State.IN_DOUBT
    assert not delivery.waits_for_a_person
    later(minutes=1)
    assert state_of(delivery) == State.SENT
    assert delivery.provider == api.name
    assert len(api.taken) == 1


def test_it_is_settled_whatever_else_went_through_this_provider(api, mail):
    mail()
    drain()
    api.answers = False
    delivery = mail()
    drain()
    later(minutes=1)
    assert state_of(delivery) == State.SENT
    assert len(api.taken) == 2


def test_its_id_is_bound_as_if_the_provider_had_answered(postmark, mail):
    postmark.answers = False
    delivery = mail()
    drain()
    later(minutes=1)
    delivery.refresh_from_db()
    [taken] = postmark.taken
    assert delivery.tries.get().provider_id == delivery.provider_id == taken.provider_id


def test_f02_an_answer_that_the_provider_does_not_have_is_sent_again_once_it_would_show_it(
    api, mail
):
    api.takes = False
    delivery = mail(on_doubt=OnDoubt.ASK)
    drain()
    api.takes = True
    later(minutes=29)
    assert state_of(delivery) == State.IN_DOUBT
    assert not delivery.waits_for_a_person
    later(minutes=31)
    assert state_of(delivery) == State.SENT
    assert len(api.taken) == 1


def test_a_mail_that_shows_late_is_not_sent_twice(api, mail):
    api.answers = api.shows = False
    delivery = mail()
    drain()
    api.answers = True
    for minutes in (1, 5, 20):
        later(minutes)
        assert state_of(delivery) == State.IN_DOUBT
    api.shows = True
    later(minutes=25)
    assert state_of(delivery) == State.SENT
    assert len(api.taken) == 1


def test_a_notification_is_asked_about_first_and_waits_for_no_half_hour(api, mail):
    api.takes = False
    delivery = mail(on_doubt=OnDoubt.RESEND)
    drain()
    api.takes = True
    later(minutes=1)
    assert state_of(delivery) == State.IN_DOUBT
    assert api.asked
    later(minutes=3)
    assert state_of(delivery) == State.SENT
    assert [each.message_id for each in api.taken] == [delivery.message_id]


def test_a_notification_is_not_repeated_for_ever(api, mail):
    api.answers = api.shows = False
    mail(on_doubt=OnDoubt.RESEND)
    drain()
    for _ in range(6):
        later(minutes=3)
    assert len(api.taken) == 4


@pytest.mark.parametrize("instead", UNREADABLE, ids=lambda each: f"{each.status_code}")
def test_f04_a_provider_that_gives_no_answer_leaves_it_in_doubt(api, mail, instead):
    api.answers = False
    delivery = mail()
    drain()
    api.instead = instead
    later(minutes=31)
    assert state_of(delivery) == State.IN_DOUBT
    assert not delivery.waits_for_a_person
    api.instead = None
    later(minutes=32)
    assert state_of(delivery) == State.SENT
    assert len(api.taken) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_where_the_key_may_not_search_nobody_can_be_asked(api, mail, status):
    api.answers = False
    answer, notice = mail(on_doubt=OnDoubt.ASK), mail(on_doubt=OnDoubt.RESEND)
    drain()
    api.instead, api.answers = Response("Forbidden", status), True
    later(minutes=1)
    assert state_of(answer) == State.IN_DOUBT
    assert answer.waits_for_a_person
    assert "say whether it was sent" in answer.next_step
    assert state_of(notice) == State.SENT


def test_without_a_key_nobody_can_be_asked(api, mail, settings):
    api.answers = False
    delivery = mail()
    drain()
    settings.ANYMAIL = {}
    later(minutes=1)
    assert state_of(delivery) == State.IN_DOUBT
    assert delivery.waits_for_a_person


def test_f26_a_killed_workers_mail_that_the_provider_took_is_not_sent_again(api, mail):
    delivery = mail()
    api.answers = False
    drain()  # as far as the worker came: the provider has it
    DeliveryAttempt.objects.update(outcome=State.SENDING, finished_at=None)
    lease = timezone.now() - timedelta(seconds=1)
    Delivery.objects.update(state=State.SENDING, lease_until=lease, due_at=None)
    later(minutes=2)
    later(minutes=3)
    assert state_of(delivery) == State.SENT
    assert len(api.taken) == 1


def test_f27_a_mail_whose_worker_died_before_sending_is_sent_once(api, mail):
    delivery = mail()
    claim(1)
    Delivery.objects.update(lease_until=timezone.now())
    later(minutes=2)
    assert state_of(delivery) == State.IN_DOUBT
    later(minutes=31)
    assert state_of(delivery) == State.SENT
    assert len(api.taken) == 1


def test_one_mail_found_settles_one_of_two_that_are_equal(api, mail):
    api.answers = False
    first = mail("Yes")
    drain()
    api.takes = False
    second = mail("Yes")
    drain()
    api.takes = api.answers = True
    later(minutes=1)
    assert (state_of(first), state_of(second)) == (State.SENT, State.IN_DOUBT)
    later(minutes=31)
    assert state_of(second) == State.SENT
    assert len(api.taken) == 2


def test_what_is_found_of_an_earlier_try_settles_no_later_one(mailgun, mail):
    delivery = mail()
    drain()
    bounced(mailgun, delivery)
    mailgun.takes = False
    retry(delivery)
    drain()
    assert state_of(delivery) == State.IN_DOUBT
    mailgun.takes = True
    later(minutes=31)
    assert state_of(delivery) == State.SENT
    assert len(mailgun.taken) == 2


def test_a_mail_that_bounced_and_is_sent_again_under_its_message_id_may_bounce_again(mailgun, mail):
    delivery = mail()
    drain()
    bounced(mailgun, delivery)
    assert state_of(delivery) == State.FAILED
    retry(delivery)
    drain()
    assert state_of(delivery) == State.SENT
    assert len(mailgun.taken) == 2
    bounced(mailgun, delivery)
    assert state_of(delivery) == State.FAILED


def test_whoever_was_on_copy_of_a_mail_that_came_back_gets_it_once(mailgun, mail):
    mailgun.answers = False
    delivery = mail(rendered=Rendered("Hi", from_header="ann@mail.gateway.test", cc=(PARTNER,)))
    drain()
    bounced(mailgun, delivery)
    assert state_of(delivery) == State.FAILED
    retry(delivery)
    assert Delivery.objects.get().cc == ()


def test_a_report_without_our_metadata_finds_a_mail_by_its_message_id(mailgun, mail):
    delivery = mail()
    drain()
    record_status(StatusReport("mailgun", "delivered", provider_id=delivery.message_id))
    assert state_of(delivery) == State.DELIVERED


def test_what_went_through_postmarks_bulk_api_waits_for_a_person(postmark, mail, settings):
    postmark.answers = False
    delivery = mail()
    drain()
    settings.ANYMAIL = settings.ANYMAIL | {"POSTMARK_USE_BULK_API": True}
    later(minutes=1)
    assert state_of(delivery) == State.IN_DOUBT
    assert delivery.waits_for_a_person


@pytest.mark.parametrize(
    "backend",
    [
        "django.core.mail.backends.smtp.EmailBackend",
        "django.core.mail.backends.console.EmailBackend",
        "django.core.mail.backends.locmem.EmailBackend",
        "anymail.backends.amazon_ses.EmailBackend",
        "anymail.backends.sendgrid.EmailBackend",
        "no.such.Backend",
    ],
)
def test_other_mail_servers_are_not_asked(settings, backend):
    settings.CHANNEL_ADAPTERS, settings.EMAIL_BACKEND = {}, backend
    assert asked_on("email") == ""


def test_the_simulators_mail_server_is_not_asked(mailgun, settings):
    assert asked_on("email") == "mailgun"
    settings.GATEWAY_SIMULATOR_PORT, settings.PUBLIC_URL = 9000, "http://127.0.0.1:8000"
    assert asked_on("email") == ""


def bounced(api, delivery):
    """The provider reports that the last try came back."""
    report = StatusReport(
        provider=api.name,
        provider_status="bounced",
        provider_id=delivery.message_id,
        attempt_id=delivery.tries.latest("number").pk,
    )
    record_status(report)


def test_a_mail_in_doubt_is_not_sent_again_through_another_provider(httpserver, settings, mail):
    """That the one of now has nothing proves nothing."""
    before = Mailgun(httpserver, settings)
    before.answers = False
    delivery = mail(on_doubt=OnDoubt.ASK)
    drain()
    assert len(before.taken) == 1
    now = Postmark(httpserver, settings)
    for minutes in (1, 31):
        later(minutes)
    assert now.taken == []
    delivery.refresh_from_db()
    assert delivery.waits_for_a_person


def test_a_notification_does_not_wait_for_a_search_that_is_away(api, mail):
    api.takes = False
    notice = mail(on_doubt=OnDoubt.RESEND)
    drain()
    api.takes = True
    api.instead = Response("Internal server error", 500)
    for minutes in (1, 3):
        later(minutes)
    assert state_of(notice) == State.SENT


def test_an_answer_whose_search_is_away_keeps_back_the_next_for_an_hour_and_no_longer(api, mail):
    api.answers = False
    first = mail("one", lane="x")
    drain()
    api.answers, api.instead = True, Response("Internal server error", 500)
    second = mail("two", lane="x")
    for minutes in (1, 31):
        later(minutes)
    assert state_of(second) == State.QUEUED
    later(61)
    assert state_of(first) == State.IN_DOUBT
    assert first.waits_for_a_person
    drain()
    assert state_of(second) == State.SENT


@pytest.mark.parametrize("kind", OnDoubt.values)
def test_a_mail_that_never_shows_is_left_to_a_person_after_some_repetitions(mailgun, mail, kind):
    mailgun.answers = mailgun.shows = False
    delivery = mail(on_doubt=kind)
    drain()
    for _ in range(8):
        later(minutes=31)
        Circuit.objects.all().delete()
    assert len(mailgun.taken) == 4
    delivery.refresh_from_db()
    assert delivery.waits_for_a_person

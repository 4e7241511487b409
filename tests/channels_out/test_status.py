"""Providers' reports come late, twice, out of order and early; all orders end the same."""

import itertools
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from channels_out.errors import SendError
from channels_out.models import Delivery, DeliveryAttempt, StatusEvent, Suppression
from channels_out.outbox import StatusOutcome, StatusReport, drain, record_status, retry
from channels_out.outbox.claim import claim
from channels_out.outbox.record import Result, record
from channels_out.outgoing import Sent
from channels_out.signals import address_bounced
from channels_out.state import State
from channels_out.statuses import TWILIO
from tests.channels_out.twilio_kinds import KIND_OF

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(memory):
    """Reports one of Twilio's words on a delivery's last attempt."""

    def tell(delivery, word, **changes):
        attempt = delivery.tries.order_by("number").last()
        usual = {
            "provider": "twilio",
            "provider_status": word,
            "attempt_id": attempt.pk,
            "provider_id": f"SM-{attempt.pk}",
        }
        return record_status(StatusReport(**{**usual, **changes}))

    return tell


@pytest.fixture
def claimed(memory, text):
    """A delivery that a worker is sending right now; answering is up to the test."""

    def begin(**changes):
        delivery = text(**changes)
        claim(10)
        return delivery

    return begin


def answer(delivery):
    attempt = delivery.tries.get()
    record([Result(delivery.pk, attempt.pk, Sent("twilio", f"SM-{attempt.pk}"))])


def state_of(delivery):
    delivery.refresh_from_db()
    return delivery.state


@pytest.mark.parametrize("word", TWILIO)
def test_every_word_of_twilio_has_a_meaning(report, claimed, word):
    delivery = claimed()
    assert report(delivery, word) == StatusOutcome.RECORDED
    assert state_of(delivery) == TWILIO[word]


@pytest.mark.parametrize(
    ("words", "final"),
    [
        (["queued", "sent", "delivered"], State.DELIVERED),
        (["sent", "delivered", "read"], State.READ),
        (["queued", "sent", "undelivered"], State.FAILED),
        (["sent", "undelivered", "delivered"], State.DELIVERED),
        (["sending", "failed", "read"], State.READ),
    ],
)
def test_f11_reports_in_any_order_end_in_the_same_state(report, claimed, words, final):
    for order in itertools.permutations([*words, "our own answer"]):
        delivery = claimed()
        for word in order:
            answer(delivery) if word == "our own answer" else report(delivery, word)
        assert (order, state_of(delivery)) == (order, final)


@hypothesis_settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_two_orders_of_any_reports_agree(report, claimed, data):
    words = data.draw(st.lists(st.sampled_from([*TWILIO, "unheard of"]), min_size=1, max_size=6))
    orders = [words, data.draw(st.permutations(words))]
    ends = []
    for order in orders:
        delivery = claimed()
        for word in order:
            report(delivery, word)
        ends.append((state_of(delivery), delivery.error_name))
    assert ends[0] == ends[1]


def test_f10_a_report_before_our_own_commit_is_bound_by_the_attempt(report, claimed):
    delivery = claimed()
    assert report(delivery, "delivered") == StatusOutcome.RECORDED
    answer(delivery)
    assert state_of(delivery) == State.DELIVERED
    assert delivery.provider_id == f"SM-{delivery.tries.get().pk}"


def test_a_report_that_only_names_the_providers_id_waits_until_we_know_it(claimed):
    delivery = claimed()
    early = StatusReport(
        provider="twilio",
        provider_status="delivered",
        provider_id=f"SM-{delivery.tries.get().pk}",
    )
    assert record_status(early) == StatusOutcome.UNMATCHED
    answer(delivery)
    assert state_of(delivery) == State.DELIVERED
    assert StatusEvent.objects.get().delivery == delivery


def test_a_repeated_report_is_one_row(report, claimed):
    delivery = claimed()
    assert report(delivery, "sent") == StatusOutcome.RECORDED
    assert report(delivery, "sent") == StatusOutcome.DUPLICATE
    assert StatusEvent.objects.count() == 1


def test_f13_a_report_that_matches_nothing_is_kept(db):
    unknown = StatusReport(
        provider="twilio", provider_status="sent", provider_id="SM1", attempt_id=uuid4()
    )
    assert record_status(unknown) == StatusOutcome.UNMATCHED
    assert record_status(unknown) == StatusOutcome.DUPLICATE
    assert StatusEvent.objects.get().attempt is None


def test_f13_a_report_of_a_foreign_account_is_not_stored(report, claimed):
    delivery = claimed()
    outcome = report(delivery, "failed", account="AC" + "f" * 32)
    assert outcome == StatusOutcome.FOREIGN
    assert state_of(delivery) == State.SENDING
    assert not StatusEvent.objects.exists()


def test_f14_an_unknown_word_is_stored_and_says_that_the_provider_has_it(report, claimed):
    delivery = claimed()
    assert report(delivery, "teleported", error_code="99999") == StatusOutcome.RECORDED
    assert state_of(delivery) == State.SENT
    assert StatusEvent.objects.get().provider_status == "teleported"


@pytest.mark.parametrize(
    "code", ["", "0", "-1", "null", "None", "21610.0", " 21610", "021610", "x" * 500]
)
def test_f14_an_absurd_code_is_told_in_general_and_stops_nobody(report, claimed, sender, code):
    _is_told_in_general(report, claimed(), sender, code)


@hypothesis_settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    code=st.one_of(
        st.integers(min_value=-10, max_value=10**9).map(str),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60),
    ).filter(lambda code: code not in KIND_OF)
)
def test_f14_any_unknown_code_is_told_in_general_and_stops_nobody(report, claimed, sender, code):
    _is_told_in_general(report, claimed(), sender, code)


def _is_told_in_general(report, delivery, sender, code):
    report(delivery, "undelivered", error_code=code)
    assert state_of(delivery) == State.FAILED
    assert delivery.error_name == SendError.code
    assert (delivery.reason, delivery.next_step) == (SendError().reason, SendError.next_step)
    assert not Suppression.objects.exists()
    sender.refresh_from_db()
    assert sender.paused_at is None


def test_f09_a_window_that_closed_is_told_by_report(report, claimed):
    delivery = claimed()
    answer(delivery)
    report(delivery, "undelivered", error_code="63016")
    assert state_of(delivery) == State.FAILED
    assert delivery.error_name == "window_closed"
    assert "template" in delivery.next_step


def test_a_failure_whose_code_comes_later_is_explained_then(report, claimed):
    delivery = claimed()
    report(delivery, "failed")
    report(delivery, "undelivered", error_code="30006")
    state_of(delivery)
    assert delivery.error_code == "30006"
    assert "landline" in delivery.reason


def test_an_opt_out_told_by_report_stops_the_address(report, claimed, text):
    report(claimed(), "undelivered", error_code="21610")
    later = text()
    drain()
    assert (state_of(later), later.error_name) == (State.FAILED, "opted_out")


def test_a_late_failure_of_the_first_try_does_not_fail_the_second(report, claimed):
    delivery = claimed()
    report(delivery, "failed")
    first = delivery.tries.get()
    retry(delivery)
    assert report(delivery, "undelivered", attempt_id=first.pk) == StatusOutcome.NOTHING_NEW
    assert state_of(delivery) == State.QUEUED
    drain()
    assert state_of(delivery) == State.SENT


def test_a_late_sent_of_a_failed_try_does_not_swallow_the_second(report, claimed):
    delivery = claimed()
    report(delivery, "failed")
    retry(delivery)
    report(delivery, "sent")
    assert drain() == 1


def test_a_receipt_for_a_try_taken_for_failed_stops_the_second(report, claimed):
    delivery = claimed()
    report(delivery, "failed")
    retry(delivery)
    report(delivery, "delivered")
    assert drain() == 0
    assert state_of(delivery) == State.DELIVERED


def test_an_id_that_belongs_to_another_attempt_tells_of_that_one(report, claimed):
    owner, named = claimed(), claimed()
    answer(owner)
    sid = f"SM-{owner.tries.get().pk}"
    report(named, "delivered", provider_id=sid)
    assert state_of(owner) == State.DELIVERED
    assert state_of(named) == State.SENDING


def test_a_report_with_our_attempt_but_another_id_matches_nothing(report, claimed):
    delivery = claimed()
    answer(delivery)
    assert report(delivery, "failed", provider_id="SM-other") == StatusOutcome.UNMATCHED
    assert state_of(delivery) == State.SENT


def mail_report(delivery, word, **changes):
    usual = {"provider": "postmark", "provider_status": word, "provider_id": "pm-1"}
    return record_status(StatusReport(**{**usual, "message_id": delivery.message_id, **changes}))


def test_f67_a_bounce_after_delivered_is_the_truth_and_is_news(memory, mail):
    heard = []

    def hear(address, reason, **_):
        heard.append((address, reason))

    delivery = mail()
    claim(1)
    address_bounced.connect(hear)
    try:
        mail_report(delivery, "delivered")
        mail_report(delivery, "bounced", error_code="550")
        mail_report(delivery, "bounced", error_code="550")
    finally:
        address_bounced.disconnect(hear)
    assert state_of(delivery) == State.FAILED
    assert heard == [("customer@example.org", delivery.reason)]


def test_a_mail_sent_again_may_bounce_again(memory, mail):
    delivery = mail()
    drain()
    mail_report(delivery, "bounced", provider="smtp", provider_id="")
    retry(delivery)
    drain()
    assert state_of(delivery) == State.SENT
    mail_report(delivery, "bounced", provider="smtp", provider_id="")
    assert state_of(delivery) == State.FAILED


def test_a_delay_is_not_a_failure(memory, mail):
    delivery = mail()
    claim(1)
    mail_report(delivery, "deferred")
    assert state_of(delivery) == State.SENT


@pytest.mark.parametrize(
    ("why", "reason", "error"),
    [
        ("unsubscribed", "unsubscribed", "opted_out"),
        ("spam", "complained", "opted_out"),
        ("invalid", None, "bad_address"),
    ],
)
def test_a_provider_that_refuses_an_address_says_what_it_knew_of_it(
    memory, mail, why, reason, error
):
    gone = []

    def hear(address, **_):
        gone.append(address)

    delivery = mail()
    claim(1)
    address_bounced.connect(hear)
    try:
        mail_report(delivery, "rejected", provider="sendgrid", error_code=why)
    finally:
        address_bounced.disconnect(hear)
    assert (state_of(delivery), delivery.error_name) == (State.FAILED, error)
    assert "START" not in delivery.next_step  # nobody texts to a mailbox
    stopped = Suppression.objects.values_list("reason", flat=True).first()
    assert (stopped, bool(gone)) == (reason, reason is None)


@pytest.mark.parametrize("word", ["complained", "unsubscribed"])
def test_a_reader_who_wants_no_more_mail_gets_none(memory, mail, word):
    delivery = mail()
    claim(1)
    mail_report(delivery, word)
    assert state_of(delivery) == State.DELIVERED
    assert Suppression.objects.get().reason == word
    another = mail(to_address="Customer@example.org")
    drain()
    assert (state_of(another), another.error_name) == (State.FAILED, "opted_out")


def test_times_are_those_of_the_provider_where_it_tells_them(report, claimed):
    delivery = claimed()
    then = timezone.now() - timedelta(minutes=3)
    report(delivery, "delivered", occurred_at=then)
    assert state_of(delivery) == State.DELIVERED
    assert delivery.delivered_at == then


def test_one_provider_id_never_settles_two_attempts(claimed, report):
    first, second = claimed(), claimed()
    report(first, "sent", provider_id="SM1")
    report(second, "sent", provider_id="SM1")
    assert DeliveryAttempt.objects.filter(provider_id="SM1").count() == 1
    assert Delivery.objects.filter(state=State.SENT).count() == 1

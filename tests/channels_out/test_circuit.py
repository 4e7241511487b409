"""A provider that has only errors of its own is left alone for a while, by all workers, and then tried."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from channels_out.errors import BadAddress, NotStarted, ProviderDown, TooFast, Uncertain
from channels_out.models import Circuit, Delivery, Sender
from channels_out.outbox import drain, expire_leases, tick
from channels_out.outbox.circuit import FIRST_PAUSE, LONGEST_PAUSE, TRIP_AFTER
from channels_out.outbox.claim import claim
from channels_out.outbox.record import Result, record
from channels_out.outgoing import Sent
from channels_out.state import State

pytestmark = pytest.mark.django_db
OTHER_ACCOUNT = "AC" + "9" * 32


def fail(memory, text, times=TRIP_AFTER, error=ProviderDown):
    """As many messages that meet an error, each in a drain of its own."""
    for _ in range(times):
        memory.answers.append(error("No connection"))
        text()
        drain()


def time_is_over():
    """The pause of a circuit has passed."""
    Circuit.objects.update(open_until=timezone.now())


def time_stands_still():
    """However slow this machine is, the pause has not passed."""
    Circuit.objects.update(open_until=timezone.now() + timedelta(hours=1))


def assert_pause(longest, since):
    """The circuit, opened after `since`, stays open for so many seconds, or down to half of them by jitter."""
    until = Circuit.objects.get().open_until
    assert since + timedelta(seconds=longest / 2) <= until
    assert until <= timezone.now() + timedelta(seconds=longest)


@pytest.mark.parametrize("error", [ProviderDown, Uncertain])
def test_several_failures_in_a_row_stop_the_claiming_and_keep_the_queue(
    memory, text, caplog, error
):
    began = timezone.now()
    fail(memory, text, error=error)
    assert_pause(FIRST_PAUSE, began)
    time_stands_still()
    waiting = text("kept")
    assert drain() == 0
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == (State.QUEUED, 0)
    assert "The provider of SMS does not answer" in caplog.text


def test_one_answer_in_between_is_enough(memory, text):
    fail(memory, text, TRIP_AFTER - 1)
    text("accepted")
    drain()
    fail(memory, text, TRIP_AFTER - 1)
    text("accepted too")
    assert drain() == 1


@pytest.mark.parametrize("error", [BadAddress, TooFast])
def test_a_provider_that_refuses_a_message_answers(memory, text, error):
    fail(memory, text, TRIP_AFTER - 1)
    memory.answers.append(error("No"))
    text()
    drain()
    assert Circuit.objects.get().failures == 0


def test_what_never_began_says_nothing(memory, text):
    fail(memory, text, TRIP_AFTER, NotStarted)
    assert not Circuit.objects.exists()


def test_a_worker_that_died_says_nothing_of_the_provider(memory, text):
    for _ in range(TRIP_AFTER):
        text()
    claim(TRIP_AFTER)
    Delivery.objects.update(lease_until=timezone.now())
    assert expire_leases() == TRIP_AFTER
    assert not Circuit.objects.exists()


def test_after_the_pause_one_message_tries_and_its_success_lets_all_through(memory, text, caplog):
    fail(memory, text)
    for number in range(3):
        text(f"kept {number}")
    time_is_over()
    [probe] = claim(100)
    assert claim(100) == []  # another worker
    record([Result(probe.delivery_id, probe.attempt_id, Sent("memory", "1"), probe)])
    assert Circuit.objects.get().opened_at is None
    assert drain() == 2
    assert "The provider of SMS is used again" in caplog.text


def test_each_failed_try_doubles_the_pause_up_to_a_limit(memory, text):
    fail(memory, text)
    for number in range(1, 9):
        memory.answers.append(ProviderDown("Still away"))
        text()
        time_is_over()
        began = timezone.now()
        assert drain() == 1
        assert_pause(min(FIRST_PAUSE * 2**number, LONGEST_PAUSE), began)


def test_what_was_under_way_when_it_opened_does_not_prolong_it(memory, text):
    for _ in range(TRIP_AFTER + 3):
        text()
    claims = claim(100)
    results = [
        Result(each.delivery_id, each.attempt_id, ProviderDown("away"), each) for each in claims
    ]
    record(results[:TRIP_AFTER])
    until = Circuit.objects.get().open_until
    record(results[TRIP_AFTER:])
    assert Circuit.objects.get().open_until == until


def test_a_worker_that_dies_with_the_trial_leaves_room_for_another(memory, text):
    fail(memory, text)
    text("kept")
    text("kept too")
    time_is_over()
    assert len(claim(100)) == 1
    time_is_over()
    assert len(claim(100)) == 1


def test_other_channels_and_accounts_go_on(memory, text, mail, sender, whatsapp_sender):
    other = Sender.objects.create(
        channel="sms", address="+15550177", account=OTHER_ACCOUNT, per_second=1000
    )
    fail(memory, text)
    time_stands_still()
    text("waits")
    text("goes", sender=other)
    text("goes too", sender=whatsapp_sender, channel="whatsapp")
    mail("goes as well")
    assert drain() == 3
    assert [each.rendered.text for each, _ in memory.accepted][-3:] == [
        "goes",
        "goes too",
        "goes as well",
    ]


def test_a_mail_server_that_is_away_keeps_back_mails_alone(memory, text, mail):
    fail(memory, mail)
    time_stands_still()
    mail("waits")
    text("goes")
    assert drain() == 1


def test_a_doubt_is_resolved_while_the_circuit_is_open_and_order_is_kept(memory, text, settings):
    settings.RESOLVE_AFTER = 0
    fail(memory, text, TRIP_AFTER - 1)
    memory.loses_answers = True
    text("first", lane="conversation")
    text("second", lane="conversation")
    drain()
    memory.loses_answers = False
    time_stands_still()
    assert drain() == 0
    tick()
    time_is_over()
    later = timezone.now() - timedelta(minutes=1)
    Delivery.objects.filter(state=State.QUEUED, lane="conversation").update(due_at=later)
    drain()
    assert [each.rendered.text for each, _ in memory.accepted] == ["first", "second"]


def test_a_provider_that_nothing_waits_for_is_given_another_chance(memory, text):
    fail(memory, text)
    Delivery.objects.all().delete()
    time_is_over()
    tick()
    assert Circuit.objects.get().opened_at is not None
    Circuit.objects.update(open_until=timezone.now() - timedelta(minutes=2))
    tick()
    assert Circuit.objects.get().opened_at is None


def test_f06_what_was_too_fast_together_is_not_tried_again_together(memory, text):
    memory.answers.extend([TooFast()] * 20)
    for _ in range(20):
        text()
    with time_machine.travel(timezone.now(), tick=False):
        drain()
        pauses = [each.due_at - timezone.now() for each in Delivery.objects.all()]
    assert max(pauses) > 1.2 * min(pauses)

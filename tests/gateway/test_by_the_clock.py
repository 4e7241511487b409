"""What workers do by the clock, whoever is killed over it and however many are at it: once."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.utils import timezone

from channels_out.models import Delivery
from gateway.models import CustomerMessage, HeldItem, Membership, Notice
from gateway.states import change, snooze
from tests.factories import make_member, make_message
from tests.gateway.post import customer_token, post
from tests.gateway.processes import running
from tests.gateway.telling.days import waiting

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMERS = 6
DAY = timedelta(days=1)
STOPS = [
    "gateway.telling.of_one.dispatch",
    "gateway.telling.escalate._keep",
    "gateway.remind.tell",
    "gateway.snooze.wake",
]


@pytest.fixture
def due(ann: Membership) -> list[CustomerMessage]:
    """What waits for the clock: a second message to tell of, a wait that is too long, held mail, a snooze."""
    ann.business.escalates_after = 30
    ann.business.save()
    make_member(ann.business)  # who is told of those who wait too long
    messages = []
    for number in range(CUSTOMERS):
        address = f"customer{number}@home.example"
        message = make_message(ann, sender_email=address)
        post(customer_token(message), sender=address, text=f"And the colour? {number}")
        messages.append(message)
    HeldItem.objects.create(reason="no_token", channel="email", business=ann.business)
    HeldItem.objects.update(created_at=timezone.now() - DAY)
    Notice.objects.update(due_at=timezone.now())
    asleep = make_message(ann, sender_email="asleep@home.example")
    with change(asleep.pk) as locked:
        snooze(locked, timezone.now())
    Notice.objects.filter(message=asleep).delete()
    long_ago = timezone.now() - DAY
    Delivery.objects.update(state="sent", due_at=None, queued_at=long_ago)
    return messages


def told() -> list[str]:
    """The subjects of all that members were told since."""
    new = Delivery.objects.filter(queued_at__gt=timezone.now() - DAY / 2).order_by("id")
    return [each.rendered.subject for each in new]


def check_once() -> None:
    subjects = told()
    waits = [subject for subject in subjects if "waits for an answer" in subject]
    reminders = [subject for subject in subjects if "One message waits" in subject]
    assert len(waits) == CUSTOMERS
    assert len(reminders) == 2  # one for each member
    assert len(subjects) - len(waits) - len(reminders) == CUSTOMERS
    assert waiting() == 0
    assert not CustomerMessage.objects.filter(snoozed_until__isnull=False).exists()


def test_f31_workers_that_look_at_the_same_instant_have_one_effect(due):
    with ExitStack() as stack:
        workers = [stack.enter_context(running("race")) for _ in range(3)]
        for worker in workers:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        assert [worker.wait(60) for worker in workers] == [0, 0, 0]
        check_once()


@pytest.mark.parametrize("moment", STOPS)
def test_f26_a_worker_killed_in_the_middle_of_it_leaves_it_to_be_done_once(due, moment):
    with running("stop_at", moment) as worker:
        worker.kill()
        worker.wait()
    with running("work", "0"):
        check_once()

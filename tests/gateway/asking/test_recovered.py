"""A digit that the provider gave us late counts by when it was sent."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from django.utils import timezone

from gateway.inbound.messages import Outcome
from gateway.models import HeldItem
from tests.factories import make_text
from tests.gateway.asking.pair import PHONE


def test_f53_a_digit_of_before_our_question_is_no_answer_to_it(shared_number, asked):
    before = asked.question.created_at - timedelta(minutes=1)
    late = make_text(shared_number, PHONE, "1", received_at=before, recovered_at=timezone.now())
    assert late.outcome == Outcome.HELD
    asked.question.refresh_from_db()
    assert asked.question.is_open
    assert late.held.created_at == before


def test_f53_a_digit_of_after_it_is(shared_number, asked):
    said = timezone.now()
    with time_machine.travel(said + timedelta(hours=1), tick=False):
        late = make_text(shared_number, PHONE, "1", received_at=said, recovered_at=timezone.now())
    assert late.outcome == Outcome.FILED
    assert late.message.replies.filter(reply="Can I see it today?").exists()
    assert not HeldItem.objects.filter(settlement="").exists()


def test_what_was_held_and_is_filed_then_says_that_it_came_late(shared_number, bike, flat):
    sent = timezone.now() - timedelta(hours=2)
    recovered = timezone.now()
    make_text(shared_number, PHONE, "Can I see it?", received_at=sent, recovered_at=recovered)
    held = HeldItem.objects.get()
    assert (held.created_at, held.recovered_at) == (sent, recovered)

"""A text about a customer who waits is reported as failed while his messages are moved: neither stops the other."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from channels_out.adapters.memory import Memory
from channels_out.errors import BadAddress
from channels_out.models import Sender
from channels_out.outbox import drain
from gateway import join, move
from gateway.models import Notice, NoticeKind
from gateway.telling.escalate import escalate_due
from tests.factories import make_message, make_reply
from tests.gateway.post import customer_token, post
from tests.gateway.telling.days import PHONE, sent, verified_phone

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite writes one transaction after the other"
    ),
]
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
PATIENCE = 20  # seconds


class NoSuchPhone(Memory):
    """Takes all but what goes to this member's phone."""

    async def send(self, outgoing):
        if outgoing.to_address == PHONE:
            raise BadAddress
        return await super().send(outgoing)


@pytest.fixture
def alarmed(ann, ann_number, clock, settings):
    """Two customers of Ann's: of one a text says that he waits, the other's answer is on its way."""
    adapter = f"{NoSuchPhone.__module__}.{NoSuchPhone.__name__}"
    settings.CHANNEL_ADAPTERS = dict.fromkeys(("email", "sms", "whatsapp"), adapter)
    ann.business.escalates_after = 30
    ann.business.save()
    verified_phone(ann)
    waits = make_message(ann)
    make_reply(waits, ann)
    clock.shift(1)
    post(customer_token(waits), text="And the colour?")
    other = make_message(ann, sender_email="jonas@home.example")
    drain()
    make_reply(other, ann)
    clock.shift(timedelta(minutes=30))
    escalate_due()
    Sender.objects.update(next_at=timezone.now())
    return waits, other


def reported() -> None:
    """One batch: the answer went out, which moves the inbox of the business, and the text did not."""
    try:
        assert drain() == 2
    finally:
        connections.close_all()


def begin_meanwhile(monkeypatch, module, work) -> list[Future]:
    """Has the work begin on a connection of its own once the move has its rows, but not the business.

    The move goes on once the work waits for one of them.
    """
    begun: list[Future] = []
    remember = module.remember

    def paused(*args, **kwargs):
        pool = ThreadPoolExecutor(1)
        begun.append(pool.submit(work))
        until = time.monotonic() + PATIENCE
        with connection.cursor() as cursor:
            while not begun[0].done() and time.monotonic() < until:
                cursor.execute(BLOCKED)
                if cursor.fetchone()[0]:
                    break
                time.sleep(0.02)
        pool.shutdown(wait=False)
        return remember(*args, **kwargs)

    monkeypatch.setattr(module, "remember", paused)
    return begun


def split_off(waits, other, ann):
    move.split_off(waits.replies.get(direction="inbound"), ann, with_later=True)


def file_elsewhere(waits, other, ann):
    move.file_under(waits.replies.get(direction="inbound"), other.pk, ann, with_later=True)


def join_to_another(waits, other, ann):
    join.join(waits.pk, other.pk, ann)


@pytest.mark.parametrize(
    ("module", "moves"), [(move, split_off), (move, file_elsewhere), (join, join_to_another)]
)
def test_no_report_and_no_move_is_lost(ann, alarmed, clock, monkeypatch, caplog, module, moves):
    begun = begin_meanwhile(monkeypatch, module, reported)
    moves(*alarmed, ann)
    begun[0].result(PATIENCE)
    assert "tried again" not in caplog.text  # how a recorder goes on after a deadlock
    assert [text.state for text in sent("sms")] == ["failed"]
    assert Notice.objects.filter(kind=NoticeKind.WAITING, due_at__lte=timezone.now()).exists()

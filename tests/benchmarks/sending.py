"""Sends a second of one process: `python -m tests.benchmarks.sending outbox|client COUNT`.

`outbox` drains as many answers from the database, `client` sends as many with the same client and as many
in flight, from memory and without keeping anything.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from uuid import uuid4

import django

django.setup()

from channels_out import conf  # noqa: E402
from channels_out.adapters.twilio_messages import TwilioMessages  # noqa: E402
from channels_out.channel import Channel  # noqa: E402
from channels_out.models import Delivery  # noqa: E402
from channels_out.outbox import drain  # noqa: E402
from channels_out.outgoing import Outgoing, Rendered  # noqa: E402
from channels_out.state import State  # noqa: E402
from gateway.garbage import collect_rarely  # noqa: E402
from tests.benchmarks.answers import WORDS, enqueue_answers  # noqa: E402


def by_outbox(count: int) -> float:
    """Claimed, sent and recorded."""
    enqueue_answers(count)
    begun = time.perf_counter()
    while drain():
        pass
    seconds = time.perf_counter() - begun
    waiting = Delivery.objects.exclude(state=State.SENT).count()
    if waiting:
        raise SystemExit(f"{waiting} deliveries were not sent")
    return count / seconds


async def by_client(count: int) -> float:
    """The bare loop."""
    adapter, outgoings = TwilioMessages(), [_outgoing(number) for number in range(count)]
    left = iter(outgoings)

    async def send_next() -> None:
        for outgoing in left:
            await adapter.send(outgoing)

    begun = time.perf_counter()
    await asyncio.gather(*(send_next() for _ in range(adapter.at_once)))
    seconds = time.perf_counter() - begun
    await adapter.close()
    return count / seconds


def _outgoing(number: int) -> Outgoing:
    attempt = uuid4()
    return Outgoing(
        attempt_id=attempt,
        channel=Channel.SMS,
        sender_address="+14155550001",
        account=conf.twilio_account_sid(),
        messaging_service="",
        to_address=f"+1628{number:07}",
        rendered=Rendered(text=f"{WORDS} {number}"),
        status_callback=f"{conf.status_callbacks()}{attempt}/",
        message_id="",
    )


if __name__ == "__main__":
    count = int(sys.argv[2])
    collect_rarely()  # as in a worker, for both
    rate = by_outbox(count) if sys.argv[1] == "outbox" else asyncio.run(by_client(count))
    sys.stdout.write(json.dumps(rate))

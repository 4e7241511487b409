"""What goes over the broker: wake-ups, of which one is as good as ten."""

from __future__ import annotations

from typing import Any

from celery import current_app, shared_task

from gateway import worker
from gateway.pulse import beat as write_beat

# While no worker takes them they would fill the broker.
MOST_WAITING = 100
# Set when this worker process is told to end.
STOP = worker.Stop()


@shared_task(name="gateway.drain", ignore_result=True)
def drain(name: str) -> None:
    """Works all that is due of one kind."""
    worker.drain(name, STOP)


@shared_task(name="gateway.beat", ignore_result=True)
def beat() -> None:
    """The clock's beat has come through."""
    write_beat()


def wake(name: str) -> None:
    """Sends a worker to one kind of work, without a second try. Raises what the broker's client raises.

    A broker that takes the connection and then is silent holds the caller up until it speaks.
    """
    with current_app.producer_or_acquire() as producer:
        if _waiting(producer.channel) < MOST_WAITING:
            drain.apply_async((name,), producer=producer, retry=False)


def _waiting(channel: Any) -> int:
    """How many lie in the queue, which is made where it is missing: Redis knows no empty one."""
    queue = current_app.amqp.queues[current_app.conf.task_default_queue].bind(channel)
    queue.declare()  # what leads to it as well, which a broker that was emptied has forgotten
    there = channel.queue_declare(
        queue=queue.name,
        durable=queue.durable,
        exclusive=queue.exclusive,
        auto_delete=queue.auto_delete,
        arguments=queue.queue_arguments,
    )
    return int(there.message_count)

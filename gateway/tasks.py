"""What goes over the broker: wake-ups, of which one is as good as ten."""

from __future__ import annotations

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
    """Sends a worker to one kind of work. Raises what the broker's client raises, at once."""
    with current_app.producer_or_acquire() as producer:
        queue = current_app.amqp.queues[current_app.conf.task_default_queue]
        queue.bind(producer.channel).declare()
        there = producer.channel.queue_declare(queue=queue.name, passive=True)
        if there.message_count < MOST_WAITING:
            drain.apply_async((name,), producer=producer, retry=False)

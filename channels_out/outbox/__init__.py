"""The queue: enqueue, claim, deliver and record status, in one place."""

from channels_out.outbox.enqueue import enqueue

__all__ = ["enqueue"]

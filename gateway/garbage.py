"""How often Python looks for garbage that reference counts do not find."""

from __future__ import annotations

import gc

# New objects until it looks among them. A batch of the outbox makes some ten thousand that live until it is
# recorded: at Python's 700 it looked at them over and over, which was a third of what a send costs.
NEW_OBJECTS = 50_000


def collect_rarely() -> None:
    """For a process that stays: what it has loaded is looked at no more, what is new more rarely.

    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)

"""A process that stays looks for garbage rarely, and still finds it."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own: what is frozen stays so.
SCRIPT = """
import gc, weakref
from gateway.garbage import NEW_OBJECTS, collect_rarely

class Ring:
    def __init__(self):
        self.self = self

collect_rarely()
rings = [weakref.ref(Ring()) for _ in range(1000)]
assert all(ring() for ring in rings), "looked too early"
more = [[] for _ in range(2 * NEW_OBJECTS)]
assert not any(ring() for ring in rings), "never looked"
assert gc.get_freeze_count() > 0
"""


def test_what_is_new_is_looked_at_once_it_is_much():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")

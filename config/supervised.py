"""A child of `manage.py run` ends with its parent, even when the parent is killed."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PARENT_VARIABLE = "SUPERVISOR_PID"
_PR_SET_PDEATHSIG = 1  # prctl(2)


def end_with_parent() -> None:
    """Asks the kernel for SIGTERM when the parent process dies; does nothing where nobody supervises."""
    if PARENT_VARIABLE not in os.environ or sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:  # it died before we asked
        sys.exit("The supervisor is gone")

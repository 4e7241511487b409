"""A child of `manage.py run` ends with its parent, even when the parent is killed.

`python -m config.supervised PARENT_PID COMMAND...` becomes that command.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # prctl(2); it outlives execve, which becoming the command is


def end_with_parent(parent: int) -> None:
    """Asks the kernel for SIGTERM when the process `parent`, our parent, dies; elsewhere than on Linux nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before we asked
        sys.exit(f"Process {parent}, which started this one, is gone")


def main() -> None:
    parent, *command = sys.argv[1:]
    end_with_parent(int(parent))
    os.execv(command[0], command)  # noqa: S606  the supervisor's own command lines


if __name__ == "__main__":
    main()

"""Ends a process with the one that started it, however that one ends.

A program that knows nothing of this is started through this file: ``python -I lifetime.py
PARENT_PID PROGRAM ARGUMENT...``.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>
_CANNOT_RUN = 126  # as a shell has it


def die_with(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent ends, whatever it is doing then.

    It stays so for a program that takes the place of this one (exec). Where the kernel is not
    Linux, nothing is done. Strictly, the signal comes when the thread ends that started this
    process.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:  # it ended before it could be said
        sys.exit(1)


def main() -> None:
    """Become the program that is named, bound to the life of the parent that is named."""
    parent_pid, program, *arguments = sys.argv[1:]
    die_with(int(parent_pid))
    try:
        os.execv(program, [program, *arguments])  # noqa: S606 - no shell is wanted
    except OSError as error:
        print(f"{program} cannot be run: {error.strerror}", file=sys.stderr)  # noqa: T201
        sys.exit(_CANNOT_RUN)


if __name__ == "__main__":
    main()

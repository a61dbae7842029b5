"""Waits for what other processes do, however slow the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable

TIME_LIMIT_S = 300.0
"""After so long something hangs; whoever is in order, and on a busy machine, takes a part of it."""


def wait_until(is_so: Callable[[], object], complaint: str = "it did not happen") -> None:
    """Wait for something that is about to happen."""
    deadline = time.monotonic() + TIME_LIMIT_S
    while not is_so():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.02)

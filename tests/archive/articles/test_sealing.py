"""Sealing goes on in a process of its own, and not without the one that asked for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.patience import TIME_LIMIT_S, wait_until

_PROGRAM = """
import sys
from pathlib import Path

from tests.patience import TIME_LIMIT_S, wait_until
from archive.articles.sealing import seal_apart
seal_apart(Path(sys.argv[1]), Path(sys.argv[1]).with_suffix(".parquet"))
"""


def _open_once_it_is_read(pipe: Path) -> int:
    give_up = time.monotonic() + TIME_LIMIT_S
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody reads yet
            assert time.monotonic() < give_up
            time.sleep(0.02)


def _is_read(descriptor: int) -> bool:
    try:
        os.write(descriptor, b"\n")
    except BrokenPipeError:
        return False
    return True


def test_it_ends_with_the_process_that_asked_for_it(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    os.mkfifo(source)  # whoever reads it waits for more
    asking = subprocess.Popen([sys.executable, "-c", _PROGRAM, str(source)])
    descriptor = _open_once_it_is_read(source)
    try:
        assert _is_read(descriptor)
        asking.kill()
        asking.wait(TIME_LIMIT_S)
        wait_until(lambda: not _is_read(descriptor))
    finally:
        os.close(descriptor)
    assert not (tmp_path / "a.parquet").exists()

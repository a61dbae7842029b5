"""What a schedule shows while its crawls run, and to nobody."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scraper.schedule.progress import FleetProgress
from scraper.schedule.results import Outcome, Result


def test_a_reader_that_has_gone_ends_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    gone = os.fdopen(writing, "w", buffering=1)
    monkeypatch.setattr("sys.stderr", gone)
    ropes, sails = Path("ropes"), Path("sails")
    with FleetProgress(Path()) as progress:
        progress.expects(2)
        for path in (ropes, sails):
            progress.begun(path)
        for path in (ropes, sails):
            progress.ended(Result(path=path, outcome=Outcome.FINISHED, hook_problems=("it hangs",)))
    monkeypatch.undo()
    with pytest.raises(BrokenPipeError):
        print("nobody reads this", file=gone)
    with pytest.raises(BrokenPipeError):
        gone.close()

"""A crawl as a process of the schedule, and the log that it leaves."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.schedule.history import mark_false_start, new_log_path
from scraper.schedule.crawl_process import CrawlProcess, RunLimits
from tests.scraper.fleet import add_collection

_NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)
_LIMITS = RunLimits(duration=timedelta(hours=1), grace=timedelta(minutes=1))
_DAY = timedelta(days=1)


def test_logs_of_a_wrong_clock_are_the_first_to_go(tmp_path: Path) -> None:
    collection = add_collection(tmp_path, "c", "http://127.1.0.3:9/")
    collection.logs_dir.mkdir()
    begun = [_NOW - _DAY, *(_NOW + 1000 * _DAY + number * _DAY for number in range(20))]
    logs = [new_log_path(collection, date) for date in begun]
    for log in logs:
        log.write_text("")
    failed = mark_false_start(logs[0])
    log = new_log_path(collection, _NOW)
    process = CrawlProcess(collection=collection, begun=_NOW, log=log)
    assert asyncio.run(process.run(_LIMITS, ["-a", "mode=none"], [])) == 2
    kept = sorted(collection.logs_dir.iterdir())
    assert kept == sorted([failed, log, *logs[3:]])
    assert "mode" in log.read_text()

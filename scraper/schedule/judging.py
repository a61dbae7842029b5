"""How a crawl went, by what it left in its collection."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from archive.catalogue import CatalogueReader
from archive.dates import utc_now
from archive.errors import CatalogueError
from archive.records import Crawl
from archive.schedule.counts import CrawlCounts, count_crawl
from archive.schedule.history import STOPPED_REASONS, mark_false_start
from archive.schedule.state import CollectionState, read_state
from archive.terminal import printable
from scraper.schedule.crawl_process import CrawlProcess
from scraper.schedule.results import Outcome, Result

_MAX_TAIL_BYTES = 16_384
_MAX_WHY_LENGTH = 300
_OVERDUE = "it did not end in time, and was ended"


def judge(process: CrawlProcess, exit_status: int) -> Result:
    """Tell how a crawl went that has ended.

    The catalogue has the last word, since it also settles when the next one is due; the exit status
    and the log speak where nothing came to be in it.
    """
    now = utc_now()
    state = read_state(process.collection.path, now)
    crawl = _crawl_of(state, process.begun) if isinstance(state, CollectionState) else None
    if crawl is None or not isinstance(state, CollectionState):
        outcome, why = _judge_false_start(process, exit_status)
    else:
        is_complete = state.history.last_complete == crawl
        outcome, why = _judge_crawl(process, crawl, is_complete=is_complete)
        if outcome is Outcome.FINISHED and exit_status:
            outcome, why = Outcome.FAILED, f"archived nothing: {_first_failure(process, crawl)}"
    log = process.log
    if outcome is Outcome.FAILED and crawl is None:
        with suppress(OSError):  # somebody has tidied up
            log = mark_false_start(log)
    return Result(
        path=process.collection.path,
        outcome=outcome,
        why=why,
        crawl=crawl,
        counts=_counts(process, crawl),
        seconds=(now - process.begun).total_seconds(),
        log=log,
    )


def _crawl_of(state: CollectionState, begun: datetime) -> Crawl | None:
    last = state.history.last
    return last if last is not None and last.started >= begun else None


def _judge_false_start(process: CrawlProcess, exit_status: int) -> tuple[Outcome, str]:
    if process.is_stopped:
        return Outcome.NOT_BEGUN, "told to end before it had begun"
    if process.collection.is_locked():
        return Outcome.SKIPPED, "another process is writing it"
    if process.is_overdue:
        return Outcome.FAILED, _OVERDUE
    return Outcome.FAILED, last_error(process.log) or f"exit status {exit_status}, and no crawl"


def _judge_crawl(process: CrawlProcess, crawl: Crawl, *, is_complete: bool) -> tuple[Outcome, str]:
    reason = crawl.reason or "killed"
    if is_complete:
        return Outcome.FINISHED, "" if reason == "finished" else reason
    if process.is_overdue:
        return Outcome.FAILED, _OVERDUE
    if process.is_stopped or reason.startswith(STOPPED_REASONS):
        return Outcome.STOPPED, f"{reason}; the next run takes it up"
    if reason == "finished":
        return Outcome.FAILED, _first_failure(process, crawl) or "a list of it gave no answer"
    return Outcome.FAILED, last_error(process.log) or reason


def _first_failure(process: CrawlProcess, crawl: Crawl) -> str:
    """Name what went wrong first: where a blog gave no answer, that is its seed."""
    try:
        with CatalogueReader(process.collection.catalogue_path) as catalogue:
            failure = next(catalogue.iter_failures(crawl.crawl_id), None)
    except CatalogueError:
        return ""
    if failure is None:
        return ""
    return printable(f"{failure.url}: {failure.error}: {failure.message}")[:_MAX_WHY_LENGTH]


def _counts(process: CrawlProcess, crawl: Crawl | None) -> CrawlCounts | None:
    if crawl is None:
        return None
    try:
        with CatalogueReader(process.collection.catalogue_path) as catalogue:
            return count_crawl(catalogue, crawl.crawl_id)
    except CatalogueError:  # damaged since it was judged; the next run says so
        return None


def last_error(log: Path) -> str:
    """Find the last error in the log of a crawl; empty where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _MAX_TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    for line in reversed(lines):
        for mark in (" ERROR: ", " CRITICAL: ", "scrapy crawl: "):
            if mark in line or line.startswith(mark):
                return printable(line.partition(mark)[2])[:_MAX_WHY_LENGTH]
    return ""

"""How a crawl went, by what it left in its collection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from archive.catalogue import CatalogueReader
from archive.dates import utc_now
from archive.errors import CatalogueError
from archive.records import Crawl
from archive.schedule.counts import CrawlCounts, count_crawl
from archive.schedule.history import mark_false_start
from archive.schedule.state import CollectionState, state_of
from archive.schedule.verdict import in_short, judge_crawl
from scraper.hooks import HOOK_FAILED, OUTPUT_MARK
from scraper.schedule.crawl_process import CrawlProcess
from scraper.schedule.results import Outcome, Result

_MAX_TAIL_BYTES = 16_384
_HOOK_MARK = f" ERROR: {HOOK_FAILED}"
_OVERDUE = "it did not end in time, and was ended"
_OUTCOMES = {
    "complete": Outcome.FINISHED,
    "stopped": Outcome.STOPPED,
    "failed": Outcome.FAILED,
}


def judge(process: CrawlProcess, exit_status: int) -> Result:
    """Tell how a crawl went that has ended.

    The catalogue has the last word, since it also settles when the next one is due; the exit status
    and the log speak where nothing came to be in it. What became of its settings meanwhile is for
    the next run to tell.
    """
    now = utc_now()
    state = state_of(process.collection, now)
    crawl = None
    if isinstance(state, CollectionState) and (
        crawl := state.history.find_begun(process.begun, now)
    ):
        outcome, why = _judge_crawl(process, state, crawl)
    else:
        outcome, why = _judge_false_start(process, exit_status)
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
        hook_problems=tuple(_hook_problems(log)),
    )


def _judge_false_start(process: CrawlProcess, exit_status: int) -> tuple[Outcome, str]:
    if process.is_stopped:
        return Outcome.NOT_BEGUN, "told to end before it had begun"
    if process.collection.is_locked():
        return Outcome.SKIPPED, "another process is writing it"
    if process.is_overdue:
        return Outcome.FAILED, _OVERDUE
    return Outcome.FAILED, last_error(process.log) or f"exit status {exit_status}, and no crawl"


def _judge_crawl(
    process: CrawlProcess, state: CollectionState, crawl: Crawl
) -> tuple[Outcome, str]:
    verdict = judge_crawl(state, crawl, problem=last_error(process.log))
    if crawl.reason in (None, "killed"):  # its process could not say how it ended; this one can
        if process.is_overdue:
            return Outcome.FAILED, _OVERDUE
        if process.is_stopped:
            return Outcome.STOPPED, "killed; the next run takes it up"
    return _OUTCOMES[verdict.ending], verdict.why


def _counts(process: CrawlProcess, crawl: Crawl | None) -> CrawlCounts | None:
    if crawl is None:
        return None
    try:
        with CatalogueReader(process.collection.catalogue_path) as catalogue:
            return count_crawl(catalogue, crawl.crawl_id)
    except CatalogueError:  # damaged since it was judged; the next run says so
        return None


def last_error(log: Path) -> str:
    """Find the last error in the log of a crawl, but for its hooks; empty where there is none."""
    for line in reversed(_last_lines(log)):
        for mark in (" ERROR: ", " CRITICAL: ", "scrapy crawl: "):
            if (mark in line or line.startswith(mark)) and _HOOK_MARK not in line:
                return in_short(line.partition(mark)[2])
    return ""


def _hook_problems(log: Path) -> Iterator[str]:
    """Find in the log of a crawl which of its hooks did not work."""
    for line in _last_lines(log):
        if _HOOK_MARK in line:
            yield in_short(line.partition(_HOOK_MARK)[2])


def _last_lines(log: Path) -> list[str]:
    """Read the last lines of a log, but for what commands of hooks printed."""
    try:
        with log.open("rb") as file:
            if (skipped := log.stat().st_size - _MAX_TAIL_BYTES) > 0:
                file.seek(skipped)
                file.readline()  # the rest of one whose beginning nobody knows
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [line for line in lines if not line.startswith(OUTPUT_MARK)]

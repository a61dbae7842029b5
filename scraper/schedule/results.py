"""What became of each collection that was due."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from archive.records import Crawl
from archive.schedule.counts import CrawlCounts


class Outcome(StrEnum):
    """How it went with a collection that was due."""

    FINISHED = "finished"  # its crawl is complete
    STOPPED = "stopped"  # by its limit, its time window or a signal; the next run takes it up
    FAILED = "failed"
    SKIPPED = "skipped"  # somebody else is crawling it, or its host
    NOT_BEGUN = "not_begun"  # the schedule was told to end before its turn, or its window closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one collection.

    Attributes:
        path: of the collection.
        outcome: how it went.
        why: in a few words; empty where there is nothing to say.
        crawl: that was run; None where none was begun.
        counts: what it found; None likewise.
        seconds: that its process ran.
        log: of its process.
        hook_problems: a line for each hook that did not work.
    """

    path: Path
    outcome: Outcome
    why: str = ""
    crawl: Crawl | None = None
    counts: CrawlCounts | None = None
    seconds: float = 0.0
    log: Path | None = None
    hook_problems: tuple[str, ...] = ()

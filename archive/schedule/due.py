"""When a collection is due, and why then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from archive.collection_settings import CollectionSettings
from archive.schedule.cadence import auto_cadence
from archive.schedule.history import CrawlHistory

FIRST_RETRY = timedelta(minutes=15)
LONGEST_RETRY = timedelta(days=7)
_SLACK_SHARE = 20  # a timer never fires at the same second as the day before
_MAX_SLACK = timedelta(minutes=15)
_MAX_DOUBLINGS = 10

Why = Literal["never crawled", "cadence", "interrupted", "failed", "missed", "off", "no seeds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When a collection is to be crawled next.

    Attributes:
        since: when it became, or becomes, due; None where it never does.
        start: when it may begin: as `since`, but not before its next time window.
        why: what settled that.
        cadence: the time between two crawls; None where it is "off".
    """

    since: datetime | None
    start: datetime | None
    why: Why
    cadence: timedelta | None

    def is_due(self, now: datetime) -> bool:
        """Tell whether it is to be crawled now, or as soon as its time window opens."""
        return self.since is not None and self.since <= now

    def may_start(self, now: datetime) -> bool:
        """Tell whether it is due and its time window is open."""
        return self.is_due(now) and self.start is not None and self.start <= now


def next_due(settings: CollectionSettings, history: CrawlHistory, now: datetime) -> Due:
    """Tell when a collection is to be crawled next.

    A collection that was never crawled, or whose last crawl was interrupted, is due at once. After
    a complete crawl it is due when its cadence has passed since that one began. After failures it
    is due 15 minutes after the last one ended, and twice as long with each further one in a row, up
    to its cadence and never more than a week; and likewise where all went well but that a new page
    gave no answer. In no case is it due before the end of a Retry-After, up to a week of it. One
    without seeds, as an import makes it, never is.
    """
    if settings.cadence == "off" or not settings.seeds:
        why: Why = "off" if settings.seeds else "no seeds"
        return Due(since=None, start=None, why=why, cadence=None)
    cadence = settings.cadence
    if cadence == "auto":
        cadence = auto_cadence(history.published, now)
    since, why = _since(history, cadence)
    if history.put_off and history.last_end is not None:
        since = max(since, history.last_end + min(history.put_off, LONGEST_RETRY))
    start = settings.time_table.opens(max(since, now))
    return Due(since=since, start=start, why=why, cadence=cadence)


def retry_delay(failures: int, cadence: timedelta) -> timedelta:
    """Tell how long to leave a blog alone after so many failures in a row."""
    doubled = FIRST_RETRY * (1 << min(failures - 1, _MAX_DOUBLINGS))
    return min(doubled, cadence, LONGEST_RETRY)


def _since(history: CrawlHistory, cadence: timedelta) -> tuple[datetime, Why]:
    if history.failures and history.last_end is not None:
        return history.last_end + retry_delay(history.failures, cadence), "failed"
    if history.last is None:
        return history.created, "never crawled"
    if not history.is_complete(history.last):
        return history.last_end or history.last.started, "interrupted"
    since = history.last.started + cadence - min(cadence / _SLACK_SHARE, _MAX_SLACK)
    if history.misses and history.last_end is not None:
        retry = history.last_end + retry_delay(history.misses, cadence)
        if retry < since:
            return retry, "missed"
    return since, "cadence"


def say_when(moment: datetime | None) -> str:
    """Write when a collection is due, in UTC, to the minute."""
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def say_why(due: Due, history: CrawlHistory) -> str:
    """Write in a few words why a collection is due when it is."""
    match due.why:
        case "cadence":
            return f"every {say_duration(due.cadence or timedelta())}"
        case "interrupted":
            reason = history.last and history.last.reason
            return f"the last crawl was cut short ({reason or 'killed'})"
        case "failed":
            times = "once" if history.failures == 1 else f"{history.failures} times in a row"
            return f"failed {times}"
        case "missed":
            return "a new page gave no answer"
        case "no seeds":
            return "names no seeds"
        case "off" | "never crawled":
            return due.why


def say_duration(duration: timedelta) -> str:
    """Write a stretch of time in the unit that suits it.

    >>> say_duration(timedelta(hours=12)), say_duration(timedelta(days=3.5))
    ('12 h', '3.5 d')
    """
    hours = duration.total_seconds() / 3600
    return f"{hours:g} h" if hours < 48 else f"{round(hours / 24, 1):g} d"

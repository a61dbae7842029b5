"""What is told to others when a crawl has ended."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.errors import CatalogueError
from archive.records import Crawl
from archive.reports.crawl_report import report_paths
from archive.schedule.counts import count_crawl
from archive.schedule.state import CollectionState, Unusable, read_state, state_of
from archive.schedule.verdict import judge_crawl

Event = Literal["finish", "stop", "failure"]
_EVENTS: dict[str, Event] = {"complete": "finish", "stopped": "stop", "failed": "failure"}


def make_notice(
    collection: Collection,
    *,
    began: datetime,
    now: datetime,
    event: Event | None = None,
    message: str = "",
) -> dict[str, Any]:
    """Make the report of a crawl that others are told, as JSON values.

    Args:
        collection: that was crawled.
        began: when its process began; a crawl that is older is another one.
        now: when it has ended.
        event: how it ended; None: as the catalogue says, and a failure where no crawl came about.
        message: what went wrong, where the catalogue does not say.
    """
    state = state_of(collection, now)  # by the settings that the crawl had
    crawl = None
    if isinstance(state, Unusable):
        message = message or state.problem
    else:
        crawl = state.history.find_begun(began, now)
        if crawl is not None and event is None:
            verdict = judge_crawl(state, crawl, problem=message)
            event = _EVENTS[verdict.ending]
            message = "" if event == "finish" else verdict.why
    return {
        "event": event or "failure",
        "collection": str(collection.path.resolve()),
        "seeds": list(collection.seeds),
        "message": message,
        "next": _next(collection, now),
        **_crawl_values(collection, crawl),
    }


def _next(collection: Collection, now: datetime) -> str | None:
    """Tell when it is due by its settings as they are now; None where these cannot be followed."""
    state = read_state(collection.path, now)
    if isinstance(state, CollectionState) and state.due.start:
        return state.due.start.isoformat()
    return None


def _crawl_values(collection: Collection, crawl: Crawl | None) -> dict[str, Any]:
    names = ("crawl_id", "reason", "started", "finished", "counts", "reports")
    if crawl is None:
        return dict.fromkeys(names)
    try:
        with CatalogueReader(collection.catalogue_path) as catalogue:
            counts = asdict(count_crawl(catalogue, crawl.crawl_id))
    except CatalogueError:
        return dict.fromkeys(names)
    reports = report_paths(crawl.crawl_id, collection.reports_dir.resolve())
    return {
        "crawl_id": crawl.crawl_id,
        "reason": crawl.reason,
        "started": crawl.started.isoformat(),
        "finished": crawl.finished.isoformat() if crawl.finished else None,
        "counts": counts,
        "reports": [str(path) for path in reports if path.exists()],
    }

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
from archive.schedule.state import CollectionState, read_state

Event = Literal["finish", "failure"]


def make_notice(
    collection: Collection, event: Event, *, began: datetime, now: datetime, message: str = ""
) -> dict[str, Any]:
    """Make the report of a crawl that others are told, as JSON values.

    Args:
        collection: that was crawled.
        event: whether the crawl ended as it should.
        began: when its process began; a crawl that is older is another one.
        now: when it has ended.
        message: what went wrong, where the catalogue does not say.
    """
    state = read_state(collection.path, now)
    crawl = next_start = None
    if isinstance(state, CollectionState):
        next_start = state.due.start
        if state.history.last is not None and state.history.last.started >= began:
            crawl = state.history.last
    else:
        message = message or state.problem
    return {
        "event": event,
        "collection": str(collection.path.resolve()),
        "seeds": list(collection.seeds),
        "message": message,
        "next": next_start.isoformat() if next_start else None,
        **_crawl_values(collection, crawl),
    }


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

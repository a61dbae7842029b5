"""How each collection stands: its last crawl, the next one, what it holds."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.catalogue import CatalogueReader
from archive.catalogue.chains import ENDS, UNANSWERED
from archive.catalogue.pages import iter_unread_lists
from archive.errors import ArchiveError
from archive.schedule.counts import CrawlCounts, count_crawl
from archive.schedule.state import CollectionState, Unusable, read_states

RUNNING = "running"
ARCHIVED_NOTHING = "archived nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionStatus:
    """How one collection stands.

    Attributes:
        state: its settings and crawls, and when it is due.
        articles: that it holds, each of them once, whatever its versions.
        counts: what its last crawl found.
        unread_lists: address and error of each known list that its last crawl could not read.
        size_bytes: of all its files.
        ended: how the last crawl ended: "complete", "running", "killed", "unanswered" where the
            blog, or a list of it, gave no answer, "archived nothing" where no crawl ever did, else
            its reason; None where there was none.
    """

    state: CollectionState
    articles: int
    counts: CrawlCounts
    unread_lists: tuple[dict[str, str], ...]
    size_bytes: int
    ended: str | None

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON values."""
        history, due = self.state.history, self.state.due
        last = history.last
        return {
            "collection": str(self.state.collection.path),
            "last_crawl": last.crawl_id if last else None,
            "last_started": last.started.isoformat() if last else None,
            "last_finished": last.finished.isoformat() if last and last.finished else None,
            "ended": self.ended,
            "next": due.start.isoformat() if due.start else None,
            "why": due.why,
            "cadence_s": due.cadence.total_seconds() if due.cadence else None,
            "failures_in_a_row": history.failures,
            "articles": self.articles,
            "last_counts": asdict(self.counts),
            "unread_lists": list(self.unread_lists),
            "size_bytes": self.size_bytes,
        }


def read_statuses(
    paths: Iterable[Path], now: datetime
) -> tuple[list[CollectionStatus], list[Unusable]]:
    """Look at many collections: those that can be read, and the others."""
    states, unusable = read_states(paths, now)
    statuses = []
    for state in states:
        try:
            statuses.append(read_status(state))
        except (ArchiveError, OSError) as error:
            unusable.append(Unusable(path=state.collection.path, problem=str(error)))
    return statuses, unusable


def read_status(state: CollectionState) -> CollectionStatus:
    """Look at a collection; nothing is changed in it, and a crawl may be writing it.

    Raises:
        CatalogueError: the catalogue cannot be read.
        OSError: the directory cannot be read.
    """
    collection, last = state.collection, state.history.last
    articles, counts, unread_lists = 0, CrawlCounts(), []
    if collection.catalogue_path.exists():
        with CatalogueReader(collection.catalogue_path) as catalogue:
            (row,) = catalogue.query("SELECT count(DISTINCT urlkey) AS number FROM articles")
            articles = row["number"]
            if last is not None:
                counts = count_crawl(catalogue, last.crawl_id)
                unread_lists = list(iter_unread_lists(catalogue, last.crawl_id))
    return CollectionStatus(
        state=state,
        articles=articles,
        counts=counts,
        unread_lists=tuple({"url": each.url, "error": each.error or ""} for each in unread_lists),
        size_bytes=measure(collection.path),
        ended=_say_ended(state),
    )


def measure(directory: Path) -> int:
    """Add up the sizes of all files below a directory; links are not followed.

    What is removed meanwhile, as a crawl does with half made files, does not count.
    """
    size = 0
    with os.scandir(directory) as entries:
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    size += measure(Path(entry.path))
                else:
                    size += entry.stat(follow_symlinks=False).st_size
            except FileNotFoundError:
                continue
    return size


def _say_ended(state: CollectionState) -> str | None:
    history = state.history
    last = history.last
    if last is None:
        return None
    if history.is_complete(last):
        return "complete"
    if last.reason is None:
        return RUNNING if state.is_running() else "killed"
    if history.archived_nothing:
        return ARCHIVED_NOTHING
    return UNANSWERED if last.reason in ENDS else last.reason

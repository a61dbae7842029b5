"""A collection as the schedule sees it: its settings, its crawls, and when it is due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.collection import Collection
from archive.errors import ArchiveError, SettingsError
from archive.schedule.due import Due, next_due
from archive.schedule.history import CrawlHistory, read_history


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionState:
    """A collection that can be read, with what the schedule knows of it."""

    collection: Collection
    history: CrawlHistory
    due: Due

    def is_running(self) -> bool:
        """Tell whether its last crawl has not ended, and somebody is writing it."""
        last = self.history.last
        return last is not None and last.reason is None and self.collection.is_locked()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """A collection that cannot be read, and why, on one line."""

    path: Path
    problem: str


def read_state(path: Path, now: datetime) -> CollectionState | Unusable:
    """Read a collection's settings and crawls; what is wrong with it is told, not raised."""
    try:
        collection = Collection.open(path)
    except SettingsError as error:
        return Unusable(path=path, problem="; ".join(error.mistakes))
    except ArchiveError as error:
        return Unusable(path=path, problem=str(error))
    return state_of(collection, now)


def state_of(collection: Collection, now: datetime) -> CollectionState | Unusable:
    """Read the crawls of a collection, whatever became of its settings since it was opened."""
    try:
        history = read_history(collection, now)
    except ArchiveError as error:
        return Unusable(path=collection.path, problem=str(error))
    except OSError as error:
        problem = f"cannot read {error.filename}: {error.strerror}"
        return Unusable(path=collection.path, problem=problem)
    due = next_due(collection.settings, history, now)
    return CollectionState(collection=collection, history=history, due=due)


def read_states(
    paths: Iterable[Path], now: datetime
) -> tuple[list[CollectionState], list[Unusable]]:
    """Read many collections: those that can be read, and the others."""
    states = [read_state(path, now) for path in paths]
    usable = [state for state in states if isinstance(state, CollectionState)]
    return usable, [state for state in states if isinstance(state, Unusable)]

"""What a schedule is to do: which collections are due, in which order, and which are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.schedule.finding import find_collections
from archive.schedule.state import CollectionState, Unusable, read_states
from scraper.sharding import Shard

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All collections below a root, by what is to be done with them.

    Attributes:
        due: to be crawled now, the longest overdue first.
        not_due: the others, the next one first.
        unusable: that cannot be read.
    """

    due: Sequence[CollectionState]
    not_due: Sequence[CollectionState]
    unusable: Sequence[Unusable]


def make_plan(root: Path, now: datetime, shard: Shard | None = None) -> Plan:
    """Look at every collection below a root, and tell which are due.

    Args:
        root: the directory.
        now: by which they are due.
        shard: only those that are this machine's work, by their first seed. One that cannot be read
            is everybody's, since nobody knows its seeds.

    Raises:
        CollectionError: there is no such directory.
    """
    states, unusable = read_states(find_collections(root), now)
    if shard is not None:
        states = [state for state in states if _is_covered(state, shard)]
    due = [state for state in states if state.due.may_start(now)]
    not_due = [state for state in states if not state.due.may_start(now)]
    return Plan(
        due=sorted(due, key=lambda state: state.due.since or _NEVER),
        not_due=sorted(not_due, key=lambda state: state.due.start or _NEVER),
        unusable=unusable,
    )


def _is_covered(state: CollectionState, shard: Shard) -> bool:
    seeds = state.collection.seeds
    return not seeds or shard.covers(seeds[0])

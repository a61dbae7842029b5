"""What is due while a run goes on: looked up anew, so that no long crawl holds up the others."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from math import inf
from pathlib import Path
from time import monotonic

from archive.collection import Collection
from archive.dates import utc_now
from archive.errors import CollectionError
from archive.schedule.state import CollectionState, Unusable
from scraper.schedule.hosts import hosts_of_blog
from scraper.schedule.plan import Plan

_AT_MOST_EVERY_S = 60.0  # a look at a thousand collections takes seconds
_AT_LEAST_EVERY_S = 900.0  # as often as the timer of `archive schedule`; also the rest of each


class Agenda:
    """Collections that wait for their turn, the longest overdue first.

    What was crawled rests for a quarter of an hour, also where it is due at once again, as after a
    crawl that was cut short: others have their turn, and a run comes to an end.

    Args:
        plan: what is due when the run begins.
        look: makes the plan of a later moment.

    Attributes:
        waiting: what is due and was not begun.
        unusable: collections that cannot be read, each of them told once; who tells takes them out.
        not_due: paths of those that have not come up in this run.
    """

    def __init__(self, plan: Plan, look: Callable[[datetime], Plan]) -> None:
        self._look = look
        self._rests_until: dict[Path, float] = {}  # in monotonic seconds
        self._told: set[Path] = set()
        self.unusable: list[Unusable] = []
        self._take_in(plan)

    def begin(self, path: Path) -> None:
        """Let a collection rest until it is settled what became of it."""
        self._rests_until[path] = inf

    def settle(self, path: Path) -> None:
        """Let a collection of which it is settled what became of it come up again, in a while."""
        self._rests_until[path] = monotonic() + _AT_LEAST_EVERY_S

    def wait_s(self) -> float:
        """Tell in how many seconds to look anew; 0: now."""
        return max(0.0, self._look_at - monotonic())

    async def look(self) -> None:
        """Look anew at what is due, on a thread: crawls go on meanwhile."""
        try:
            self._take_in(await asyncio.to_thread(self._look, utc_now()))
        except CollectionError:  # the root is gone; the next run says so
            self._plan_look(())

    def neighbours(self, hosts: Iterable[str]) -> Iterable[Collection]:
        """List the collections on some hosts, due or not."""
        return (each for host in sorted(hosts) for each in self._neighbours[host])

    def _take_in(self, plan: Plan) -> None:
        now = monotonic()
        self.waiting = [
            state for state in plan.due if self._rests_until.get(state.collection.path, 0.0) <= now
        ]
        self.not_due = [
            state.collection.path
            for state in plan.not_due
            if state.collection.path not in self._rests_until
        ]
        self.unusable += [each for each in plan.unusable if each.path not in self._told]
        self._told.update(each.path for each in plan.unusable)
        self._neighbours: dict[str, list[Collection]] = defaultdict(list)
        for state in (*plan.due, *plan.not_due):
            for host in hosts_of_blog(state):
                self._neighbours[host].append(state.collection)
        self._plan_look(plan.not_due)

    def _plan_look(self, not_due: Iterable[CollectionState]) -> None:
        """Settle when to look next: when the first of them is due, within bounds."""
        next_start = next((state.due.start for state in not_due if state.due.start), None)
        next_s = (next_start - utc_now()) / timedelta(seconds=1) if next_start else inf
        wait_s = min(max(next_s, _AT_MOST_EVERY_S), _AT_LEAST_EVERY_S)
        self._look_at = monotonic() + wait_s

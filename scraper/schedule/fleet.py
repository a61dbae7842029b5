"""The crawls that are due, so many at a time, and never two on one host."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from archive.collection import Collection
from archive.dates import utc_now
from archive.schedule.finding import name_below
from archive.schedule.history import new_log_path
from archive.schedule.notice import Event
from archive.schedule.state import CollectionState, read_state
from scraper.hooks import announce, announce_unusable
from scraper.schedule.agenda import Agenda
from scraper.schedule.announcing import Announcements
from scraper.schedule.crawl_process import CrawlProcess, RunLimits, settle_limits
from scraper.schedule.hosts import HostLocks, hosts_of_blog
from scraper.schedule.judging import judge
from scraper.schedule.results import Outcome, Result

_Hosts = frozenset[str]
_EVENTS: dict[Outcome, Event] = {
    Outcome.FINISHED: "finish",
    Outcome.STOPPED: "stop",
    Outcome.FAILED: "failure",
}
_ENDED_BY_ITSELF = frozenset({0, 1})  # statuses of a `scrapy crawl` that came to its end


class Watcher(Protocol):
    """Is told what happens."""

    def expects(self, count: int) -> None:
        """So many collections are settled, run or wait for their turn."""

    def begun(self, path: Path) -> None:
        """A crawl begins."""

    def ended(self, result: Result) -> None:
        """It is settled what became of a collection."""

    def told(self, path: Path, problems: Iterable[str]) -> None:
        """Whom a collection names was told of its end, but for these problems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOptions:
    """How the crawls are run.

    Attributes:
        jobs: how many at a time.
        arguments: further ones of each `scrapy crawl`.
        limits: of each; its duration where a collection does not say. The whole run lasts no
            longer either: it comes to its account also where something is always due, and the
            last crawls hold up none that become due when no more are begun.
    """

    jobs: int
    arguments: tuple[str, ...] = ()
    limits: RunLimits


class Fleet:
    """Crawls some collections, and what becomes due while it does.

    Args:
        root: where they lie.
        agenda: what is due, in the order in which it is crawled as far as the hosts allow.
        options: how.
        watcher: is told what happens.

    Attributes:
        stopped_by: the signal by which it was told to end, if it was.
    """

    def __init__(self, root: Path, agenda: Agenda, options: FleetOptions, watcher: Watcher) -> None:
        self.stopped_by: signal.Signals | None = None
        self._agenda = agenda
        self._options = options
        self._watcher = watcher
        self._root = root
        self._locks = HostLocks(root)
        self._running: dict[asyncio.Task[Result], tuple[CrawlProcess, _Hosts]] = {}
        self._results: list[Result] = []
        self._announcements = Announcements()
        self._ends = utc_now() + options.limits.duration

    async def run(self) -> list[Result]:
        """Crawl until nothing runs and nothing is due.

        On SIGINT, SIGTERM or SIGHUP the running crawls are asked to end and waited for; no other is
        begun. Hooks that run are waited for, too.

        Returns:
            What became of each collection, in the order of their ends. One that became due again
            meanwhile has several.
        """
        self._heed_signals()
        self._begin_crawls()
        while self._running:
            await self._take_in_results()
            if self._may_look() and not self._agenda.wait_s():
                await self._agenda.look()
            self._begin_crawls()
        problems = await self._announcements.wait_told()
        for path, lines in problems.items():
            self._watcher.told(path, lines)
        return [
            replace(result, hook_problems=result.hook_problems + problems.pop(result.path, ()))
            for result in self._results
        ]

    def _heed_signals(self) -> None:
        loop = asyncio.get_running_loop()
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as `nohup` has it
            numbers.append(signal.SIGHUP)
        for number in numbers:
            loop.add_signal_handler(number, self._stop, number)

    def _stop(self, number: signal.Signals) -> None:
        self.stopped_by = self.stopped_by or number
        for process, _ in self._running.values():
            process.stop()

    def _begin_crawls(self) -> None:
        """Begin as many as there is room for; one whose host is busy lets others go first."""
        while self._agenda.unusable:
            unusable = self._agenda.unusable.pop(0)
            self._fail(unusable.path, unusable.problem)
        waiting, self._agenda.waiting = self._agenda.waiting, []
        self._watcher.expects(len(self._results) + len(self._running) + len(waiting))
        for state in waiting:
            hosts = hosts_of_blog(state)
            if why := self._why_no_more():
                self._settle(state, Outcome.NOT_BEGUN, why)
            elif not self._has_room() or self._is_busy(hosts):
                self._agenda.waiting.append(state)
            else:
                self._begin(state, hosts)

    def _has_room(self) -> bool:
        return len(self._running) < self._options.jobs

    def _may_look(self) -> bool:
        """Tell whether what becomes due could be begun."""
        return self._has_room() and self._why_no_more() is None

    def _why_no_more(self) -> str | None:
        if self.stopped_by is not None:
            return f"the schedule was ended by {self.stopped_by.name}"
        if utc_now() >= self._ends:
            return "this run has taken long enough; the next one begins it"
        return None

    def _is_busy(self, hosts: _Hosts) -> bool:
        return any(hosts & others for _, others in self._running.values())

    def _begin(self, state: CollectionState, hosts: _Hosts) -> None:
        """Begin a crawl, unless something speaks against it by now."""
        held = ExitStack()
        if other := self._locked_neighbour(hosts):
            self._settle(state, Outcome.SKIPPED, self._say_locked(state, other))
            return
        try:
            descriptors = self._locks.take(hosts, held)
        except OSError as error:
            self._fail(state.collection.path, f"{error.filename}: {error.strerror}")
            return
        if descriptors is None:
            self._settle(state, Outcome.SKIPPED, "another schedule is crawling its host")
            return
        now = utc_now()
        if verdict := _look_again(state.collection.path, now):
            held.close()
            self._settle(state, *verdict)
            return
        process = CrawlProcess(state.collection, now, new_log_path(state.collection, now))
        task = asyncio.create_task(self._crawl(process, descriptors, held))
        self._running[task] = (process, hosts)
        self._agenda.begin(state.collection.path)
        self._watcher.begun(state.collection.path)

    def _locked_neighbour(self, hosts: _Hosts) -> Collection | None:
        return next((each for each in self._agenda.neighbours(hosts) if each.is_locked()), None)

    def _say_locked(self, state: CollectionState, other: Collection) -> str:
        if other.path == state.collection.path:
            return "another process is writing it"
        name = name_below(self._root, other.path)
        return f"{name} on the same host is being written by another process"

    async def _crawl(
        self, process: CrawlProcess, descriptors: Sequence[int], held: ExitStack
    ) -> Result:
        usual = self._options.limits
        limits = settle_limits(process.collection.settings, usual, process.begun, self._ends)
        with held:
            try:
                status = await process.run(limits, self._options.arguments, descriptors)
            except OSError as error:
                why = f"{error.filename or process.collection.path}: {error.strerror}"
                path = process.collection.path
                self._announcements.begin(path, announce_unusable, path, why)
                return Result(path=path, outcome=Outcome.FAILED, why=why)
        result = await asyncio.to_thread(judge, process, status)
        if status not in _ENDED_BY_ITSELF:
            self._speak_for(process, result)
        return result

    def _speak_for(self, process: CrawlProcess, result: Result) -> None:
        """Tell others of the end of a crawl whose process could not."""
        if event := _EVENTS.get(result.outcome):
            path, began = process.collection.path, process.begun
            self._announcements.begin(
                path, announce, process.collection, event, began=began, message=result.why
            )

    async def _take_in_results(self) -> None:
        """Wait for crawls to end, or until it is time to look what else is due."""
        limit_s = self._agenda.wait_s() if self._may_look() else None
        done, _ = await asyncio.wait(
            self._running, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            del self._running[task]
            self._note(task.result())

    def _settle(self, state: CollectionState, outcome: Outcome, why: str) -> None:
        if outcome is Outcome.FAILED:
            self._fail(state.collection.path, why)
        else:
            self._note(Result(path=state.collection.path, outcome=outcome, why=why))

    def _fail(self, path: Path, why: str) -> None:
        """Settle that a collection cannot be crawled; whom it names hears of it beside the rest."""
        self._announcements.begin(path, self._announce_unusable, path, why)
        self._note(Result(path=path, outcome=Outcome.FAILED, why=why))

    def _announce_unusable(self, path: Path, why: str) -> tuple[str, ...]:
        # After a signal, the next run does so.
        return announce_unusable(path, why) if self.stopped_by is None else ()

    def _note(self, result: Result) -> None:
        self._agenda.settle(result.path)
        self._results.append(result)
        self._watcher.ended(result)


def _look_again(path: Path, now: datetime) -> tuple[Outcome, str] | None:
    """Tell what speaks against a crawl that was due when the plan was made, maybe hours ago."""
    state = read_state(path, now)
    if not isinstance(state, CollectionState):
        return Outcome.FAILED, state.problem
    if not state.due.is_due(now):
        return Outcome.SKIPPED, "it has been crawled meanwhile"
    if not state.due.may_start(now):
        return Outcome.NOT_BEGUN, "its time window closed before its turn"
    return None

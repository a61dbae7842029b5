"""One crawl as a process of its own: begun, kept to its limit, and judged by its end."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from archive.collection import Collection
from archive.collection_settings import CollectionSettings

STOP_GRACE_S = 180.0  # for transfers under way, pages that are read, and sealing; then by force
_LOGS_KEPT = 20  # of one collection


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    """How long one crawl may take.

    Attributes:
        duration: then it begins no further request, ends in order, and the next run takes it up.
        grace: for that; a crawl that has not ended then is ended.
    """

    duration: timedelta
    grace: timedelta


def settle_limits(
    settings: CollectionSettings, usual: RunLimits, now: datetime, ends: datetime
) -> RunLimits:
    """Tell how long a crawl may take: as its collection says, its time window, and the whole run.

    Args:
        settings: of the collection.
        usual: what holds where they do not say.
        now: when it begins, in its time window.
        ends: when the run does.
    """
    duration = min(settings.limits.duration or usual.duration, ends - now)
    if closes := settings.time_table.closes(now):
        duration = min(duration, closes - now)
    return replace(usual, duration=duration)


@dataclass(slots=True)
class CrawlProcess:
    """A crawl that runs.

    Attributes:
        collection: what it crawls.
        begun: when it was started.
        log: what it prints goes there.
        is_stopped: it was asked to end.
        is_overdue: it had to be ended, since it did not keep to its limit.
    """

    collection: Collection
    begun: datetime
    log: Path
    is_stopped: bool = False
    is_overdue: bool = False
    _process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    async def run(
        self, limits: RunLimits, arguments: Sequence[str], inherited: Sequence[int]
    ) -> int:
        """Run the crawl to its end and return its exit status, as `subprocess` does.

        Args:
            limits: how long it may take.
            arguments: further ones of `scrapy crawl`.
            inherited: file descriptors that it holds until its end.

        Raises:
            OSError: the log cannot be written, or no process started.
        """
        self.log.parent.mkdir(exist_ok=True)
        with self.log.open("xb") as output:
            self._process = await asyncio.create_subprocess_exec(
                *_command(self.collection, limits.duration, arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=inherited,
                start_new_session=True,  # Ctrl-C is for the schedule, which passes it on once
            )
        if self.is_stopped:  # while it was being started
            self._end()
        try:
            return await self._wait(self._process, (limits.duration + limits.grace).total_seconds())
        finally:
            _drop_old_logs(self.log)

    def stop(self) -> None:
        """Ask the crawl to end in order; asked twice, it ends at once."""
        self.is_stopped = True
        self._end()

    async def _wait(self, process: asyncio.subprocess.Process, limit_s: float) -> int:
        with suppress(TimeoutError):
            return await asyncio.wait_for(process.wait(), limit_s)
        self.is_overdue = True
        self._end()
        return await process.wait()

    def _end(self) -> None:
        """Ask the process to end, and see to it that it does."""
        self._signal(signal.SIGTERM)
        asyncio.get_running_loop().call_later(STOP_GRACE_S, self._signal, signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):  # it has just ended
                self._process.send_signal(number)


def _command(
    collection: Collection, duration: timedelta, arguments: Sequence[str]
) -> tuple[str, ...]:
    """Spell the command; what stands further right has the last word."""
    limit = f"CLOSESPIDER_TIMEOUT={max(1, round(duration.total_seconds()))}"
    crawl = (sys.executable, "-m", "scrapy", "crawl", "blog", "-a", f"collection={collection.path}")
    return (*crawl, *arguments, "-s", limit)


def _drop_old_logs(last: Path) -> None:
    """Keep the last logs of a collection; each is named after the time when it was begun.

    Those that a wrong clock has put after the last one are the first to go.
    """
    logs = last.parent.glob("*.log")
    by_age = sorted(logs, key=lambda path: (path.name <= last.name, path.name))
    for path in by_age[:-_LOGS_KEPT]:
        path.unlink(missing_ok=True)

"""What a person sees while crawls run: a line for each that has ended, and those that run."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from archive.schedule.finding import name_below
from archive.terminal import one_line
from scraper.schedule.account import hook_line, result_line
from scraper.schedule.results import Result

_REFRESHES_PER_SECOND = 2


class _LastingConsole(Console):
    """A console that is silent once nobody reads it; Rich's would end the process."""

    def on_broken_pipe(self) -> None:
        """Write nothing more."""
        self.quiet = True


class FleetProgress:
    """Shows on standard error how a schedule gets on; without a terminal only what has ended.

    Nobody may be there any more to see it, as when a connection has dropped: that stops no crawl.

    Args:
        root: below which each collection is named.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._console = _LastingConsole(stderr=True, highlight=False, soft_wrap=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
            console=self._console,
            refresh_per_second=_REFRESHES_PER_SECOND,
            disable=not self._console.is_terminal,
            transient=True,
        )
        self._count = self._ended = 0
        self._all = self._progress.add_task("crawled", total=None, count="")
        self._running: dict[Path, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._progress.stop()

    def expects(self, count: int) -> None:
        """Show how many collections there are to crawl."""
        self._count = count
        self._show_count()

    def begun(self, path: Path) -> None:
        """Show that a crawl runs."""
        name = one_line(name_below(self._root, path))
        self._running[path] = self._progress.add_task(f"  {name}", total=None, count="")

    def ended(self, result: Result) -> None:
        """Write what became of a collection."""
        if (task := self._running.pop(result.path, None)) is not None:
            self._progress.remove_task(task)
        self._ended += 1
        self._show_count()
        self._write(result_line(result, self._root))
        self.told(result.path, result.hook_problems)

    def told(self, path: Path, problems: Iterable[str]) -> None:
        """Write which hooks of a collection did not work."""
        for problem in problems:
            self._write(hook_line(path, problem, self._root))

    def _write(self, line: str) -> None:
        with suppress(OSError):  # the terminal is gone
            self._console.print(line, markup=False)

    def _show_count(self) -> None:
        count = f"{self._ended:,} of {self._count:,}"
        self._progress.update(self._all, completed=self._ended, total=self._count, count=count)

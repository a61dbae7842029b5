"""How far verification is, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

_STEP_BYTES = 4 << 20  # a bar is redrawn ten times a second: it need not hear of every record


class Stages:
    """One bar for each stage of a run, gone when the run is over.

    Args:
        shown: on standard error, and only if that is a terminal.
    """

    def __init__(self, *, shown: bool) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not (shown and console.is_terminal),
            transient=True,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Take the bars away; what is printed next is not overwritten."""
        self._progress.stop()

    @contextmanager
    def stage(self, description: str, size: int | None) -> Iterator[Callable[[int], None]]:
        """Show a bar; gives the function that tells how many bytes further it is.

        Args:
            description: what is done.
            size: in bytes; None where nobody knows.
        """
        task = self._progress.add_task(description, total=size)
        waiting = 0

        def advance(byte_count: int) -> None:
            nonlocal waiting
            waiting += byte_count
            if waiting >= _STEP_BYTES:
                self._progress.advance(task, waiting)
                waiting = 0

        yield advance
        self._progress.remove_task(task)

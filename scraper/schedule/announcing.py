"""Tells others of crawls while further crawls run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec

_AT_A_TIME = 8

_Params = ParamSpec("_Params")


class Announcements:
    """Hooks that run beside the crawls: one that hangs holds up none of them.

    A few run at a time, on threads of their own; the others wait.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="announcement")
        self._begun: list[tuple[Path, asyncio.Future[tuple[str, ...]]]] = []

    def begin(
        self,
        path: Path,
        tell: Callable[_Params, tuple[str, ...]],
        *args: _Params.args,
        **kwargs: _Params.kwargs,
    ) -> None:
        """Have somebody told of a collection by a function that gives what did not work."""
        future = self._threads.submit(tell, *args, **kwargs)
        self._begun.append((path, asyncio.wrap_future(future)))

    async def wait_told(self) -> dict[Path, tuple[str, ...]]:
        """Return when everybody is told, with what did not work, by collection."""
        problems: dict[Path, tuple[str, ...]] = {}
        for path, future in self._begun:
            problems[path] = problems.get(path, ()) + await future
        self._threads.shutdown()
        return problems

"""Tells others of crawls while further crawls run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec

_AT_A_TIME = 8

_Params = ParamSpec("_Params")


class Announcements:
    """Hooks that run beside the crawls: one that hangs holds up none of them.

    A few run at a time, on threads of their own; the others wait.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="announcement")
        self._begun: list[asyncio.Future[None]] = []

    def begin(
        self, tell: Callable[_Params, None], *args: _Params.args, **kwargs: _Params.kwargs
    ) -> None:
        """Have somebody told, now or as soon as there is room."""
        future = self._threads.submit(tell, *args, **kwargs)
        self._begun.append(asyncio.wrap_future(future))

    async def wait_told(self) -> None:
        """Return when everybody is told."""
        await asyncio.gather(*self._begun)
        self._threads.shutdown()

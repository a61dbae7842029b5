"""The one thread on which a crawl writes, so that the reactor never waits for a disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar

from archive.catalogue import CatalogueReader, FoundUrl
from archive.recorder import Recorder
from archive.records import AskedList, Crawl
from archive.reports.crawl_report import build_report, write_report
from archive.settling import Track

_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")


class RecordingThread:
    """Runs the methods of a `Recorder` in the order in which they were asked for.

    Args:
        make_recorder: called on the thread itself, because SQLite connections stay on theirs.
        on_error: called in the event loop with what a write that nobody awaits has raised.
    """

    def __init__(
        self, make_recorder: Callable[[], Recorder], on_error: Callable[[BaseException], None]
    ) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="recorder")
        self._on_error = on_error
        self._recorder = self._executor.submit(make_recorder).result()

    async def run(
        self,
        method: Callable[Concatenate[Recorder, _Params], _Result],
        *args: _Params.args,
        **kwargs: _Params.kwargs,
    ) -> _Result:
        """Run a method of the recorder and wait for its result."""
        return await asyncio.wrap_future(self._submit(method, *args, **kwargs))

    def post(
        self,
        method: Callable[Concatenate[Recorder, _Params], None],
        *args: _Params.args,
        **kwargs: _Params.kwargs,
    ) -> None:
        """Run a method of the recorder without waiting; an error goes to `on_error`."""
        loop = asyncio.get_running_loop()
        future = self._submit(method, *args, **kwargs)
        future.add_done_callback(
            lambda done: (
                (error := done.exception()) and loop.call_soon_threadsafe(self._on_error, error)
            )
        )

    def close(self) -> None:
        """End the thread once everything that was asked for is done."""
        self._executor.shutdown()

    def _submit(
        self,
        method: Callable[Concatenate[Recorder, _Params], _Result],
        *args: _Params.args,
        **kwargs: _Params.kwargs,
    ) -> Future[_Result]:
        return self._executor.submit(method, self._recorder, *args, **kwargs)


def seal(
    recorder: Recorder,
    crawl: Crawl,
    found: list[FoundUrl],
    asked: list[AskedList],
    track: Track,
) -> dict[str, Any]:
    """Close the recorder, and write and return the report of what it has written."""
    recorder.close(crawl, found, track=track)
    with CatalogueReader(recorder.collection.catalogue_path) as catalogue:
        report = build_report(catalogue, crawl, recorder.collection, asked)
    write_report(report, recorder.collection.reports_dir)
    return report

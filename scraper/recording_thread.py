"""The one thread on which a crawl writes, so that the reactor never waits for a disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar

from scrapy.settings import BaseSettings

from archive.catalogue import Catalogue, CatalogueReader, FoundUrl
from archive.catalogue.chains import last_wrong_date, open_chain
from archive.catalogue.folding import fold_crawls
from archive.collection import Collection
from archive.errors import ArchiveError, CollectionError
from archive.leftovers import advise, settle_leftovers
from archive.missing import ADVICE_ON_LOSS, describe_missing, find_lost
from archive.recorder import Recorder
from archive.records import AskedList, Crawl
from archive.reports.crawl_report import build_report, write_report
from archive.settling import Track
from archive.warc.writer import WarcWriter

logger = logging.getLogger(__name__)

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


def open_recorder(
    collection: Collection, crawl: Crawl, settings: BaseSettings, *, software: str
) -> Recorder:
    """Put in order what a killed process left, and begin to record a crawl.

    Args:
        collection: that the caller has locked.
        crawl: the run.
        settings: of the crawl.
        software: name and version, for the WARC files.

    Raises:
        CollectionError: the collection cannot be used, or the disk is full or refuses.
        ValueError: a setting cannot stand in a WARC file.
    """
    reads_pages = settings.getbool("EXTRACTION_ENABLED")
    processes = settings.getint("EXTRACTION_PROCESSES") if reads_pages else 0
    try:
        settle_leftovers(
            collection, processes=processes, say=lambda line: logger.warning("%s", line)
        )
        if lost := find_lost(collection):
            logger.warning("%s %s", describe_missing(collection, lost), ADVICE_ON_LOSS)
        return Recorder(
            collection,
            crawl,
            _open_writer(collection, settings, software),
            processes=processes,
            deduplicate=settings["DEDUPLICATE"],
            chain=_find_chain(collection, crawl),
        )
    except (ArchiveError, OSError) as error:
        raise CollectionError(advise(error, collection)) from None


def _find_chain(collection: Collection, crawl: Crawl) -> tuple[str, ...]:
    """Learn from the crawls that are over, and name the interrupted ones to take up."""
    with Catalogue(collection.catalogue_path) as catalogue:
        fold_crawls(catalogue, crawl.started)
        chain = open_chain(catalogue, crawl)
        wrong_date = last_wrong_date(catalogue, crawl.started)
    if wrong_date:
        logger.warning(
            "a crawl of this collection is dated %s: a clock was wrong then, or is now; until that"
            " date it is passed over",
            f"{wrong_date:%Y-%m-%d %H:%M}",
        )
    if chain:
        began = f"{chain[0].started:%Y-%m-%d %H:%M}"
        logger.info("taking up the crawl of %s: what it has captured is not asked for", began)
    return tuple(each.crawl_id for each in chain)


def _open_writer(collection: Collection, settings: BaseSettings, software: str) -> WarcWriter:
    return WarcWriter(
        collection.warc_dir,
        prefix=settings["WARC_PREFIX"],
        software=software,
        robots="obey" if settings.getbool("ROBOTSTXT_OBEY") else "ignore",
        operator=settings["CONTACT"] or None,
        redact_credentials=settings.getbool("REDACT_CREDENTIALS"),
        max_size_bytes=settings.getint("WARC_MAX_SIZE_BYTES"),
    )


def seal(
    recorder: Recorder,
    crawl: Crawl,
    found: list[FoundUrl],
    asked: list[AskedList],
    track: Track,
) -> dict[str, Any]:
    """Close the recorder, and write and return the report of what it has written."""
    recorder.close(crawl, found, asked, track=track)
    with CatalogueReader(recorder.collection.catalogue_path) as catalogue:
        report = build_report(catalogue, crawl, recorder.collection)
    write_report(report, recorder.collection.reports_dir)
    return report

"""What frames a crawl: it opens the collection, takes in what is found, and seals it at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from scrapy import Request, signals
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.utils.asyncio import create_looping_call
from scrapy.utils.defer import deferred_from_coro

from archive.catalogue import CatalogueReader, FoundUrl, skipped
from archive.catalogue.chains import last_complete_crawl
from archive.collection import Collection
from archive.dates import utc_now
from archive.earlier_answers import EarlierAnswers, Validators
from archive.errors import ArchiveError
from archive.leftovers import advise
from archive.opt_outs import refusal_to_archive
from archive.recorder import Recorder
from archive.records import Capture, Crawl, Discovery, Exchange, Origin
from archive.reports.crawl_report import DECLARED_STAT, NOT_DUE_STAT
from archive.stored_messages import MessageReader
from archive.warc.fields import Original
from scraper.catalogue_memory import CatalogueMemory, Mode
from scraper.collecting_spider import CollectingSpider, begin_crawl
from scraper.identity import SOFTWARE
from scraper.outcome_book import OutcomeBook
from scraper.progress import print_summary, track_settling
from scraper.recording_thread import RecordingThread, open_recorder, seal

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")
CANNOT_WRITE = "cannot_write"
"""The reason of a crawl that ended because the disk was full, or refused."""

_COMMIT_INTERVAL_S = 1.0  # what a power cut may take of what was captured and not yet reported


class ArchivingRefused(IgnoreRequest):
    """The page says that it must not be archived."""


class WriteFailed(IgnoreRequest):
    """The collection cannot be written any more; the crawl ends."""


class CollectionKeeper(OutcomeBook):
    """The crawler's `ExchangeSink`, and its book of outcomes.

    A response reaches the spider only once its bytes are in the WARC file.

    Attributes:
        chain: identifiers of the interrupted crawls that this one takes up, oldest first.
        archived_before: how many articles these have archived.
        is_sealed: the crawl has ended, and all that it had to write is written.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.chain: tuple[str, ...] = ()
        self.archived_before = 0
        self.is_sealed = False
        self._obey_noarchive = crawler.settings.getbool("OBEY_NOARCHIVE")
        self._resources = ExitStack()
        self._stopping = False
        self._closed = asyncio.Event()
        self._closed.set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CollectionKeeper:
        """Build it, and have it called at the start and the end of the crawl."""
        keeper = cls(crawler)
        crawler.signals.connect(keeper.open, signal=signals.spider_opened)
        crawler.signals.connect(keeper.close, signal=signals.spider_closed)
        crawler.signals.connect(keeper.wait_closed, signal=signals.engine_stopped)
        crawler.signals.connect(keeper.note_mistake, signal=signals.spider_error)
        crawler.signals.connect(keeper.note_mistake, signal=signals.item_error)
        return keeper

    def open(self, spider: CollectingSpider) -> None:
        """Open and lock the collection, or end the crawl with one clear line."""
        if not hasattr(spider, "collection"):
            return
        try:
            self.collection = Collection.create(spider.collection, seeds=spider.seeds)
            self._resources.enter_context(self.collection.lock())
            self.crawl = begin_crawl(spider, self.crawler.settings)
            self._thread = RecordingThread(self._open_recorder, self._stop_crawl)
            self._start_committing(spider)
        except (ArchiveError, OSError, ValueError) as error:  # the last: of a setting
            self._resources.close()
            logger.error("%s", error)
            raise CloseSpider("collection_unusable") from error
        self.crawler.exchange_sink = self  # type: ignore[attr-defined]

    async def keep(self, exchange: Exchange, request: Request) -> Capture:
        """Write an exchange; its answer goes on to Scrapy once this returns.

        Raises:
            ArchivingRefused: the page says noarchive, and OBEY_NOARCHIVE is on.
            WriteFailed: the disk is full, or refuses.
        """
        assert self._thread is not None
        discovery = request.meta.get("discovery") or Discovery(url=request.url, methods=())
        origin = Origin(role=request.meta.get("role", "source"), discovery=discovery)
        validators: Validators | None = request.meta.get("validators")
        original = validators.original if validators else None
        try:
            keep = _keep_unless_refused if self._obey_noarchive else Recorder.keep_exchange
            return await self._thread.run(keep, exchange, origin, not_modified=original)
        except (OSError, ArchiveError) as error:
            if not isinstance(error.__cause__, ValueError):  # that is about this exchange alone
                self._stop_crawl(error)
            raise WriteFailed(str(error)) from error

    async def look_up(
        self,
        method: Callable[Concatenate[EarlierAnswers, _Params], _Result],
        *args: _Params.args,
        **kwargs: _Params.kwargs,
    ) -> _Result:
        """Find an answer that the collection has already; what is on the disk is read on a thread.

        Raises:
            WriteFailed: the catalogue cannot be used; the crawl ends.
        """
        assert self._thread is not None
        try:
            return await self._thread.run(
                lambda recorder: method(recorder.earlier_answers, *args, **kwargs)
            )
        except (OSError, ArchiveError) as error:
            self._stop_crawl(error)
            raise WriteFailed(str(error)) from error

    async def sync(self) -> None:
        """Wait until all that was kept so far is on the disk itself; many share one fsync.

        Raises:
            WriteFailed: the disk refuses; the crawl ends.
        """
        assert self._thread is not None
        try:
            await self._thread.run(Recorder.sync)
        except (OSError, ArchiveError) as error:
            self._stop_crawl(error)
            raise WriteFailed(str(error)) from error

    def remember(self, mode: Mode) -> CatalogueMemory | None:
        """Give what is known from earlier crawls; None where none is over."""
        reader = self._resources.enter_context(CatalogueReader(self.collection.catalogue_path))
        if last_complete_crawl(reader, self.crawl.started) is None:
            return None
        messages = MessageReader(self.collection.warc_dir, reader)
        return CatalogueMemory(reader, mode, self.crawl.started, messages=messages)

    async def close(self, spider: CollectingSpider, reason: str) -> None:
        """Seal everything and write the report."""
        if self._thread is None:
            return
        self._closed.clear()
        self._committing.stop()
        if self._stopping:  # with its last request, a crawl also comes to its own end
            reason = CANNOT_WRITE
        try:
            crawl, found = self._sum_up(spider, reason)
            track = partial(track_settling, lambda: not self.crawler.crawling)
            lists = spider.asked_lists()
            print_summary(await self._thread.run(seal, crawl, found, lists, track))
            self.is_sealed = not self._stopping
        except (OSError, ArchiveError) as error:
            why = advise(error, self.collection)
            logger.error("the crawl into %s is not finished: %s", self.collection.path, why)
        finally:
            self._thread.close()
            self._resources.close()
            self._closed.set()

    def _sum_up(self, spider: CollectingSpider, reason: str) -> tuple[Crawl, list[FoundUrl]]:
        """Give the crawl with its end and its figures, and what became of each page."""
        spider.settle(reason)
        not_due = spider.count_not_due()
        if not_due is not None:
            self.crawler.stats.set_value(NOT_DUE_STAT, not_due)
        for source, number in spider.declared_totals():
            self.crawler.stats.set_value(f"{DECLARED_STAT}{source}", number)
        crawl = replace(self.crawl, finished=utc_now(), reason=reason, stats=self._stats())
        known, never_asked_for = self.outcomes, skipped("limit") if reason == "limit" else None
        found = [
            replace(line, outcome=known.get(line.discovery.url, line.outcome) or never_asked_for)
            for line in spider.found()
        ]
        return crawl, found

    async def wait_closed(self) -> None:
        """Return when all is sealed: Scrapy, told to end while that goes on, would not wait."""
        await self._closed.wait()

    def _open_recorder(self) -> Recorder:
        recorder = open_recorder(
            self.collection, self.crawl, self.crawler.settings, software=SOFTWARE
        )
        self.chain = recorder.earlier_answers.chain
        self.archived_before = recorder.earlier_answers.count_articles()
        return recorder

    def _start_committing(self, spider: CollectingSpider) -> None:
        """Bring what was found and kept to the disk once a second, until it is sealed."""

        def commit() -> None:
            self.keep_found(spider.take_unsaved())
            self._post(Recorder.commit)

        self._committing = create_looping_call(commit)
        self._committing.start(_COMMIT_INTERVAL_S, now=False)

    def _stats(self) -> tuple[tuple[str, int], ...]:
        stats = self.crawler.stats.get_stats()
        return tuple((name, n) for name, n in sorted(stats.items()) if isinstance(n, int))

    def _stop_crawl(self, error: BaseException) -> None:
        """End the crawl: what cannot be written must not be fetched."""
        if not self._stopping:
            self._stopping = True
            why = advise(error, self.collection)
            logger.error("cannot write to %s: %s", self.collection.path, why)
            deferred_from_coro(self.crawler.engine.close_spider_async(reason=CANNOT_WRITE))


def _keep_unless_refused(
    recorder: Recorder, exchange: Exchange, origin: Origin, *, not_modified: Original | None
) -> Capture:
    """Write an exchange whose page allows it; looking through that is no work for the reactor."""
    if words := refusal_to_archive(exchange.response):
        raise ArchivingRefused(words)
    return recorder.keep_exchange(exchange, origin, not_modified=not_modified)

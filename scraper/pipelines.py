"""From captured pages to articles: extraction in worker processes, awaited one page at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scrapy.exceptions import DropItem
from scrapy.utils.defer import deferred_from_coro

from archive.articles.store import ArchivedPage, make_article
from archive.earlier_answers import EarlierAnswers
from archive.errors import ExtractionError
from archive.extraction import EXTRACTOR
from archive.extraction.reading import Reading
from archive.extraction.workers import ExtractionJob, ExtractionPool
from archive.http_message import strip_interim
from archive.records import Article, Capture, Extraction, Origin, PageType
from archive.sketched_pages import sketch_row
from scraper.collection_keeper import CollectionKeeper, WriteFailed
from scraper.items import Page
from scraper.post_limit import PostLimit
from scraper.requisites.fetching import RequisiteFetcher
from scraper.setting_checks import check_settings
from scraper.shutdown import QuickStop

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class ExtractionPipeline:
    """Turns each `Page` into an `Article`, or drops it with the reason in the books.

    Two pages for each worker are in hand; how many wait for their turn is bounded by Scrapy, which
    stops fetching while SCRAPER_SLOT_MAX_ACTIVE_SIZE bytes of responses are being worked on. When a
    crawl is told to end, pages have EXTRACTION_DEADLINE_S for their turn to come; the others stay
    unread, so that it ends soon even where no page can be extracted.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._pool: ExtractionPool | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ExtractionPipeline:
        """Build it as Scrapy does."""
        return cls(crawler)

    def open_spider(self) -> None:
        """Start the workers, so that they are warm when the first page comes."""
        settings = self.crawler.settings
        check_settings(settings.get)  # again: a script that runs a spider has no command before it
        if settings.getbool("EXTRACTION_ENABLED"):
            in_hand = 2 * settings.getint("EXTRACTION_PROCESSES")  # one at work, one ready for it
            self._turn = asyncio.Semaphore(in_hand)
            self._pool = ExtractionPool(
                settings.getint("EXTRACTION_PROCESSES"),
                deadline_s=settings.getfloat("EXTRACTION_DEADLINE_S"),
                memory_limit_bytes=settings.getint("EXTRACTION_MEMORY_LIMIT_BYTES"),
                max_pending=in_hand,
            )

    def close_spider(self) -> None:
        """Stop the workers."""
        if self._pool:
            self._pool.close()

    async def process_item(self, item: Page) -> Article:
        """Extract a page.

        Raises:
            DropItem: it is no article, or could not be extracted.
        """
        found_url, capture = item.discovery.url, item.captures[0]
        if item.duplicate_of:
            duplicate = PageType.DUPLICATE
            self._keeper.keep_page_type(found_url, capture, duplicate, crawl_id=item.crawl_id)
            raise DropItem(f"another address of {item.duplicate_of}")
        if len(item.captures) == 1 and await self._says_the_same(capture):
            self._keeper.keep_unchanged(found_url, crawl_id=item.crawl_id)
            raise DropItem("unchanged")
        reading = await self._extract(item)
        extraction = reading.extraction
        archived = ArchivedPage(
            capture=capture,
            origin=Origin(role="page", discovery=item.discovery),
            crawl_id=item.crawl_id or self._keeper.crawl.crawl_id,
            continuation_ids=tuple(further.record_id for further in item.captures[1:]),
        )
        sketch = sketch_row(archived, reading, extractor=EXTRACTOR)
        if extraction.page_type is not PageType.ARTICLE:
            self._keeper.keep_page_type(
                found_url, capture, extraction.page_type, sketch, crawl_id=item.crawl_id
            )
            raise DropItem(f"no article: {extraction.page_type}")
        if rule := self._reason_to_leave_out(extraction):
            self._keeper.keep_skipped(found_url, rule)
            if rule == "limit":  # reached by the crawl that this one takes up, perhaps
                self._end_crawl()
            raise DropItem(f"left out: {rule}")
        article = make_article(extraction, archived, extractor=EXTRACTOR)
        self._limit.count_post()
        is_last = self._limit.is_reached  # what comes meanwhile is past the limit
        await self._sync(found_url)
        self._keeper.keep_article(found_url, article, sketch)
        self._requisites.fetch_for(item)
        if is_last:
            self._end_crawl()
        return article

    def _end_crawl(self) -> None:
        """End the crawl: as many articles are there as were asked for."""
        if self._requisites.is_on:
            self._requisites.end_crawl("limit")
        else:
            deferred_from_coro(self.crawler.engine.close_spider_async(reason="limit"))

    async def _says_the_same(self, capture: Capture) -> bool:
        """Tell whether what a page sent was read at an earlier capture; nobody reads it again."""
        if capture.record_type != "revisit":
            return False
        try:
            return await self._keeper.look_up(EarlierAnswers.says_the_same, capture)
        except WriteFailed as error:  # the crawl ends; the page is read when it is taken up
            raise DropItem(str(error)) from error

    async def _extract(self, page: Page) -> Reading:
        if self._pool is None:
            self._keeper.keep_unread(page.discovery.url)
            self._requisites.fetch_for(page)  # nobody knows that it is no article
            raise DropItem("extraction is off")
        job = ExtractionJob(
            url=page.url,
            blocks=tuple(strip_interim(exchange.response) for exchange in page.exchanges),
            hints=page.discovery.hints,
        )
        try:
            async with self._turn:
                if self._is_overdue():
                    self._keeper.keep_unread(page.discovery.url)
                    raise DropItem("the crawl ended before its turn")
                return await asyncio.wrap_future(self._pool.submit(job))
        except ExtractionError as error:
            name = type(error).__name__.removesuffix("Error")
            self._keeper.keep_failure(page.discovery.url, "extract", name, str(error))
            raise DropItem(str(error)) from error

    async def _sync(self, found_url: str) -> None:
        """Wait until a power cut cannot take the capture of what is now reported as archived."""
        try:
            await self._keeper.sync()
        except WriteFailed as error:
            self._keeper.keep_failure(found_url, "store", "write failed", str(error))
            raise DropItem(str(error)) from error

    def _is_overdue(self) -> bool:
        quick_stop = self.crawler.get_extension(QuickStop)
        grace_s = self.crawler.settings.getfloat("EXTRACTION_DEADLINE_S")
        return quick_stop is not None and quick_stop.is_overdue(grace_s)

    def _reason_to_leave_out(self, extraction: Extraction) -> str | None:
        """Name the rule, as `scraper.discovery` does, by which an article was not asked for."""
        spider, published = self.crawler.spider, extraction.published
        since, until = getattr(spider, "since", None), getattr(spider, "until", None)
        if published and since and published < since:
            return "before-since"
        if published and until and published >= until:
            return "after-until"
        return "limit" if self._limit.is_reached else None

    @property
    def _limit(self) -> PostLimit:
        limit = self.crawler.get_extension(PostLimit)
        assert limit is not None
        return limit

    @property
    def _requisites(self) -> RequisiteFetcher:
        fetcher = self.crawler.get_extension(RequisiteFetcher)
        assert fetcher is not None
        return fetcher

    @property
    def _keeper(self) -> CollectionKeeper:
        keeper = self.crawler.get_extension(CollectionKeeper)
        assert keeper is not None
        return keeper

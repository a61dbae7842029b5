"""The quick end of a crawl: what waits for its turn is let go, and nothing is waited for long."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider, signals
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.closespider import CloseSpider
from scrapy.http import Response
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.core.downloader import Downloader
    from scrapy.crawler import Crawler

_INTERVAL_S = 0.2


class CrawlStopped(IgnoreRequest):
    """The crawl ends before this request was sent."""


def drop_waiting(
    downloader: Downloader, is_dropped: Callable[[Request], bool], error: IgnoreRequest
) -> None:
    """Have requests that wait for their turn in the downloader end with an error."""
    for slot in downloader.slots.values():
        waiting = list(slot.queue)
        slot.queue.clear()
        slot.queue.extend(entry for entry in waiting if not is_dropped(entry[0]))
        for request, answer in waiting:
            if is_dropped(request):
                answer.errback(error)


class CloseOnFetches(CloseSpider):
    """Scrapy's limits of a crawl (CLOSESPIDER_…), for which only what is fetched counts.

    What an interrupted crawl has captured is given from the archive. With a limit to the number of
    pages, a crawl that takes it up would else end where that one did.
    """

    def page_count(self, response: Response, request: Request, spider: Spider) -> None:
        """Count what was downloaded, and end the crawl with the last that is wanted."""
        if "capture" in request.meta and not request.meta.get("from_archive"):
            super().page_count(response, request, spider)


class QuickStop:
    """Drops the requests that wait in the downloader as soon as the crawl is told to end.

    Scrapy would send all of them first: behind a Retry-After or a long Crawl-delay, Ctrl-C would
    take many minutes. A transfer that has begun is let finish.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._watch: AsyncioLoopingCall | Any = None
        self._ending_since: float | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> QuickStop:
        """Build it, and have it watch from the start of the crawl to its end."""
        quick_stop = cls(crawler)
        crawler.signals.connect(quick_stop.start, signal=signals.spider_opened)
        crawler.signals.connect(quick_stop.stop, signal=signals.spider_closed)
        return quick_stop

    def is_overdue(self, grace_s: float) -> bool:
        """Tell whether the crawl was told to end more than so many seconds ago."""
        return self._ending_since is not None and monotonic() - self._ending_since > grace_s

    def start(self, spider: Spider) -> None:
        """Begin to watch: no signal tells that a crawl is about to end."""
        self._watch = create_looping_call(self._drop_waiting)
        self._watch.start(_INTERVAL_S)

    def stop(self, spider: Spider) -> None:
        """End the watch."""
        if self._watch and self._watch.running:
            self._watch.stop()

    def _drop_waiting(self) -> None:
        engine = self._crawler.engine
        if engine._slot is None or engine._slot.closing is None:
            return
        self._ending_since = self._ending_since or monotonic()
        for slot in engine.downloader.slots.values():
            slot.close()  # ends the wait of the whole host
        over = CrawlStopped("the crawl ended before its turn")
        drop_waiting(engine.downloader, lambda request: True, over)

"""What a person sees: one live line while a crawl runs on a terminal, the account at its end."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from scrapy import Spider, signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call
from scrapy.utils.log import get_scrapy_root_handler

from archive.urls import name_addresses

if TYPE_CHECKING:
    from logging import StreamHandler

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

_Page = TypeVar("_Page")
_REFRESH_INTERVAL_S = 0.5


class ProgressLine:
    """One line that is redrawn on a terminal; with a log file or a pipe there is none."""

    def __init__(self, crawler: Crawler) -> None:
        if not sys.stderr.isatty() or crawler.settings.get("LOG_FILE"):
            raise NotConfigured
        from rich.console import Console
        from rich.live import Live

        self._crawler = crawler
        self._live = Live(console=Console(stderr=True), auto_refresh=False, transient=True)
        self._task: AsyncioLoopingCall | Any = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ProgressLine:
        """Build it, and have it called at the start and the end of the crawl."""
        line = cls(crawler)
        crawler.signals.connect(line.start, signal=signals.spider_opened)
        crawler.signals.connect(line.stop, signal=signals.spider_closed)
        return line

    def start(self, spider: Spider) -> None:
        """Draw the line, and log messages above it."""
        self._live.start()
        self._redirect_log(sys.stderr)  # which is now the console's proxy
        self._task = create_looping_call(self._redraw)
        self._task.start(_REFRESH_INTERVAL_S)

    def stop(self, spider: Spider) -> None:
        """Take the line away."""
        if self._task and self._task.running:
            self._task.stop()
        self._live.stop()
        self._redirect_log(sys.stderr)

    def _redraw(self) -> None:
        stats = self._crawler.stats.get_stats()
        waiting = stats.get("scheduler/enqueued", 0) - stats.get("scheduler/dequeued", 0)
        waiting += len(self._crawler.engine.downloader.active)  # for their turn, or their answer
        failed = sum(n for name, n in stats.items() if name.startswith("failures/"))
        requisites = stats.get("requisites/captured", 0)
        self._live.update(
            f"{stats.get('pages/article', 0)} posts archived · "
            f"{f'{requisites} requisites · ' if requisites else ''}"
            f"{stats.get('downloader/response_count', 0)} answers · {waiting} waiting · "
            f"{failed} failed · {stats.get('downloader/response_bytes', 0) / 1e6:.1f} MB",
            refresh=True,
        )

    @staticmethod
    def _redirect_log(stream: Any) -> None:
        handler: StreamHandler[Any] | Any = get_scrapy_root_handler()
        if hasattr(handler, "setStream"):
            handler.setStream(stream)


def track_settling(
    is_stopped: Callable[[], bool], pages: Iterable[_Page], count: int
) -> Iterator[_Page]:
    """Yield the pages that are read again at the end of a crawl, and show how far that is.

    On a terminal it is shown by a bar, else by a line in the log.

    Args:
        is_stopped: whether the crawl was told to end; the rest is then left for the next time.
        pages: what is read again.
        count: of them.
    """
    from rich.console import Console
    from rich.progress import Progress

    logger.info("reading %d pages again, knowing their site", count)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        for page in progress.track(pages, count, description="reading pages again"):
            if is_stopped():
                logger.info("what is still to be read again is left for the next time")
                return
            yield page


def print_summary(report: Mapping[str, Any]) -> None:
    """Print the account of a crawl on standard error, where it mixes with no items."""
    from rich.console import Console

    from archive.reports.summary import summary_lines

    seeds = name_addresses(report["crawl"]["seeds"])  # a list of pages has thousands
    report = {**report, "crawl": {**report["crawl"], "seeds": [seeds]}}
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    # Where nobody reads any more, rich asks for the end of the process; the crawl ends by itself.
    with suppress(OSError, SystemExit):
        for line in summary_lines(report):
            console.print(line)

"""Fetches the requisites of articles: each once, after the posts, within limits.

The spider reads from each page what it names. Once the pipeline knows that the page is an article,
it hands that to the `RequisiteFetcher`, which asks for it, follows redirects, and reads style
sheets for more. Requests wait here rather than in Scrapy's scheduler, where each takes eight times
the memory.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from scrapy import Request, signals
from scrapy.exceptions import CloseSpider, DontCloseSpider, IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.referer import StrictOriginWhenCrossOriginPolicy
from scrapy.utils.httpobj import urlparse_cached
from twisted.python.failure import Failure as TwistedFailure
from w3lib.url import safe_url_string

from archive.records import Discovery, Stage
from archive.reports.crawl_report import REQUISITES_STAT
from scraper.collection_keeper import CollectionKeeper
from scraper.endings import name_error, name_refusal, redirect_target
from scraper.items import Page
from scraper.requisites.css import decode_css, find_in_css
from scraper.requisites.references import Requisite
from scraper.requisites.silent_hosts import HostSilent, SilentHosts
from scraper.shutdown import CrawlStopped, drop_waiting

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

PRIORITY = -1_000  # after every page, those that are asked for again included
_IN_HAND = 500  # requests that Scrapy has at a time: enough to keep several hosts busy
_FIGURES = (
    "asked", "captured", "revisits", "failed", "pages", "over_page_limit", "over_crawl_limit"
)  # fmt: skip
_MAX_SHEETS_IN_A_ROW = 5  # a sheet that imports one that imports one …


class AlreadyCaptured(IgnoreRequest):
    """The address was captured as a page of this crawl."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A requisite to fetch, and where it was named."""

    url: str
    is_style: bool
    via: str
    hops: int
    sheets: int  # style sheets in a row that lead to it
    redirects: tuple[str, ...] = ()

    @property
    def discovery(self) -> Discovery:
        """As it stands in the metadata record; of a redirect, as it was named."""
        url = self.redirects[0] if self.redirects else self.url
        return Discovery(url=url, methods=("requisite",), via=self.via, hops_from_seed=self.hops)


class RequisiteFetcher:
    """Scrapy extension that fetches what articles need to look as they did.

    It does nothing unless the spider's attribute `requisites` is true. Its figures are the stats
    ``requisites/…``, which the report of the crawl reads.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        settings = crawler.settings
        self._max_size_bytes = settings.getint("REQUISITE_MAX_SIZE_BYTES")
        self._max_per_page = settings.getint("REQUISITES_MAX_PER_PAGE")
        self._max_per_crawl = settings.getint("REQUISITES_MAX_PER_CRAWL")
        self._max_redirects = settings.getint("REDIRECT_MAX_TIMES")
        self._max_url_length = settings.getint("URLLENGTH_LIMIT")
        self._referrer = StrictOriginWhenCrossOriginPolicy().referrer
        self._seen: set[str] = set()
        self._pages: set[str] = set()
        self._waiting: deque[_Wanted] = deque()
        self._in_hand = 0
        self._hosts = SilentHosts()
        self._end_reason: str | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RequisiteFetcher:
        """Build it, and have it asked before the crawl ends."""
        fetcher = cls(crawler)
        crawler.signals.connect(fetcher.open, signal=signals.spider_opened)
        crawler.signals.connect(fetcher.idle, signal=signals.spider_idle)
        return fetcher

    @property
    def is_on(self) -> bool:
        """Whether this crawl fetches requisites."""
        return bool(getattr(self.crawler.spider, "requisites", False))

    def open(self) -> None:
        """Begin the account of a crawl with requisites, even if none is found."""
        if self.is_on:
            for name in _FIGURES:
                self._count(name, 0)

    def fetch_for(self, page: Page) -> None:
        """Ask for the requisites of a page that turned out to be an article."""
        if self.is_on:
            self._take(page.requisites, page.url, page.discovery.hops_from_seed + 1, sheets=0)

    def end_crawl(self, reason: str) -> None:
        """End the crawl once the requisites that are asked for are in; fetch nothing else."""
        self._end_reason = reason
        over = CrawlStopped("the crawl waits for requisites only")
        drop_waiting(self.crawler.engine.downloader, _is_of_a_page, over)

    def idle(self) -> None:
        """Keep the crawl going while anything waits, and end it for the reason that was given.

        Raises:
            DontCloseSpider: there is more to fetch.
            CloseSpider: `end_crawl` was called.
        """
        if self._waiting:
            self._send()
            raise DontCloseSpider
        if self._end_reason:
            raise CloseSpider(self._end_reason)

    def check(self, request: Request) -> None:
        """Let a request pass that is about to be sent.

        Raises:
            CrawlStopped: only requisites are wanted any more.
            AlreadyCaptured: the requisite is a page that this crawl has.
            HostSilent: the requisite lies on a host that does not answer.
        """
        if not _is_requisite(request):
            if self._end_reason and _is_of_a_page(request):
                raise CrawlStopped("the crawl waits for requisites only")
            return
        if request.url in self._pages:
            raise AlreadyCaptured(request.url)
        self._hosts.check(_host(request))

    def note_answer(self, request: Request) -> None:
        """Note that an address was answered, by what host, and whether as a page."""
        if self.is_on:
            self._hosts.note_answer(_host(request))
            if _is_of_a_page(request):
                self._pages.add(request.url)

    def note_silence(self, request: Request, error: Exception) -> None:
        """Note a request without any answer; after some in a row, their host is left alone."""
        if not self.is_on or isinstance(error, IgnoreRequest) or "capture" in request.meta:
            return
        host = _host(request)
        if silent := self._hosts.note_silence(host, name_error(error, "fetch")[1]):
            drop_waiting(
                self.crawler.engine.downloader,
                lambda waiting: _is_requisite(waiting) and _host(waiting) == host,
                silent,
            )

    async def parse_answer(self, response: Response, wanted: _Wanted) -> None:
        """Take an answer of any status."""
        try:
            if target := _redirect_target(response):
                self._follow(wanted, target)
            elif 200 <= response.status < 300:
                self._count("captured")
                self._count("revisits", response.meta["capture"].record_type == "revisit")
                await self._read_sheet(response, wanted)
            else:
                error, message = name_refusal(response)
                self._fail(wanted, "fetch", error, message)
        finally:
            self._in_hand -= 1
            self._send()

    def parse_error(self, failure: TwistedFailure, wanted: _Wanted) -> None:
        """Take a request that has no answer."""
        self._in_hand -= 1
        error = failure.value
        match error:
            case CrawlStopped():
                pass
            case AlreadyCaptured():
                self._count("pages")
            case HostSilent():
                self._fail(wanted, "fetch", error.reason, str(error))
            case _:
                stage, name = name_error(error, "fetch")
                self._fail(wanted, stage, name, str(error))
        self._send()

    def _take(self, requisites: Sequence[Requisite], via: str, hops: int, *, sheets: int) -> None:
        """Take in what one document names, as far as the limits let it."""
        for requisite in requisites[: self._max_per_page]:
            if requisite.url in self._seen:
                continue
            if len(self._seen) >= self._max_per_crawl:
                self._count("over_crawl_limit")
                continue
            self._seen.add(requisite.url)
            self._count("asked")
            wanted = _Wanted(requisite.url, requisite.is_style, via, hops, sheets)
            if len(requisite.url) > self._max_url_length:
                self._fail(wanted, "fetch", "URL too long", f"{len(requisite.url)} characters")
            else:
                self._waiting.append(wanted)
        left_out = requisites[self._max_per_page :]
        self._count("over_page_limit", sum(r.url not in self._seen for r in left_out))
        self._send()

    def _send(self) -> None:
        while self._waiting and self._in_hand < _IN_HAND:
            self._in_hand += 1
            self.crawler.engine.crawl(self._request(self._waiting.popleft()))

    def _request(self, wanted: _Wanted) -> Request:
        headers = {"Accept": "*/*"}  # a page would be offered HTML first
        if referrer := self._referrer(wanted.via, wanted.url):
            headers["Referer"] = referrer
        return Request(
            wanted.url,
            callback=self.parse_answer,
            errback=partial(self.parse_error, wanted=wanted),
            cb_kwargs={"wanted": wanted},
            headers=headers,
            priority=PRIORITY,
            dont_filter=True,  # nothing is asked for twice
            meta={
                "discovery": wanted.discovery,
                "role": "requisite",
                "download_maxsize": self._max_size_bytes,
                "dont_redirect": True,
                "handle_httpstatus_all": True,
            },
        )

    def _follow(self, wanted: _Wanted, target: str) -> None:
        """Ask for what a requisite redirects to, unless it is there, or no end is in sight."""
        chain = (*wanted.redirects, wanted.url)
        if target in chain or len(chain) > self._max_redirects:
            self._fail(wanted, "fetch", "redirect loop", " -> ".join((*chain, target)))
        elif target in self._seen:
            self._count("captured")
        else:
            self._seen.add(target)
            self._waiting.appendleft(replace(wanted, url=target, redirects=chain))

    async def _read_sheet(self, response: Response, wanted: _Wanted) -> None:
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1").lower()
        is_sheet = "text/css" in content_type or (wanted.is_style and "html" not in content_type)
        if is_sheet and wanted.sheets < _MAX_SHEETS_IN_A_ROW:
            found = await asyncio.to_thread(
                _find_in_sheet, response.body, content_type, response.url
            )
            self._take(found, response.url, wanted.hops + 1, sheets=wanted.sheets + 1)

    def _fail(self, wanted: _Wanted, stage: Stage, error: str, message: str) -> None:
        keeper = self.crawler.get_extension(CollectionKeeper)
        assert keeper is not None
        self._count("failed")
        url = wanted.discovery.url
        keeper.note_failure(url, stage, error, f"requisite of {wanted.via}: {message}")

    def _count(self, name: str, number: int = 1) -> None:
        self.crawler.stats.inc_value(f"{REQUISITES_STAT}{name}", number)


def _find_in_sheet(body: bytes, content_type: str, url: str) -> tuple[Requisite, ...]:
    return find_in_css(decode_css(body, content_type), url)


def _redirect_target(response: Response) -> str | None:
    """Find where an answer with a redirecting status points, as the URL would be asked for."""
    target = redirect_target(response) if 300 <= response.status < 400 else None
    return safe_url_string(urldefrag(target)[0]) if target else None


def _is_requisite(request: Request) -> bool:
    return request.meta.get("role") == "requisite"


def _is_of_a_page(request: Request) -> bool:
    """Whether a request is the plan's; those for rules of robots.txt have no role."""
    return request.meta.get("role") not in {None, "requisite"}


def _host(request: Request) -> str:
    return urlparse_cached(request).netloc

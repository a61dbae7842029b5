"""A look at a blog: its first page, robots.txt and first lists; nothing is archived."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure as TwistedFailure

from archive.collection_settings import parse_address
from archive.dates import utc_now
from archive.feeds import MAX_FEED_BYTES, parse_feed
from archive.new_collections.look import BlogLook
from archive.records import Discovery
from archive.schedule.history import RETRY_AFTER_STAT
from scraper.addresses import resolve
from scraper.answers import to_answer
from scraper.discovery import Answer, Fetch, SitePlan
from scraper.discovery.feed import plain_text
from scraper.discovery.links import Page, read_page
from scraper.discovery.platforms import recognise
from scraper.endings import name_error, name_refusal, redirect_target
from scraper.shutdown import CrawlStopped

MAX_REQUESTS = 8  # of the plan: the seed, robots.txt, lists; each may be redirected
_MAX_REDIRECTS = 10
_MAX_DATES = 20
_MAX_TITLE_LENGTH = 200
_PURPOSES = frozenset({"seed", "robots", "source"})
_MAPS = frozenset({"sitemap", "ghost"})
_NOT_LISTED = frozenset({"link", "listing", "seed"})  # ways of finding a page that no list names
_NAME = re.compile(r"[^\W\d_]+(?:[.-][^\W\d_]+)*")
_PUT_OFF = (429, 503)  # statuses with which a blog asks for a pause
_NEXT_STEP = "look again then, or take it unseen by `archive new --no-look`"
_CLEAR_MESSAGES = ("private address", "robots.txt")  # the names of which need not be said, too


SETTINGS: Mapping[str, object] = {
    "CLOSESPIDER_TIMEOUT": 180,  # behind a Crawl-delay of a minute: the seed and two lists
    "ITEM_PIPELINES": {},
    "RETRY_AFTER_MAX_S": 10,  # somebody waits: for longer, the look ends and says so
    "RETRY_TIMES": 1,
}
"""What a look sets to other values than a crawl; -s wins."""


class LookSpider(Spider):
    """Asks for what a crawl asks for first, and stops before the posts."""

    name = "look"

    def __init__(self, url: str) -> None:
        super().__init__(self.name)
        self._url = self._seed = url
        self.seeds = (url,)  # what their host asks for holds for the whole blog
        self._plan = SitePlan(url)
        self._page: Page | None = None
        self._title: str | None = None
        self._asked = 0
        self._error: str | None = "no answer"

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the seed."""
        for request in self._requests(self._plan.start()):
            yield request

    def look(self) -> BlogLook:
        """Tell what was seen."""
        stats = self.crawler.stats
        host = urlsplit(self._seed).hostname or ""
        listed = [d for d in self._plan.discoveries.values() if _is_listed_post(d)]
        lists = tuple(self._plan.asked_lists.values())
        others = [d for d in self._plan.discoveries.values() if "seed" not in d.methods]
        read = [asked.url for asked in lists if asked.taken_for == "feed" and not asked.error]
        declared = self._plan.declared_total
        return BlogLook(
            url=self._url,
            seed=self._seed,
            title=self._title,
            platform=_platform(self._page),
            feeds=tuple(dict.fromkeys((*(self._page.feeds() if self._page else ()), *read))),
            lists=lists,
            posts_declared=declared[1] if declared else None,
            posts_named=len(listed),
            pages_named=len(others),
            dates=_last_dates(listed),
            crawl_delay_s=stats.get_value(f"politeness/crawl_delay_s/{host}"),
            request_count=stats.get_value("downloader/request_count", 0),
            error=self._error and (self._put_off() or self._error),
        )

    def parse_answer(self, response: Response, fetch: Fetch) -> Iterator[Request]:
        """Take an answer of any status; yields further requests."""
        if target := redirect_target(response):
            yield from self._follow(response, fetch, target)
        elif not 200 <= response.status < 300:
            yield from self._failed(fetch, *name_refusal(response))
        else:
            answer = to_answer(response)
            further = self._plan.answered(fetch, answer)
            if fetch.purpose == "seed":
                self._read_seed(answer)
            yield from self._requests(further)

    def parse_error(self, failure: TwistedFailure, fetch: Fetch) -> Iterator[Request]:
        """Take a request that has no answer."""
        if not isinstance(failure.value, CrawlStopped):
            _, name = name_error(failure.value, "discover")
            yield from self._failed(fetch, name, str(failure.value))

    def _put_off(self) -> str | None:
        """Say that the blog asked to be left alone for longer than a look waits, if it did."""
        stats = self.crawler.stats
        if not (wait_s := stats.get_value(RETRY_AFTER_STAT)):
            return None
        count = "downloader/response_status_count/{}".format
        status = next((each for each in _PUT_OFF if stats.get_value(count(each))), "429 or 503")
        return f"HTTP {status}: it asks to be left alone for {wait_s:,} s; {_NEXT_STEP}"

    def _requests(self, fetches: Iterable[Fetch]) -> Iterator[Request]:
        for fetch in fetches:
            if self._asked < MAX_REQUESTS and _is_wanted(fetch):
                self._asked += 1
                yield self._request(fetch, fetch.discovery.url)

    def _request(self, fetch: Fetch, url: str, redirect_count: int = 0) -> Request:
        return Request(
            url,
            callback=self.parse_answer,
            errback=partial(self.parse_error, fetch=fetch),
            cb_kwargs={"fetch": fetch},
            priority=fetch.priority,
            dont_filter=True,
            meta={
                "purpose": fetch.purpose,
                "robots_for_discovery": fetch.purpose == "robots",
                "redirect_count": redirect_count,
                "dont_redirect": True,
                "handle_httpstatus_all": True,
            },
        )

    def _follow(self, response: Response, fetch: Fetch, target: str) -> Iterator[Request]:
        count = response.meta["redirect_count"] + 1
        url = self._plan.redirected(fetch, target) if count <= _MAX_REDIRECTS else None
        if url:
            yield self._request(fetch, url, count)
        else:
            yield from self._failed(fetch, "redirect refused", target)

    def _failed(self, fetch: Fetch, name: str, message: str) -> Iterator[Request]:
        if fetch.purpose == "seed":  # what follows would be guesses
            self._error = message if name.startswith(_CLEAR_MESSAGES) else f"{name}: {message}"
        else:
            yield from self._requests(self._plan.failed(fetch, name))

    def _read_seed(self, answer: Answer) -> None:
        self._error = None
        moved = not self._plan.scope.same_site(self._url)
        self._seed = answer.url if moved else self._plan.scope.localized(self._url)
        self._page = read_page(answer)
        if self._page is not None:
            self._title = _page_title(answer)
        elif feed := parse_feed(answer.body[:MAX_FEED_BYTES]):
            self._title = _clean(plain_text(feed.feed.get("title")))
            home = resolve(answer.url, feed.feed.get("link") or "")
            if home and self._plan.scope.same_site(home):
                self._seed = parse_address(self._plan.scope.localized(home))


def _is_wanted(fetch: Fetch) -> bool:
    """Whether a request is for a list that a crawl begins with: its parts are left to the crawl.

    An index of sitemaps says nothing of posts, so its parts count as such lists.
    """
    depth = 2 if fetch.source in _MAPS else 1
    return fetch.purpose in _PURPOSES and fetch.discovery.hops_from_seed <= depth


def _is_listed_post(discovery: Discovery) -> bool:
    return not _NOT_LISTED.issuperset(discovery.methods) and discovery.hints.kind != "page"


def _last_dates(posts: list[Discovery]) -> tuple[Any, ...]:
    now = utc_now()
    dates = (post.hints.published for post in posts)
    return tuple(sorted((d for d in dates if d and d <= now), reverse=True)[:_MAX_DATES])


def _platform(page: Page | None) -> str | None:
    """Name the platform of a page, else the program that the page names."""
    if page is None:
        return None
    if platform := recognise(page):
        return platform.NAME
    named = _NAME.match(page.generator)
    return named[0] if named else None


def _page_title(answer: Answer) -> str | None:
    """Give the name of the site that a page states, else its title."""
    tree = answer.parsed()
    names = (m.get("content") for m in tree.iter("meta") if m.get("property") == "og:site_name")
    titles = (element.text for element in tree.iter("title"))
    return next((clean for text in (*names, *titles) if (clean := _clean(text))), None)


def _clean(text: str | None) -> str | None:
    return " ".join((text or "").split())[:_MAX_TITLE_LENGTH] or None

"""From the first page of a post to the whole of it, one request after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from lxml.etree import _Element
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure as TwistedFailure

from archive.catalogue import skipped
from archive.extraction.tree.parsing import parse_html
from archive.split_posts import INCOMPLETE
from scraper.answers import header_fields
from scraper.collection_keeper import CollectionKeeper
from scraper.endings import name_error, redirect_target
from scraper.further_pages import Gathering
from scraper.items import Page
from scraper.requisites.html import find_in_html
from scraper.shutdown import CrawlStopped

_PRIORITY = 1_000_000  # a split post is finished before the next one is begun


class Gatherer:
    """Fetches what else belongs to a post, and gives its page once it is whole.

    Args:
        crawler: of the crawl.
        comments: the pages that comments are split over are followed, too.
        requisites: what pages need to look as they did is noted.
    """

    def __init__(self, crawler: Crawler, *, comments: bool, requisites: bool) -> None:
        self._crawler = crawler
        self._requisites = requisites
        self._comment_pages = crawler.settings.getint("COMMENT_PAGES_MAX") if comments else 0

    def begin(self, page: Page, tree: _Element) -> Page | Request:
        """Give a page that is whole, else the request for what follows it."""
        page = self.note_requisites(page, tree, page.url)
        return self._go_on(Gathering(page, self._comment_pages).with_links(tree))

    def note_requisites(self, page: Page, tree: _Element, url: str) -> Page:
        """Add to a page what one of its parts, at `url`, needs to look as it did."""
        if not self._requisites:
            return page
        named = (*page.requisites, *find_in_html(tree, url))
        return replace(page, requisites=tuple(dict.fromkeys(named)))

    def _take(self, response: Response, gathering: Gathering) -> Iterator[Page | Request]:
        """Take a further page; yields the request for the next, or the whole page."""
        page, target = gathering.page, redirect_target(response)
        if response.status == 200 and not target:
            tree = parse_html(response.body, header_fields(response))
            gathering = gathering.with_part(response.meta["capture"], response.meta["exchange"])
            whole = self.note_requisites(gathering.page, tree, response.url)
            gathering = replace(gathering, page=whole).with_links(tree)
        elif not (target and gathering.leads_back(target)):  # which shows what is there already
            self._keeper.keep_failure(
                response.url, "fetch", f"HTTP {response.status}", f"a further page of {page.url}"
            )
        yield self._go_on(gathering)

    def _take_error(
        self, failure: TwistedFailure, gathering: Gathering
    ) -> Iterator[Page | Request]:
        """Take a further page that has no answer: the post is kept without it."""
        if isinstance(failure.value, CrawlStopped):
            return
        url = failure.request.url  # set by Scrapy
        stage, name = name_error(failure.value, "fetch")
        message = f"a further page of {gathering.page.url}: {failure.value}"
        self._keeper.keep_failure(url, stage, name, message)
        yield self._go_on(gathering)

    def _go_on(self, gathering: Gathering) -> Page | Request:
        """Give the page when it is whole, else the request for its next part."""
        page, step = gathering.page, gathering.next()
        if step is None:
            return page
        url, rest = step
        self._keeper.outcomes[page.discovery.url] = skipped(INCOMPLETE)  # unless the rest comes
        return Request(
            url,
            callback=self._take,
            errback=partial(self._take_error, gathering=rest),
            cb_kwargs={"gathering": rest},
            priority=_PRIORITY,
            dont_filter=True,
            meta={
                "discovery": rest.discovery(url),
                "role": "continuation",
                "dont_redirect": True,
                "handle_httpstatus_all": True,
            },
        )

    @property
    def _keeper(self) -> CollectionKeeper:
        keeper = self._crawler.get_extension(CollectionKeeper)
        assert keeper is not None
        return keeper

"""From the first page of a post to the whole of it, one request after the other.

A further page that is not to be had costs the post that page. Where it may be had the next time, it
is the post that failed, since a further page says nothing alone: the next crawl asks for all of it.
Meanwhile a post that is known stays as it is known, and one that is new is kept as far as it came.
"""

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
from archive.records import Stage
from archive.revisiting import is_passing
from archive.split_posts import INCOMPLETE
from archive.unheeded import CUT_OFF
from scraper.answers import header_fields
from scraper.catalogue_memory import CatalogueMemory
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
        memory: knows the pages of earlier crawls; None where there are none.
        comments: the pages that comments are split over are followed, too.
        requisites: what pages need to look as they did is noted.
    """

    def __init__(
        self,
        crawler: Crawler,
        memory: CatalogueMemory | None,
        *,
        comments: bool,
        requisites: bool,
    ) -> None:
        self._crawler = crawler
        self._memory = memory
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
        target = redirect_target(response)
        if response.status == 200 and not target:
            gathering = self._with_part(response, gathering)
            if response.meta["capture"].truncated:  # of a new post, all that came is kept
                words = "it did not come whole"
                yield from self._do_without(gathering, response.url, "fetch", CUT_OFF, words)
            else:
                yield self._go_on(gathering)
        elif target and gathering.leads_back(target):  # which shows what is there already
            yield self._go_on(gathering)
        else:
            name = f"HTTP {response.status}"
            yield from self._do_without(gathering, response.url, "fetch", name, name)

    def _with_part(self, response: Response, gathering: Gathering) -> Gathering:
        """Add a further page, and note what it needs and where it leads on to."""
        tree = parse_html(response.body, header_fields(response))
        gathering = gathering.with_part(response.meta["capture"], response.meta["exchange"])
        page = self.note_requisites(gathering.page, tree, response.url)
        return replace(gathering, page=page).with_links(tree)

    def _take_error(
        self, failure: TwistedFailure, gathering: Gathering
    ) -> Iterator[Page | Request]:
        """Take a further page that has no answer."""
        if isinstance(failure.value, CrawlStopped):
            return
        stage, name = name_error(failure.value, "fetch")
        url = failure.request.url  # set by Scrapy
        yield from self._do_without(gathering, url, stage, name, str(failure.value))

    def _do_without(
        self, gathering: Gathering, url: str, stage: Stage, name: str, message: str
    ) -> Iterator[Page | Request]:
        """Note a further page that did not come, and go on if the post is to be kept without it."""
        page, keeper = gathering.page, self._keeper
        if gathering.is_past_text or not is_passing(name):
            keeper.note_failure(url, stage, name, f"a further page of {page.url}: {message}")
            yield self._go_on(gathering)
            return
        post, message = page.discovery.url, f"its further page {url}: {message}"
        if self._is_known(post):
            keeper.keep_failure(post, stage, name, message)
        else:
            keeper.note_failure(post, stage, name, message)
            yield self._go_on(gathering)

    def _is_known(self, url: str) -> bool:
        """Tell whether an earlier crawl has read a page, be it gone since."""
        known = self._memory.find(url) if self._memory else None
        return known is not None and known.check_count > 0

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

"""The path from a plan to requests and from answers to pages: what all spiders share.

A plan (see `scraper.discovery.plan`) says what to fetch and is told what came back. This module
speaks Scrapy on its behalf: it makes the requests, follows redirects within the plan's scope,
gathers the further pages of a post, and turns every end that is not a page into a
failure.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from lxml.etree import _Element
from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from twisted.python.failure import Failure as TwistedFailure

from archive.catalogue import HOME_PAGE, FoundUrl, skipped
from archive.catalogue.chains import UNANSWERED_LISTS_STAT, UNANSWERED_SEEDS_STAT
from archive.extraction.tree.canonical import find_canonical
from archive.extraction.tree.parsing import parse_html
from archive.records import AskedList, Discovery, PageType, Stage
from archive.revisiting import is_passing
from scraper.absences import Absences
from scraper.catalogue_memory import CatalogueMemory, Mode
from scraper.collection_keeper import CollectionKeeper
from scraper.discovery import Answer, Fetch
from scraper.discovery.known import OUT_OF_SCOPE
from scraper.endings import name_error, name_refusal, redirect_target
from scraper.further_pages import Gathering
from scraper.items import Page
from scraper.plan import Plan
from scraper.requisites.fetching import RequisiteFetcher
from scraper.requisites.html import find_in_html
from scraper.requisites.references import Requisite
from scraper.shutdown import CrawlStopped

logger = logging.getLogger(__name__)

_GONE = frozenset({404, 410})
_CONTINUATION_PRIORITY = 1_000_000  # a split post is finished before the next one is begun


class PlanSpider(Spider):
    """Drives plans; subclasses make them of their arguments."""

    name: str
    collection: str
    seeds: tuple[str, ...]
    plans: list[Plan]
    mode: Mode = "incremental"
    memory: CatalogueMemory | None = None  # None: nothing was crawled before
    comments: bool = True  # follow the pages that comments are split over
    requisites: bool = False  # fetch what articles need to look as they did

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._absences = Absences()

    async def start(self) -> AsyncIterator[Request]:
        """Yield the first requests of every plan, made with what is known from earlier crawls."""
        self.memory = self.keeper.remember(self.mode)
        self.plans = self.make_plans()
        self._queue_no_more_than_is_fetched()
        for plan in self.plans:
            for request in self._requests(plan, plan.start()):
                yield request

    def _queue_no_more_than_is_fetched(self) -> None:
        """Leave requests in the scheduler, which knows what comes first, until it is their turn.

        Scrapy hands them to the downloader sixteen at a time, where they wait in their order: what
        remains of a split post would wait behind other posts, and be lost with each interruption.
        """
        if self.requisites:  # which come from many hosts
            return
        per_host = self.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        downloader = self.crawler.engine.downloader
        places = per_host * len({urlsplit(seed).hostname for seed in self.seeds})
        downloader.total_concurrency = min(downloader.total_concurrency, max(1, places))

    def make_plans(self) -> list[Plan]:
        """Make the plans of this crawl; `memory` says what is known of their pages."""
        raise NotImplementedError  # not abstract: Scrapy's feed exports cannot read such a class

    def take_unsaved(self) -> list[Discovery]:
        """The pages that were found since this was last asked."""
        return [discovery for plan in self.plans for discovery in plan.take_unsaved()]

    def count_not_due(self) -> int | None:
        """Count the known pages that were not asked for; None where nothing was known."""
        if self.memory is None:
            return None
        asked = (url for plan in self.plans for url in plan.discoveries)
        return self.memory.count_captured() - sum(map(self.memory.has_captured, asked))

    def found(self) -> list[FoundUrl]:
        """Every page that was found; with an outcome where a rule kept it from being fetched."""
        for plan in self.plans:
            for url in plan.unlisted:
                self.keeper.keep_unlisted(url)
        lines = [FoundUrl(discovery=d) for plan in self.plans for d in plan.discoveries.values()]
        for plan in self.plans:
            for url, rule in plan.skipped.items():
                if self._is_to_be_told(url, rule):
                    discovery = plan.discovery(url)
                    lines.append(FoundUrl(discovery=discovery, outcome=skipped(rule)))
        return lines

    def _is_to_be_told(self, url: str, rule: str) -> bool:
        """Tell whether a crawl says of a page that it was left out: it says so once."""
        is_news = self.memory is None or url in self.keeper.outcomes or not self.memory.find(url)
        return is_news and rule != OUT_OF_SCOPE

    def declared_totals(self) -> list[tuple[str, int]]:
        """What the sites themselves say of their number of posts: source, number."""
        return [plan.declared_total for plan in self.plans if plan.declared_total]

    def asked_lists(self) -> list[AskedList]:
        """What became of each list that was asked for."""
        return [asked for plan in self.plans for asked in plan.asked_lists.values()]

    def parse_answer(self, response: Response, plan: Plan, fetch: Fetch) -> Iterator[Any]:
        """Take an answer of any status; yields pages and further requests."""
        if target := redirect_target(response):
            yield from self._follow(response, plan, fetch, target)
            return
        if not 200 <= response.status < 300:
            yield from self._refused(response, plan, fetch)
            return
        self._absences.note_answer(fetch, response.meta.get("capture"))
        answer = _answer(response)
        if fetch.role == "page":
            yield from self._page(response, answer, plan, fetch)
        further = plan.answered(fetch, answer)
        asked = plan.asked_lists.get(fetch.discovery.url)
        if asked and asked.announced and asked.error:
            self._fail(plan, fetch, asked.error, response.url)
        yield from self._requests(plan, further)

    def parse_error(self, failure: TwistedFailure, plan: Plan, fetch: Fetch) -> Iterator[Request]:
        """Take a request that has no answer."""
        error = failure.value
        if isinstance(error, CrawlStopped):
            return
        stage, name = name_error(error, fetch.stage)
        self._fail(plan, fetch, name, str(error), stage=stage)
        yield from self._requests(plan, plan.failed(fetch, name))

    def parse_continuation(self, response: Response, gathering: Gathering) -> Iterator[Any]:
        """Take a further page of a post; yields the request for the next, or the whole page."""
        page, target = gathering.page, redirect_target(response)
        if response.status == 200 and not target:
            tree = parse_html(response.body, _headers(response))
            gathering = gathering.with_part(response.meta["capture"], response.meta["exchange"])
            named = (*page.requisites, *self._find_requisites(tree, response.url))
            whole = replace(gathering.page, requisites=tuple(dict.fromkeys(named)))
            gathering = replace(gathering, page=whole).with_links(tree)
        elif not (target and gathering.leads_back(target)):  # which shows what is there already
            self.keeper.keep_failure(
                response.url, "fetch", f"HTTP {response.status}", f"a further page of {page.url}"
            )
        yield self._gather(gathering)

    def parse_continuation_error(
        self, failure: TwistedFailure, gathering: Gathering
    ) -> Iterator[Any]:
        """Take a further page that has no answer: the post is kept without it."""
        if isinstance(failure.value, CrawlStopped):
            return
        url = failure.request.url  # set by Scrapy
        stage, name = name_error(failure.value, "fetch")
        message = f"a further page of {gathering.page.url}: {failure.value}"
        self.keeper.keep_failure(url, stage, name, message)
        yield self._gather(gathering)

    @property
    def keeper(self) -> CollectionKeeper:
        """The book of outcomes."""
        keeper = self.crawler.get_extension(CollectionKeeper)
        assert keeper is not None
        return keeper

    def _requests(self, plan: Plan, fetches: Iterable[Fetch]) -> Iterator[Request]:
        for fetch in fetches:
            yield self._request(plan, fetch, fetch.discovery.url)

    def _request(
        self, plan: Plan, fetch: Fetch, url: str, redirected_from: tuple[str, ...] = ()
    ) -> Request:
        return Request(
            url,
            callback=self.parse_answer,
            errback=partial(self.parse_error, plan=plan, fetch=fetch),
            cb_kwargs={"plan": plan, "fetch": fetch},
            priority=fetch.priority,
            dont_filter=True,  # the plan asks for nothing twice
            meta={
                "discovery": plan.discovery(fetch.discovery.url),
                "role": fetch.role,
                "purpose": fetch.purpose,
                "revalidate": self.memory is not None and self.mode != "full",
                "robots_for_discovery": fetch.purpose == "robots",
                "redirected_from": redirected_from,
                "dont_redirect": True,
                "handle_httpstatus_all": True,
            },
        )

    def _follow(
        self, response: Response, plan: Plan, fetch: Fetch, target: str
    ) -> Iterator[Request]:
        chain = (*response.meta["redirected_from"], response.url)
        if target in chain or len(chain) > self.settings.getint("REDIRECT_MAX_TIMES"):
            self._fail(plan, fetch, "redirect loop", " -> ".join((*chain, target)))
            yield from self._requests(plan, plan.failed(fetch, "redirect loop"))
        elif url := plan.redirected(fetch, target):
            yield self._request(plan, fetch, url, chain)
        else:
            if fetch.purpose == "seed":
                self._fail(plan, fetch, "redirect refused", target)
            elif fetch.role == "page" and plan.knows(fetch.discovery.url):
                self.keeper.keep_gone(fetch.discovery.url, "redirects")
            yield from self._requests(plan, plan.failed(fetch, f"redirects to {target}"))

    def _refused(self, response: Response, plan: Plan, fetch: Fetch) -> Iterator[Request]:
        """An error status: of a page it is a failure; a list that is not there was worth asking."""
        if self._absences.is_gone(plan, fetch, response.status):
            self.keeper.keep_gone(fetch.discovery.url, f"HTTP {response.status}")
        elif fetch.role == "page" or response.status not in _GONE:
            self._fail(plan, fetch, *name_refusal(response))
        yield from self._requests(plan, plan.failed(fetch, f"HTTP {response.status}"))

    def _fail(
        self, plan: Plan, fetch: Fetch, name: str, message: str, *, stage: Stage | None = None
    ) -> None:
        if fetch.purpose != "candidate" and is_passing(name):
            stat = UNANSWERED_SEEDS_STAT if fetch.purpose == "seed" else UNANSWERED_LISTS_STAT
            self.crawler.stats.inc_value(stat)
        if self._absences.note_failure(name):
            self.crawler.stats.inc_value(UNANSWERED_LISTS_STAT)
            if not self._absences.has_heard and len(self.plans) == 1:
                deferred_from_coro(self.crawler.engine.close_spider_async(reason="unanswered"))
        url = plan.discovery(fetch.discovery.url).url  # the spelling under which it was found
        self.keeper.keep_failure(url, stage or fetch.stage, name, message)
        if fetch.purpose == "seed":
            logger.error("%s: %s: %s", url, name, message)

    def _page(
        self, response: Response, answer: Answer, plan: Plan, fetch: Fetch
    ) -> Iterator[Page | Request]:
        meta = response.meta
        page = Page(
            url=response.url,
            discovery=meta["discovery"],
            captures=(meta["capture"],),
            exchanges=(meta["exchange"],),
            crawl_id=meta.get("crawl_id"),
        )
        if answer.is_html:
            tree = answer.parsed()
            page = replace(
                page,
                duplicate_of=plan.claim(response.url, find_canonical(tree, response.url)),
                requisites=self._find_requisites(tree, response.url),
            )
        if settled := meta.get("settled"):
            self._keep_earlier(page, settled)
        elif self._absences.is_home_page(plan, fetch, page.captures[0]):
            self.keeper.keep_gone(page.discovery.url, HOME_PAGE)
        elif page.duplicate_of or not answer.is_html:
            yield page
        else:
            yield self._gather(Gathering(page, self._comment_pages()).with_links(answer.parsed()))

    def _keep_earlier(self, page: Page, outcome: str) -> None:
        """Pass over a page that an interrupted crawl has settled, but for what it may lack."""
        self.keeper.keep_earlier(page.discovery.url)
        if outcome == PageType.ARTICLE:
            fetcher = self.crawler.get_extension(RequisiteFetcher)
            assert fetcher is not None
            fetcher.fetch_for(page)

    def _comment_pages(self) -> int:
        return self.settings.getint("COMMENT_PAGES_MAX") if self.comments else 0

    def _find_requisites(self, tree: _Element, url: str) -> tuple[Requisite, ...]:
        return find_in_html(tree, url) if self.requisites else ()

    def _gather(self, gathering: Gathering) -> Page | Request:
        """Give the page when it is whole, else the request for its next part."""
        page, step = gathering.page, gathering.next()
        if step is None:
            return page
        url, rest = step
        self.keeper.outcomes[page.discovery.url] = skipped("incomplete")  # unless the rest comes
        return Request(
            url,
            callback=self.parse_continuation,
            errback=partial(self.parse_continuation_error, gathering=rest),
            cb_kwargs={"gathering": rest},
            priority=_CONTINUATION_PRIORITY,
            dont_filter=True,
            meta={
                "discovery": rest.discovery(url),
                "role": "continuation",
                "dont_redirect": True,
                "handle_httpstatus_all": True,
            },
        )


def _answer(response: Response) -> Answer:
    return Answer(
        url=response.url, status=response.status, headers=_headers(response), body=response.body
    )


def _headers(response: Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }

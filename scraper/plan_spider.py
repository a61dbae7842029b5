"""The path from a plan to requests and from answers to pages: what all spiders share.

A plan (see `scraper.discovery.plan`) says what to fetch and is told what came back. This module
speaks Scrapy on its behalf: it makes the requests, follows redirects within the plan's scope, has
what else belongs to a post gathered (`scraper.gathering`), and turns every end that is not a page
into a failure. What is not there any more is told by `scraper.absences`.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from twisted.python.failure import Failure as TwistedFailure

from archive.catalogue.chains import (
    SILENT_PAGES_STAT,
    UNANSWERED,
    UNANSWERED_LISTS_STAT,
    UNANSWERED_SEEDS_STAT,
)
from archive.extraction.tree.canonical import find_canonical
from archive.records import PageType, Stage
from archive.revisiting import is_passing
from scraper.absences import GONE_STATUSES, Absences, is_same_page
from scraper.accounting_spider import AccountingSpider
from scraper.answers import ARCHIVED, to_answer
from scraper.catalogue_memory import Mode
from scraper.discovery import Answer, Fetch
from scraper.discovery.links import page_links
from scraper.endings import name_error, name_refusal, redirect_target
from scraper.gathering import Gatherer
from scraper.items import Page
from scraper.plan import Plan
from scraper.requisites.fetching import RequisiteFetcher
from scraper.shutdown import CrawlStopped

logger = logging.getLogger(__name__)

# A post that has moved is asked for at its new place when it is known whether others went there.
_MOVED_PRIORITY = -1


class PlanSpider(AccountingSpider):
    """Drives plans; subclasses make them of their arguments."""

    mode: Mode = "incremental"
    comments: bool = True  # follow the pages that comments are split over
    requisites: bool = False  # fetch what articles need to look as they did
    expects_answers: bool = True  # of each server; else some may be down whenever they are asked

    async def start(self) -> AsyncIterator[Request]:
        """Yield the first requests of every plan, made with what is known from earlier crawls."""
        self.memory = self.keeper.remember(self.mode)
        self.plans = self.make_plans()
        self.absences = {plan: Absences(plan, self.memory) for plan in self.plans}
        self._gatherer = Gatherer(
            self.crawler, self.memory, comments=self.comments, requisites=self.requisites
        )
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

    def parse_answer(self, response: Response, plan: Plan, fetch: Fetch) -> Iterator[Any]:
        """Take an answer of any status; yields pages and further requests."""
        if ARCHIVED not in response.flags and not is_passing(f"HTTP {response.status}"):
            self.silence.note_answer(_host(response.url))
        if target := redirect_target(response):
            yield from self._follow(response, plan, fetch, target)
            return
        if not 200 <= response.status < 300:
            yield from self._refused(response, plan, fetch)
            return
        answer = to_answer(response)
        if fetch.purpose == "seed":
            links = (link.url for link in page_links(answer))
            seed = fetch.discovery.url
            self.absences[plan].note_home(seed, response.url, response.body, links)
        if fetch.role == "page":
            yield from self._page(response, answer, plan, fetch)
        further = plan.answered(fetch, answer)
        asked = plan.asked_lists.get(fetch.discovery.url)
        if asked and (asked.announced or asked.named) and asked.error:
            self._fail(plan, fetch, asked.error, response.url)
        yield from self._go_on(plan, fetch, further)

    def parse_error(self, failure: TwistedFailure, plan: Plan, fetch: Fetch) -> Iterator[Request]:
        """Take a request that has no answer."""
        error = failure.value
        if isinstance(error, CrawlStopped):
            return
        stage, name = name_error(error, fetch.stage)
        self._fail(plan, fetch, name, str(error), stage=stage)
        yield from self._go_on(plan, fetch, plan.failed(fetch, name))

    def _requests(self, plan: Plan, fetches: Iterable[Fetch]) -> Iterator[Request]:
        for fetch in fetches:
            yield self._request(plan, fetch, fetch.discovery.url)

    def _go_on(self, plan: Plan, fetch: Fetch, further: Iterable[Fetch]) -> Iterator[Request]:
        """Yield what follows once it is settled what became of a request."""
        yield from self._requests(plan, further)
        url = fetch.discovery.url
        yield from self._requests(plan, self.absences[plan].call_witness(url))

    def _request(
        self, plan: Plan, fetch: Fetch, url: str, redirected_from: tuple[str, ...] = (),
        *, is_moved: bool = False,
    ) -> Request:  # fmt: skip
        return Request(
            url,
            callback=self.parse_answer,
            errback=partial(self.parse_error, plan=plan, fetch=fetch),
            cb_kwargs={"plan": plan, "fetch": fetch},
            priority=_MOVED_PRIORITY if is_moved else fetch.priority,
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
            yield from self._go_on(plan, fetch, plan.failed(fetch, "redirect loop"))
        elif url := plan.redirected(fetch, target):
            is_moved = self._is_post(plan, fetch) and not is_same_page(response.url, target)
            if is_moved:
                self.absences[plan].note_redirect(fetch.discovery.url, target)
            yield self._request(plan, fetch, url, chain, is_moved=is_moved)
        else:
            if fetch.purpose == "seed":
                self._fail(plan, fetch, "redirect refused", target)
            elif fetch.role == "page" and plan.knows(fetch.discovery.url):
                self.absences[plan].note_redirect(fetch.discovery.url, target)
                self._leave_unconfirmed(fetch)
            yield from self._go_on(plan, fetch, plan.failed(fetch, f"redirects to {target}"))

    def _refused(self, response: Response, plan: Plan, fetch: Fetch) -> Iterator[Request]:
        """An error status: of a page it is a failure; a list that is not there was worth asking."""
        if self.absences[plan].is_gone(fetch, response.status):
            self.keeper.keep_gone(fetch.discovery.url, f"HTTP {response.status}")
        elif fetch.role == "page" or response.status not in GONE_STATUSES:
            self._fail(plan, fetch, *name_refusal(response))
        yield from self._go_on(plan, fetch, plan.failed(fetch, f"HTTP {response.status}"))

    def _fail(
        self, plan: Plan, fetch: Fetch, name: str, message: str, *, stage: Stage | None = None
    ) -> None:
        host = _host(fetch.discovery.url)
        if fetch.purpose != "candidate" and is_passing(name):
            stat = UNANSWERED_SEEDS_STAT if fetch.purpose == "seed" else UNANSWERED_LISTS_STAT
            self.count(stat)
        fell_silent = self.silence.note_failure(host, name)
        if fell_silent and (self.expects_answers or host in self.silence.heard):
            self.count(SILENT_PAGES_STAT)
            if not self.silence.heard and len(self.plans) == 1:
                deferred_from_coro(self.crawler.engine.close_spider_async(reason=UNANSWERED))
        url = plan.discovery(fetch.discovery.url).url  # the spelling under which it was found
        self.keeper.keep_failure(url, stage or fetch.stage, name, message)
        if fetch.purpose == "seed":
            logger.error("%s: %s: %s", url, name, message)

    def _is_post(self, plan: Plan, fetch: Fetch) -> bool:
        return fetch.purpose == "candidate" and self.absences[plan].is_post(fetch.discovery.url)

    def _is_itself(self, response: Response, plan: Plan, fetch: Fetch) -> bool:
        url, absences = fetch.discovery.url, self.absences[plan]
        return fetch.purpose != "candidate" or absences.is_itself(url, response.body)

    def _leave_unconfirmed(self, fetch: Fetch) -> None:
        """Let nobody read the answer to a page that may be gone, should the crawl be killed."""
        self.keeper.keep_found(self.take_unsaved())
        self.keeper.keep_unconfirmed(fetch.discovery.url)

    def _page(
        self, response: Response, answer: Answer, plan: Plan, fetch: Fetch
    ) -> Iterator[Page | Request]:
        """Give a page, where it is what was asked for and was not given before."""
        meta, settled = response.meta, response.meta.get("settled")
        if not settled and not self._is_itself(response, plan, fetch):
            self._leave_unconfirmed(fetch)
            return
        if fetch.purpose == "candidate":
            self.absences[plan].note_page(response.url)
        page = Page(
            url=response.url,
            discovery=meta["discovery"],
            captures=(meta["capture"],),
            exchanges=(meta["exchange"],),
            crawl_id=meta.get("crawl_id"),
        )
        if answer.is_html:
            canonical = find_canonical(answer.parsed(), response.url)
            page = replace(page, duplicate_of=plan.claim(response.url, canonical))
        if settled:
            self._keep_earlier(page, answer, settled)
        elif page.duplicate_of or not answer.is_html:
            yield page
        else:
            yield self._gatherer.begin(page, answer.parsed())

    def _keep_earlier(self, page: Page, answer: Answer, outcome: str) -> None:
        """Pass over a page that an interrupted crawl has settled, but for what it may lack."""
        self.keeper.keep_earlier(page.discovery.url)
        if outcome == PageType.ARTICLE and answer.is_html:
            fetcher = self.crawler.get_extension(RequisiteFetcher)
            assert fetcher is not None
            fetcher.fetch_for(self._gatherer.note_requisites(page, answer.parsed(), page.url))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""

"""Decides what to ask a blog for, from the seed to the last post.

One `SitePlan` follows one blog. The spider asks for what it returns and hands every answer back.
First the seed and robots.txt, then lists (platform, sitemaps, feeds), then listing pages while no
list names all posts, then the posts, and the pages that they link to and nothing else names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import IntEnum
from itertools import chain, islice

from archive.records import AskedList, Discovery
from scraper.discovery import sources
from scraper.discovery.candidates import Candidates
from scraper.discovery.fetches import UNLISTED_PRIORITY, Fetch, Fetches, Purpose
from scraper.discovery.harvest import Harvest
from scraper.discovery.known import KnownUrls
from scraper.discovery.known_lists import KnownLists
from scraper.discovery.links import Page, page_links, read_page
from scraper.discovery.listing_addresses import is_hub
from scraper.discovery.listing_search import ListingSearch
from scraper.discovery.memory import Memory, Recollection
from scraper.discovery.placement import Placement
from scraper.discovery.platforms import recognise
from scraper.discovery.reading import Answer, Ask, Listed, Reading
from scraper.discovery.sources import Sources
from scraper.discovery.vanishing import Vanished
from scraper.scope import Scope
from scraper.urls import Verdict, canonicalize_url, judge

MAX_LINK_HOPS = 6  # links in a row that no list confirms; prev/next links are not counted

_WAITS_FOR: Mapping[int, tuple[Purpose, ...]] = {0: ("seed", "robots", "source"), 1: ("listing",)}


class _Stage(IntEnum):
    SOURCES = 0
    LISTINGS = 1
    LINKS = 2


class SitePlan:
    """What to ask one blog for, and all that is known about its URLs.

    Attributes:
        scope: what belongs to the blog; settled when the seed is answered.
    """

    def __init__(
        self, seed: str, *,
        since: datetime | None = None, until: datetime | None = None, limit: int | None = None,
        memory: Memory | None = None,
    ) -> None:  # fmt: skip
        """Plan the crawl of one blog.

        Args:
            seed: the blog's address.
            since: leave out posts known to be older.
            until: leave out posts known to be newer.
            limit: ask for at most so many URLs that are posts or may be.
            memory: what earlier crawls have found; left out, all is asked for.

        Raises:
            ValueError: the seed is no absolute http or https URL.
        """
        self.scope = Scope.of(seed)
        self._seed = seed
        self._known = KnownUrls(self.scope)
        self._placement = Placement()
        self._harvest = Harvest(self._known, self._placement)
        self._recollection = Recollection(memory) if memory else None
        self._again: KnownLists | None = None  # where not all lists are looked for
        self._candidates = Candidates(
            self._known, self._placement, (since, until), limit, self._recollection
        )
        self._search = ListingSearch(seed, self._known, self._harvest, self._candidates)
        self._sources = Sources(self.scope)
        self._stage = _Stage.SOURCES
        self._asks: dict[str, Ask] = {}
        self._fetches = Fetches()
        self._is_recalled = False  # the known pages that are wanted again are released
        self._vanished = Vanished()
        self._reached = False  # the server has answered anything

    @property
    def discoveries(self) -> Mapping[str, Discovery]:
        """Every URL that is or may be a page of the blog, with all the ways it was found."""
        return self._known.discoveries

    @property
    def skipped(self) -> Mapping[str, str]:
        """Every URL that was left out, with the rule or limit that left it out."""
        return self._known.skipped

    @property
    def declared_total(self) -> tuple[str, int] | None:
        """The source and the number of posts that the site itself declares."""
        return self._sources.declared_total

    @property
    def asked_lists(self) -> Mapping[str, AskedList]:
        """What became of each list that was asked for, by its URL."""
        return self._sources.asked

    @property
    def unlisted(self) -> frozenset[str]:
        """Known posts that a list has named before, and that no list names any more."""
        return self._vanished.unlisted

    def knows(self, url: str) -> bool:
        """Whether earlier crawls have captured the page at an address."""
        known = self._recollection.memory.find(url) if self._recollection else None
        return known is not None and known.checked is not None

    def take_unsaved(self) -> list[Discovery]:
        """Give the pages found since the last time, those left out that are known already."""
        unsaved = self._known.take_unsaved()
        if self._recollection is None:
            return unsaved
        asked, is_unknown = self._candidates.asked, self._recollection.is_unknown
        return [d for d in unsaved if canonicalize_url(d.url) in asked or is_unknown(d.url)]

    def start(self) -> list[Fetch]:
        """Give the first request: the seed."""
        self._known.add(Listed(url=self._seed), "seed", None, 0)
        self._candidates.asked.add(canonicalize_url(self._seed))
        return [self._fetches.begin(Discovery(url=self._seed, methods=("seed",)), "seed")]

    def answered(self, fetch: Fetch, answer: Answer) -> list[Fetch]:
        """Take one answer, and give the requests that follow from it."""
        if answer.status >= 400:
            return self.failed(fetch, f"HTTP {answer.status}")
        self._fetches.end(fetch)
        self._reached = True
        found: list[Fetch] = []
        match fetch.purpose:
            case "seed":
                found = self._read_seed(answer)
            case "robots":
                self._sources.take_robots(fetch.discovery.url, answer)
            case "source":
                found = self._read_source(self._asks[fetch.discovery.url], answer)
            case "listing":
                self._search.take(fetch, answer, self._sources, self._again)
            case "candidate":
                self._read_candidate(fetch, answer)
        return found + self._advance()

    def failed(self, fetch: Fetch, reason: str) -> list[Fetch]:
        """Take that there is no answer, for a reason such as "HTTP 404"; give what follows."""
        self._fetches.end(fetch)
        self._reached |= reason.startswith("HTTP ")
        found: list[Fetch] = []
        if fetch.purpose == "source":
            self._sources.no_answer(self._asks[fetch.discovery.url], reason)
        elif fetch.purpose == "robots":
            self._sources.no_robots(fetch.discovery.url, reason)
        elif fetch.purpose == "listing":
            self._search.failed(fetch.discovery.url, ends=reason.startswith("HTTP 4"))
        elif fetch.purpose == "seed":
            found = self._begin(None)
        else:
            found = self._recall(self._vanished.note_failure(fetch.discovery.url, reason))
        return found + self._advance()

    def call_witness(self) -> list[Fetch]:
        """Ask for a known post that there is no reason to ask for, if there is any."""
        posts = self._recollection.live_posts(self.scope) if self._recollection else ()
        recalled = (self._candidates.recall(post) for post in posts)
        return [
            self._fetches.begin(post, "candidate") for post in islice(filter(None, recalled), 1)
        ]

    def redirected(self, fetch: Fetch, target: str) -> str | None:
        """Say where to go on when an answer points elsewhere; None: not there.

        The seed may lead to where the blog has moved; lists may lie anywhere on its host; pages
        have to stay in scope, and are not asked for a second time.
        """
        if fetch.purpose == "seed":
            return target if judge(target).verdict is not Verdict.NEVER else None
        if fetch.purpose in {"robots", "source"}:
            return target if self.scope.same_site(target) else None
        return target if self._candidates.may_move(fetch.discovery.url, target) else None

    def discovery(self, url: str) -> Discovery:
        """Give all that is known about a URL; of an unknown one, that a link led there."""
        found = self._known.find(url) or self._known.find_dropped(url) or self._fetches.find(url)
        return found or Discovery(url=url, methods=("link",))

    def claim(self, url: str, canonical: str | None) -> str | None:
        """Say which URL this one duplicates; None where it is the first of its page."""
        return self._known.claim(url, canonical, self._recollection)

    def _read_seed(self, answer: Answer) -> list[Fetch]:
        ask = Ask(url=answer.url, method="feed")
        page = read_page(answer)
        reading = None if page else sources.read(answer, ask)  # the seed may be a feed
        self.scope = self.scope.moved_to(answer.url, whole_host=reading is not None)
        self._known.scope = self.scope
        self._candidates.move(self._seed, answer.url)
        found = self._begin(page)
        return found + (self._take_reading(reading, ask, answer.url) if reading else [])

    def _begin(self, page: Page | None) -> list[Fetch]:
        self._sources = Sources(self.scope, page, recognise(page) if page else None)
        if self._recollection and self._recollection.memory.shortens:
            again = KnownLists(self._recollection, self.scope, page)
            self._again = again if again.knows_host else None
        if page is not None:
            self._search.take_seed(page, self._sources, self._again)
        url = self.scope.at_root("/robots.txt")
        robots_txt = Discovery(url=url, methods=("list",), via=self._seed, hops_from_seed=1)
        first = self._again.next_asks(self._sources) if self._again else []
        asks = first or self._sources.first()
        return [self._fetches.begin(robots_txt, "robots"), *self._ask(asks, self._seed)]

    def _read_source(self, ask: Ask, answer: Answer) -> list[Fetch]:
        reading = None
        if ask.method == "listing":
            self._search.take_check(ask, answer, self._sources)
        elif (reading := sources.read(answer, ask)) is None:
            self._sources.no_list(ask, answer)
        return self._take_reading(reading, ask, answer.url) if reading else []

    def _take_reading(self, reading: Reading, ask: Ask, via: str) -> list[Fetch]:
        for listed in () if ask.comments else reading.listed:
            known = self._known.add(listed, ask.method, via, 2 + ask.depth)
            self._placement.take_named(listed.url, ask.method, listed.hints.kind)
            if known and ask.method == "feed":
                self._sources.entries_seen.add(canonicalize_url(known))
        wanted = self._sources.take(ask, reading, enough=self._candidates.knows_enough())
        return self._ask(self._again.take(ask, reading, wanted) if self._again else wanted, via)

    def _read_candidate(self, fetch: Fetch, answer: Answer) -> None:
        if self._candidates.is_sated():
            return
        if fetch.priority == UNLISTED_PRIORITY and self._harvest.is_one_of_many_alike(answer):
            return
        hops = self.discovery(fetch.discovery.url).hops_from_seed
        if is_hub(answer.url) or self._known.has_children(answer.url):
            if self._search.take_hub(answer, hops, self._sources):
                self._candidates.complete = False
                self._stage = _Stage.LISTINGS
        else:
            self._harvest.take_page(page_links(answer), answer.url, hops, MAX_LINK_HOPS)

    def _advance(self) -> list[Fetch]:
        found: list[Fetch] = []
        while not self._fetches.any_open(_WAITS_FOR.get(self._stage, ())):
            if self._stage is _Stage.SOURCES:
                asks = self._next_lists() if self._reached else []
                found += self._ask(asks, self._seed)
                if not asks:
                    found += self._settle_sources()
            elif self._stage is _Stage.LISTINGS:
                pages = self._search.next_pages(self._sources, self._again)
                found += [self._fetches.begin(page, "listing") for page in pages]
                found += self._release(listed_only=True)
                if not pages:
                    self._stage = _Stage.LINKS
            else:
                return found + self._release(listed_only=False) + self._come_back()
        return found

    def _next_lists(self) -> list[Ask]:
        if self._again is not None:
            asks = self._again.next_asks(self._sources)
            if asks or not self._again.are_lost(self._sources):
                return asks
            self._again = None  # nothing is where it was: look for it as in a first crawl
        asks = self._sources.next_asks(enough=self._candidates.knows_enough())
        return asks or self._search.check(self._sources)

    def _settle_sources(self) -> list[Fetch]:
        tells_all = self._again is not None and self._again.tell_all(self._sources)
        self._candidates.complete = tells_all or self._sources.complete()
        self._candidates.all_listed = self._sources.pages_too()
        self._stage = _Stage.LINKS if self._candidates.complete else _Stage.LISTINGS
        return self._release(listed_only=True)

    def _come_back(self) -> list[Fetch]:
        """Ask, once, for known pages: those whose time has come, and those that have vanished."""
        if self._recollection is None or self._is_recalled:
            return []
        self._is_recalled = True
        whole, is_met = self._sources.whole_lists(), self._known.has_met
        self._vanished = self._recollection.vanished(self.scope, whole, is_met)
        wanted = self._recollection.wanted_pages(self.scope)
        return self._recall(chain(wanted, self._vanished.begin()))

    def _recall(self, pages: Iterable[Discovery]) -> list[Fetch]:
        recalled = (self._candidates.recall(page) for page in pages)
        return [self._fetches.begin(page, "candidate") for page in recalled if page is not None]

    def _ask(self, asks: Iterable[Ask], via: str) -> list[Fetch]:
        found = []
        for ask in asks:
            if ask.url not in self._asks and self.scope.same_site(ask.url):
                self._asks[ask.url] = ask
                hops = 1 + ask.depth
                named = Discovery(url=ask.url, methods=(ask.method,), via=via, hops_from_seed=hops)
                found.append(self._fetches.begin(named, "source", ask.method))
        return found

    def _release(self, *, listed_only: bool) -> list[Fetch]:
        released = self._candidates.release(listed_only=listed_only)
        return [self._fetches.begin(discovery, "candidate") for discovery in released]

"""Decides what to ask a blog for, from the seed to the last post.

One `SitePlan` follows one blog. The spider asks for what it returns and hands every answer back.
First the seed and robots.txt, then lists (platform, sitemaps, feeds), then listing pages while no
list names all posts, then the posts, and the pages that they link to and nothing else names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from typing import Literal

from archive.records import Discovery, Method
from scraper.discovery import feed, robots, sitemap, sources
from scraper.discovery.known import KnownUrls
from scraper.discovery.links import Link, Page, is_hub, listing_links, post_links, read_page
from scraper.discovery.listings import ListingWalk, Tier
from scraper.discovery.platforms import Platform, recognise
from scraper.discovery.reading import Answer, Ask, Listed, Reading
from scraper.discovery.sources import Sources
from scraper.scope import Scope
from scraper.urls import Verdict, canonicalize_url, judge

Purpose = Literal["seed", "robots", "source", "listing", "candidate"]

MAX_SOURCE_REQUESTS = 3000  # lists of one blog: a thousand API pages, hundreds of sitemaps
MAX_LINK_HOPS = 6  # links in a row that no list confirms; prev/next links are not counted
MIN_UNLISTED_PAGES = 8  # About, Contact, Privacy, … beside a complete list of few posts
UNLISTED_SHARE = 0.1  # pages beside a complete list, for each post that it names
UNLISTED_WITHOUT_LIST = 500  # where links are all that there is
MAX_EMPTY_GUESSES = 2  # answers with a page where a list was guessed: a site that answers anything
MAX_HUBS = 3  # listing pages opened although a list is complete, to see whether it is

_PRIORITIES: Mapping[Purpose, int] = {
    "seed": 100, "robots": 90, "source": 80, "listing": 50, "candidate": 10,
}  # fmt: skip
_UNLISTED_PRIORITY = 0


class _Stage(IntEnum):
    SOURCES = 0
    LISTINGS = 1
    LINKS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One request that the plan wants made.

    Attributes:
        purpose: what the answer is for. Answers to `seed`, `listing` and `candidate` are pages.
        source: the reader that the answer is for, of a `source`.
        priority: higher ones first, so that posts are asked for when all is known about them.
    """

    discovery: Discovery
    purpose: Purpose
    source: str | None = None
    priority: int = 0


class SitePlan:
    """What to ask one blog for, and all that is known about its URLs.

    Attributes:
        scope: what belongs to the blog; settled when the seed is answered.
        declared_total: the source and the number of posts that the site itself declares.
    """

    def __init__(
        self, seed: str, *, since: datetime | None = None, until: datetime | None = None,
        limit: int | None = None,
    ) -> None:  # fmt: skip
        """Plan the crawl of one blog.

        Args:
            seed: the blog's address.
            since: leave out posts known to be older.
            until: leave out posts known to be newer.
            limit: ask for at most so many URLs that are posts or may be.

        Raises:
            ValueError: the seed is no absolute http or https URL.
        """
        self.scope = Scope.of(seed)
        self.declared_total: tuple[str, int] | None = None
        self._seed = seed
        self._since, self._until, self._limit = since, until, limit
        self._known = KnownUrls(self.scope)
        self._walk = ListingWalk()
        self._sources = Sources(self.scope, None, None)
        self._platform: Platform | None = None
        self._stage = _Stage.SOURCES
        self._asks: dict[str, Ask] = {}
        self._asked: set[str] = set()
        self._open: set[tuple[str, Purpose]] = set()
        self._listed_by: dict[str, set[str]] = {}
        self._whole: set[str] = set()
        self._broken: set[str] = set()
        self._entries_seen: set[str] = set()
        self._empty_guesses = 0
        self._released = 0
        self._unlisted = 0
        self._hubs = 0
        self._complete = False
        self._last_resort: dict[str, str] = {}
        self._from_the_end: set[str] = set()

    @property
    def discoveries(self) -> Mapping[str, Discovery]:
        """Every URL that is or may be a page of the blog, with all the ways it was found."""
        return self._known.discoveries

    @property
    def skipped(self) -> Mapping[str, str]:
        """Every URL that was left out, with the rule or limit that left it out."""
        return self._known.skipped

    def start(self) -> list[Fetch]:
        """Give the first request: the seed."""
        self._known.add(Listed(url=self._seed), "seed", None, 0)
        return [self._fetch(Discovery(url=self._seed, methods=("seed",)), "seed")]

    def answered(self, fetch: Fetch, answer: Answer) -> list[Fetch]:
        """Take one answer, and give the requests that follow from it."""
        self._open.discard((fetch.discovery.url, fetch.purpose))
        found: list[Fetch] = []
        if fetch.purpose == "seed":
            found = self._read_seed(answer)
        elif fetch.purpose == "robots":
            self._sources.name_sitemaps(robots.find_sitemaps(answer), self.scope.same_site)
        elif fetch.purpose == "source":
            found = self._read_source(self._asks[fetch.discovery.url], answer)
        elif fetch.purpose == "listing":
            self._read_listing(fetch, answer)
        else:
            self._read_candidate(fetch, answer)
        return found + self._advance()

    def failed(self, fetch: Fetch, reason: str) -> list[Fetch]:
        """Take note that a request had no answer, and give the requests that follow."""
        self._open.discard((fetch.discovery.url, fetch.purpose))
        if fetch.purpose == "source" and self._asks[fetch.discovery.url].depth:
            self._broken.add(fetch.source or "")
        if fetch.purpose == "listing":
            self._walk.failed(fetch.discovery.url)
        found = self._begin(None) if fetch.purpose == "seed" else []
        return found + self._advance()

    def discovery(self, url: str) -> Discovery:
        """Give all that is known about a URL; of an unknown one, that a link led there."""
        return self._known.find(url) or Discovery(url=url, methods=("link",))

    def claim(self, url: str, canonical: str | None) -> str | None:
        """Say which URL this one duplicates; None where it is the first of its page."""
        return self._known.claim(url, canonical)

    # --- reading answers

    def _read_seed(self, answer: Answer) -> list[Fetch]:
        self._settle_scope(answer)
        page = read_page(answer)
        if page is None:
            self._read_list_as_seed(answer)
        return self._begin(page)

    def _settle_scope(self, answer: Answer) -> None:
        """Follow the seed's redirect: to another scheme or `www.`, or to where the blog moved."""
        final = Scope.of(answer.url)
        if not self.scope.same_site(answer.url) and answer.status == 200 and answer.is_html:
            self.scope = final
        elif self.scope.same_site(answer.url):
            self.scope = replace(self.scope, origin=final.origin)
        self._known.scope = self.scope
        self._asked.add(canonicalize_url(answer.url))

    def _read_list_as_seed(self, answer: Answer) -> None:
        """Take a feed or sitemap given as the seed for a list of the whole host."""
        ask = Ask(url=answer.url, method="feed")
        reading = feed.read(answer, ask) or sitemap.read(answer, replace(ask, method="sitemap"))
        if reading is not None:
            self.scope = replace(self.scope, path="")
            self._known.scope = self.scope
            self._take_reading(reading, ask, answer.url)
            self._sources.deferred.extend(reading.more)

    def _begin(self, page: Page | None) -> list[Fetch]:
        self._platform = recognise(page) if page else None
        waiting = self._sources.deferred
        self._sources = Sources(self.scope, page, self._platform)
        self._sources.deferred.extend(waiting)
        if page is not None:
            self._walk.mark_read(page.url, self._take_listing(page, hops=1))
            self._walk.offer(self._in_scope(listing_links(page)), Tier.OWN)
        robots_txt = Discovery(
            url=self.scope.at_root("/robots.txt"), methods=("list",), via=self._seed,
            hops_from_seed=1,
        )  # fmt: skip
        attempts = [self._sources.attempts.popleft()] if self._sources.attempts else []
        return [self._fetch(robots_txt, "robots"), *self._ask(attempts, self._seed)]

    def _read_source(self, ask: Ask, answer: Answer) -> list[Fetch]:
        reading = sources.read(answer, ask)
        if reading is None:
            self._empty_guesses += answer.status == 200 and answer.is_html
            if ask.depth and not (ask.method == "feed" and answer.status in {400, 404, 410}):
                self._broken.add(ask.method)
            elif ask.depth:
                self._whole.add(ask.method)  # a paged feed has ended
            return []
        return self._take_reading(reading, ask, answer.url)

    def _take_reading(self, reading: Reading, ask: Ask, via: str) -> list[Fetch]:
        mine = self._listed_by.setdefault(ask.method, set())
        before = len(mine)
        for listed in reading.listed:
            known = self._known.add(listed, ask.method, via, 2 + ask.depth)
            if ask.kind != "page":
                mine.add(canonicalize_url(listed.url))
            if known and ask.method == "feed":
                self._entries_seen.add(canonicalize_url(known))
        if reading.declared_total is not None:
            self.declared_total = (ask.method, reading.declared_total)
        if reading.whole:
            self._whole.add(ask.method)
        if not (ask.depth and reading.deferred and len(mine) == before):
            self._sources.deferred.extend(reading.deferred)
        covered = {"post", "page"} if self._total_reached() and ask.method == "sitemap" else set()
        return self._ask((child for child in reading.more if child.kind not in covered), via)

    def _read_listing(self, fetch: Fetch, answer: Answer) -> None:
        url = fetch.discovery.url
        page = read_page(answer) if answer.status == 200 else None
        if page is None:
            self._walk.failed(url)
            return
        before = len(self._known.discoveries)
        entries = self._take_listing(page, hops=fetch.discovery.hops_from_seed + 1)
        tier = Tier.LAST_RESORT if judge(url).rule in _LAST_RESORT else Tier.OWN
        self._walk.offer(self._in_scope(listing_links(page)), tier)
        self._walk.read(
            url, entries, new=len(self._known.discoveries) - before,
            from_the_end=url in self._from_the_end,
        )  # fmt: skip

    def _read_candidate(self, fetch: Fetch, answer: Answer) -> None:
        if answer.status != 200 or self._is_sated():
            return
        page = read_page(answer)
        if page is None:
            return
        if is_hub(page.url) or self._known.has_children(page.url):
            self._read_hub(fetch, page)
            return
        found = self._known.find(fetch.discovery.url)
        hops = (found or fetch.discovery).hops_from_seed
        for link in page.links:
            adjacent = bool(link.rel & {"prev", "next", "previous"})
            if adjacent or hops < MAX_LINK_HOPS:
                self._take_link(link, page.url, hops if adjacent else hops + 1)

    def _read_hub(self, fetch: Fetch, page: Page) -> None:
        """Read a listing among the candidates; one that names unknown posts reopens the walk."""
        unknown = [link for link in self._entries(page) if self._known.find(link.url) is None]
        entries = self._take_listing(page, hops=fetch.discovery.hops_from_seed + 1)
        self._walk.mark_read(fetch.discovery.url, entries)
        if unknown and not self._total_reached():
            self._complete = False
            self._stage = _Stage.LISTINGS
            self._walk.offer(self._in_scope(listing_links(page)), Tier.OWN)

    # --- links

    def _entries(self, page: Page) -> list[Link]:
        """The links of a listing that are surely to entries, by mark-up or by their neighbours."""
        return [
            link
            for link in post_links(page)
            if self.scope.covers(link.url)
            and judge(link.url).verdict is Verdict.PAGE
            and canonicalize_url(link.url) != canonicalize_url(page.url)
            and (link.title or self._known.has_siblings(link.url))
        ]

    def _take_listing(self, page: Page, hops: int) -> list[str]:
        """Take the links of a listing page; give the entries among them."""
        entries = {link.url for link in post_links(page)}
        for link in page.links:
            self._take_link(link, page.url, hops, "listing" if link.url in entries else "link")
        sure = [link.url for link in self._entries(page)]
        self._entries_seen.update(map(canonicalize_url, sure))
        return [url for url in entries if self._known.find(url) is not None]

    def _take_link(self, link: Link, via: str, hops: int, method: Method = "link") -> None:
        if self._is_part_of_post(link.url, via):
            self._known.skip(link.url, "part-of-a-post")
            return
        judgement = judge(link.url)
        if judgement.verdict is Verdict.LISTING and self.scope.covers(judgement.url):
            self._last_resort.setdefault(judgement.url, judgement.rule)
        self._known.add(Listed(url=link.url), method, via, hops)

    def _is_part_of_post(self, url: str, via: str) -> bool:
        """Whether it is `/post/2/`: a further page of a post that is known."""
        path, _, number = canonicalize_url(url).rpartition("/")
        if not number.isdigit() or len(number) > 2:
            return False
        return path == canonicalize_url(via) or (
            (known := self._known.find(path)) is not None and known.hints.kind != "listing"
            and not self._known.has_children(path)
            and path != self._known.root
        )  # fmt: skip

    def _in_scope(self, urls: Iterable[str]) -> list[str]:
        return [self.scope.localized(url) for url in urls if self.scope.covers(url)]

    # --- what comes next

    def _advance(self) -> list[Fetch]:
        found: list[Fetch] = []
        while not self._is_waiting():
            if self._stage is _Stage.SOURCES:
                found += self._ask(self._next_sources(), self._seed)
                if not self._is_waiting():
                    self._complete = self._lists_are_complete()
                    self._stage = _Stage.LINKS if self._complete else _Stage.LISTINGS
                    found += self._release(listed_only=True)
            elif self._stage is _Stage.LISTINGS:
                found += self._next_listings()
                if not self._is_waiting():
                    self._stage = _Stage.LINKS
            else:
                return found + self._release(listed_only=False)
        return found

    def _is_waiting(self) -> bool:
        waited = {_Stage.SOURCES: {"seed", "robots", "source"}, _Stage.LISTINGS: {"listing"}}
        purposes = waited.get(self._stage, set())
        return any(purpose in purposes for _, purpose in self._open)

    def _next_sources(self) -> list[Ask]:
        """The next lists to ask for: what is announced, then guesses one by one."""
        mine = self._sources
        if self._platform and mine.attempts and not self._listed_by.get(self._platform.NAME):
            return [mine.attempts.popleft()]
        named = list(mine.named_sitemaps)
        mine.named_sitemaps.clear()
        if self._total_reached():
            return named
        if mine.named_feeds and "feed" not in self._listed_by:
            named.append(mine.named_feeds.popleft())
        if named or self._lists_are_complete():
            return named
        no_sitemap = not any(self._listed_by.get(m) for m in ("sitemap", "ghost"))
        if no_sitemap and mine.guessed_sitemaps and self._empty_guesses < MAX_EMPTY_GUESSES:
            return [mine.guessed_sitemaps.popleft()]
        nothing_yet = not any(self._listed_by.values())
        if nothing_yet and mine.guessed_feeds and self._empty_guesses < 2 * MAX_EMPTY_GUESSES:
            return [mine.guessed_feeds.popleft()]
        for queue in (mine.named_feeds, mine.deferred):
            if queue and not self._has_enough():
                return [queue.popleft()]
        return []

    def _next_listings(self) -> list[Fetch]:
        if self._has_enough():
            return []
        self._walk.offer(self._hub_urls(), Tier.HUB)
        self._walk.offer(
            (url for url, rule in self._last_resort.items() if rule in _LAST_RESORT),
            Tier.LAST_RESORT,
        )
        by_lists = any(self._listed_by.values()) and self._names_all_seen(
            set().union(*self._listed_by.values())
        )
        pages = self._walk.next_pages(from_the_end=by_lists)
        if by_lists:
            self._from_the_end.update(pages)
        return [self._listing(url) for url in pages]

    def _hub_urls(self) -> list[str]:
        hubs = [url for url in self._known.discoveries if is_hub(url)]
        hubs += [url for url, rule in self._last_resort.items() if rule == "archive"]
        return [url for url in hubs if canonicalize_url(url) not in self._asked]

    def _listing(self, url: str) -> Fetch:
        self._known.skipped.pop(url, None)
        self._asked.add(canonicalize_url(url))
        known = self._known.find(url) or Discovery(
            url=url, methods=("listing",), via=self._seed, hops_from_seed=1
        )
        hints = replace(known.hints, kind=known.hints.kind or "listing")
        return self._fetch(replace(known, url=url, hints=hints), "listing")

    def _ask(self, asks: Iterable[Ask], via: str) -> list[Fetch]:
        found = []
        for ask in asks:
            if ask.url in self._asks or not self.scope.same_site(ask.url):
                continue
            if len(self._asks) >= MAX_SOURCE_REQUESTS:
                break
            self._asks[ask.url] = ask
            discovery = Discovery(
                url=ask.url, methods=(ask.method,), via=via, hops_from_seed=1 + ask.depth
            )
            found.append(self._fetch(discovery, "source", ask.method))
        return found

    def _fetch(self, discovery: Discovery, purpose: Purpose, source: str | None = None) -> Fetch:
        self._open.add((discovery.url, purpose))
        return Fetch(
            discovery=discovery, purpose=purpose, source=source, priority=_PRIORITIES[purpose]
        )

    # --- how complete the lists are

    def _total_reached(self) -> bool:
        if self.declared_total is None:
            return False
        method, total = self.declared_total
        return 0 < total <= len(self._listed_by.get(method, ()))

    def _lists_are_complete(self) -> bool:
        """Whether a list names every post: by the site's own count, or as far as can be seen."""
        if self._total_reached():
            return True
        for method, listed in self._listed_by.items():
            ends = method in self._whole or method in {"sitemap", "ghost"}
            if ends and method not in self._broken and self._names_all_seen(listed):
                return any(self.scope.covers(url) for url in listed)
        return False

    def _names_all_seen(self, listed: set[str]) -> bool:
        return self._entries_seen <= listed

    def _is_sated(self) -> bool:
        return self._unlisted >= self._unlisted_cap() or self._has_enough()

    def _has_enough(self) -> bool:
        return self._limit is not None and self._released >= self._limit

    def _unlisted_cap(self) -> int:
        posts = sum(1 for _ in self._known.iter_posts())
        if self._complete:
            return max(MIN_UNLISTED_PAGES, int(posts * UNLISTED_SHARE))
        return max(UNLISTED_WITHOUT_LIST, 3 * posts)

    # --- candidates

    def _release(self, *, listed_only: bool) -> list[Fetch]:
        """Give the candidates that were not given yet, newest first as far as dates are known."""
        waiting = [
            d
            for d in self._known.discoveries.values()
            if canonicalize_url(d.url) not in self._asked
            and (not listed_only or set(d.methods) - {"link", "seed"})
        ]
        dated = sorted(waiting, key=lambda d: _known_date(d) or 0.0, reverse=True)
        return [fetch for d in dated if (fetch := self._candidate(d)) is not None]

    def _candidate(self, discovery: Discovery) -> Fetch | None:
        url, unlisted = discovery.url, discovery.methods == ("link",)
        reason = self._reason_to_leave_out(discovery, unlisted)
        if reason:
            self._known.drop(url, reason)
            return None
        self._asked.add(canonicalize_url(url))
        self._released += discovery.hints.kind != "page"
        self._unlisted += unlisted
        if is_hub(url) and self._known.has_children(url):
            self._known.mark(url, hints=replace(discovery.hints, kind="listing"))
        fetch = self._fetch(self._known.discoveries[url], "candidate")
        return replace(fetch, priority=_UNLISTED_PRIORITY) if unlisted else fetch

    def _reason_to_leave_out(self, discovery: Discovery, unlisted: bool) -> str:
        hints = discovery.hints
        first = hints.published
        if self._since and (first or discovery.lastmod or self._since) < self._since:
            return "before-since"
        if self._until and first and first > self._until:
            return "after-until"
        if hints.kind != "page" and self._has_enough():
            return "limit"
        return "unlisted-cap" if unlisted and self._unlisted >= self._unlisted_cap() else ""


_LAST_RESORT = frozenset({"date-listing", "category", "tag", "author", "label", "older-posts"})


def _known_date(discovery: Discovery) -> float | None:
    date = discovery.hints.published or discovery.lastmod
    return date.timestamp() if date else None

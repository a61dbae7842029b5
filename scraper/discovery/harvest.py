"""Takes the links of pages into what is known, told apart by the page that they stand on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from archive.records import Discovery, Method
from scraper.discovery.known import KnownUrls
from scraper.discovery.links import Link, Page, listing_links, post_links
from scraper.discovery.listing_addresses import is_hub, is_listing
from scraper.discovery.placement import Placement
from scraper.discovery.reading import Answer, Listed
from scraper.urls import Verdict, canonicalize_url, judge

MAX_ALIKE = 20  # pages that are the same but for numbers
MAX_TAKEN = 200_000  # links that are passed over when they come again: menus, side bars
MAX_LISTINGS_SEEN = 1000  # addresses of listings that are remembered
LAST_RESORT = frozenset({"date-listing", "category", "tag", "author", "label"})
_DIGITS = re.compile(rb"\d+")


class Harvest:
    """Reads pages for one blog's `KnownUrls`."""

    def __init__(self, known: KnownUrls, placement: Placement) -> None:
        self._known = known
        self._placement = placement
        self._alike: Counter[bytes] = Counter()
        self._taken: set[str] = set()  # links of pages, as they stand there
        self._hubs: list[str] = []
        self._listings: dict[str, str] = {}  # URL of a listing -> the rule that knows it as one

    def take_listing(self, page: Page, hops: int) -> list[str]:
        """Take the links of a listing page; give the entries among them."""
        self._placement.take_listing(page, self._known.scope)
        entries = {link.url for link in post_links(page)}
        further = set(listing_links(page)) - {page.url}
        for link in page.links:
            if link.url in further:
                self._known.skip(link.url, "pagination")
                continue
            self._take(link, page.url, hops, "listing" if link.url in entries else "link")
        return [url for url in entries if self._known.has_met(url)]

    def take_page(self, links: Iterable[Link], via: str, hops: int, max_hops: int) -> None:
        """Take the links of any page; those to its neighbours count as no hop."""
        for link in links:
            if link.url in self._taken:
                continue
            adjacent = bool(link.rel & {"prev", "next", "previous"})
            if adjacent and (post := self._known.find(via)):
                self._placement.take_neighbour(link.url, post)
            if adjacent or hops < max_hops:
                if len(self._taken) < MAX_TAKEN:
                    self._taken.add(link.url)
                self._take(link, via, hops if adjacent else hops + 1, "link")

    def sure_entries(self, page: Page) -> list[str]:
        """Give the links of a listing that are entries by mark-up or by their neighbours."""
        own = canonicalize_url(page.url)
        return [
            link.url
            for link in post_links(page)
            if self._known.scope.covers(link.url)
            and judge(link.url).verdict is Verdict.PAGE
            and canonicalize_url(link.url) not in {own, self._known.root}
            and not is_hub(link.url)
            and (link.title or self._known.has_siblings(link.url))
        ]

    def hubs(self) -> list[str]:
        """Give the places seen so far where blogs list their posts: /blog/, /archive."""
        for url in self._known.take_unseen():
            found = self._known.discoveries.get(url)
            if found is not None and found.hints.kind != "post" and is_hub(url):
                self._hubs.append(url)
        return self._hubs + [url for url, rule in self._listings.items() if rule == "archive"]

    def last_resorts(self) -> list[str]:
        """Give the archives by date, category, tag and author seen so far."""
        return [url for url, rule in self._listings.items() if rule in LAST_RESORT]

    def listings(self, page: Page) -> list[str]:
        """Give the further pages of the listing that a page is part of, known posts left out."""
        urls = self.in_scope(listing_links(page))
        known = ((url, self._known.find(url)) for url in urls)
        return [url for url, found in known if found is None or found.hints.kind != "post"]

    def listing(self, url: str, via: str) -> Discovery:
        """Give the discovery of a page that is asked for as a listing, marked as one if it is."""
        new = Discovery(url=url, methods=("listing",), via=via, hops_from_seed=1)
        found = self._known.find(url) or new
        if found.hints.kind is None and (is_listing(url) or self._known.has_children(url)):
            found = replace(found, hints=replace(found.hints, kind="listing"))
            if found.url in self._known.discoveries:
                self._known.discoveries[found.url] = found
        return replace(found, url=url)

    def in_scope(self, urls: Iterable[str]) -> list[str]:
        """Give the URLs that belong to the blog, spelled as they are asked for."""
        scope = self._known.scope
        return [scope.localized(url) for url in urls if scope.covers(url)]

    def is_one_of_many_alike(self, answer: Answer) -> bool:
        """Whether a page is one of many pages that differ in their numbers only.

        So look the pages of a trap: the links of such a page are not followed.
        """
        template = sha256(_DIGITS.sub(b"", answer.body)).digest()
        self._alike[template] += 1
        return self._alike[template] > MAX_ALIKE

    def _take(self, link: Link, via: str, hops: int, method: Method) -> None:
        judgement = judge(link.url)
        if judgement.verdict is Verdict.LISTING and len(self._listings) < MAX_LISTINGS_SEEN:
            for url in self.in_scope([judgement.url]):
                self._listings.setdefault(url, judgement.rule)
        if self._is_part_of_post(judgement.url, via):
            self._known.skip(judgement.url, "part-of-a-post")
        else:
            self._known.add(Listed(url=link.url), method, via, hops)

    def _is_part_of_post(self, url: str, via: str) -> bool:
        """Whether it is `/post/2/`: a further page of the post that names it."""
        path, _, number = canonicalize_url(url).rpartition("/")
        if not number.isdigit() or len(number) > 2 or path == self._known.root:
            return False
        whole = self._known.find(path)
        known_post = whole is not None and not is_hub(path) and not self._known.has_children(path)
        return path == canonicalize_url(via) or known_post

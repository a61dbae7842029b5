"""Walks listing pages where no list names all posts: page 2, page 3, … of each listing.

Listings are walked in tiers: the seed's own pages; the places where blogs list their posts
(/archive, /blog); and, only where those named no further entry, archives by date, category and tag.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from scraper.discovery.listing_addresses import series_of
from scraper.urls import canonicalize_url

MAX_BARREN_PAGES = 2  # pages in a row that name nothing new: a listing without end repeats itself
MAX_SERIES_PAGES = 2000  # of one listing; 20,000 posts at ten a page
MAX_LISTING_PAGES = 4000  # of all listings of one blog
MAX_LAST_RESORT = 60  # archives by date, category and tag that are opened


class Tier(IntEnum):
    """When a listing is walked: a later tier only where the earlier ones brought nothing."""

    OWN = 0
    HUB = 1
    LAST_RESORT = 2


@dataclass(slots=True)
class _Series:
    """One listing with all its pages."""

    tier: Tier
    waiting: dict[str, int] = field(default_factory=dict)  # URL -> page number
    open_page: str | None = None
    asked: int = 0
    barren: int = 0
    closed: bool = False


class ListingWalk:
    """Which listing page to ask for next, and when a listing has nothing more to give."""

    def __init__(self) -> None:
        self._series: dict[str, _Series] = {}
        self._asked: set[str] = set()
        self._seen: set[str] = set()
        self._found: dict[Tier, int] = dict.fromkeys(Tier, 0)
        self._pages = 0

    def offer(self, urls: Iterable[str], tier: Tier) -> None:
        """Add listing pages; those that are known are passed over."""
        for url in urls:
            key, number = series_of(url)
            if canonicalize_url(url) in self._asked:
                continue
            if key not in self._series and self._is_full(tier):
                continue
            series = self._series.setdefault(key, _Series(tier))
            series.waiting.setdefault(url, number if number is not None else series.asked)

    def next_pages(self, *, from_the_end: bool) -> list[str]:
        """Give the pages to ask for now: one of each listing in the first tier that has any.

        Args:
            from_the_end: the lists name every post seen so far. Then the last page of a listing
                is asked for first: where it names nothing new, the pages between are not needed.
        """
        for tier in Tier:
            if tier is not Tier.OWN and any(self._found[t] for t in Tier if t < tier):
                return []
            pages = [
                self._take(series, from_the_end)
                for series in self._series.values()
                if series.tier is tier and self._can_go_on(series)
            ]
            if pages:
                return pages[: max(0, MAX_LISTING_PAGES - self._pages)]
        return []

    def mark_read(self, url: str, links: Iterable[str]) -> None:
        """Take note of a listing page that was read for another reason, as the seed is."""
        self._asked.add(canonicalize_url(url))
        self._seen.update(map(canonicalize_url, links))

    def read(self, url: str, links: Iterable[str], *, new: int, from_the_end: bool) -> None:
        """Take note of a listing page's answer.

        Args:
            url: the page that was asked for.
            links: the entries that it names.
            new: how many of them nothing had named before.
            from_the_end: it was asked for as the last page of its listing.
        """
        identities = {canonicalize_url(link) for link in links}
        fresh = identities - self._seen
        self._seen |= identities
        series = self._series_with(url)
        if series is None:
            return
        series.open_page = None
        self._found[series.tier] += len(fresh)
        series.barren = 0 if fresh else series.barren + 1
        higher = any(n > (series_of(url)[1] or 0) for n in series.waiting.values())
        if series.barren >= MAX_BARREN_PAGES or (from_the_end and not new and not higher):
            series.closed = True

    def failed(self, url: str, *, ends: bool = True) -> None:
        """Take note that a listing page has no answer; `ends`: its listing ends there."""
        series = self._series_with(url)
        if series is not None:
            series.open_page, series.closed = None, ends

    def _series_with(self, url: str) -> _Series | None:
        return next((s for s in self._series.values() if s.open_page == url), None)

    def _can_go_on(self, series: _Series) -> bool:
        if series.closed or series.open_page is not None or series.asked >= MAX_SERIES_PAGES:
            return False
        for url in [u for u in series.waiting if canonicalize_url(u) in self._asked]:
            del series.waiting[url]
        return bool(series.waiting)

    def _take(self, series: _Series, from_the_end: bool) -> str:
        choose = max if from_the_end else min
        url = choose(series.waiting, key=series.waiting.__getitem__)
        del series.waiting[url]
        self._asked.add(canonicalize_url(url))
        series.open_page = url
        series.asked += 1
        self._pages += 1
        return url

    def _is_full(self, tier: Tier) -> bool:
        count = sum(series.tier is Tier.LAST_RESORT for series in self._series.values())
        return tier is Tier.LAST_RESORT and count >= MAX_LAST_RESORT

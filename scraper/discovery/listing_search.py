"""The listing pages of one blog: which are asked for, and what is taken from them."""

from __future__ import annotations

from archive.records import Discovery
from scraper.discovery.candidates import Candidates
from scraper.discovery.fetches import Fetch
from scraper.discovery.harvest import LAST_RESORT, Harvest
from scraper.discovery.known import KnownUrls
from scraper.discovery.known_lists import KnownLists
from scraper.discovery.links import Page, read_page
from scraper.discovery.listing_addresses import page_at, series_of
from scraper.discovery.listings import ListingWalk, Tier
from scraper.discovery.reading import Answer, Ask
from scraper.discovery.sources import MAP_METHODS, Sources
from scraper.urls import canonicalize_url, judge

MAX_CHECKS = 3  # pages asked for to see whether a site map names all posts


class ListingSearch:
    """Finds posts on listing pages, for one plan.

    Args:
        seed: the blog's address.
        known: what is known of its URLs.
        harvest: takes links into that.
        candidates: know what was asked for.
    """

    def __init__(
        self, seed: str, known: KnownUrls, harvest: Harvest, candidates: Candidates
    ) -> None:
        self._seed = seed
        self._known = known
        self._harvest = harvest
        self._candidates = candidates
        self._walk = ListingWalk()
        self._from_the_end: set[str] = set()
        self._page_size = 0  # entries on the seed page
        self._beyond: list[str] = []  # pages of its listing, one of which is asked for as a check
        self._checks = 0

    def take_seed(self, page: Page, sources: Sources, again: KnownLists | None) -> None:
        """Read the seed page, and note where its listing goes on."""
        entries = self._take(page, 1, sources)
        self._walk.mark_read(page.url, entries)
        self._go_on_from(page, entries, Tier.OWN, again)
        self._page_size = len(set(map(canonicalize_url, self._harvest.sure_entries(page))))
        self._beyond = self._harvest.listings(page)

    def check(self, sources: Sources) -> list[Ask]:
        """Give the page where the seed's listing goes on behind what a site map names, if it does.

        Where that names posts that the site map does not, all of the listing is to be read.
        """
        is_wanted = sources.is_mapped() and not self._candidates.knows_enough()
        if not (is_wanted and self._beyond and self._page_size) or self._checks == MAX_CHECKS:
            return []
        named = self._known.discoveries.values()
        count = sum(not MAP_METHODS.isdisjoint(page.methods) for page in named)
        number = count // self._page_size + 1
        last = max(self._beyond, key=lambda url: series_of(url)[1] or 0)
        url = next((made for each in self._beyond if (made := page_at(each, number))), last)
        self._checks, self._beyond = self._checks + 1, []
        return [Ask(url=url, method="listing")]

    def take_check(self, ask: Ask, answer: Answer, sources: Sources) -> None:
        """Read a page that was asked for as a check, and note which pages lie behind it."""
        if (page := read_page(answer)) is None:
            return
        entries = self._take(page, 2, sources)
        further = self._harvest.listings(page)
        for url in (ask.url, page.url):
            self._walk.mark_read(url, entries)
        self._walk.offer(further, Tier.OWN)
        number = series_of(ask.url)[1] or 0
        self._beyond = [url for url in further if (series_of(url)[1] or 0) > number]

    def take(
        self, fetch: Fetch, answer: Answer, sources: Sources, again: KnownLists | None
    ) -> None:
        """Read a listing page that was asked for, and note where it goes on."""
        url, before = fetch.discovery.url, len(self._known.discoveries)
        page = read_page(answer)
        if page is None:
            self._walk.failed(url)
            return
        entries = self._take(page, fetch.discovery.hops_from_seed + 1, sources)
        tier = Tier.LAST_RESORT if judge(url).rule in LAST_RESORT else Tier.OWN
        self._go_on_from(page, entries, tier, again)
        self._walk.read(
            url, entries, new=len(self._known.discoveries) - before,
            from_the_end=url in self._from_the_end,
        )  # fmt: skip

    def take_hub(self, answer: Answer, hops: int, sources: Sources) -> bool:
        """Read a listing among the candidates; tell whether it names posts that nothing else did.

        Then it is walked to its end.
        """
        page = read_page(answer)
        if page is None:
            return False
        sure = self._harvest.sure_entries(page)
        has_unknown = any(self._candidates.is_unknown(url) for url in sure)
        self._walk.mark_read(page.url, self._take(page, hops + 1, sources))
        if not has_unknown or sources.total_reached():
            return False
        self._walk.offer(self._harvest.listings(page), Tier.OWN)
        return True

    def failed(self, url: str, *, ends: bool) -> None:
        """Take note that a listing page has no answer; `ends`: its listing ends there."""
        self._walk.failed(url, ends=ends)

    def next_pages(self, sources: Sources, again: KnownLists | None) -> list[Discovery]:
        """Give the listing pages to ask for now; none once all are read that may name more."""
        if self._candidates.has_enough():
            return []
        asked = self._candidates.asked
        hubs = again.listings() if again else self._harvest.hubs()
        self._walk.offer((url for url in hubs if canonicalize_url(url) not in asked), Tier.HUB)
        if again is None:
            self._walk.offer(self._harvest.last_resorts(), Tier.LAST_RESORT)
        from_the_end = again is None and sources.name_all_seen()
        pages = self._walk.next_pages(from_the_end=from_the_end)
        if from_the_end:
            self._from_the_end.update(pages)
        asked.update(map(canonicalize_url, pages))
        return [self._known.keep_asked(self._harvest.listing(url, self._seed)) for url in pages]

    def _take(self, page: Page, hops: int, sources: Sources) -> list[str]:
        entries = self._harvest.take_listing(page, hops)
        sure = self._harvest.sure_entries(page)
        sources.entries_seen.update(map(canonicalize_url, sure))
        return entries

    def _go_on_from(
        self, page: Page, entries: list[str], tier: Tier, again: KnownLists | None
    ) -> None:
        """Offer the further pages of a listing; behind known entries nothing new is expected."""
        if again is None or again.expects_more_behind(entries):
            self._walk.offer(self._harvest.listings(page), tier)

"""Which known URLs are asked for as posts, and which are left out by date, number or a cap."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from archive.records import Discovery
from scraper.discovery.known import REDIRECTS_OUT, KnownUrls
from scraper.discovery.listing_addresses import is_hub
from scraper.discovery.memory import Recollection
from scraper.discovery.placement import Placement
from scraper.discovery.reading import Kind
from scraper.urls import Verdict, canonicalize_url, judge

MIN_UNLISTED = 8  # About, Contact, Privacy, … beside a complete list of few posts
UNLISTED_SHARE = 0.1  # pages beside a complete list, for each post that it names
MIN_UNLISTED_BESIDE_ALL = 2  # where lists name all posts and all pages, little of use is left
UNLISTED_SHARE_BESIDE_ALL = 0.02
UNLISTED_WITHOUT_LIST = 2000  # where links are all that there is
UNLISTED_FACTOR_WITHOUT_LIST = 3
_STANDING_PAGES = frozenset({
    "about", "about-me", "about-us", "bio", "contact", "contact-me", "contact-us", "privacy",
    "privacy-policy", "cookies", "cookie-policy", "imprint", "legal", "legal-notice", "terms",
    "terms-of-service", "terms-of-use", "disclaimer", "colophon", "faq", "guestbook",
    "impressum", "datenschutz", "datenschutzerklaerung", "kontakt", "ueber-mich", "ueber-uns",
    "a-propos", "mentions-legales", "contacto", "sobre", "sobre-mi", "sobre-mim", "acerca-de",
    "aviso-legal", "chi-sono", "chi-siamo", "contatti", "over", "over-mij", "om", "om-mig",
    "o-mnie",
})  # fmt: skip
_STANDING_DEPTH = 2  # path segments; deeper, such a word is the name of a post


class Candidates:
    """Releases what is known, each URL once, newest first as far as dates are known.

    Attributes:
        asked: identities of every URL that was asked for, whatever for.
        complete: a list names every post; what only links name is then capped.
        all_listed: and another list names the pages.
    """

    def __init__(
        self,
        known: KnownUrls,
        placement: Placement,
        window: tuple[datetime | None, datetime | None],
        limit: int | None,
        recollection: Recollection | None = None,
    ) -> None:
        self.asked: set[str] = set()
        self.complete = False
        self.all_listed = False
        self._known = known
        self._placement = placement
        self._recollection = recollection
        (self._since, self._until), self._limit = window, limit
        self._released = 0
        self._unlisted = 0

    def release(self, *, listed_only: bool) -> list[Discovery]:
        """Give the candidates that were not given yet.

        Args:
            listed_only: keep back what only links name; lists may still come.
        """
        waiting: list[Discovery] = []
        held: list[Discovery] = []
        for url in self._known.take_fresh():
            discovery = self._known.discoveries.get(url)
            if discovery is None or canonicalize_url(url) in self.asked:
                continue
            if self._recollection:
                if not self._recollection.wants(discovery):
                    self._known.leave(url)
                    continue
                discovery = self._recollection.complete(discovery)
            (held if listed_only and _is_unlisted(discovery) else waiting).append(discovery)
        self._known.hold([discovery.url for discovery in held])
        waiting.sort(key=_age)
        return [found for d in waiting if (found := self._admit(d)) is not None]

    def recall(self, discovery: Discovery) -> Discovery | None:
        """Give a page that earlier crawls know; None where it was asked for, or is not wanted."""
        identity, published = canonicalize_url(discovery.url), discovery.hints.published
        if identity in self.asked or self._is_outside(published or discovery.lastmod, published):
            return None
        self.asked.add(identity)
        self._known.recall(discovery)
        return discovery

    def is_unknown(self, url: str) -> bool:
        """Whether nobody has met the page at an address, in this crawl or before."""
        is_remembered = self._recollection and not self._recollection.is_unknown(url)
        return not (is_remembered or self._known.has_met(url))

    def may_move(self, url: str, target: str) -> bool:
        """Whether a page's redirect is followed; where not, the page is left out, with the reason.

        It has to stay within the blog, and must not lead to what is asked for anyway.
        """
        identity = canonicalize_url(target)
        inside = self._known.scope.covers(target) and judge(target).verdict is not Verdict.NEVER
        if not inside or (identity in self.asked and identity != canonicalize_url(url)):
            self._known.drop(url, "redirects-to-known-page" if inside else REDIRECTS_OUT)
            return False
        self.move(url, target)
        return True

    def move(self, url: str, target: str) -> None:
        """Take that a page is asked for where its redirect leads: both addresses are one page."""
        self.asked.add(canonicalize_url(target))
        self._known.unite(url, target)

    def has_enough(self) -> bool:
        """Whether as many candidates were released as the limit allows."""
        return self._limit is not None and self._released >= self._limit

    def knows_enough(self) -> bool:
        """Whether as many posts are known as the limit allows, and no date filter may cut them."""
        if self._limit is None or self._since or self._until:
            return False
        return self._known.listed_count >= self._limit

    def is_sated(self) -> bool:
        """Whether links of further pages can lead to nothing that would be asked for."""
        return self._unlisted >= self._unlisted_cap() or self.has_enough()

    def _admit(self, discovery: Discovery) -> Discovery | None:
        unlisted = _is_unlisted(discovery)
        reason = self._reason_to_leave_out(discovery, unlisted)
        if reason:
            self._known.drop(discovery.url, reason)
            return None
        self.asked.add(canonicalize_url(discovery.url))
        kind = self._placement.kind(discovery) or self._kind_by_address(discovery.url)
        self._released += kind != "page"
        self._unlisted += unlisted
        discovery = replace(discovery, hints=replace(discovery.hints, kind=kind))
        self._known.discoveries[discovery.url] = discovery
        return discovery

    def _kind_by_address(self, url: str) -> Kind | None:
        """What an address tells of a page that no list calls a post or a page."""
        if is_hub(url) and self._known.has_children(url):
            return "listing"
        return "page" if names_standing_page(url) else None

    def _reason_to_leave_out(self, discovery: Discovery, unlisted: bool) -> str:
        hints = discovery.hints
        newest = hints.published or discovery.lastmod  # no post is older than its last change
        if outside := self._is_outside(newest, hints.published):
            return outside
        if self.has_enough():
            return "limit"
        return "unlisted-cap" if unlisted and self._unlisted >= self._unlisted_cap() else ""

    def _is_outside(self, newest: datetime | None, published: datetime | None) -> str:
        """Name the rule by which a page is outside the period that is asked for."""
        if self._since and newest and newest < self._since:
            return "before-since"
        if self._until and published and published > self._until:
            return "after-until"
        return ""

    def _unlisted_cap(self) -> int:
        posts = self._known.listed_count
        if self.all_listed:
            return max(MIN_UNLISTED_BESIDE_ALL, int(posts * UNLISTED_SHARE_BESIDE_ALL))
        if self.complete:
            return max(MIN_UNLISTED, int(posts * UNLISTED_SHARE))
        return max(UNLISTED_WITHOUT_LIST, UNLISTED_FACTOR_WITHOUT_LIST * posts)


def names_standing_page(url: str) -> bool:
    """Whether an address names a page that blogs have beside their posts.

    >>> names_standing_page("https://example.org/about/index.html")
    True
    >>> names_standing_page("https://example.org/2020/05/about/")
    False
    """
    *folders, last = urlsplit(canonicalize_url(url)).path.lower().split("/")[1:]
    return len(folders) < _STANDING_DEPTH and last.partition(".")[0] in _STANDING_PAGES


def _is_unlisted(discovery: Discovery) -> bool:
    return set(discovery.methods) <= {"link", "seed"}


def _age(discovery: Discovery) -> float:
    date = discovery.hints.published or discovery.lastmod
    return -date.timestamp() if date else 0.0

"""What a plan knows of a blog from earlier crawls, and what follows from it.

A crawl that comes again asks for what is new, for what its lists show to have changed, and for the
pages whose time has come. `Memory` is what it asks of the catalogue; `Recollection` compares that
with what the lists of today say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from archive.catalogue import UNLISTED
from archive.catalogue.pages import KnownList, KnownPage
from archive.records import Discovery, Hints
from scraper.discovery.reading import Answer, Listed
from scraper.discovery.vanishing import Vanished, find_vanished
from scraper.scope import Scope
from scraper.urls import canonicalize_url

_WEAK = frozenset({"link", "seed"})  # ways of being found that say nothing about a URL


class Memory(Protocol):
    """What earlier crawls have left in the catalogue.

    Attributes:
        now: when this crawl began.
        wants_all: every known page is asked for, due or not.
        shortens: what was found to name no post is not asked for again.
    """

    now: datetime
    wants_all: bool
    shortens: bool

    def find(self, url: str) -> KnownPage | None:
        """Find what is known of the page at an address."""
        ...

    def wanted(self) -> Iterator[KnownPage]:
        """Yield the pages whose time has come; where all are wanted, all."""
        ...

    def count_named(self, method: str) -> int:
        """Count the posts that a list of this method named and that are not gone."""
        ...

    def live_articles(self) -> Iterator[KnownPage]:
        """Yield the articles that are not gone."""
        ...

    def lists(self) -> Iterable[KnownList]:
        """Give the lists that were asked for, the last one first."""
        ...

    def former_answer(self, url: str) -> Answer | None:
        """Read what a list said when it was last asked for; None where that is not known."""
        ...

    def readings(self) -> Mapping[str, datetime]:
        """Tell of each part of a list when it was last read whole, and all was asked for."""
        ...

    def listings(self) -> Iterable[str]:
        """Give the listing pages that were the first to name posts, the best first."""
        ...


class Recollection:
    """Compares what a blog says today with what is remembered of it."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self._discussed: dict[str, datetime] = {}  # identity of a post -> its last comment
        self._approved: set[str] = set()  # identities of posts with comments shown only now

    def is_unknown(self, url: str) -> bool:
        """Whether nothing is known of the page at an address."""
        return self.memory.find(url) is None

    def is_news(self, listed: Listed) -> bool:
        """Whether a list's entry is of an unknown page, or of one that has changed."""
        known = self.memory.find(listed.url)
        if known is None:
            return True
        entry = Discovery(
            url=listed.url, methods=("list",), lastmod=listed.lastmod, hints=listed.hints
        )
        return self._has_changed(known, entry)

    def take_comment(self, listed: Listed, *, may_be_late: bool) -> bool:
        """Take note of a comment; tell whether it came after its post was last asked for.

        Args:
            listed: the post, and when the comment was written.
            may_be_late: it may have been written before, and shown only after that.
        """
        known = self.memory.find(listed.url)
        if known is None or listed.lastmod is None:
            return False
        identity = canonicalize_url(listed.url)
        before = self._discussed.get(identity, listed.lastmod)
        self._discussed[identity] = max(before, listed.lastmod)
        if may_be_late:
            self._approved.add(identity)
        return known.checked is not None and listed.lastmod > known.checked

    def wants(self, discovery: Discovery) -> bool:
        """Whether a page that was found is to be asked for."""
        known = self.memory.find(discovery.url)
        if known is None or self.memory.wants_all:
            return True
        if known.is_left_out:
            return _is_weak(known.discovery) and not _is_weak(discovery)
        return known.is_due(self.memory.now) or self._has_changed(known, discovery)

    def complete(self, discovery: Discovery) -> Discovery:
        """Add to what lists say of a page today what they said when it was last asked for."""
        known = self.memory.find(discovery.url)
        if known is None or known.is_left_out:
            return discovery
        old = known.discovery
        return replace(
            discovery,
            methods=tuple(dict.fromkeys((*old.methods, *discovery.methods))),
            via=old.via,
            hops_from_seed=old.hops_from_seed,
            lastmod=discovery.lastmod or old.lastmod,
            hints=merged_hints(discovery.hints, old.hints),
        )

    def wanted_pages(self, scope: Scope) -> Iterator[Discovery]:
        """Yield the pages of a blog whose time has come, or that have new comments."""
        for known in self.memory.wanted():
            if scope.covers(known.discovery.url):
                yield known.discovery
        for identity in self._discussed:
            known_post = self.memory.find(identity)
            if known_post and scope.covers(identity) and self._is_discussed(known_post):
                yield known_post.discovery

    def live_posts(self, scope: Scope) -> Iterator[Discovery]:
        """Yield the posts of a blog that are not gone."""
        for known in self.memory.live_articles():
            if scope.covers(known.discovery.url):
                yield known.discovery

    def vanished(
        self, scope: Scope, named_by: Mapping[str, Set[str]], is_met: Callable[[str], bool]
    ) -> Vanished:
        """Find the posts that a list named before, and that this list does not name any more.

        Args:
            scope: of the blog.
            named_by: for each method whose lists are whole, the identities of what they name.
            is_met: tells whether anything else in this crawl names a post.
        """
        articles = self.memory.live_articles()
        vanished = find_vanished(articles, named_by, scope, self.memory.now, is_met)
        for known in self.memory.wanted():  # it may answer, and still no list names it
            if known.gone_reason == UNLISTED and not is_met(known.discovery.url):
                vanished.still.add(known.discovery.url)
        return vanished

    def owner(self, url: str, canonical: str) -> str | None:
        """Give the known article that has the canonical address of a page that is no article yet.

        Args:
            url: of the page.
            canonical: what it calls its own address, where that is believed.
        """
        if canonicalize_url(canonical) == canonicalize_url(url):
            return None
        known, own = self.memory.find(canonical), self.memory.find(url)
        if known is None or known.kind != "article" or (own and own.kind == "article"):
            return None
        return known.discovery.url

    def _has_changed(self, known: KnownPage, listed: Discovery) -> bool:
        old = known.discovery
        if known.gone and not _is_weak(listed):
            return True
        since = old.lastmod or known.checked
        if listed.lastmod and since and listed.lastmod > since:
            return True
        before, now = old.hints.fingerprint, listed.hints.fingerprint
        return bool(before and now and before != now) or self._is_discussed(known)

    def _is_discussed(self, known: KnownPage) -> bool:
        identity = canonicalize_url(known.discovery.url)
        if identity in self._approved:
            return True
        last = self._discussed.get(identity)
        return bool(last and known.checked and last > known.checked)


def _is_weak(discovery: Discovery) -> bool:
    return _WEAK.issuperset(discovery.methods)


def merged_hints(old: Hints, new: Hints) -> Hints:
    """What was said first stays, but "page" is stronger than "post": feeds hold pages too."""
    kinds = {old.kind, new.kind}
    return Hints(
        kind="page" if "page" in kinds else old.kind or new.kind,
        title=old.title or new.title,
        authors=old.authors or new.authors,
        published=old.published or new.published,
        modified=old.modified or new.modified,
        tags=old.tags or new.tags,
        language=old.language or new.language,
        fingerprint=old.fingerprint or new.fingerprint,
    )

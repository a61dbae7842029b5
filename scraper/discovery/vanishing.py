"""Which known posts no list names any more, and what that tells of them.

A list tells of an absence only within the span that it covers. One that holds the newest posts
lets the older ones go as new ones come; one that lost a part has lost all posts of that part. What
was taken off a list is one of few, from among others that are still there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Container, Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from archive.catalogue.pages import KnownPage
from archive.records import Discovery
from archive.revisiting import is_passing
from scraper.scope import Scope
from scraper.urls import canonicalize_url

MAX_CONFIRMED = 50  # posts that no list names any more, asked for in one crawl
_MAX_BEFORE_SPAN = 2  # of those that are older than what the list names, one may be deleted
_FEW = 3  # posts that a blog takes off at once; more of them are the list's loss
_FEW_SHARE = 0.05  # of those that are there
_CONFIRMED_FOR = timedelta(days=7)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Vanished:
    """The posts that no list names any more.

    Attributes:
        asked: those that are asked for.
        told: addresses of those of whom a list tells, within what it covers.
        there: addresses of those that are answered, or may be.
        few: so many posts a blog may have taken off at once.
        still: addresses of those that were gone for that already.
        older: than what the lists name; a few are asked for, and more when these are refused.
    """

    asked: list[Discovery] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    there: set[str] = field(default_factory=set)
    few: int = _FEW
    still: set[str] = field(default_factory=set)
    older: list[Discovery] = field(default_factory=list)
    _asked_older: set[str] = field(default_factory=set)

    def begin(self) -> list[Discovery]:
        """Give what is to be asked for first."""
        return self.asked + self._next_older()

    def note_failure(self, url: str, reason: str) -> list[Discovery]:
        """Take note that a page was not had; one that is refused is no fault of the list.

        Returns:
            What is to be asked for besides: the oldest posts may have been taken off together.
        """
        if is_passing(reason):
            return []
        self.there.discard(url)
        return self._next_older() if url in self._asked_older else []

    def _next_older(self) -> list[Discovery]:
        found, self.older = self.older[:_MAX_BEFORE_SPAN], self.older[_MAX_BEFORE_SPAN:]
        self._asked_older.update(post.url for post in found)
        return found

    @property
    def unlisted(self) -> frozenset[str]:
        """Those that the blog has taken off its lists; where many are there, the list is wrong."""
        return frozenset(self.still | self.told if len(self.there) <= self.few else self.still)


def find_vanished(
    articles: Iterable[KnownPage],
    named_by: Mapping[str, Set[str]],
    scope: Scope,
    now: datetime,
    is_met: Callable[[str], bool],
) -> Vanished:
    """Find the posts that a list named before, and that this list does not name any more.

    Args:
        articles: that are known, and not gone.
        named_by: for each method whose lists are whole, the identities of what they name.
        scope: of the blog.
        now: when this crawl began; what was confirmed a short while ago is not asked for.
        is_met: tells whether anything else in this crawl names a post, which then is listed.
    """
    span, missing = _compare(articles, named_by, scope)
    start = span.find_start([date for page in missing if (date := _date(page))])
    inside = [page for page in missing if (date := _date(page)) is None or date > start]
    before = [page for page in missing if (date := _date(page)) is not None and date <= start]
    before.sort(key=lambda page: _date(page) or _NEVER, reverse=True)
    told = {
        page.discovery.url for page in inside if _date(page) and not span.lost_list(page, named_by)
    }
    few = max(_FEW, int(span.count * _FEW_SHARE))
    asked_after = max(now - _CONFIRMED_FOR, span.last_found)
    asked = [
        page.discovery
        for page in inside
        if (len(inside) <= few and page.discovery.url in told) or _is_asked(page, asked_after)
    ]
    older = (
        before if any(_is_asked(page, asked_after) for page in before[:_MAX_BEFORE_SPAN]) else []
    )
    return Vanished(
        asked=asked[:MAX_CONFIRMED],
        told={url for url in told if not is_met(url)},
        there={page.discovery.url for page in inside},
        few=few,
        older=[page.discovery for page in older if _is_asked(page, asked_after)][:MAX_CONFIRMED],
    )


def _is_asked(page: KnownPage, asked_after: datetime) -> bool:
    """Whether a post is to be asked for that lists do not name: not where it was a while ago."""
    return page.checked is None or page.checked <= asked_after


@dataclass(slots=True)
class _Span:
    """What the posts that lists still name have in common; they may be many."""

    dates: list[datetime] = field(default_factory=list)
    vias: set[str | None] = field(default_factory=set)
    count: int = 0
    last_found: datetime = _NEVER  # when the last of all known posts was

    def add(self, page: KnownPage) -> None:
        """Take a post that is named."""
        self.count += 1
        self.vias.add(page.discovery.via)
        if date := _date(page):
            self.dates.append(date)

    def lost_list(self, page: KnownPage, named_by: Container[str]) -> bool:
        """Whether all is missing that a part of a list was the first to name: so is the part."""
        post = page.discovery
        return post.methods[0] in named_by and post.via not in self.vias

    def find_start(self, lost: Iterable[datetime]) -> datetime:
        """Find the date up to which all posts are missing, but for one, or a tenth of them.

        Of some blogs, pages as old as the blog stand in the list with its newest posts.
        """
        self.dates.sort()
        for count, date in reversed(list(enumerate(sorted(lost), start=1))):
            is_newest = not self.dates or date >= self.dates[-1]
            if bisect_right(self.dates, date) <= 1 + count // 10 and not is_newest:
                return date
        return _NEVER


def _compare(
    articles: Iterable[KnownPage], named_by: Mapping[str, Set[str]], scope: Scope
) -> tuple[_Span, list[KnownPage]]:
    """Tell the posts that whole lists have named, and name still, from those that are missing."""
    span = _Span()
    missing: list[KnownPage] = []
    for page in articles if named_by else ():
        post = page.discovery
        lists = [named_by[method] for method in post.methods if method in named_by]
        if not lists or post.hints.kind == "page" or not scope.covers(post.url):
            continue
        span.last_found = max(span.last_found, page.first_found)
        identity = canonicalize_url(post.url)
        if any(identity in each for each in lists):
            span.add(page)
        else:
            missing.append(page)
    return span, missing


def _date(page: KnownPage) -> datetime | None:
    hints = page.discovery.hints
    return page.published or hints.published or page.discovery.lastmod

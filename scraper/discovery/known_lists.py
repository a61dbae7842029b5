"""Which lists a crawl that comes again asks for: those that named posts before.

The most telling first: what the platform publishes, else site maps and a feed. Where a list is
read by change or by date, no further than to what is known; then the last comments. Where none can
be read any more, all lists are looked for as in a first crawl.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace

from archive.records import AskedList
from archive.revisiting import is_passing
from scraper.discovery.feed import with_parameter
from scraper.discovery.links import Page, series_of
from scraper.discovery.memory import Recollection
from scraper.discovery.platforms import platform_named, wordpress
from scraper.discovery.reading import METHODS, Ask, Reading
from scraper.discovery.sources import MAP_METHODS, Sources
from scraper.scope import Scope

MAX_LISTINGS = 3  # listing pages that are asked for where lists do not tell all
MAX_SITEMAPS = 3  # at the top; those that an index names are asked for besides

_BY_CHANGE: Mapping[str, Mapping[str, str]] = {  # parameters by which the last change comes first
    "wordpress": {"orderby": "modified", "order": "desc"},
    "blogger": {"orderby": "updated"},
}
_KINDS_WITHOUT_POSTS = frozenset({"page", "listing", "comments"})


class KnownLists:
    """The lists of one blog that are asked for again.

    Args:
        recollection: what is known of the blog.
        scope: of the blog.
        page: the seed page, which may announce a feed of comments.

    Attributes:
        tells_all: a list that declares how many posts there are was read as far as it has news.
    """

    def __init__(self, recollection: Recollection, scope: Scope, page: Page | None) -> None:
        self.tells_all = False
        self._recollection = recollection
        self._scope = scope
        lists = [known for known in recollection.memory.lists() if scope.same_site(known.url)]
        self._waiting = deque(_choose(lists))
        self._had_any = bool(self._waiting)
        self._further: deque[Ask] = deque()
        self._comments = deque(_comment_lists(self._waiting, page, scope))
        self._missing: int | None = None  # posts that a list declares and has not named

    def next_asks(self, sources: Sources) -> list[Ask]:
        """Give the list to ask for now; none once all is known that lists tell."""
        if self._further:
            return [self._further.popleft()]
        if self._waiting and not (sources.total_reached() or self.tells_all):
            return [self._waiting.popleft()]
        self._waiting.clear()
        if self._comments and sources.any_listed():
            return [self._comments.popleft()]
        return []

    def are_lost(self, sources: Sources) -> bool:
        """Whether there were lists, and none is where it was; one that is silent may come back."""
        errors = [asked.error for asked in sources.asked.values() if asked.taken_for in METHODS]
        return self._had_any and not any(e is None or is_passing(e) for e in errors)

    def take(self, ask: Ask, reading: Reading, wanted: Iterable[Ask]) -> list[Ask]:
        """Take note of what a list says, and give the parts of it that are wanted now.

        Args:
            ask: the list.
            reading: what it says.
            wanted: its parts, as a first crawl would ask for them.
        """
        parts = [part for part in wanted if part.kind not in _KINDS_WITHOUT_POSTS]
        if ask.method in MAP_METHODS:
            return parts
        further = [*parts, *reading.deferred]
        goes_on = self._has_comments(reading) if ask.comments else self._has_news(ask, reading)
        if not ask.depth:
            self._further.extend(further[:1] if ask.comments or ask.method == "feed" else further)
        else:
            self._further.extend(reading.deferred)
        if not goes_on:
            self._further.clear()
        if ask.comments:
            self._comments.clear()
        return []

    def listings(self) -> list[str]:
        """Give the listing pages that named posts nothing else did, to be asked for again."""
        first = {series_of(url)[0]: url for url in reversed(self._listings())}
        return list(first.values())[:MAX_LISTINGS]

    def expects_more_behind(self, entries: Iterable[str]) -> bool:
        """Whether the pages behind a listing page may name unknown posts: it does so itself."""
        return any(map(self._recollection.is_unknown, entries))

    def _listings(self) -> list[str]:
        """Give all such listing pages, those with the lowest number first."""
        urls = [url for url in self._recollection.memory.listings() if self._scope.covers(url)]
        return sorted(urls, key=lambda url: series_of(url)[1] or 0)

    def _has_comments(self, reading: Reading) -> bool:
        """Take the comments; tell whether those of the next part may be new as well."""
        return [self._recollection.take_comment(listed) for listed in reading.listed][-1:] == [True]

    def _has_news(self, ask: Ask, reading: Reading) -> bool:
        """Tell whether the next part of a list may name what is new, or show what is missing.

        Where the posts that it declares are not those that are known and new, all of it is read.
        """
        unknown = sum(self._recollection.is_unknown(listed.url) for listed in reading.listed)
        if self._missing is not None:
            self._missing -= unknown
        elif reading.declared_total is not None:
            known = self._recollection.memory.count_named(ask.method)
            self._missing = reading.declared_total - known - unknown
        self.tells_all = self._missing == 0
        is_short = self._missing is not None and self._missing != 0
        return is_short or bool(reading.listed and self._recollection.is_news(reading.listed[-1]))


def _choose(lists: Iterable[AskedList]) -> list[Ask]:
    """Choose one list of each kind; a part of a list is asked for when the list is."""
    usable = [
        known
        for known in lists
        if not (known.depth or known.error or known.kind in _KINDS_WITHOUT_POSTS)
        and known.taken_for in METHODS
        and known.named
    ]
    platform = [k for k in usable if platform_named(k.taken_for) and k.taken_for not in MAP_METHODS]
    maps = [known for known in usable if known.taken_for in MAP_METHODS]
    feeds = [known for known in usable if known.taken_for == "feed"]
    return [_ask(known) for known in (*platform[:1], *maps[:MAX_SITEMAPS], *feeds[:1])]


def _ask(known: AskedList) -> Ask:
    url = known.url
    for name, value in _BY_CHANGE.get(known.taken_for, {}).items():
        url = with_parameter(url, name, value)
    kind = None if known.kind == "comments" else known.kind
    return Ask(url=url, method=METHODS[known.taken_for], kind=kind, announced=known.announced)


def _comment_lists(asks: Iterable[Ask], page: Page | None, scope: Scope) -> list[Ask]:
    """Give the lists of the last comments, the most telling first."""
    found = [wordpress.comments(ask) for ask in asks if ask.method == wordpress.NAME]
    feeds = page.comment_feeds() if page else []
    near = [scope.localized(url) for url in feeds if scope.same_site(url)]
    found += [Ask(url=url, method="feed", announced=True, comments=True) for url in near[:1]]
    return [replace(ask, depth=0) for ask in found]

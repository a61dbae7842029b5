"""Which lists a crawl that comes again asks for: those that named posts before.

The most telling first: what the platform publishes, else site maps and a feed. Where a list is
read by change or by date, no further than to what is known; then one that is not where it was, and
the last comments. Where none can be read any more, all lists are looked for as in a first crawl.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from archive.catalogue.pages import KnownList
from archive.records import AskedList
from archive.revisiting import is_passing
from scraper.discovery.feed import with_parameter
from scraper.discovery.links import Page
from scraper.discovery.listing_addresses import series_of
from scraper.discovery.memory import Memory, Recollection
from scraper.discovery.platforms import platform_named, wordpress
from scraper.discovery.reading import METHODS, Ask, Listed, Reading
from scraper.discovery.sources import MAP_METHODS, Sources, announced_feeds
from scraper.discovery.sources import read as read_list
from scraper.discovery.unchanged_parts import changed_parts
from scraper.scope import Scope
from scraper.urls import canonicalize_url

MAX_LISTINGS = 3  # listing pages that are asked for where lists do not tell all
_MODERATION = timedelta(days=7)
_EVER = datetime.min.replace(tzinfo=UTC)
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
        page: the seed page, which may announce feeds.

    Attributes:
        knows_host: some list was asked for on the blog's host before; else the blog has moved.
        tells_all: a list that declares how many posts there are was read as far as it has news.
    """

    def __init__(self, recollection: Recollection, scope: Scope, page: Page | None) -> None:
        self.tells_all = False
        self._spares_parts = False  # of a site map, which name what they did
        self._recollection = recollection
        self._scope = scope
        near = [known for known in recollection.memory.lists() if scope.same_site(known.last.url)]
        self.knows_host = bool(near)
        known = _as_asked_for(near, scope)
        self._places = frozenset(each.last.url for each in known)
        chosen, lost = _choose(known, page, scope)
        self._waiting = deque([*chosen, *lost])
        self._further: deque[Ask] = deque()
        self._comments = deque(_comment_lists(chosen, page, scope))
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

    def tell_all(self, sources: Sources) -> bool:
        """Whether all posts are known, as far as can be seen, though not all of a list was read."""
        is_unknown = self._recollection.is_unknown
        all_known = self._spares_parts and not any(map(is_unknown, sources.entries_seen))
        return self.tells_all or all_known

    def are_lost(self, sources: Sources) -> bool:
        """Whether there were lists, and none is where it was; one that is silent may come back."""
        answers = (asked for url, asked in sources.asked.items() if url in self._places)
        is_there = any(a.named or a.error is None or is_passing(a.error) for a in answers)
        return bool(self._places) and not is_there

    def take(self, ask: Ask, reading: Reading, wanted: Iterable[Ask]) -> list[Ask]:
        """Take note of what a list says, and give the parts of it that are wanted now.

        Args:
            ask: the list.
            reading: what it says.
            wanted: its parts, as a first crawl would ask for them.
        """
        parts = [part for part in wanted if part.kind not in _KINDS_WITHOUT_POSTS]
        if ask.method in MAP_METHODS:
            wanted_parts = changed_parts(parts, self._recollection.memory)
            self._spares_parts |= len(wanted_parts) < len(parts)
            return wanted_parts
        further = [*parts, *reading.deferred]
        has_news = self._has_comments if ask.comments else self._has_news
        goes_on = has_news(ask, reading)
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

    def _has_comments(self, ask: Ask, reading: Reading) -> bool:
        """Take the comments; tell whether those of the next part may be new as well."""
        late = set(_approved_since(self._recollection.memory, ask, reading))
        goes_on = False
        for listed in reading.listed:
            goes_on = self._recollection.take_comment(listed, may_be_late=listed in late)
        return goes_on

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


def _as_asked_for(lists: Iterable[KnownList], scope: Scope) -> list[KnownList]:
    """Give each list of posts the address at which it is asked for; those that share one are one.

    It is as it was the last time, and led to what all of them did.
    """
    found: dict[str, KnownList] = {}
    for known in lists:
        asked = known.last
        if asked.taken_for not in METHODS or asked.kind in _KINDS_WITHOUT_POSTS:
            continue
        url = scope.localized(asked.url)
        for name, value in _BY_CHANGE.get(asked.taken_for, {}).items():
            url = with_parameter(url, name, value)
        last = found.get(url, replace(known, last=replace(asked, url=url), led_to=0))
        has_named = last.has_named or known.has_named
        found[url] = replace(last, has_named=has_named, led_to=last.led_to + known.led_to)
    return [known for known in found.values() if known.has_named]


def _choose(
    lists: Sequence[KnownList], page: Page | None, scope: Scope
) -> tuple[list[Ask], list[Ask]]:
    """Choose the lists to ask for, and one of those that are not where they were.

    Each of these has its turn: what was missing for a day is found again, and what has moved for
    good costs one request. A feed that has moved is asked for where the page announces it now.
    """
    announced = {canonicalize_url(url) for url in page.feeds()} if page else set()
    lost = [each for each in lists if each.is_lost or _has_moved(each.last, announced)]
    chosen = _best_of_each_kind(each for each in lists if each not in lost)
    lacks_feed = not any(ask.method == "feed" for ask in chosen)
    if lacks_feed and any(each.last.taken_for == "feed" for each in lost):
        urls = {each.last.url for each in lists}
        chosen += [ask for ask in announced_feeds(page, scope) if ask.url not in urls][:1]
    if not chosen:
        return _best_of_each_kind(lost), []
    return chosen, [_ask(each.last) for each in lost[-1:]]


def _has_moved(known: AskedList, announced: Set[str]) -> bool:
    """Tell whether a feed was announced, and another one is now; a copy may stay where it was."""
    was_announced = known.taken_for == "feed" and known.announced
    return was_announced and bool(announced) and canonicalize_url(known.url) not in announced


def _best_of_each_kind(lists: Iterable[KnownList]) -> list[Ask]:
    """Choose of each kind what led to the most; a part of a list is asked for when the list is."""
    known = [each.last for each in sorted(lists, key=lambda each: -each.led_to)]
    platform = [k for k in known if platform_named(k.taken_for) and k.taken_for not in MAP_METHODS]
    maps = [each for each in known if each.taken_for in MAP_METHODS]
    feeds = [each for each in known if each.taken_for == "feed"]
    return [_ask(each) for each in (*platform[:1], *maps[:MAX_SITEMAPS], *feeds[:1])]


def _ask(known: AskedList) -> Ask:
    kind = None if known.kind == "comments" else known.kind
    return Ask(url=known.url, method=METHODS[known.taken_for], kind=kind, announced=known.announced)


def _approved_since(memory: Memory, ask: Ask, reading: Reading) -> Iterator[Listed]:
    """Yield the comments that a list names today and did not name when it was last read.

    Where that is not known, those of the last days before the blog was crawled: whoever moderates
    a blog shows comments some time after they were written.
    """
    if ask.depth:
        return
    answer = memory.former_answer(ask.url)
    former = read_list(answer, ask) if answer else None
    if former is None:
        first = memory.now - _MODERATION
        yield from (each for each in reading.listed if each.lastmod and each.lastmod >= first)
        return
    dates = [each.lastmod for each in former.listed if each.lastmod]
    is_window = len(former.listed) >= len(reading.listed)  # what is removed lets older ones in
    first = min(dates) if dates and is_window else _EVER
    named = {(each.url, each.lastmod) for each in former.listed}
    for each in reading.listed:
        if each.lastmod and each.lastmod >= first and (each.url, each.lastmod) not in named:
            yield each


def _comment_lists(asks: Iterable[Ask], page: Page | None, scope: Scope) -> list[Ask]:
    """Give the lists of the last comments, the most telling first."""
    found = [wordpress.comments(ask) for ask in asks if ask.method == wordpress.NAME]
    feeds = page.comment_feeds() if page else []
    near = [scope.localized(url) for url in feeds if scope.same_site(url)]
    found += [Ask(url=url, method="feed", announced=True, comments=True) for url in near[:1]]
    return [replace(ask, depth=0) for ask in found]

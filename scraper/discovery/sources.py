"""Which lists a blog may have: announced by its page, published by its platform, or well known.

Asking costs the blog a request each, so it goes from what is announced to what is guessed, and
stops as soon as a list names every post.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Set
from dataclasses import replace

from archive.records import AskedList
from scraper.discovery import asked_lists, feed, robots, sitemap
from scraper.discovery.links import Page
from scraper.discovery.platforms import Platform, platform_named
from scraper.discovery.reading import CUT_OFF, TOO_MANY_PARTS, Answer, Ask, Reading
from scraper.scope import Scope
from scraper.urls import canonicalize_url

MAX_PARTS = 3000  # of the lists of one blog: a thousand API pages, hundreds of sitemaps
MAX_FEEDS = 4  # announced feeds that are asked for
MAX_EMPTY_GUESSES = 2  # pages answered where a sitemap was guessed: a site that answers anything

_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml", "/sitemap-index.xml")
_INDEX_FIRST = ("astro", "gatsby")  # generators whose sitemap lies at another place by default
_FEEDS = ("/feed/", "/feed.xml", "/rss.xml", "/index.xml", "/atom.xml", "/rss/")
_FORMAT = re.compile(r"rss2?|atom|rdf|xml|json|feed|[^a-z0-9]", re.I)
MAP_METHODS = frozenset({"sitemap", "ghost"})  # lists that are whole as they stand
_ENDS = frozenset({"HTTP 400", "HTTP 404", "HTTP 410"})  # what WordPress says behind the last page


class Sources:
    """The lists of one blog: what is not asked for yet, and what was read so far.

    Attributes:
        declared_total: the source and the number of posts that the site itself declares.
        entries_seen: identities of the posts that feeds and listing pages name: a list that is
            said to name all has to name these.
        asked: what became of each list that was asked for, by its URL.
    """

    def __init__(self, scope: Scope, page: Page | None = None, platform: Platform | None = None):
        self.declared_total: tuple[str, int] | None = None
        self.entries_seen: set[str] = set()
        self.asked: dict[str, AskedList] = {}
        self._scope = scope
        self._platform = platform
        self._attempts = deque(platform.attempts(page, scope) if platform and page else ())
        self._named_sitemaps: deque[Ask] = deque()
        self._named_feeds = deque(announced_feeds(page, scope))
        self._guessed_sitemaps = deque(_guessed_sitemaps(scope, page, platform))
        feeds = dict.fromkeys((*(platform.FEEDS if platform else ()), *_FEEDS))
        self._guessed_feeds = deque(Ask(url=scope.below(path), method="feed") for path in feeds)
        self._deferred: deque[Ask] = deque()
        self._listed_by: dict[str, set[str]] = {}
        self._whole: set[str] = set()
        self._parts_of: dict[str, set[str]] = {}  # addresses of the parts of site maps
        self._broken: set[str] = set()
        self._pages: set[str] = set()  # as the site itself calls them
        self._empty_guesses = 0
        self._parts = 0
        if page is not None:
            self.name_sitemaps(page.heads_of("sitemap"))

    def take_robots(self, url: str, answer: Answer) -> None:
        """Take the sitemaps that a robots.txt names."""
        self.asked[url] = asked_lists.read_robots(url, answer)
        self.name_sitemaps(robots.find_sitemaps(answer))

    def no_robots(self, url: str, reason: str) -> None:
        """Take note that robots.txt could not be had."""
        self.asked[url] = asked_lists.lost_robots(url, reason)

    def name_sitemaps(self, urls: Iterable[str]) -> None:
        """Add sitemaps that the site names; only those on its own host are asked for."""
        self._named_sitemaps.extend(
            Ask(url=url, method="sitemap", announced=True)
            for url in urls
            if self._scope.same_site(url)
        )

    def first(self) -> list[Ask]:
        """Give what the platform publishes, its best address only."""
        return [self._attempts.popleft()] if self._attempts else []

    def next_asks(self, *, enough: bool) -> list[Ask]:
        """Give the next lists to ask for: what is announced, then guesses one by one.

        Args:
            enough: so many posts are known that further parts of a list are not wanted.
        """
        if self._platform and self._attempts and self._platform.NAME not in self._listed_by:
            return self.first()
        named = list(self._named_sitemaps)
        self._named_sitemaps.clear()
        if self.total_reached():
            return named
        if self._named_feeds and "feed" not in self._listed_by:
            named.append(self._named_feeds.popleft())
        if named or self.complete():
            return named
        return self._next_guess() or ([] if enough else self._next_part())

    def _next_guess(self) -> list[Ask]:
        mapped = not MAP_METHODS.isdisjoint(self._listed_by)
        if self._guessed_sitemaps and not mapped and self._empty_guesses < MAX_EMPTY_GUESSES:
            return [self._guessed_sitemaps.popleft()]
        nothing_yet = not self.any_listed()
        if self._guessed_feeds and nothing_yet and self._empty_guesses < 2 * MAX_EMPTY_GUESSES:
            return [self._guessed_feeds.popleft()]
        return []

    def _next_part(self) -> list[Ask]:
        return next(([q.popleft()] for q in (self._named_feeds, self._deferred) if q), [])

    def take(self, ask: Ask, reading: Reading, *, enough: bool = False) -> list[Ask]:
        """Take note of what a list says; give the parts of it that are wanted now."""
        mine = self._listed_by.setdefault(ask.method, set())
        before = len(mine)
        if ask.kind == "page":
            self._pages.update(canonicalize_url(listed.url) for listed in reading.listed)
        else:
            mine.update(canonicalize_url(listed.url) for listed in reading.listed)
        if reading.declared_total is not None:
            self.declared_total = (ask.method, reading.declared_total)
        if reading.whole:
            self._whole.add(ask.method)
        if not ask.depth or len(mine) > before:  # a feed that repeats itself has no further pages
            self._deferred.extend(reading.deferred)
        elif reading.deferred:
            self._whole.discard(ask.method)
        covered = {"post", "page"} if self.total_reached() and ask.method == "sitemap" else set()
        if enough:
            covered = {"post", "page"}
        wanted = [child for child in reading.more if child.kind not in covered]
        allowed = wanted[: MAX_PARTS - self._parts]
        self._parts += len(allowed)
        if ask.method in MAP_METHODS:
            parts = (child.url for child in allowed if child.kind != "page")
            self._parts_of.setdefault(ask.method, set()).update(parts)
        cut = TOO_MANY_PARTS if len(allowed) < len(wanted) else None
        if cut or reading.cut:  # it names what it names, and tells of nothing that it is not there
            self._broken.add(ask.method)
        self.asked[ask.url] = asked_lists.read(ask, reading, cut=cut)
        return allowed

    def no_list(self, ask: Ask, answer: Answer) -> None:
        """Take note that an answer was no list, and perhaps a page in place of one."""
        self.asked[ask.url] = asked_lists.unread(ask, answer)
        self._empty_guesses += answer.is_html
        if ask.depth:
            self._broken.add(ask.method)

    def no_answer(self, ask: Ask, reason: str) -> None:
        """Take note that a list could not be had; a paged feed ends in an error status."""
        self.asked[ask.url] = asked_lists.lost(ask, reason)
        if ask.depth and ask.method == "feed" and reason in _ENDS:
            self._whole.add(ask.method)
        elif ask.depth:
            self._broken.add(ask.method)

    def any_listed(self) -> bool:
        """Whether any list named anything."""
        return any(self._listed_by.values())

    def total_reached(self) -> bool:
        """Whether the list that declares how many posts there are has named so many."""
        if self.declared_total is None:
            return False
        method, total = self.declared_total
        return 0 < total <= len(self._listed_by.get(method, ()))

    def pages_too(self) -> bool:
        """Whether all posts and, by another list, the pages of the site are named."""
        return bool(self._pages) and self.complete()

    def complete(self) -> bool:
        """Whether a list names every post: by the site's own count, or as far as can be seen."""
        return self.total_reached() or self._has_all(self._whole | MAP_METHODS)

    def is_mapped(self) -> bool:
        """Whether nothing but site maps names every post; some hold the newest posts alone."""
        return self.complete() and not (self.total_reached() or self._has_all(self._whole))

    def _has_all(self, methods: Set[str]) -> bool:
        return any(
            self._posts_seen() <= listed and any(map(self._scope.covers, listed))
            for method, listed in self._listed_by.items()
            if method in methods and method not in self._broken
        )

    def whole_lists(self) -> dict[str, set[str]]:
        """Give what each list names that names all posts, by its method, as far as can be seen."""
        failed = {
            asked.taken_for
            for asked in self.asked.values()
            if asked.error and (asked.announced or asked.depth or asked.named)
        }
        spared = {method for method, urls in self._parts_of.items() if urls - self.asked.keys()}
        whole = (self._whole | MAP_METHODS) - self._broken - failed - spared
        if self.declared_total is not None and self.total_reached():
            whole |= {self.declared_total[0]}
        named = self._listed_by.items()
        return {name: listed for name, listed in named if name in whole and listed}

    def name_all_seen(self) -> bool:
        """Whether the lists together name every post that was seen anywhere."""
        listed = set().union(*self._listed_by.values())
        return self.any_listed() and self._posts_seen() <= listed

    def _posts_seen(self) -> set[str]:
        """The entries of listings without those that the site's own map of pages calls pages."""
        return self.entries_seen - self._pages


def read(answer: Answer, ask: Ask) -> Reading | None:
    """Read an answer as what was asked for, else as any list; None where it is none."""
    reading = _read(answer, ask)
    if reading is None or not answer.is_cut:
        return reading
    return replace(reading, whole=False, cut=CUT_OFF)


def _read(answer: Answer, ask: Ask) -> Reading | None:
    platform = platform_named(ask.method)
    if platform is not None:
        return platform.read(answer, ask)
    if ask.method == "feed":
        return feed.read(answer, ask) or sitemap.read(answer, ask)
    return sitemap.read(answer, ask) or (None if answer.is_html else feed.read(answer, ask))


def announced_feeds(page: Page | None, scope: Scope) -> list[Ask]:
    """Give the feeds that a page announces; `all.rss.xml` and `all.atom.xml` are one."""
    stems: dict[str, str] = {}
    for url in page.feeds() if page else ():
        if scope.same_site(url):
            stems.setdefault(_FORMAT.sub("", url.partition("://")[2]), url)
    urls = list(stems.values())[:MAX_FEEDS]
    return [Ask(url=scope.localized(url), method="feed", announced=True) for url in urls]


def _guessed_sitemaps(scope: Scope, page: Page | None, platform: Platform | None) -> list[Ask]:
    paths = list(platform.SITEMAPS if platform else _SITEMAPS)
    if page is not None and page.generator.startswith(_INDEX_FIRST):
        paths.insert(0, "/sitemap-index.xml")
    places = [scope.at_root(path) for path in dict.fromkeys(paths)]
    places += [scope.below(path) for path in dict.fromkeys(paths)] if scope.path else []
    return [Ask(url=url, method="sitemap") for url in places]

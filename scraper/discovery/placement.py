"""Where the links of a blog's listings stand: among the entries, or in the site's menu only.

Entries repeat: three or more links with the same elements around them, each the heading of its box
or beside a date, outside menus and side bars. What stands in the navigation, the head or the foot
of the site and is no entry is a page beside the posts (About, Contact), whatever its address, and
whether or not a sitemap names it among them.
"""

from __future__ import annotations

from archive.records import Discovery
from scraper.discovery.links import Page
from scraper.discovery.listing_addresses import is_hub
from scraper.discovery.reading import Kind
from scraper.scope import Scope
from scraper.urls import Verdict, canonicalize_url, judge

MIN_ENTRIES = 3  # links of one kind that make a list; posts that make a blog
MAX_MENU = 40  # links of a menu; a longer one lists the posts of the blog, too
_LOOSE = frozenset({"feed", "sitemap", "listing", "link", "seed"})  # they name pages, too


class Placement:
    """What the places of its links tell of each page of one blog."""

    def __init__(self) -> None:
        self._lists: dict[str, set[str]] = {}  # elements around a link -> identities
        self._menu: set[str] = set()
        self._posts: set[str] = set()  # what lists of the site call posts
        self._typed: set[str] = set()  # those of them that a list for posts alone names
        self._chained: set[str] = set()  # neighbours of posts
        self._entries: set[str] | None = None  # of the lists of posts, until there is more to know

    def take_listing(self, page: Page, scope: Scope) -> None:
        """Take note of where the links of a listing stand."""
        self._entries = None
        menu: set[str] = set()
        found: dict[str, set[str]] = {}
        for link in page.links:
            if judge(link.url).verdict is not Verdict.PAGE or not scope.covers(link.url):
                continue
            if link.site_menu:
                menu.add(canonicalize_url(link.url))
            elif link.entry and not is_hub(link.url):
                found.setdefault(link.entry, set()).add(canonicalize_url(link.url))
        if len(menu) <= MAX_MENU:
            self._menu |= menu
        for place, entries in found.items():
            if len(entries) >= MIN_ENTRIES or place in self._lists:
                self._lists.setdefault(place, set()).update(entries)

    def take_named(self, url: str, method: str, kind: Kind | None) -> None:
        """Take note of what a list of the site calls a URL."""
        if kind == "post":
            self._entries = None
            self._posts.add(canonicalize_url(url))
            if method != "feed":
                self._typed.add(canonicalize_url(url))

    def take_neighbour(self, url: str, post: Discovery) -> None:
        """Take note of the previous or next page of a post."""
        if post.hints.kind == "post":
            self._chained.add(canonicalize_url(url))

    def kind(self, discovery: Discovery) -> Kind | None:
        """Say what the places of its links, and the lists that name it, make of a page."""
        identity = canonicalize_url(discovery.url)
        if identity in self._typed or not _LOOSE.issuperset(discovery.methods):
            return discovery.hints.kind
        if discovery.hints.kind in {"page", "listing"}:
            return discovery.hints.kind
        if self._entries is None:
            self._entries = self._find_entries()
        if identity in self._entries or identity in self._chained:
            return "post"
        if identity in self._menu and self._is_beside(identity, self._entries):
            return "page"
        return discovery.hints.kind

    def _find_entries(self) -> set[str]:
        """What stands in a list with a known post; while none is known, in the longest list."""
        if not self._lists:
            return set()
        if not self._posts:
            return max(self._lists.values(), key=len)
        lists = (entries for entries in self._lists.values() if not self._posts.isdisjoint(entries))
        return set().union(*lists)

    def _is_beside(self, identity: str, entries: set[str]) -> bool:
        """Whether the blog has its posts elsewhere; what a feed names needs a list to deny it."""
        named = entries if identity in self._posts else entries | self._posts
        return len(named - self._menu) >= MIN_ENTRIES

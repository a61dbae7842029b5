"""What is known about a blog's URLs: every way in which each was found, and which were left out.

One page has one entry, whatever the spelling of its address (`scraper.urls.canonicalize_url`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from archive.records import Discovery, Hints, Method
from scraper.discovery.memory import Recollection, merged_hints
from scraper.discovery.reading import Listed
from scraper.scope import Scope
from scraper.urls import Verdict, canonicalize_url, judge

OUT_OF_SCOPE = "out-of-scope"  # the reason of URLs that are left out because another site has them
REDIRECTS_OUT = "redirects-out-of-scope"  # of those that were asked for, and led there
MAX_KNOWN = 200_000  # URLs of one blog; the largest blogs have some tens of thousands of posts
MAX_SKIPPED = 100_000  # URLs left out that are remembered with their reason
MAX_VARIANTS = 60  # addresses of one path that differ in their query, unless it is a permalink's

_PERMALINK_PARAMETERS = frozenset(
    {"p", "id", "page_id", "post", "post_id", "article", "articleid", "entry", "nid", "itemid",
     "storyid", "story", "aid", "pid", "blogid", "title", "slug"}
)  # fmt: skip
_WEAK = frozenset({"link", "seed"})  # ways of being found that say nothing about a URL
_MIN_SIBLINGS = 3  # posts below one folder that show where a blog keeps its posts


class KnownUrls:
    """The URLs of one blog: discoveries, what was skipped and why, and who duplicates whom."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.discoveries: dict[str, Discovery] = {}
        self.skipped: dict[str, str] = {}
        self.listed_count = 0  # discoveries that more than a link names
        self._by_identity: dict[str, str] = {}
        self._fresh: list[str] = []
        self._unseen: list[str] = []
        self._unsaved: list[str] = []
        self._dropped: dict[str, Discovery] = {}
        self._claims: dict[str, str] = {}
        self._named_posts: set[str] = set()  # by a list; not for the place of a link alone
        self._variants: Counter[str] = Counter()
        self._children: Counter[str] = Counter()
        self._numbers: Counter[str] = Counter()  # children whose name is a number, no year

    @property
    def root(self) -> str:
        """The canonical URL of the blog's own front page."""
        return canonicalize_url(self.scope.origin + self.scope.path)

    def add(self, listed: Listed, method: Method, via: str | None, hops: int) -> str | None:
        """Take note of a URL that a list or a page names.

        Returns:
            The address under which it is known; None where scope or a rule leaves it out.
        """
        judgement = judge(listed.url)
        url = self.scope.localized(judgement.url)
        reason = self._reason_against(url, judgement.verdict, judgement.rule, listed.hints)
        if reason:
            if reason != OUT_OF_SCOPE or method not in {"link", "listing"}:
                self.skip(url, reason)
            return None
        identity = canonicalize_url(url)
        if identity == self.root:  # site maps of pages name it too, but it lists posts
            listed = replace(listed, hints=Hints())
        known = self._by_identity.get(identity)
        if known is not None and known not in self.discoveries:
            return None  # it was dropped, under whatever spelling
        if known is None:
            if len(self.discoveries) >= MAX_KNOWN:
                self.skip(url, "too-many-urls")
                return None
            known = self._by_identity[identity] = url
            self.skipped.pop(url, None)
            self.discoveries[url] = Discovery(
                url=url, methods=(method,), via=via, hops_from_seed=hops,
                lastmod=listed.lastmod, hints=listed.hints,
            )  # fmt: skip
            self._children[parent_of(identity)] += 1
            self._numbers[parent_of(identity)] += identity.rpartition("/")[2].isdigit()
            self._fresh.append(url)
            self._unseen.append(url)
            self._unsaved.append(url)
            self.listed_count += method not in _WEAK
        else:
            old = self.discoveries[known]
            self.listed_count += method not in _WEAK and _WEAK.issuperset(old.methods)
            self.discoveries[known] = _merged(old, listed, method)
        if listed.hints.kind == "post":
            self._named_posts.add(known)
        return known

    def take_fresh(self) -> list[str]:
        """Give the URLs that were added since the last time, and those that were held back."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def take_unseen(self) -> list[str]:
        """Give all URLs that were added since the last time that this was asked."""
        unseen, self._unseen = self._unseen, []
        return unseen

    def take_unsaved(self) -> list[Discovery]:
        """Give what was found since the last time that this was asked."""
        unsaved, self._unsaved = self._unsaved, []
        return [self.discoveries[url] for url in unsaved if url in self.discoveries]

    def recall(self, discovery: Discovery) -> None:
        """Count a page as found that earlier crawls know and no list of today names."""
        self.discoveries[discovery.url] = discovery
        self._by_identity.setdefault(canonicalize_url(discovery.url), discovery.url)
        self._unsaved.append(discovery.url)

    def leave(self, url: str) -> None:
        """Leave out a page that earlier crawls know, and that there is no reason to ask for."""
        self.discoveries.pop(url, None)

    def hold(self, urls: list[str]) -> None:
        """Give URLs back, to be taken the next time."""
        self._fresh.extend(urls)

    def skip(self, url: str, reason: str) -> None:
        """Remember that a URL was left out, and why; the first reason stays."""
        if len(self.skipped) < MAX_SKIPPED and url not in self.discoveries:
            self.skipped.setdefault(url, reason)

    def keep_asked(self, discovery: Discovery) -> Discovery:
        """Count a URL as found that is asked for although a rule leaves it out, as a listing."""
        if self.find(discovery.url) is None:
            self.skipped.pop(discovery.url, None)
            self.discoveries[discovery.url] = discovery
            self._by_identity.setdefault(canonicalize_url(discovery.url), discovery.url)
        return discovery

    def unite(self, url: str, target: str) -> None:
        """Count a page once that is known by an address and by the one that it redirects to.

        Args:
            url: the address that stays; where nothing is known of it, nothing is done.
            target: where it leads.
        """
        known, identity = self.find(url), canonicalize_url(target)
        if known is None:
            return
        other = self._by_identity.get(identity)
        self._by_identity[identity] = known.url
        if other is None or other == known.url or other not in self.discoveries:
            return
        same = self.discoveries.pop(other)
        listed = Listed(url=same.url, lastmod=same.lastmod, hints=same.hints)
        self.listed_count -= not (_WEAK.issuperset(known.methods) or _WEAK.issuperset(same.methods))
        for method in same.methods:
            self.discoveries[known.url] = _merged(self.discoveries[known.url], listed, method)
        if other in self._named_posts:
            self._named_posts.add(known.url)

    def drop(self, url: str, reason: str) -> None:
        """Take a known URL out again, with the reason."""
        discovery = self.discoveries.pop(url, None)
        if discovery is not None and len(self._dropped) < MAX_SKIPPED:
            self._dropped[url] = discovery
        self.skip(url, reason)

    def find(self, url: str) -> Discovery | None:
        """Find what is known about the page at an address, however it is spelled."""
        known = self._by_identity.get(canonicalize_url(url))
        return self.discoveries.get(known) if known is not None else None

    def has_met(self, url: str) -> bool:
        """Whether the page at an address is known, or was before it was taken out."""
        return canonicalize_url(url) in self._by_identity

    def find_dropped(self, url: str) -> Discovery | None:
        """Find what was known about a URL before it was taken out."""
        return self._dropped.get(url)

    def has_children(self, url: str) -> bool:
        """Whether at least three known URLs lie right below this one, as posts below their list."""
        return self._children[canonicalize_url(url)] >= _MIN_SIBLINGS

    def has_siblings(self, url: str) -> bool:
        """Whether at least three known URLs lie in the same folder."""
        return self._children[parent_of(canonicalize_url(url))] >= _MIN_SIBLINGS

    def claim(
        self, url: str, canonical: str | None, recollection: Recollection | None = None
    ) -> str | None:
        """Let the first of several addresses of a page have it.

        Args:
            url: the address that was answered, after redirects.
            canonical: what the page calls its own address.
            recollection: knows the articles of earlier crawls, which have their addresses.

        Returns:
            The URL that this one duplicates; None where it is the first. A canonical address
            outside the blog, or of a listing, or the blog's own root, is not believed; nor is that
            of the root, which may show a post, and lists others; nor is one where a list of the
            site names both as posts.
        """
        own = canonicalize_url(url)
        names = [own]
        if canonical is not None and own != self.root and self._believes(canonical, url):
            names.append(canonicalize_url(canonical))
            if recollection and (owner := recollection.owner(url, canonical)):
                return owner
        for name in names:
            first = self._claims.get(name)
            if first is not None and first != url:
                return first
        for name in names:
            self._claims.setdefault(name, url)
        return None

    def _believes(self, canonical: str, url: str) -> bool:
        if not self.scope.covers(canonical) or canonicalize_url(canonical) == self.root:
            return False
        if judge(canonical).verdict is not Verdict.PAGE and self.find(canonical) is None:
            return False
        both = (self.find(canonical), self.find(url))
        return both[0] is both[1] or not all(d and d.url in self._named_posts for d in both)

    def _reason_against(self, url: str, verdict: Verdict, rule: str, hints: Hints) -> str:
        if verdict is Verdict.NEVER:
            return rule
        if not self.scope.covers(url):
            return OUT_OF_SCOPE
        if verdict is not Verdict.PAGE and hints.kind != "post" and not self._is_number(url):
            return rule
        return "too-many-variants" if self._is_variant_too_many(url) else ""

    def _is_number(self, url: str) -> bool:
        """Whether `/archives/2019` is a post and no year: its neighbours are numbers too."""
        parent, _, last = canonicalize_url(url).rpartition("/")
        return last.isdigit() and self._numbers[parent] >= _MIN_SIBLINGS

    def _is_variant_too_many(self, url: str) -> bool:
        """Guard against parameters that combine without end; `?p=12` is not counted."""
        parts = urlsplit(url)
        names = {pair.partition("=")[0].lower() for pair in parts.query.split("&")}
        if not parts.query or names & _PERMALINK_PARAMETERS:
            return False
        if canonicalize_url(url) not in self._by_identity:
            self._variants[parts.path] += 1
        return self._variants[parts.path] > MAX_VARIANTS


def parent_of(identity: str) -> str:
    """Give the folder of a canonical URL.

    >>> parent_of("https://example.org/blog/maps")
    'https://example.org/blog'
    """
    path, _, query = identity.partition("?")
    return path if query else path.rpartition("/")[0]


def _merged(old: Discovery, listed: Listed, method: Method) -> Discovery:
    methods = old.methods if method in old.methods else (*old.methods, method)
    return replace(
        old,
        methods=methods,
        lastmod=_later(old.lastmod, listed.lastmod),
        hints=merged_hints(old.hints, listed.hints),
    )


def _later(first: datetime | None, second: datetime | None) -> datetime | None:
    return max((d for d in (first, second) if d is not None), default=None)

"""What tells that a known page is no longer there, and that a site is not itself today.

A page that is gone is often answered all the same: with the home page, or with a redirect to it.
So is every page of a site that is being repaired, or that one cannot see without a login. What
tells them apart is what becomes of the other pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from archive.records import PageType
from archive.revisiting import is_passing
from archive.urls import urlkey
from scraper.catalogue_memory import CatalogueMemory
from scraper.discovery import Fetch
from scraper.plan import Plan
from scraper.urls import canonicalize_url

GONE_STATUSES = frozenset({404, 410})
"""RFC 9110 §15.5.5, §15.5.11: the server says itself that there is nothing."""

HOME_PAGE = "home page"
"""The reason of a page that is gone, and answered with the first page of its blog."""

REDIRECTS = "redirects"
"""The reason of a page that is gone, and whose address leads elsewhere."""

_SILENCE = 5  # requests in a row without a usable answer: it is not about the page
_MAX_WITNESSES = 50  # posts that are asked for in one crawl to see whether the site is itself


class Silence:
    """Tells when one of the servers of a crawl has fallen silent.

    Attributes:
        heard: the servers that have answered anything in a usable way.
    """

    def __init__(self) -> None:
        self.heard: set[str] = set()
        self._in_a_row: Counter[str] = Counter()

    def note_answer(self, server: str) -> None:
        """Take note of an answer that shows that the server is well, whatever it says."""
        self.heard.add(server)
        del self._in_a_row[server]

    def note_failure(self, server: str, name: str) -> bool:
        """Take note of a failure; tell whether the server has now been silent for too long.

        One page that fails says nothing of the others; so many in a row say that the network was
        lost, or the server is down.
        """
        self._in_a_row[server] = self._in_a_row[server] + 1 if is_passing(name) else 0
        return self._in_a_row[server] == _SILENCE

    def is_total(self) -> bool:
        """Tell whether many requests failed, and none was answered by any server."""
        return not self.heard and self._in_a_row.total() >= _SILENCE


@dataclass(slots=True)
class _Loss:
    """Known pages in whose place one and the same thing was answered."""

    reason: str
    host: str
    answered_before: int  # posts of the host that were themselves before the first was lost
    urls: set[str] = field(default_factory=set)


class Absences:
    """Judges the answers to the known pages of one plan, in the order in which they come.

    Args:
        plan: that asks for them.
        memory: what is known; None: nothing was crawled before.
    """

    def __init__(self, plan: Plan, memory: CatalogueMemory | None) -> None:
        self._plan = plan
        self._memory = memory
        self._homes: dict[str, str] = {}  # digest, or address after redirects -> seed
        self._home_urls: dict[str, str] = {}  # seed -> address after redirects
        self._named: set[str] = set()  # keys of known posts that the home page links to
        self._is_wall = False  # posts are known, and the home page names none
        self._pages: set[str] = set()  # keys of pages that were answered, wherever they lie
        self._answered: Counter[str] = Counter()  # by host: known posts that were themselves
        self._losses: dict[str, _Loss] = {}  # by digest, or by the target of the redirect
        self._lost: dict[str, str] = {}  # URL -> key of its loss
        self._new: set[str] = set()  # of these, pages that were never captured
        self._still_gone: set[str] = set()  # of these, pages that were gone in this way before
        self._witnesses: set[str] = set()
        self._witness: str | None = None  # the one that is asked for

    def is_post(self, url: str) -> bool:
        """Tell whether the page at an address was an article when it was last read."""
        known = self._memory.find(url) if self._memory else None
        return known is not None and known.kind == PageType.ARTICLE

    def is_gone(self, fetch: Fetch, status: int) -> bool:
        """Tell whether a refusal says that a known page is no longer there.

        Where no list names it any more, any refusal does that is not about the moment.
        """
        url = fetch.discovery.url
        if fetch.role != "page" or not self._plan.knows(url):
            return False
        if (key := self._lost.get(url)) and self._is_shared(key):
            return False  # it says so of where it sends all of them
        is_unlisted = url in self._plan.unlisted
        return status in GONE_STATUSES or (is_unlisted and not is_passing(f"HTTP {status}"))

    def note_home(self, seed: str, url: str, body: bytes, links: Iterable[str]) -> None:
        """Take note of the home page: its address after redirects, its body, and its links."""
        self._homes[_digest(body)] = self._homes[url] = seed
        self._named.update(urlkey(link) for link in links if self.is_post(link))
        self._home_urls[seed] = url
        if self._memory and not self._named:
            is_known = next(self._memory.live_articles(), None) is not None
            self._is_wall = is_known and not self._memory.was_home_page(None, home=url)

    def note_redirect(self, url: str, target: str) -> None:
        """Take note that a known page leads to another one."""
        self._lose(url, REDIRECTS, target)

    def note_page(self, url: str) -> None:
        """Take note of a page that is not the home page: its address after redirects."""
        if self._memory:
            self._pages.add(urlkey(url))

    def is_itself(self, url: str, body: bytes) -> bool:
        """Take note of what a page was answered with; tell whether that is the page.

        A blog may have a second address for its home page; but where that names none of the posts
        which are known, it is none, and stands in for new pages as well. Some blogs send one page
        for all, which a script fills; others show their last post as the home page.
        """
        digest, is_post = _digest(body), self.is_post(url)
        is_new = self._is_wall and not self._plan.knows(url)
        if digest in self._homes and (is_post or is_new) and not self._was_home_page(url, digest):
            self._lose(url, HOME_PAGE, digest)
            self._new.update([url] if is_new else [])
            return False
        if key := self._lost.get(url):  # it has moved, or was sent where others were sent, too
            if url in self._still_gone or self._count(key) > 1:
                return False
            self._losses[key].urls.discard(url)
            del self._lost[url]
        self._answered[_host(url)] += is_post
        return True

    def verdicts(self) -> Iterator[tuple[str, str | None]]:
        """Yield each page that was lost, with the reason why it is gone.

        None: it is not, as far as one can tell; its site was not itself. Only of a page that lists
        have named, and name no longer, that need not be asked.
        """
        for key, loss in self._losses.items():
            is_believed = self._is_believed(key)
            for url in sorted(loss.urls):
                is_gone = url in self._plan.unlisted or url in self._still_gone
                is_gone = is_gone or (is_believed and self._plan.knows(url))
                yield url, loss.reason if is_gone else None

    def call_witness(self, answered: str) -> list[Fetch]:
        """Ask for a known post, to see whether the site is itself; for one at a time.

        Of pages that were lost in one way nothing else may tell: an unchanged blog is asked for
        little. A witness that is lost as well says enough.

        Args:
            answered: the address of the page that was just settled.
        """
        if self._witness == answered:
            self._witness = None
        is_over = len(self._witnesses) >= _MAX_WITNESSES or self._witnesses & self._lost.keys()
        if self._witness or is_over or not any(map(self._is_doubtful, self._losses)):
            return []
        fetches = self._plan.call_witness()
        self._witness = fetches[0].discovery.url if fetches else None
        self._witnesses.update(fetch.discovery.url for fetch in fetches)
        return fetches

    def is_site_away(self) -> bool:
        """Tell whether several pages were lost in one way, and the home page names none either."""
        return bool(self._shared()) and not self._shows_posts()

    def doubtful_seeds(self) -> set[str]:
        """Give the seeds whose own answer was what several were lost to, and names no post."""
        homes = {self._homes[key] for key in self._shared() if key in self._homes}
        return set() if self._shows_posts() else homes

    def _lose(self, url: str, reason: str, key: str) -> None:
        if url in self._lost:  # it leads on from where it led
            self._losses[self._lost[url]].urls.discard(url)
        self._lost[url] = key
        host = _host(url)
        loss = self._losses.setdefault(key, _Loss(reason, host, self._answered[host]))
        loss.urls.add(url)
        known = self._memory.find(url) if self._memory else None
        if known and known.gone and known.gone_reason == reason:
            self._still_gone.add(url)

    def _was_home_page(self, url: str, digest: str) -> bool:
        """Tell whether a post that is sent as the home page is today was so before."""
        home = self._home_urls[self._homes[digest]]
        return self._memory is not None and self._memory.was_home_page(url, home=home)

    def _is_doubtful(self, key: str) -> bool:
        return self._count(key) > 0 and not self._is_believed(key)

    def _is_believed(self, key: str) -> bool:
        """Tell whether pages that were lost in one way are gone, each for itself.

        Since the first of them, no fewer posts have to have been themselves; for a single one, it
        is enough that the home page names posts, or that it leads to what is a page now.
        """
        loss = self._losses[key]
        if self._count(key) == 1 and loss.reason == REDIRECTS and urlkey(key) in self._pages:
            return True
        since = self._answered[loss.host] - loss.answered_before
        return self._count(key) <= since + self._shows_posts()

    def _shared(self) -> list[str]:
        """List the ways in which several pages were lost that are not gone."""
        return list(filter(self._is_shared, self._losses))

    def _is_shared(self, key: str) -> bool:
        return self._count(key) > 1 and not self._is_believed(key)

    def _count(self, key: str) -> int:
        """Count the known pages that were lost in one way, and that this tells anything of.

        Not of those that were gone in this way before, or that no list names.
        """
        urls, told = self._losses[key].urls, (self._plan.unlisted, self._new, self._still_gone)
        if not any(told):  # of a long list of pages, all may be lost
            return len(urls)
        return len(urls.difference(*told))

    def _shows_posts(self) -> bool:
        """Tell whether the home page names any post that was not lost."""
        return bool(self._named) and not self._named <= set(map(urlkey, self._lost))


def is_same_page(url: str, target: str) -> bool:
    """Tell whether two addresses differ in nothing but their spelling."""
    return canonicalize_url(url) == canonicalize_url(target)


def _digest(body: bytes) -> str:
    """Digest a body as the spider gets it, so that neither codings nor a 304 make a difference."""
    return sha256(body).hexdigest()


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""

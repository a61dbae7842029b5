"""What a plan remembers of a small blog, made of earlier plans over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from archive.catalogue.pages import KnownList, KnownPage
from archive.records import AskedList, Discovery
from archive.urls import urlkey
from scraper.discovery import Answer
from tests.scraper.discovery.fake_site import Crawled

FIRST = datetime(2026, 1, 1, tzinfo=UTC)  # when the earlier crawl began
NOW = FIRST + timedelta(days=7)


class RememberedSite:
    """A memory in which every page that was asked for is an article, and none is due."""

    def __init__(self, done: Crawled, *, wants_all: bool = False, shortens: bool = True) -> None:
        self.now = NOW
        self.wants_all = wants_all
        self.shortens = shortens
        self.pages: dict[str, KnownPage] = {}
        self.answers: dict[str, Answer] = {}
        self._asked: dict[str, AskedList] = {}  # the last answer of each list
        self._parts: set[str] = set()  # of lists, that were read whole
        self._have_named: set[str] = set()
        self.take(done)

    def take(self, done: Crawled) -> None:
        """Remember what a further crawl has found, and what became of its lists."""
        for url, discovery in done.plan.discoveries.items():
            self.pages.setdefault(urlkey(url), _known_page(url, discovery))
        answers = {url: asked for url, asked in done.plan.asked_lists.items() if not asked.depth}
        self._asked = answers | {u: a for u, a in self._asked.items() if u not in answers}
        parts = done.plan.asked_lists.values()
        self._parts |= {part.url for part in parts if part.depth and not part.error}
        self._have_named |= {url for url, asked in answers.items() if asked.named}

    def change(self, url: str, **values: object) -> None:
        """Say something else of one page."""
        self.pages[urlkey(url)] = replace(self.pages[urlkey(url)], **values)  # type: ignore[arg-type]

    def find(self, url: str) -> KnownPage | None:
        """Find what is known of the page at an address."""
        return self.pages.get(urlkey(url))

    def wanted(self) -> Iterator[KnownPage]:
        """Yield the pages whose time has come; where all are wanted, all."""
        known = list(self.pages.values())
        return (page for page in known if self.wants_all or page.is_due(self.now))

    def count_named(self, method: str) -> int:
        """Count the posts that a list of this method named."""
        return sum(method in page.discovery.methods for page in self.live_articles())

    def live_articles(self) -> Iterator[KnownPage]:
        """Yield the articles."""
        known = list(self.pages.values())
        return (page for page in known if page.kind == "article" and page.gone is None)

    def lists(self) -> list[KnownList]:
        """Give the lists that were asked for, the last one first."""
        led_to = Counter(page.discovery.via for page in self.live_articles())
        return [
            KnownList(last=asked, has_named=url in self._have_named, led_to=led_to[url])
            for url, asked in self._asked.items()
        ]

    def former_answer(self, url: str) -> Answer | None:
        """Give what a list said when it was last asked for."""
        return self.answers.get(url)

    def readings(self) -> dict[str, datetime]:
        """Tell that every part was read in the first crawl."""
        return dict.fromkeys(self._parts, FIRST)

    def listings(self) -> list[str]:
        """Give the listing pages that were the first to name posts."""
        found = (p.discovery for p in self.pages.values() if p.discovery.methods[0] == "listing")
        return list(dict.fromkeys(d.via for d in found if d.via))


def _known_page(url: str, discovery: Discovery) -> KnownPage:
    return KnownPage(
        urlkey=urlkey(url),
        discovery=discovery,
        kind="listing" if discovery.methods[:1] == ("seed",) else "article",
        first_found=FIRST,
        checked=FIRST,
        changed=None,
        check_count=1,
        change_count=0,
        fail_count=0,
        gone=None,
        gone_reason=None,
        back=None,
        next_check=NOW + timedelta(days=30),
    )

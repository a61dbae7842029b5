"""Which lists a blog may have: announced by its page, published by its platform, or well known.

Asking costs the blog a request each, so it goes from what is announced to what is guessed, and
stops as soon as something answers.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable

from scraper.discovery import feed, sitemap
from scraper.discovery.links import Page
from scraper.discovery.platforms import Platform, platform_named
from scraper.discovery.reading import Answer, Ask, Reading
from scraper.scope import Scope

MAX_FEEDS = 4  # announced feeds that are asked for
_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml", "/sitemap-index.xml")
_INDEX_FIRST = ("astro", "gatsby")  # generators whose sitemap lies at another place by default
_FEEDS = ("/feed/", "/feed.xml", "/rss.xml", "/index.xml", "/atom.xml", "/rss/")
_FORMAT = re.compile(r"rss2?|atom|rdf|xml|json|feed|[^a-z0-9]", re.I)


class Sources:
    """The lists of one blog that are not asked for yet, best first.

    Attributes:
        attempts: what the platform publishes; alternatives, tried until one is read.
        named_sitemaps: from robots.txt and the page's head.
        named_feeds: that the page announces, one of each.
        deferred: further parts of lists, asked for while no list is complete.
    """

    def __init__(self, scope: Scope, page: Page | None, platform: Platform | None) -> None:
        self.attempts = deque(platform.attempts(page, scope) if platform and page else ())
        self.named_sitemaps: deque[Ask] = deque()
        self.named_feeds = deque(_announced_feeds(page, scope))
        self.guessed_sitemaps = deque(_guessed_sitemaps(scope, page, platform))
        self.guessed_feeds = deque(
            Ask(url=scope.below(path), method="feed")
            for path in dict.fromkeys((*(platform.FEEDS if platform else ()), *_FEEDS))
        )
        self.deferred: deque[Ask] = deque()
        if page is not None:
            self.name_sitemaps(page.heads_of("sitemap"), scope.same_site)

    def name_sitemaps(self, urls: Iterable[str], allowed: Callable[[str], bool]) -> None:
        """Add sitemaps that the site names; only those on its own host are asked for."""
        self.named_sitemaps.extend(Ask(url=url, method="sitemap") for url in urls if allowed(url))


def read(answer: Answer, ask: Ask) -> Reading | None:
    """Read an answer as what was asked for, else as any list; None where it is none."""
    platform = platform_named(ask.method)
    reading = platform.read(answer, ask) if platform else None
    if reading is None and ask.method == "feed":
        reading = feed.read(answer, ask) or sitemap.read(answer, ask)
    elif reading is None and ask.method == "sitemap":
        reading = sitemap.read(answer, ask) or (None if answer.is_html else feed.read(answer, ask))
    return reading


def _announced_feeds(page: Page | None, scope: Scope) -> list[Ask]:
    """One feed of each: `all.rss.xml` and `all.atom.xml` are the same posts."""
    stems: dict[str, str] = {}
    for url in page.feeds() if page else ():
        if scope.same_site(url):
            stems.setdefault(_FORMAT.sub("", url.partition("://")[2]), url)
    return [Ask(url=scope.localized(url), method="feed") for url in stems.values()][:MAX_FEEDS]


def _guessed_sitemaps(scope: Scope, page: Page | None, platform: Platform | None) -> list[Ask]:
    paths = [*(platform.SITEMAPS if platform else ()), *_SITEMAPS]
    if page is not None and page.generator.startswith(_INDEX_FIRST):
        paths.insert(0, "/sitemap-index.xml")
    places = [scope.at_root(path) for path in dict.fromkeys(paths)]
    places += [scope.below(path) for path in dict.fromkeys(paths)] if scope.path else []
    return [Ask(url=url, method="sitemap") for url in places]

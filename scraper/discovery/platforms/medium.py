"""Medium: a sitemap of its own at publications, a feed of the last ten stories everywhere.

It declares no total; stories that neither names are found through its archive and tag pages.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from archive.records import Method
from scraper.discovery import feed, sitemap
from scraper.discovery.links import Page
from scraper.discovery.reading import Answer, Ask, Reading
from scraper.scope import Scope

NAME: Method = "medium"
SITEMAPS: tuple[str, ...] = ("/sitemap/sitemap.xml",)
FEEDS: tuple[str, ...] = ("/feed",)


def recognises(page: Page) -> bool:
    """Whether the page names Medium as its generator, or lies on medium.com."""
    host = urlsplit(page.url).hostname or ""
    return page.generator == "medium" or host == "medium.com" or host.endswith(".medium.com")


def attempts(page: Page, scope: Scope) -> list[Ask]:
    """Ask for the feed: of the site, or on medium.com of the account or publication in the path."""
    return [Ask(url=scope.at_root("/feed" + scope.path), method=NAME, kind="post")]


def read(answer: Answer, ask: Ask) -> Reading | None:
    """Read a feed or a sitemap."""
    return feed.read(answer, ask) or sitemap.read(answer, ask)

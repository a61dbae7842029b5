"""Ghost: its sitemap index has one file for posts and one for pages.

https://ghost.org/help/sitemap/ — the Content API needs a key and lies below a path that Ghost's own
robots.txt closes, so it is not asked. Ghost declares no total.
"""

from __future__ import annotations

from archive.records import Method
from scraper.discovery import sitemap
from scraper.discovery.links import Page
from scraper.discovery.reading import Answer, Ask, Reading
from scraper.scope import Scope

NAME: Method = "ghost"
SITEMAPS: tuple[str, ...] = ("/sitemap.xml",)
FEEDS: tuple[str, ...] = ("/rss/",)


def recognises(page: Page) -> bool:
    """Whether the page names Ghost as its generator."""
    return page.generator.startswith("ghost ") or page.generator == "ghost"


def attempts(page: Page, scope: Scope) -> list[Ask]:
    """Ask for the sitemap index."""
    return [Ask(url=scope.below("/sitemap.xml"), method=NAME)]


def read(answer: Answer, ask: Ask) -> Reading | None:
    """Read the index, or one of its files."""
    return sitemap.read(answer, ask)

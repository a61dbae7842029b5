"""Blogger: its Atom feeds page through every post and say how many there are.

https://developers.google.com/blogger/docs/2.0/reference (openSearch:totalResults, start-index).
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from archive.feeds import MAX_FEED_BYTES, parse_feed
from archive.records import Method
from scraper.discovery import feed
from scraper.discovery.links import Page
from scraper.discovery.reading import Answer, Ask, Reading
from scraper.scope import Scope

NAME: Method = "blogger"
SITEMAPS: tuple[str, ...] = ("/sitemap.xml",)
FEEDS: tuple[str, ...] = ("/feeds/posts/default",)

PAGE_SIZE = 150  # the most that a summary feed gives at once
MAX_POSTS = 100_000

_POSTS, _PAGES = "/feeds/posts/summary", "/feeds/pages/summary"


def recognises(page: Page) -> bool:
    """Whether the page names Blogger as its generator, or lies on blogspot."""
    host = urlsplit(page.url).hostname or ""
    return "blogger" in page.generator.split() or ".blogspot." in host


def attempts(page: Page, scope: Scope) -> list[Ask]:
    """Ask for the summary feed of posts."""
    url = f"{scope.at_root(_POSTS)}?max-results={PAGE_SIZE}&start-index=1"
    return [Ask(url=url, method=NAME, kind="post")]


def read(answer: Answer, ask: Ask) -> Reading | None:
    """Read one part of the feed of posts or of pages; the first asks for all the others."""
    if answer.status != 200:
        return None
    reading, parsed = feed.read(answer, ask), parse_feed(answer.body[:MAX_FEED_BYTES])
    if reading is None or parsed is None:
        return None
    listed = tuple(
        replace(entry, hints=replace(entry.hints, kind=ask.kind)) for entry in reading.listed
    )
    if ask.kind != "post" or ask.depth:
        return Reading(listed=listed, cut=reading.cut)
    total = _number(parsed.feed.get("opensearch_totalresults"))
    step = len(listed)
    starts = range(1 + step, min(total or 0, MAX_POSTS) + 1, step) if step else range(0)
    more = [
        replace(ask, url=feed.with_parameter(ask.url, "start-index", start), depth=1)
        for start in starts
    ]
    pages = replace(ask, url=ask.url.replace(_POSTS, _PAGES), kind="page")
    return Reading(listed=listed, more=(*more, pages), declared_total=total, cut=reading.cut)


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else None

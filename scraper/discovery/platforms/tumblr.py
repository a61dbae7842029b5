"""Tumblr: the public reading API pages through all posts and says how many there are.

https://www.tumblr.com/docs/en/api/v1 — an answer is JSON, wrapped in a JavaScript assignment.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from archive.records import Hints, Method
from scraper.addresses import resolve
from scraper.discovery.feed import plain_text, with_parameter
from scraper.discovery.links import Page
from scraper.discovery.reading import Answer, Ask, Listed, Reading, from_timestamp
from scraper.scope import Scope

NAME: Method = "tumblr"
SITEMAPS: tuple[str, ...] = ("/sitemap.xml",)
FEEDS: tuple[str, ...] = ("/rss",)

PAGE_SIZE = 50  # the most that the API gives at once
MAX_POSTS = 100_000


def recognises(page: Page) -> bool:
    """Whether the page lies on tumblr.com or draws on Tumblr's own asset hosts."""
    hosts = {urlsplit(page.url).hostname or "", *page.assets}
    return any(host.endswith((".tumblr.com", ".media.tumblr.com")) for host in hosts)


def attempts(page: Page, scope: Scope) -> list[Ask]:
    """Ask for the first part of all posts."""
    url = scope.at_root(f"/api/read/json?num={PAGE_SIZE}&start=0")
    return [Ask(url=url, method=NAME, kind="post")]


def read(answer: Answer, ask: Ask) -> Reading | None:
    """Read one part; the first asks for all the others."""
    if answer.status != 200 or answer.is_html:
        return None
    start, end = answer.body.find(b"{"), answer.body.rfind(b"}")
    try:
        document = json.loads(answer.body[start : end + 1])
    except (ValueError, RecursionError):
        return None
    posts = document.get("posts")
    if not isinstance(posts, list):
        return None
    items = [item for item in posts if isinstance(item, dict)]
    listed = tuple(entry for item in items if (entry := _entry(item, answer.url)))
    if ask.depth:
        return Reading(listed=listed)
    total = document.get("posts-total")
    total = int(total) if isinstance(total, int | str) and str(total).isdigit() else None
    starts = range(PAGE_SIZE, min(total or 0, MAX_POSTS), PAGE_SIZE)
    more = tuple(replace(ask, url=with_parameter(ask.url, "start", at), depth=1) for at in starts)
    return Reading(listed=listed, more=more, declared_total=total)


def _entry(item: dict[str, Any], base: str) -> Listed | None:
    address = item.get("url-with-slug") or item.get("url")
    url = resolve(base, address) if isinstance(address, str) else None
    if url is None:
        return None
    tags = item.get("tags")
    hints = Hints(
        kind="post",
        title=plain_text(item.get("regular-title")),
        published=from_timestamp(item.get("unix-timestamp")),
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
    )
    return Listed(url=url, hints=hints)

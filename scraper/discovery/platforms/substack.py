"""Substack: the archive that its own pages load, newest first, in parts until one is empty.

It declares no total; the end of the paging says that the list is whole.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from archive.records import Hints, Method
from scraper.addresses import resolve
from scraper.discovery.feed import plain_text, with_parameter
from scraper.discovery.links import Page
from scraper.discovery.reading import Answer, Ask, Listed, Reading, parse_date
from scraper.scope import Scope

NAME: Method = "substack"
SITEMAPS: tuple[str, ...] = ("/sitemap.xml",)
FEEDS: tuple[str, ...] = ("/feed",)

PAGE_SIZE = 50
MAX_PARTS = 1000


def recognises(page: Page) -> bool:
    """Whether the page lies on substack.com or draws on Substack's own asset host."""
    hosts = {urlsplit(page.url).hostname or "", *page.assets}
    return any(
        host == "substackcdn.com" or host.endswith((".substack.com", ".substackcdn.com"))
        for host in hosts
    )


def attempts(page: Page, scope: Scope) -> list[Ask]:
    """Ask for the first part of the archive."""
    url = scope.at_root(f"/api/v1/archive?sort=new&search=&offset=0&limit={PAGE_SIZE}")
    return [Ask(url=url, method=NAME, kind="post")]


def read(answer: Answer, ask: Ask) -> Reading | None:
    """Read one part; a part with entries asks for the one behind it."""
    if (items := answer.json_objects()) is None:
        return None
    listed = tuple(entry for item in items if (entry := _entry(item, answer.url)))
    if not listed or ask.depth >= MAX_PARTS:
        return Reading(listed=listed, whole=not items)
    offset = int(_offset(ask.url)) + len(items)
    following = replace(ask, url=with_parameter(ask.url, "offset", offset), depth=ask.depth + 1)
    return Reading(listed=listed, more=(following,))


def _offset(url: str) -> str:
    return url.partition("offset=")[2].partition("&")[0] or "0"


def _entry(item: dict[str, Any], base: str) -> Listed | None:
    address = item.get("canonical_url")
    url = resolve(base, address) if isinstance(address, str) else None
    if url is None:
        return None
    hints = Hints(
        kind="post",
        title=plain_text(item.get("title")),
        authors=_names(item.get("publishedBylines")),
        published=parse_date(item.get("post_date")),
        modified=parse_date(item.get("updated_at")),
        tags=_names(item.get("postTags")),
    )
    return Listed(url=url, lastmod=hints.modified, hints=hints)


def _names(people: object) -> tuple[str, ...]:
    found = (
        (p.get("name") for p in people if isinstance(p, dict)) if isinstance(people, list) else ()
    )
    return tuple(dict.fromkeys(name for name in found if isinstance(name, str) and name))

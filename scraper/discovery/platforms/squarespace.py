"""Squarespace: a collection page has a JSON form with its entries and the next part's offset.

https://developers.squarespace.com/view-json-data — sites may close it in their robots.txt; then
the sitemap remains.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from archive.records import Hints, Method
from scraper.addresses import resolve
from scraper.discovery.feed import plain_text, with_parameter
from scraper.discovery.links import Page
from scraper.discovery.listing_addresses import is_hub
from scraper.discovery.reading import Answer, Ask, Listed, Reading, from_timestamp
from scraper.scope import Scope

NAME: Method = "squarespace"
SITEMAPS: tuple[str, ...] = ("/sitemap.xml",)
FEEDS: tuple[str, ...] = ("/?format=rss", "/blog?format=rss")

MAX_PARTS = 1000
MAX_ATTEMPTS = 3

_MILLISECONDS = 1000


def recognises(page: Page) -> bool:
    """Whether the page draws on Squarespace's own asset hosts."""
    return "squarespace" in page.generator or any(
        host.endswith((".squarespace.com", ".squarespace-cdn.com")) for host in page.assets
    )


def attempts(page: Page, scope: Scope) -> list[Ask]:
    """Ask for the JSON form of the seed page, then of the pages that look like its blog."""
    hubs = [link.url for link in page.links if scope.covers(link.url) and is_hub(link.url)]
    places = list(dict.fromkeys([page.url, *hubs]))[:MAX_ATTEMPTS]
    return [
        Ask(url=with_parameter(url, "format", "json"), method=NAME, kind="post") for url in places
    ]


def read(answer: Answer, ask: Ask) -> Reading | None:
    """Read one part of a blog collection; None where the page is no such collection."""
    if answer.status != 200 or answer.is_html:
        return None
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    entries = document.get("items") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        return None
    items = [item for item in entries if isinstance(item, dict)]
    listed = tuple(entry for item in items if (entry := _entry(item, answer.url)))
    if not listed:
        return None
    collection, paging = document.get("collection"), document.get("pagination")
    total = collection.get("itemCount") if isinstance(collection, dict) else None
    offset = paging.get("nextPageOffset") if isinstance(paging, dict) else None
    more: tuple[Ask, ...] = ()
    if isinstance(offset, int | str) and offset and ask.depth < MAX_PARTS:
        url = with_parameter(ask.url, "offset", offset)
        more = (replace(ask, url=url, depth=ask.depth + 1),)
    declared = total if isinstance(total, int) and total > 0 and not ask.depth else None
    return Reading(listed=listed, more=more, declared_total=declared, whole=not more)


def _entry(item: dict[str, Any], base: str) -> Listed | None:
    address = item.get("fullUrl")
    url = resolve(base, address) if isinstance(address, str) else None
    if url is None:
        return None
    author, tags = item.get("author"), item.get("tags")
    name = author.get("displayName") if isinstance(author, dict) else None
    hints = Hints(
        kind="post",
        title=plain_text(item.get("title")),
        authors=(name,) if isinstance(name, str) and name else (),
        published=_date(item.get("publishOn")),
        modified=_date(item.get("updatedOn")),
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
    )
    return Listed(url=url, lastmod=hints.modified, hints=hints)


def _date(value: object) -> Any:
    return from_timestamp(value / _MILLISECONDS) if isinstance(value, int | float) else None

"""WordPress: the REST API says how many posts there are and names each.

https://developer.wordpress.org/rest-api/reference/posts/ — in both forms of its address,
`/wp-json/…` and `?rest_route=/…` (sites without pretty permalinks have only the second).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote_plus, urldefrag

from archive.records import Hints, Method
from scraper.addresses import resolve
from scraper.discovery.feed import plain_text, with_parameter
from scraper.discovery.links import Page
from scraper.discovery.reading import (
    TOO_MANY_PARTS,
    Answer,
    Ask,
    Kind,
    Listed,
    Reading,
    parse_date,
)
from scraper.scope import Scope

NAME: Method = "wordpress"
SITEMAPS: tuple[str, ...] = ("/wp-sitemap.xml", "/?sitemap=index", "/sitemap_index.xml")
FEEDS: tuple[str, ...] = ("/feed/", "/?feed=rss2")

MAX_PAGES = 1000  # of the API, 100 entries each

_MAX_OFFSET = timedelta(hours=14)  # of Kiribati; no zone is farther from UTC
_API_RELATION = "https://api.w.org/"
_ROUTE = "wp/v2/{type}"
_FIELDS = "link,type,title,date,date_gmt,modified,modified_gmt"
_QUERY = (
    f"per_page=100&_fields={_FIELDS},_links.author,_links.wp:term,_embedded&_embed=author,wp:term"
)
_COMMENTS_QUERY = "per_page=100&_fields=link,date_gmt"
_POSTS_ROUTE = _ROUTE.format(type="posts")
_PAGES_QUERY = f"per_page=100&_fields={_FIELDS}"


def recognises(page: Page) -> bool:
    """Whether the page announces the WordPress API, or names WordPress as its generator."""
    return (
        bool(page.heads_of(_API_RELATION))
        or "wordpress" in page.generator
        or any("/wp-content/" in url or "/wp-includes/" in url for _, _, url in page.heads)
    )


def attempts(page: Page, scope: Scope) -> list[Ask]:
    """Ask the API's announced address, or else both forms of the usual one."""
    announced = [url for url in page.heads_of(_API_RELATION) if scope.same_site(url)]
    roots = announced[:1] or [scope.below("/wp-json/"), scope.below("/?rest_route=/")]
    return [
        Ask(
            url=_address(scope.localized(root), "posts", _QUERY),
            method=NAME,
            kind="post",
            announced=bool(announced),
        )
        for root in roots
    ]


def comments(posts: Ask) -> Ask:
    """Ask for the last comments, where the posts were asked for."""
    root, _, _ = posts.url.partition(_POSTS_ROUTE)
    if root == posts.url:  # the route stands in the query, escaped
        root = posts.url.partition(quote_plus(_POSTS_ROUTE))[0].removesuffix("%2F") + "/"
    return Ask(url=_address(root, "comments", _COMMENTS_QUERY), method=NAME, comments=True)


def read(answer: Answer, ask: Ask) -> Reading | None:
    """Read one page of posts or pages; with the first of posts, ask for the rest and the pages."""
    if (items := answer.json_objects()) is None:
        return None
    if ask.comments:
        return _read_comments(items, answer, ask)
    listed = tuple(entry for item in items if (entry := _entry(item, answer.url, ask.kind)))
    if ask.kind != "post" or ask.depth:
        return Reading(listed=listed)
    more = [*_further(answer, ask), _pages(ask)]
    cut = TOO_MANY_PARTS if (_number(answer, "x-wp-totalpages") or 1) > MAX_PAGES else None
    total = _number(answer, "x-wp-total")
    return Reading(listed=listed, more=tuple(more), declared_total=total, cut=cut)


def _read_comments(items: list[dict[str, Any]], answer: Answer, ask: Ask) -> Reading:
    links = ((item.get("link"), parse_date(item.get("date_gmt"))) for item in items)
    listed = (
        Listed(url=urldefrag(url).url, lastmod=date)
        for link, date in links
        if isinstance(link, str) and (url := resolve(answer.url, link))
    )
    last = min(_number(answer, "x-wp-totalpages") or 1, MAX_PAGES)
    number = ask.depth + 2
    following = replace(ask, url=with_parameter(ask.url, "page", number), depth=ask.depth + 1)
    return Reading(listed=tuple(listed), deferred=(following,) if number <= last else ())


def _address(root: str, content_type: str, query: str) -> str:
    route = _ROUTE.format(type=content_type)
    joint = "&" if "rest_route=" in root else "?"
    return root.rstrip("/") + ("/" if not root.endswith("=") else "") + route + joint + query


def _further(answer: Answer, ask: Ask) -> list[Ask]:
    last = min(_number(answer, "x-wp-totalpages") or 1, MAX_PAGES)
    return [
        replace(ask, url=with_parameter(ask.url, "page", number), depth=number - 1)
        for number in range(2, last + 1)
    ]


def _pages(ask: Ask) -> Ask:
    url = ask.url.replace(_ROUTE.format(type="posts"), _ROUTE.format(type="pages"))
    return replace(ask, url=url.replace(_QUERY, _PAGES_QUERY), kind="page")


def _number(answer: Answer, header: str) -> int | None:
    text = answer.headers.get(header, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _entry(item: dict[str, Any], base: str, kind: Kind | None) -> Listed | None:
    url = resolve(base, item["link"]) if isinstance(item.get("link"), str) else None
    if url is None:
        return None
    title = item.get("title")
    modified = _local_date(item, "modified")
    hints = Hints(
        kind=kind,
        title=plain_text(title.get("rendered") if isinstance(title, dict) else title),
        authors=_embedded_names(item, "author", None),
        published=_local_date(item, "date"),
        modified=modified,
        tags=_embedded_names(item, "wp:term", "post_tag"),
    )
    return Listed(url=url, lastmod=modified, hints=hints)


def _local_date(item: dict[str, Any], name: str) -> datetime | None:
    """Read a date with the site's own offset, so that its day is the day on the blog.

    The API gives the site's time without a zone, and beside it the same instant in UTC.
    """
    instant, local = parse_date(item.get(f"{name}_gmt")), parse_date(item.get(name))
    if instant is None or local is None:
        return instant
    offset = local - instant
    whole_minutes = offset == timedelta(minutes=offset // timedelta(minutes=1))
    if not whole_minutes or abs(offset) > _MAX_OFFSET:
        return instant
    return instant.astimezone(timezone(offset))


def _embedded_names(item: dict[str, Any], relation: str, taxonomy: str | None) -> tuple[str, ...]:
    """Names of the embedded authors or terms; sites that hide their users embed an error."""
    embedded = item.get("_embedded")
    found = embedded.get(relation) if isinstance(embedded, dict) else None
    flat: list[Any] = []
    for part in found if isinstance(found, list) else []:
        flat.extend(part if isinstance(part, list) else [part])
    names = [
        plain_text(part.get("name"))
        for part in flat
        if isinstance(part, dict) and (taxonomy is None or part.get("taxonomy") == taxonomy)
    ]
    return tuple(dict.fromkeys(name for name in names if name))

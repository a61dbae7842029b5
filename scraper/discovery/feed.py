"""Feeds: RSS, Atom, RDF (by feedparser) and JSON Feed, with the ways in which they are paged."""

from __future__ import annotations

import json
from calendar import timegm
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urlencode, urlsplit, urlunsplit

from lxml import etree, html

from archive.digests import text_digest
from archive.feeds import MAX_FEED_BYTES, parse_feed
from archive.records import Hints
from scraper.addresses import resolve
from scraper.discovery.reading import (
    NO_END,
    TOO_LARGE,
    TOO_MANY_PARTS,
    Answer,
    Ask,
    Listed,
    Reading,
    from_timestamp,
    parse_date,
)
from scraper.discovery.xml_ends import ends_whole, is_closed

MAX_PAGES = 500  # of one paged feed: 5,000 posts at ten a page

_JSON_FEED = "https://jsonfeed.org/version/"
_NEXT = ("next", "prev-archive")  # RFC 5005 §3 and §4


def read(answer: Answer, ask: Ask) -> Reading | None:
    """Read a feed; None where the answer is none.

    Entries are posts where they carry a date: some programs put pages into the feed, without one.
    """
    if answer.status != 200:
        return None
    body = answer.body[:MAX_FEED_BYTES]
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _read_json(answer, ask)
    parsed = parse_feed(body)
    if parsed is None:
        return None
    items, cut = parsed.entries, _cut(answer, ask)
    if not is_closed(body, "rss", "feed", "rdf"):
        cut = cut or NO_END
        items = items if ends_whole(body, "item", "entry") else items[:-1]
    one_date = str(parsed.version).startswith("rss")
    entries = (_entry(item, answer.url, one_date=one_date) for item in items)
    listed = tuple(entry for entry in entries if entry is not None)
    if ask.comments:
        return Reading(listed=tuple(map(_commented, listed)), cut=cut)
    if ask.depth and not listed:
        return Reading(whole=cut is None, cut=cut)
    return Reading(
        listed=listed,
        deferred=_next_part(parsed.feed, answer.url, ask),
        whole="fh_complete" in parsed.feed and cut is None,
        cut=cut,
    )


def _cut(answer: Answer, ask: Ask) -> str | None:
    if len(answer.body) > MAX_FEED_BYTES:
        return TOO_LARGE
    return TOO_MANY_PARTS if ask.depth >= MAX_PAGES else None


def with_parameter(url: str, name: str, value: object) -> str:
    """Set one parameter of a URL's query.

    >>> with_parameter("https://example.org/?feed=rss2&paged=2", "paged", 3)
    'https://example.org/?feed=rss2&paged=3'
    """
    parts = urlsplit(url)
    pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    return urlunsplit(parts._replace(query=urlencode([*pairs, (name, str(value))])))


def _entry(item: Any, base: str, *, one_date: bool) -> Listed | None:
    """Read an item; where the format has one date only (dc:date in RSS), it is of publication."""
    link = item.get("feedburner_origlink") or item.get("link")
    url = resolve(base, link) if isinstance(link, str) and link else None
    if url is None:
        return None
    published = _date(item, "published") or _date(item, "created")
    modified = _date(item, "updated")
    if one_date and published is None:
        published, modified = modified, None
    hints = Hints(
        kind="post" if published or modified else None,
        title=_title(item),
        authors=_names(item),
        published=published,
        modified=modified,
        tags=_unique(tag.get("label") or tag.get("term") for tag in item.get("tags") or ()),
        fingerprint=_fingerprint(
            item.get("title"),
            dict.get(item, "updated"),
            item.get("summary"),
            *(content.get("value") for content in item.get("content") or ()),
            item.get("slash_comments"),
        ),
    )
    return Listed(url=url, lastmod=modified, hints=hints)


def _commented(comment: Listed) -> Listed:
    """Give the post that a comment stands on, with the comment's date."""
    return Listed(url=urldefrag(comment.url).url, lastmod=comment.hints.published)


def _fingerprint(*parts: object) -> str:
    """Digest what an entry shows of its page: words alone, since the mark-up of feeds varies."""
    return text_digest("\n".join(plain_text(part) or "" for part in parts))


def _date(item: Any, field: str) -> datetime | None:
    # feedparser gives `updated` for `published` where only that is there: ask without its aliases
    parsed = dict.get(item, f"{field}_parsed")
    try:
        return from_timestamp(timegm(parsed)) if parsed else None
    except (ValueError, OverflowError, TypeError):
        return None


def _title(item: Any) -> str | None:
    title = item.get("title")
    if (item.get("title_detail") or {}).get("type") == "text/plain" and isinstance(title, str):
        return " ".join(title.split()) or None
    return plain_text(title)


def _names(item: Any) -> tuple[str, ...]:
    people = [person.get("name") for person in item.get("authors") or () if person]
    return _unique(people or [item.get("author")])


def plain_text(markup: object) -> str | None:
    """Give the text of a title that may hold mark-up or entities.

    >>> plain_text("Bread &amp; <em>Butter</em>")
    'Bread & Butter'
    """
    if not isinstance(markup, str) or not markup.strip():
        return None
    if "<" not in markup and "&" not in markup:
        return markup.strip()
    try:
        text = html.fragment_fromstring(markup, create_parent="p").text_content()
    except (etree.ParserError, ValueError):
        text = markup
    return " ".join(text.split()) or None


def _unique(values: Iterable[object]) -> tuple[str, ...]:
    texts = (value.strip() for value in values if isinstance(value, str))
    return tuple(dict.fromkeys(text for text in texts if text))


def _next_part(feed: Any, url: str, ask: Ask) -> tuple[Ask, ...]:
    if ask.depth >= MAX_PAGES:
        return ()
    deeper = replace(ask, depth=ask.depth + 1)
    for link in feed.get("links") or ():
        following = resolve(url, link.get("href") or "") if link.get("rel") in _NEXT else None
        if following:
            return (replace(deeper, url=following, announced=True),)
    if "wordpress" in str(feed.get("generator") or "").lower():
        return (replace(deeper, url=with_parameter(url, "paged", ask.depth + 2), announced=False),)
    return ()


def _read_json(answer: Answer, ask: Ask) -> Reading | None:
    """Read a JSON Feed (jsonfeed.org, 1 and 1.1)."""
    try:
        document = json.loads(answer.body[:MAX_FEED_BYTES])
    except (ValueError, RecursionError):
        return None
    if not str(document.get("version", "")).startswith(_JSON_FEED):
        return None
    items = document.get("items")
    items = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    listed = tuple(entry for item in items if (entry := _json_entry(item, answer.url)))
    following = document.get("next_url")
    url = resolve(answer.url, following) if isinstance(following, str) else None
    deferred = (replace(ask, url=url, depth=ask.depth + 1, announced=True),) if url else ()
    return Reading(
        listed=listed, deferred=deferred if ask.depth < MAX_PAGES else (), cut=_cut(answer, ask)
    )


def _json_entry(item: Mapping[str, Any], base: str) -> Listed | None:
    link = item.get("url")
    url = resolve(base, link) if isinstance(link, str) and link else None
    if url is None:
        return None
    people = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
    tags = item.get("tags")
    published, modified = (
        parse_date(item.get("date_published")),
        parse_date(item.get("date_modified")),
    )
    hints = Hints(
        kind="post" if published or modified else None,
        title=plain_text(item.get("title")),
        authors=_unique(p.get("name") for p in people or () if isinstance(p, dict)),
        published=published,
        modified=modified,
        tags=_unique(tags) if isinstance(tags, list) else (),
        language=item["language"] if isinstance(item.get("language"), str) else None,
        fingerprint=_fingerprint(
            *(item.get(n) for n in ("title", "date_modified", "summary", "content_html")),
            item.get("content_text"),
        ),
    )
    return Listed(url=url, lastmod=modified, hints=hints)

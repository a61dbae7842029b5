"""Feeds as bytes: parsed without a connection and without surprise, and the texts in them.

RSS, Atom and RDF are read by feedparser; JSON Feed (https://jsonfeed.org/version/1.1) and the posts
of WordPress' REST API are JSON. Which posts a feed lists is read by `scraper.discovery`; here, what
it says of the text of each.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

import feedparser

from archive.extraction.tree.parsing import decode_html

MAX_FEED_BYTES = 20_000_000  # full-text feeds of whole blogs reach a few megabytes

_PARSER_ERRORS = (LookupError, ValueError, AttributeError, TypeError, RecursionError)
"""What feedparser lets out on broken encodings, character references and GeoRSS elements."""
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_STUMBLING = re.compile(r"&#\w*;|</?(?:georss|gml|geo):[^<>]*>|[\x00-\x08\x0b\x0c\x0e-\x1f]")
_JSON_FEED = "https://jsonfeed.org/version/"
_FEED_ROOT = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)\b", re.I)
_HEAD_BYTES = 4096
_SPACES = b"\xef\xbb\xbf \t\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedText:
    """What an entry says of the text of a post."""

    url: str
    kind: Literal["feed", "wordpress"]
    body: str  # HTML
    title: str | None = None  # may hold mark-up
    is_whole: bool = True  # it stands where the format has the whole text, not a summary


def parse_feed(body: bytes) -> Any | None:
    """Parse XML feed bytes; None where they are no feed. Never opens a connection, never raises."""
    for prepared in (bytes, _mended):
        source = BytesIO(prepared(body))
        try:
            parsed = feedparser.parse(source, sanitize_html=False, resolve_relative_uris=False)
        except _PARSER_ERRORS:
            continue
        return parsed if parsed.get("version") else None
    return None


def iter_stated_texts(body: bytes, url: str) -> Iterator[StatedText]:
    """Yield what a feed, or an answer of WordPress' API, says of the texts of posts.

    An entry whose link leads to a place inside a page is left out: it is a comment.

    Args:
        body: of the answer, codings taken off; what is no feed gives nothing.
        url: of the answer, which the links in it are relative to.
    """
    start = body[:_HEAD_BYTES].lstrip(_SPACES)
    if start.startswith((b"{", b"[")):
        yield from _read_json(body[:MAX_FEED_BYTES], url)
    elif _FEED_ROOT.search(start):
        parsed = parse_feed(body[:MAX_FEED_BYTES])
        for item in parsed.entries if parsed is not None else ():
            yield from _read_item(item, url)


def _read_item(item: Any, base: str) -> Iterator[StatedText]:
    """An item of RSS or an entry of Atom: the longest of its contents, else its summary."""
    url = _resolve(base, item.get("feedburner_origlink") or item.get("link"))
    bodies = [_as_html(content) for content in item.get("content") or ()]
    body = max(bodies, key=len, default="")
    is_whole = bool(body)
    body = body or _as_html(item.get("summary_detail") or {})
    if url and body.strip():
        title = item.get("title")
        yield StatedText(
            url=url,
            kind="feed",
            body=body,
            title=title if isinstance(title, str) else None,
            is_whole=is_whole,
        )


def _as_html(content: Mapping[str, Any]) -> str:
    value = content.get("value")
    if not isinstance(value, str):
        return ""
    return _paragraphs(value) if content.get("type") == "text/plain" else value


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line.strip())


def _read_json(body: bytes, base: str) -> Iterator[StatedText]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return
    read, items = _read_post, document
    if isinstance(document, dict) and str(document.get("version")).startswith(_JSON_FEED):
        read, items = _read_json_item, document.get("items")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            yield from read(item, base)


def _read_json_item(item: Mapping[str, Any], base: str) -> Iterator[StatedText]:
    """An item of a JSON Feed."""
    markup, text, summary = (item.get(n) for n in ("content_html", "content_text", "summary"))
    body = markup if isinstance(markup, str) else None
    body = body or (_paragraphs(text) if isinstance(text, str) else None)
    is_whole = bool(body)
    body = body or (_paragraphs(summary) if isinstance(summary, str) else None)
    url, title = _resolve(base, item.get("url")), item.get("title")
    if url and body:
        yield StatedText(
            url=url,
            kind="feed",
            body=body,
            title=title if isinstance(title, str) else None,
            is_whole=is_whole,
        )


def _read_post(item: Mapping[str, Any], base: str) -> Iterator[StatedText]:
    """A post of WordPress' API, where it was asked for its content; none behind a password."""
    content, title = item.get("content"), item.get("title")
    url = _resolve(base, item.get("link"))
    if url is None or not isinstance(content, dict) or content.get("protected"):
        return
    body = content.get("rendered")
    if isinstance(body, str) and body.strip():
        name = title.get("rendered") if isinstance(title, dict) else None
        yield StatedText(
            url=url, kind="wordpress", body=body, title=name if isinstance(name, str) else None
        )


def _resolve(base: str, link: object) -> str | None:
    if not isinstance(link, str) or not link.strip():
        return None
    try:
        url = urljoin(base, link.strip())
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and not parts.fragment else None


def _mended(body: bytes) -> bytes:
    """Take out what feedparser stumbles over: odd encodings, impossible characters, places."""
    text = _DECLARATION.sub("", decode_html(body))
    return _STUMBLING.sub("", text).encode("utf-8", "replace")

"""The rows of the catalogue that are no record of `archive.records`, and rows to values."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from archive.record_json import from_json
from archive.records import Discovery, Origin, PageType, Role

FAILED = "failed"
UNREAD = "unread"
SKIPPED = "skipped:"
GONE = "gone:"
UNCHANGED = "unchanged"
EARLIER = "earlier"
UNLISTED = "unlisted"  # the reason of a page that is gone and still answers
_JSON_COLUMNS = frozenset({
    "seeds", "versions", "stats", "authors", "tags", "methods", "hints", "origin",
    "continuation_ids",
})  # fmt: skip


def skipped(rule: str) -> str:
    """Write the outcome of a URL that a rule of the scope kept from being fetched.

    >>> skipped("calendar")
    'skipped:calendar'
    """
    return SKIPPED + rule


def gone(reason: str) -> str:
    """Write the outcome of a known page that is no longer there.

    >>> gone("HTTP 404")
    'gone:HTTP 404'
    """
    return GONE + reason


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundUrl:
    """A discovery and what became of it; one line of a crawl's ``discoveries.jsonl``.

    `outcome` is a page type ("article", "listing" …), ``failed``, ``skipped:<rule>``, ``unread``
    where it was captured while extraction was off, ``unchanged`` where it says what it said when it
    was last captured, ``gone:<reason>`` where a known page is no longer there, ``earlier`` where it
    was settled before this crawl took up an interrupted one, or None where the crawl ended before
    the URL was reached.
    """

    discovery: Discovery
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow:
    """What the catalogue knows about an article: all but its text, and where that lies."""

    url: str
    title: str | None
    authors: tuple[str, ...]
    published: datetime | None
    modified: datetime | None
    language: str | None
    site_name: str | None
    tags: tuple[str, ...]
    word_count: int
    comment_count: int
    canonical_url: str | None
    captured: datetime
    capture_id: str
    crawl_id: str
    text_digest: str
    warc_file: str
    warc_offset: int
    version: int
    former: str | None  # capture_id of the row before it, of the same article
    gone: datetime | None  # since when its page is gone, by all crawls that are over
    gone_reason: str | None
    back: datetime | None  # when its page last came back


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRow:
    """A capture: what was captured, where it lies, and what the page is."""

    record_id: str
    record_type: str
    crawl_id: str
    target_uri: str
    date: datetime
    status: int | None
    mime: str | None
    payload_digest: str
    filename: str
    offset: int
    length: int
    refers_to: str | None
    refers_to_target_uri: str | None
    refers_to_date: datetime | None
    role: Role
    page_type: PageType | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPageRow(CaptureRow):
    """The latest capture of a page that is no article, and what has become of that page since."""

    gone: datetime | None  # as of an article
    gone_reason: str | None
    back: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchRow:
    """The sketch of a page that was read, and what it takes to read it again."""

    record_id: str
    site: str  # host
    address: int  # hash of its urlkey
    frame: int  # hash of the tags around its text: pages of another design have another
    is_post: bool  # by the page alone, as is the title
    title: int  # hash; 0 for none
    origin: Origin
    continuation_ids: tuple[str, ...]  # of its further pages
    extractor: str
    sketch: bytes  # see `archive.extraction.site.sketches`
    wording: int  # hash of its text as it was last read: see `archive.extraction.site.wording`
    loose_wording: int  # … without numbers and addresses
    settled: str = ""  # what else had a say in its row


_SKETCH_FIELDS = frozenset(each.name for each in fields(SketchRow))


def read_sketch_row(row: sqlite3.Row) -> SketchRow:
    """Read a row of the table of sketches; other columns are passed over.

    Raises:
        ValueError: it holds something else.
    """
    values = {name: value for name, value in row_values(row).items() if name in _SKETCH_FIELDS}
    values["origin"] = from_json(Origin, values["origin"])
    values["continuation_ids"] = tuple(values["continuation_ids"])
    values["is_post"] = bool(values["is_post"])
    return SketchRow(**values)


def column_value(value: Any) -> Any:
    """Write a JSON value as SQLite stores it: lists and objects as JSON text."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value


def row_values(row: sqlite3.Row) -> dict[str, Any]:
    """Read a row as the JSON values that `archive.record_json.from_json` takes."""
    return {
        name: json.loads(value) if name in _JSON_COLUMNS else value
        for name, value in dict(row).items()
    }

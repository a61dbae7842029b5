"""The values that pass between the plan and the readers of lists, and how dates are read.

A reader takes an `Answer` and gives a `Reading`, or None where the answer is not what it was asked
for, whatever its status and content type say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, get_args

from lxml.etree import _Element

from archive.extraction.tree.parsing import parse_html
from archive.records import Hints, Method

CUT_OFF = "cut off"  # the answer: its server may give it whole the next time
NO_END = "no end tag"  # the document: so its program writes it, or it broke off in there
TOO_LARGE = "too large"
TOO_MANY_PARTS = "too many parts"

Kind = Literal["post", "page", "listing"]
METHODS: Mapping[str, Method] = {name: name for name in get_args(Method)}  # each by its name

_FIRST_YEAR, _LAST_YEAR = 1990, 2100  # outside lie the zero dates of programs: 0001, 1970, 9999


@dataclass(slots=True, kw_only=True)
class Answer:
    """What a server said to one request of the plan.

    Attributes:
        url: the final URL, after redirects.
        headers: with names in lower case.
        body: with transfer and content coding taken off.
        tree: the parsed page, where the caller has it already; else it is made when needed.
        is_cut: the connection ended before the body did.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    tree: _Element | None = None
    is_cut: bool = False

    @property
    def is_html(self) -> bool:
        """Whether the body looks like an HTML page, whatever its content type says."""
        head = self.body[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if head.startswith((b"<!doctype html", b"<html")) or b"<html" in head or b"<body" in head:
            return True
        return "html" in self.headers.get("content-type", "") and not head.startswith(
            (b"<?xml", b"<rss", b"<feed", b"<urlset", b"<sitemapindex", b"{", b"[")
        )

    def json_objects(self) -> list[dict[str, Any]] | None:
        """Give the objects of a body that is a JSON list; None where it is none."""
        if self.status != 200 or self.is_html:
            return None
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        if not isinstance(document, list):
            return None
        return [item for item in document if isinstance(item, dict)]

    def parsed(self) -> _Element:
        """Give the parsed page; parsed once."""
        if self.tree is None:
            self.tree = parse_html(self.body, self.headers)
        return self.tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One list that may be asked for.

    Attributes:
        method: the reader, and the way of finding that its entries are marked with.
        kind: what the list is known to hold, from its name in an index or from an API.
        depth: how many indexes lie above it.
        announced: the site itself names its address.
        comments: it lists comments; what it names are the posts that they stand on.
        lastmod: of a part, when it changed last, as its index says.
    """

    url: str
    method: Method
    kind: Kind | None = None
    depth: int = 0
    announced: bool = False
    comments: bool = False
    lastmod: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One URL that a list names, and what the list says about it."""

    url: str
    lastmod: datetime | None = None
    hints: Hints = field(default_factory=Hints)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one list says.

    Attributes:
        more: further parts of the same list, to be asked for now.
        deferred: further parts that are asked for only while no list is complete.
        declared_total: how many posts the site itself says it has.
        whole: with this part, the list has named every post (it says so, or its paging has ended).
        cut: short name of what kept a part of the list from being read.
    """

    listed: tuple[Listed, ...] = ()
    more: tuple[Ask, ...] = ()
    deferred: tuple[Ask, ...] = ()
    declared_total: int | None = None
    whole: bool = False
    cut: str | None = None


def parse_date(text: object) -> datetime | None:
    """Read a date as lists write it (ISO 8601, RFC 2822); None where it is none.

    Without a time zone it is UTC. Dates that stand for "no date" (0001-01-01, 1970) are none.

    >>> parse_date("2024-02-29T10:00:00+02:00").isoformat()
    '2024-02-29T08:00:00+00:00'
    >>> parse_date("Thu, 29 Feb 2024 10:00:00 GMT").isoformat()
    '2024-02-29T10:00:00+00:00'
    >>> parse_date("yesterday")
    """
    if not isinstance(text, str) or not text.strip():
        return None
    return as_utc(_from_iso(text.strip()) or _from_rfc2822(text.strip()))


def from_timestamp(seconds: object) -> datetime | None:
    """Read seconds since 1970, as APIs give them; None where it is no such number."""
    if not isinstance(seconds, int | float):
        return None
    try:
        return as_utc(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def as_utc(value: datetime | None) -> datetime | None:
    """Make a date an aware UTC date; None where it cannot be the date of a post."""
    if value is None or not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _from_iso(text: str) -> datetime | None:
    for candidate in (text, text[:19], text[:10], text[:7] + "-01"):
        try:
            return datetime.fromisoformat(candidate)
        except ValueError:
            continue
    return None


def _from_rfc2822(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None

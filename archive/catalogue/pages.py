"""What is known of each page across crawls: what a crawl that comes again plans with.

The rows are folded from what the crawls log (`archive.catalogue.folding`). A page is found in
constant time; lists of pages are streamed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from archive.catalogue.chains import complete_crawls
from archive.catalogue.reader import CatalogueReader
from archive.catalogue.rows import SKIPPED
from archive.catalogue.schema import damaged
from archive.record_json import from_json
from archive.records import AskedList, Discovery, Hints, Method
from archive.revisiting import is_passing
from archive.urls import urlkey

_LEFT_FOR_LATER = ("limit", "before-since", "after-until")
_REMEMBERED_CRAWLS = 30  # of each command: some lists are not asked for each time


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPage:
    """What all crawls that are over have told of one page; dates are those of crawls."""

    urlkey: str
    discovery: Discovery  # as in its last line
    kind: str | None  # page type at its last reading, unread, skipped:<rule>; None: never answered
    first_found: datetime
    checked: datetime | None  # the last crawl that had an answer
    changed: datetime | None  # the last check that found something else than the one before
    check_count: int
    change_count: int
    fail_count: int  # failures in a row since the last answer
    gone: datetime | None  # since when; None: it is there
    gone_reason: str | None
    back: datetime | None  # when it last came back
    next_check: datetime | None  # None: at once, unless a rule leaves it out
    published: datetime | None = None  # as an article says; told by `iter_live_articles` alone

    @property
    def is_left_out(self) -> bool:
        """Whether a rule left it out when it was last found, and it was never captured."""
        return self.kind is not None and self.kind.startswith(SKIPPED)

    def is_due(self, now: datetime) -> bool:
        """Tell whether it is time to ask for it."""
        return not self.is_left_out and (self.next_check is None or self.next_check <= now)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownList:
    """A list that was asked for, and what came of it.

    Attributes:
        last: what became of it the last time, unless the reason was one that passes.
        has_named: it has named anything, then or before.
        led_to: number of articles that are there and of which it is the `via`.
    """

    last: AskedList
    has_named: bool
    led_to: int

    @property
    def is_lost(self) -> bool:
        """Whether it is not where it was; one that is empty is there."""
        return self.last.error is not None and not self.last.named


def find_page(catalogue: CatalogueReader, url: str) -> KnownPage | None:
    """Find what is known of the page at an address.

    Scheme, ``www.``, a trailing slash and the case do not matter.
    """
    return next(_read(catalogue, "SELECT * FROM pages WHERE urlkey = ?", urlkey(url)), None)


def iter_due_pages(catalogue: CatalogueReader, now: datetime) -> Iterator[KnownPage]:
    """Yield the pages that it is time to ask for, the longest overdue first."""
    return _read(
        catalogue, "SELECT * FROM pages WHERE next_check <= ? ORDER BY next_check", now.isoformat()
    )


def iter_known_pages(catalogue: CatalogueReader) -> Iterator[KnownPage]:
    """Yield every page that was captured and is not gone, sorted by address."""
    return _read(
        catalogue, "SELECT * FROM pages WHERE check_count > 0 AND gone IS NULL ORDER BY urlkey"
    )


def iter_live_articles(catalogue: CatalogueReader) -> Iterator[KnownPage]:
    """Yield every page that is an article and is not gone, sorted by address."""
    rows = catalogue.query(
        "SELECT pages.*, (SELECT max(published) FROM articles"
        " WHERE articles.urlkey = pages.urlkey) AS published"
        " FROM pages WHERE kind = 'article' AND gone IS NULL ORDER BY urlkey"
    )
    for row in rows:
        page = _known_page(catalogue, row[:-1])
        yield replace(page, published=_date(row["published"]))


def iter_asked_lists(catalogue: CatalogueReader, crawl_id: str) -> Iterator[AskedList]:
    """Yield what a crawl asked for because it may name pages, in the order in which it did."""
    for row in catalogue.query("SELECT * FROM lists WHERE crawl_id = ? ORDER BY rowid", crawl_id):
        yield _asked_list(catalogue, row)


def iter_unread_lists(catalogue: CatalogueReader, crawl_id: str) -> Iterator[AskedList]:
    """Yield the lists that a crawl could not read, although they had named pages before it."""
    rows = catalogue.query(
        "SELECT asked.* FROM lists AS asked JOIN crawls AS crawl USING (crawl_id)"
        " WHERE crawl_id = ? AND error IS NOT NULL AND EXISTS ("
        "SELECT 1 FROM crawls AS earlier JOIN lists AS former USING (crawl_id)"
        " WHERE earlier.started < crawl.started AND former.url = asked.url"
        " AND former.named > 0 AND former.error IS NULL) ORDER BY asked.rowid",
        crawl_id,
    )
    return (_asked_list(catalogue, row) for row in rows)


def remembered_lists(catalogue: CatalogueReader, now: datetime) -> list[KnownList]:
    """List the lists that were asked for, the last one first.

    Their parts come with them, and are left out. Only crawls that were complete have a say, the
    last thirty of each command: a list that is empty, broken or forbidden for a day is not
    forgotten.

    Args:
        catalogue: of the collection.
        now: this moment.
    """
    led_to = dict(_count_by_via(catalogue))
    last: dict[str, AskedList] = {}
    have_named = set()
    for asked in _last_answers(catalogue, now):
        if asked.error is None or not is_passing(asked.error):
            last.setdefault(asked.url, asked)
        if asked.error is None and asked.named:
            have_named.add(asked.url)
    return [
        KnownList(last=asked, has_named=url in have_named, led_to=led_to.get(url, 0))
        for url, asked in last.items()
    ]


def _count_by_via(catalogue: CatalogueReader) -> Iterator[tuple[str, int]]:
    rows = catalogue.query(
        "SELECT via, count(*) AS number FROM pages WHERE kind = 'article' AND gone IS NULL"
        " AND via IS NOT NULL GROUP BY via"
    )
    return ((row["via"], row["number"]) for row in rows)


def _last_answers(catalogue: CatalogueReader, now: datetime) -> Iterator[AskedList]:
    """Yield what became of each list, by the last crawl first, in the order of asking."""
    complete = complete_crawls(catalogue, now, last=_REMEMBERED_CRAWLS)
    rows = catalogue.query(
        "SELECT lists.* FROM json_each(?) AS complete JOIN lists"
        " ON lists.crawl_id = complete.value WHERE depth = 0"
        " ORDER BY complete.key DESC, lists.rowid",
        json.dumps(complete),
    )
    return (_asked_list(catalogue, row) for row in rows)


def find_readings(catalogue: CatalogueReader, now: datetime) -> dict[str, datetime]:
    """Tell of each part of a list when the last crawl began that read it whole.

    A crawl that left out pages by their number or their date does not count: the next one is to
    be told of them.

    Args:
        catalogue: of the collection.
        now: this moment.
    """
    complete = complete_crawls(catalogue, now, last=_REMEMBERED_CRAWLS)
    rows = catalogue.query(
        "SELECT lists.url, max(crawls.started) AS started FROM json_each(?) AS complete"
        " JOIN crawls ON crawls.crawl_id = complete.value"
        " JOIN lists ON lists.crawl_id = complete.value"
        " WHERE lists.depth > 0 AND lists.named > 0 AND lists.error IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM discoveries WHERE discoveries.crawl_id = complete.value"
        " AND outcome IN (SELECT value FROM json_each(?))) GROUP BY lists.url",
        json.dumps(complete),
        json.dumps([f"{SKIPPED}{rule}" for rule in _LEFT_FOR_LATER]),
    )
    return {row["url"]: datetime.fromisoformat(row["started"]) for row in rows}


def remembered_listings(catalogue: CatalogueReader) -> list[tuple[str, int]]:
    """List the listing pages that led to articles which are there, with how many each.

    The one with the most comes first.
    """
    statement = (
        "SELECT via, count(*) AS number FROM pages WHERE kind = 'article' AND gone IS NULL"
        " AND via IS NOT NULL AND methods LIKE '[\"listing\"%' GROUP BY via"
        " ORDER BY number DESC, via"
    )
    return [(row["via"], row["number"]) for row in catalogue.query(statement)]


def _read(catalogue: CatalogueReader, statement: str, *parameters: object) -> Iterator[KnownPage]:
    for row in catalogue.query(statement, *parameters):
        yield _known_page(catalogue, row)


def _known_page(catalogue: CatalogueReader, row: Sequence[Any]) -> KnownPage:
    (
        key, url, methods, via, hops, lastmod, hints, kind, first_found, checked, changed,
        check_count, change_count, fail_count, gone, gone_reason, back, next_check,
    ) = row  # fmt: skip
    try:
        return KnownPage(
            urlkey=key,
            discovery=Discovery(
                url=url,
                methods=_methods(methods),
                via=via,
                hops_from_seed=hops,
                lastmod=_date(lastmod),
                hints=_hints(hints),
            ),
            kind=kind,
            first_found=datetime.fromisoformat(first_found),
            checked=_date(checked),
            changed=_date(changed),
            check_count=check_count,
            change_count=change_count,
            fail_count=fail_count,
            gone=_date(gone),
            gone_reason=gone_reason,
            back=_date(back),
            next_check=_date(next_check),
        )
    except ValueError as error:
        raise damaged(catalogue.path, str(error)) from error


def _date(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


# Pages of one blog have few different ones: that they are not read anew halves the time of a list.
@lru_cache(maxsize=1024)
def _methods(text: str) -> tuple[Method, ...]:
    return tuple(json.loads(text))


@lru_cache(maxsize=1024)
def _hints(text: str) -> Hints:
    return from_json(Hints, json.loads(text))


def _asked_list(catalogue: CatalogueReader, row: Any) -> AskedList:
    try:
        return from_json(AskedList, dict(row) | {"announced": bool(row["announced"])})
    except ValueError as error:
        raise damaged(catalogue.path, str(error)) from error

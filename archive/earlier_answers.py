"""Answers that a collection has already, for requests that need not be made once more.

Two uses. A crawl that takes up an interrupted one is given what that one has captured, so that it
finds its place by going through the same plan, and nothing is fetched twice. And a page that is
looked at again is asked for with the validators of its last answer (RFC 9110 §13.1), so that the
server need not send what has not changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.catalogue import EARLIER, FAILED, UNREAD, CaptureRow, CatalogueReader, skipped
from archive.catalogue.sites import get_page
from archive.errors import CaptureNotFoundError, WarcError
from archive.http_message import split_response
from archive.originals import OriginalFinder
from archive.records import Capture, Discovery, Exchange, Role
from archive.repeated_payloads import repeats_payload
from archive.split_posts import INCOMPLETE
from archive.stored_messages import MessageReader
from archive.unheeded import is_unheeded
from archive.urls import urlkey
from archive.warc.fields import Original
from archive.warc.file import find_warc_file
from archive.warc.reader import read_record

UNCONFIRMED = "unconfirmed"
"""The rule that leaves out the answer to a known page that may be gone, until it is decided."""

_MAX_CANDIDATES = 4  # of captures that turn out to be unusable, before the server is asked
_UNSETTLED = frozenset({None, EARLIER, UNREAD})
_ASKED_ANEW = frozenset(map(skipped, (INCOMPLETE, UNCONFIRMED)))
# All but what is asked for again soon after: a server in trouble, "not now" (RFC 9110 §15). A
# revisit without status stands for the whole answer of its original: the server sent a 304.
_FINAL = (
    "(record_type IN ('response', 'revisit') AND status BETWEEN 200 AND 499"
    " AND status NOT IN (304, 408, 429) OR record_type = 'revisit' AND status IS NULL)"
)
_VALIDATOR = re.compile(r"[\x21-\x7e\x80-\xff](?:[\x20-\x7e\x80-\xff]{0,998}[\x21-\x7e\x80-\xff])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, as far as it says whether an archived answer will do.

    Attributes:
        since: an answer that is older will not; None: whatever its age.
    """

    url: str
    discovery: Discovery
    role: Role
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierAnswer:
    """An answer that was archived before.

    Attributes:
        capture: where it lies.
        exchange: the whole answer, which of a 304 is the one that it confirmed; no request.
        crawl_id: of the crawl that captured it.
        not_modified: the server sent a 304.
        settled: what has become of the page; None where it is still to be read, or once more.
    """

    capture: Capture
    exchange: Exchange
    crawl_id: str
    not_modified: bool
    settled: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What to ask by whether something has changed.

    Attributes:
        capture_id: of the answer that sent them, which a 304 confirms.
        original: the response that has its payload.
        etag: as sent, weak or strong.
        last_modified: as sent.
    """

    capture_id: str
    original: Original
    etag: str | None
    last_modified: str | None


class EarlierAnswers:
    """Finds archived answers; one that cannot be read counts as none.

    Args:
        warc_dir: where the WARC files are.
        catalogue: knows every capture of the collection.
        crawl_id: of the running crawl.
        chain: identifiers of the interrupted crawls that it takes up, oldest first.
        may_refer: whether it may write revisits of what earlier crawls have captured, as a 304 is.

    Raises:
        CatalogueError: from every method, when the catalogue cannot be used.
    """

    def __init__(
        self,
        warc_dir: Path,
        catalogue: CatalogueReader,
        *,
        crawl_id: str,
        chain: tuple[str, ...] = (),
        may_refer: bool = True,
    ) -> None:
        self._warc_dir = warc_dir
        self._catalogue = catalogue
        self._messages = MessageReader(warc_dir, catalogue)
        self._originals = OriginalFinder(warc_dir, catalogue)
        self._crawl_id = crawl_id
        self.chain = chain
        self._may_refer = may_refer

    def says_the_same(self, capture: Capture) -> bool:
        """Tell whether a page without further pages sent what was read at an earlier capture."""
        return repeats_payload(self._catalogue, capture)

    def count_articles(self) -> int:
        """Count the articles that the interrupted crawls have archived."""
        rows = self._catalogue.query(
            "SELECT count(DISTINCT url) AS number FROM discoveries WHERE outcome = 'article'"
            " AND crawl_id IN (SELECT value FROM json_each(?))",
            json.dumps(self.chain),
        )
        return int(next(rows)["number"])

    def find(self, asked: Asked) -> EarlierAnswer | None:
        """Find a final answer to exactly this URL in the crawls that are taken up.

        A post of which parts were missing is asked for anew, with all its parts, because only
        captures of one crawl make up one post. So is a page in whose place another was sent.
        """
        settled = self._find_outcome(asked.discovery.url) if asked.role == "page" else None
        if settled in _ASKED_ANEW:
            return None
        if asked.role == "continuation" and self._is_of_this_crawl(asked.discovery.via or ""):
            return None
        for capture, row in self._iter_final(asked):
            if (asked.since and row.date < asked.since) or self._is_stand_in(asked, settled, row):
                return None
            if message := self._read_whole(row):
                return EarlierAnswer(
                    capture=capture,
                    exchange=_exchange(row, message),
                    crawl_id=row.crawl_id,
                    not_modified=row.status is None,
                    settled=None if settled == FAILED and _is_page(row) else settled,
                )
        return None

    def find_validators(self, url: str, since: datetime) -> Validators | None:
        """Find what the last answer to exactly this URL can be told by; None: ask for it all.

        An older answer than of `since` is asked for anew, because there are servers whose
        validators do not change with what they send.
        It was a 200, is whole, and can be read at this moment, as a 304 would refer to it. Where it
        was a page that stands in for others, that is younger than the page itself, of which a
        server that is well again would say that it is not modified since.
        """
        if not self._may_refer:
            return None
        found = self._query(
            "SELECT record_id FROM captures WHERE urlkey = ?1 AND target_uri = ?2 AND status = 200"
            " AND record_type IN ('response', 'revisit') AND role <> 'requisite'"
            " ORDER BY date DESC LIMIT 1",
            urlkey(url),
            url,
        )
        row = next((row for _, row in found if row.date >= since), None)
        original = row and self._originals.original_of(row)
        message = row and original and self._read_whole(row)
        if not (row and original and message) or is_unheeded(self._catalogue, row.record_id):
            return None
        head = split_response(message)
        etag, last_modified = _usable(head.get("etag")), _usable(head.get("last-modified"))
        if not (etag or last_modified):
            return None
        return Validators(
            capture_id=row.record_id, original=original, etag=etag, last_modified=last_modified
        )

    def read(self, capture_id: str) -> bytes | None:
        """Read an answer as an HTTP message; None where it cannot be read (any more)."""
        try:
            return self._read_whole(self._catalogue.get_capture(capture_id))
        except CaptureNotFoundError:
            return None

    def _find_outcome(self, url: str) -> str | None:
        """Find what became of a page in the crawls that are taken up."""
        outcomes = (
            self._catalogue.find_outcome(url, crawl_id=crawl_id)
            for crawl_id in reversed(self.chain)
        )
        return next((outcome for outcome in outcomes if outcome not in _UNSETTLED), None)

    def _is_stand_in(self, asked: Asked, settled: str | None, row: CaptureRow) -> bool:
        """Tell whether a crawl that was answered so did not take that for what it asked for."""
        if settled != FAILED or (row.status is not None and row.status >= 400):
            return False
        url = asked.discovery.url
        is_failure = self._catalogue.has_failure(url, crawl_id=row.crawl_id, stage="fetch")
        return is_failure or is_unheeded(self._catalogue, row.record_id)

    def _is_of_this_crawl(self, url: str) -> bool:
        rows = self._catalogue.query(
            "SELECT 1 FROM captures WHERE urlkey = ? AND target_uri = ? AND crawl_id = ? LIMIT 1",
            urlkey(url),
            url,
            self._crawl_id,
        )
        return next(rows, None) is not None

    def _iter_final(self, asked: Asked) -> Iterator[tuple[Capture, CaptureRow]]:
        """Yield the final answers to a request, the latest first.

        What was asked for as a part of a page may have been answered otherwise than a page.
        """
        return self._query(
            "SELECT record_id FROM captures WHERE urlkey = ?1 AND target_uri = ?2"  # noqa: S608
            " AND crawl_id IN (SELECT value FROM json_each(?3)) AND (role = 'requisite') = ?4"
            f" AND {_FINAL}"
            f" ORDER BY date DESC LIMIT {_MAX_CANDIDATES}",
            urlkey(asked.url),
            asked.url,
            json.dumps(self.chain),
            int(asked.role == "requisite"),
        )

    def _query(self, statement: str, *parameters: object) -> Iterator[tuple[Capture, CaptureRow]]:
        for (record_id,) in self._catalogue.query(statement, *parameters):
            yield get_page(self._catalogue, record_id)

    def _read_whole(self, row: CaptureRow) -> bytes | None:
        """Read an answer that has a head, and of which nothing is cut off."""
        try:
            original = self._messages.original(row) if row.record_type == "revisit" else row
            record = read_record(find_warc_file(self._warc_dir, original.filename), original.offset)
            message = record.block if row is original else self._messages.read(row.record_id)
        except (CaptureNotFoundError, WarcError):
            return None
        is_whole = record.get("WARC-Truncated") is None
        return message if is_whole and split_response(message).status is not None else None


def _is_page(row: CaptureRow) -> bool:
    """Tell whether an answer brought a page, so that a failure was not the server's."""
    return row.status is None or 200 <= row.status < 300


def _exchange(row: CaptureRow, message: bytes) -> Exchange:
    return Exchange(target_uri=row.target_uri, date=row.date, request=b"", response=message)


def _usable(value: str | None) -> str | None:
    """Take a validator that can stand in a request header."""
    return value if value and _VALIDATOR.fullmatch(value) else None

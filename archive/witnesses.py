"""The witnesses of a crawl: what its feeds and API answers say of the text of each post.

Heard is what was captured in the same crawl as the page: a feed of another time may tell of another
version of the post. So what is found is a function of the captures, and a rebuild finds the same.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from typing import Self, get_args

from archive.catalogue import CaptureRow, CatalogueReader
from archive.errors import BodyTooLargeError, CaptureNotFoundError, WarcError
from archive.extraction.testimony.agreement import is_concerned
from archive.extraction.testimony.witnesses import (
    MAX_WITNESS_LENGTH,
    Witness,
    WitnessKind,
    without_campaign,
)
from archive.feeds import MAX_FEED_BYTES, StatedText, iter_stated_texts
from archive.http_message import decoded_body
from archive.stored_messages import MessageReader
from archive.urls import urlkey

_NOT_MODIFIED = 304
_MAX_FOUND = 3  # of one post; of each kind, what was captured last comes first
_TYPES = ("xml", "json", "rss", "atom", "text/plain", "text/html", "octet-stream")
_KINDS = get_args(WitnessKind)
_TABLES = """
CREATE TABLE crawls (crawl_id TEXT PRIMARY KEY);
CREATE TABLE witnesses (
    crawl_id TEXT, urlkey TEXT, rank INTEGER, number INTEGER PRIMARY KEY,
    title TEXT, url TEXT, body BLOB
);
CREATE INDEX by_url ON witnesses (crawl_id, urlkey, rank, number);
"""


class WitnessFinder:
    """Finds what the feeds of a crawl say of a post.

    The feeds of a crawl are read when one of its pages is first asked for. What they say waits in
    a file that has no name, so that memory stays flat.

    Args:
        catalogue: knows the captures.
        messages: reads them.
    """

    def __init__(self, catalogue: CatalogueReader, messages: MessageReader) -> None:
        self._catalogue = catalogue
        self._messages = messages
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything that was read."""
        self._database.close()

    def find(
        self, crawl_id: str, url: str, canonical_url: str | None = None
    ) -> tuple[Witness, ...]:
        """Find the witnesses of a post, those that weigh most first.

        Args:
            crawl_id: of the crawl that captured the page.
            url: of the page.
            canonical_url: that the page states.
        """
        self._read_crawl(crawl_id)
        keys = dict.fromkeys(_key(address) for address in (url, canonical_url) if address)
        rows = (row for key in keys for row in self._rows(crawl_id, key))
        found = dict.fromkeys(_as_witness(row) for row in rows)
        return tuple(found)[:_MAX_FOUND]

    def find_differing(
        self, crawl_id: str, url: str, canonical_url: str | None, text: str
    ) -> tuple[Witness, ...]:
        """Find the witnesses of a post if any of them differs from a text of it.

        Args:
            crawl_id: as for `find`.
            url: as for `find`.
            canonical_url: as for `find`.
            text: of the post, as it was extracted without them.

        Returns:
            All witnesses of the post; none where they agree with the text.
        """
        found = self.find(crawl_id, url, canonical_url)
        return found if any(is_concerned(text, witness) for witness in found) else ()

    def _rows(self, crawl_id: str, key: str) -> Iterator[tuple[int, str | None, str, bytes]]:
        statement = (
            "SELECT rank, title, url, body FROM witnesses WHERE crawl_id = ? AND urlkey = ?"
            " ORDER BY rank, number DESC LIMIT ?"
        )
        yield from self._database.execute(statement, (crawl_id, key, _MAX_FOUND))

    def _read_crawl(self, crawl_id: str) -> None:
        entered = self._database.execute("INSERT OR IGNORE INTO crawls VALUES (?)", (crawl_id,))
        if not entered.rowcount:
            return
        self._database.execute("BEGIN")
        for capture in self._sources(crawl_id):
            for stated in self._read_capture(capture):
                self._enter(crawl_id, stated)
        self._database.execute("COMMIT")

    def _sources(self, crawl_id: str) -> list[CaptureRow]:
        """The captures that may be feeds, in the order of their dates.

        A server that said "not modified" spoke of the answer that it had sent before.
        """
        statement = (
            "SELECT record_id FROM captures WHERE crawl_id = ? AND role = 'source'"
            " AND (status IN (200, 304) OR status IS NULL AND record_type = 'revisit')"
            " AND length <= ? ORDER BY date, record_id"
        )
        rows = self._catalogue.query(statement, crawl_id, MAX_FEED_BYTES)
        captures = (self._as_it_was(self._catalogue.get_capture(row["record_id"])) for row in rows)
        return [c for c in captures if c and any(name in (c.mime or "xml") for name in _TYPES)]

    def _as_it_was(self, capture: CaptureRow) -> CaptureRow | None:
        """The capture that an answer "not modified" speaks of; any other speaks for itself."""
        if capture.record_type == "revisit" and capture.status is None:
            return self._catalogue.find_original(capture)
        if capture.status != _NOT_MODIFIED:
            return capture
        earlier = (
            other
            for other in self._catalogue.iter_captures(capture.target_uri)
            if other.status == 200 and other.date <= capture.date
        )
        return next(earlier, None)

    def _read_capture(self, capture: CaptureRow) -> Iterator[StatedText]:
        """Read a capture; what cannot be read says nothing, as whoever verifies it will tell."""
        try:
            block = self._messages.read(capture.record_id)
            body = decoded_body(block, max_size_bytes=MAX_FEED_BYTES)
        except (BodyTooLargeError, CaptureNotFoundError, WarcError):
            return
        yield from iter_stated_texts(body, capture.target_uri)

    def _enter(self, crawl_id: str, stated: StatedText) -> None:
        kind: WitnessKind = stated.kind if stated.is_whole else "teaser"
        title, url = _storable(stated.title or ""), _storable(stated.url)
        body = zlib.compress(_storable(stated.body[: MAX_WITNESS_LENGTH + 1]).encode(), 1)
        self._database.execute(
            "INSERT INTO witnesses (crawl_id, urlkey, rank, title, url, body)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (crawl_id, _key(url), _KINDS.index(kind), title or None, url, body),
        )


def _key(url: str) -> str:
    return urlkey(without_campaign(url))


def _storable(text: str) -> str:
    """A text without the halves of characters that JSON may hold, and UTF-8 may not."""
    return text.encode("utf-8", "replace").decode()


def _as_witness(row: tuple[int, str | None, str, bytes]) -> Witness:
    rank, title, url, body = row
    kind: WitnessKind = _KINDS[rank]
    return Witness(
        kind=kind,
        body=zlib.decompress(body).decode(),
        title=title,
        url=url,
        is_whole=kind != "teaser",
    )

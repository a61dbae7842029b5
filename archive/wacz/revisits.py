"""Which revisits of a package stand for a response that is not in it.

It is made of the records that were packed, as its index is, so that it is true of the package in
whatever state the catalogue is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from archive.records import Capture
from archive.urls import urlkey

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE responses (record_id TEXT, urlkey TEXT, date REAL, payload_digest TEXT) STRICT;
CREATE TABLE revisits (
    place TEXT, target_uri TEXT, record_id TEXT, urlkey TEXT, date REAL, payload_digest TEXT,
    own_urlkey TEXT, own_date REAL
) STRICT;
"""
_INDEXES = """
CREATE INDEX by_id ON responses (record_id);
CREATE INDEX by_place ON responses (urlkey, date);
CREATE INDEX by_payload ON responses (payload_digest);
"""
# As `CatalogueReader.find_original`: by id; by address and date, to the second; by payload; where
# no digest is stated, by its own address.
_UNRESOLVED = """
SELECT place, target_uri FROM revisits AS r WHERE NOT EXISTS
    (SELECT 1 FROM responses WHERE record_id = r.record_id)
AND NOT EXISTS (SELECT 1 FROM responses
    WHERE urlkey = r.urlkey AND date > r.date - 1 AND date < r.date + 1)
AND NOT EXISTS (SELECT 1 FROM responses WHERE payload_digest = r.payload_digest)
AND NOT (r.payload_digest = '' AND EXISTS (SELECT 1 FROM responses
    WHERE urlkey = r.own_urlkey AND date < r.own_date))
"""


class RevisitAccount:
    """Notes responses and revisits on disk, then compares them.

    Args:
        directory: for the file that it needs meanwhile.
    """

    def __init__(self, directory: Path) -> None:
        self._connection = sqlite3.connect(directory / "revisits.sqlite", isolation_level=None)
        self._connection.executescript(_SCHEMA)
        self._connection.execute("BEGIN")

    def close(self) -> None:
        """Let go of the files that it holds."""
        self._connection.close()

    def add(self, capture: Capture) -> None:
        """Note a capture that was packed."""
        if capture.record_type == "response":
            key, date = urlkey(capture.target_uri), capture.date.timestamp()
            row = (capture.record_id, key, date, capture.payload_digest)
            self._connection.execute("INSERT INTO responses VALUES (?, ?, ?, ?)", row)
        elif capture.record_type == "revisit":
            uri, date_of = capture.refers_to_target_uri, capture.refers_to_date
            self._connection.execute(
                "INSERT INTO revisits VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    f"{capture.filename} at offset {capture.offset}",
                    capture.target_uri,
                    capture.refers_to,
                    urlkey(uri) if uri else None,
                    date_of.timestamp() if date_of else None,
                    capture.payload_digest,
                    urlkey(capture.target_uri),
                    capture.date.timestamp(),
                ),
            )

    def iter_unresolved(self) -> Iterator[str]:
        """Yield a line for each revisit whose original is not packed; nothing is added then."""
        self._connection.executescript(_INDEXES)
        for place, target_uri in self._connection.execute(_UNRESOLVED):
            yield f"{place}: the original of this revisit is not there: {target_uri}"

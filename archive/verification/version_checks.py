"""The versions of articles: whether each row says something new, and is numbered as it should be.

Rows that were left out because they repeat another change nothing here, so that the rows alone tell
their versions.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby

from archive.verification.findings import make_finding
from archive.verification.kinds import Kind
from archive.verification.ledger import Ledger
from archive.versions import Place, place_versions, read_statement

_ROWS = (
    "SELECT * FROM articles WHERE target = ? GROUP BY capture_id"
    " ORDER BY urlkey, captured, capture_id"
)
_INCOMPLETE = "SELECT 1 FROM findings WHERE target = ? AND kind = ?"


def check_versions(ledger: Ledger, target: int) -> None:
    """Compare version and former row of every row with what the rows themselves say.

    Where an article file cannot be read, nothing can be said of the versions.

    Args:
        ledger: holds the rows, and gets what is found.
        target: the collection.
    """
    if any(ledger.query(_INCOMPLETE, target, Kind.ARTICLE_FILE_UNREADABLE.value)):
        return
    rows = ledger.query(_ROWS, target)
    for _, versions in groupby(rows, key=lambda row: str(row["urlkey"])):
        for row, message in _wrong_rows(list(versions)):
            finding = make_finding(Kind.ARTICLE_VERSION, message, file=row["article_file"])
            ledger.report(target, finding)


def _wrong_rows(rows: list[sqlite3.Row]) -> Iterator[tuple[sqlite3.Row, str]]:
    """Yield the rows of one article, oldest first, that are not numbered as they should be."""
    places = place_versions(map(read_statement, rows))
    for row, (_, place) in zip(rows, places, strict=True):
        if place.repeats:
            yield row, f"{row['url']}: says nothing that its former row {place.former} does not"
        elif (row["version"], row["former"]) != (place.version, place.former):
            yield row, f"{row['url']}: is {_name(row)}, but should be {_should_be(place)}"


def _name(row: sqlite3.Row) -> str:
    return f"version {row['version']} after {row['former'] or 'none'}"


def _should_be(place: Place) -> str:
    return f"version {place.version} after {place.former or 'none'}"

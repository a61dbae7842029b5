"""The ledger: what was read from all files, in a SQLite file, to be compared file with file.

It stands in for memory, which stays flat however large a collection is. Several processes write
into it, each in batches; its file is temporary and belongs to one run of the verification. The same
records may lie in several targets, as in a copy: what is said of a record is kept for each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from archive.verification.findings import Finding
from archive.verification.kinds import Kind, Severity

CAPTURE_COLUMNS = (
    "record_id", "record_type", "target_uri", "urlkey", "date", "status", "mime",
    "payload_digest", "offset", "length", "refers_to", "refers_to_target_uri", "refers_to_date",
)  # fmt: skip
"""Fields of `archive.records.Capture` in the ledger; its file has a table of its own."""

_BUSY_TIMEOUT_S = 600.0
_BATCH_ROWS = 2_000
_MAX_INTEGER = (1 << 63) - 1
_SCHEMA = """
CREATE TABLE targets (
    target INTEGER PRIMARY KEY, path TEXT, form TEXT,
    archive INTEGER             -- whose records belong together: files by themselves are one
);
CREATE TABLE files (
    file INTEGER PRIMARY KEY, target INTEGER, path TEXT, name TEXT, size INTEGER,
    is_own INTEGER, is_open INTEGER
);
CREATE TABLE records (
    file INTEGER, offset INTEGER, length INTEGER, type TEXT, record_id TEXT, target_uri TEXT,
    date TEXT, payload_digest TEXT
);
CREATE TABLE warcinfo_ids (file INTEGER, offset INTEGER, number INTEGER, warcinfo_id TEXT);
CREATE TABLE captures (         -- what index and catalogue must say
    file INTEGER, record_id TEXT, record_type TEXT, target_uri TEXT, urlkey TEXT, date TEXT,
    status INTEGER, mime TEXT, payload_digest TEXT, offset INTEGER, length INTEGER,
    refers_to TEXT, refers_to_target_uri TEXT, refers_to_date TEXT, timestamp TEXT
);
CREATE TABLE revisits (
    file INTEGER, offset INTEGER, refers_to TEXT, target_uri TEXT, original_date TEXT,
    payload_digest TEXT, is_identical INTEGER
);
CREATE TABLE concurrents (file INTEGER, offset INTEGER, concurrent_to TEXT);
CREATE TABLE origins (
    target INTEGER, capture_id TEXT, crawl_id TEXT, role TEXT, url TEXT, hints TEXT, methods TEXT
);
CREATE TABLE outcomes (target INTEGER, crawl_id TEXT, url TEXT);
CREATE TABLE logs (             -- of crawls, in the WARC files
    file INTEGER, crawl_id TEXT, name TEXT, number INTEGER, -- of pages or failures
    row TEXT                    -- of the crawl itself, as JSON
);
CREATE TABLE ended_files (target INTEGER, name TEXT); -- of crawls that ended by themselves
CREATE TABLE short_bodies (file INTEGER, offset INTEGER, record_id TEXT, message TEXT);
CREATE TABLE head_requests (record_id TEXT, concurrent_to TEXT);
CREATE TABLE damages (file INTEGER, start INTEGER, end INTEGER);
CREATE TABLE lines (
    target INTEGER, index_file TEXT, place INTEGER, urlkey TEXT, timestamp TEXT, url TEXT,
    mime TEXT, status INTEGER, digest TEXT, name TEXT, offset INTEGER, length INTEGER,
    capture INTEGER             -- rowid in captures
);
CREATE TABLE articles (
    target INTEGER, article_file TEXT, capture_id TEXT, crawl_id TEXT, url TEXT, warc_file TEXT,
    warc_offset INTEGER, captured TEXT, payload_digest TEXT, methods TEXT, extractor TEXT,
    continuation_ids TEXT,
    row TEXT,                   -- what the catalogue must say, as JSON
    urlkey TEXT, title TEXT, text_digest TEXT, comment_digests BLOB, version INTEGER, former TEXT
);
CREATE TABLE expected (
    target INTEGER, capture_id TEXT, reason TEXT, PRIMARY KEY (target, capture_id)
) WITHOUT ROWID;
CREATE TABLE pages (target INTEGER, page_file TEXT, place INTEGER, url TEXT, timestamp TEXT);
CREATE TABLE counts (target INTEGER, name TEXT, number INTEGER, PRIMARY KEY (target, name));
CREATE TABLE findings (
    target INTEGER, kind TEXT, severity TEXT, file TEXT, offset INTEGER, message TEXT
);
"""
_INDEXES = """
CREATE INDEX records_by_id ON records (record_id);
CREATE INDEX records_by_place ON records (file, offset);
CREATE INDEX records_by_uri ON records (target_uri, date)
    WHERE type IN ('response', 'resource');
CREATE INDEX captures_by_place ON captures (file, offset);
CREATE INDEX captures_by_id ON captures (record_id);
CREATE INDEX captures_by_uri ON captures (target_uri, timestamp);
CREATE INDEX concurrents_by_id ON concurrents (concurrent_to);
CREATE INDEX concurrents_by_place ON concurrents (file, offset);
CREATE INDEX origins_by_capture ON origins (capture_id, target);
CREATE INDEX origins_by_url ON origins (crawl_id, url, target);
CREATE INDEX damages_by_end ON damages (file, end);
CREATE INDEX damages_by_start ON damages (file, start);
CREATE INDEX files_by_name ON files (target, name);
ANALYZE;
"""


class Ledger:
    """A connection to the ledger; each process opens its own.

    Args:
        path: of its file, which the first to open it makes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        is_new = not path.exists()
        self._connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        # Nothing here outlives this run: a power cut ends that, too.
        self._connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -32000;"
        )
        if is_new:
            self._connection.executescript(_SCHEMA)
        self._waiting: dict[str, list[tuple[Any, ...]]] = {}
        self._waiting_rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.flush()
        self._connection.close()

    def add(self, table: str, *values: object) -> None:
        """Add a row, its columns in the order of the table."""
        self._waiting.setdefault(table, []).append(values)
        self._waiting_rows += 1
        if self._waiting_rows >= _BATCH_ROWS:
            self.flush()

    def report(self, target: int, finding: Finding) -> None:
        """Add a finding."""
        place = (finding.file, finding.offset, finding.message)
        self.add("findings", target, finding.kind.value, finding.severity.value, *place)

    def count(self, target: int, name: str, number: int) -> None:
        """Add a number to one of the counts of a target."""
        self.flush()
        self._connection.execute(
            "INSERT INTO counts VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET number = number + excluded.number",
            (target, name, number),
        )

    def flush(self) -> None:
        """Write what waits, so that others see it."""
        if not self._waiting_rows:
            return
        waiting, self._waiting, self._waiting_rows = self._waiting, {}, 0
        try:
            self._write(waiting)
        except (UnicodeEncodeError, OverflowError):
            self._connection.execute("ROLLBACK")
            clean = {t: [tuple(map(_storable, row)) for row in waiting[t]] for t in waiting}
            self._write(clean)

    def _write(self, waiting: dict[str, list[tuple[Any, ...]]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for table, rows in waiting.items():
            places = ", ".join("?" * len(rows[0]))
            # names of our own tables: nothing here comes from outside
            self._connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608
        self._connection.execute("COMMIT")

    def make_indexes(self) -> None:
        """Call it when all WARC files are read and before they are compared."""
        self.flush()
        self._connection.executescript(_INDEXES)

    def query(self, statement: str, *parameters: object) -> Iterator[sqlite3.Row]:
        """Yield the rows of a SELECT; what was added before is seen."""
        self.flush()
        yield from self._connection.execute(statement, parameters)

    def execute(self, statement: str, *parameters: object) -> None:
        """Change the ledger."""
        self.flush()
        self._connection.execute(statement, parameters)

    def counts(self, target: int) -> dict[str, int]:
        """Return the counts of a target, in the order in which they were made."""
        rows = self.query("SELECT name, number FROM counts WHERE target = ? ORDER BY rowid", target)
        return {row["name"]: row["number"] for row in rows}

    def findings(self, target: int | None = None) -> Iterator[Finding]:
        """Yield the findings: faults first, then by file and place."""
        rows = self.query(
            "SELECT * FROM findings WHERE ?1 IS NULL OR target = ?1"
            " ORDER BY severity <> 'fault', target, file, offset, rowid",
            target,
        )
        return map(_finding, rows)

    def severities(self, target: int | None = None) -> dict[Severity, int]:
        """Count the findings of each severity."""
        rows = self.query(
            "SELECT severity, count(*) AS number FROM findings"
            " WHERE ?1 IS NULL OR target = ?1 GROUP BY severity",
            target,
        )
        found = {Severity(row["severity"]): row["number"] for row in rows}
        return {severity: found.get(severity, 0) for severity in Severity}


def _storable(value: Any) -> Any:
    """Bring lone surrogates and huge numbers, which a file may hold, into SQLite's bounds."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, int) and abs(value) > _MAX_INTEGER:
        return _MAX_INTEGER
    return value


def _finding(row: sqlite3.Row) -> Finding:
    return Finding(
        kind=Kind(row["kind"]),
        severity=Severity(row["severity"]),
        file=row["file"],
        offset=row["offset"],
        message=row["message"],
    )

"""An index against the WARC files, both ways."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO

from archive.cdxj import parse_cdxj_line
from archive.verification.findings import Finding, make_finding
from archive.verification.kinds import Kind
from archive.verification.ledger import Ledger
from archive.verification.message_checks import same_digest

_MAX_LINE_BYTES = 1 << 20
_CAPTURE_OF = (
    "SELECT c.rowid FROM files AS f JOIN captures AS c ON c.file = f.file"
    " WHERE f.target = lines.target AND f.name = lines.name"
)
_MATCHES = (
    # the same exchange at the same place
    " AND c.offset = lines.offset AND c.target_uri = lines.url AND c.timestamp = lines.timestamp",
    # the same exchange elsewhere in the file, unless another line is right about it
    " AND c.target_uri = lines.url AND c.timestamp = lines.timestamp"
    " AND NOT EXISTS (SELECT 1 FROM lines AS other WHERE other.capture = c.rowid)",
    # something else at that place
    " AND c.offset = lines.offset"
    " AND NOT EXISTS (SELECT 1 FROM lines AS other WHERE other.capture = c.rowid)",
)


def read_index(path: Path, target: int, ledger: Ledger, *, is_sorted: bool = True) -> None:
    """Enter the lines of an index into the ledger.

    Args:
        path: of the file.
        target: that it belongs to.
        ledger: gets the lines.
        is_sorted: its lines must stand in bytewise order.
    """
    with path.open("rb") as file:
        lines = _lines(file, str(path), target, ledger)
        take_lines(lines, str(path), target, ledger, is_sorted=is_sorted)


def take_lines(
    lines: Iterable[tuple[int | None, bytes]],
    label: str,
    target: int,
    ledger: Ledger,
    *,
    is_sorted: bool,
) -> None:
    """Enter lines, each with its place, into the ledger; the label names where they are from."""
    before = b""
    line_count = 0
    for place, line in lines:
        if is_sorted and line < before:
            message = "the lines are not in bytewise order, from here on"
            ledger.report(
                target, make_finding(Kind.INDEX_NOT_SORTED, message, file=label, offset=place)
            )
            is_sorted = False
        before = line
        try:
            entry = parse_cdxj_line(line.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            message = f"no CDXJ line: {error}"[:300]
            ledger.report(
                target, make_finding(Kind.INDEX_LINE_UNREADABLE, message, file=label, offset=place)
            )
            continue
        name = entry.filename.removeprefix("archive/")  # as some writers of packages have it
        ledger.add(
            "lines", target, label, place, entry.urlkey, f"{entry.date:%Y%m%d%H%M%S}", entry.url,
            entry.mime, entry.status, entry.digest, name, entry.offset, entry.length, None,
        )  # fmt: skip
        line_count += 1
    ledger.count(target, "index lines", line_count)


def check_index(ledger: Ledger, target: int, label: str, *, is_ours: bool) -> None:
    """Compare the lines of a target with its captures.

    Args:
        ledger: holds both.
        target: whose.
        label: of the index, for what it lacks.
        is_ours: its lines are this project's, in spelling too; those of other programs may spell
            a urlkey otherwise, and may hold lines for records that are no captures.
    """
    ledger.execute("CREATE INDEX IF NOT EXISTS lines_by_capture ON lines (capture)")
    for condition in _MATCHES:
        ledger.execute(
            f"UPDATE lines SET capture = ({_CAPTURE_OF}{condition} LIMIT 1)"  # noqa: S608
            " WHERE target = ? AND capture IS NULL",
            target,
        )
    _check_values(ledger, target, is_ours=is_ours)
    _check_twice(ledger, target)
    _check_lines_too_many(ledger, target, is_ours=is_ours)
    missing = ledger.query(
        "SELECT c.*, f.path FROM captures AS c JOIN files AS f ON f.file = c.file"
        " WHERE f.target = ? AND NOT EXISTS (SELECT 1 FROM lines WHERE capture = c.rowid)",
        target,
    )
    for row in missing:
        message = f"no line for {row['target_uri']}, {row['path']} at offset {row['offset']}"
        ledger.report(target, make_finding(Kind.INDEX_LINE_MISSING, message, file=label))


def _check_values(ledger: Ledger, target: int, *, is_ours: bool) -> None:
    pairs = ledger.query(
        "SELECT lines.*, c.urlkey AS c_urlkey, c.timestamp AS c_timestamp,"
        " c.target_uri AS c_url, c.mime AS c_mime, c.status AS c_status, c.record_type,"
        " c.payload_digest AS c_digest, c.offset AS c_offset, c.length AS c_length"
        " FROM lines JOIN captures AS c ON c.rowid = lines.capture WHERE lines.target = ?",
        target,
    )
    for row in pairs:
        if row["offset"] != row["c_offset"]:
            kind = Kind.INDEX_OFFSET
            message = f"offset {row['offset']} for {row['url']}, which lies at {row['c_offset']}"
        elif wrong := list(_wrong_values(row, is_ours=is_ours)):
            kind, message = Kind.INDEX_VALUE, f"of {row['url']}: {'; '.join(wrong)}"
        else:
            continue
        ledger.report(target, _at_line(kind, message, row))


def _wrong_values(row: sqlite3.Row, *, is_ours: bool) -> Iterator[str]:
    mime = "warc/revisit" if row["record_type"] == "revisit" else row["c_mime"]
    values = [
        ("timestamp", row["timestamp"], row["c_timestamp"]),
        ("url", row["url"], row["c_url"]),
        ("length", row["length"], row["c_length"]),
    ]
    if is_ours:
        values += [
            ("urlkey", row["urlkey"], row["c_urlkey"]),
            ("mime", row["mime"], mime),
            ("status", row["status"], row["c_status"]),
        ]
    for name, stated, real in values:
        if stated != real:
            yield f"{name} {stated}, but {real}"
    stated, real = row["digest"], row["c_digest"]
    if (stated or is_ours) and same_digest(stated or "", real) is False:
        yield f"digest {stated}, but {real}"


def _check_twice(ledger: Ledger, target: int) -> None:
    rows = ledger.query(
        "SELECT capture, index_file, place, url FROM lines WHERE target = ?"
        " AND capture IS NOT NULL ORDER BY capture, index_file, place",
        target,
    )
    for before, row in pairwise(rows):
        if (before["capture"], before["index_file"]) == (row["capture"], row["index_file"]):
            message = f"a second line for the same capture of {row['url']}"
            ledger.report(target, _at_line(Kind.INDEX_LINE_EXTRA, message, row))


def _check_lines_too_many(ledger: Ledger, target: int, *, is_ours: bool) -> None:
    """Report lines that lead to no capture; a WARC file that is missing is reported once."""
    rows = ledger.query(
        "SELECT lines.*, f.file, r.type FROM lines LEFT JOIN files AS f"
        " ON f.target = lines.target AND f.name = lines.name"
        " LEFT JOIN records AS r ON r.file = f.file AND r.offset = lines.offset"
        " WHERE lines.target = ? AND capture IS NULL AND NOT EXISTS (SELECT 1 FROM damages AS d"
        " WHERE d.file = f.file AND d.start <= lines.offset AND lines.offset < d.end)",
        target,
    )
    for row in rows:
        if row["file"] is None or (row["type"] is not None and not is_ours):
            continue
        what = f"a {row['type']} record" if row["type"] else "no record"
        message = f"of {row['url']}: {what} is at offset {row['offset']} of {row['name']}"
        ledger.report(target, _at_line(Kind.INDEX_LINE_EXTRA, message, row))


def _lines(file: IO[bytes], label: str, target: int, ledger: Ledger) -> Iterator[tuple[int, bytes]]:
    """Yield each line with its place; one that is too long, or not whole, is reported."""
    place = 0
    while line := file.readline(_MAX_LINE_BYTES):
        if line.endswith(b"\n"):
            yield place, line
        else:
            message = "the file ends within a line, or the line is too long"
            ledger.report(
                target, make_finding(Kind.INDEX_LINE_UNREADABLE, message, file=label, offset=place)
            )
        place += len(line)


def _at_line(kind: Kind, message: str, row: sqlite3.Row) -> Finding:
    return make_finding(kind, message, file=row["index_file"], offset=row["place"])

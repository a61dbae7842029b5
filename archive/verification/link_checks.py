"""What WARC records say of each other: ids, pairs of request and response, revisits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from archive.verification.findings import Finding, make_finding
from archive.verification.kinds import LINKS, Kind
from archive.verification.ledger import Ledger
from archive.verification.message_checks import same_digest

LOOSE = "WARC file"
"""Form of a target that is a WARC file by itself: what it names may lie elsewhere."""

# A record beside a damaged place lacks its neighbour for that reason, which is reported already.
_BESIDE_DAMAGE = (
    "EXISTS (SELECT 1 FROM damages AS d WHERE d.file = r.file AND d.end = r.offset)"
    " OR EXISTS (SELECT 1 FROM damages AS d WHERE d.file = r.file"
    " AND d.start = r.offset + r.length)"
)
# A writer that is killed leaves the exchange that it was writing without its last records; a crawl
# that ended by itself has no such excuse.
_IS_LAST = (
    "f.is_own AND NOT EXISTS (SELECT 1 FROM ended_files AS w"
    " WHERE w.target = f.target AND w.name = f.name)"
    " AND NOT EXISTS (SELECT 1 FROM records AS n"
    " WHERE n.file = r.file AND n.offset > r.offset)"
)
# A copy in another archive that is verified at the same time is no neighbour of a record.
_IS_BESIDE = (
    "(SELECT archive FROM files JOIN targets USING (target) WHERE file = {0}.file) = t.archive"
)
_PARTNER = (
    "EXISTS (SELECT 1 FROM concurrents AS k JOIN records AS p"  # noqa: S608
    " ON p.file = k.file AND p.offset = k.offset"
    " WHERE k.concurrent_to = r.record_id AND p.type = '{0}'"
    f" AND {_IS_BESIDE.format('k')})"
    " OR EXISTS (SELECT 1 FROM concurrents AS k JOIN records AS p ON p.record_id = k.concurrent_to"
    " WHERE k.file = r.file AND k.offset = r.offset AND p.type = '{0}'"
    f" AND {_IS_BESIDE.format('p')})"
)
_IS_ANSWER = "r.record_type IN ('response', 'revisit') AND r.target_uri LIKE 'http%'"
_PLACE = "SELECT f.target, f.path, f.is_own, t.form, t.archive, r.offset"
_JOINS = "JOIN files AS f ON f.file = r.file JOIN targets AS t ON t.target = f.target"
_OF_TORN = frozenset({Kind.METADATA_MISSING, Kind.CONCURRENT_MISSING})


@dataclass(frozen=True, slots=True)
class _Rule:
    """A kind, and the SELECT that finds it: its rows hold place and message."""

    kind: Kind
    statement: str


_RULES = (
    _Rule(
        Kind.REQUEST_MISSING,
        f"{_PLACE}, 'no request record for this ' || r.record_type AS message"
        f" FROM captures AS r {_JOINS} WHERE f.is_own AND {_IS_ANSWER}"
        f" AND NOT ({_PARTNER.format('request')}) AND NOT ({_BESIDE_DAMAGE})",
    ),
    _Rule(
        Kind.REQUEST_MISSING,
        f"{_PLACE}, 'no request records for ' || count(*) || ' captures, this the first'"
        f" AS message, min(r.offset) FROM captures AS r {_JOINS}"
        f" WHERE NOT f.is_own AND {_IS_ANSWER}"
        f" AND NOT ({_PARTNER.format('request')}) GROUP BY r.file",
    ),
    _Rule(
        Kind.METADATA_MISSING,
        f"{_PLACE}, 'no metadata record for this ' || r.record_type AS message,"
        f" {_IS_LAST} AS is_torn FROM captures AS r {_JOINS} WHERE f.is_own AND {_IS_ANSWER}"
        f" AND NOT ({_PARTNER.format('metadata')}) AND NOT ({_BESIDE_DAMAGE})",
    ),
    _Rule(
        Kind.CONCURRENT_MISSING,
        f"{_PLACE}, 'WARC-Concurrent-To names ' || k.concurrent_to || ', which is not there'"  # noqa: S608
        f" AS message, {_IS_LAST} AS is_torn FROM concurrents AS k JOIN records AS r"
        f" ON r.file = k.file AND r.offset = k.offset {_JOINS}"
        " WHERE NOT EXISTS (SELECT 1 FROM records AS p WHERE p.record_id = k.concurrent_to"
        f" AND {_IS_BESIDE.format('p')})"
        f" AND NOT ({_BESIDE_DAMAGE})",
    ),
    _Rule(
        Kind.CONCURRENT_DIFFERS,
        f"{_PLACE}, CASE WHEN r.date <> p.date THEN 'WARC-Date ' || r.date || ', but ' || p.date"
        " ELSE 'WARC-Target-URI ' || r.target_uri || ', but ' || p.target_uri END"
        " || ' in the ' || p.type || ' of the same exchange' AS message"
        " FROM concurrents AS k JOIN records AS r ON r.file = k.file AND r.offset = k.offset"
        f" JOIN records AS p ON p.record_id = k.concurrent_to {_JOINS}"
        f" WHERE {_IS_BESIDE.format('p')} AND (r.type = 'request' OR f.is_own)"
        " AND p.type IN ('response', 'revisit')"
        " AND (r.date <> p.date OR r.target_uri <> p.target_uri)",
    ),
    _Rule(
        Kind.WARCINFO_MISSING,
        f"{_PLACE}, 'WARC-Warcinfo-ID of ' || r.number || ' records names ' || r.warcinfo_id"  # noqa: S608
        f" || ', which is not there' AS message FROM warcinfo_ids AS r {_JOINS}"
        " WHERE NOT EXISTS (SELECT 1 FROM records AS p"
        " WHERE p.record_id = r.warcinfo_id AND p.type = 'warcinfo'"
        f" AND {_IS_BESIDE.format('p')})"
        " AND NOT EXISTS (SELECT 1 FROM damages AS d WHERE d.file = r.file AND d.start = 0)",
    ),
    _Rule(
        Kind.BODY_SHORT,
        f"{_PLACE}, r.message FROM short_bodies AS r {_JOINS}"  # noqa: S608
        " WHERE NOT EXISTS (SELECT 1 FROM head_requests AS h WHERE h.concurrent_to = r.record_id)"
        " AND NOT EXISTS (SELECT 1 FROM concurrents AS k JOIN head_requests AS h"
        " ON h.record_id = k.concurrent_to WHERE k.file = r.file AND k.offset = r.offset)",
    ),
)


def check_links(ledger: Ledger) -> None:
    """Compare the records of all files with each other."""
    for target, finding in (*_ids_twice(ledger), *_broken_rules(ledger), *_revisits(ledger)):
        ledger.report(target, finding)


def _broken_rules(ledger: Ledger) -> Iterator[tuple[int, Finding]]:
    for rule in _RULES:
        for row in ledger.query(rule.statement):
            is_torn = rule.kind in _OF_TORN and row["is_torn"]
            kind = Kind.EXCHANGE_TORN if is_torn else rule.kind
            yield row["target"], _finding(kind, row["message"], row)


def _finding(kind: Kind, message: str, row: sqlite3.Row) -> Finding:
    is_foreign = not row["is_own"] and kind in (Kind.REQUEST_MISSING, Kind.CONCURRENT_DIFFERS)
    minor = is_foreign or (row["form"] == LOOSE and kind in LINKS - {Kind.REQUEST_MISSING})
    return make_finding(kind, message, file=row["path"], offset=row["offset"], minor=minor)


def _ids_twice(ledger: Ledger) -> Iterator[tuple[int, Finding]]:
    twice = ledger.query(
        "SELECT record_id FROM records WHERE record_id <> '' GROUP BY record_id HAVING count(*) > 1"
    )
    for (record_id,) in twice:
        seen: set[int] = set()  # archives
        places = ledger.query(
            f"{_PLACE} FROM records AS r {_JOINS} WHERE r.record_id = ? ORDER BY r.file, r.offset",
            record_id,
        )
        for row in places:
            if row["archive"] in seen:
                message = f"WARC-Record-ID {record_id} is that of another record, too"
                yield row["target"], _finding(Kind.RECORD_ID_TWICE, message, row)
            seen.add(row["archive"])


def _revisits(ledger: Ledger) -> Iterator[tuple[int, Finding]]:
    if any(ledger.query("SELECT 1 FROM revisits LIMIT 1")):
        ledger.execute(
            "CREATE INDEX records_by_payload ON records (payload_digest) WHERE type = 'response'"
        )
    rows = ledger.query(f"{_PLACE}, r.* FROM revisits AS r {_JOINS} ORDER BY r.file, r.offset")
    for row in rows:
        for kind, message in _revisit_problems(ledger, row):
            yield row["target"], _finding(kind, message, row)


def _revisit_problems(ledger: Ledger, revisit: sqlite3.Row) -> Iterator[tuple[Kind, str]]:
    original = _find_original(ledger, revisit)
    uri, date = revisit["target_uri"], revisit["original_date"]
    if original is None:
        if revisit["is_identical"] or revisit["refers_to"]:
            named = revisit["refers_to"] or f"{uri} {date}".strip() or revisit["payload_digest"]
            message = f"its original is not there: {named}"
            if not revisit["is_own"] and _find_payload(ledger, revisit["payload_digest"]):
                yield Kind.REVISIT_ORIGINAL_OTHER, f"{message}; another response has the payload"
            else:
                yield Kind.REVISIT_ORIGINAL_MISSING, message
        return
    if uri and uri != original["target_uri"]:
        message = f"WARC-Refers-To-Target-URI {uri}, but the original's is {original['target_uri']}"
        yield Kind.REVISIT_URI, message
    if date and date != original["date"]:
        message = f"WARC-Refers-To-Date {date}, but the original's WARC-Date is {original['date']}"
        yield Kind.REVISIT_DATE, message
    stated, found = revisit["payload_digest"], original["payload_digest"]
    is_of_payload = revisit["is_identical"] or revisit["is_own"]  # others digest the 304's nothing
    if is_of_payload and stated and found and same_digest(stated, found) is False:
        yield Kind.REVISIT_DIGEST, f"payload digest {stated}, but the original's is {found}"


def _find_original(ledger: Ledger, revisit: sqlite3.Row) -> sqlite3.Row | None:
    """Find a revisit's original: by id; else by URI and date; else by URI and payload digest."""
    columns = "SELECT target_uri, date, payload_digest FROM records JOIN files USING (file)"
    nearest = "ORDER BY target <> ?"  # a copy elsewhere may be damaged
    uri, digest = revisit["target_uri"], revisit["payload_digest"]
    if revisit["refers_to"]:
        by_id = ledger.query(
            f"{columns} WHERE record_id = ? AND type <> 'revisit' {nearest}",
            revisit["refers_to"],
            revisit["target"],
        )
        return next(by_id, None)
    if not uri:
        return _find_payload(ledger, digest)
    same_uri = list(
        ledger.query(
            f"{columns} WHERE target_uri = ? AND type IN ('response', 'resource') {nearest}",
            uri,
            revisit["target"],
        )
    )
    exact = (row for row in same_uri if row["date"] == revisit["original_date"])
    alike = (row for row in same_uri if row["payload_digest"] == digest)
    return next(exact, None) or next(alike, None)


def _find_payload(ledger: Ledger, digest: str) -> sqlite3.Row | None:
    same = ledger.query(
        "SELECT target_uri, date, payload_digest FROM records"
        " WHERE payload_digest = ? AND type = 'response' LIMIT 1",
        digest,
    )
    return next(same, None) if digest else None

"""The crawls of a catalogue against the logs that the crawls left in the WARC files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from archive.catalogue import CatalogueReader
from archive.crawl_logs import RECOVERY_PREFIX
from archive.errors import CatalogueError
from archive.inventory import IMPORT_SPIDER, KILLED
from archive.record_json import to_json
from archive.verification.findings import make_finding
from archive.verification.kinds import Kind
from archive.verification.ledger import Ledger
from archive.verification.log_records import (
    CRAWL_LOG,
    DISCOVERY_LOG,
    FAILURE_LOG,
    LIST_LOG,
)

_LOGS = {CRAWL_LOG, DISCOVERY_LOG, FAILURE_LOG, LIST_LOG}
_ENDS = ("finished", "reason", "stats")  # what a log of the begin cannot say
_LOGS_OF_IMPORT = {CRAWL_LOG}
_LOGGED = (
    "SELECT f.target, l.* FROM logs AS l JOIN files AS f ON f.file = l.file WHERE f.target = ?"
)
_ENDED_BY_LOG = (
    "INSERT INTO ended_files SELECT DISTINCT f.target, f.name FROM captures AS c"
    " JOIN files AS f ON f.file = c.file JOIN origins AS o ON o.capture_id = c.record_id"
    " AND o.target = f.target"
    " WHERE (f.target, o.crawl_id) IN (SELECT g.target, l.crawl_id FROM logs AS l"
    " JOIN files AS g ON g.file = l.file WHERE json_extract(l.row, '$.reason') <> ?)"
)
_ENDED_BY_CATALOGUE = (
    "SELECT DISTINCT filename FROM captures JOIN crawls USING (crawl_id)"
    " WHERE finished IS NOT NULL AND reason <> ? AND spider <> ?"
)
_ENDED = (
    "SELECT crawl_id, spider, reason, EXISTS (SELECT 1 FROM captures"
    " WHERE captures.crawl_id = crawls.crawl_id) AS has_captures FROM crawls"
    " WHERE finished IS NOT NULL ORDER BY crawl_id"
)
_DAMAGED = (
    "SELECT 1 FROM damages AS d JOIN files AS f ON f.file = d.file"
    " WHERE f.target = ? AND (f.name = ? OR f.name LIKE ?) LIMIT 1"
)
_COUNTS = (
    (DISCOVERY_LOG, "pages", "SELECT count(*) FROM discoveries WHERE crawl_id = ?"),
    (
        FAILURE_LOG,
        "failures",
        "SELECT count(*) FROM failures WHERE crawl_id = ? AND stage <> 'extract'",
    ),
    (LIST_LOG, "lists", "SELECT count(*) FROM lists WHERE crawl_id = ?"),
)


@dataclass(slots=True)
class _Logs:
    """What the WARC files hold of the logs of one crawl."""

    names: set[str] = field(default_factory=set)
    rows: list[dict[str, Any]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)  # of pages, of failures


def note_logged_ends(ledger: Ledger) -> None:
    """Note which WARC files are of crawls that ended by themselves, by their own account."""
    ledger.execute(_ENDED_BY_LOG, KILLED)


class CrawlChecks:
    """Compares the crawls of one catalogue with what the ledger holds of their logs.

    Args:
        catalogue: to be verified.
        ledger: holds the logs.
        target: the collection.
    """

    def __init__(self, catalogue: CatalogueReader, ledger: Ledger, target: int) -> None:
        self._catalogue = catalogue
        self._ledger = ledger
        self._target = target

    def note_ends(self) -> None:
        """Note which WARC files are of crawls that ended by themselves; see `note_logged_ends`."""
        for row in self._catalogue.query(_ENDED_BY_CATALOGUE, KILLED, IMPORT_SPIDER):
            self._ledger.add("ended_files", self._target, row["filename"])

    def check(self) -> frozenset[str]:
        """Compare; returns the crawls of which the catalogue lacks pages that they found."""
        logs = self._read_logs()
        wrong = {
            crawl_id for crawl_id in sorted(logs) if not self._agrees(crawl_id, logs[crawl_id])
        }
        rows = self._catalogue.query(
            "SELECT DISTINCT crawl_id FROM captures"
            " WHERE crawl_id NOT IN (SELECT crawl_id FROM crawls) ORDER BY crawl_id"
        )
        for row in rows:
            if row["crawl_id"] not in wrong:
                message = f"no crawl {row['crawl_id']}, of which there are captures"
                self._report(Kind.CATALOGUE_CRAWL_MISSING, message)
        for row in self._catalogue.query(_ENDED):
            is_empty = row["reason"] == KILLED and not row["has_captures"]  # it left no file
            needed = _LOGS_OF_IMPORT if row["spider"] == IMPORT_SPIDER else _LOGS
            missing = needed - logs.get(row["crawl_id"], _Logs()).names
            if missing and not is_empty and not self._is_explained(row["crawl_id"]):
                names = ", ".join(sorted(missing))
                message = f"crawl {row['crawl_id']} has ended, but no WARC file holds its {names}"
                self._report(Kind.CRAWL_LOG_MISSING, message)
        return frozenset(self._check_numbers(logs, wrong))

    def _read_logs(self) -> dict[str, _Logs]:
        logs: dict[str, _Logs] = {}
        for row in self._ledger.query(_LOGGED, self._target):
            found = logs.setdefault(row["crawl_id"], _Logs())
            found.names.add(row["name"])
            found.numbers[row["name"]] = max(row["number"], found.numbers.get(row["name"], 0))
            if row["row"]:
                found.rows.append(json.loads(row["row"]))
        return logs

    def _agrees(self, crawl_id: str, logs: _Logs) -> bool:
        """Compare a crawl with its log: of several, as a kill may leave them, with each.

        It is logged when it begins, too: where that is all, its end may be any.
        """
        if not logs.rows:
            return True
        rows = [row for row in logs.rows if row.get("reason")] or logs.rows
        stated: dict[str, Any] = {}
        with suppress(CatalogueError):  # a row that cannot be read differs
            crawl = self._catalogue.find_crawl(crawl_id)
            if crawl is None:
                message = f"no crawl {crawl_id}, of which there is a log"
                self._report(Kind.CATALOGUE_CRAWL_MISSING, message)
                return False
            stated = to_json(crawl)
        if stated in rows:
            return True
        wrong = [name for name, value in rows[-1].items() if stated.get(name) != value]
        if not rows[-1].get("reason"):
            wrong = [name for name in wrong if name not in _ENDS]
        if not wrong:
            return True
        message = f"of crawl {crawl_id}: {', '.join(wrong)}: its log says something else"
        self._report(Kind.CATALOGUE_CRAWL_VALUE, message)
        return False

    def _check_numbers(self, logs: dict[str, _Logs], wrong: set[str]) -> Iterator[str]:
        """Report what the catalogue lacks of a log; a crawl that is wrong is reported already."""
        for crawl_id, found in sorted(logs.items()):
            for name, what, statement in _COUNTS:
                (number,) = next(self._catalogue.query(statement, crawl_id))
                logged = found.numbers.get(name, 0)
                if number >= logged:
                    continue
                if crawl_id not in wrong:
                    message = f"{number:,} {what} of crawl {crawl_id}, but {logged:,} in its log"
                    self._report(Kind.CATALOGUE_LOG_MISSING, message)
                if name == DISCOVERY_LOG:
                    yield crawl_id

    def _is_explained(self, crawl_id: str) -> bool:
        """Tell whether a file is lost or damaged that may hold the logs: that is reported."""
        present = {
            row["name"]
            for row in self._ledger.query("SELECT name FROM files WHERE target = ?", self._target)
        }
        names = self._catalogue.warc_files_of(crawl_id)
        damaged = (
            any(self._ledger.query(_DAMAGED, self._target, name, f"{RECOVERY_PREFIX}-%"))
            for name in names or [""]
        )
        return not present.issuperset(names) or any(damaged)

    def _report(self, kind: Kind, message: str) -> None:
        finding = make_finding(kind, message, file=str(self._catalogue.path))
        self._ledger.report(self._target, finding)

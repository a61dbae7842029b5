"""The catalogue of a collection against its WARC files and its article files."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator

from archive.catalogue import UNREAD, CatalogueReader
from archive.errors import CatalogueError
from archive.records import PageType
from archive.verification.findings import make_finding
from archive.verification.kinds import Kind
from archive.verification.ledger import Ledger
from archive.verification.merging import merge_rows

_COMPARED = (
    "record_type", "target_uri", "urlkey", "date", "status", "mime", "payload_digest", "filename",
    "offset", "length", "refers_to", "refers_to_target_uri", "refers_to_date",
)  # fmt: skip
_NOT_SEARCHED = (
    "SELECT count(*) FROM articles WHERE article_id NOT IN (SELECT id FROM article_text_docsize)"
)
_ANY_SEARCH = "SELECT 1 FROM article_text WHERE article_text MATCH 'a* OR e*' LIMIT 1"
_IN_DAMAGE = (
    "SELECT 1 FROM files AS f LEFT JOIN damages AS d ON d.file = f.file"
    " AND d.start <= ?3 AND ?3 < d.end"
    " WHERE f.target = ?1 AND f.name = ?2 AND d.file IS NULL"
)


class CatalogueChecks:
    """Compares one catalogue with what the ledger holds of its collection.

    Args:
        catalogue: to be verified.
        ledger: holds captures, origins and article rows.
        target: the collection.
    """

    def __init__(self, catalogue: CatalogueReader, ledger: Ledger, target: int) -> None:
        self._catalogue = catalogue
        self._ledger = ledger
        self._target = target

    def check_captures(self) -> None:
        """Compare the captures with those of the WARC files, both ways."""
        ours = self._ledger.query(
            "SELECT c.*, f.name AS filename, f.path, o.crawl_id, o.role FROM captures AS c"
            " JOIN files AS f ON f.file = c.file"
            " LEFT JOIN origins AS o ON o.capture_id = c.record_id AND o.target = f.target"
            " WHERE f.target = ? GROUP BY c.record_id ORDER BY c.record_id",
            self._target,
        )
        theirs = self._catalogue.query(
            "SELECT *, EXISTS (SELECT 1 FROM articles WHERE capture_id = record_id) AS has_article"
            " FROM captures ORDER BY record_id"
        )
        for real, stated in merge_rows(ours, theirs, "record_id"):
            if real is None and stated is not None:
                self._check_surplus(stated)
            elif real is not None and stated is None:
                message = f"{real['target_uri']} at offset {real['offset']} of {real['filename']}"
                self._report(Kind.CATALOGUE_CAPTURE_MISSING, message)
            elif real is not None and stated is not None:
                self._check_values(real, stated)

    def check_articles(self) -> None:
        """Compare the articles with the rows of the article files, both ways."""
        ours = self._ledger.query(
            "SELECT * FROM articles WHERE target = ? GROUP BY capture_id ORDER BY capture_id",
            self._target,
        )
        theirs = self._catalogue.query(
            "SELECT * FROM articles WHERE NOT repeats ORDER BY capture_id"
        )
        for real, stated in merge_rows(ours, theirs, "capture_id"):
            if real is None and stated is not None:
                self._expect(stated["capture_id"], "the catalogue has it")
            elif real is not None and stated is None:
                self._report(Kind.CATALOGUE_ARTICLE_MISSING, f"{real['url']}")
            elif real is not None and stated is not None:
                row = json.loads(real["row"])
                wrong = [name for name, value in row.items() if stated[name] != value]
                if wrong:
                    message = f"{real['url']}: {', '.join(wrong)}, as the article file has it"
                    self._report(Kind.CATALOGUE_ARTICLE_VALUE, f"not the same {message}")

    def check_search(self) -> None:
        """Look for articles that a search cannot find."""
        try:
            (lost,) = next(self._catalogue.query(_NOT_SEARCHED))
            next(self._catalogue.query(_ANY_SEARCH), None)
        except CatalogueError as error:
            self._report(Kind.CATALOGUE_SEARCH, f"the full-text index is damaged: {error}")
            return
        if lost:
            message = f"{lost:,} articles are not in the full-text index"
            self._report(Kind.CATALOGUE_SEARCH, message)

    def check_pages(self, *, unknown: frozenset[str] = frozenset()) -> None:
        """Look for pages that should have an article row, and for pages that nobody has read.

        Args:
            unknown: crawls of which the catalogue lacks what became of their pages.
        """
        unread: Counter[str] = Counter()
        rows = self._catalogue.query(
            "SELECT record_id, crawl_id, target_uri, status, page_type FROM captures"
            " WHERE role = 'page' AND (page_type IS NULL OR page_type = 'article')"
            " AND NOT EXISTS (SELECT 1 FROM articles WHERE capture_id = record_id AND repeats)"
        )
        for row in rows:
            if row["page_type"] == PageType.ARTICLE:
                self._expect(row["record_id"], "the catalogue calls its capture an article")
            elif row["crawl_id"] not in unknown and self._is_unread(row):
                unread[row["crawl_id"]] += 1
        for crawl_id, number in unread.items():
            message = f"{number:,} captured pages of crawl {crawl_id} were not read"
            self._report(Kind.PAGE_UNREAD, f"{message}: `archive rebuild` reads them")
        self._expect_what_crawls_archived()

    def _is_unread(self, row: sqlite3.Row) -> bool:
        if row["status"] is None or not 200 <= row["status"] < 300:
            return False
        origins = self._ledger.query(
            "SELECT url FROM origins WHERE target = ? AND capture_id = ?",
            self._target,
            row["record_id"],
        )
        url = next((origin["url"] for origin in origins), row["target_uri"])
        outcome = self._catalogue.find_outcome(url, crawl_id=row["crawl_id"])
        return outcome in (None, UNREAD)

    def _expect_what_crawls_archived(self) -> None:
        """Take the word of the logs in the WARC files, unless a later rebuild knew better."""
        pages = self._ledger.query(
            "SELECT o.crawl_id, o.url, max(o.capture_id) AS capture_id,"
            " count(a.capture_id) AS article_count FROM outcomes"
            " JOIN origins AS o ON o.crawl_id = outcomes.crawl_id AND o.url = outcomes.url"
            " AND o.role = 'page' AND o.target = outcomes.target"
            " JOIN captures AS c ON c.record_id = o.capture_id"
            " JOIN files AS f ON f.file = c.file AND f.target = o.target"
            " LEFT JOIN articles AS a ON a.capture_id = o.capture_id AND a.target = outcomes.target"
            " WHERE outcomes.target = ? AND c.status BETWEEN 200 AND 299"
            " GROUP BY o.crawl_id, o.url HAVING article_count = 0",
            self._target,
        )
        for row in pages:
            types = self._catalogue.query(
                "SELECT page_type FROM captures WHERE record_id = ?", row["capture_id"]
            )
            if next((found["page_type"] for found in types), None) is None:
                self._expect(row["capture_id"], "its crawl archived it")

    def _expect(self, capture_id: str, reason: str) -> None:
        self._ledger.execute(
            "INSERT OR IGNORE INTO expected VALUES (?, ?, ?)", self._target, capture_id, reason
        )

    def _check_surplus(self, stated: sqlite3.Row) -> None:
        """Report a row without a capture, unless its WARC file is missing or damaged there."""
        place = (stated["filename"], stated["offset"])
        if any(self._ledger.query(_IN_DAMAGE, self._target, *place)):
            message = f"{stated['target_uri']}: no such capture in {stated['filename']}"
            self._report(Kind.CATALOGUE_CAPTURE_EXTRA, message)

    def _check_values(self, real: sqlite3.Row, stated: sqlite3.Row) -> None:
        wrong = list(_differences(real, stated))
        if wrong:
            message = f"of {real['target_uri']}: {'; '.join(wrong)}"
            self._report(Kind.CATALOGUE_CAPTURE_VALUE, message)

    def _report(self, kind: Kind, message: str) -> None:
        finding = make_finding(kind, message, file=str(self._catalogue.path))
        self._ledger.report(self._target, finding)


def _differences(real: sqlite3.Row, stated: sqlite3.Row) -> Iterator[str]:
    columns = (*_COMPARED, "crawl_id", "role") if real["crawl_id"] is not None else _COMPARED
    for name in columns:
        if real[name] != stated[name]:
            yield f"{name} {stated[name]}, but {real[name]}"
    page_type = stated["page_type"]
    if page_type is not None and page_type not in list(PageType):
        yield f"page_type {page_type}, which is none"
    elif stated["has_article"] and page_type != PageType.ARTICLE:
        yield f"page_type {page_type}, but there is an article of it"

"""Writing the catalogue."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, Literal

from archive.catalogue.reader import CatalogueReader
from archive.catalogue.rows import UNCHANGED, CaptureRow, SketchRow, column_value
from archive.catalogue.schema import connect, translated_errors
from archive.digests import comment_digests
from archive.record_json import to_json
from archive.records import Article, AskedList, Capture, Crawl, Discovery, Failure, PageType, Role
from archive.urls import urlkey

_ARTICLE_COLUMNS = (
    "capture_id", "crawl_id", "url", "canonical_url", "title", "authors", "published", "modified",
    "language", "site_name", "tags", "captured", "text_digest", "warc_file", "warc_offset",
    "version", "former",
)  # fmt: skip


class Catalogue(CatalogueReader):
    """The catalogue of one collection, to be written and read; made where it is missing.

    Used from one thread at a time. What was added is there for other readers once `commit` was
    called. A row that is added twice stays as it was (articles, captures) or is replaced
    (crawls, discoveries).

    Raises:
        CatalogueError: from every method, when the file is damaged or cannot be used.
    """

    def _connect(self) -> sqlite3.Connection:
        return connect(self.path, read_only=False)

    def __exit__(self, kind: type[BaseException] | None, *details: object) -> None:
        if kind is not None and self._connection.in_transaction:
            self._connection.rollback()
        self.close()

    def commit(self) -> None:
        """End the batch: what was added is on disk and visible to readers."""
        with translated_errors(self.path):
            self._connection.commit()

    def define(self, name: str, function: Callable[..., str]) -> None:
        """Let statements given to `write` call a function, whose result follows from its input."""
        self._connection.create_function(name, -1, function, deterministic=True)

    def write(self, statement: str, **values: object) -> None:
        """Run a statement that changes many rows at once, with values for its ``:names``."""
        with translated_errors(self.path):
            if not self._connection.in_transaction:
                self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(statement, values)

    def close(self) -> None:
        """Commit, and close the file."""
        try:
            self.commit()
        finally:
            super().close()

    def add_crawl(self, crawl: Crawl) -> None:
        """Add a crawl, or replace it: at its start and again at its end."""
        self._insert("crawls", to_json(crawl), on_conflict="REPLACE")

    def add_capture(
        self, capture: Capture, *, crawl_id: str, role: Role, page_type: PageType | None = None
    ) -> None:
        """Add a capture; the page type may follow by `set_page_type`."""
        row = {**to_json(capture), "crawl_id": crawl_id, "role": role, "page_type": page_type}
        self._insert("captures", row, on_conflict="IGNORE")

    def set_page_type(self, capture_id: str, page_type: PageType) -> None:
        """Say what the page of a capture is."""
        self._write("UPDATE captures SET page_type = ? WHERE record_id = ?", page_type, capture_id)

    def add_article(self, article: Article) -> None:
        """Add an article, index its text for search, and mark its capture as one."""
        values = to_json(article)
        row = {name: values[name] for name in _ARTICLE_COLUMNS} | {
            "urlkey": urlkey(article.url),
            "word_count": len(article.main_text.split()),
            "comment_count": len(article.comments),
            "comment_digests": comment_digests(article.comments),
            "repeats": 0,
            "is_numbered": 0,
        }
        known = self.query("SELECT 1 FROM articles WHERE capture_id = ?", article.capture_id)
        if next(known, None) is None:
            # The text first: it numbers the rows, and gives no number out twice. Words of an
            # article that was taken out stay in the index, and must not find another one.
            text = self._write(
                "INSERT INTO article_text (title, main_text) VALUES (?, ?)",
                values["title"],
                values["main_text"],
            )
            self._insert("articles", {"article_id": text.lastrowid} | row, on_conflict="ABORT")
            self.doubt_versions(article.capture_id)
        self.set_page_type(article.capture_id, PageType.ARTICLE)

    def forget_article(self, capture_id: str) -> None:
        """Take out the article of a capture, where there is one."""
        self.doubt_versions(capture_id)
        self._write("DELETE FROM articles WHERE capture_id = ?", capture_id)

    def doubt_articles(self, filename: str) -> None:
        """Take back that captures of a WARC file are articles, until `add_article` says so.

        Those that repeat another are left: the article store has no rows of them.
        """
        statement = (
            "UPDATE captures SET page_type = NULL WHERE filename = ? AND page_type = ? AND NOT"
            " EXISTS (SELECT 1 FROM articles WHERE capture_id = record_id AND repeats)"
        )
        self._write(statement, filename, PageType.ARTICLE)

    def number_article(
        self, capture_id: str, *, version: int, former: str | None, repeats: bool
    ) -> None:
        """Say which version of its article a capture is, and whether it has a row of its own."""
        self._write(
            "UPDATE articles SET version = ?, former = ?, repeats = ?, is_numbered = 1"
            " WHERE capture_id = ?",
            version,
            former,
            int(repeats),
            capture_id,
        )

    def settle_article_outcome(self, url: str, *, is_unchanged: bool, crawl_id: str) -> None:
        """Say of a page that is an article whether it says anything new (see `FoundUrl`)."""
        self._write(
            "UPDATE discoveries SET outcome = ?1 WHERE crawl_id = ?2 AND url = ?3"
            " AND outcome IN ('article', 'unchanged') AND outcome <> ?1",
            UNCHANGED if is_unchanged else PageType.ARTICLE,
            crawl_id,
            url,
        )

    def recall_article(self, capture_id: str) -> None:
        """Have the page of an article that has no row, and needs one, read again."""
        statement = "UPDATE articles SET repeats = 1, is_numbered = 0 WHERE capture_id = ?"
        self._write(statement, capture_id)
        self.set_settled(capture_id, "")

    def unread_page(self, capture_id: str) -> None:
        """Forget all that was read of a page; it stays captured."""
        self.forget_article(capture_id)
        self.forget_sketch(capture_id)
        self._write("UPDATE captures SET page_type = NULL WHERE record_id = ?", capture_id)

    def place_captures(self, filename: str, places: Mapping[str, tuple[int, int]]) -> None:
        """Make the rows of a WARC file that was repaired agree with it.

        Args:
            filename: as in `Capture.filename`.
            places: offset and length of each capture that is in the file, by its record_id; rows
                of others are taken out, and their articles with them.
        """
        rows = list(self.query("SELECT record_id FROM captures WHERE filename = ?", filename))
        for (record_id,) in rows:
            if record_id not in places:
                self._write("DELETE FROM captures WHERE record_id = ?", record_id)
                self.forget_article(record_id)
                self.forget_sketch(record_id)
                continue
            offset, length = places[record_id]
            moved = "UPDATE captures SET offset = ?, length = ? WHERE record_id = ?"
            self._write(moved, offset, length, record_id)
            moved = "UPDATE articles SET warc_offset = ? WHERE capture_id = ?"
            self._write(moved, offset, record_id)

    def add_asked_list(self, asked: AskedList, *, crawl_id: str) -> None:
        """Add a list that a crawl asked for, or replace what is known about it."""
        row = to_json(asked) | {"crawl_id": crawl_id, "announced": int(asked.announced)}
        self._insert("lists", row, on_conflict="REPLACE")

    def add_failure(self, failure: Failure) -> None:
        """Add a failure."""
        self._insert("failures", to_json(failure), on_conflict="ABORT")

    def forget_failures(self, crawl_id: str) -> None:
        """Take out the failures of a crawl, whose log is about to be read."""
        self._write("DELETE FROM failures WHERE crawl_id = ?", crawl_id)

    def add_discovery(
        self, discovery: Discovery, *, crawl_id: str, outcome: str | None = None
    ) -> None:
        """Add a page that was found, or replace what is known about it.

        Args:
            discovery: the page: documents that only serve to find others do not belong here.
            crawl_id: of the crawl that found it.
            outcome: see `FoundUrl`.
        """
        row = {**to_json(discovery), "crawl_id": crawl_id, "outcome": outcome}
        self._insert("discoveries", row, on_conflict="REPLACE")

    def forget_discoveries(self, crawl_id: str) -> None:
        """Take out the pages that a crawl found, whose log is about to be entered."""
        self._write("DELETE FROM discoveries WHERE crawl_id = ?", crawl_id)

    def set_outcome(self, url: str, outcome: str, *, crawl_id: str) -> None:
        """Say what became of a page that was found (see `FoundUrl`)."""
        statement = "UPDATE discoveries SET outcome = ? WHERE crawl_id = ? AND url = ?"
        self._write(statement, outcome, crawl_id, url)

    def add_sketch(self, row: SketchRow) -> None:
        """Add the sketch of a page, or replace it."""
        values = {each.name: getattr(row, each.name) for each in fields(row)}
        values["origin"] = to_json(row.origin)
        values["continuation_ids"] = list(row.continuation_ids)
        values["is_post"] = int(row.is_post)
        self._insert("sketches", values, on_conflict="REPLACE")

    def forget_sketch(self, record_id: str) -> None:
        """Take out the sketch of a page, where there is one."""
        self._write("DELETE FROM sketches WHERE record_id = ?", record_id)

    def set_settled(self, record_id: str, settled: str) -> None:
        """Say what else than the page had a say in what is filed of it."""
        self._write("UPDATE sketches SET settled = ? WHERE record_id = ?", settled, record_id)

    def add_site_profile(
        self, *, digest: str, site: str, latest: CaptureRow, profile: Mapping[str, Any]
    ) -> None:
        """Add what was learned of a site.

        Args:
            digest: of the profile.
            site: host.
            latest: the last capture that it was learned from.
            profile: as JSON.
        """
        row = {"digest": digest, "site": site, "learned": latest.date.isoformat()}
        row |= {"crawl_id": latest.crawl_id, "profile": json.dumps(profile, sort_keys=True)}
        self._insert("site_profiles", row, on_conflict="REPLACE")

    def keep_site_profiles(self, digests: Iterable[str]) -> None:
        """Take out all other site profiles: no row was made with them any more."""
        kept = json.dumps(sorted(digests))
        statement = "DELETE FROM site_profiles WHERE digest NOT IN (SELECT value FROM json_each(?))"
        self._write(statement, kept)

    def doubt_versions(self, capture_id: str) -> None:
        """Have all captures of the article of a capture numbered anew."""
        self._write(
            "UPDATE articles SET is_numbered = 0 WHERE is_numbered AND urlkey ="
            " (SELECT urlkey FROM articles WHERE capture_id = ?)",
            capture_id,
        )

    def _insert(
        self,
        table: str,
        row: Mapping[str, Any],
        *,
        on_conflict: Literal["ABORT", "IGNORE", "REPLACE"],
    ) -> sqlite3.Cursor:
        columns = ", ".join(row)  # names of our own fields: nothing here comes from outside
        places = ", ".join("?" * len(row))
        statement = f"INSERT OR {on_conflict} INTO {table} ({columns}) VALUES ({places})"  # noqa: S608
        return self._write(statement, *map(column_value, row.values()))

    def _write(self, statement: str, *parameters: object) -> sqlite3.Cursor:
        with translated_errors(self.path):
            if not self._connection.in_transaction:
                self._connection.execute("BEGIN IMMEDIATE")
            return self._connection.execute(statement, parameters)

"""Reading the catalogue."""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from archive.catalogue.rows import ArticleRow, CaptureRow, FoundUrl, OtherPageRow, row_values
from archive.catalogue.schema import connect, damaged, translated_errors
from archive.errors import CaptureNotFoundError
from archive.record_json import from_json
from archive.records import Capture, Crawl, Discovery, Failure, Stage
from archive.urls import urlkey

_MAX_NEIGHBOURS = 20_000  # addresses that are compared when one is not found
_CAPTURES = "SELECT * FROM captures WHERE"
_ARTICLE = "articles.*, gone, gone_reason, back"
_BY_CANONICAL = (
    "SELECT urlkey FROM articles WHERE canonical_url = ? AND NOT repeats"
    " ORDER BY captured DESC LIMIT 1"
)
_WITH_PAGE = "LEFT JOIN pages USING (urlkey) WHERE NOT repeats AND"
_Record = TypeVar("_Record")


class CatalogueReader:
    """The catalogue of one collection, to be read; a crawl may be writing it meanwhile.

    Raises:
        CatalogueError: from every method, when the file is missing, damaged or cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = self._connect()

    def _connect(self) -> sqlite3.Connection:
        return connect(self.path, read_only=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *details: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def query(self, statement: str, *parameters: object) -> Iterator[sqlite3.Row]:
        """Yield the rows that a SELECT statement gives, one at a time."""
        with translated_errors(self.path):
            # Not `yield from`: it would close the cursor of a reader that was closed meanwhile.
            for row in self._connection.execute(statement, parameters):  # noqa: UP028
                yield row

    def crawls(self) -> list[Crawl]:
        """List the crawls, oldest first."""
        return list(self._read(Crawl, "SELECT * FROM crawls ORDER BY started, crawl_id"))

    def last_crawls(self, count: int, *, until: datetime) -> list[Crawl]:
        """List the last crawls, the latest first, in constant time; imports do not count.

        Args:
            count: so many at most.
            until: those that began later, by a wrong clock, are passed over.
        """
        # By its key, which is the date of its start; the key of an import begins with a letter.
        statement = (
            "SELECT * FROM crawls WHERE crawl_id < 'a' AND started <= ?"
            " ORDER BY crawl_id DESC LIMIT ?"
        )
        return list(self._read(Crawl, statement, until.isoformat(), count))

    def last_published(self, before: datetime, *, count: int) -> list[datetime]:
        """List the dates of the posts published last, the latest first, in constant time.

        Args:
            before: later dates, which some blogs have, are passed over.
            count: how many captures of posts to look at.
        """
        rows = self.query(
            "SELECT published FROM articles WHERE published <= ? ORDER BY published DESC LIMIT ?",
            before.isoformat(),
            count,
        )
        return [datetime.fromisoformat(row["published"]) for row in rows]

    def find_crawl(self, crawl_id: str) -> Crawl | None:
        """Find a crawl by its identifier."""
        return next(self._read(Crawl, "SELECT * FROM crawls WHERE crawl_id = ?", crawl_id), None)

    def unfinished_crawls(self) -> list[Crawl]:
        """List the crawls that run, or were killed: they have neither an end nor a reason for it.

        An import, too, has such rows until it has ended.
        """
        statement = "SELECT * FROM crawls WHERE finished IS NULL AND reason IS NULL"
        return list(self._read(Crawl, f"{statement} ORDER BY started, crawl_id"))

    def iter_articles(self, *, crawl_id: str | None = None) -> Iterator[ArticleRow]:
        """Yield the latest row of each article, gone or not, the last published first.

        Args:
            crawl_id: only rows of this crawl: articles that said something new to it.
        """
        # With max(), SQLite takes the other columns from the row that has the maximum.
        return self._read(
            ArticleRow,
            f"SELECT {_ARTICLE}, max(captured) FROM articles {_WITH_PAGE}"  # noqa: S608 - our own
            " (?1 IS NULL OR crawl_id = ?1)"
            " GROUP BY articles.urlkey ORDER BY published DESC NULLS LAST, articles.url",
            crawl_id,
        )

    def find_article(self, url: str) -> ArticleRow | None:
        """Find the latest row of an article by its address.

        Scheme, ``www.``, a trailing slash and the case of the host do not matter; the canonical
        URL finds it too.
        """
        return next(self._rows_of(url, "DESC"), None)

    def iter_versions(self, url: str) -> Iterator[ArticleRow]:
        """Yield all rows of an article by rising date; its address is told as in `find_article`.

        Rows of one version differ in their comments; the last is the fullest.
        """
        return self._rows_of(url, "ASC")

    def _rows_of(self, url: str, order: Literal["ASC", "DESC"]) -> Iterator[ArticleRow]:
        """Yield the rows of an article in the order of their dates."""
        statement = (
            f"SELECT {_ARTICLE} FROM articles {_WITH_PAGE}"  # noqa: S608 - our own words
            f" articles.urlkey = ? ORDER BY captured {order}, capture_id {order}"
        )
        found: ArticleRow | None = None
        for found in self._read(ArticleRow, statement, urlkey(url)):
            yield found
        for row in () if found else self.query(_BY_CANONICAL, url):
            yield from self._read(ArticleRow, statement, row["urlkey"])

    def iter_captures(self, url: str) -> Iterator[CaptureRow]:
        """Yield all captures of a URL, the latest first."""
        statement = "SELECT * FROM captures WHERE urlkey = ? ORDER BY date DESC"
        return self._read(CaptureRow, statement, urlkey(url))

    def get_capture(self, record_id: str) -> CaptureRow:
        """Return the capture with that WARC-Record-ID.

        Raises:
            CaptureNotFoundError: there is none.
        """
        found = next(self._read(CaptureRow, f"{_CAPTURES} record_id = ?", record_id), None)
        if found is None:
            raise CaptureNotFoundError(record_id)
        return found

    def find_response(self, payload_digest: str) -> CaptureRow | None:
        """Find the oldest response with that payload."""
        statement = f"{_CAPTURES} payload_digest = ? AND record_type = 'response' ORDER BY date"
        return next(self._read(CaptureRow, f"{statement} LIMIT 1", payload_digest), None)

    def iter_responses(
        self, payload_digest: str, *, crawl_id: str | None = None
    ) -> Iterator[CaptureRow]:
        """Yield the responses with that payload, the one entered last first.

        Args:
            payload_digest: as in `Capture`.
            crawl_id: only those of this crawl.
        """
        # By rowid: the index on the digest has them in that order, and nothing is sorted.
        return self._read(
            CaptureRow,
            f"{_CAPTURES} payload_digest = ?1 AND record_type = 'response'"
            " AND (?2 IS NULL OR crawl_id = ?2) ORDER BY rowid DESC",
            payload_digest,
            crawl_id,
        )

    def find_original(self, revisit: CaptureRow | Capture) -> CaptureRow | None:
        """Find the response that a revisit refers to.

        By its record id; else by target URI and date, which some writers cut to whole seconds; else
        by its payload digest; where it states none, it is the last one before it at its address.
        """
        response = f"{_CAPTURES} record_type = 'response' AND"
        by_id = self._read(CaptureRow, f"{response} record_id = ?", revisit.refers_to)
        if found := next(by_id, None):
            return found
        uri, date = revisit.refers_to_target_uri, revisit.refers_to_date
        if uri and date:
            same_uri = self._read(CaptureRow, f"{response} urlkey = ? ORDER BY date", urlkey(uri))
            for capture in same_uri:
                if abs((capture.date - date).total_seconds()) < 1:
                    return capture
        if revisit.payload_digest:
            return self.find_response(revisit.payload_digest)
        sent_before = f"{response} status = 200 AND urlkey = ? AND date < ? ORDER BY date DESC"
        key, revisited = urlkey(revisit.target_uri), revisit.date.isoformat()
        return next(self._read(CaptureRow, f"{sent_before} LIMIT 1", key, revisited), None)

    def iter_other_pages(self) -> Iterator[OtherPageRow]:
        """Yield the latest capture of each page that is no article, sorted by address."""
        return self._read(
            OtherPageRow,
            "SELECT captures.*, gone, gone_reason, back, max(date) FROM captures"
            " LEFT JOIN pages USING (urlkey) WHERE role = 'page' AND page_type <> 'article'"
            " GROUP BY captures.urlkey ORDER BY captures.urlkey",
        )

    def search(self, query: str, *, limit: int = 20) -> list[ArticleRow]:
        """Find the articles whose title or text matches as it was last, the best first.

        Args:
            query: an FTS5 query: words, "a phrase", AND, OR, NOT, prefix*.
            limit: how many to give at most.

        Raises:
            CatalogueError: the query is not well formed.
        """
        statement = (
            f"SELECT {_ARTICLE} FROM article_text JOIN articles"  # noqa: S608 - our own words
            f" ON article_id = article_text.rowid {_WITH_PAGE} article_text MATCH ?"
            " AND NOT EXISTS (SELECT 1 FROM articles AS later"
            " WHERE later.urlkey = articles.urlkey AND NOT later.repeats"
            " AND (later.captured, later.capture_id) > (articles.captured, articles.capture_id))"
            " ORDER BY bm25(article_text, 4.0, 1.0) LIMIT ?"
        )
        return list(self._read(ArticleRow, statement, query, limit))

    def nearest_urls(self, url: str, *, count: int = 3) -> list[str]:
        """Name addresses of articles that look like the given one, the most alike first."""
        # Only so many can be compared: first those with its last word, then those in its folder.
        folder, _, last_word = url.rstrip("/").rpartition("/")
        statement = (
            "SELECT url FROM articles GROUP BY url"
            " ORDER BY instr(url, ?) = 0, instr(url, ?) = 0, max(article_id) DESC LIMIT ?"
        )
        rows = self.query(statement, last_word, f"{folder}/", _MAX_NEIGHBOURS)
        addresses = [row["url"] for row in rows]
        return difflib.get_close_matches(url, addresses, n=count, cutoff=0.6)

    def iter_failures(self, crawl_id: str) -> Iterator[Failure]:
        """Yield the failures of a crawl in the order in which they happened."""
        statement = "SELECT * FROM failures WHERE crawl_id = ? ORDER BY rowid"
        return self._read(Failure, statement, crawl_id)

    def iter_found_urls(self, crawl_id: str) -> Iterator[FoundUrl]:
        """Yield the URLs that a crawl found and what became of each, sorted by URL."""
        statement = "SELECT * FROM discoveries WHERE crawl_id = ? ORDER BY url"
        for row in self.query(statement, crawl_id):
            discovery = self._record(Discovery, row_values(row))
            yield FoundUrl(discovery=discovery, outcome=row["outcome"])

    def find_outcome(self, url: str, *, crawl_id: str) -> str | None:
        """Find what became of a page that a crawl found (see `FoundUrl`); None: unknown."""
        statement = "SELECT outcome FROM discoveries WHERE crawl_id = ? AND url = ?"
        return next((row["outcome"] for row in self.query(statement, crawl_id, url)), None)

    def find_offset(self, record_id: str) -> int | None:
        """Find where in its WARC file a capture lies; None: no such capture is known."""
        rows = self.query("SELECT offset FROM captures WHERE record_id = ?", record_id)
        return next((int(row["offset"]) for row in rows), None)

    def has_captures_in(self, filename: str) -> bool:
        """Tell whether any capture lies in the WARC file of that name."""
        rows = self.query("SELECT 1 FROM captures WHERE filename = ? LIMIT 1", filename)
        return next(rows, None) is not None

    def count_captures_in(self, filename: str) -> int:
        """Count the captures that lie in the WARC file of that name."""
        (row,) = self.query("SELECT count(*) AS n FROM captures WHERE filename = ?", filename)
        return int(row["n"])

    def warc_files_of(self, crawl_id: str) -> list[str]:
        """Name the WARC files that captures of a crawl lie in, sorted."""
        statement = "SELECT DISTINCT filename FROM captures WHERE crawl_id = ? ORDER BY filename"
        return [row["filename"] for row in self.query(statement, crawl_id)]

    def find_canonical(self, capture_id: str) -> str | None:
        """Find the canonical URL that the article of a capture states."""
        rows = self.query("SELECT canonical_url FROM articles WHERE capture_id = ?", capture_id)
        return next((row["canonical_url"] for row in rows), None)

    def has_failure(self, url: str, *, crawl_id: str, stage: Stage | None = None) -> bool:
        """Tell whether a crawl noted a failure of a URL, at that stage or, left out, at any."""
        statement = (
            "SELECT 1 FROM failures WHERE crawl_id = ?1 AND url = ?2 AND (?3 IS NULL OR stage = ?3)"
        )
        return next(self.query(statement, crawl_id, url, stage), None) is not None

    def _read(
        self, record_type: type[_Record], statement: str, *parameters: object
    ) -> Iterator[_Record]:
        for row in self.query(statement, *parameters):
            yield self._record(record_type, row_values(row))

    def _record(self, record_type: type[_Record], values: dict[str, Any]) -> _Record:
        try:
            return from_json(record_type, values)
        except ValueError as error:
            raise damaged(self.path, str(error)) from error

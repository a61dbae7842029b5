"""The page lists of a package: the articles with their text, and the other pages."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from archive.records import Article, Capture
from archive.wacz.layout import OTHER_PAGES, PAGES, PAGES_FORMAT
from archive.wacz.writer import WaczWriter

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE pages (
    url TEXT NOT NULL,
    version INTEGER NOT NULL,       -- 0 for a page that is no article
    text_digest TEXT NOT NULL,      -- of rows that a running crawl has not numbered yet
    date TEXT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (url, version, text_digest)
) STRICT, WITHOUT ROWID;
"""
# Of two captures of one version at one address, the later is listed: it has more comments.
_INSERT = """
INSERT INTO pages VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
SET date = excluded.date, line = excluded.line WHERE (excluded.date, excluded.line) > (date, line)
"""
_ARTICLES = "version > 0"
# A capture of an article that says nothing new has no row; it is no other page for that.
_OTHERS = (
    "version = 0 AND NOT EXISTS"
    " (SELECT 1 FROM pages AS article WHERE article.url = pages.url AND article.version > 0)"
)
_LISTED = "SELECT line FROM pages WHERE {} ORDER BY date, url, version, text_digest"
_SIZE = "SELECT count(*), total(length(CAST(line AS BLOB)) + 1) FROM pages WHERE {}"


class PageLists:
    """Collects pages on disk, then writes them, by date, into a package.

    Each version of an article is listed once, at the date of its last row; other pages once.

    Args:
        directory: for the file that it needs meanwhile.
    """

    def __init__(self, directory: Path) -> None:
        self._connection = sqlite3.connect(directory / "pages.sqlite", isolation_level=None)
        self._connection.executescript(_SCHEMA)
        self._connection.execute("BEGIN")

    def close(self) -> None:
        """Let go of the files that it holds."""
        self._connection.close()

    def add_article(self, article: Article) -> None:
        """Add an article."""
        values = {"title": article.title, "text": article.main_text}
        line = _line(article.capture_id, article.url, article.captured, **values)
        key = (article.url, article.version, article.text_digest)
        self._insert(key, article.captured, line)

    def add_other(self, capture: Capture) -> None:
        """Add a page that is no article, or not known to be one."""
        line = _line(capture.record_id, capture.target_uri, capture.date)
        self._insert((capture.target_uri, 0, ""), capture.date, line)

    def write(self, wacz: WaczWriter) -> tuple[int, int]:
        """Write both lists; returns how many articles and how many other pages are on them."""
        articles = self._write_list(wacz, PAGES, _ARTICLES, {"id": "pages", "title": "Articles"})
        others = self._write_list(
            wacz, OTHER_PAGES, _OTHERS, {"id": "other-pages", "title": "Other pages"}
        )
        return articles, others

    def _write_list(self, wacz: WaczWriter, path: str, condition: str, head: dict[str, str]) -> int:
        ((count, size_bytes),) = self._connection.execute(_SIZE.format(condition))
        # No "hasText": with it, ReplayWeb.page searches the first megabyte of a list, or nothing.
        first = json.dumps({"format": PAGES_FORMAT, **head}).encode() + b"\n"
        size_bytes = int(size_bytes) + len(first)
        with wacz.file(path, size_bytes=size_bytes, deflate=True) as packed:
            packed.write(first)
            for line in self._lines(condition):
                packed.write(line)
        return int(count)

    def _lines(self, condition: str) -> Iterator[bytes]:
        for (line,) in self._connection.execute(_LISTED.format(condition)):
            yield f"{line}\n".encode()

    def _insert(self, key: tuple[str, int, str], date: datetime, line: str) -> None:
        self._connection.execute(_INSERT, (*key, _text_of(date), line))


def _line(record_id: str, url: str, date: datetime, **values: str | None) -> str:
    """Write a page as JSON; line breaks inside of texts are escaped, as JSON has it."""
    stated = {name: value for name, value in values.items() if value}
    identifier = record_id.rpartition(":")[2]
    # Whole seconds, as in the index: by the two together a replay program finds the capture.
    return json.dumps(
        {"id": identifier, "url": url, "ts": _to_second(date), **stated}, ensure_ascii=False
    )


def _to_second(date: datetime) -> str:
    return date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text_of(date: datetime) -> str:
    return date.astimezone(UTC).isoformat(timespec="microseconds")

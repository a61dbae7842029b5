"""The rows of the article files against the captures that they were extracted from."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from archive.articles.sealing import index_lines, read_lines
from archive.articles.store import file_stem
from archive.digests import comment_digests, text_digest
from archive.errors import CollectionError
from archive.record_json import to_json
from archive.records import Article
from archive.urls import urlkey
from archive.verification.findings import make_finding
from archive.verification.kinds import Kind
from archive.verification.ledger import Ledger

_CATALOGUED = (
    "crawl_id", "url", "canonical_url", "title", "published", "modified", "language", "site_name",
    "captured", "text_digest", "warc_file", "warc_offset", "version", "former",
)  # fmt: skip
_LISTS = ("authors", "tags")
_ROWS = (
    "SELECT a.*, c.target_uri, c.date, c.payload_digest AS digest, c.offset, f.name,"
    " o.crawl_id AS real_crawl_id, o.methods AS real_methods, c.file"
    " FROM articles AS a LEFT JOIN captures AS c ON c.record_id = a.capture_id"
    " AND c.file IN (SELECT file FROM files WHERE target = a.target)"
    " LEFT JOIN files AS f ON f.file = c.file"
    " LEFT JOIN origins AS o ON o.capture_id = a.capture_id AND o.target = a.target"
    " WHERE a.target = ? ORDER BY a.capture_id, a.rowid"
)


class ArticleChecks:
    """Verifies the article files of one collection.

    Args:
        directory: where they are.
        ledger: holds the captures, and gets the rows.
        target: the collection.
    """

    def __init__(self, directory: Path, ledger: Ledger, target: int) -> None:
        self._directory = directory
        self._ledger = ledger
        self._target = target

    def iter_articles(self) -> Iterator[tuple[Path, Article]]:
        """Yield every row that can be read, with its file; reports files that cannot."""
        stems = {path.stem for path in self._directory.glob("*.parquet")}
        open_stems = {path.stem for path in self._directory.glob("*.jsonl")}
        for stem in sorted(stems | open_stems):
            path = self._directory / f"{stem}.{'parquet' if stem in stems else 'jsonl'}"
            try:
                for article in _read(path):
                    yield path, article
            except (CollectionError, OSError) as error:
                self._report(Kind.ARTICLE_FILE_UNREADABLE, str(error), path)
            if path.suffix == ".jsonl":
                message = "left open by a crawl that was killed: `archive repair`"
                self._report(Kind.NOT_SEALED, message, path)

    def take(self, path: Path, article: Article) -> bool:
        """Enter a row into the ledger; tells whether its text is the one its digest is of."""
        is_sound = text_digest(article.main_text) == article.text_digest
        if not is_sound:
            message = f"{article.url}: the text is not the one that text_digest was taken of"
            self._report(Kind.ARTICLE_TEXT, message, path)
        values = to_json(article)
        row = {name: values[name] for name in _CATALOGUED}
        row |= {name: json.dumps(values[name], ensure_ascii=False) for name in _LISTS}
        row |= {"urlkey": urlkey(article.url), "comment_count": len(article.comments)}
        if is_sound:
            row["word_count"] = len(article.main_text.split())
        self._ledger.add(
            "articles", self._target, str(path), article.capture_id, article.crawl_id,
            article.url, article.warc_file, article.warc_offset, values["captured"],
            article.payload_digest, json.dumps(article.discovered_via), article.extractor,
            json.dumps(article.continuation_ids), json.dumps(row, ensure_ascii=False),
            row["urlkey"], article.title, article.text_digest, comment_digests(article.comments),
            article.version, article.former,
        )  # fmt: skip
        return is_sound

    def check_rows(self) -> None:
        """Compare every row with the capture that it names."""
        self._ledger.execute(
            "CREATE INDEX IF NOT EXISTS articles_by_capture ON articles (capture_id, target)"
        )
        before = None
        for row in self._ledger.query(_ROWS, self._target):
            if row["capture_id"] == before:
                message = f"{row['url']}: a second row for {before}"
                self._report(Kind.ARTICLE_TWICE, message, Path(row["article_file"]))
            else:
                self._check_row(row)
            before = row["capture_id"]

    def check_expected(self) -> None:
        """Report the captures that should have a row and have none."""
        missing = self._ledger.query(
            "SELECT e.reason, c.target_uri, f.name, c.offset FROM expected AS e"
            " JOIN captures AS c ON c.record_id = e.capture_id"
            " JOIN files AS f ON f.file = c.file AND f.target = e.target WHERE e.target = ?"
            " AND NOT EXISTS (SELECT 1 FROM articles AS a"
            " WHERE a.target = e.target AND a.capture_id = e.capture_id)",
            self._target,
        )
        unreadable = {
            Path(row["file"]).stem
            for row in self._ledger.query(
                "SELECT file FROM findings WHERE target = ? AND kind = ?",
                self._target,
                Kind.ARTICLE_FILE_UNREADABLE.value,
            )
        }
        for row in missing:
            stem = file_stem(row["name"])
            if stem not in unreadable:
                message = f"no row for {row['target_uri']}, although {row['reason']}"
                self._report(Kind.ARTICLE_MISSING, message, self._directory / f"{stem}.parquet")

    def _check_row(self, row: sqlite3.Row) -> None:
        path = Path(row["article_file"])
        stated = f"offset {row['warc_offset']} of {row['warc_file']}"
        if row["name"] is None:
            if self._is_readable(row["warc_file"], row["warc_offset"]):
                message = f"{row['url']}: {row['capture_id']} is not at {stated}, nor elsewhere"
                self._report(Kind.ARTICLE_PLACE, message, path)
            return
        if (row["name"], row["offset"]) != (row["warc_file"], row["warc_offset"]):
            real = f"offset {row['offset']} of {row['name']}"
            self._report(
                Kind.ARTICLE_PLACE, f"{row['url']}: points to {stated}, but lies at {real}", path
            )
        if path.stem != file_stem(row["name"]):
            self._report(Kind.ARTICLE_PLACE, f"{row['url']}: belongs to {row['name']}", path)
        for message in self._wrong_values(row):
            self._report(Kind.ARTICLE_VALUE, f"{row['url']}: {message}", path)

    def _wrong_values(self, row: sqlite3.Row) -> Iterator[str]:
        values = [
            ("url", row["url"], row["target_uri"]),
            ("captured", row["captured"], row["date"]),
            ("payload_digest", row["payload_digest"], row["digest"]),
        ]
        if row["real_crawl_id"] is not None:
            values += [
                ("crawl_id", row["crawl_id"], row["real_crawl_id"]),
                ("discovered_via", row["methods"], row["real_methods"]),
            ]
        for name, stated, real in values:
            if stated != real:
                yield f"{name} {stated}, but {real} in the WARC file"
        for record_id in json.loads(row["continuation_ids"]):
            known = self._ledger.query(
                "SELECT 1 FROM captures JOIN files USING (file) WHERE record_id = ? AND target = ?",
                record_id,
                self._target,
            )
            if not any(known):
                yield f"its continuation {record_id} is not there"

    def _is_readable(self, warc_file: str, offset: int) -> bool:
        """Tell whether nothing explains that no capture is there: no missing file, no damage."""
        found = self._ledger.query(
            "SELECT count(d.file) AS number FROM files AS f LEFT JOIN damages AS d"
            " ON d.file = f.file AND d.start <= ? AND ? < d.end"
            " WHERE f.target = ? AND f.name = ? GROUP BY f.file",
            offset, offset, self._target, warc_file,
        )  # fmt: skip
        return any(row["number"] == 0 for row in found)

    def _report(self, kind: Kind, message: str, path: Path) -> None:
        self._ledger.report(self._target, make_finding(kind, message, file=str(path)))


def _read(path: Path) -> Iterator[Article]:
    if path.suffix == ".parquet":
        from archive.articles.parquet import iter_parquet

        yield from iter_parquet(path)
    else:
        yield from read_lines(path, index_lines(path)[0].values())

"""The article store: for each WARC file one Parquet file with a row per article in it.

While its WARC file is being written, a store file is ``<stem>.jsonl``: one article a line, in the
order in which extraction ended. Sealing sorts the rows by their place in the WARC file and writes
``<stem>.parquet``; the same articles always give the same bytes (with one version of pyarrow).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path

from archive.articles.sealing import SealedArticles, index_lines, read_lines, seal_apart
from archive.digests import text_digest
from archive.errors import CollectionError
from archive.record_json import to_json_line
from archive.records import Article, Capture, Extraction, Origin
from archive.warc.file import WARC_SUFFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPage:
    """A page in the archive: what an article is extracted from."""

    capture: Capture
    origin: Origin
    crawl_id: str
    continuation_ids: tuple[str, ...] = ()  # of the further pages of a split post, in order


class ArticleStore:
    """The article files of one collection; written by one thread.

    Args:
        directory: the collection's ``articles`` directory; it must exist.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._open_files: dict[str, FileIO] = {}

    def append(self, article: Article) -> None:
        """Add an article to the open file of its WARC file.

        It is with the operating system on return, so that a killed process loses nothing; `sync`
        makes it outlast a power cut. One of another page type takes out the article of its capture.

        Raises:
            CollectionError: that file is sealed already, and was not reopened.
        """
        stem = file_stem(article.warc_file)
        file = self._open_files.get(stem) or self._open(stem)
        file.write(to_json_line(article).encode() + b"\n")

    def reopen(self, stem: str) -> None:
        """Make a sealed file take articles again; one that is open, or not there, stays as it is.

        The Parquet file stays until the next sealing replaces it.

        Raises:
            CollectionError: it is damaged.
        """
        source, sealed = self._path(stem, "jsonl"), self._path(stem, "parquet")
        if source.exists() or not sealed.exists():
            return
        self._write_lines(stem, self.iter_file(stem))

    def sync(self) -> None:
        """Bring everything that was appended to the disk."""
        for file in self._open_files.values():
            os.fsync(file.fileno())

    def close(self) -> None:
        """Close the open files; they stay unsealed."""
        while self._open_files:
            self._open_files.popitem()[1].close()

    def open_stems(self) -> list[str]:
        """List the files that are not sealed, those of earlier processes included."""
        return sorted(path.stem for path in self.directory.glob("*.jsonl"))

    def seal(self, stem: str) -> SealedArticles | None:
        """Turn an open file into a Parquet file; call it when no article can follow.

        Memory stays flat: the lines are indexed, sorted by the place of their capture, and written
        in row groups. Of two lines for one capture the later counts.

        Returns:
            What was made; None where the WARC file has no articles.
        """
        source = self._path(stem, "jsonl")
        if file := self._open_files.pop(stem, None):
            file.close()
        if not source.exists():
            return None
        sealed = seal_apart(source, self._path(stem, "parquet"))
        source.unlink()
        return sealed if sealed.row_count else None

    def iter_articles(self) -> Iterator[Article]:
        """Yield every article, file by file in name order, each by its place in the WARC file."""
        names = {path.stem for path in self.directory.glob("*.parquet")} | set(self.open_stems())
        for stem in sorted(names):
            sealed = self._path(stem, "parquet")
            if sealed.exists():
                from archive.articles.parquet import iter_parquet

                yield from iter_parquet(sealed)
            else:
                source = self._path(stem, "jsonl")
                yield from read_lines(source, index_lines(source)[0].values())

    def iter_file(self, stem: str) -> Iterator[Article]:
        """Yield the articles of one WARC file, whatever state its writer left them in.

        Where there are lines beside a Parquet file, they are what it was, or is to be, made of.
        """
        sealed, source = self._path(stem, "parquet"), self._path(stem, "jsonl")
        if source.exists():
            yield from read_lines(source, index_lines(source)[0].values())
        elif sealed.exists():
            from archive.articles.parquet import iter_parquet

            yield from iter_parquet(sealed)

    def relocate(self, stem: str, find_offset: Callable[[str], int | None]) -> None:
        """Make the articles of a WARC file that was repaired agree with it.

        Nothing is written where they do already; else the file is open afterwards.

        Args:
            stem: of the file.
            find_offset: gives the offset of a capture by its record_id, or None where the capture
                is no longer in the file; then its article is left out.
        """
        articles = self.iter_file(stem)
        if all(find_offset(article.capture_id) == article.warc_offset for article in articles):
            return
        placed = ((row, find_offset(row.capture_id)) for row in self.iter_file(stem))
        self._write_lines(
            stem,
            (replace(row, warc_offset=offset) for row, offset in placed if offset is not None),
        )

    def forget_file(self, stem: str) -> None:
        """Remove the articles of a WARC file of which nothing is left."""
        for suffix in ("jsonl", "parquet"):
            self._path(stem, suffix).unlink(missing_ok=True)

    def read_article(self, warc_file: str, warc_offset: int) -> Article:
        """Read the article whose capture lies at that place.

        Raises:
            CollectionError: the store has no such row.
        """
        stem = file_stem(warc_file)
        sealed, source = self._path(stem, "parquet"), self._path(stem, "jsonl")
        found: Article | None = None
        if sealed.exists():
            from archive.articles.parquet import find_in_parquet

            found = find_in_parquet(sealed, warc_offset)
        elif source.exists():
            place = index_lines(source)[0].get(warc_offset)
            found = None if place is None else next(read_lines(source, [place]))
        if found is None:
            raise CollectionError(
                f"{sealed} has no article at offset {warc_offset}:"
                f" `archive rebuild {self.directory.parent}` makes it anew"
            )
        return found

    def _open(self, stem: str) -> FileIO:
        path, sealed = self._path(stem, "jsonl"), self._path(stem, "parquet")
        if sealed.exists() and not path.exists():
            raise CollectionError(f"{sealed} is sealed")
        file = path.open("ab", buffering=0)
        if _lacks_line_end(path):  # a killed process's last line: it must not swallow the next
            file.write(b"\n")
        self._open_files[stem] = file
        return file

    def _write_lines(self, stem: str, articles: Iterable[Article]) -> None:
        temporary = self._path(stem, "jsonl.new")
        with temporary.open("wb") as lines:
            lines.writelines(to_json_line(article).encode() + b"\n" for article in articles)
            lines.flush()
            os.fsync(lines.fileno())
        temporary.replace(self._path(stem, "jsonl"))

    def _path(self, stem: str, suffix: str) -> Path:
        return self.directory / f"{stem}.{suffix}"


def file_stem(warc_file: str) -> str:
    """Name the article files of a WARC file.

    >>> file_stem("blog-20260102030405-00000-host.warc.gz")
    'blog-20260102030405-00000-host'
    """
    if Path(warc_file).name != warc_file:
        raise ValueError(f"{warc_file!r} is no name of a file")
    return warc_file.removesuffix(WARC_SUFFIX)


def make_article(extraction: Extraction, page: ArchivedPage, *, extractor: str) -> Article:
    """Join what a page says with where it came from; its version is numbered later.

    Args:
        extraction: of the page and its continuations.
        page: where they lie.
        extractor: versions and settings of what extracted them (`archive.extraction.EXTRACTOR`).
    """
    capture = page.capture
    return Article(
        url=capture.target_uri,
        title=extraction.title,
        authors=extraction.authors,
        published=extraction.published,
        modified=extraction.modified,
        language=extraction.language,
        site_name=extraction.site_name,
        tags=extraction.tags,
        description=extraction.description,
        image=extraction.image,
        license=extraction.license,
        main_text=extraction.main_text,
        comments=extraction.comments,
        canonical_url=extraction.canonical_url,
        page_type=extraction.page_type,
        confidence=extraction.confidence,
        rights=extraction.rights,
        sources=extraction.sources,
        site_profile=extraction.site_profile,
        capture_id=capture.record_id,
        captured=capture.date,
        warc_file=capture.filename,
        warc_offset=capture.offset,
        payload_digest=capture.payload_digest,
        text_digest=text_digest(extraction.main_text),
        continuation_ids=page.continuation_ids,
        extractor=extractor,
        discovered_via=page.origin.discovery.methods,
        crawl_id=page.crawl_id,
        version=1,
        former=None,
    )


def _lacks_line_end(path: Path) -> bool:
    with path.open("rb") as file, suppress(OSError):  # seeking before the start: it is empty
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
    return False

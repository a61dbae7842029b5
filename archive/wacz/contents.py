"""What goes into a package, taken from the WARC files while they are copied into it.

Each file is read once for its records and copied as it is read: the index of the package says what
is in its files because it was made of them, whatever state catalogue and index of the collection
are in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from archive.articles.store import ArticleStore, file_stem
from archive.errors import WarcError
from archive.records import Article, Capture
from archive.wacz.copied_originals import NeededOriginals
from archive.wacz.layout import ARCHIVE
from archive.wacz.package_index import PackageIndex
from archive.wacz.page_lists import PageLists
from archive.wacz.revisits import RevisitAccount
from archive.wacz.selection import Selection
from archive.wacz.writer import PackedFile, WaczWriter
from archive.warc.captures import StoredCapture, iter_stored_captures
from archive.warc.file import find_warc_file, sealed_path
from archive.warc.gzip_members import Loss
from archive.warc.reader import iter_records

_CHUNK_BYTES = 1 << 20
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(slots=True)
class Account:
    """What was packed so far."""

    warc_count: int = 0
    capture_count: int = 0  # selected or not
    article_count: int = 0  # on the page list: versions of articles, each once
    other_page_count: int = 0
    first: datetime | None = None  # date of the earliest selected capture
    last: datetime | None = None
    main_page: Capture | None = None  # latest capture of a seed


@dataclass(slots=True, kw_only=True)
class Contents:
    """Packs WARC files one after the other, and notes what is in them.

    Attributes:
        wacz: gets the files.
        index: gets their captures.
        pages: gets the pages of the selection.
        store: has the articles.
        selection: what counts as packed, of all that is in the files.
        needed: gets the revisits; None where all originals are packed anyway.
        revisits: gets what was packed, to tell which revisits lack their original.
        on_bytes: is told how many bytes were packed, piece by piece.
        account: what was packed so far.
        warnings: what was left out, a line each.
    """

    wacz: WaczWriter
    index: PackageIndex
    pages: PageLists
    store: ArticleStore
    selection: Selection
    needed: NeededOriginals | None
    revisits: RevisitAccount
    on_bytes: Callable[[int], None]
    account: Account = field(default_factory=Account)
    warnings: list[str] = field(default_factory=list)

    def add_file(self, path: Path) -> None:
        """Pack a WARC file; of one that is open, the whole exchanges that it begins with.

        Raises:
            WarcError: the file is damaged.
            CollectionError: the articles of the file cannot be read.
            OSError: the disk refuses.
        """
        filename = sealed_path(path).name
        path = find_warc_file(path.parent, filename)  # its writer may have sealed it meanwhile
        size = path.stat().st_size if path.name == filename else self._whole_size(path)
        if not size:
            return
        with (
            path.open("rb") as source,
            self.wacz.file(f"{ARCHIVE}{filename}", size_bytes=size) as packed,
        ):
            articles = _ArticlesByPlace(self.store.iter_file(file_stem(filename)))
            crawl_id = file_stem(filename)
            for stored in _captures(path, is_sealed=path.name == filename):
                capture = stored.capture
                end = capture.offset + capture.length
                if end > size:
                    break
                self._copy(source, packed, until=capture.offset)
                digest = self._copy(source, packed, until=end)
                self.index.add(capture, record_digest=digest)
                crawl_id = stored.crawl_id or crawl_id
                self._take(stored, crawl_id, articles.at(capture.offset))
            self._copy(source, packed, until=size)
        self.account.warc_count += 1

    def _take(self, stored: StoredCapture, crawl_id: str, article: Article | None) -> None:
        capture, account = stored.capture, self.account
        account.capture_count += 1
        self.revisits.add(capture)
        if capture.record_type == "revisit" and self.needed:
            self.needed.add(capture)
        if not self.selection.takes(capture, crawl_id):
            return
        account.first = min(account.first or capture.date, capture.date)
        account.last = max(account.last or capture.date, capture.date)
        if article:
            self.pages.add_article(article)
        elif _is_page(stored) and not (_is_unchanged(capture) and self.needed is None):
            self.pages.add_other(capture)  # one that is unchanged is listed where its original is
        if _is_page(stored) and _is_seed(stored):
            main_page = account.main_page
            if main_page is None or capture.date >= main_page.date:
                account.main_page = capture

    def _copy(self, source: BinaryIO, packed: PackedFile, *, until: int) -> str:
        """Copy on to that place; returns the digest of what was copied."""
        sha256 = hashlib.sha256()
        while bytes_left := until - packed.size_bytes:
            chunk = source.read(min(_CHUNK_BYTES, bytes_left))
            if not chunk:
                raise WarcError("the file became shorter while it was read", path=source.name)
            packed.write(chunk)
            sha256.update(chunk)
            self.on_bytes(len(chunk))
        return f"sha256:{sha256.hexdigest()}"

    def _whole_size(self, path: Path) -> int:
        """Measure the whole exchanges that a file begins with, while its writer may be at work.

        The request stands before the answer: at the end, one without the other is left out.
        """
        total, size = path.stat().st_size, 0
        with suppress(WarcError):  # a torn end, or what is being written at this moment
            for record in iter_records(path):
                if record.record_type != "request":
                    size = record.offset + record.length
        self.warnings.append(f"{path} is not sealed: of its {total:,} bytes, {size:,} are taken")
        return size


class _ArticlesByPlace:
    """The articles of one WARC file, asked for by rising offset."""

    def __init__(self, articles: Iterator[Article]) -> None:
        self._articles = articles
        self._next = next(articles, None)

    def at(self, offset: int) -> Article | None:
        while self._next and self._next.warc_offset < offset:
            self._next = next(self._articles, None)
        return self._next if self._next and self._next.warc_offset == offset else None


def _captures(path: Path, *, is_sealed: bool) -> Iterator[StoredCapture]:
    losses: list[Loss] = []
    return iter_stored_captures(path, losses=None if is_sealed else losses)


def _is_page(stored: StoredCapture) -> bool:
    """Tell whether a capture is an HTML page; of one without origin, its answer alone tells.

    Of a page that was not modified, nothing but its origin tells.
    """
    status, origin = stored.capture.status, stored.origin
    if stored.capture.record_type == "revisit" and status is None:
        return origin is not None and origin.role == "page"
    is_html = stored.capture.mime in _HTML_TYPES and status is not None and 200 <= status < 300
    return is_html and (origin is None or origin.role == "page")


def _is_unchanged(capture: Capture) -> bool:
    """Tell whether a page is what was captured at the same address before."""
    return capture.record_type == "revisit" and capture.refers_to_target_uri == capture.target_uri


def _is_seed(stored: StoredCapture) -> bool:
    return stored.origin is not None and "seed" in stored.origin.discovery.methods

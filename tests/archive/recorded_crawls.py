"""Crawls of a made-up blog, written as a crawl writes them, with answers that are given."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from archive.articles.store import ArchivedPage, make_article
from archive.catalogue import FAILED, UNCHANGED, Catalogue, CatalogueReader, FoundUrl, skipped
from archive.collection import Collection
from archive.extraction import EXTRACTOR
from archive.extraction.post_parts import read_parts
from archive.originals import OriginalFinder
from archive.recorder import Recorder
from archive.records import (
    AskedList,
    Capture,
    Discovery,
    Exchange,
    Hints,
    Method,
    Origin,
    PageType,
    Role,
    Truncation,
)
from archive.reports.crawl_report import build_report, write_report
from archive.sketched_pages import sketch_row
from archive.warc.fields import Original
from archive.warc.writer import WarcWriter
from tests.archive.sample_records import BLOG, CRAWL_ID, START, make_crawl, make_failure

NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
ASKED = (
    AskedList(url=f"{BLOG}map.xml", taken_for="sitemap", announced=True, named=9, dated=4, depth=1),
    AskedList(url=f"{BLOG}feed", taken_for="feed", announced=False, error="HTTP 404"),
)
_SENTENCES = (
    "The ferry left at seven, and nobody on the pier had slept.",
    "A gull followed us as far as the second buoy, then turned back.",
    "By noon the islands were a grey line, and the coffee had run out.",
)


def html(title: str, *, canonical: str | None = None, words: str = "") -> bytes:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    paragraphs = "".join(f"<p>{words} {sentence}</p>" for sentence in _SENTENCES)
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>{link}'
        '<meta property="og:type" content="article">'
        '<meta property="article:published_time" content="2020-05-06T07:08:09Z"></head>'
        f"<body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    ).encode()


def response(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html; charset=utf-8", *headers]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}"])
    return head.encode() + b"\r\n\r\n" + body


@dataclass
class RecordedCrawl:
    """Does what a crawl does with its collection, with answers that are given.

    A second crawl of a collection begins a day after the first, and so on, unless a day is given.
    """

    collection: Collection
    crawl_id: str = CRAWL_ID
    prefix: str = "blog"  # of the names of WARC files
    warc_size_bytes: int = 1 << 30
    processes: int = 0  # that settle at the end
    day: float | None = None  # on which it begins, counted from the first
    found: list[FoundUrl] = field(default_factory=list)

    def __post_init__(self) -> None:
        writer = WarcWriter(
            self.collection.warc_dir,
            prefix=self.prefix,
            software="test/1",
            robots="obey",
            max_size_bytes=self.warc_size_bytes,
        )
        day = _crawl_count(self.collection) if self.day is None else self.day
        self._begun = START + timedelta(days=day)
        ended = self._begun + timedelta(seconds=90)
        self.crawl = make_crawl(crawl_id=self.crawl_id, started=self._begun, finished=ended)
        begun = replace(self.crawl, finished=None, reason=None)
        self.recorder = Recorder(self.collection, begun, writer, processes=self.processes)
        self.record_ids: list[str] = []
        self._number = 0

    def capture(
        self,
        origin: Origin,
        answer: bytes,
        url: str | None = None,
        *,
        not_modified: Original | None = None,
        truncated: Truncation | None = None,
    ) -> Capture:
        self._number += 1
        exchange = Exchange(
            target_uri=url or origin.discovery.url,
            date=self._begun + timedelta(seconds=self._number),
            request=b"GET / HTTP/1.1\r\nHost: blog.example\r\n\r\n",
            response=answer,
            truncated=truncated,
        )
        capture = self.recorder.keep_exchange(exchange, origin, not_modified=not_modified)
        self.record_ids.append(capture.record_id)
        return capture

    def revalidate(self, origin: Origin, record_id: str) -> Capture:
        """Ask with the validators of a capture; the server says that nothing has changed."""
        self.recorder.commit()
        with CatalogueReader(self.collection.catalogue_path) as catalogue:
            row = catalogue.get_capture(record_id)
            original = OriginalFinder(self.collection.warc_dir, catalogue).original_of(row)
        assert original is not None
        return self.capture(origin, NOT_MODIFIED, not_modified=original)

    def keep(
        self,
        path: str,
        outcome: str | None,
        *answers: bytes,
        truncated: Truncation | None = None,
        **known: Any,
    ) -> None:
        """Capture a page and its continuations, and file it under the outcome."""
        values = {"url": BLOG + path, "methods": ("sitemap",)} | known
        origin = Origin(role="page", discovery=Discovery(**values))
        captures = [self.capture(origin, answers[0], truncated=truncated)]
        for number, answer in enumerate(answers[1:], 2):
            url = f"{BLOG}{path}{number}/"
            further = Discovery(url=url, methods=("link",), via=captures[0].target_uri)
            captures.append(self.capture(Origin(role="continuation", discovery=further), answer))
        if len(captures) == 1 and self._is_unchanged(captures[0], outcome):
            outcome = UNCHANGED
        elif outcome == PageType.ARTICLE:
            self.file_article(origin, captures, answers)
        elif outcome is not None and outcome in list(PageType):
            self._file_other(origin, captures[0], answers[0], PageType(outcome))
        self.found.append(FoundUrl(discovery=origin.discovery, outcome=outcome))

    def _is_unchanged(self, capture: Capture, outcome: str | None) -> bool:
        """Tell whether a crawl would pass over a page that it is about to read."""
        is_read = outcome in list(PageType) and outcome != PageType.DUPLICATE
        return is_read and self.recorder.earlier_answers.says_the_same(capture)

    def file_article(
        self, origin: Origin, captures: list[Capture], answers: tuple[bytes, ...]
    ) -> None:
        url, hints = captures[0].target_uri, origin.discovery.hints
        page = ArchivedPage(
            capture=captures[0],
            origin=origin,
            crawl_id=self.crawl_id,
            continuation_ids=tuple(capture.record_id for capture in captures[1:]),
        )
        reading = read_parts(answers, url, hints=hints)
        article = make_article(reading.extraction, page, extractor=EXTRACTOR)
        assert article.page_type is PageType.ARTICLE
        self.recorder.keep_article(article, sketch_row(page, reading, extractor=EXTRACTOR))

    def _file_other(
        self, origin: Origin, capture: Capture, answer: bytes, page_type: PageType
    ) -> None:
        sketch = None
        if page_type is not PageType.DUPLICATE:
            page = ArchivedPage(capture=capture, origin=origin, crawl_id=self.crawl_id)
            reading = read_parts([answer], capture.target_uri, hints=origin.discovery.hints)
            sketch = sketch_row(page, reading, extractor=EXTRACTOR)
        self.recorder.keep_page_type(capture.record_id, page_type, sketch)

    def leave(self, target: Collection) -> None:
        """Make a collection as this crawl would leave its own if it were killed at this moment.

        What was written to a file is in it; what SQLite has not committed is not.
        """
        shutil.copytree(self.collection.path, target.path, dirs_exist_ok=True)
        self.close()

    def close(self) -> None:
        self.recorder.close(self.crawl, self.found, ASKED)
        with CatalogueReader(self.collection.catalogue_path) as catalogue:
            report = build_report(catalogue, self.crawl, self.collection)
        write_report(report, self.collection.reports_dir)


def _crawl_count(collection: Collection) -> int:
    if not collection.catalogue_path.exists():
        return 0
    with Catalogue(collection.catalogue_path) as catalogue:
        return len(catalogue.crawls())


def source(path: str, role: Role = "source", methods: tuple[Method, ...] = ("seed",)) -> Origin:
    return Origin(role=role, discovery=Discovery(url=BLOG + path, methods=methods))


def crawl_of_everything(collection: Collection, *, crawl_id: str = CRAWL_ID) -> RecordedCrawl:
    """Make a crawl with every kind of capture and outcome, over several WARC files.

    All is done but to close it.
    """
    crawl = RecordedCrawl(collection, crawl_id=crawl_id, warc_size_bytes=4_000)
    crawl.capture(source("robots.txt"), response(b"User-agent: *"))
    hints = Hints(kind="post", title="Ferry", authors=("Ada",), tags=("sea",))
    crawl.keep("ferry/", "article", response(html("Ferry")), hints=hints, lastmod=START)
    crawl.keep("?p=1", "duplicate", response(html("Ferry", canonical=f"{BLOG}ferry/")))
    crawl.keep(
        "split/",
        "article",
        *(response(html("In three parts", words=word)) for word in ("One", "Two", "Three")),
    )
    listing = b"<!doctype html><title>Blog</title><ul><li><a href=/ferry/>Ferry</a></ul>"
    crawl.keep("", "listing", response(listing), methods=("seed",))
    crawl.keep("old/", skipped("before"), response(html("Too old")))
    moved = source("moved/", "page", ("link",))
    crawl.capture(moved, response(b"", "301 Moved", f"Location: {BLOG}there/"))
    answer = response(html("There", words="Yonder."))
    crawl.file_article(moved, [crawl.capture(moved, answer, f"{BLOG}there/")], (answer,))
    crawl.found.append(FoundUrl(discovery=moved.discovery, outcome="article"))
    crawl.keep("gone/", FAILED, response(b"gone", "404 Not Found"))
    crawl.recorder.keep_failure(make_failure(f"{BLOG}gone/", crawl_id=crawl_id))
    crawl.found.append(FoundUrl(discovery=Discovery(url=f"{BLOG}late/", methods=("feed",))))
    return crawl


def tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Read all rows of a catalogue, in an order that does not depend on how they came."""
    columns = {
        "crawls": "*",
        "captures": "*",
        "failures": "*",
        "discoveries": "*",
        "articles": "capture_id, url, title, published, word_count, warc_file, warc_offset, tags,"
        " text_digest, comment_digests, version, former, repeats, is_numbered",
        "sketches": "record_id, address, frame, is_post, origin, continuation_ids, sketch,"
        " wording, loose_wording",
        "unheeded": "*",
        "site_profiles": "*",
        "pages": "*",
        "lists": "*",
    }
    with sqlite3.connect(path) as connection:
        rows = {
            table: sorted(connection.execute(f"SELECT {names} FROM {table}"), key=repr)
            for table, names in columns.items()
        }
    connection.close()
    return rows


def files(directory: Path) -> dict[str, bytes]:
    """Read all files of a collection but its lock."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }

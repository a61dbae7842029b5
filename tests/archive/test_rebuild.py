from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.article_store import ArchivedPage, ArticleStore, make_article
from archive.catalogue import FAILED, ArticleRow, CatalogueReader, FoundUrl, account, skipped
from archive.collection import Collection
from archive.errors import CollectionError, WarcError
from archive.extraction import EXTRACTOR, extract_parts
from archive.rebuild import rebuild
from archive.recorder import Recorder
from archive.records import (
    Capture,
    Discovery,
    Exchange,
    Hints,
    Method,
    Origin,
    PageType,
    Role,
)
from archive.warc_reader import iter_records
from archive.warc_writer import WarcWriter
from tests.archive.sample_records import BLOG, CRAWL_ID, START, make_crawl, make_failure

_SENTENCES = (
    "The ferry left at seven, and nobody on the pier had slept.",
    "A gull followed us as far as the second buoy, then turned back.",
    "By noon the islands were a grey line, and the coffee had run out.",
)


def _html(title: str, *, canonical: str | None = None, words: str = "") -> bytes:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    paragraphs = "".join(f"<p>{words} {sentence}</p>" for sentence in _SENTENCES)
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>{link}'
        '<meta property="og:type" content="article">'
        '<meta property="article:published_time" content="2020-05-06T07:08:09Z"></head>'
        f"<body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    ).encode()


def _response(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html; charset=utf-8", *headers]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}"])
    return head.encode() + b"\r\n\r\n" + body


@dataclass
class _Crawl:
    """Does what a crawl does with its collection, with answers that are given."""

    collection: Collection
    warc_size_bytes: int = 1 << 30
    found: list[FoundUrl] = field(default_factory=list)

    def __post_init__(self) -> None:
        writer = WarcWriter(
            self.collection.warc_dir,
            prefix="blog",
            software="test/1",
            robots="obey",
            max_size_bytes=self.warc_size_bytes,
        )
        self.recorder = Recorder(self.collection, make_crawl(finished=None), writer)
        self._number = 0

    def capture(self, origin: Origin, response: bytes, url: str | None = None) -> Capture:
        self._number += 1
        exchange = Exchange(
            target_uri=url or origin.discovery.url,
            date=START + timedelta(seconds=self._number),
            request=b"GET / HTTP/1.1\r\nHost: blog.example\r\n\r\n",
            response=response,
        )
        return self.recorder.keep_exchange(exchange, origin)

    def keep(self, path: str, outcome: str | None, *answers: bytes, **known: Any) -> None:
        """Capture a page and its continuations, and file it under the outcome."""
        values = {"url": BLOG + path, "methods": ("sitemap",)} | known
        origin = Origin(role="page", discovery=Discovery(**values))
        captures = [self.capture(origin, answers[0])]
        for number, answer in enumerate(answers[1:], 2):
            url = f"{BLOG}{path}{number}/"
            further = Discovery(url=url, methods=("link",), via=captures[0].target_uri)
            captures.append(self.capture(Origin(role="continuation", discovery=further), answer))
        if outcome == PageType.ARTICLE:
            self.file_article(origin, captures, answers)
        elif outcome is not None and outcome in list(PageType):
            self.recorder.keep_page_type(captures[0].record_id, PageType(outcome))
        self.found.append(FoundUrl(discovery=origin.discovery, outcome=outcome))

    def file_article(
        self, origin: Origin, captures: list[Capture], answers: tuple[bytes, ...]
    ) -> None:
        url, hints = captures[0].target_uri, origin.discovery.hints
        page = ArchivedPage(
            capture=captures[0],
            origin=origin,
            crawl_id=CRAWL_ID,
            continuation_ids=tuple(capture.record_id for capture in captures[1:]),
        )
        article = make_article(extract_parts(answers, url, hints=hints), page, extractor=EXTRACTOR)
        assert article.page_type is PageType.ARTICLE
        self.recorder.keep_article(article)

    def close(self) -> None:
        self.recorder.close(make_crawl(), self.found)


def _source(path: str, role: Role = "source", methods: tuple[Method, ...] = ("seed",)) -> Origin:
    return Origin(role=role, discovery=Discovery(url=BLOG + path, methods=methods))


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "c", seeds=[BLOG])


def _crawl_of_everything(collection: Collection) -> None:
    """Make a crawl with every kind of capture and outcome, over several WARC files."""
    crawl = _Crawl(collection, warc_size_bytes=4_000)
    crawl.capture(_source("robots.txt"), _response(b"User-agent: *"))
    hints = Hints(kind="post", title="Ferry", authors=("Ada",), tags=("sea",))
    crawl.keep("ferry/", "article", _response(_html("Ferry")), hints=hints, lastmod=START)
    crawl.keep("?p=1", "duplicate", _response(_html("Ferry", canonical=f"{BLOG}ferry/")))
    crawl.keep(
        "split/",
        "article",
        *(_response(_html("In three parts", words=word)) for word in ("One", "Two", "Three")),
    )
    listing = b"<!doctype html><title>Blog</title><ul><li><a href=/ferry/>Ferry</a></ul>"
    crawl.keep("", "listing", _response(listing), methods=("seed",))
    crawl.keep("old/", skipped("before"), _response(_html("Too old")))
    moved = _source("moved/", "page", ("link",))
    crawl.capture(moved, _response(b"", "301 Moved", f"Location: {BLOG}there/"))
    answer = _response(_html("There", words="Yonder."))
    crawl.file_article(moved, [crawl.capture(moved, answer, f"{BLOG}there/")], (answer,))
    crawl.found.append(FoundUrl(discovery=moved.discovery, outcome="article"))
    crawl.keep("gone/", FAILED, _response(b"gone", "404 Not Found"))
    crawl.recorder.keep_failure(make_failure(f"{BLOG}gone/"))
    crawl.found.append(FoundUrl(discovery=Discovery(url=f"{BLOG}late/", methods=("feed",))))
    crawl.close()


def _tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Read all rows of a catalogue, in an order that does not depend on how they came."""
    columns = {
        "crawls": "*",
        "captures": "*",
        "failures": "*",
        "discoveries": "*",
        "articles": "capture_id, url, title, published, word_count, warc_file, warc_offset, tags",
    }
    with sqlite3.connect(path) as connection:
        tables = {
            table: sorted(connection.execute(f"SELECT {names} FROM {table}"), key=repr)
            for table, names in columns.items()
        }
    connection.close()
    return tables


def _files(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def test_everything_derived_comes_back_byte_for_byte(collection: Collection) -> None:
    _crawl_of_everything(collection)
    before, tables = _files(collection.path), _tables(collection.catalogue_path)
    assert len([name for name in before if name.endswith(".warc.gz")]) > 2
    assert len(tables["articles"]) == 3
    for path in (*collection.articles_dir.iterdir(), collection.catalogue_path):
        path.unlink()
    collection.index_path.unlink()

    rebuilt = rebuild(collection, processes=2)

    assert (rebuilt.article_count, rebuilt.failure_count, rebuilt.warnings) == (3, 1, ())
    after = _files(collection.path)
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} <= {"catalogue.sqlite"}
    assert _tables(collection.catalogue_path) == tables


def test_a_split_post_comes_back_whole(collection: Collection) -> None:
    _crawl_of_everything(collection)
    rebuild(collection, processes=1)
    with CatalogueReader(collection.catalogue_path) as catalogue:
        row = catalogue.find_article(f"{BLOG}split/")
    assert row is not None
    article = ArticleStore(collection.articles_dir).read_article(row.warc_file, row.warc_offset)
    places = [article.main_text.find(f"{word} The ferry") for word in ("One", "Two", "Three")]
    assert -1 < places[0] < places[1] < places[2]
    assert len(article.continuation_ids) == 2


def crawl_until_killed(path: str) -> None:
    """Crawl a little, and die as by `kill -9`."""
    crawl = _Crawl(Collection.open(path))
    crawl.keep("", None, _response(b"<!doctype html><title>Blog</title>"), methods=("seed",))
    crawl.keep("ferry/", None, _response(_html("Ferry")))
    crawl.keep("?p=1", None, _response(_html("Ferry", canonical=f"{BLOG}ferry/")))
    crawl.keep("gone/", None, _response(b"gone", "404 Not Found"))
    crawl.keep("torn/", None, _response(_html("Torn")))
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_crawl_without_logs_is_restored_from_its_captures(collection: Collection) -> None:
    program = (
        "import sys; from tests.archive.test_rebuild import *; crawl_until_killed(sys.argv[1])"
    )
    ended = subprocess.run([sys.executable, "-c", program, collection.path], check=False)
    assert ended.returncode == -signal.SIGKILL
    (warc,) = collection.warc_dir.glob("*.open")
    warc.write_bytes(warc.read_bytes()[:-900])  # into the last response

    rebuilt = rebuild(collection, processes=1)

    assert rebuilt.article_count == 1
    assert "was left open" in rebuilt.warnings[0]
    with CatalogueReader(collection.catalogue_path) as catalogue:
        (row,) = catalogue.iter_articles()
        (run,) = catalogue.crawls()
        counts = account(catalogue, CRAWL_ID)
    assert row.url == f"{BLOG}ferry/"
    assert (run.crawl_id, run.seeds) == (CRAWL_ID, (BLOG,))
    assert (counts.found, counts.archived, counts.failed) == (4, 1, {"HTTP 404": 1})
    assert counts.not_posts["duplicate"] == 1
    assert not list(collection.warc_dir.glob("*.open"))


def test_of_two_addresses_in_a_killed_crawl_the_first_counts_unless_a_list_names_both(
    collection: Collection,
) -> None:
    crawl = _Crawl(collection)
    post = Hints(kind="post")
    crawl.keep("ferry/", None, _response(_html("Ferry")), hints=post)
    crawl.keep("?p=1", None, _response(_html("Ferry", canonical=f"{BLOG}ferry/")))
    crawl.keep("gull/", None, _response(_html("Gull", canonical=f"{BLOG}ferry/")), hints=post)
    crawl.close()
    _take_logs_out(collection)
    rebuild(collection, processes=1)
    with CatalogueReader(collection.catalogue_path) as catalogue:
        assert {row.title for row in catalogue.iter_articles()} == {"Ferry", "Gull"}
        (page,) = catalogue.iter_other_pages()
    assert (page.target_uri, page.page_type) == (f"{BLOG}?p=1", PageType.DUPLICATE)


def _take_logs_out(collection: Collection) -> None:
    (path,) = collection.warc_dir.iterdir()
    start = min(
        record.offset
        for record in iter_records(path)
        if record.target_uri.startswith("urn:blog-archiver:")
    )
    path.write_bytes(path.read_bytes()[:start])


def test_a_collection_without_captures_is_rebuilt_to_nothing(collection: Collection) -> None:
    rebuilt = rebuild(collection, processes=1)
    assert (rebuilt.warc_count, rebuilt.article_count) == (0, 0)
    with CatalogueReader(collection.catalogue_path) as catalogue:
        assert catalogue.crawls() == []


def test_pages_that_were_only_captured_are_extracted_later(collection: Collection) -> None:
    crawl = _Crawl(collection)
    crawl.keep("ferry/", None, _response(_html("Ferry")))
    crawl.close()
    assert rebuild(collection, processes=1).article_count == 1
    with CatalogueReader(collection.catalogue_path) as catalogue:
        assert account(catalogue, CRAWL_ID).archived == 1


def _plain_record(url: str, block: bytes) -> bytes:
    """Write a response record as simple as the format allows (WARC 1.0 section 5)."""
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{}>\r\n"
        "WARC-Date: 2026-01-02T03:04:05Z\r\nWARC-Target-URI: {}\r\n"
        "Content-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n"
    )
    return head.format(uuid.uuid5(uuid.NAMESPACE_URL, url), url, len(block)).encode() + (
        block + b"\r\n\r\n"
    )


def test_pages_of_another_programs_warc_become_articles(collection: Collection) -> None:
    file = b"".join(
        gzip.compress(
            _plain_record(BLOG + path, _response(_html("Ferry")).replace(b"text/html", kind))
        )
        for path, kind in (("ferry/", b"text/html"), ("feed.xml", b"application/xml"))
    )
    (collection.warc_dir / "other.warc.gz").write_bytes(file)
    rebuilt = rebuild(collection, processes=1)
    assert (rebuilt.capture_count, rebuilt.article_count) == (2, 1)
    (article,) = ArticleStore(collection.articles_dir).iter_articles()
    assert (article.title, article.crawl_id, article.warc_file) == (
        "Ferry",
        "other",
        "other.warc.gz",
    )


def test_a_damaged_warc_file_stops_the_rebuild_and_nothing_is_lost(
    collection: Collection,
) -> None:
    _crawl_of_everything(collection)
    first, *_ = sorted(collection.warc_dir.iterdir())
    data = bytearray(first.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = b"\0" * 40
    first.write_bytes(data)
    before = _files(collection.path)
    with pytest.raises(WarcError, match=f"{first.name} at offset"):
        rebuild(collection, processes=1)
    assert _files(collection.path) == before

    (loss,) = rebuild(collection, processes=1, skip_damaged=True).warnings
    assert re.search(rf"{first.name}: \d+ bytes from offset \d+ to \d+ lost", loss)


def test_a_page_whose_metadata_is_damaged_stays_an_article_of_its_crawl(
    collection: Collection,
) -> None:
    crawl = _Crawl(collection)
    for name in ("ferry", "gull"):
        crawl.keep(f"{name}/", "article", _response(_html(name)))
    crawl.close()
    (path,) = collection.warc_dir.iterdir()
    records = list(iter_records(path))
    gull = [record for record in records if record.target_uri == f"{BLOG}gull/"]
    damaged = next(record for record in gull if record.record_type == "metadata")
    data = bytearray(path.read_bytes())
    data[damaged.offset + damaged.length // 2] ^= 0xFF
    path.write_bytes(data)
    assert rebuild(collection, processes=1, skip_damaged=True).article_count == 2
    with CatalogueReader(collection.catalogue_path) as catalogue:
        assert {row.crawl_id for row in catalogue.iter_articles()} == {CRAWL_ID}
        assert [run.crawl_id for run in catalogue.crawls()] == [CRAWL_ID]


@pytest.mark.parametrize("is_open", [False, True])
def test_a_damaged_record_costs_itself_and_nothing_behind_it(
    collection: Collection, is_open: bool
) -> None:
    crawl = _Crawl(collection)
    for name in ("ferry", "gull", "pier"):
        crawl.keep(f"{name}/", "article", _response(_html(name)))
    crawl.close()
    (path,) = collection.warc_dir.iterdir()
    damaged = next(
        record
        for record in iter_records(path)
        if record.record_type == "response" and record.target_uri == f"{BLOG}gull/"
    )
    data = bytearray(path.read_bytes())
    data[damaged.offset + damaged.length // 2] ^= 0xFF
    path.write_bytes(data)
    if is_open:
        path.rename(f"{path}.open")

    rebuilt = rebuild(collection, processes=1, skip_damaged=True)

    end = damaged.offset + damaged.length
    assert f"from offset {damaged.offset} to {end} lost" in rebuilt.warnings[-1]
    with CatalogueReader(collection.catalogue_path) as catalogue:
        rows = list(catalogue.iter_articles())
        (run,) = catalogue.crawls()
    assert {row.title for row in rows} == {"ferry", "pier"}
    assert {row.crawl_id for row in rows} == {run.crawl_id} == {CRAWL_ID}


def test_settings_and_warc_files_are_all_that_a_rebuild_needs(collection: Collection) -> None:
    _crawl_of_everything(collection)
    before = _files(collection.articles_dir)
    for path in collection.path.iterdir():
        if path.is_dir() and path != collection.warc_dir:
            shutil.rmtree(path)
        elif path.is_file() and path.name != "collection.toml":
            path.unlink()
    assert rebuild(collection, processes=1).article_count == 3
    assert _files(collection.articles_dir) == before


@pytest.mark.parametrize("kept", ["articles", "indexes", "catalogue.sqlite"])
def test_missing_warc_files_are_named_by_whatever_is_left_and_nothing_is_lost(
    collection: Collection, kept: str
) -> None:
    _crawl_of_everything(collection)
    first, second, *_ = (row.warc_file for row in _article_rows(collection))
    (collection.warc_dir / first).unlink()
    for name in {"articles", "indexes", "catalogue.sqlite"} - {kept}:
        path = collection.path / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    before = _files(collection.path)
    with pytest.raises(CollectionError, match=first) as refused:
        rebuild(collection, processes=1, skip_damaged=True)
    assert second not in str(refused.value)
    assert _files(collection.path) == before

    rebuilt = rebuild(collection, processes=1, forget_missing=True)
    assert rebuilt.warnings == (f"{first} is missing and forgotten",)
    assert first not in {row.warc_file for row in _article_rows(collection)}
    assert rebuild(collection, processes=1).warnings == ()


def _article_rows(collection: Collection) -> list[ArticleRow]:
    with CatalogueReader(collection.catalogue_path) as catalogue:
        return list(catalogue.iter_articles())


def test_a_collection_whose_warc_files_are_all_gone_keeps_its_texts(
    collection: Collection,
) -> None:
    _crawl_of_everything(collection)
    shutil.rmtree(collection.warc_dir)
    with pytest.raises(CollectionError, match=r"\.warc\.gz.*--forget-missing"):
        rebuild(collection, processes=1)
    assert len(list(ArticleStore(collection.articles_dir).iter_articles())) == 3


def test_what_a_stopped_rebuild_left_is_cleared_away(collection: Collection) -> None:
    _crawl_of_everything(collection)
    (collection.path / ".rebuild-stopped").mkdir()
    (collection.path / ".rebuild-stopped" / "pages.jsonl").write_text("half a line")
    stale = collection.articles_dir / "no-such-warc.parquet"
    stale.write_bytes(b"of a WARC file that was taken away")
    rebuild(collection, processes=1, forget_missing=True)
    assert not list(collection.path.glob(".rebuild-*"))
    assert not stale.exists()


def test_a_page_that_cannot_be_extracted_costs_a_failure(collection: Collection) -> None:
    crawl = _Crawl(collection)
    crawl.keep("ferry/", "article", _response(_html("Ferry")))
    bomb = Origin(role="page", discovery=Discovery(url=f"{BLOG}bomb", methods=("link",)))
    crawl.capture(bomb, _response(_gzip_bomb(), "200 OK", "Content-Encoding: gzip"))
    crawl.found.append(FoundUrl(discovery=bomb.discovery))
    crawl.close()
    rebuilt = rebuild(collection, processes=1)
    assert (rebuilt.article_count, rebuilt.failure_count) == (1, 1)
    with CatalogueReader(collection.catalogue_path) as catalogue:
        (failure,) = catalogue.iter_failures(CRAWL_ID)
        assert (failure.url, failure.stage) == (f"{BLOG}bomb", "extract")
        assert account(catalogue, CRAWL_ID).failed == {failure.error: 1}


def _gzip_bomb() -> bytes:
    return gzip.compress(b"<p>" + b"a" * 40_000_000, mtime=0)


def test_the_command_brings_a_damaged_catalogue_back(collection: Collection) -> None:
    _crawl_of_everything(collection)
    collection.catalogue_path.write_bytes(b"broken" * 1_000)
    command = [sys.executable, "-c", "from archive.cli import main; main()"]
    path = str(collection.path)
    rebuilt = subprocess.run(
        [*command, "rebuild", path, "--processes", "1"], capture_output=True, text=True, check=True
    )
    assert rebuilt.stdout.startswith(f"{path}: 3 articles from ")
    assert re.search(r"captures in \d+ WARC files, 1 failure\n", rebuilt.stdout)
    assert rebuilt.stderr == ""
    listed = subprocess.run([*command, "list", path], capture_output=True, text=True, check=True)
    assert len(listed.stdout.splitlines()) == 4

    with collection.lock():
        refused = subprocess.run(
            [*command, "rebuild", path], capture_output=True, text=True, check=False
        )
    assert refused.returncode == 1
    assert "being written by process" in refused.stderr

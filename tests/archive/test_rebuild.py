"""A rebuild makes the same again, and reads what nobody has read."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import subprocess
import sys
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from archive.articles.store import ArticleStore
from archive.catalogue import Catalogue, CatalogueReader, FoundUrl, account
from archive.catalogue.chains import open_chain
from archive.collection import Collection
from archive.inventory import KILLED
from archive.rebuild import rebuild
from archive.records import (
    Discovery,
    Hints,
    Origin,
    PageType,
)
from archive.schedule.history import read_history
from archive.warc.reader import iter_records
from tests.archive.killed_crawl import leave
from tests.archive.order import assert_in_order, settle
from tests.archive.recorded_crawls import (
    RecordedCrawl,
    crawl_of_everything,
    files,
    html,
    response,
    tables,
)
from tests.archive.sample_records import BLOG, CRAWL_ID, make_failure


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "c", seeds=[BLOG])


def test_everything_derived_comes_back_byte_for_byte(collection: Collection) -> None:
    crawl_of_everything(collection).close()
    before, rows = files(collection.path), tables(collection.catalogue_path)
    assert len([name for name in before if name.endswith(".warc.gz")]) > 2
    assert (len(rows["articles"]), len(rows["lists"]), len(rows["pages"])) == (3, 2, 8)
    for path in (*collection.articles_dir.iterdir(), collection.catalogue_path):
        path.unlink()
    collection.index_path.unlink()

    rebuilt = rebuild(collection, processes=2)

    assert (rebuilt.article_count, rebuilt.failure_count, rebuilt.warnings) == (3, 1, ())
    after = files(collection.path)
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} <= {"catalogue.sqlite"}
    assert tables(collection.catalogue_path) == rows


def test_a_split_post_comes_back_whole(collection: Collection) -> None:
    crawl_of_everything(collection).close()
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
    crawl = RecordedCrawl(Collection.open(path))
    crawl.keep("", None, response(b"<!doctype html><title>Blog</title>"), methods=("seed",))
    crawl.keep("ferry/", None, response(html("Ferry")))
    crawl.keep("?p=1", None, response(html("Ferry", canonical=f"{BLOG}ferry/")))
    crawl.keep("gone/", None, response(b"gone", "404 Not Found"))
    crawl.keep("torn/", None, response(html("Torn")))
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_crawl_without_logs_is_restored_from_its_captures(collection: Collection) -> None:
    program = (
        "import sys; from tests.archive.test_rebuild import *; crawl_until_killed(sys.argv[1])"
    )
    ended = subprocess.run([sys.executable, "-c", program, collection.path], check=False)
    assert ended.returncode == -signal.SIGKILL
    (warc,) = collection.warc_dir.glob("*.open")
    warc.write_bytes(warc.read_bytes()[:-900])  # into the last response
    collection.catalogue_path.unlink()

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


@pytest.mark.parametrize("has_catalogue", [True, False])
def test_the_next_crawl_takes_up_a_killed_one_after_a_rebuild(
    collection: Collection, has_catalogue: bool
) -> None:
    leave(collection, None)
    with Catalogue(collection.catalogue_path) as catalogue:
        catalogue.add_failure(make_failure(f"{BLOG}unreachable/", "DNSLookupError"))
        (begun,) = catalogue.crawls()
    if not has_catalogue:
        collection.catalogue_path.unlink()
    with collection.lock():
        rebuild(collection, processes=1)
    rows = tables(collection.catalogue_path)
    assert len(rows["failures"]) == has_catalogue  # nothing else knows of it
    with CatalogueReader(collection.catalogue_path) as reader:
        (crawl,) = open_chain(reader, replace(begun, crawl_id="next"))
    assert replace(crawl, finished=None, reason=None) == begun
    assert crawl.reason == KILLED
    assert read_history(collection, begun.started + timedelta(hours=1)).failures == 0
    settle(collection)  # it may lack the report
    assert_in_order(collection)
    assert tables(collection.catalogue_path) == rows


def test_of_two_addresses_in_a_killed_crawl_the_first_counts_unless_a_list_names_both(
    collection: Collection,
) -> None:
    crawl = RecordedCrawl(collection)
    post = Hints(kind="post")
    crawl.keep("ferry/", None, response(html("Ferry")), hints=post)
    crawl.keep("?p=1", None, response(html("Ferry", canonical=f"{BLOG}ferry/")))
    crawl.keep("gull/", None, response(html("Gull", canonical=f"{BLOG}ferry/")), hints=post)
    crawl.close()
    _take_logs_out(collection)
    rebuild(collection, processes=1)
    with CatalogueReader(collection.catalogue_path) as catalogue:
        assert {row.title for row in catalogue.iter_articles()} == {"Ferry", "Gull"}
        (page,) = catalogue.iter_other_pages()
    assert (page.target_uri, page.page_type) == (f"{BLOG}?p=1", PageType.DUPLICATE)


def _take_logs_out(collection: Collection) -> None:
    (path,) = collection.warc_dir.iterdir()
    _, log, *_ = (
        record
        for record in iter_records(path)
        if record.target_uri.startswith("urn:blog-archiver:")
    )
    path.write_bytes(path.read_bytes()[: log.offset])  # the first is that of its begin


def test_a_collection_without_captures_is_rebuilt_to_nothing(collection: Collection) -> None:
    rebuilt = rebuild(collection, processes=1)
    assert (rebuilt.warc_count, rebuilt.article_count) == (0, 0)
    with CatalogueReader(collection.catalogue_path) as catalogue:
        assert catalogue.crawls() == []


def test_pages_that_were_only_captured_are_extracted_later(collection: Collection) -> None:
    crawl = RecordedCrawl(collection)
    crawl.keep("ferry/", None, response(html("Ferry")))
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
            _plain_record(BLOG + path, response(html("Ferry")).replace(b"text/html", kind))
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


def test_settings_and_warc_files_are_all_that_a_rebuild_needs(collection: Collection) -> None:
    crawl_of_everything(collection).close()
    before = files(collection.articles_dir)
    for path in collection.path.iterdir():
        if path.is_dir() and path != collection.warc_dir:
            shutil.rmtree(path)
        elif path.is_file() and path.name != "collection.toml":
            path.unlink()
    assert rebuild(collection, processes=1).article_count == 3
    assert files(collection.articles_dir) == before


def test_a_page_that_cannot_be_extracted_costs_a_failure(collection: Collection) -> None:
    crawl = RecordedCrawl(collection)
    crawl.keep("ferry/", "article", response(html("Ferry")))
    bomb = Origin(role="page", discovery=Discovery(url=f"{BLOG}bomb", methods=("link",)))
    crawl.capture(bomb, response(_gzip_bomb(), "200 OK", "Content-Encoding: gzip"))
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
    crawl_of_everything(collection).close()
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

"""WARC files are taken into a collection: revisits are pages too, and what is known stays."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from archive.articles.store import ArticleStore
from archive.catalogue import UNCHANGED, CatalogueReader
from archive.collection import Collection
from archive.rebuild import rebuild
from archive.records import Origin, PageType
from archive.taking_in import take_in
from archive.warc.captures import iter_stored_captures
from tests.archive.order import assert_in_order, settle
from tests.archive.recorded_crawls import (
    RecordedCrawl,
    crawl_of_everything,
    files,
    html,
    response,
    source,
    tables,
)
from tests.archive.sample_records import BLOG

AGAIN = "20260203-again"


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "c", seeds=[BLOG])


def _chunked(body: bytes, size: int) -> bytes:
    """Part a body into chunks, as a server does that streams it."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + framed


def _revisits(collection: Collection) -> list[str]:
    with CatalogueReader(collection.catalogue_path) as catalogue:
        rows = catalogue.query("SELECT record_id FROM captures WHERE record_type = 'revisit'")
        return [row["record_id"] for row in rows]


def test_an_unchanged_blog_is_read_again_from_its_revisits(collection: Collection) -> None:
    crawl_of_everything(collection).close()
    crawl_of_everything(collection, crawl_id=AGAIN).close()
    assert len(_revisits(collection)) > 5
    rows = tables(collection.catalogue_path)
    assert len(rows["articles"]) == 4  # the split post was read again, as a whole
    assert len(list(ArticleStore(collection.articles_dir).iter_articles())) == 3
    with CatalogueReader(collection.catalogue_path) as catalogue:
        outcomes = Counter(line.outcome for line in catalogue.iter_found_urls(AGAIN))
    assert (outcomes[UNCHANGED], outcomes[PageType.ARTICLE]) == (4, 0)
    assert_in_order(collection)
    assert tables(collection.catalogue_path) == rows


def test_a_revisit_may_be_parted_otherwise_into_chunks(collection: Collection) -> None:
    page = html("Ferry", words="ä" * 700)
    for crawl_id, size in (("first", 100), ("second", 333)):
        crawl = RecordedCrawl(collection, crawl_id=crawl_id)
        crawl.keep(f"{crawl_id}/", "article", _chunked(page, size))
        crawl.close()
    assert len(_revisits(collection)) == 1
    first, second = ArticleStore(collection.articles_dir).iter_articles()
    assert first.main_text == second.main_text
    assert_in_order(collection)


def test_pages_of_a_killed_crawl_that_are_revisits_are_read(collection: Collection) -> None:
    crawl = RecordedCrawl(collection)
    crawl.keep("ferry/", "article", response(html("Ferry")))
    crawl.close()
    again = RecordedCrawl(collection, crawl_id=AGAIN)
    again.keep("ferry/", None, response(html("Ferry")))
    again.keep("boat/", None, response(html("Ferry")))
    again.close()
    assert len(_revisits(collection)) == 2
    assert rebuild(collection, processes=1).article_count == 2
    with CatalogueReader(collection.catalogue_path) as catalogue:
        outcomes = {line.discovery.url: line.outcome for line in catalogue.iter_found_urls(AGAIN)}
    assert outcomes == {f"{BLOG}ferry/": UNCHANGED, f"{BLOG}boat/": "article"}


def test_a_revisit_without_its_original_costs_a_failure(collection: Collection) -> None:
    crawl = RecordedCrawl(collection)
    crawl.keep("ferry/", "article", response(html("Ferry")))
    crawl.close()
    (original,) = collection.warc_dir.iterdir()
    again = RecordedCrawl(collection, crawl_id=AGAIN)
    again.keep("ferry/", "article", response(html("Ferry")))
    again.keep("gull/", "article", response(html("Gull")))
    again.close()
    original.unlink()
    rebuilt = rebuild(collection, processes=1, forget_missing=True)
    assert (rebuilt.article_count, rebuilt.failure_count) == (1, 1)
    with CatalogueReader(collection.catalogue_path) as catalogue:
        (failure,) = catalogue.iter_failures(AGAIN)
    assert (failure.url, failure.stage, failure.error) == (
        f"{BLOG}ferry/", "extract", "OriginalNotFound",
    )  # fmt: skip
    assert failure.message.startswith("the original of this revisit is not in the collection: ")
    assert "blog)/ferry" in failure.message


def test_an_answer_that_nothing_was_changed_is_no_page(collection: Collection) -> None:
    crawl = RecordedCrawl(collection)
    unchanged: Origin = source("ferry/", "page", ("sitemap",))
    crawl.capture(unchanged, b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n")
    crawl.close()
    rebuilt = rebuild(collection, processes=1)
    assert (rebuilt.capture_count, rebuilt.failure_count) == (1, 0)
    with CatalogueReader(collection.catalogue_path) as catalogue:
        assert list(catalogue.iter_failures(crawl.crawl_id)) == []


def test_what_is_taken_in_again_changes_nothing(collection: Collection) -> None:
    crawl_of_everything(collection).close()
    before, rows = files(collection.path), tables(collection.catalogue_path)
    with collection.lock():
        taken = take_in(sorted(collection.warc_dir.iterdir()), collection, processes=1)
    assert (taken.read_count, taken.article_count) == (0, 0)
    after = files(collection.path)
    assert {name for name in after if after[name] != before.get(name)} <= {"catalogue.sqlite"}
    assert tables(collection.catalogue_path) == rows


def test_files_of_another_collection_join_what_is_there(
    collection: Collection, tmp_path: Path
) -> None:
    crawl_of_everything(collection).close()
    other = Collection.create(tmp_path / "other")
    crawl = RecordedCrawl(other, crawl_id=AGAIN)
    crawl.keep("lamp/", "article", response(html("Lamp", words="Brighter.")))
    crawl.close()
    (path,) = other.warc_dir.iterdir()
    moved = path.rename(collection.warc_dir / f"moved-{path.name}")
    with collection.lock():
        taken = take_in([moved], collection, processes=1)
    assert (taken.capture_count, taken.article_count) == (1, 1)
    (line,) = settle(collection)
    assert "had no report: it is written: " in line
    with CatalogueReader(collection.catalogue_path) as catalogue:
        assert len(list(catalogue.iter_articles())) == 4
        assert {crawl.crawl_id for crawl in catalogue.crawls()} > {AGAIN}
        assert [row.title for row in catalogue.search("brighter")] == ["Lamp"]
    assert [stored.crawl_id for stored in iter_stored_captures(moved)] == [AGAIN]
    assert_in_order(collection)

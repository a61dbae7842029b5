"""Files that a killed crawl left open are sealed, and what cannot be sealed is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.article_store import ArticleStore
from archive.catalogue import Catalogue, CatalogueReader
from archive.cdxj import CdxjIndex
from archive.collection import Collection
from archive.leftovers import settle_leftovers
from archive.records import Capture, Failure, PageType
from archive.warc_writer import WarcWriter
from tests.archive.sample_exchanges import exchange, origin
from tests.archive.sample_records import BLOG, CRAWL_ID, make_sample


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "c", seeds=[BLOG])


def _leave_open(collection: Collection, count: int) -> tuple[Path, list[Capture]]:
    """Write what a killed crawl leaves: an open WARC file, and neither index nor catalogue."""
    writer = WarcWriter(collection.warc_dir, prefix="blog", software="test/1", robots="obey")
    captures = [
        writer.write_exchange(exchange(f"/post-{number}/"), origin(), crawl_id=CRAWL_ID)
        for number in range(count)
    ]
    (path,) = collection.warc_dir.iterdir()
    return path, captures


def test_captures_and_articles_are_entered_and_their_files_sealed(collection: Collection) -> None:
    path, captures = _leave_open(collection, 3)
    store = ArticleStore(collection.articles_dir)
    store.append(make_sample(1, captures[1]))
    store.close()
    lines = settle_leftovers(collection)
    assert len(lines) == 3
    assert lines[0].startswith(f"{path} was left open by an earlier crawl: 3 captures are kept")
    assert lines[1].endswith("was left open by an earlier crawl: 1 articles")
    assert lines[2].startswith("of 2 captured pages there is no text")
    assert lines[2].endswith(f"`archive rebuild {collection.path}` reads them too")
    assert [file.suffix for file in collection.warc_dir.iterdir()] == [".gz"]
    assert [file.suffix for file in collection.articles_dir.iterdir()] == [".parquet"]
    index = CdxjIndex(collection.index_path)
    assert all(next(index.lookup(capture.urlkey)) for capture in captures)
    with CatalogueReader(collection.catalogue_path) as catalogue:
        found = catalogue.find_article(captures[1].target_uri)
        assert found is not None
        assert found.capture_id == captures[1].record_id
        rows = {row["record_id"] for row in catalogue.query("SELECT record_id FROM captures")}
    assert rows == {capture.record_id for capture in captures}
    assert settle_leftovers(collection) == []


def test_pages_that_are_known_are_not_said_to_lack_their_text(collection: Collection) -> None:
    _, captures = _leave_open(collection, 3)
    with Catalogue(collection.catalogue_path) as catalogue:
        for capture in captures[:2]:
            catalogue.add_capture(capture, crawl_id=CRAWL_ID, role="page")
            catalogue.set_page_type(capture.record_id, PageType.LISTING)
        catalogue.add_failure(
            Failure(
                url=captures[2].target_uri,
                stage="extract",
                error="ExtractionTimeout",
                message="it took longer than 60 s",
                date=captures[2].date,
                crawl_id=CRAWL_ID,
            )
        )
    (line,) = settle_leftovers(collection)
    assert "3 captures are kept" in line


def test_a_file_damaged_in_its_middle_is_left_to_a_person(collection: Collection) -> None:
    path, captures = _leave_open(collection, 3)
    damaged = bytearray(path.read_bytes())
    place = captures[1].offset + captures[1].length // 2
    damaged[place : place + 20] = bytes(20)
    path.write_bytes(damaged)
    (line,) = settle_leftovers(collection)
    assert str(path) in line
    assert "it is left as it is" in line
    assert path.read_bytes() == damaged


def test_a_file_without_a_whole_record_goes(collection: Collection) -> None:
    path, _ = _leave_open(collection, 1)
    path.write_bytes(path.read_bytes()[:20])
    (line,) = settle_leftovers(collection)
    assert line.endswith("held no whole record: it is removed")
    assert list(collection.warc_dir.iterdir()) == []


def test_a_collection_in_order_is_not_touched(collection: Collection) -> None:
    assert settle_leftovers(collection) == []
    assert not collection.catalogue_path.exists()

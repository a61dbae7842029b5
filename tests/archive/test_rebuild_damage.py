"""A rebuild of a collection that is damaged: what is lost is named, and the rest is kept."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from archive.articles.store import ArticleStore
from archive.catalogue import ArticleRow, CatalogueReader
from archive.collection import Collection
from archive.errors import CollectionError, WarcError
from archive.rebuild import rebuild
from archive.warc.reader import iter_records
from tests.archive.recorded_crawls import (
    RecordedCrawl,
    crawl_of_everything,
    files,
    html,
    response,
)
from tests.archive.sample_records import BLOG, CRAWL_ID


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "c", seeds=[BLOG])


def test_a_damaged_warc_file_stops_the_rebuild_and_nothing_is_lost(
    collection: Collection,
) -> None:
    crawl_of_everything(collection).close()
    first, *_ = sorted(collection.warc_dir.iterdir())
    data = bytearray(first.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = b"\0" * 40
    first.write_bytes(data)
    before = files(collection.path)
    with pytest.raises(WarcError, match=f"{first.name} at offset"):
        rebuild(collection, processes=1)
    assert files(collection.path) == before

    (loss,) = rebuild(collection, processes=1, skip_damaged=True).warnings
    assert re.search(rf"{first.name}: \d+ bytes from offset \d+ to \d+ lost", loss)


def test_a_page_whose_metadata_is_damaged_stays_an_article_of_its_crawl(
    collection: Collection,
) -> None:
    crawl = RecordedCrawl(collection)
    for name in ("ferry", "gull"):
        crawl.keep(f"{name}/", "article", response(html(name)))
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
    crawl = RecordedCrawl(collection)
    for name in ("ferry", "gull", "pier"):
        crawl.keep(f"{name}/", "article", response(html(name)))
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
    said = f"from offset {damaged.offset} to {end} lost"
    if is_open:
        said = f"damaged in one place: 14 whole records are now in {path.name}"
        assert path.with_name(f"{path.name}.damaged").read_bytes() == data
        subprocess.run(["gzip", "-t", path], check=True)
    assert said in rebuilt.warnings[-1]
    with CatalogueReader(collection.catalogue_path) as catalogue:
        rows = list(catalogue.iter_articles())
        (run,) = catalogue.crawls()
    assert {row.title for row in rows} == {"ferry", "pier"}
    assert {row.crawl_id for row in rows} == {run.crawl_id} == {CRAWL_ID}


@pytest.mark.parametrize("kept", ["articles", "indexes", "catalogue.sqlite"])
def test_missing_warc_files_are_named_by_whatever_is_left_and_nothing_is_lost(
    collection: Collection, kept: str
) -> None:
    crawl_of_everything(collection).close()
    first, second, *_ = (row.warc_file for row in _article_rows(collection))
    (collection.warc_dir / first).unlink()
    for name in {"articles", "indexes", "catalogue.sqlite"} - {kept}:
        path = collection.path / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    before = files(collection.path)
    with pytest.raises(CollectionError, match=first) as refused:
        rebuild(collection, processes=1, skip_damaged=True)
    assert second not in str(refused.value)
    assert files(collection.path) == before

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
    crawl_of_everything(collection).close()
    shutil.rmtree(collection.warc_dir)
    with pytest.raises(CollectionError, match=r"\.warc\.gz.*--forget-missing"):
        rebuild(collection, processes=1)
    assert len(list(ArticleStore(collection.articles_dir).iter_articles())) == 3


def test_what_a_stopped_rebuild_left_is_cleared_away(collection: Collection) -> None:
    crawl_of_everything(collection).close()
    (collection.path / ".rebuild-stopped").mkdir()
    (collection.path / ".rebuild-stopped" / "pages.jsonl").write_text("half a line")
    stale = collection.articles_dir / "no-such-warc.parquet"
    stale.write_bytes(b"of a WARC file that was taken away")
    rebuild(collection, processes=1, forget_missing=True)
    assert not list(collection.path.glob(".rebuild-*"))
    assert not stale.exists()

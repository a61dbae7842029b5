"""A first crawl that finds the disk full is no obstacle once there is room again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, CatalogueReader
from archive.collection import Collection
from archive.dates import utc_now
from archive.errors import CatalogueError
from archive.schedule.status import read_statuses
from tests.archive.sample_records import BLOG, make_crawl


@pytest.mark.parametrize("journal", ["", "PRAGMA journal_mode = WAL"], ids=["empty", "no tables"])
def test_a_first_crawl_that_found_no_room_needs_no_command(tmp_path: Path, journal: str) -> None:
    collection = Collection.create(tmp_path / "c", seeds=[BLOG])
    collection.catalogue_path.touch()
    with closing(sqlite3.connect(collection.catalogue_path)) as connection:
        connection.execute(journal)
    vanished = collection.warc_dir / "b-000.warc.gz.open"  # as when it is sealed meanwhile
    vanished.symlink_to("nowhere")
    ((status,), unusable) = read_statuses([collection.path], utc_now())
    assert (status.articles, unusable) == (0, [])
    assert status.state.history.last is None
    collection.warc_dir.joinpath("a-000.warc.gz").write_bytes(b"records")
    with pytest.raises(CatalogueError, match="archive rebuild"):  # what was there is lost
        CatalogueReader(collection.catalogue_path)
    with Catalogue(collection.catalogue_path) as catalogue:
        catalogue.add_crawl(make_crawl())
        catalogue.commit()
    with CatalogueReader(collection.catalogue_path) as reader:
        assert len(reader.crawls()) == 1

"""Collections that were made apart become one, and nothing of them is lost."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.articles.store import ArticleStore
from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.merging import Merged, merge
from archive.rebuild import rebuild
from archive.records import Article
from archive.stored_messages import MessageReader
from tests.archive.importing.place import contents
from tests.archive.merging.collections_to_merge import (
    crawl_again,
    crawled,
    find_faults,
    left_alone,
    query,
    split_off,
)
from tests.archive.recorded_crawls import html, response
from tests.archive.sample_records import BLOG

CDXJ_INDEXER = Path(sys.executable).parent / "cdxj-indexer"
_CAPTURES = "SELECT record_id, crawl_id, target_uri, payload_digest, page_type FROM captures"


@dataclass(frozen=True)
class _Coasts:
    """What two machines have crawled, one post of which both have, and what came of it."""

    east: Collection
    west: Collection
    before: list[dict[str, bytes]]  # the files of both
    made: Collection
    merged: Merged


@pytest.fixture(scope="module")
def coasts(tmp_path_factory: pytest.TempPathFactory) -> _Coasts:
    path = tmp_path_factory.mktemp("coasts")
    east, west = crawled(path / "east", "ferry", "gull"), crawled(path / "west", "ferry", "buoy")
    before = [left_alone(source.path) for source in (east, west)]
    merged = merge([east, west], path / "new" / "all", processes=1)
    return _Coasts(east, west, before, Collection.open(path / "new" / "all"), merged)


def _articles(collection: Collection) -> dict[str, Article]:
    store = ArticleStore(collection.articles_dir)
    return {article.capture_id: article for article in store.iter_articles()}


def test_every_capture_of_the_sources_is_in_the_new_collection(coasts: _Coasts) -> None:
    assert (coasts.merged.warc_count, coasts.merged.capture_count) == (2, 4)
    assert coasts.merged.warnings == ()
    of_sources = [*query(coasts.east, _CAPTURES), *query(coasts.west, _CAPTURES)]
    assert query(coasts.made, _CAPTURES) == sorted(of_sources)
    files = sorted(coasts.made.warc_dir.iterdir())
    lines = subprocess.check_output([CDXJ_INDEXER, *files], text=True).splitlines()
    index = coasts.made.index_path.read_text(encoding="utf-8").splitlines()
    assert index == sorted(lines)
    assert find_faults(coasts.made) == []


def test_the_sources_stay_as_they_are_and_their_files_take_no_room_twice(coasts: _Coasts) -> None:
    sources = (coasts.east, coasts.west)
    assert [left_alone(source.path) for source in sources] == coasts.before
    for path in (path for source in sources for path in source.warc_dir.iterdir()):
        assert path.samefile(coasts.made.warc_dir / path.name)
    beside = [path.name for path in coasts.made.path.parent.iterdir()]
    assert beside == ["all"]


def test_rows_of_articles_say_what_they_said(coasts: _Coasts) -> None:
    made, east, west = map(_articles, (coasts.made, coasts.east, coasts.west))
    of_sources = {**east, **west}
    assert all(article == of_sources[capture_id] for capture_id, article in made.items())
    # Both have the ferry; whichever came second says nothing that the first does not say.
    assert sorted(str(article.title) for article in made.values()) == ["Buoy", "Ferry", "Gull"]


def test_logs_and_reports_of_every_crawl_stay(coasts: _Coasts) -> None:
    assert query(coasts.made, "SELECT crawl_id, reason FROM crawls") == [
        ("crawl-of-east", "finished"),
        ("crawl-of-west", "finished"),
    ]
    found = query(coasts.made, "SELECT crawl_id, count(*) FROM discoveries GROUP BY crawl_id")
    assert found == [("crawl-of-east", 2), ("crawl-of-west", 2)]
    assert sorted(path.name for path in coasts.made.reports_dir.iterdir()) == [
        *("crawl-of-east.html", "crawl-of-east.json"),
        *("crawl-of-west.html", "crawl-of-west.json"),
    ]


def test_a_rebuild_of_what_was_merged_gives_the_same(coasts: _Coasts) -> None:
    before = contents(coasts.made)
    rebuild(coasts.made, processes=1)
    assert contents(coasts.made) == before


def test_what_was_merged_can_be_merged_again_without_anything_twice(
    coasts: _Coasts, tmp_path: Path
) -> None:
    sources = [coasts.made, coasts.west, coasts.east, coasts.west]
    merged = merge(sources, tmp_path / "again", processes=0)
    assert (merged.warc_count, merged.capture_count, merged.warnings) == (2, 4, ())
    again = Collection.open(tmp_path / "again")
    assert again.index_path.read_bytes() == coasts.made.index_path.read_bytes()


def test_a_revisit_finds_its_original_in_the_other_source(tmp_path: Path) -> None:
    east = crawled(tmp_path / "east", "ferry")
    crawl_again(east, "ferry", "buoy", crawl_id="later")
    west = split_off(east, "later", tmp_path / "west")
    is_revisit = "SELECT record_id FROM captures WHERE record_type = 'revisit'"
    ((revisit,),) = query(west, is_revisit)
    assert query(east, is_revisit) == []
    merge([west, east], tmp_path / "all", processes=0)
    made = Collection.open(tmp_path / "all")
    with CatalogueReader(made.catalogue_path) as catalogue:
        answer = MessageReader(made.warc_dir, catalogue).read(revisit)
    assert answer == response(html("Ferry", words="ferry"))
    assert find_faults(made) == []


def test_the_new_collection_has_the_seeds_of_all(coasts: _Coasts) -> None:
    assert coasts.made.seeds == (f"{BLOG}east/", f"{BLOG}west/")

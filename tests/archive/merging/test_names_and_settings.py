"""Files of one name, files that are there twice, and settings that differ."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from archive.collection import Collection
from archive.importing.import_log import iter_imported
from archive.merging import Merged
from archive.merging import merge as merge_collections
from archive.merging.gathering import link_or_copy
from tests.archive.importing.made_archives import members, some_records
from tests.archive.importing.place import Place
from tests.archive.merging.collections_to_merge import crawled, find_faults, query, rename_file
from tests.archive.sample_records import BLOG

_NAME = "blog-20240229120000-00000-host"
_URLS = "SELECT target_uri FROM captures"


def _merge(sources: Sequence[Collection], target: Path) -> tuple[Merged, Collection]:
    merged = merge_collections(sources, target, processes=0)
    return merged, Collection.open(target)


def test_files_that_differ_and_have_one_name_are_both_kept(tmp_path: Path) -> None:
    sources = [crawled(tmp_path / "east", "ferry"), crawled(tmp_path / "west", "buoy")]
    for source in sources:
        rename_file(source, f"{_NAME}.warc.gz")
    merged, made = _merge(sources, tmp_path / "all")
    (renamed,) = {path.name for path in made.warc_dir.iterdir()} - {f"{_NAME}.warc.gz"}
    assert renamed.startswith(f"{_NAME}-")
    west = sources[1].warc_dir / f"{_NAME}.warc.gz"
    assert merged.warnings == (f"{west}: another file has that name: it is {renamed} here",)
    assert (made.warc_dir / renamed).samefile(west)
    assert query(made, _URLS) == [(f"{BLOG}buoy/",), (f"{BLOG}ferry/",)]
    assert find_faults(made) == []


def test_a_file_that_two_sources_have_is_there_once_whatever_its_names(tmp_path: Path) -> None:
    east = crawled(tmp_path / "east", "ferry")
    shutil.copytree(east.path, tmp_path / "west")
    west = Collection.open(tmp_path / "west")
    rename_file(west, f"{_NAME}.warc.gz")
    merged, made = _merge([east, west], tmp_path / "all")
    assert (merged.warc_count, merged.capture_count, merged.warnings) == (1, 1, ())
    assert find_faults(made) == []


def test_imported_files_of_one_name_stay_known_as_imported(place: Place) -> None:
    for name, first in (("east", 1), ("west", 11)):
        place.take(place.file("site.warc.gz", members(some_records(first))), into=name)
    sources = [place.collection(name) for name in ("east", "west")]
    _, made = _merge(sources, place.path / "collections" / "all")
    named = {imported.filename for _, imported in iter_imported(made.warc_dir)}
    assert len(named) == 2
    assert all((made.warc_dir / name).is_file() for name in named)
    crawls = query(made, "SELECT crawl_id, spider FROM crawls")
    assert crawls == sorted((name.partition(".")[0], "import") for name in named)
    assert find_faults(made) == []
    assert "nothing new" in place.take("site.warc.gz", into="all").stdout


def test_an_imported_file_that_two_sources_have_is_there_once(place: Place) -> None:
    for name, file in (("east", "one.warc.gz"), ("west", "other.warc.gz")):
        place.take(place.file(file, members(some_records())), into=name)
    sources = [place.collection(name) for name in ("east", "west")]
    merged, made = _merge(sources, place.path / "all")
    assert merged.capture_count == 3
    assert query(made, "SELECT crawl_id FROM crawls") == [("one",)]
    assert find_faults(made) == []


def test_where_another_disk_allows_no_second_name_the_file_is_copied(tmp_path: Path) -> None:
    with TemporaryDirectory(dir="/dev/shm") as elsewhere:
        source, target = Path(elsewhere) / "a.warc.gz", tmp_path / "b.warc.gz"
        source.write_bytes(b"x" * 3_000_000)
        assert source.stat().st_dev != tmp_path.stat().st_dev
        link_or_copy(source, target)
        assert target.read_bytes() == source.read_bytes()


def test_what_sources_say_differently_is_named_and_the_first_counts(tmp_path: Path) -> None:
    sources = [crawled(tmp_path / name) for name in ("east", "west")]
    said = (
        'cadence = "1d"\nsince = 2020-01-01\n[politeness]\ndelay = "60s"\n',
        'cadence = "2d"\nwindows = []\n[politeness]\ndelay = "1m"\n[limits]\nposts = 5\n',
    )
    for source, rest in zip(sources, said, strict=True):
        seeds = f'seeds = ["{BLOG}{source.name}/", "{BLOG}"]\n'
        source.settings_path.write_text(seeds + rest, encoding="utf-8")
    east, west = (Collection.open(source.path) for source in sources)
    merged, made = _merge([east, west], tmp_path / "all")
    assert merged.warnings == (
        f"{west.settings_path} differs in cadence, since, limits.posts:"
        f" what {east.settings_path} says counts",
    )
    assert made.settings.model_dump() == east.settings.model_dump() | {
        "seeds": (f"{BLOG}east/", BLOG, f"{BLOG}west/")
    }


def test_where_all_say_the_same_their_comments_stay(tmp_path: Path) -> None:
    said = f'# asked by mail on Monday\nseeds = ["{BLOG}"]\n'
    sources = [crawled(tmp_path / name) for name in ("east", "west")]
    for source in sources:
        source.settings_path.write_text(said, encoding="utf-8")
    _, made = _merge(sources, tmp_path / "all")
    assert made.settings_path.read_text(encoding="utf-8") == said

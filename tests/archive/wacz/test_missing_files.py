"""A package is whole, or says what it lacks: WARC files that are gone stop it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from archive.collection import Collection
from archive.errors import CollectionError
from archive.rebuild import rebuild
from archive.wacz.packaging import PackageOrder, package
from archive.wacz.selection import Selection
from tests.archive.wacz.read_back import articles_of
from tests.archive.wacz.sample_collections import BLOG, FIRST, POSTS, SECOND, make_twice_crawled


def _part(crawl_id: str) -> PackageOrder:
    return PackageOrder(selection=Selection(crawl_ids=frozenset({crawl_id})))


def _file_of(collection: Collection, crawl_id: str) -> Path:
    (path,) = collection.warc_dir.glob(f"{crawl_id}-*.warc.gz")
    return path


def _leave_a_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("moved-away"))


def _leave_a_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("lose", [Path.unlink, _leave_a_link, _leave_a_directory])
def test_a_warc_file_that_is_gone_is_named_and_nothing_is_made(
    tmp_path: Path, target: Path, lose: Callable[[Path], None]
) -> None:
    collection = make_twice_crawled(tmp_path)
    path = _file_of(collection, FIRST)
    lose(path)
    with pytest.raises(CollectionError, match=rf"missing in .*: {path.name}\. Nothing was packed"):
        package(collection, target)
    assert list(target.parent.iterdir()) == []


def test_a_link_that_leads_nowhere_stops_it_though_nothing_was_made_from_it(
    tmp_path: Path, target: Path
) -> None:
    collection = make_twice_crawled(tmp_path)
    (collection.warc_dir / "other.warc.gz").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CollectionError, match=r"missing in .*: other\.warc\.gz"):
        package(collection, target)
    assert list(target.parent.iterdir()) == []


def test_a_part_needs_its_own_files_and_those_of_its_originals_alone(
    tmp_path: Path, target: Path
) -> None:
    collection = make_twice_crawled(tmp_path)
    second = _file_of(collection, SECOND)
    kept = second.rename(tmp_path / "kept")
    assert package(collection, target, _part(FIRST)).warnings == ()
    assert articles_of(target) == POSTS
    target.unlink()
    with pytest.raises(CollectionError, match=f": {second.name}"):
        package(collection, target, _part(SECOND))
    kept.rename(second)
    first = _file_of(collection, FIRST)
    first.unlink()  # it has the originals of the second crawl
    with pytest.raises(CollectionError, match=f": {first.name}"):
        package(collection, target, _part(SECOND))
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("order", [PackageOrder(), _part(SECOND)])
def test_each_revisit_without_its_original_is_named(
    tmp_path: Path, target: Path, order: PackageOrder
) -> None:
    collection = make_twice_crawled(tmp_path)
    _file_of(collection, FIRST).unlink()
    rebuild(collection, processes=1, forget_missing=True)
    warnings = package(collection, target, order).warnings
    name = _file_of(collection, SECOND).name
    assert all(line.startswith(f"{name} at offset ") for line in warnings)
    urls = {line.partition("original of this revisit is not there: ")[2] for line in warnings}
    assert urls == {BLOG, f"{BLOG}cat.gif", *(BLOG + path for path in POSTS)}
    assert len(warnings) == len(urls)

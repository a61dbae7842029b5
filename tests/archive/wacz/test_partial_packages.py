from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.cdxj import parse_cdxj_line
from archive.collection import Collection
from archive.errors import CollectionError, PackageError
from archive.wacz.checking import iter_faults
from archive.wacz.packaging import PackageOrder, package
from archive.wacz.reader import WaczReader
from archive.wacz.selection import Selection
from archive.warc.reader import iter_records
from tests.archive.wacz.read_back import articles_of, index_lines, unpacked
from tests.archive.wacz.sample_collections import (
    FIRST,
    POSTS,
    SECOND,
    SECOND_START,
    add_crawl,
    make_collection,
    make_twice_crawled,
)

CREATED = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
SECOND_CRAWL = PackageOrder(selection=Selection(crawl_ids=frozenset({SECOND})))


def test_a_part_brings_the_originals_of_its_revisits_along(tmp_path: Path, target: Path) -> None:
    collection = make_twice_crawled(tmp_path)
    packaged = package(collection, target, SECOND_CRAWL)
    directory = tmp_path / "unpacked"
    directory.mkdir()
    files = unpacked(target, directory)
    records = [record for path in files for record in iter_records(path)]
    by_id = {record.record_id: record for record in records}
    revisits = [record for record in records if record.record_type == "revisit"]
    assert len(revisits) == 2 + len(POSTS)
    for revisit in revisits:
        original = by_id[(revisit.get("WARC-Refers-To") or "").strip("<>")]
        assert original.get("WARC-Payload-Digest") == revisit.get("WARC-Payload-Digest")
        beside = [each for each in records if original.record_id in str(each.headers[3:])]
        assert {each.record_type for each in beside} >= {"request", "metadata", "revisit"}
    names = sorted(path.name for path in files)
    assert [name.endswith("-originals.warc.gz") for name in names] == [True, False]
    assert packaged.account.warc_count == 2
    assert packaged.warnings == ()


def test_index_and_warc_files_of_a_part_name_each_other(tmp_path: Path, target: Path) -> None:
    package(make_twice_crawled(tmp_path), target, SECOND_CRAWL)
    directory = tmp_path / "unpacked"
    directory.mkdir()
    held = {
        (path.name, record.offset, record.length)
        for path in unpacked(target, directory)
        for record in iter_records(path)
        if record.record_type in ("response", "revisit")
    }
    entries = [parse_cdxj_line(line) for line in index_lines(target)]
    assert {(entry.filename, entry.offset, entry.length) for entry in entries} == held
    assert len(entries) == len(held)


def test_originals_are_copied_as_they_lie_in_their_file(tmp_path: Path, target: Path) -> None:
    collection = make_twice_crawled(tmp_path)
    package(collection, target, SECOND_CRAWL)
    with WaczReader(target) as reader:
        (name,) = (name for name in reader.warc_names if name.endswith("-originals.warc.gz"))
        copied = b"".join(reader.iter_chunks(name))
    (first,) = collection.warc_dir.glob(f"{FIRST}-*")
    assert first.read_bytes().startswith(copied)  # all of that crawl, up to its end


def test_pages_of_a_part_are_those_it_was_asked_for(tmp_path: Path, target: Path) -> None:
    collection = make_twice_crawled(tmp_path)
    package(collection, target, SECOND_CRAWL)
    assert articles_of(target) == POSTS | {"three/": "New."}
    first = target.with_name("first.wacz")
    package(collection, first, PackageOrder(selection=Selection(crawl_ids=frozenset({FIRST}))))
    assert articles_of(first) == POSTS
    since = target.with_name("since.wacz")
    package(collection, since, PackageOrder(selection=Selection(since=SECOND_START)))
    assert articles_of(since) == POSTS | {"three/": "New."}
    with WaczReader(since) as reader:
        assert {page.date for page in reader.iter_pages()} >= {
            SECOND_START.replace(second=7, microsecond=0)
        }


def test_a_part_that_holds_nothing_is_refused(collection: Collection, target: Path) -> None:
    late = PackageOrder(selection=Selection(since=CREATED))
    with pytest.raises(PackageError, match="no capture of that date or crawl"):
        package(collection, target, late)
    with pytest.raises(CollectionError, match=f"no crawl {SECOND}; there are: {FIRST}"):
        package(collection, target, SECOND_CRAWL)
    assert list(target.parent.iterdir()) == []


def test_of_a_file_that_was_left_open_the_whole_records_are_taken(
    tmp_path: Path, target: Path
) -> None:
    collection = make_collection(tmp_path)
    add_crawl(
        collection, {"open/": "Left."}, crawl_id=SECOND, started=SECOND_START, is_sealed=False
    )
    (path,) = collection.warc_dir.glob("*.open")
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:300])
    packaged = package(collection, target)
    assert articles_of(target) == POSTS | {"open/": "Left."}
    with WaczReader(target) as reader:
        (name,) = (name for name in reader.warc_names if SECOND in name)
        assert name.endswith(".warc.gz")
        assert b"".join(reader.iter_chunks(name)) == whole
        assert list(iter_faults(reader)) == []
    assert str(path) in packaged.warnings[0]
    assert path.read_bytes() == whole + whole[:300]


def test_of_an_exchange_that_was_cut_in_two_nothing_is_taken(tmp_path: Path, target: Path) -> None:
    collection = make_collection(tmp_path)
    add_crawl(
        collection,
        {"open/": "Left."},
        crawl_id=SECOND,
        started=SECOND_START,
        is_sealed=False,
    )
    (path,) = collection.warc_dir.glob("*.open")
    requests = [each for each in iter_records(path) if each.record_type == "request"]
    cut = requests[-1].offset + requests[-1].length + 50
    os.truncate(path, cut)
    packaged = package(collection, target)
    assert articles_of(target) == POSTS
    with WaczReader(target) as reader:
        (name,) = (name for name in reader.warc_names if SECOND in name)
        assert reader.size_of(name) == requests[-1].offset
    assert packaged.warnings == (
        f"{path} is not sealed: of its {cut:,} bytes, {requests[-1].offset:,} are taken",
    )


def test_a_part_is_found_in_a_file_that_was_left_open(tmp_path: Path, target: Path) -> None:
    collection = make_collection(tmp_path)
    add_crawl(
        collection, {"open/": "Left."}, crawl_id=SECOND, started=SECOND_START, is_sealed=False
    )
    package(collection, target, SECOND_CRAWL)
    assert articles_of(target) == {"open/": "Left."}


def test_a_running_crawl_does_not_keep_the_collection_from_being_packaged(
    collection: Collection, target: Path
) -> None:
    with collection.lock():
        package(collection, target)
    assert articles_of(target) == POSTS

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
import zlib
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from cdxj_indexer.main import CDXJIndexer

from archive.cdxj import parse_cdxj_line
from archive.collection import Collection
from archive.errors import CollectionError, PackageError, WarcError
from archive.wacz.checking import iter_faults
from archive.wacz.layout import OTHER_PAGES
from archive.wacz.packaging import PackageOrder, package
from archive.wacz.reader import WaczReader
from archive.wacz.selection import Selection
from archive.wacz.writer import WaczWriter
from archive.warc_reader import iter_records
from tests.archive.wacz.sample_collections import (
    BLOG,
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


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return make_collection(tmp_path)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    directory = tmp_path / "made"
    directory.mkdir()
    return directory / "winter.wacz"


def _unpacked(wacz: Path, directory: Path) -> list[Path]:
    with WaczReader(wacz) as reader:
        return [reader.extract_warc(name, directory) for name in reader.warc_names]


def _index(wacz: Path) -> list[str]:
    with WaczReader(wacz) as reader:
        return list(reader.iter_index_lines())


def _articles(wacz: Path) -> dict[str, str | None]:
    with WaczReader(wacz) as reader:
        return {page.url.removeprefix(BLOG): page.text for page in reader.iter_pages()}


def test_any_zip_tool_reads_the_package_and_finds_what_it_lists(
    collection: Collection, target: Path
) -> None:
    package(collection, target)
    with zipfile.ZipFile(target) as opened:
        assert opened.testzip() is None
        datapackage = json.loads(opened.read("datapackage.json"))
        digest = json.loads(opened.read("datapackage-digest.json"))
        listed = {entry["path"]: entry for entry in datapackage["resources"]}
        for path, entry in listed.items():
            data = opened.read(path)
            assert (entry["bytes"], entry["hash"]) == (len(data), _sha256(data))
        assert {*listed, "datapackage.json", "datapackage-digest.json"} == set(opened.namelist())
        assert digest == {
            "path": "datapackage.json",
            "hash": _sha256(opened.read("datapackage.json")),
        }
    assert datapackage["profile"] == "data-package"
    assert datapackage["wacz_version"] == "1.1.1"
    assert datapackage["title"] == "winter"
    assert datapackage["mainPageUrl"] == BLOG
    assert datapackage["mainPageDate"] == "2026-01-02T03:04:05Z"


def _sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_warc_files_and_compressed_index_are_stored_byte_for_byte(
    collection: Collection, target: Path
) -> None:
    packaged = package(collection, target)
    (warc,) = collection.warc_dir.iterdir()
    with zipfile.ZipFile(target) as opened:
        entry = opened.getinfo(f"archive/{warc.name}")
        assert opened.read(entry) == warc.read_bytes()
        assert entry.compress_type == zipfile.ZIP_STORED
        assert opened.getinfo("indexes/index.cdx.gz").compress_type == zipfile.ZIP_STORED
    assert packaged.account.warc_count == 1
    assert packaged.size_bytes == target.stat().st_size


def test_the_index_is_what_cdxj_indexer_makes_of_the_warc_files(
    collection: Collection, target: Path, tmp_path: Path
) -> None:
    package(collection, target)
    expected = StringIO()
    files = [str(path) for path in _unpacked(target, tmp_path)]
    CDXJIndexer(expected, files, sort=True, digest_records=True, post_append=True).process_all()
    assert _index(target) == expected.getvalue().splitlines()
    assert len(_index(target)) == 2 + len(POSTS)


def test_each_block_of_the_index_is_found_by_its_line_in_the_idx(
    tmp_path: Path, target: Path
) -> None:
    collection = Collection.create(tmp_path / "many", seeds=[BLOG])
    posts = {f"{number:04}/": "x" for number in range(1100)}
    add_crawl(collection, posts)
    package(collection, target)
    with zipfile.ZipFile(target) as opened:
        head, *lines = opened.read("indexes/index.idx").decode().splitlines()
        compressed = opened.read("indexes/index.cdx.gz")
    assert json.loads(head.removeprefix("!meta 0 ")) == {
        "format": "cdxj-gzip-1.0",
        "filename": "index.cdx.gz",
    }
    assert len(lines) == 2
    whole = b""
    for line in lines:
        urlkey, timestamp, fields = line.split(" ", 2)
        place = json.loads(fields)
        block = compressed[place["offset"] : place["offset"] + place["length"]]
        assert place["digest"] == _sha256(block)
        text = zlib.decompress(block, wbits=31)
        assert text.startswith(f"{urlkey} {timestamp} ".encode())
        whole += text
    assert whole.decode().splitlines() == _index(target)


def test_pages_have_title_date_and_the_whole_text_of_every_article(
    collection: Collection, target: Path
) -> None:
    account = package(collection, target).account
    assert _articles(target) == POSTS
    with WaczReader(target) as reader:
        first = next(reader.iter_pages())
        others = [page.url for page in reader.iter_pages(OTHER_PAGES)]
    assert (first.title, f"{first.date:%Y-%m-%dT%H:%M:%S}") == ("One/", "2026-01-02T03:04:07")
    assert others == [BLOG]
    assert (account.article_count, account.other_page_count) == (2, 1)


def test_nothing_keeps_replay_programs_from_searching_the_text_of_all_articles(
    collection: Collection, target: Path
) -> None:
    package(collection, target)
    with zipfile.ZipFile(target) as opened:
        head = opened.read("pages/pages.jsonl").splitlines()[0]
        names = opened.namelist()
    # ReplayWeb.page searches one megabyte with "hasText", and other pages with extraPages.jsonl.
    assert json.loads(head) == {"format": "json-pages-1.0", "id": "pages", "title": "Articles"}
    assert "pages/extraPages.jsonl" not in names


def test_a_package_has_no_fault(tmp_path: Path, target: Path) -> None:
    package(make_twice_crawled(tmp_path), target)
    with WaczReader(target) as reader:
        assert list(iter_faults(reader)) == []


def test_a_text_that_two_crawls_found_is_listed_once_and_a_changed_one_twice(
    tmp_path: Path, target: Path
) -> None:
    collection = make_collection(tmp_path)
    changed = POSTS | {"two/": "Rewritten."}
    add_crawl(collection, changed, crawl_id=SECOND, started=SECOND_START)
    package(collection, target)
    with WaczReader(target) as reader:
        listed = [(page.url.removeprefix(BLOG), page.text) for page in reader.iter_pages()]
    assert sorted(listed) == sorted([*POSTS.items(), ("two/", "Rewritten.")])


def test_the_same_collection_gives_the_same_bytes(tmp_path: Path, target: Path) -> None:
    collection = make_twice_crawled(tmp_path)
    order = PackageOrder(created=CREATED)
    package(collection, target, order)
    again = target.with_name("again.wacz")
    package(collection, again, order)
    assert again.read_bytes() == target.read_bytes()


def test_a_part_brings_the_originals_of_its_revisits_along(tmp_path: Path, target: Path) -> None:
    collection = make_twice_crawled(tmp_path)
    packaged = package(collection, target, SECOND_CRAWL)
    directory = tmp_path / "unpacked"
    directory.mkdir()
    files = _unpacked(target, directory)
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
        for path in _unpacked(target, directory)
        for record in iter_records(path)
        if record.record_type in ("response", "revisit")
    }
    entries = [parse_cdxj_line(line) for line in _index(target)]
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
    assert _articles(target) == POSTS | {"three/": "New."}
    first = target.with_name("first.wacz")
    package(collection, first, PackageOrder(selection=Selection(crawl_ids=frozenset({FIRST}))))
    assert _articles(first) == POSTS
    since = target.with_name("since.wacz")
    package(collection, since, PackageOrder(selection=Selection(since=SECOND_START)))
    assert _articles(since) == POSTS | {"three/": "New."}
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


def test_an_empty_collection_is_refused(tmp_path: Path, target: Path) -> None:
    collection = Collection.create(tmp_path / "empty")
    with pytest.raises(PackageError, match="nothing to package"):
        package(collection, target)


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
    assert _articles(target) == POSTS | {"open/": "Left."}
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
    assert _articles(target) == POSTS
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
    assert _articles(target) == {"open/": "Left."}


def test_a_running_crawl_does_not_keep_the_collection_from_being_packaged(
    collection: Collection, target: Path
) -> None:
    with collection.lock():
        package(collection, target)
    assert _articles(target) == POSTS


def test_a_damaged_warc_file_is_named_and_nothing_is_left(
    collection: Collection, target: Path
) -> None:
    (path,) = collection.warc_dir.iterdir()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(WarcError, match=path.name):
        package(collection, target)
    assert list(target.parent.iterdir()) == []


def test_a_file_that_is_there_is_replaced_only_when_asked(
    collection: Collection, target: Path
) -> None:
    target.write_bytes(b"precious")
    with pytest.raises(PackageError, match="there already"):
        package(collection, target)
    assert target.read_bytes() == b"precious"
    package(collection, target, PackageOrder(overwrite=True))
    assert _articles(target) == POSTS


def test_a_wrong_name_or_place_is_refused(collection: Collection, target: Path) -> None:
    with pytest.raises(PackageError, match=r"ends in \.wacz"):
        package(collection, target.with_suffix(".zip"))
    with pytest.raises(PackageError, match="no directory"):
        package(collection, target.parent / "nowhere" / "x.wacz")


def test_a_full_disk_is_reported_and_leaves_nothing(tmp_path: Path, target: Path) -> None:
    collection = Collection.create(tmp_path / "winter")
    add_crawl(collection, {"long/": os.urandom(100_000).hex()})
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000));"
        "from archive.cli import main; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, "package", str(collection.path), "-o", str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr == f"archive: {target} is not written: [Errno 27] File too large\n"
    assert list(target.parent.iterdir()) == []


def test_progress_ends_at_the_size_of_the_warc_files(collection: Collection, target: Path) -> None:
    told: list[tuple[int, int]] = []
    package(collection, target, on_bytes=lambda done, total: told.append((done, total)))
    size = sum(path.stat().st_size for path in collection.warc_dir.iterdir())
    assert told[-1] == (size, size)
    assert told == sorted(told)


def test_memory_stays_flat_whatever_the_size_of_a_warc_file(tmp_path: Path) -> None:
    peaks = [_peak_memory(tmp_path / str(count), count) for count in (2, 40)]
    assert peaks[1] < peaks[0] + 30_000_000


def _peak_memory(directory: Path, record_count: int) -> int:
    """Package a collection of so many records of 4 MB; returns the peak of memory in bytes."""
    collection = Collection.create(directory / "large")
    block = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n" + os.urandom(4_000_000)
    with (collection.warc_dir / "large.warc.gz").open("wb") as file:
        for number in range(record_count):
            head = (
                f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n"
                f"WARC-Target-URI: {BLOG}{number}\r\nWARC-Date: 2026-01-02T03:04:05Z\r\n"
                f"Content-Type: application/http\r\nContent-Length: {len(block)}\r\n\r\n"
            )
            packer = zlib.compressobj(0, wbits=31)
            file.write(packer.compress(head.encode() + block + b"\r\n\r\n") + packer.flush())
    program = (
        "import resource, sys; from pathlib import Path; from archive.collection import Collection;"
        "from archive.wacz.packaging import package;"
        "made = package(Collection.open(Path(sys.argv[1])), Path(sys.argv[2]));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)"
    )
    target = directory / "large.wacz"
    arguments = [sys.executable, "-c", program, str(collection.path), str(target)]
    result = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert target.stat().st_size > record_count * 4_000_000
    return int(result.stdout)


def test_a_file_of_many_gigabytes_has_room_for_its_size(tmp_path: Path) -> None:
    path = tmp_path / "large.wacz"
    with WaczWriter(path) as wacz:
        with wacz.file("archive/large.warc.gz", size_bytes=5 << 30) as packed:
            packed.write(b"as if it were long")
        wacz.write_digest(wacz.write_datapackage({}), None)
    with path.open("rb") as file:
        head = file.read(30)
    assert head[18:26] == b"\xff" * 8  # the sizes stand in a zip64 field
    with WaczReader(path) as reader:
        offset, size = reader.place_of("archive/large.warc.gz")
        assert path.read_bytes()[offset : offset + size] == b"as if it were long"


def test_resources_have_names_that_a_data_package_allows(tmp_path: Path) -> None:
    path = tmp_path / "names.wacz"
    with WaczWriter(path) as wacz:
        for name in ("archive/Ünter Wegs.warc.gz", "archive/A.warc.gz", "archive/a.warc.gz"):
            with wacz.file(name, size_bytes=1) as packed:
                packed.write(b"x")
        wacz.write_digest(wacz.write_datapackage({}), None)
    with WaczReader(path) as reader:
        assert [each.name for each in reader.resources] == [
            "-nter-wegs.warc.gz",
            "a.warc.gz",
            "2-a.warc.gz",
        ]

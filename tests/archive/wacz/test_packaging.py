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

from archive.collection import Collection
from archive.collection_settings import CollectionSettings
from archive.errors import PackageError, WarcError
from archive.wacz.checking import iter_faults
from archive.wacz.layout import OTHER_PAGES
from archive.wacz.packaging import PackageOrder, package
from archive.wacz.reader import WaczReader
from tests.archive.wacz.read_back import articles_of, index_lines, unpacked
from tests.archive.wacz.sample_collections import (
    BLOG,
    POSTS,
    SECOND,
    SECOND_START,
    add_crawl,
    make_collection,
    make_twice_crawled,
)

CREATED = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)


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
    files = [str(path) for path in unpacked(target, tmp_path)]
    CDXJIndexer(expected, files, sort=True, digest_records=True, post_append=True).process_all()
    assert index_lines(target) == expected.getvalue().splitlines()
    assert len(index_lines(target)) == 2 + len(POSTS)


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
    assert whole.decode().splitlines() == index_lines(target)


def test_pages_have_title_date_and_the_whole_text_of_every_article(
    collection: Collection, target: Path
) -> None:
    account = package(collection, target).account
    assert articles_of(target) == POSTS
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


def test_an_empty_collection_is_refused(tmp_path: Path, target: Path) -> None:
    collection = Collection.create(tmp_path / "empty")
    with pytest.raises(PackageError, match="nothing to package"):
        package(collection, target)


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
    assert articles_of(target) == POSTS


def test_through_a_link_the_file_is_made_that_it_leads_to(
    collection: Collection, target: Path, tmp_path: Path
) -> None:
    place = tmp_path / "elsewhere"
    target.symlink_to(place)
    package(collection, target)
    assert articles_of(place) == POSTS
    place.write_bytes(b"older")
    with pytest.raises(PackageError, match="there already"):
        package(collection, target)
    package(collection, target, PackageOrder(overwrite=True))
    assert articles_of(place) == POSTS
    assert target.is_symlink()


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_is_no_file_is_never_replaced(
    collection: Collection, target: Path, overwrite: bool
) -> None:
    order = PackageOrder(overwrite=overwrite)
    target.mkdir()
    with pytest.raises(PackageError, match=rf"^{target} is a directory: choose another name$"):
        package(collection, target, order)
    loop = target.with_name("loop.wacz")
    loop.symlink_to(loop)
    with pytest.raises(PackageError, match=rf"^{loop} is no regular file: choose another name$"):
        package(collection, loop, order)
    assert {path.name for path in target.parent.iterdir()} == {target.name, loop.name}


def test_the_description_says_a_day_once(tmp_path: Path, target: Path) -> None:
    package(make_collection(tmp_path), target)
    with WaczReader(target) as wacz:
        described = wacz.datapackage["description"]
    assert described == f"2 articles of {BLOG}, captured 2026-01-02."
    later = target.with_name("later.wacz")
    package(make_twice_crawled(tmp_path / "twice"), later)
    with WaczReader(later) as wacz:
        assert wacz.datapackage["description"].endswith(", captured 2026-01-02 to 2026-02-03.")


def test_the_description_of_a_long_list_is_short(collection: Collection, target: Path) -> None:
    seeds = tuple(f"{BLOG}{number}" for number in range(152))
    package(Collection(collection.path, CollectionSettings(seeds=seeds)), target)
    with WaczReader(target) as wacz:
        assert (
            f" articles of {seeds[0]} and 151 more addresses, " in wacz.datapackage["description"]
        )


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
    assert result.stderr == (
        f"archive: {target} is not written: File too large; mend that or choose another place, and"
        " run it again\n"
    )
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

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from archive.collection import Collection
from archive.stored_messages import MessageReader
from tests.archive.importing.made_archives import (
    WARCS,
    answer,
    arc_records,
    members,
    page,
    record,
    some_records,
)
from tests.archive.importing.place import Place, contents

CDXJ_INDEXER = Path(sys.executable).parent / "cdxj-indexer"


def _reference_index(collection: Collection) -> list[str]:
    """Index the WARC files with cdxj-indexer."""
    files = sorted(map(str, collection.warc_dir.iterdir()))
    return sorted(subprocess.check_output([CDXJ_INDEXER, *files], text=True).splitlines())


def test_files_of_wget_become_articles_and_rebuild_gives_the_same(place: Place) -> None:
    names = ("wget.warc.gz", "wget-dedup.warc.gz", "wget-plain.warc")
    result = place.take(*(WARCS / name for name in names))
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert (
        lines[0] == "wget.warc.gz: 12 records, 7 captures, byte for byte, as archive/wget.warc.gz"
    )
    assert "record by record, as archive/wget-plain.warc.gz" in lines[2]
    assert place.titles() == {"The last ferry", "A buoy"}
    collection = place.collection()
    assert (collection.warc_dir / "wget.warc.gz").read_bytes() == (
        WARCS / "wget.warc.gz"
    ).read_bytes()
    before = contents(collection)
    assert collection.index_path.read_text(encoding="utf-8").splitlines() == _reference_index(
        collection
    )
    assert place.run("rebuild", "tide").returncode == 0
    assert contents(collection) == before


@pytest.mark.parametrize(
    ("names", "url"),
    [
        (("wget.warc.gz", "wget-dedup.warc.gz"), "http://127.0.0.1:8123/ferry.html"),
        (("warcprox.warc.gz",), "http://127.0.5.1:8124/ferry.html"),
    ],
)
def test_revisits_of_other_programs_are_resolved(
    place: Place, names: tuple[str, ...], url: str
) -> None:
    result = place.take(*(WARCS / name for name in names))
    assert (result.returncode, result.stderr) == (0, "")
    with place.catalogue() as catalogue:
        found = catalogue.iter_captures(url)
        captures = sorted(found, key=lambda capture: capture.record_type, reverse=True)
        assert [each.record_type for each in captures] == ["revisit", "response"]
        reader = MessageReader(place.collection().warc_dir, catalogue)
        revisited, original = (reader.read(each.record_id) for each in captures)
    body = (WARCS / "site" / "ferry.html").read_bytes()
    assert revisited.endswith(b"\r\n\r\n" + body)
    assert original.endswith(b"\r\n\r\n" + body)


def test_revisits_without_their_original_are_named(place: Place) -> None:
    result = place.take(WARCS / "wget-dedup.warc.gz")
    assert result.returncode == 0
    assert result.stderr.count("the original of this revisit is not there: http://127.0.0.1") == 4
    assert "http://127.0.0.1:8123/ferry.html" in result.stderr
    place.take(WARCS / "wget.warc.gz")
    assert place.run("rebuild", "tide").returncode == 0
    assert place.titles() == {"The last ferry", "A buoy"}


def test_what_warcio_writes_is_indexed_as_by_cdxj_indexer(place: Place) -> None:
    result = place.take(WARCS / "warcio.warc.gz")
    assert "warcio.warc.gz: 11 records, 7 captures, byte for byte" in result.stdout
    assert [line for line in result.stderr.splitlines() if "original" in line] == [
        result.stderr.strip()
    ]
    assert "http://tide.example/post?lost" in result.stderr
    collection = place.collection()
    ours = collection.index_path.read_text(encoding="utf-8").splitlines()
    assert ours == _reference_index(collection)
    assert {"By warcio", "Cut in pieces by warcio"} <= place.titles()
    with place.catalogue() as catalogue:
        types = {each["record_type"] for each in catalogue.query("SELECT * FROM captures")}
    assert types == {"response", "revisit", "resource", "metadata"}


def test_not_modified_as_other_programs_keep_it_is_resolved(place: Place) -> None:
    """Heritrix keeps the 304 in the block, and states neither digest nor, at times, original."""
    head = b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"
    profile = "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/server-not-modified"
    uri = {"WARC_Target_URI": "http://tide.example/2"}
    named = f"WARC-Refers-To-Target-URI: {uri['WARC_Target_URI']}"
    dated = "WARC-Refers-To-Date: 2020-03-04T05:06:07Z"
    later = (f"2021-03-04T05:06:0{number}Z" for number in range(3))
    records = [
        *some_records(),
        record("revisit", 11, head, profile, named, dated, WARC_Date=next(later), **uri),
        record("revisit", 12, head, profile, WARC_Date=next(later), **uri),
        record("revisit", 13, b"", profile, WARC_Date=next(later), **uri),
    ]
    place.file("heritrix.warc.gz", members(records))
    result = place.take("heritrix.warc.gz")
    assert (result.returncode, result.stderr) == (0, "")
    assert place.titles() == {"Page 2", "Page 3", "Page 4"}
    collection = place.collection()
    ours = collection.index_path.read_text(encoding="utf-8").splitlines()
    without_digests = [re.sub(r' "digest": "[^"]*",', "", line) for line in ours]
    theirs = _reference_index(collection)  # digests of responses that state none are SHA-1 there
    assert without_digests == [re.sub(r' "digest": "[^"]*",', "", line) for line in theirs]
    assert [line.count("digest") for line in ours] == [line.count("digest") for line in theirs]
    with place.catalogue() as catalogue:
        reader = MessageReader(collection.warc_dir, catalogue)
        newest, *others, _ = catalogue.iter_captures(uri["WARC_Target_URI"])
        assert {reader.read(each.record_id) for each in (newest, *others)} == {
            answer(page("Page 2"))
        }
        assert {reader.read_sent(each.record_id) for each in others} == {head}


def test_other_forms_become_articles_too(place: Place) -> None:
    place.file("old.arc.gz", members(arc_records(1)))
    place.file("new.warc", b"".join(some_records()))
    result = place.take("old.arc.gz", "new.warc")
    assert result.returncode == 0
    assert "old.arc.gz: 4 records, 3 captures, converted from ARC, as archive/old.warc.gz" in (
        result.stdout
    )
    assert place.titles() == {"An old page", "Page 2", "Page 3", "Page 4"}
    with place.catalogue() as catalogue:
        crawls = {each.crawl_id: each for each in catalogue.crawls()}
    assert {name: (crawl.spider, crawl.seeds) for name, crawl in crawls.items()} == {
        "old": ("import", ("old.arc.gz",)),
        "new": ("import", ("new.warc",)),
    }


def test_answers_as_crawlers_keep_them_are_read(place: Place) -> None:
    """Decoded bodies (Common Crawl), HTTP/2 (browsers), addresses in angle brackets (wget)."""
    packed = gzip.compress(page("Packed"))
    records = [
        record("response", 1, answer(page("Decoded"), "X-Crawler-Content-Encoding: gzip")),
        record("response", 2, answer(page("Second"), status="HTTP/2 200")),
        record("response", 3, answer(packed, "Content-Encoding: gzip"),
               WARC_Target_URI="<http://tide.example/3>"),
        record("response", 4, answer(page("Unpacked"), "Content-Encoding: gzip",
                                     "Transfer-Encoding: chunked")),
    ]  # fmt: skip
    place.file("x.warc.gz", members(records))
    assert place.take("x.warc.gz").returncode == 0
    assert place.titles() == {"Decoded", "Second", "Packed", "Unpacked"}


def test_a_file_is_taken_once_whatever_its_name_and_form(place: Place) -> None:
    source = WARCS / "wget.warc.gz"
    data = source.read_bytes()
    place.take(source)
    before = contents(place.collection())
    for name, again in (
        ("wget.warc.gz", data),
        ("other-name.warc.gz", data),
        ("one-stream.warc.gz", gzip.compress(gzip.decompress(data))),
    ):
        result = place.take(place.file(name, again))
        assert result.returncode == 0
        assert f"{name}: nothing new" in result.stdout
        assert contents(place.collection()) == before


def test_a_converted_file_is_taken_once(place: Place) -> None:
    place.file("old.arc", b"".join(arc_records(2)))
    place.take("old.arc")
    before = sorted(place.collection().warc_dir.iterdir())
    result = place.take("old.arc")
    assert (result.returncode, "old.arc: nothing new: archive/old.warc.gz" in result.stdout) == (
        0,
        True,
    )
    assert sorted(place.collection().warc_dir.iterdir()) == before


def test_no_name_leads_elsewhere_or_over_another_file(place: Place) -> None:
    one, two = members(some_records(10)), members(some_records(20))
    place.file("x.warc.gz", one)
    (place.path / "sub").mkdir()
    place.file("sub/x.warc.gz", two)
    place.file("..odd näme\n.warc.gz", members(some_records(30)))
    result = place.take("x.warc.gz", "sub/x.warc.gz", "..odd näme\n.warc.gz")
    assert result.returncode == 0
    warc_dir = place.collection().warc_dir
    assert (warc_dir / "x.warc.gz").read_bytes() == one
    names = sorted(path.name for path in warc_dir.glob("*x*.warc.gz"))
    assert [len(name) for name in names] == [len("x-12345678.warc.gz"), len("x.warc.gz")]
    assert (warc_dir / names[0]).read_bytes() == two
    assert (warc_dir / "odd-n-me.warc.gz").is_file()


def test_damage_is_told_kept_in_the_log_and_stops_no_other_file(place: Place) -> None:
    whole = members(some_records())
    place.file("cut.warc.gz", whole[:-9])
    place.file("page.html", page("x"))
    place.file("good.warc.gz", members(some_records(50)))
    result = place.take("cut.warc.gz", "page.html", "missing.warc.gz", "good.warc.gz")
    assert result.returncode == 1
    offset = len(members(some_records()[:3]))
    assert f"cut.warc.gz: offset {offset}: the file ends inside a record" in result.stderr
    assert "page.html: no archive file: neither WARC, ARC nor WACZ" in result.stderr
    assert "missing.warc.gz: No such file or directory" in result.stderr
    assert place.titles() == {f"Page {n}" for n in (2, 3, 51, 52, 53)}
    assert place.run("rebuild", "tide").returncode == 0
    with place.catalogue() as catalogue:
        stats = {each.crawl_id: dict(each.stats) for each in catalogue.crawls()}
    assert stats["cut"] == {"records": 3, "captures": 2, "problems": 1}
    assert stats["good"] == {"records": 4, "captures": 3, "problems": 0}


def test_json_gives_the_whole_account(place: Place) -> None:
    place.file("cut.warc.gz", members(some_records())[:-9])
    place.file("page.html", page("x"))
    result = place.run("import", "cut.warc.gz", "page.html", "--into", "tide", "--json")
    account: dict[str, Any] = json.loads(result.stdout)
    assert result.returncode == 1
    assert (account["captures"], account["articles"]) == (2, 2)
    assert [(each["source"], each["is_new"]) for each in account["files"]] == [
        ("cut.warc.gz", True)
    ]
    assert "the file ends inside a record" in account["files"][0]["problems"][0]
    assert [each["file"] for each in account["refused"]] == ["page.html"]

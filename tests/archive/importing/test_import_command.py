from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive.catalogue import CatalogueReader
from archive.cli import main
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

CDXJ_INDEXER = Path(sys.executable).parent / "cdxj-indexer"


class Place:
    """A directory in which the command line is at work."""

    def __init__(
        self, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.path = path
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.chdir(path)

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run the command in this process: its workers then start much faster."""
        given = ["archive", *map(str, arguments)]
        self._monkeypatch.setattr(sys, "argv", given)
        with pytest.raises(SystemExit) as end:
            main()
        output = self._capsys.readouterr()
        return subprocess.CompletedProcess(given, int(end.value.code or 0), *output)

    def take(self, *files: str | Path, into: str = "tide") -> subprocess.CompletedProcess[str]:
        return self.run("import", *files, "--into", into, "--processes", "1")

    def file(self, name: str, data: bytes) -> Path:
        path = self.path / name
        path.write_bytes(data)
        return path

    def collection(self, name: str = "tide") -> Collection:
        return Collection.open(self.path / "collections" / name)

    def catalogue(self, name: str = "tide") -> CatalogueReader:
        return CatalogueReader(self.collection(name).catalogue_path)

    def titles(self, name: str = "tide") -> set[str | None]:
        with self.catalogue(name) as catalogue:
            return {article.title for article in catalogue.iter_articles()}


@pytest.fixture
def place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Place:
    return Place(tmp_path, monkeypatch, capsys)


def _contents(collection: Collection) -> dict[str, object]:
    """Give all that is derived from the WARC files, without what differs from run to run."""
    found: dict[str, object] = {"index": collection.index_path.read_bytes()}
    for path in collection.articles_dir.iterdir():
        found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    with sqlite3.connect(collection.catalogue_path) as connection:
        for table in ("crawls", "captures", "failures", "discoveries"):
            rows = connection.execute(f"SELECT * FROM {table}").fetchall()
            found[table] = sorted(map(repr, rows))
        rows = connection.execute("SELECT capture_id, title, text_digest FROM articles").fetchall()
        found["articles"] = sorted(map(repr, rows))
    connection.close()
    return found


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
    before = _contents(collection)
    assert collection.index_path.read_text(encoding="utf-8").splitlines() == _reference_index(
        collection
    )
    assert place.run("rebuild", "tide").returncode == 0
    assert _contents(collection) == before


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
    before = _contents(place.collection())
    for name, again in (
        ("wget.warc.gz", data),
        ("other-name.warc.gz", data),
        ("one-stream.warc.gz", gzip.compress(gzip.decompress(data))),
    ):
        result = place.take(place.file(name, again))
        assert result.returncode == 0
        assert f"{name}: nothing new" in result.stdout
        assert _contents(place.collection()) == before


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


def _as_before_filing(collection: Collection) -> None:
    """Killed when the files were in their place, and nothing was read in."""
    for path in (collection.catalogue_path, collection.index_path):
        path.unlink()
    shutil.rmtree(collection.articles_dir)


def _as_between_the_files(collection: Collection) -> None:
    """Killed when the log was in its place and the file itself was not."""
    _as_before_filing(collection)
    (collection.warc_dir / "new.warc.gz").rename(_work(collection) / "new.warc.gz")


def _as_while_converting(collection: Collection) -> None:
    """Killed when half of the file was made."""
    _as_before_filing(collection)
    for path in collection.warc_dir.iterdir():
        (_work(collection) / path.name).write_bytes(path.read_bytes()[:99])
        path.unlink()


def _work(collection: Collection) -> Path:
    work = collection.path / ".rebuild-killed"
    work.mkdir(exist_ok=True)
    return work


@pytest.mark.parametrize("kill", [_as_before_filing, _as_between_the_files, _as_while_converting])
def test_a_killed_import_leaves_nothing_half_and_can_be_given_again(
    place: Place, kill: Callable[[Collection], None]
) -> None:
    place.file("new.warc", b"".join(some_records()))
    place.take("new.warc")
    collection = place.collection()
    whole = (collection.warc_dir / "new.warc.gz").read_bytes()
    kill(collection)
    assert place.take("new.warc").returncode == 0
    assert (collection.warc_dir / "new.warc.gz").read_bytes() == whole
    assert [path.name for path in collection.warc_dir.glob("new*")] == ["new.warc.gz"]
    assert list(collection.path.glob(".rebuild-*")) == []
    assert place.titles() == {"Page 2", "Page 3", "Page 4"}
    with place.catalogue() as catalogue:
        assert [each.spider for each in catalogue.crawls()] == ["import"]
    before = _contents(collection)
    assert place.run("rebuild", "tide").returncode == 0
    assert _contents(collection) == before


def _write_wacz(
    path: Path, files: dict[str, bytes], *, pages: tuple[str, ...] = (), stated: str | None = None
) -> None:
    """Write a package by hand; `stated` replaces the digest of its first file."""
    lines = [json.dumps({"format": "json-pages-1.0", "id": "pages"})]
    lines += [json.dumps({"url": url, "ts": "2020-03-04T05:06:07Z"}) for url in pages]
    contents = {**files, "pages/pages.jsonl": "\n".join(lines).encode()}
    resources = [
        {"name": name.rpartition("/")[2], "path": name, "bytes": len(data),
         "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
        for name, data in contents.items()
    ]  # fmt: skip
    if stated:
        resources[0]["hash"] = stated
    package = {"profile": "data-package", "wacz_version": "1.1.1", "resources": resources}
    with zipfile.ZipFile(path, "w") as zipped:
        for name, data in contents.items():
            zipped.writestr(name, data)
        zipped.writestr("datapackage.json", json.dumps(package))


def test_a_wacz_gives_its_files_and_the_pages_that_it_lacks_are_named(place: Place) -> None:
    files = {
        "archive/a.warc.gz": members(some_records(10)),
        "archive/b.warc": b"".join(some_records(20)),
        "archive/old.arc": b"".join(arc_records(1)),
    }
    pages = ("http://tide.example/11", "http://tide.example/nowhere")
    _write_wacz(place.path / "x.wacz", files, pages=pages)
    result = place.take("x.wacz")
    assert result.returncode == 0
    assert "x.wacz/archive/a.warc.gz: 4 records, 3 captures, byte for byte" in result.stdout
    assert result.stderr == (
        "archive: x.wacz: pages/pages.jsonl lists a page without capture:"
        " http://tide.example/nowhere\n"
    )
    numbers = (11, 12, 13, 21, 22, 23)
    assert place.titles() == {"An old page", *(f"Page {n}" for n in numbers)}
    assert "nothing new" in place.take("x.wacz").stdout


def test_of_a_wacz_all_is_taken_or_nothing(place: Place) -> None:
    files = {
        "archive/b.warc.gz": members(some_records(20)),
        "archive/a.warc.gz": members(some_records(10)),
    }
    _write_wacz(place.path / "x.wacz", files, stated="sha256:" + "0" * 64)
    result = place.take("x.wacz")
    assert result.returncode == 1
    assert "archive/b.warc.gz is not what the package lists: its digest is" in result.stderr
    assert "nothing of x.wacz was taken" in result.stderr
    assert list(place.collection().warc_dir.iterdir()) == []
    _write_wacz(place.path / "y.wacz", {**files, "archive/c.warc.gz": b"\x1f\x8bnothing"})
    result = place.take("y.wacz")
    assert (result.returncode, list(place.collection().warc_dir.iterdir())) == (1, [])
    assert "c.warc.gz: no whole record is in it (offset 0: " in result.stderr


@pytest.mark.parametrize("name", ["archive/../../x.warc.gz", "/archive/x.warc.gz"])
def test_a_wacz_that_would_write_elsewhere_is_refused(place: Place, name: str) -> None:
    _write_wacz(place.path / "x.wacz", {name: members(some_records())})
    result = place.take("x.wacz")
    assert result.returncode == 1
    assert "is no safe name of a file" in result.stderr
    assert {path.name for path in place.path.iterdir()} == {"x.wacz", "collections"}


def test_what_was_packaged_here_comes_back_as_it_was(place: Place) -> None:
    place.take(WARCS / "wget.warc.gz", WARCS / "wget-dedup.warc.gz", into="first")
    assert place.run("package", "first", "-o", "first.wacz").returncode == 0
    result = place.take("first.wacz", into="second")
    assert result.returncode == 0
    first, second = (_contents(place.collection(name)) for name in ("first", "second"))
    assert second["articles"] == first["articles"]
    assert second["captures"] == first["captures"]
    assert second["wget.parquet"] == first["wget.parquet"]
    assert second["index"] == first["index"]

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from tests.archive.importing.made_archives import (
    WARCS,
    arc_records,
    members,
    some_records,
)
from tests.archive.importing.place import Place, contents


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
    assert not (place.path / "collections").exists()
    place.take(WARCS / "wget.warc.gz")
    before = sorted(place.collection().warc_dir.iterdir())
    _write_wacz(place.path / "y.wacz", {**files, "archive/c.warc.gz": b"\x1f\x8bnothing"})
    result = place.take("y.wacz")
    assert (result.returncode, sorted(place.collection().warc_dir.iterdir())) == (1, before)
    assert "c.warc.gz: no whole record is in it (offset 0: " in result.stderr


@pytest.mark.parametrize("name", ["archive/../../x.warc.gz", "/archive/x.warc.gz"])
def test_a_wacz_that_would_write_elsewhere_is_refused(place: Place, name: str) -> None:
    _write_wacz(place.path / "x.wacz", {name: members(some_records())})
    result = place.take("x.wacz")
    assert result.returncode == 1
    assert "is no safe name of a file" in result.stderr
    assert {path.name for path in place.path.iterdir()} == {"x.wacz"}


def test_what_was_packaged_here_comes_back_as_it_was(place: Place) -> None:
    place.take(WARCS / "wget.warc.gz", WARCS / "wget-dedup.warc.gz", into="first")
    assert place.run("package", "first", "-o", "first.wacz").returncode == 0
    result = place.take("first.wacz", into="second")
    assert result.returncode == 0
    first, second = (contents(place.collection(name)) for name in ("first", "second"))
    assert second["articles"] == first["articles"]
    assert second["captures"] == first["captures"]
    assert second["wget.parquet"] == first["wget.parquet"]
    assert second["index"] == first["index"]

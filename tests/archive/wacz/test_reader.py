from __future__ import annotations

import gzip
import json
import struct
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.errors import PackageError
from archive.wacz import reader as reader_module
from archive.wacz.checking import iter_faults
from archive.wacz.packaging import package
from archive.wacz.reader import WaczPage, WaczReader
from tests.archive.wacz.sample_collections import make_collection

_DATAPACKAGE = json.dumps({"profile": "data-package", "resources": []})


def _wacz(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path / "x.wacz", "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in {"datapackage.json": _DATAPACKAGE, **files}.items():
            opened.writestr(name, data)
    return path / "x.wacz"


def _faults(path: Path) -> list[tuple[str, str]]:
    with WaczReader(path) as wacz:
        return [(fault.kind, fault.name) for fault in iter_faults(wacz)]


def _refusal(path: Path) -> str:
    """Return the one line that says why a file is not opened."""
    with pytest.raises(PackageError) as refusal:
        WaczReader(path)
    message = str(refusal.value)
    assert str(path) in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    "name", ["../up", "/etc/passwd", "archive/../../up", "a\\b", "archive//x", "./x", "a\x1b[m"]
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    assert "no safe name" in _refusal(_wacz(tmp_path, {name: "x"}))


def test_one_name_twice_is_refused(tmp_path: Path) -> None:
    path = _wacz(tmp_path, {})
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as opened:
        opened.writestr("datapackage.json", "{}")
    assert "in it twice" in _refusal(path)


def test_files_that_share_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.wacz"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("datapackage.json", _DATAPACKAGE)
        opened.writestr("archive/a.warc", "x" * 100)
        opened.filelist.append(opened.getinfo("archive/a.warc"))
        opened.NameToInfo["archive/b.warc"] = opened.filelist[-1]
    data = path.read_bytes()
    last = data.rindex(b"archive/a.warc")
    path.write_bytes(data[:last] + b"archive/b.warc" + data[last + 14 :])
    assert "overlaps" in _refusal(path)


def test_unusual_packing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.wacz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as opened:
        opened.writestr("datapackage.json", _DATAPACKAGE)
    assert "packed in an unusual way" in _refusal(path)


def test_a_directory_that_would_fill_the_memory_is_not_read(tmp_path: Path) -> None:
    path = _wacz(tmp_path, {})
    data = bytearray(path.read_bytes())
    struct.pack_into("<L", data, data.rindex(b"PK\x05\x06") + 12, 1 << 31)
    path.write_bytes(data)
    assert "directory is longer" in _refusal(path)


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip file at all" * 100, b"PK\x05\x06" * 9])
def test_what_is_no_zip_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.wacz"
    path.write_bytes(data)
    assert "cannot be read" in _refusal(path)


def test_a_cut_or_missing_file_is_refused(tmp_path: Path) -> None:
    path = _wacz(tmp_path, {"pages/pages.jsonl": "x"})
    path.write_bytes(path.read_bytes()[:-30])
    assert "cannot be read" in _refusal(path)
    path.unlink()
    assert "no such file" in _refusal(path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON"),
        ("[1]", "no JSON object"),
        ("[" * 100_000, "no JSON"),
        ("{}", "no list of resources"),
        ('{"resources": [1]}', "malformed"),
        ('{"resources": [{"path": 1}]}', "malformed"),
        ('{"resources": [{"path": "x", "bytes": Infinity}]}', "malformed"),
    ],
)
def test_a_datapackage_that_is_none_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    assert reason in _refusal(_wacz(tmp_path, {"datapackage.json": text}))


def test_a_zip_file_without_datapackage_is_no_wacz(tmp_path: Path) -> None:
    path = tmp_path / "x.wacz"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("other", "x")
    assert "is no WACZ file" in _refusal(path)


def test_pages_of_any_writer_are_read(tmp_path: Path) -> None:
    lines = (
        '{"format": "json-pages-1.0", "id": "pages", "title": "All"}',
        '{"url": "http://a/", "ts": "2020-10-07T21:22:36Z", "title": "A", "text": "\u2028"}',
        "",
        '{"url": "http://b/", "ts": "2020-10-07T23:22:36.5+02:00", "title": null}',
    )
    path = _wacz(tmp_path, {"pages/pages.jsonl": "\r\n".join(lines)})
    with WaczReader(path) as wacz:
        first, second = wacz.iter_pages()
    date = datetime(2020, 10, 7, 21, 22, 36, tzinfo=UTC)
    assert first == WaczPage(url="http://a/", date=date, title="A", text="\u2028")
    assert second == WaczPage(url="http://b/", date=date.replace(microsecond=500_000))


@pytest.mark.parametrize(
    "line",
    [
        '{"url": "http://a/"}',
        '{"url": 1, "ts": "2020-10-07"}',
        "[]",
        "x",
        '{"url": "a", "ts": "b"}',
    ],
)
def test_a_line_that_is_no_page_is_named(tmp_path: Path, line: str) -> None:
    path = _wacz(tmp_path, {"pages/pages.jsonl": f'{{"format": "x"}}\n{line}\n'})
    with WaczReader(path) as wacz, pytest.raises(PackageError, match=r"line 2 of pages/pages\.js"):
        list(wacz.iter_pages())
    assert ("pages", "pages/pages.jsonl") in _faults(path)


def test_no_line_is_read_that_would_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "MAX_LINE_BYTES", 1000)
    packed = gzip.compress(b"a)/ 1 " + b"x" * 10_000_000)
    path = _wacz(tmp_path, {"indexes/index.cdx.gz": packed})
    with WaczReader(path) as wacz, pytest.raises(PackageError, match="too long"):
        list(wacz.iter_index_lines())


def test_lines_of_all_indexes_are_yielded(tmp_path: Path) -> None:
    members = gzip.compress(b"b)/ 1 {}\n") + gzip.compress(b"c)/ 1 {}\n")
    files: dict[str, str | bytes] = {
        "indexes/index.cdx.gz": members,
        "indexes/index.idx": '!meta 0 {}\nb)/ 1 {"offset": 0}\n',
        "indexes/other.cdxj": "!meta 0 {}\na)/ 1 {}",
    }
    with WaczReader(_wacz(tmp_path, files)) as wacz:
        assert list(wacz.iter_index_lines()) == ["b)/ 1 {}", "c)/ 1 {}", "a)/ 1 {}"]


def test_a_warc_file_is_extracted_whole_or_not_at_all(tmp_path: Path) -> None:
    path = _wacz(tmp_path, {"archive/a.warc": "x" * 5000, "archive/b.warc": "y" * 5000})
    data = path.read_bytes()
    at = data.index(b"archive/b.warc") + 14
    path.write_bytes(data[:at] + b"\xff\xff" + data[at + 2 :])
    with WaczReader(path) as wacz:
        assert wacz.extract_warc("archive/a.warc", tmp_path).read_bytes() == b"x" * 5000
        with pytest.raises(PackageError, match=r"archive/b\.warc cannot be read"):
            wacz.extract_warc("archive/b.warc", tmp_path)
        with pytest.raises(PackageError, match="longer than"):
            wacz.extract_warc("archive/b.warc", tmp_path, max_size_bytes=10)
        with pytest.raises(PackageError, match="no WARC file"):
            wacz.extract_warc("datapackage.json", tmp_path)
        with pytest.raises(FileExistsError):
            wacz.extract_warc("archive/a.warc", tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.warc", "x.wacz"]


def test_what_a_package_lacks_is_named(tmp_path: Path) -> None:
    assert _faults(_wacz(tmp_path, {"stray": "x"})) == [
        ("missing", "pages/pages.jsonl"),
        ("missing", "archive/"),
        ("missing", "indexes/"),
        ("unlisted", "stray"),
    ]


def test_each_way_of_spoiling_a_package_is_named(tmp_path: Path) -> None:
    whole = tmp_path / "whole.wacz"
    package(make_collection(tmp_path), whole)
    with zipfile.ZipFile(whole) as opened:
        files = {entry: opened.read(entry) for entry in opened.infolist()}
    warc, index = (
        next(e.filename for e in files if e.filename.endswith(s)) for s in ("c.gz", "x.gz")
    )

    def spoil(name: str, change: str) -> list[tuple[str, str]]:
        path = tmp_path / f"{change}.wacz"
        with zipfile.ZipFile(path, "w") as spoiled:
            for entry, data in files.items():
                kind = entry.compress_type
                if entry.filename == name:
                    if change == "drop":
                        continue
                    data = data[:-1] if change == "cut" else data
                    kind = zipfile.ZIP_DEFLATED if change == "deflate" else kind
                spoiled.writestr(entry.filename, data, kind)
        return _faults(path)

    assert spoil("", "same") == []
    assert spoil("pages/pages.jsonl", "drop") == [("missing", "pages/pages.jsonl")]
    assert spoil(warc, "drop") == [("missing", warc), ("missing", "archive/")]
    assert spoil(warc, "cut") == [("digest", warc)]
    assert spoil(warc, "deflate") == [("compressed", warc)]
    assert spoil(index, "deflate") == [("compressed", index)]
    assert spoil(index, "cut") == [("digest", index)]
    assert spoil("datapackage-digest.json", "drop") == []


def test_a_flipped_bit_is_found_where_it_is(tmp_path: Path) -> None:
    whole = tmp_path / "whole.wacz"
    package(make_collection(tmp_path), whole)
    with WaczReader(whole) as wacz:
        name = wacz.warc_names[0]
        offset, size = wacz.place_of(name)
    data = bytearray(whole.read_bytes())
    data[offset + size // 2] ^= 1
    whole.write_bytes(data)
    assert _faults(whole) == [("damaged", name)]

"""WACZ files: each planted fault is named; a hostile file is refused, and harms nobody."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from archive.collection import Collection
from archive.verification.kinds import Severity
from archive.wacz.packaging import PackageOrder, package
from tests.archive.verification.sample_archive import (
    findings,
    flip,
    kinds,
    make_archive,
    swap,
)

_PAGES = "pages/pages.jsonl"
_BLOCKS, _BLOCK_INDEX = "indexes/index.cdx.gz", "indexes/index.idx"
_LIST, _DIGEST = "datapackage.json", "datapackage-digest.json"
Entries = dict[str, bytes]


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("package")
    make_archive(directory / "blog")
    order = PackageOrder(key=ec.generate_private_key(ec.SECP384R1()))
    return package(Collection.open(directory / "blog"), directory / "blog.wacz", order).path


def _read(path: Path) -> Entries:
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def _write(path: Path, entries: Entries, *, deflated: str = "") -> None:
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in entries.items():
            method = zipfile.ZIP_DEFLATED if name == deflated else zipfile.ZIP_STORED
            packed.writestr(name, data, compress_type=method)


def _listed_anew(entries: Entries) -> Entries:
    """Bring list and digest in line with the files; the signature goes."""
    stated = json.loads(entries[_LIST])
    for resource in stated["resources"]:
        data = entries[resource["path"]]
        resource |= {"bytes": len(data), "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
    entries[_LIST] = json.dumps(stated).encode()
    digest = f"sha256:{hashlib.sha256(entries[_LIST]).hexdigest()}"
    entries[_DIGEST] = json.dumps({"path": _LIST, "hash": digest}).encode()
    return entries


def test_package_of_a_clean_collection_is_clean(signed: Path) -> None:
    assert findings(signed) == []


def _without(name: str) -> Callable[[Entries], Entries]:
    return lambda entries: {n: data for n, data in entries.items() if n != name}


def _changed(name: str, pattern: bytes, new: bytes) -> Callable[[Entries], Entries]:
    def change(entries: Entries) -> Entries:
        changed = re.sub(pattern, new, entries[name], count=1)
        assert changed != entries[name]
        return entries | {name: changed}

    return change


def _honestly(change: Callable[[Entries], Entries]) -> Callable[[Entries], Entries]:
    return lambda entries: _listed_anew(change(entries))


def _index_changed(change: Callable[[bytes], bytes]) -> Callable[[Entries], Entries]:
    """Change the lines of the index, and its blocks and their index accordingly."""

    def changed(entries: Entries) -> Entries:
        lines = change(gzip.decompress(entries[_BLOCKS]))
        block = gzip.compress(lines, mtime=0)
        digest = f"sha256:{hashlib.sha256(block).hexdigest()}"
        place = json.dumps({"offset": 0, "length": len(block), "digest": digest})
        head, _ = entries[_BLOCK_INDEX].split(b"\n", 1)
        key = b" ".join(lines.split(b" ", 2)[:2])
        index = b"%b\n%b %b\n" % (head, key, place.encode())
        return entries | {_BLOCKS: block, _BLOCK_INDEX: index}

    return _honestly(changed)


def _blocks_shifted(entries: Entries) -> Entries:
    return entries | {_BLOCKS: gzip.compress(b"") + entries[_BLOCKS]}


def _swapped_offsets(lines: bytes) -> bytes:
    return swap(lines, rb'"offset": "(\d+)"', between=(0, 1))


def _without_robots(lines: bytes) -> bytes:
    return b"".join(line for line in lines.splitlines(keepends=True) if b"robots" not in line)


def _page_of_nobody(entries: Entries) -> Entries:
    line = b'{"url": "http://nobody.example/", "ts": "2024-01-02T03:04:05Z"}\n'
    return entries | {_PAGES: entries[_PAGES] + line}


_PLANTED = [
    ("pages.jsonl gone", _without(_PAGES), {"pages-missing": 1}),
    ("list of files gone", _without(_LIST), {"package-unreadable": 1}),
    ("digest of the list gone", _without(_DIGEST), {"package-digest-missing": 1}),
    ("file not listed", lambda e: e | {"extra.txt": b"x"}, {"package-file-unlisted": 1}),
    ("page list changed", _changed(_PAGES, b"Ferry", b"Wherry"), {"package-file-digest": 1}),
    ("list changed", _changed(_LIST, rb'"title": "', b'"title": "The '), {
        "package-digest": 1, "signature": 1}),
    ("signature changed", _changed(_DIGEST, rb'"signature": "....', b'"signature": "AAAA'), {
        "signature": 1}),
    ("no head of the pages", _honestly(_changed(_PAGES, rb"\A.*\n", b"")), {"page-line": 1}),
    ("a page without ts", _honestly(_changed(_PAGES, b'"ts"', b'"when"')), {"page-line": 1}),
    ("a page that is not there", _honestly(_page_of_nobody), {"page-not-captured": 1}),
    ("a page at another time", _honestly(_changed(_PAGES, rb'"ts": "\d{4}', b'"ts": "1999')), {
        "page-not-captured": 1}),
    ("swapped offsets", _index_changed(_swapped_offsets), {"index-offset": 2}),
    ("block index: offset", _honestly(_blocks_shifted), {"index-block": 3}),
    ("block index: key", _honestly(_changed(_BLOCK_INDEX, rb"\n[a-z]+,", b"\nzebra,")), {
        "index-block": 1}),
    ("index line gone", _index_changed(_without_robots), {"index-line-missing": 1}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"), [row[1:] for row in _PLANTED], ids=[row[0] for row in _PLANTED]
)
def test_planted_fault_is_named_and_nothing_else(
    signed: Path, tmp_path: Path, change: Callable[[Entries], Entries], expected: dict[str, int]
) -> None:
    path = tmp_path / "changed.wacz"
    _write(path, change(_read(signed)))
    found = findings(path)
    assert kinds(found) == expected, "\n".join(map(str, found))


def test_damage_of_a_warc_file_is_found_in_the_package_and_in_the_file(
    signed: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(signed, tmp_path))
    with zipfile.ZipFile(path) as packed:
        entry = next(e for e in packed.infolist() if e.filename.endswith(".warc.gz"))
    flip(path, entry.header_offset + entry.compress_size // 2)
    found = findings(path)
    assert kinds(found) == {"package-file-damaged": 1, "gzip-data": 1}
    assert {finding.file for finding in found} == {f"{path}!{entry.filename}"}


def test_deflated_warc_file_is_named(signed: Path, tmp_path: Path) -> None:
    entries, path = _read(signed), tmp_path / "deflated.wacz"
    name = next(name for name in entries if name.endswith(".warc.gz"))
    _write(path, entries, deflated=name)
    found = kinds(findings(path))
    assert found.pop("package-file-deflated") == 1
    assert found.keys() <= {"warc-file-missing", "page-not-captured", "revisit-original-missing"}


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(_LIST, b"{" + b" " * 200_000_000)


def _escaping(path: Path) -> None:
    _write(path, {"../outside.txt": b"x", _LIST: b"{}"})


def _twice(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(_LIST, b"{}")
        with pytest.warns(UserWarning, match="Duplicate"):
            packed.writestr(_LIST, b'{"resources": []}')


def _cut(path: Path) -> None:
    _write(path, {_LIST: b"{}"})
    path.write_bytes(path.read_bytes()[:-30])


@pytest.mark.parametrize("make", [_bomb, _escaping, _twice, _cut])
def test_hostile_and_broken_files_are_refused(make: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "hostile.wacz"
    make(path)
    (finding,) = findings(path)
    assert (finding.kind, finding.severity) == ("package-unreadable", Severity.FAULT)
    assert [file.name for file in tmp_path.iterdir()] == ["hostile.wacz"]
    assert not (tmp_path.parent / "outside.txt").exists()


def test_bytes_after_and_before_a_package_are_named(signed: Path, tmp_path: Path) -> None:
    path, junk = tmp_path / "longer.wacz", b"junk" * 1_000
    path.write_bytes(signed.read_bytes() + junk)
    (finding,) = findings(path)
    assert (finding.kind, finding.severity) == ("package-bytes-outside", Severity.FAULT)
    path.write_bytes(junk + signed.read_bytes())
    (finding,) = findings(path)
    assert finding.kind == "package-bytes-outside"
    assert finding.message.startswith("4,000 bytes before")


def test_what_is_missing_on_the_page_lists_is_told(signed: Path, tmp_path: Path) -> None:
    path, entries = tmp_path / "lists.wacz", _read(signed)
    head, *pages = entries[_PAGES].splitlines(keepends=True)
    _write(path, _listed_anew(entries | {_PAGES: head}))
    empty = findings(path)
    assert kinds(empty) == {"pages-empty": 1, "page-unlisted": 1}
    assert {finding.severity for finding in empty} == {Severity.DIFFERENCE}
    _write(path, _listed_anew(entries | {_PAGES: head + b"".join(pages[1:])}))
    (finding,) = findings(path)
    assert finding.kind == "page-unlisted"


def test_a_signature_without_key_is_named_in_plain_words(signed: Path, tmp_path: Path) -> None:
    path, entries = tmp_path / "keyless.wacz", _read(signed)
    stated = json.loads(entries[_DIGEST])
    del stated["signedData"]["publicKey"]
    _write(path, entries | {_DIGEST: json.dumps(stated).encode()})
    (finding,) = findings(path)
    assert finding.kind == "signature"
    assert "Error" not in finding.message

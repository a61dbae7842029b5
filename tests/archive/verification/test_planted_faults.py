"""Each fault that is planted in a clean collection is named, with its place, and nothing else."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from archive.article_parquet import SCHEMA
from archive.collection import Collection
from archive.digests import text_digest
from archive.rebuild import rebuild
from archive.verification.kinds import Severity
from archive.warc_reader import StoredRecord, iter_records
from tests.archive.sample_records import BLOG
from tests.archive.verification.sample_archive import (
    compress,
    find_record,
    findings,
    flip,
    kinds,
    make_archive,
    rewrite,
    swap,
    warc_files,
)

Plant = Callable[[Collection], int | None]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clean") / "blog"
    make_archive(path)
    return path


@pytest.fixture
def collection(clean: Path, tmp_path: Path) -> Collection:
    return Collection.open(Path(shutil.copytree(clean, tmp_path / "blog")))


def test_clean_collection_has_neither_fault_nor_difference(collection: Collection) -> None:
    assert findings(collection.path) == []
    assert findings(*warc_files(collection)) == []


@dataclass(frozen=True)
class _Planted:
    name: str
    plant: Plant  # gives the offset that must be named, if it is one
    expected: dict[str, int]


def _gull(collection: Collection, record_type: str = "response") -> tuple[Path, StoredRecord]:
    path = warc_files(collection)[0]
    return path, find_record(path, record_type, "gull/")


def _flipping(place: float, record_type: str = "response", *, back: int = 0) -> Plant:
    """Flip a byte at a share of a member, or so many bytes before its end."""

    def plant(collection: Collection) -> int:
        path, record = _gull(collection, record_type)
        inside = record.length - back if back else int(record.length * place)
        flip(path, record.offset + inside)
        return record.offset

    return plant


def _cut_tail(collection: Collection) -> int:
    path = warc_files(collection)[1]
    record = find_record(path, "metadata", "buoy/")
    path.write_bytes(path.read_bytes()[: record.offset + record.length - 5])
    return record.offset


def _garbage(collection: Collection) -> int:
    path = warc_files(collection)[1]
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(b"\0" * 512)
    return size


def _garbage_between(collection: Collection) -> int:
    path = warc_files(collection)[1]
    data = path.read_bytes()
    place = find_record(path, "request", "buoy/").offset
    path.write_bytes(data[:place] + b"left over by a broken disk" + data[place:])
    # what is derived agrees with the file as it now is
    offset = find_record_behind(path, place)
    _shift_offsets(collection, path.name, place, offset - place)
    return place


def find_record_behind(path: Path, place: int) -> int:
    return path.read_bytes().index(b"\x1f\x8b\x08", place)


def _shift_offsets(collection: Collection, name: str, place: int, by: int) -> None:
    def shifted(match: re.Match[str]) -> str:
        offset = int(match[1])
        return f'"offset": "{offset + by if offset >= place else offset}", "filename": "{name}"'

    text = collection.index_path.read_text(encoding="utf-8")
    pattern = rf'"offset": "(\d+)", "filename": "{re.escape(name)}"'
    collection.index_path.write_text(re.sub(pattern, shifted, text), encoding="utf-8")
    for table, column, key in (
        ("captures", "offset", "filename"),
        ("articles", "warc_offset", "warc_file"),
    ):
        _sql(
            collection,
            f"UPDATE {table} SET {column} = {column} + {by}"
            f" WHERE {key} = '{name}' AND {column} >= {place}",
        )
    stem = name.removesuffix(".warc.gz")
    _change_rows(
        collection.articles_dir / f"{stem}.parquet",
        lambda row: row | {"warc_offset": int(str(row["warc_offset"])) + by},
    )


def _sql(collection: Collection, statement: str) -> None:
    with closing(sqlite3.connect(collection.catalogue_path)) as connection, connection:
        connection.execute(statement)


def _change_rows(path: Path, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
    rows = [change(row) for row in pq.read_table(path).to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)


def _changing_row(**changes: object) -> Plant:
    def plant(collection: Collection) -> None:
        path = sorted(collection.articles_dir.iterdir())[0]

        def change(row: dict[str, object]) -> dict[str, object]:
            return row | changes if row["url"] == f"{BLOG}gull/" else row

        _change_rows(path, change)

    return plant


def _text_and_digest(collection: Collection) -> None:
    """Another text with a digest of its own: only the bytes in the WARC file tell."""
    text = "Quite another text."
    _changing_row(main_text=text, text_digest=text_digest(text))(collection)


def _row_gone(collection: Collection) -> None:
    path = sorted(collection.articles_dir.iterdir())[0]
    rows = [row for row in pq.read_table(path).to_pylist() if row["url"] != f"{BLOG}gull/"]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)


def _row_gone_everywhere(collection: Collection) -> None:
    _row_gone(collection)
    _sql(collection, f"DELETE FROM articles WHERE url = '{BLOG}gull/'")
    _sql(collection, f"UPDATE captures SET page_type = NULL WHERE target_uri = '{BLOG}gull/'")


def _changing_index(change: Callable[[bytes], bytes]) -> Plant:
    def plant(collection: Collection) -> None:
        text = collection.index_path.read_bytes()
        changed = change(text)
        assert changed != text
        collection.index_path.write_bytes(changed)

    return plant


def _without_line(text: bytes) -> bytes:
    return b"".join(line for line in text.splitlines(keepends=True) if b"gull" not in line)


def _swapped_offsets(text: bytes) -> bytes:
    numbers = [i for i, line in enumerate(text.splitlines()) if b"gull" in line or b"pier" in line]
    return swap(text, rb'"offset": "(\d+)"', between=(numbers[0], numbers[1]))


def _unsorted(text: bytes) -> bytes:
    first, second, *rest = text.splitlines(keepends=True)
    return b"".join([second, first, *rest])


def _line_too_many(text: bytes) -> bytes:
    line = next(line for line in text.splitlines(keepends=True) if b"gull" in line)
    return text.replace(line, line + re.sub(rb'"offset": "\d+"', b'"offset": "7"', line))


def _changing_records(
    change: Callable[[StoredRecord, bytes], bytes | None], number: int = 0
) -> Plant:
    """Change records, and make all that is derived anew: the fault is in the WARC file alone."""

    def plant(collection: Collection) -> None:
        rewrite(warc_files(collection)[number], change)
        rebuild(collection, processes=1)

    return plant


def _changing_last_record(change: Callable[[bytes], bytes]) -> Plant:
    """Change the last record of a file, which nothing is derived from and nothing follows."""

    def plant(collection: Collection) -> int:
        path = warc_files(collection)[0]
        *_, last = iter_records(path)
        rewrite(path, lambda record, plain: change(plain) if record == last else plain)
        return last.offset

    return plant


def _is_gull(record: StoredRecord, record_type: str) -> bool:
    return (record.record_type, record.target_uri) == (record_type, f"{BLOG}gull/")


def _replacing(record_type: str, old: bytes, new: bytes) -> Plant:
    """Replace what a pattern matches in a record, header and block."""

    def change(record: StoredRecord, plain: bytes) -> bytes:
        if not _is_gull(record, record_type):
            return plain
        changed = re.sub(old, new, plain, count=1)
        assert changed != plain
        return changed

    return _changing_records(change)


def _leaving_out(record_type: str) -> Plant:
    return _changing_records(lambda r, plain: None if _is_gull(r, record_type) else plain)


def _wrong_date(record: StoredRecord, plain: bytes) -> bytes:
    return re.sub(rb"(WARC-Refers-To-Date: \d{4}-\d\d-\d\d)T\d\d", rb"\1T23", plain)


def _short_date(record: StoredRecord, plain: bytes) -> bytes:
    return re.sub(rb"(WARC-Refers-To-Date: [^.]+)\.\d+Z", rb"\1Z", plain)


def _wrong_uri(record: StoredRecord, plain: bytes) -> bytes:
    return re.sub(rb"(WARC-Refers-To-Target-URI: )\S+", rb"\1http://blog.example/other/", plain)


def _id_of_nobody(record: StoredRecord, plain: bytes) -> bytes:
    return re.sub(rb"(WARC-Refers-To: <urn:uuid:)[^>]{4}", rb"\g<1>0000", plain)


def _id_twice(record: StoredRecord, plain: bytes) -> bytes:
    """Give all requests one id: nothing refers to them."""
    if record.record_type == "request":
        return re.sub(rb"(WARC-Record-ID: <urn:uuid:)[^>]+", rb"\g<1>" + b"7" * 36, plain)
    return plain


def _second_file_gone(collection: Collection) -> None:
    warc_files(collection)[1].unlink()


def _index_gone(collection: Collection) -> None:
    collection.index_path.unlink()


def _catalogue_damaged(collection: Collection) -> None:
    data = bytearray(collection.catalogue_path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    collection.catalogue_path.write_bytes(data)


def _parquet_damaged(collection: Collection) -> None:
    path = sorted(collection.articles_dir.iterdir())[0]
    path.write_bytes(path.read_bytes()[:-9])


def _left_open(collection: Collection) -> None:
    path = warc_files(collection)[1]
    path.rename(f"{path}.open")


def _left_open_and_torn(collection: Collection) -> None:
    path = warc_files(collection)[1]
    with path.open("ab") as file:
        file.write(compress(b"WARC/1.1\r\nWARC-Type: request\r\n" + bytes(range(256)))[:-20])
    path.rename(f"{path}.open")


_DIGEST = rb"(WARC-Block-Digest: sha256:)\w"
_PLANTED = (
    _Planted("cut tail", _cut_tail, {"cut-tail": 1}),
    _Planted("flipped byte: magic number", _flipping(0), {"gzip-header": 1}),
    _Planted("flipped byte: flags", _flipping(0.004), {"gzip-header": 1}),
    _Planted("flipped byte: WARC header, compressed", _flipping(0.2), {"gzip-data": 1}),
    _Planted("flipped byte: block, compressed", _flipping(0.7), {"gzip-data": 1}),
    _Planted("flipped byte: CRC-32", _flipping(0, back=7), {"gzip-trailer": 1}),
    _Planted("flipped byte: ISIZE", _flipping(0, back=2), {"gzip-trailer": 1}),
    _Planted("flipped byte: request", _flipping(0.5, "request"), {"gzip-data": 1}),
    _Planted("flipped byte: metadata", _flipping(0.5, "metadata"), {"gzip-data": 1}),
    _Planted("garbage at the end", _garbage, {"garbage": 1}),
    _Planted("garbage between records", _garbage_between, {"garbage": 1}),
    _Planted("two records in a member", _changing_last_record(lambda plain: plain + plain), {
        "several-records": 1}),
    _Planted("block changed", _replacing("response", b"pier had", b"pier HAD"), {
        "block-digest": 1, "payload-digest": 1}),
    _Planted("block digest changed", _replacing("request", _DIGEST, rb"\g<1>0"), {
        "block-digest": 1}),
    _Planted("digest by another algorithm", _replacing("request", b"sha256:", b"blake3:"), {
        "digest-unknown": 1}),
    _Planted("WARC-Type misspelt", _replacing("request", b"Type: request", b"Type: requesT"), {
        "record-type": 1, "request-missing": 1}),
    _Planted("WARC-Date gone", _replacing("request", rb"WARC-Date: \S+\r\n", b""), {
        "record-header": 1, "concurrent-differs": 1}),
    _Planted("WARC-Date of the request", _replacing("request", rb"(Date: )\d{4}", rb"\g<1>1999"), {
        "concurrent-differs": 1}),
    _Planted("Content-Length too small", _changing_last_record(
        lambda plain: re.sub(rb"(\nContent-Length: )\d+", rb"\g<1>9", plain)), {
        "content-length": 1}),
    _Planted("Content-Length too large", _changing_last_record(
        lambda plain: re.sub(rb"(\nContent-Length: )\d+", rb"\g<1>99999", plain)), {
        "content-length": 1}),
    _Planted("end of the record", _replacing("request", rb"\r\n\r\n\Z", b"\n\n"), {
        "record-end": 1}),
    _Planted("reason of truncation", _replacing("response", b"\r\nContent-Type: app",
        b"\r\nWARC-Truncated: boredom\r\nContent-Type: app"), {"truncated-reason": 1}),
    _Planted("request gone", _leaving_out("request"), {"request-missing": 1}),
    _Planted("metadata gone", _leaving_out("metadata"), {"metadata-missing": 1}),
    _Planted("record id twice", _changing_records(_id_twice), {"record-id-twice": 4}),
    _Planted("Refers-To-Date", _changing_records(_wrong_date, 1), {"revisit-date": 1}),
    _Planted("Refers-To-Date, cut", _changing_records(_short_date, 1), {"revisit-date": 1}),
    _Planted("Refers-To-Target-URI", _changing_records(_wrong_uri, 1), {"revisit-uri": 1}),
    _Planted("Refers-To", _changing_records(_id_of_nobody, 1), {"revisit-original-missing": 1}),
    _Planted("index line gone", _changing_index(_without_line), {"index-line-missing": 1}),
    _Planted("index line too many", _changing_index(_line_too_many), {"index-line-extra": 1}),
    _Planted("swapped offsets", _changing_index(_swapped_offsets), {"index-offset": 2}),
    _Planted("index not sorted", _changing_index(_unsorted), {"index-not-sorted": 1}),
    _Planted("index: status", _changing_index(
        lambda text: text.replace(b'"status": "200"', b'"status": "404"', 1)), {"index-value": 1}),
    _Planted("index: digest", _changing_index(
        lambda text: re.sub(rb'("digest": "sha256:)\w', rb"\g<1>A", text, count=1)), {
        "index-value": 1}),
    _Planted("index cut", _changing_index(lambda text: text[:-9]), {
        "index-line-unreadable": 1, "index-line-missing": 1}),
    _Planted("index gone", _index_gone, {"index-missing": 1}),
    _Planted("WARC file gone", _second_file_gone, {"warc-file-missing": 1}),
    _Planted("WARC file left open", _left_open, {"not-sealed": 1}),
    _Planted("WARC file left open, torn", _left_open_and_torn, {"not-sealed": 1}),
    _Planted("catalogue damaged", _catalogue_damaged, {"catalogue-unreadable": 1}),
    _Planted("catalogue: capture gone", lambda c: _sql(
        c, "DELETE FROM captures WHERE target_uri LIKE '%robots.txt'"), {
        "catalogue-capture-missing": 1}),
    _Planted("catalogue: capture too many", lambda c: _sql(
        c, "INSERT INTO captures SELECT 'urn:x', crawl_id, record_type, target_uri, urlkey, date,"
        " status, mime, payload_digest, filename, offset, length, refers_to, refers_to_target_uri,"
        " refers_to_date, 'source', NULL FROM captures LIMIT 1"), {"catalogue-capture-extra": 1}),
    _Planted("catalogue: status", lambda c: _sql(
        c, f"UPDATE captures SET status = 500 WHERE target_uri = '{BLOG}gull/'"), {
        "catalogue-capture-value": 1}),
    _Planted("catalogue: article gone", lambda c: _sql(
        c, f"DELETE FROM articles WHERE url = '{BLOG}gull/'"), {"catalogue-article-missing": 1}),
    _Planted("catalogue: title", lambda c: _sql(
        c, f"UPDATE articles SET title = 'X' WHERE url = '{BLOG}gull/'"), {
        "catalogue-article-value": 1}),
    _Planted("article file damaged", _parquet_damaged, {"article-file-unreadable": 1}),
    _Planted("article row gone", _row_gone, {"article-missing": 1}),
    _Planted("article row gone, catalogue too", _row_gone_everywhere, {"article-missing": 1}),
    _Planted("article row points elsewhere", _changing_row(warc_offset=1), {
        "article-place": 1, "catalogue-article-value": 1}),
    _Planted("article text changed", _changing_row(main_text="Not what it said."), {
        "article-text": 1}),
    _Planted("article text and digest changed", _text_and_digest, {
        "article-extraction": 1, "catalogue-article-value": 1}),
    _Planted("article payload digest", _changing_row(payload_digest="sha256:x"), {
        "article-value": 1}),
    _Planted("article tags", _changing_row(rights=["noai"]), {"article-extraction": 1}),
    _Planted("article of another extractor", _changing_row(extractor="older"), {
        "article-extractor": 1}),
)  # fmt: skip


@pytest.mark.parametrize("planted", _PLANTED, ids=lambda planted: planted.name)
def test_planted_fault_is_named_and_nothing_else(planted: _Planted, collection: Collection) -> None:
    offset = planted.plant(collection)
    found = findings(collection.path)
    assert kinds(found) == planted.expected, "\n".join(map(str, found))
    if offset is not None:
        assert [finding.offset for finding in found] == [offset]


def test_differences_of_the_table_are_no_faults(collection: Collection) -> None:
    _changing_row(extractor="older")(collection)
    assert {finding.severity for finding in findings(collection.path)} == {Severity.DIFFERENCE}

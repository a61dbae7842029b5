"""Ways to plant a fault in the sample archive; each gives the offset that must be named, if any."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from archive.articles.parquet import SCHEMA
from archive.collection import Collection
from archive.digests import text_digest
from archive.rebuild import rebuild
from archive.warc.reader import StoredRecord, iter_records
from tests.archive.sample_records import BLOG
from tests.archive.verification.sample_archive import (
    compress,
    find_record,
    flip,
    rewrite,
    swap,
    warc_files,
)

Plant = Callable[[Collection], int | None]


def gull(collection: Collection, record_type: str = "response") -> tuple[Path, StoredRecord]:
    path = warc_files(collection)[0]
    return path, find_record(path, record_type, "gull/")


def flipping(place: float, record_type: str = "response", *, back: int = 0) -> Plant:
    """Flip a byte at a share of a member, or so many bytes before its end."""

    def plant(collection: Collection) -> int:
        path, record = gull(collection, record_type)
        inside = record.length - back if back else int(record.length * place)
        flip(path, record.offset + inside)
        return record.offset

    return plant


def cut_tail(collection: Collection) -> int:
    path = warc_files(collection)[1]
    record = find_record(path, "metadata", "buoy/")
    path.write_bytes(path.read_bytes()[: record.offset + record.length - 5])
    return record.offset


def garbage(collection: Collection) -> int:
    path = warc_files(collection)[1]
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(b"\0" * 512)
    return size


def garbage_between(collection: Collection) -> int:
    path = warc_files(collection)[1]
    data = path.read_bytes()
    place = find_record(path, "request", "buoy/").offset
    path.write_bytes(data[:place] + b"left over by a broken disk" + data[place:])
    # what is derived agrees with the file as it now is
    offset = find_record_behind(path, place)
    shift_offsets(collection, path.name, place, offset - place)
    return place


def find_record_behind(path: Path, place: int) -> int:
    return path.read_bytes().index(b"\x1f\x8b\x08", place)


def shift_offsets(collection: Collection, name: str, place: int, by: int) -> None:
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
        change_catalogue(
            collection,
            f"UPDATE {table} SET {column} = {column} + {by}"
            f" WHERE {key} = '{name}' AND {column} >= {place}",
        )
    stem = name.removesuffix(".warc.gz")
    change_rows(
        collection.articles_dir / f"{stem}.parquet",
        lambda row: row | {"warc_offset": int(str(row["warc_offset"])) + by},
    )


def change_catalogue(collection: Collection, statement: str) -> None:
    with closing(sqlite3.connect(collection.catalogue_path)) as connection, connection:
        connection.execute(statement)


def change_rows(path: Path, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
    rows = [change(row) for row in pq.read_table(path).to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)


def changing_row(**changes: object) -> Plant:
    def plant(collection: Collection) -> None:
        path = sorted(collection.articles_dir.iterdir())[0]

        def change(row: dict[str, object]) -> dict[str, object]:
            return row | changes if row["url"] == f"{BLOG}gull/" else row

        change_rows(path, change)

    return plant


def text_and_digest(collection: Collection) -> None:
    """Another text with a digest of its own: only the bytes in the WARC file tell."""
    text = "Quite another text."
    changing_row(main_text=text, text_digest=text_digest(text))(collection)


def row_gone(collection: Collection) -> None:
    path = sorted(collection.articles_dir.iterdir())[0]
    rows = [row for row in pq.read_table(path).to_pylist() if row["url"] != f"{BLOG}gull/"]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)


def row_gone_everywhere(collection: Collection) -> None:
    row_gone(collection)
    change_catalogue(collection, f"DELETE FROM articles WHERE url = '{BLOG}gull/'")
    change_catalogue(
        collection, f"UPDATE captures SET page_type = NULL WHERE target_uri = '{BLOG}gull/'"
    )


def changing_index(change: Callable[[bytes], bytes]) -> Plant:
    def plant(collection: Collection) -> None:
        text = collection.index_path.read_bytes()
        changed = change(text)
        assert changed != text
        collection.index_path.write_bytes(changed)

    return plant


def without_line(text: bytes) -> bytes:
    return b"".join(line for line in text.splitlines(keepends=True) if b"gull" not in line)


def swapped_offsets(text: bytes) -> bytes:
    numbers = [i for i, line in enumerate(text.splitlines()) if b"gull" in line or b"pier" in line]
    return swap(text, rb'"offset": "(\d+)"', between=(numbers[0], numbers[1]))


def unsorted(text: bytes) -> bytes:
    first, second, *rest = text.splitlines(keepends=True)
    return b"".join([second, first, *rest])


def line_too_many(text: bytes) -> bytes:
    line = next(line for line in text.splitlines(keepends=True) if b"gull" in line)
    return text.replace(line, line + re.sub(rb'"offset": "\d+"', b'"offset": "7"', line))


def changing_records(
    change: Callable[[StoredRecord, bytes], bytes | None], number: int = 0
) -> Plant:
    """Change records, and make all that is derived anew: the fault is in the WARC file alone."""

    def plant(collection: Collection) -> None:
        rewrite(warc_files(collection)[number], change)
        rebuild(collection, processes=1)

    return plant


def changing_last_record(change: Callable[[bytes], bytes]) -> Plant:
    """Change the last record of a file, which nothing is derived from and nothing follows."""

    def plant(collection: Collection) -> int:
        path = warc_files(collection)[0]
        *_, last = iter_records(path)
        rewrite(path, lambda record, plain: change(plain) if record == last else plain)
        return last.offset

    return plant


def is_gull(record: StoredRecord, record_type: str) -> bool:
    return (record.record_type, record.target_uri) == (record_type, f"{BLOG}gull/")


def replacing(record_type: str, old: bytes, new: bytes) -> Plant:
    """Replace what a pattern matches in a record, header and block."""

    def change(record: StoredRecord, plain: bytes) -> bytes:
        if not is_gull(record, record_type):
            return plain
        changed = re.sub(old, new, plain, count=1)
        assert changed != plain
        return changed

    return changing_records(change)


def leaving_out(record_type: str) -> Plant:
    return changing_records(lambda r, plain: None if is_gull(r, record_type) else plain)


def of_revisit(profile: str, old: bytes, new: bytes) -> Plant:
    """Replace what a pattern matches in the header of the revisit of that profile."""

    def change(record: StoredRecord, plain: bytes) -> bytes:
        return re.sub(old, new, plain) if record.get("WARC-Profile") == profile else plain

    return changing_records(change, 1)


WRONG_DATE = rb"(WARC-Refers-To-Date: \d{4}-\d\d-\d\d)T\d\d", rb"\1T23"
SHORT_DATE = rb"(WARC-Refers-To-Date: [^.]+)\.\d+Z", rb"\1Z"
WRONG_URI = rb"(WARC-Refers-To-Target-URI: )\S+", rb"\1http://blog.example/other/"
ID_OF_NOBODY = rb"(WARC-Refers-To: <urn:uuid:)[^>]{4}", rb"\g<1>0000"
WRONG_DIGEST = rb"(WARC-Payload-Digest: sha256:)\w{4}", rb"\g<1>AAAA"


def id_twice(record: StoredRecord, plain: bytes) -> bytes:
    """Give all requests one id: nothing refers to them."""
    if record.record_type == "request":
        return re.sub(rb"(WARC-Record-ID: <urn:uuid:)[^>]+", rb"\g<1>" + b"7" * 36, plain)
    return plain


def trailer_of_original(collection: Collection) -> int:
    path = warc_files(collection)[0]
    record = find_record(path, "response", "ferry/")
    flip(path, record.offset + record.length - 7)
    return record.offset


def stray_index(collection: Collection) -> None:
    shutil.copy(collection.index_path, collection.index_path.with_name("extra.cdxj"))


def index_gone(collection: Collection) -> None:
    collection.index_path.unlink()


def catalogue_damaged(collection: Collection) -> None:
    data = bytearray(collection.catalogue_path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    collection.catalogue_path.write_bytes(data)


def parquet_damaged(collection: Collection) -> None:
    path = sorted(collection.articles_dir.iterdir())[0]
    path.write_bytes(path.read_bytes()[:-9])


def left_open(collection: Collection) -> None:
    path = warc_files(collection)[1]
    path.rename(f"{path}.open")


def left_open_and_torn(collection: Collection) -> None:
    path = warc_files(collection)[1]
    with path.open("ab") as file:
        file.write(compress(b"WARC/1.1\r\nWARC-Type: request\r\n" + bytes(range(256)))[:-20])
    path.rename(f"{path}.open")

"""Articles as Parquet: the schema, writing, reading. The only module that imports pyarrow.

Rows are read from JSON by Arrow itself: making Arrow arrays of Python objects imports pandas where
pandas is installed, which costs more than the crawl of a small blog.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq

from archive.errors import CollectionError
from archive.record_json import from_json
from archive.records import Article

_INSTANT = pa.timestamp("us", tz="UTC")
_PAGE_DATE = pa.string()  # ISO 8601 with the offset that the page states: its day is the blog's day
_TEXTS = pa.list_(pa.string())
_COMMENT = pa.struct(
    [
        ("author", pa.string()),
        ("published", _PAGE_DATE),
        ("text", pa.string()),
        ("parent", pa.int32()),
    ]
)
_SOURCE = pa.struct(
    [
        ("field", pa.string()),
        ("name", pa.string()),
        ("confidence", pa.float64()),
        ("inferred", pa.bool_()),
    ]
)
SCHEMA = pa.schema(
    [
        ("url", pa.string()),
        ("title", pa.string()),
        ("authors", _TEXTS),
        ("published", _PAGE_DATE),
        ("modified", _PAGE_DATE),
        ("language", pa.string()),
        ("site_name", pa.string()),
        ("tags", _TEXTS),
        ("description", pa.string()),
        ("image", pa.string()),
        ("license", pa.string()),
        ("main_text", pa.string()),
        ("comments", pa.list_(_COMMENT)),
        ("canonical_url", pa.string()),
        ("page_type", pa.string()),
        ("confidence", pa.float64()),
        ("rights", _TEXTS),
        ("sources", pa.list_(_SOURCE)),
        ("site_profile", pa.string()),
        ("capture_id", pa.string()),
        ("captured", _INSTANT),
        ("warc_file", pa.string()),
        ("warc_offset", pa.int64()),
        ("payload_digest", pa.string()),
        ("text_digest", pa.string()),
        ("continuation_ids", _TEXTS),
        ("extractor", pa.string()),
        ("discovered_via", _TEXTS),
        ("crawl_id", pa.string()),
        ("version", pa.int32()),
        ("former", pa.string()),
    ]
)
# Small row groups: one article is read without the others, and writing holds one in memory.
_MAX_GROUP_ROWS = 500
_MAX_GROUP_BYTES = 8_000_000
_COMPRESSION_LEVEL = 9


def write_parquet(path: Path, lines: Iterable[bytes]) -> None:
    """Write articles to a file, in the order given; equal articles give equal bytes.

    Args:
        path: the file.
        lines: an article each, as `archive.record_json.to_json_line` writes it.

    Raises:
        OSError: the file cannot be written.
    """
    with pq.ParquetWriter(
        path, SCHEMA, compression="zstd", compression_level=_COMPRESSION_LEVEL
    ) as writer:
        for group in _groups(lines):
            writer.write_table(_parse_group(group))


def iter_parquet(path: Path) -> Iterator[Article]:
    """Yield the articles of a file, holding one row group in memory at a time.

    Raises:
        CollectionError: the file is damaged or holds something else.
    """
    with _open(path) as file:
        for group in range(file.num_row_groups):
            yield from _read_group(file, group, path)


def find_in_parquet(path: Path, warc_offset: int) -> Article | None:
    """Find the article whose capture lies at that offset; only its row group is read.

    Raises:
        CollectionError: the file is damaged or holds something else.
    """
    with _open(path) as file:
        for group in range(file.num_row_groups):
            statistics = _offset_statistics(file, group)
            if statistics.min <= warc_offset <= statistics.max:
                articles = _read_group(file, group, path)
                return next((row for row in articles if row.warc_offset == warc_offset), None)
    return None


def _parse_group(lines: list[bytes]) -> pa.Table:
    """Parse lines into a table; one block, because Arrow breaks off at a line that spans two."""
    text = pa.py_buffer(b"".join(lines))
    return pj.read_json(
        pa.BufferReader(text),
        read_options=pj.ReadOptions(use_threads=False, block_size=text.size + 1),
        parse_options=pj.ParseOptions(
            explicit_schema=SCHEMA, unexpected_field_behavior="error", newlines_in_values=False
        ),
    )


def _groups(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    group: list[bytes] = []
    size = 0
    for line in lines:
        group.append(line)
        size += len(line)
        if len(group) == _MAX_GROUP_ROWS or size >= _MAX_GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _open(path: Path) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error
    if not file.schema_arrow.equals(SCHEMA):
        file.close()
        raise _unreadable(path, "it has other columns")
    return file


def _read_group(file: pq.ParquetFile, group: int, path: Path) -> Iterator[Article]:
    try:
        rows = file.read_row_group(group).to_pylist()
        for row in rows:
            yield from_json(Article, row)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise _unreadable(path, error) from error


def _offset_statistics(file: pq.ParquetFile, group: int) -> Any:
    columns = file.metadata.row_group(group)
    return next(
        column.statistics
        for column in map(columns.column, range(columns.num_columns))
        if column.path_in_schema == "warc_offset"
    )


def _unreadable(path: Path, reason: object) -> CollectionError:
    return CollectionError(
        f"{path} is no readable article file ({reason}):"
        f" `archive rebuild {path.parent.parent}` makes it anew"
    )

"""What stands before and after a ZIP file, and belongs to none of its entries."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

_END = b"PK\x05\x06"
_END_BYTES = 22
_MAX_COMMENT_BYTES = 65_535


def edge_problems(path: Path) -> Iterator[str]:
    """Yield a line for bytes before the first entry, and for bytes after the end record.

    Args:
        path: of a file that `archive.wacz.reader.WaczReader` has opened: it is a ZIP file, and its
            directory is not too large.
    """
    with path.open("rb") as file, zipfile.ZipFile(file) as packed:
        entries = packed.infolist()
        before = min((entry.header_offset for entry in entries), default=0)
        size = path.stat().st_size
        start = max(0, size - _END_BYTES - _MAX_COMMENT_BYTES)
        file.seek(start)
        tail = file.read()
    place = tail.rfind(_END)
    (comment_length,) = struct.unpack_from("<H", tail, place + _END_BYTES - 2)
    after = size - (start + place + _END_BYTES + comment_length)
    if before:
        yield f"{before:,} bytes before the ZIP file"
    if after > 0:
        yield f"{after:,} bytes after the end of the ZIP file"

"""What is checked of a zip file before anything is read out of it."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable
from typing import IO

MAX_ENTRIES = 200_000
"""Files in one WACZ."""

_MAX_DIRECTORY_BYTES = 64 << 20  # 320 bytes for each entry
_END_BYTES, _LOCATOR_BYTES, _RECORD_BYTES = 22, 20, 56
_TAIL_BYTES = _END_BYTES + _LOCATOR_BYTES + 65_535  # the last: the longest comment
_LOCAL_HEAD_BYTES = 30
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


def check_directory_size(file: IO[bytes]) -> None:
    """Refuse a zip file whose directory would fill the memory; `zipfile` reads it in one go.

    Raises:
        zipfile.BadZipFile: it is that, or no zip file.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + _END_BYTES:
        raise zipfile.BadZipFile("it is no zip file, or its end is missing")
    (directory_bytes,) = struct.unpack_from("<L", tail, end + 12)
    locator = end - _LOCATOR_BYTES
    if locator >= 0 and tail[locator : locator + 4] == b"PK\x06\x07":  # of the zip64 record
        (offset,) = struct.unpack_from("<Q", tail, locator + 8)
        file.seek(min(offset, size))
        record = file.read(_RECORD_BYTES)
        if len(record) == _RECORD_BYTES:
            (directory_bytes,) = struct.unpack_from("<Q", record, 40)
    if directory_bytes > _MAX_DIRECTORY_BYTES:
        raise zipfile.BadZipFile(f"its directory is longer than {_MAX_DIRECTORY_BYTES:,} bytes")
    file.seek(0)


def checked_entries(entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Map the names of the files to their entries, directories left out.

    Raises:
        zipfile.BadZipFile: there is what no honest writer makes: too many files, two of one name, a
            name that leads elsewhere, encryption, other compression, files that share bytes.
    """
    if len(entries) > MAX_ENTRIES:
        raise zipfile.BadZipFile(f"more than {MAX_ENTRIES:,} files are in it")
    checked: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        _check_name(entry.filename)
        if entry.filename in checked:
            raise zipfile.BadZipFile(f"the name {entry.filename} is in it twice")
        if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _COMPRESSIONS:
            raise zipfile.BadZipFile(f"{entry.filename} is encrypted, or packed in an unusual way")
        if not entry.is_dir():
            checked[entry.filename] = entry
    _check_overlaps(checked.values())
    return checked


def _check_name(name: str) -> None:
    parts = name.removesuffix("/").split("/")
    if not all(parts) or {".", ".."} & set(parts) or "\\" in name or not name.isprintable():
        raise zipfile.BadZipFile(f"{name[:200]!r} is no safe name of a file")


def _check_overlaps(entries: Iterable[zipfile.ZipInfo]) -> None:
    """Refuse files that share bytes: a small zip file would unpack to any size."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise zipfile.BadZipFile(f"{entry.filename} overlaps with another file")
        end = entry.header_offset + _LOCAL_HEAD_BYTES + entry.compress_size

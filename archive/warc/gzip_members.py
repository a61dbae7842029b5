"""Gzip members in a WARC file: one is inflated to its end, or looked for behind damage."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from isal import isal_zlib
from isal.igzip_lib import IsalError

from archive.errors import TruncatedRecordError, WarcError

MAX_RECORD_BYTES = 1 << 30
"""A record that inflates to more is refused: none that this project writes comes near it."""

_GZIP_WBITS = 31
_FIRST_READ_BYTES = 1 << 14  # most records are small
_READ_BYTES = 1 << 18
_GZIP_ERROR = cast("type[Exception]", IsalError)  # its stubs declare an instance
_MEMBER_START = b"\x1f\x8b\x08"
_RECORD_START = b"WARC/1."
_SCAN_BYTES = 1 << 20
_FIRST_TRY_BYTES = 1 << 9  # enough to see that it is no record
_NEXT_TRY_BYTES = 1 << 14
_MAX_READINGS = 16  # of each byte of the file, on average; whole small records take five
_SPARE_TRIES_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A stretch of a damaged WARC file that could not be used."""

    path: Path
    start: int  # in bytes, as every offset
    end: int  # where it goes on, or the size of the file
    reason: str = "no whole record"


def read_member(fd: int, path: Path, offset: int) -> tuple[bytes, int]:
    """Inflate the gzip member at an offset; returns what it holds, and its length in the file.

    Raises:
        TruncatedRecordError: the file ends inside it.
        WarcError: it is no whole gzip member, its checksum is wrong, or it is too long.
    """
    stream = isal_zlib.decompressobj(_GZIP_WBITS)
    pieces: list[bytes] = []
    size = 0
    position = offset
    while not stream.eof:
        compressed = os.pread(fd, _READ_BYTES if pieces else _FIRST_READ_BYTES, position)
        if not compressed:
            raise TruncatedRecordError("the file ends inside a record", path=path, offset=offset)
        position += len(compressed)
        try:
            pieces.append(stream.decompress(compressed))
        except _GZIP_ERROR as error:
            raise WarcError(f"no whole gzip member: {error}", path=path, offset=offset) from error
        size += len(pieces[-1])
        if size > MAX_RECORD_BYTES:
            raise WarcError(f"longer than {MAX_RECORD_BYTES} bytes", path=path, offset=offset)
    return b"".join(pieces), position - len(stream.unused_data) - offset


class MemberSearch:
    """Looks in one file for gzip members that hold a record and are whole.

    Whatever the file holds, the time taken grows with its size only: what all tries together read
    is limited, and beyond that nothing more is found.

    Args:
        fd: the file, open for reading.
        size: of the file, in bytes.
        record_start: how every record begins that is looked for.
    """

    def __init__(self, fd: int, size: int, *, record_start: bytes = _RECORD_START) -> None:
        self._fd = fd
        self._record_start = record_start
        self._bytes_left = _MAX_READINGS * size + _SPARE_TRIES_BYTES
        self._window_start = 0
        self._window = b""

    def find(self, start: int) -> int | None:
        """Return the offset of the first such member at or after `start`, or None."""
        while self._bytes_left > 0:
            offset = self._next_start(start)
            if offset is None:
                return None
            if self._is_record(offset):
                return offset
            start = offset + 1
        return None

    def _next_start(self, start: int) -> int | None:
        """Return where the bytes that begin a member stand next; the file is read in windows."""
        while True:
            found = self._window.find(_MEMBER_START, max(start - self._window_start, 0))
            if found >= 0:
                return self._window_start + found
            window_end = self._window_start + len(self._window)
            overlap = len(_MEMBER_START) - 1
            self._window_start = max(start, window_end - overlap)
            self._window = os.pread(self._fd, _SCAN_BYTES, self._window_start)
            if len(self._window) <= overlap:
                return None

    def _is_record(self, offset: int) -> bool:
        """Tell whether a member that begins there holds a record and agrees with its checksum."""
        stream = isal_zlib.decompressobj(_GZIP_WBITS)
        head = b""
        inflated = 0
        position = offset
        while not stream.eof:
            size = _NEXT_TRY_BYTES if position > offset else _FIRST_TRY_BYTES
            compressed = os.pread(self._fd, size, position)
            position += len(compressed)
            self._bytes_left -= len(compressed)
            try:
                piece = stream.decompress(compressed)
            except _GZIP_ERROR:
                return False
            inflated += len(piece)
            head = (head + piece)[: len(self._record_start)]
            is_over = not compressed or self._bytes_left < 0 or inflated > MAX_RECORD_BYTES
            if is_over or not self._record_start.startswith(head):
                return False
        return head == self._record_start

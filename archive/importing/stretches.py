"""The bytes of an archive file, stretch by stretch: a gzip member, a zstd frame, or a plain file.

What a stretch holds is read once, from its start to its end, and never lies in memory as a whole.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, cast

from isal import igzip_lib

from archive.errors import TruncatedRecordError, WarcError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["Decoder", "Stretch", "ZstdFrames", "find_zstd_frame", "gzip_decoder", "zstd"]

_FIRST_READ_BYTES = 1 << 14  # most gzip members are small
_READ_BYTES = 1 << 18
_ROOM_BYTES = 1 << 18  # what may come out of a decompressor at once
_LINE_BREAKS = b"\r\n"
_DECODING_ERRORS = (cast("type[Exception]", igzip_lib.IsalError), zstd.ZstdError)
_DICTIONARY_FRAME = b"\x5d\x2a\x4d\x18"
_ZSTD_FRAME = b"\x28\xb5\x2f\xfd"
_MAX_DICTIONARY_BYTES = 16 << 20


class Decoder(Protocol):
    """One compressed stream: the decompressors of isal and zstd behind one face."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended, and its checksum was right."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes out before more goes in."""

    @property
    def unused_data(self) -> bytes:
        """What was fed and lies beyond the end of the stream."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Feed bytes, and take out at most so many."""


def gzip_decoder() -> Decoder:
    """Return what inflates one gzip member and verifies its checksum."""
    return cast("Decoder", igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_GZIP))


class Stretch:
    """What one stretch of a file holds, decompressed.

    Args:
        fd: the file, open for reading.
        path: of the file, for errors.
        start: where in the file the stretch begins, in bytes.
        decoder: takes the compression off; None where there is none: then it ends with the file.

    Raises:
        TruncatedRecordError: from every method that reads, when the file ends inside the stretch.
        WarcError: likewise, when it cannot be decompressed.
    """

    def __init__(self, fd: int, path: Path, start: int, decoder: Decoder | None) -> None:
        self.start = start
        self.position = 0  # of what was read so far, in bytes of what the stretch holds
        self.end: int | None = None  # offset in the file; known once everything was decompressed
        self._fd = fd
        self._path = path
        self._decoder = decoder
        self._file_position = start
        self._buffer = bytearray()

    @property
    def file_position(self) -> int:
        """How far the file was read, in bytes."""
        return self._file_position

    @property
    def is_plain(self) -> bool:
        """Whether it is not compressed, so that its positions lead to places in the file."""
        return self._decoder is None

    def go_back(self, position: int) -> None:
        """Read on at an earlier position; of a stretch that is not compressed."""
        self.position = position
        self.end = None
        self._file_position = self.start + position
        self._buffer.clear()

    def at_end(self) -> bool:
        """Tell whether everything was read."""
        return not self._buffer and not self._fill()

    def peek(self, size: int) -> bytes:
        """Return the next bytes, fewer at the end, without reading on."""
        while len(self._buffer) < size and self._fill():
            pass
        return bytes(self._buffer[:size])

    def read(self, size: int) -> Iterator[bytes]:
        """Yield the next bytes in pieces; fewer than asked for only at the end."""
        while size and (self._buffer or self._fill()):
            piece = bytes(self._buffer[:size])
            del self._buffer[:size]
            self.position += len(piece)
            size -= len(piece)
            yield piece

    def skip(self, size: int) -> int:
        """Pass over so many bytes; returns how many there were."""
        return sum(map(len, self.read(size)))

    def skip_line_breaks(self) -> None:
        """Pass over carriage returns and line feeds."""
        while self._buffer or self._fill():
            blank = len(self._buffer) - len(self._buffer.lstrip(_LINE_BREAKS))
            self._drop(blank)
            if self._buffer:
                return

    def read_through(self, end: bytes, *, limit: int) -> bytes | None:
        """Read up to `end` and through it; None, and nothing is read, where it is not near.

        Args:
            end: what to look for.
            limit: within so many bytes.
        """
        searched = 0
        while (found := self._buffer.find(end, searched, limit)) < 0:
            searched = max(len(self._buffer) - len(end) + 1, 0)
            if len(self._buffer) >= limit or not self._fill():
                return None
        head = bytes(self._buffer[: found + len(end)])
        self._drop(len(head))
        return head

    def skip_to(self, pattern: re.Pattern[bytes], *, longest: int) -> bool:
        """Pass over everything before the next match, which a line must begin with.

        Args:
            pattern: begins with ``\\n``; reading then goes on after that.
            longest: no match has more bytes.
        """
        while not (found := pattern.search(self._buffer)):
            self._drop(max(len(self._buffer) - longest, 0))
            if not self._fill():
                self._drop(len(self._buffer))
                return False
        self._drop(found.start() + 1)
        return True

    def _drop(self, size: int) -> None:
        del self._buffer[:size]
        self.position += size

    def _fill(self) -> bool:
        """Put more bytes into the buffer; False at the end."""
        if self.end is not None:
            return False
        data = self._next_bytes() if self._decoder is None else self._decompressed(self._decoder)
        self._buffer += data
        return bool(data)

    def _next_bytes(self) -> bytes:
        is_first = self._file_position == self.start
        data = os.pread(
            self._fd, _FIRST_READ_BYTES if is_first else _READ_BYTES, self._file_position
        )
        self._file_position += len(data)
        if not data and self._decoder is None:
            self.end = self._file_position
        return data

    def _decompressed(self, decoder: Decoder) -> bytes:
        try:
            while not decoder.eof:
                data = self._next_bytes() if decoder.needs_input else b""
                if decoder.needs_input and not data:
                    raise TruncatedRecordError(
                        "the file ends inside a record", path=self._path, offset=self.start
                    )
                if decompressed := decoder.decompress(data, _ROOM_BYTES):
                    return decompressed
        except _DECODING_ERRORS as error:
            raise WarcError(
                f"cannot be decompressed: {error}", path=self._path, offset=self.start
            ) from error
        self.end = self._file_position - len(decoder.unused_data)
        return b""


class ZstdFrames:
    """Opens the frames of a ``.warc.zst`` file, with the dictionary that it may begin with.

    The form is that of the Zstandard WARC specification 1.0: a skippable frame may hold the
    dictionary, itself compressed or not; then each record is a frame of its own.

    See https://iipc.github.io/warc-specifications/specifications/warc-zstd/

    Raises:
        WarcError: the dictionary cannot be read.
    """

    def __init__(self, fd: int, path: Path) -> None:
        self.first = 0  # offset of the first frame that holds a record
        self._dictionary: zstd.ZstdDict | None = None
        head = os.pread(fd, 8, 0)
        if not head.startswith(_DICTIONARY_FRAME):
            return
        size = int.from_bytes(head[4:], "little")
        if size > _MAX_DICTIONARY_BYTES:
            raise WarcError(f"a dictionary of {size} bytes", path=path, offset=0)
        data = os.pread(fd, size, len(head))
        try:
            if data.startswith(_ZSTD_FRAME):
                data = zstd.ZstdDecompressor().decompress(data, _MAX_DICTIONARY_BYTES)
            self._dictionary = zstd.ZstdDict(data)
            self.decoder()  # only now is the dictionary read
        except (zstd.ZstdError, ValueError) as error:
            raise WarcError(f"its dictionary cannot be read: {error}", path=path) from error
        self.first = len(head) + size

    def decoder(self) -> Decoder:
        """Return what decompresses one frame."""
        return cast("Decoder", zstd.ZstdDecompressor(self._dictionary))


def find_zstd_frame(fd: int, start: int) -> int | None:
    """Return where the next zstd frame may begin, at or after `start`; None where there is none."""
    overlap = len(_ZSTD_FRAME) - 1
    while len(window := os.pread(fd, _READ_BYTES, start)) > overlap:
        found = window.find(_ZSTD_FRAME)
        if found >= 0:
            return start + found
        start += len(window) - overlap
    return None

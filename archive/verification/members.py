"""Gzip members of a WARC file, judged strictly: each is whole, or a named damage.

The header is parsed here and the trailer compared here, rather than left to the library, so that a
finding can say which of the three parts of a member is wrong.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, cast

from isal import isal_zlib
from isal.igzip_lib import IsalError

from archive.verification.kinds import Kind
from archive.warc.gzip_members import MAX_RECORD_BYTES, MemberSearch

PLAIN_HEADER_LENGTH = 10
"""Of a gzip header without optional fields (RFC 1952 section 2.3)."""

_MAGIC = b"\x1f\x8b\x08"
_TRAILER_LENGTH = 8
_RAW_WBITS = -15
_MAX_HEADER_BYTES = 1 << 17
_READ_BYTES = 1 << 18
_FIRST_READ_BYTES = 1 << 14  # most records are small
_STEP_BYTES = 1 << 24  # inflated at once: a few kilobytes may stand for many megabytes
_MAX_MEMORY_BYTES = 32 << 20  # what inflates to more waits in a file
_GZIP_ERROR = cast("type[Exception]", IsalError)  # its stubs declare an instance


@dataclass(frozen=True, slots=True)
class Region:
    """A WARC file on the disk, or stored in a ZIP file: where its bytes are."""

    fd: int
    start: int
    size: int

    def read(self, offset: int, size: int) -> bytes:
        """Read at most `size` bytes; offsets count from the start of the region."""
        size = min(size, self.size - offset)
        return os.pread(self.fd, size, self.start + offset) if size > 0 else b""


@dataclass(frozen=True, slots=True)
class Member:
    """A member that inflates, and agrees with its trailer unless that is damaged."""

    offset: int
    length: int
    header: bytes  # its first ten bytes
    data: bytes | memoryview
    has_damaged_header: bool = False
    wrong_trailer: str = ""  # what is wrong with checksum or size, where the data is sound


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of the file that holds no record that can be believed."""

    kind: Kind
    offset: int
    length: int
    message: str


@dataclass(frozen=True, slots=True)
class _Inflated:
    """A raw deflate stream, as far as it could be inflated."""

    state: str  # "whole", "broken", "cut", "too large"
    end: int  # where it ends in the region; of use where it is whole
    data: bytes | memoryview
    checksum: int
    size: int


def iter_members(region: Region) -> Iterator[Member | Damage]:
    """Yield all that a file consists of, one after the other, nothing left out.

    Memory stays flat: a record of more than 32 MB is a memory map of a temporary file.
    """
    search = MemberSearch(region.fd, region.size)
    offset = 0
    while offset < region.size:
        found = _read_member(region, offset) or _explain(region, offset, search)
        yield found
        offset += found.length


def _read_member(region: Region, offset: int) -> Member | None:
    """Read the member at the offset; None where it is not whole."""
    first = region.read(offset, _FIRST_READ_BYTES)
    header_length = _header_length(first)
    if header_length is None:
        first = region.read(offset, _MAX_HEADER_BYTES)
        header_length = _header_length(first)
    if header_length is None:
        return None
    inflated = _inflate(region, offset + header_length, first[header_length:])
    if inflated.state != "whole" or not _trailer_agrees(region, inflated):
        return None
    length = inflated.end + _TRAILER_LENGTH - offset
    return Member(offset, length, first[:PLAIN_HEADER_LENGTH], inflated.data)


def _explain(region: Region, offset: int, search: MemberSearch) -> Member | Damage:
    """Say what stands where no whole member begins, up to where the next one does."""
    rescued = _read_behind_header(region, offset)
    if rescued:
        return rescued
    following = search.find(region.start + offset + 1)
    end = region.size if following is None else min(following - region.start, region.size)
    damaged = _read_before_trailer(region, offset, end)
    if damaged:
        return damaged
    kind, message = _diagnose(region, offset, end)
    return Damage(kind, offset, end - offset, message)


def _read_behind_header(region: Region, offset: int) -> Member | None:
    """Read a member whose header is damaged and the rest is not."""
    first = region.read(offset, _FIRST_READ_BYTES)
    if len(first) < PLAIN_HEADER_LENGTH + _TRAILER_LENGTH:
        return None
    if _header_length(first) == PLAIN_HEADER_LENGTH:
        return None
    start = offset + PLAIN_HEADER_LENGTH
    inflated = _inflate(region, start, first[PLAIN_HEADER_LENGTH:])
    if inflated.state != "whole" or not inflated.size or not _trailer_agrees(region, inflated):
        return None
    length = inflated.end + _TRAILER_LENGTH - offset
    header = first[:PLAIN_HEADER_LENGTH]
    return Member(offset, length, header, inflated.data, has_damaged_header=True)


def _read_before_trailer(region: Region, offset: int, end: int) -> Member | None:
    """Read a member whose checksum or size is damaged and the rest is not."""
    first = region.read(offset, _MAX_HEADER_BYTES)
    header_length = _header_length(first)
    if header_length is None:
        return None
    inflated = _inflate(region, offset + header_length, first[header_length:])
    if inflated.state != "whole" or inflated.end + _TRAILER_LENGTH != end:
        return None
    kind, message = _diagnose_trailer(region, inflated)
    if kind is not Kind.GZIP_TRAILER:
        return None
    header = first[:PLAIN_HEADER_LENGTH]
    return Member(offset, end - offset, header, inflated.data, wrong_trailer=message)


def _diagnose(region: Region, offset: int, end: int) -> tuple[Kind, str]:
    size = end - offset
    first = region.read(offset, _MAX_HEADER_BYTES)
    if not first.startswith(_MAGIC[: len(first)]):
        return Kind.GARBAGE, f"{size:,} bytes that belong to no record"
    header_length = _header_length(first)
    if header_length is None:
        if end == region.size and size < PLAIN_HEADER_LENGTH:
            return Kind.CUT_TAIL, f"the file ends inside a record, {size:,} bytes after its start"
        return Kind.GZIP_HEADER, f"no valid gzip header; {size:,} bytes cannot be read"
    inflated = _inflate(region, offset + header_length, first[header_length:])
    trailer_end = inflated.end + _TRAILER_LENGTH
    match inflated.state:
        case "too large":
            return Kind.TOO_LARGE, f"inflates to more than {MAX_RECORD_BYTES:,} bytes"
        case "whole" if trailer_end == end:
            return _diagnose_trailer(region, inflated)
        case "cut" | "whole" if end == region.size and trailer_end > region.size:
            return Kind.CUT_TAIL, f"the file ends inside a record, {size:,} bytes after its start"
    return Kind.GZIP_DATA, f"{size:,} bytes of compressed data are damaged"


def _header_length(first: bytes) -> int | None:
    """Return the length of a gzip header (RFC 1952 section 2.3); None where it is none."""
    if len(first) < PLAIN_HEADER_LENGTH or not first.startswith(_MAGIC):
        return None
    flags = first[3]
    if not flags:
        return PLAIN_HEADER_LENGTH
    if flags & 0xE0:  # reserved: must be zero
        return None
    position = PLAIN_HEADER_LENGTH
    if flags & 0x04:  # extra field
        position += 2 + int.from_bytes(first[position : position + 2], "little")
    for flag in (0x08, 0x10):  # file name, comment: each ends with a zero byte
        if flags & flag:
            position = first.find(0, position) + 1
            if not position:
                return None
    position += 2 if flags & 0x02 else 0  # checksum of the header
    return position if position <= len(first) else None


def _inflate(region: Region, offset: int, compressed: bytes) -> _Inflated:
    """Inflate the raw deflate stream at the offset, whose first bytes are given."""
    stream = isal_zlib.decompressobj(_RAW_WBITS)
    spool = Spool()
    position = offset + len(compressed)
    piece = b""
    while compressed or len(piece) == _STEP_BYTES:
        try:
            piece = stream.decompress(compressed, _STEP_BYTES)
        except _GZIP_ERROR:
            return _Inflated("broken", position, b"", 0, 0)
        spool.add(piece)
        if stream.eof:
            end = position - len(stream.unused_data)
            return _Inflated("whole", end, spool.data(), spool.checksum, spool.size)
        if spool.size > MAX_RECORD_BYTES:
            return _Inflated("too large", position, b"", 0, 0)
        compressed = stream.unconsumed_tail
        if not compressed and len(piece) < _STEP_BYTES:  # else there may be more to come out
            compressed = region.read(position, _READ_BYTES)
            position += len(compressed)
    return _Inflated("cut", position, b"", 0, 0)


class Spool:
    """Collects the bytes of a record: in memory while they are few, then in a temporary file."""

    def __init__(self) -> None:
        self.size = 0
        self.checksum = 0
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None

    def add(self, piece: bytes) -> None:
        """Append bytes."""
        self.size += len(piece)
        self.checksum = isal_zlib.crc32(piece, self.checksum)
        if self._file is None and self.size > _MAX_MEMORY_BYTES:
            self._file = TemporaryFile()  # noqa: SIM115 - gone with the map of it
            self._file.writelines(self._pieces)
            self._pieces.clear()
        if self._file is None:
            self._pieces.append(piece)
        else:
            self._file.write(piece)

    def data(self) -> bytes | memoryview:
        """Return all that was added; nothing can be added afterwards."""
        if self._file is None:
            return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        with self._file:
            self._file.flush()
            return memoryview(mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ))


def _trailer_agrees(region: Region, inflated: _Inflated) -> bool:
    trailer = region.read(inflated.end, _TRAILER_LENGTH)
    expected = inflated.checksum.to_bytes(4, "little")
    return trailer == expected + (inflated.size & 0xFFFFFFFF).to_bytes(4, "little")


def _diagnose_trailer(region: Region, inflated: _Inflated) -> tuple[Kind, str]:
    """Tell a damaged trailer from damaged data: where a stream inflates, one of the two is wrong.

    Damaged data gives any CRC-32. One that is off in a single byte is by one chance in four million
    not that of the data, but itself damaged.
    """
    trailer = region.read(inflated.end, _TRAILER_LENGTH)
    checksum, size = (int.from_bytes(part, "little") for part in (trailer[:4], trailer[4:]))
    wrong = []
    if checksum != inflated.checksum:
        wrong.append(f"CRC-32 {checksum:08x}, but computed {inflated.checksum:08x}")
    if size != inflated.size & 0xFFFFFFFF:
        wrong.append(f"size {size:,}, but {inflated.size:,} bytes")
    flipped = (checksum ^ inflated.checksum).to_bytes(4, "little")
    is_trailer = flipped.count(0) == 4 or (flipped.count(0) == 3 and len(wrong) == 1)
    kind = Kind.GZIP_TRAILER if is_trailer else Kind.GZIP_DATA
    return kind, f"data and trailer do not agree: {'; '.join(wrong)}"

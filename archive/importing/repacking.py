"""Takes the records out of a stretch of an archive file, and puts them into the new WARC file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO

from archive.digests import digest_of
from archive.errors import WarcError
from archive.importing.arc_heads import ArcHeads
from archive.importing.record_sink import RecordSink
from archive.importing.stretches import Stretch
from archive.importing.warc_heads import (
    RecordHead,
    UnusableRecordError,
    WarcHeads,
)
from archive.warc.captures import lists_as_capture
from archive.warc.fields import WARC_FIELDS_TYPE, parse_block_fields, parse_origin

_MAX_FIELDS_BYTES = 64 << 20  # of a metadata record that is held in memory to be judged
_MAX_WARNINGS = 1000
_SPOOL_BYTES = 4 << 20  # a longer block waits on the disk
_PIECE_BYTES = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A place of an archive file from which nothing was taken."""

    offset: int  # in the file as it is, in bytes
    size: int | None  # of what was lost there, in bytes; None where a compressed stream breaks
    reason: str
    inner_offset: int | None = None  # in what is compressed at `offset`, where that is many records

    def __str__(self) -> str:
        inner = "" if self.inner_offset is None else f", byte {self.inner_offset} when unpacked"
        size = "" if self.size is None else f"; {self.size:,} bytes are not taken"
        return f"offset {self.offset}{inner}: {self.reason}{size}"


@dataclass(slots=True, kw_only=True)
class Conversion:
    """What became of an archive file."""

    form: str = "WARC"  # or "ARC"
    compression: str = "none"  # or "gzip", "zstd"
    is_copy: bool = False  # byte for byte
    record_count: int = 0
    capture_count: int = 0
    known_count: int = 0  # captures whose record the collection has already
    damages: list[Damage] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Repacker:
    """Keeps the whole records of one archive file, stretch by stretch.

    Args:
        heads: reads the records' headers.
        sink: the new file.
        is_new: tells whether a record id is new to the collection; asked once for each capture.
    """

    def __init__(
        self, heads: WarcHeads | ArcHeads, sink: RecordSink, is_new: Callable[[str], bool]
    ) -> None:
        self.conversion = Conversion()
        self._heads = heads
        self._sink = sink
        self._is_new = is_new
        self._warcinfo_id: str | None = None  # that the last record names
        self._lost_until: int | None = None  # where the last damage ends, if nothing came since

    def copy(self, stretch: Stretch, fd: int) -> bool:
        """Copy a gzip member as it is; False where it holds something else than one WARC record.

        Raises:
            WarcError: it is not whole.
            UnusableRecordError: its record cannot be kept.
        """
        if isinstance(self._heads, ArcHeads) or not self._heads.begins(stretch.peek(5)):
            return False
        head = self._heads.read(stretch)
        self._read_block(head, stretch)
        stretch.skip_line_breaks()
        if not stretch.at_end() or stretch.end is None:
            return False
        self._admit(head)
        self._sink.copy(fd, stretch.start, stretch.end)
        self._count(head, f"offset {stretch.start}")
        return True

    def repack(self, stretch: Stretch, advance_to: Callable[[int], None]) -> None:
        """Write each record of a stretch as a gzip member of its own.

        Args:
            stretch: to be read from its start to its end.
            advance_to: is told how far in the file reading has come.

        Raises:
            WarcError: the stretch cannot be decompressed; records before that place are kept.
        """
        stretch.skip_line_breaks()
        while not stretch.at_end():
            begun = resumption = stretch.position
            try:
                head = self._heads.read(stretch)
                resumption = stretch.position
                self._admit(head)
                (self._write_made if head.is_made else self._write)(head, stretch)
                self._count(head, _place(stretch, begun))
            except UnusableRecordError as error:
                if stretch.is_plain:
                    stretch.go_back(max(resumption - 1, begun + 1))
                self._heads.skip_to_next(stretch)
                self._lose_inside(stretch, begun, str(error))
            advance_to(stretch.file_position)

    def lose(self, start: int, end: int, reason: str) -> None:
        """Note that nothing was taken from a part of the file; parts that touch become one."""
        damages = self.conversion.damages
        if damages and self._lost_until == start:
            last = damages.pop()
            start, reason = last.offset, last.reason
        damages.append(Damage(offset=start, size=end - start, reason=reason))
        self._lost_until = end

    def _lose_inside(self, stretch: Stretch, begun: int, reason: str) -> None:
        if stretch.is_plain:
            self.lose(stretch.start + begun, stretch.start + stretch.position, reason)
            return
        size = stretch.position - begun
        damage = Damage(offset=stretch.start, size=size, reason=reason, inner_offset=begun)
        self.conversion.damages.append(damage)
        self._lost_until = -1

    def _write(self, head: RecordHead, stretch: Stretch) -> None:
        """Write a record as it is."""
        self._sink.begin(head.header)
        try:
            self._read_block(head, stretch, self._sink.write)
            self._check_end(stretch)
        except (WarcError, UnusableRecordError):
            self._sink.drop()
            raise
        self._sink.end()

    def _write_made(self, head: RecordHead, stretch: Stretch) -> None:
        """Write a record under a header that was made here, with the digest of its block."""
        with SpooledTemporaryFile(max_size=_SPOOL_BYTES) as block:
            self._read_block(head, stretch, block.write)
            self._check_end(stretch)
            digest = f"WARC-Block-Digest: {digest_of(_pieces(block))}\r\n\r\n"
            self._sink.begin(head.header.removesuffix(b"\r\n") + digest.encode())
            for piece in _pieces(block):
                self._sink.write(piece)
        self._sink.end(head.companion)

    def _check_end(self, stretch: Stretch) -> None:
        if not self._heads.ends(stretch):
            raise UnusableRecordError("a record whose stated length is wrong")

    def _read_block(
        self, head: RecordHead, stretch: Stretch, write: Callable[[bytes], object] | None = None
    ) -> None:
        """Read the block of a record through, and judge what it says about a capture."""
        is_judged = head.record_type == "metadata" and head.content_type == WARC_FIELDS_TYPE
        if is_judged and head.block_length > _MAX_FIELDS_BYTES:
            raise UnusableRecordError("a metadata record that is too long")
        length, pieces = 0, []
        for piece in stretch.read(head.block_length):
            length += len(piece)
            if is_judged:
                pieces.append(piece)
            if write:
                write(piece)
        if length < head.block_length:
            raise UnusableRecordError("a record that ends too early")
        if is_judged:
            _check_origin(b"".join(pieces), head.target_uri)

    def _admit(self, head: RecordHead) -> None:
        """Refuse, behind damage, a record that a page brought along in its body."""
        if self._lost_until is not None and self._warcinfo_id not in (None, head.warcinfo_id):
            raise UnusableRecordError("a record of another file, perhaps part of a page")

    def _count(self, head: RecordHead, place: str) -> None:
        conversion = self.conversion
        conversion.record_count += 1
        self._warcinfo_id, self._lost_until = head.warcinfo_id, None
        if lists_as_capture(head.record_type, head.content_type):
            conversion.capture_count += 1
            conversion.known_count += not self._is_new(head.record_id)
        if head.is_segment and len(conversion.warnings) < _MAX_WARNINGS:
            conversion.warnings.append(
                f"{place}: a segment of {head.target_uri}; segments are kept, but not put together"
            )


def _pieces(block: IO[bytes]) -> Iterator[bytes]:
    """Yield what a file holds, from its start."""
    block.seek(0)
    return iter(lambda: block.read(_PIECE_BYTES), b"")


def _place(stretch: Stretch, begun: int) -> str:
    if stretch.is_plain:
        return f"offset {stretch.start + begun}"
    return f"offset {stretch.start}" + (f", byte {begun} when unpacked" if begun else "")


def _check_origin(block: bytes, target_uri: str) -> None:
    """Refuse a record that looks like one of this project's and is none: no rebuild could read it.

    Raises:
        UnusableRecordError: it is such.
    """
    try:
        parse_origin(parse_block_fields(block), target_uri=target_uri)
    except ValueError as error:
        raise UnusableRecordError(f"a metadata record that cannot be read: {error}") from error

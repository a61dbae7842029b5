"""Brings an archive file of another program into this project's form: one gzip member a record.

Records that are whole are kept, bytes unchanged; a gzip member that holds exactly one is copied as
it is, so that a file of such members comes out byte for byte. What cannot be used is reported with
its place, and reading goes on behind it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from archive.errors import WarcError
from archive.importing.arc_heads import VERSION_BLOCK, ArcHeads
from archive.importing.record_sink import RecordSink
from archive.importing.repacking import Conversion, Repacker
from archive.importing.stretches import Decoder, Stretch, ZstdFrames, find_zstd_frame, gzip_decoder
from archive.importing.warc_heads import UnusableRecordError, WarcHeads
from archive.warc.gzip_members import MemberSearch

_MAX_DAMAGES = 1000  # a file with more broken places than this is not read on
_ADVANCE_BYTES = 1 << 20  # progress is told in steps of this size
_COMPRESSIONS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\x5d\x2a\x4d\x18": "zstd"}
_ELSEWHERE = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"7z\xbc\xaf": "7-Zip", b"Rar!": "RAR"}
_SUFFIXES = {".gz": "gzip", ".zst": "zstd", ".warc": "none", ".arc": "none"}


def convert(
    source: Path,
    target: Path,
    *,
    source_digest: str,
    is_new: Callable[[str], bool],
    advance: Callable[[int], None],
) -> Conversion:
    """Write the whole records of an archive file into a new WARC file; memory stays flat.

    Args:
        source: the file, WARC or ARC, compressed or not.
        target: the new file; on the disk on return.
        source_digest: of all bytes of the source.
        is_new: tells whether a record id is new to the collection; asked once for each capture.
        advance: is told how much of the source was read, in bytes, piece by piece.

    Raises:
        WarcError: the file cannot be opened, or is no archive file.
        OSError: the disk is full or refuses.
    """
    try:
        fd = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise WarcError(error.strerror or str(error), path=source) from error
    try:
        with RecordSink(target) as sink:
            conversion = _Converter(fd, source, sink, source_digest, is_new, advance).run()
        conversion.is_copy = sink.copied_bytes == sink.size == os.fstat(fd).st_size
    finally:
        os.close(fd)
    return conversion


class _Converter:
    """Walks through one file, stretch by stretch."""

    def __init__(  # noqa: PLR0913 - made in one place only
        self,
        fd: int,
        path: Path,
        sink: RecordSink,
        source_digest: str,
        is_new: Callable[[str], bool],
        advance: Callable[[int], None],
    ) -> None:
        self._fd = fd
        self._advance = advance
        self._done = 0  # bytes of which `advance` was told
        self._path = path
        self._sink = sink
        self._size = os.fstat(fd).st_size
        self._compression = _compression(fd, path)
        self._frames = ZstdFrames(fd, path) if self._compression == "zstd" else None
        self._start = self._frames.first if self._frames else 0
        self._heads = self._choose_heads(source_digest)
        self._search = MemberSearch(fd, self._size, record_start=self._heads.member_start)
        self._repacker = Repacker(self._heads, sink, is_new)

    def run(self) -> Conversion:
        """Read to the end of the file."""
        conversion = self._repacker.conversion
        conversion.form, conversion.compression = self._heads.name, self._compression
        offset = self._start
        while offset < self._size:
            try:
                offset = self._take_stretch(offset)
            except (WarcError, UnusableRecordError) as error:
                is_enough = len(conversion.damages) >= _MAX_DAMAGES
                following = self._size if is_enough else self._find_next(offset + 1)
                self._repacker.lose(offset, following, _reason(error))
                offset = following
            self._advance_to(offset)
        self._advance(self._size - self._done)
        return conversion

    def _take_stretch(self, offset: int) -> int:
        """Keep what one stretch holds; returns where the next begins.

        Raises:
            WarcError: it cannot be decompressed to its end.
            UnusableRecordError: it holds one record, and that cannot be kept.
        """
        stretch = self._opened(offset)
        if self._compression == "gzip" and self._repacker.copy(stretch, self._fd):
            return stretch.end or self._size
        stretch = self._opened(offset)
        self._repacker.repack(stretch, self._advance_to)
        return stretch.end or self._size

    def _advance_to(self, position: int) -> None:
        if position - self._done >= _ADVANCE_BYTES:
            self._advance(position - self._done)
            self._done = position

    def _opened(self, offset: int) -> Stretch:
        decoder: Decoder | None = None
        if self._frames:
            decoder = self._frames.decoder()
        elif self._compression == "gzip":
            decoder = gzip_decoder()
        return Stretch(self._fd, self._path, offset, decoder)

    def _find_next(self, start: int) -> int:
        """Return where it goes on behind a damaged stretch: the size of the file if nowhere."""
        found: int | None = None
        if self._compression == "gzip":
            found = self._search.find(start)
        elif self._compression == "zstd":
            found = find_zstd_frame(self._fd, start)
        return self._size if found is None else found

    def _choose_heads(self, source_digest: str) -> WarcHeads | ArcHeads:
        """Choose what reads the records, by how the file begins."""
        try:
            is_arc = self._opened(self._start).peek(len(VERSION_BLOCK)) == VERSION_BLOCK
        except WarcError:  # damaged at once: its name must do
            is_arc = ".arc" in self._path.suffixes
        return ArcHeads(source_digest) if is_arc else WarcHeads()


def _compression(fd: int, path: Path) -> str:
    """Tell how a file is compressed: by its first bytes; where these say nothing, by its name."""
    begin = os.pread(fd, 16, 0)
    for magic, name in _ELSEWHERE.items():
        if begin.startswith(magic):
            raise WarcError(f"compressed with {name}: unpack it first", path=path)
    for magic, name in _COMPRESSIONS.items():
        if begin.startswith(magic):
            return name
    if begin.lstrip(b"\r\n").startswith((b"WARC/", VERSION_BLOCK)):
        return "none"
    if path.suffix not in _SUFFIXES or not begin:
        raise WarcError("no archive file: neither WARC, ARC nor WACZ", path=path)
    return _SUFFIXES[path.suffix]


def _reason(error: WarcError | UnusableRecordError) -> str:
    """Give what is wrong, without the place, which is told apart."""
    if isinstance(error, WarcError):
        return str(error).removeprefix(str(error.path)).partition(": ")[2]
    return str(error)

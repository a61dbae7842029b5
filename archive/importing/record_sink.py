"""The WARC file that an import makes: each record a gzip member of its own, all of it or nothing.

Members that are fit already are copied as they are; other records are compressed anew, their bytes
unchanged.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from isal import isal_zlib

from archive.warc.writer import COMPRESSION_LEVEL

_GZIP_WBITS = 31
_COPY_BYTES = 1 << 20
_RECORD_END = b"\r\n\r\n"


class RecordSink:
    """Writes one file; use as a context manager.

    Attributes:
        size: of the file so far, in bytes.
        copied_bytes: how many of these were copied as they were.

    Args:
        path: of the file, which must not exist.

    Raises:
        OSError: from every method, when the disk is full or refuses.
    """

    def __init__(self, path: Path) -> None:
        self.size = 0
        self.copied_bytes = 0
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        self._pending: tuple[int, int, int] | None = None  # file, from, to: still to be copied
        self._begun = 0  # where the record begins that is being written
        self._compressor = isal_zlib.compressobj()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error_type is None:
                self._flush()
                os.fsync(self._fd)
        finally:
            os.close(self._fd)

    def copy(self, fd: int, start: int, end: int) -> None:
        """Copy the bytes of a file from `start` up to `end`."""
        if self._pending and self._pending[0] == fd and self._pending[2] == start:
            self._pending = (fd, self._pending[1], end)
        else:
            self._flush()
            self._pending = (fd, start, end)
        if end - self._pending[1] >= _COPY_BYTES:
            self._flush()

    def begin(self, header: bytes) -> None:
        """Begin a record."""
        self._flush()
        self._begun = self.size
        self._compressor = isal_zlib.compressobj(COMPRESSION_LEVEL, isal_zlib.DEFLATED, _GZIP_WBITS)
        self.write(header)

    def write(self, data: bytes) -> None:
        """Add to the block of the record that was begun."""
        self._append(self._compressor.compress(data))

    def end(self, companion: bytes = b"") -> None:
        """End the record that was begun.

        Args:
            companion: a gzip member that goes behind it.
        """
        self.write(_RECORD_END)
        self._append(self._compressor.flush())
        self._append(companion)

    def drop(self) -> None:
        """Take back the record that was begun."""
        os.ftruncate(self._fd, self._begun)
        os.lseek(self._fd, self._begun, os.SEEK_SET)
        self.size = self._begun

    def _flush(self) -> None:
        if self._pending is None:
            return
        fd, position, end = self._pending
        self._pending = None
        while position < end:
            data = os.pread(fd, min(_COPY_BYTES, end - position), position)
            if not data:
                raise OSError("the file has become shorter while it was read")
            self._append(data)
            position += len(data)
            self.copied_bytes += len(data)

    def _append(self, data: bytes) -> None:
        self.size += len(data)
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]

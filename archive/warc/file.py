"""WARC files on the disk: their names, and one while it is written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from archive.directories import sync_directory
from archive.errors import WarcError
from archive.warc.record import Record, WarcInfo, gzip_member, new_record_id, warcinfo_record

WARC_SUFFIX = ".warc.gz"
OPEN_SUFFIX = ".open"
"""Ends the name of a file that is being written, or whose writer died."""


def sealed_path(path: Path) -> Path:
    """Return the path that a file has once it is sealed; it may be that one already."""
    return path.with_name(path.name.removesuffix(OPEN_SUFFIX))


def find_warc_file(directory: Path, filename: str) -> Path:
    """Return the path of a WARC file, be it sealed or still open.

    Args:
        directory: where the WARC files are.
        filename: as in `Capture.filename`, without ``.open``.

    Raises:
        WarcError: there is no such file.
    """
    sealed = directory / filename
    if sealed.parent == directory:  # and not, from a forged index line, somewhere else
        for path in (sealed, directory / (filename + OPEN_SUFFIX)):
            if path.is_file():
                return path
    raise WarcError("no such WARC file", path=sealed)


class OpenWarcFile:
    """One WARC file while it is written; begins with its warcinfo record."""

    def __init__(self, path: Path, info: WarcInfo, opened: datetime, *, level: int) -> None:
        """Create the file.

        Raises:
            WarcError: it cannot be created or written, or is there already.
        """
        self.path = path
        self.filename = sealed_path(path).name
        self.size = 0
        self._synced_size = 0
        self._sync_failed = False
        self._level = level
        self._warcinfo_id: str | None = None
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise WarcError(error.strerror or str(error), path=path) from error
        warcinfo_id = new_record_id()
        try:
            self.append([warcinfo_record(info, warcinfo_id, opened, filename=self.filename)])
            _sync_name(path)  # else a power cut may take the file, whatever is synced in it
        except WarcError:  # leave no empty file behind
            os.close(self._fd)
            path.unlink()
            raise
        self._warcinfo_id = warcinfo_id

    def append(self, records: Sequence[Record]) -> list[tuple[int, int]]:
        """Write records, all or none, with one system call; returns offset and length of each.

        Raises:
            WarcError: the disk refuses; the file is as it was before.
            ValueError: a value cannot stand in a WARC header.
        """
        places = []
        pieces: list[bytes] = []
        offset = self.size
        for record in records:
            member = gzip_member(record, warcinfo_id=self._warcinfo_id, level=self._level)
            length = sum(map(len, member))
            places.append((offset, length))
            offset += length
            pieces += member
        self._write(pieces)
        self.size = offset
        return places

    def sync(self) -> None:
        """Return when all that was written is on the disk itself; at once where it is already.

        Raises:
            WarcError: the disk refuses, now or earlier: what it did not take once, it may have
                forgotten, and another fsync would not tell.
        """
        if self._sync_failed:
            raise WarcError("an earlier fsync failed", path=self.path)
        if self._synced_size == self.size:
            return
        try:
            os.fsync(self._fd)
        except OSError as error:
            self._sync_failed = True
            raise WarcError(error.strerror or str(error), path=self.path) from error
        self._synced_size = self.size

    def seal(self) -> None:
        """Close the file, on the disk and under its final name."""
        try:
            self.sync()
        finally:
            os.close(self._fd)
        seal_file(self.path)

    def _write(self, pieces: list[bytes]) -> None:
        try:
            while pieces:
                written = os.writev(self._fd, pieces)
                while pieces and written >= len(pieces[0]):
                    written -= len(pieces.pop(0))
                if pieces and written:
                    pieces[0] = pieces[0][written:]
        except OSError as error:  # disk full: leave no half record behind
            os.ftruncate(self._fd, self.size)
            os.lseek(self._fd, self.size, os.SEEK_SET)
            raise WarcError(error.strerror or str(error), path=self.path) from error


def seal_file(path: Path) -> Path:
    """Give a ``.open`` file, whose bytes are on the disk, its final name; returns that.

    Raises:
        WarcError: it cannot be renamed, or a file of that name is there.
    """
    sealed = sealed_path(path)
    try:
        if sealed.exists():
            raise WarcError("the file is there already", path=sealed)
        path.rename(sealed)
    except OSError as error:
        raise WarcError(error.strerror or str(error), path=path) from error
    _sync_name(sealed)  # else a power cut may bring the old name back
    return sealed


def _sync_name(path: Path) -> None:
    try:
        sync_directory(path.parent)
    except OSError as error:
        raise WarcError(error.strerror or str(error), path=path) from error

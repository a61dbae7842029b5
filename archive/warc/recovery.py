"""Brings back a WARC file whose writer died: what was written whole stays, the rest goes.

A killed process leaves a torn record at the end, which is cut off. After a power cut, blocks in the
middle may be missing, too: then the whole records are copied together, and the file as it was is
kept aside. So is a file in which nothing is whole.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from archive.directories import sync_directory
from archive.errors import WarcError
from archive.warc.file import OPEN_SUFFIX, seal_file, sealed_path
from archive.warc.gzip_members import Loss, MemberSearch
from archive.warc.reader import iter_records, iter_whole_records

DAMAGED_SUFFIX = ".damaged"
"""Ends the name of a file kept aside; no tool takes it for a WARC file."""
MENDED_SUFFIX = ".mended"
"""Ends the name of the copy of whole records while it is written."""

_COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairReport:
    """What `repair` did."""

    source: Path  # the file as it was named
    path: Path | None  # the sealed file; None where no whole record was in it
    record_count: int
    kept_bytes: int
    cut_bytes: int  # of all that is no whole record
    aside: Path | None = None  # the file as it was: records follow the damage, or none is whole
    hole_count: int = 0  # of damaged places before the last whole record

    def __str__(self) -> str:
        """Say in one line what was found and done."""
        if self.path is None:
            if self.aside is None:
                return f"{self.source} was left open and is empty: it is removed"
            return (
                f"{self.source} was left open and holds no whole record: nothing of it is in the"
                f" collection; it is kept as {self.aside}"
            )
        kept = f"{self.record_count:,} whole record{'s' * (self.record_count != 1)}"
        if self.aside:
            places = "one place" if self.hole_count == 1 else f"{self.hole_count:,} places"
            return (
                f"{self.source} was left open and is damaged in {places}: {kept} are now in"
                f" {self.path.name}, {self.cut_bytes:,} bytes are lost;"
                f" the damaged file is kept as {self.aside}"
            )
        cut = f", {self.cut_bytes:,} bytes of a torn record cut off" if self.cut_bytes else ""
        return f"{self.source} was left open: {kept} kept{cut}; it is sealed"


def repair(path: Path) -> RepairReport:
    """Make a sealed file of the whole records of an ``.open`` file.

    A torn end is cut off. Where whole records follow the damage, the sealed file is a copy of all
    whole records, and the file as it was is kept beside it, its name ending in ``.damaged``. A file
    without one whole record gets that name, and an empty one is removed. Whatever stops this, it
    can be done again.

    Raises:
        WarcError: it is no ``.open`` file, a sealed file of that name is there, or the disk is full
            or refuses.
    """
    if not path.name.endswith(OPEN_SUFFIX):
        raise WarcError(f"only a file that ends in {OPEN_SUFFIX} is repaired", path=path)
    if sealed_path(path).exists():
        raise WarcError("the file is there already", path=sealed_path(path))
    size = path.stat().st_size if path.exists() else 0
    record_count, kept_bytes, has_more = _measure(path)
    aside = None
    try:
        if has_more:
            return _mend(path, size)
        if record_count:
            _cut(path, kept_bytes)
        else:
            aside = _put_aside(path, size)
    except OSError as error:
        raise WarcError(error.strerror or str(error), path=path) from error
    return RepairReport(
        source=path,
        path=seal_file(path) if record_count else None,
        record_count=record_count,
        kept_bytes=kept_bytes,
        cut_bytes=size - kept_bytes,
        aside=aside,
    )


def _measure(path: Path) -> tuple[int, int, bool]:
    """Return how many whole records the file begins with, their bytes, and if any follow damage."""
    record_count = 0
    kept_bytes = 0
    try:
        for record in iter_records(path):
            record_count += 1
            kept_bytes = record.offset + record.length
    except WarcError as damage:
        if damage.offset is None:  # it cannot even be opened
            raise
        return record_count, kept_bytes, _holds_record(path, damage.offset + 1)
    return record_count, kept_bytes, False


def _holds_record(path: Path, start: int) -> bool:
    with path.open("rb") as file:
        return MemberSearch(file.fileno(), path.stat().st_size).find(start) is not None


def _mend(path: Path, size: int) -> RepairReport:
    """Replace the file by a copy of its whole records; at every moment one of the two is there."""
    losses: list[Loss] = []
    records = iter_whole_records(path, losses)
    places = [(record.offset, record.length) for record in records]
    kept_bytes = sum(length for _, length in places)
    is_torn_only = [loss.start for loss in losses] == [kept_bytes]  # what follows is of a page
    aside = None
    if not places:
        aside = _put_aside(path, size)
    elif is_torn_only:
        _cut(path, kept_bytes)
    else:
        aside = _aside_path(path)
        mended = sealed_path(path).with_name(sealed_path(path).name + MENDED_SUFFIX)
        _copy_places(path, mended, places)
        _keep_aside(path, aside)
        mended.replace(path)
    return RepairReport(
        source=path,
        path=seal_file(path) if places else None,
        record_count=len(places),
        kept_bytes=kept_bytes,
        cut_bytes=size - kept_bytes,
        aside=aside,
        hole_count=sum(loss.end < size for loss in losses),
    )


def _copy_places(source: Path, target: Path, places: Iterable[tuple[int, int]]) -> None:
    with source.open("rb") as old, target.open("wb") as new:
        for offset, length in places:
            old.seek(offset)
            while length > 0:
                piece = old.read(min(length, _COPY_BYTES))
                new.write(piece)
                length -= len(piece)
        new.flush()
        os.fsync(new.fileno())


def _put_aside(path: Path, size: int) -> Path | None:
    """Take a file out of the way of which nothing can be kept; of an empty one nothing is left."""
    aside = _aside_path(path) if size else None
    if aside:
        _keep_aside(path, aside)
    path.unlink()
    sync_directory(path.parent)
    return aside


def _aside_path(path: Path) -> Path:
    return sealed_path(path).with_name(sealed_path(path).name + DAMAGED_SUFFIX)


def _keep_aside(path: Path, aside: Path) -> None:
    """Give a file a second name; where the file system knows none, a copy has it."""
    if aside.exists():  # of a repair that was stopped here
        return
    try:
        os.link(path, aside)
    except OSError:
        copy = aside.with_name(aside.name + MENDED_SUFFIX)
        shutil.copyfile(path, copy)
        copy.replace(aside)


def _cut(path: Path, size: int) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.ftruncate(fd, size)
        os.fsync(fd)
    finally:
        os.close(fd)

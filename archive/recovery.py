"""Brings back a WARC file whose writer died: what was written whole stays, a torn end goes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from archive.errors import WarcError
from archive.gzip_members import MemberSearch
from archive.warc_file import OPEN_SUFFIX, seal_file
from archive.warc_reader import iter_records


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairReport:
    """What `repair` did."""

    path: Path | None  # the sealed file; None where no whole record was in it, and it is gone
    record_count: int
    kept_bytes: int
    cut_bytes: int


def repair(path: Path) -> RepairReport:
    """Cut an ``.open`` file back to its last whole record, and seal it.

    Only a torn end is cut off. Where whole records follow the damage, nobody but a person can
    say what to do, and the file stays as it is. A file without one whole record is removed.

    Raises:
        WarcError: it is no ``.open`` file, whole records follow the damage, or the disk refuses.
    """
    if not path.name.endswith(OPEN_SUFFIX):
        raise WarcError(f"only a file that ends in {OPEN_SUFFIX} is repaired", path=path)
    record_count, kept_bytes = _measure(path)
    cut_bytes = path.stat().st_size - kept_bytes
    sealed = None
    try:
        if record_count:
            _cut(path, kept_bytes)
            sealed = seal_file(path)
        else:
            path.unlink()
    except OSError as error:
        raise WarcError(error.strerror or str(error), path=path) from error
    return RepairReport(
        path=sealed, record_count=record_count, kept_bytes=kept_bytes, cut_bytes=cut_bytes
    )


def _measure(path: Path) -> tuple[int, int]:
    """Return how many whole records the file begins with, and how many bytes they take."""
    record_count = 0
    kept_bytes = 0
    try:
        for record in iter_records(path):
            record_count += 1
            kept_bytes = record.offset + record.length
    except WarcError as damage:
        if damage.offset is None:  # it cannot even be opened
            raise
        whole = _find_record(path, damage.offset + 1)
        if whole is not None:
            raise WarcError(
                f"damaged, but a whole record follows at offset {whole}; it is left as it is",
                path=path,
                offset=damage.offset,
            ) from damage
    return record_count, kept_bytes


def _find_record(path: Path, start: int) -> int | None:
    """Return the offset of the first whole record at or after `start`, or None."""
    with path.open("rb") as file:
        return MemberSearch(file.fileno(), path.stat().st_size).find(start)


def _cut(path: Path, size: int) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.ftruncate(fd, size)
        os.fsync(fd)
    finally:
        os.close(fd)

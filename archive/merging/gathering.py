"""Lays the WARC files of several collections into one directory."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from archive.collection import Collection
from archive.digests import digest_of
from archive.importing.import_log import copy_log, iter_imported
from archive.warc.file import WARC_SUFFIX

_DIGITS = 8  # of a digest, which tell files of one name apart
_COPY_BYTES = 1 << 20


class Gathering:
    """Lays the files of one collection after the other side by side; the first comer has its name.

    Args:
        warc_dir: where they go.
        advance: is told how much was laid there, in bytes.

    Attributes:
        origins: where each file came from, by the name that it has here.
        warnings: on files that got another name, a line each.
    """

    def __init__(self, warc_dir: Path, advance: Callable[[int], None]) -> None:
        self.origins: dict[str, Path] = {}
        self.warnings: list[str] = []
        self._warc_dir = warc_dir
        self._advance = advance
        self._by_size: dict[int, list[Path]] = {}

    def take(self, source: Collection) -> None:
        """Lay the files of a collection beside what is there, and what its imports say of them."""
        renamed: dict[str, str | None] = {}  # None: the file is here already
        logs = {path: imported.filename for path, imported in iter_imported(source.warc_dir)}
        for path in sorted(source.warc_dir.glob(f"*{WARC_SUFFIX}")):
            if path not in logs:
                renamed[path.name] = self._place(path)
        for log_path, name in logs.items():
            new_name = renamed.get(name, name)
            if new_name == name:
                self._place(log_path)
            elif new_name:  # what it says of the file is to be said of the one that it is now
                copied = copy_log(log_path, self._warc_dir, filename=new_name)
                self.origins[copied.name] = log_path

    def _place(self, path: Path) -> str | None:
        """Give a file a place, unless its content has one; returns its name here."""
        size = path.stat().st_size
        self._advance(size)
        alike = self._by_size.setdefault(size, [])
        same = next((other for other in alike if filecmp.cmp(path, other, shallow=False)), None)
        if same:
            return path.name if same.name == path.name else None
        name = self._free_name(path)
        link_or_copy(path, self._warc_dir / name)
        if name != path.name:
            self.warnings.append(f"{path}: another file has that name: it is {name} here")
        self.origins[name] = path
        alike.append(self._warc_dir / name)
        return name

    def _free_name(self, path: Path) -> str:
        stem = path.name.removesuffix(WARC_SUFFIX)
        if path.name not in self.origins:
            return path.name
        with path.open("rb", buffering=0) as file:
            digest = digest_of(iter(lambda: file.read(1 << 20), b""))
        digits = digest.partition(":")[2].lower()
        names = (f"{stem}-{digits[:end]}{WARC_SUFFIX}" for end in range(_DIGITS, len(digits) + 1))
        return next(name for name in names if name not in self.origins)


def link_or_copy(path: Path, target: Path) -> None:
    """Give a file a second name; where that cannot be, on another disk, a copy has it."""
    try:
        target.hardlink_to(path.resolve())
    except OSError:
        with path.open("rb") as source, target.open("xb") as copy:
            shutil.copyfileobj(source, copy, _COPY_BYTES)
            os.fsync(copy.fileno())

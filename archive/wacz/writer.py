"""Writes the zip file of a WACZ: one file after the other, each listed with its digest."""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from archive.wacz.layout import DATAPACKAGE, DIGEST, Resource

_NOT_IN_NAME = re.compile(r"[^-a-z0-9._]+")


class PackedFile:
    """One file while it is written into the zip file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        self.size_bytes = 0

    def write(self, data: bytes) -> None:
        """Append bytes.

        Raises:
            OSError: the disk refuses.
        """
        self._file.write(data)
        self._sha256.update(data)
        self.size_bytes += len(data)

    @property
    def digest(self) -> str:
        """The SHA-256 digest of what was written so far."""
        return f"sha256:{self._sha256.hexdigest()}"


class WaczWriter:
    """The zip file of a package; nothing of a file that goes into it is held in memory.

    Equal files written in the same order give equal bytes: no clock is looked at.
    """

    def __init__(self, path: Path) -> None:
        """Create the file, which must not be there.

        Raises:
            OSError: it cannot be created.
        """
        self.path = path
        self._file = path.open("xb")
        self._zip = zipfile.ZipFile(self._file, "w")
        self._resources: list[Resource] = []
        self._names: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._file:
            if error is None:
                self._zip.close()
                self._file.flush()
                os.fsync(self._file.fileno())
            else:  # the file is given up, and may be unable to take its end
                with suppress(OSError, ValueError):
                    self._zip.close()

    @contextmanager
    def file(self, path: str, *, size_bytes: int, deflate: bool = False) -> Iterator[PackedFile]:
        """Open the next file to be written, and list it when it is done.

        Args:
            path: in the zip file.
            size_bytes: that it will have at most.
            deflate: for text that nobody reads a part of.

        Raises:
            OSError: the disk refuses.
        """
        with self._opened(path, size_bytes, deflate=deflate) as packed:
            yield packed
        self._resources.append(
            Resource(
                name=self._free_name(path),
                path=path,
                digest=packed.digest,
                size_bytes=packed.size_bytes,
            )
        )

    def write_datapackage(self, description: Mapping[str, Any]) -> str:
        """Write ``datapackage.json``, which lists what was written; returns its digest.

        Args:
            description: its other properties.
        """
        resources = [
            {"name": each.name, "path": each.path, "hash": each.digest, "bytes": each.size_bytes}
            for each in self._resources
        ]
        return self._write_object(DATAPACKAGE, {**description, "resources": resources})

    def write_digest(self, digest: str, signed: Mapping[str, str] | None) -> None:
        """Write ``datapackage-digest.json``, after which nothing follows.

        Args:
            digest: of ``datapackage.json``.
            signed: the signature on it, if there is one.
        """
        values: dict[str, Any] = {"path": DATAPACKAGE, "hash": digest}
        if signed:
            values["signedData"] = signed
        self._write_object(DIGEST, values)

    def _write_object(self, path: str, values: Mapping[str, Any]) -> str:
        data = json.dumps(values, ensure_ascii=False, indent=2).encode()
        with self._opened(path, len(data), deflate=True) as packed:
            packed.write(data)
        return packed.digest

    @contextmanager
    def _opened(self, path: str, size_bytes: int, *, deflate: bool) -> Iterator[PackedFile]:
        entry = zipfile.ZipInfo(path)  # dated 1980, as zip files that have no date are
        entry.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
        entry.external_attr = 0o644 << 16
        entry.file_size = size_bytes  # from 2 GiB on, the head must have room for longer numbers
        with self._zip.open(entry, "w") as file:
            yield PackedFile(file)

    def _free_name(self, path: str) -> str:
        """Name a resource: lower case, plain characters, unlike all others (Data Package)."""
        plain = _NOT_IN_NAME.sub("-", path.rpartition("/")[2].lower())
        name, number = plain, 1
        while name in self._names:
            number += 1
            name = f"{number}-{plain}"
        self._names.add(name)
        return name

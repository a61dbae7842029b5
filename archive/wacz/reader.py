"""Reads WACZ files, whoever wrote them; what they claim is not believed.

A zip file can name a path outside of where it is unpacked, hold one name twice, or unpack to
thousands of times its size. Here names are checked, sizes are bounded by what the directory of the
zip file states and by limits of our own, and nothing but `WaczReader.extract_warc` writes to disk.
"""

from __future__ import annotations

import gzip
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Self, cast

from archive.dates import parse_day
from archive.errors import PackageError
from archive.wacz.layout import ARCHIVE, DATAPACKAGE, DIGEST, INDEXES, PAGES, Resource
from archive.wacz.zip_checks import check_directory_size, checked_entries

MAX_JSON_BYTES = 64 << 20
"""Of datapackage.json, which lists every file."""

MAX_LINE_BYTES = 32 << 20
"""Of a line of a page list or an index: a page's text is on it."""

MAX_TEXT_BYTES = 64 << 30
"""Of a page list or an index in all, unpacked."""

_CHUNK_BYTES = 1 << 20
_LOCAL_HEAD_BYTES = 30
_WARC_SUFFIXES = (".warc.gz", ".warc", ".arc.gz", ".arc")
_INDEX_SUFFIXES = (".cdx.gz", ".cdxj.gz", ".cdx", ".cdxj")
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,  # encrypted, or of a version of zip that is yet to come
    UnicodeDecodeError,
    struct.error,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaczPage:
    """One line of a page list."""

    url: str
    date: datetime
    title: str | None = None
    text: str | None = None


class WaczReader:
    """One WACZ file, open for reading; use it with ``with``.

    Attributes:
        path: the file.
        datapackage: what its ``datapackage.json`` says.
        resources: the files that it lists, in their order.
    """

    def __init__(self, path: Path) -> None:
        """Open a file and read what it says about itself.

        Raises:
            PackageError: there is no such file, it is no WACZ, or it could harm who unpacks it.
        """
        self.path = path
        with ExitStack() as on_error, self._named_errors():
            file = on_error.enter_context(path.open("rb"))
            check_directory_size(file)
            self._zip = on_error.enter_context(zipfile.ZipFile(file))
            self._entries = checked_entries(self._zip.infolist())
            self.datapackage = self._read_object(DATAPACKAGE)
            self.resources = tuple(_parse_resources(self.datapackage))
            self._stack = on_error.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._stack.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The paths of all files in the zip file, in its order; directories left out."""
        return tuple(self._entries)

    @property
    def warc_names(self) -> tuple[str, ...]:
        """The paths of the WARC (and ARC) files: ``archive/blog-00000.warc.gz``."""
        files = (name for name in self._entries if name.startswith(ARCHIVE))
        return tuple(name for name in files if name.endswith(_WARC_SUFFIXES))

    @property
    def index_names(self) -> tuple[str, ...]:
        """The paths of the CDXJ indexes, compressed or not."""
        files = (name for name in self._entries if name.startswith(INDEXES))
        return tuple(name for name in files if name.endswith(_INDEX_SUFFIXES))

    @property
    def page_list_names(self) -> tuple[str, ...]:
        """The paths of the page lists, ``pages/pages.jsonl`` first, if it is there."""
        folder = PAGES.rpartition("/")[0] + "/"
        lists = [n for n in self._entries if n.startswith(folder) and n.endswith(".jsonl")]
        return tuple(sorted(lists, key=lambda name: (name != PAGES, name)))

    def size_of(self, name: str) -> int:
        """Return the size of a file in bytes, unpacked, as the zip file states it."""
        return self._entry(name).file_size

    def is_stored(self, name: str) -> bool:
        """Tell whether a file lies in the zip file as it is, not deflated."""
        return self._entry(name).compress_type == zipfile.ZIP_STORED

    def place_of(self, name: str) -> tuple[int, int]:
        """Return where in the zip file the bytes of a stored file begin, and how many they are.

        Raises:
            PackageError: there is no such file, or it is deflated.
        """
        entry = self._entry(name)
        if not self.is_stored(name):
            raise PackageError(f"{self.path}: {name} is deflated")
        with self._named_errors(name), self.path.open("rb") as file:
            file.seek(entry.header_offset)
            lengths = struct.unpack("<26x2H", file.read(_LOCAL_HEAD_BYTES))
        return entry.header_offset + _LOCAL_HEAD_BYTES + sum(lengths), entry.compress_size

    def iter_chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file piece by piece; at its end its checksum is verified.

        No more is read than the zip file states as its size.

        Raises:
            PackageError: there is no such file, or it is damaged.
        """
        with self._opened(name) as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    def extract_warc(self, name: str, directory: Path, *, max_size_bytes: int = 1 << 40) -> Path:
        """Copy one of `warc_names` into a directory, under its own name; returns the copy's path.

        Raises:
            PackageError: it is damaged or larger than allowed; no copy is left.
            OSError: the disk refuses, or a file of that name is there.
        """
        if name not in self.warc_names:
            raise PackageError(f"{self.path}: {name} is no WARC file of it")
        if self.size_of(name) > max_size_bytes:
            raise PackageError(f"{self.path}: {name} is longer than {max_size_bytes:,} bytes")
        target = directory / name.rpartition("/")[2]
        with target.open("xb") as copy, ExitStack() as on_error:
            on_error.callback(target.unlink)
            for chunk in self.iter_chunks(name):
                copy.write(chunk)
            on_error.pop_all()
        return target

    def iter_index_lines(self) -> Iterator[str]:
        """Yield the lines of all indexes, for `archive.cdxj.parse_cdxj_line`; no line feeds.

        They are yielded as they stand, sorted or not; lines that begin with ``!`` are left out.

        Raises:
            PackageError: an index is damaged, or holds what is no text.
        """
        for name in self.index_names:
            for line in self._iter_lines(name):
                if not line.startswith("!"):
                    yield line

    def iter_pages(self, name: str = PAGES) -> Iterator[WaczPage]:
        """Yield the pages of a page list.

        Args:
            name: one of `page_list_names`.

        Raises:
            PackageError: there is no such list, or a line of it is no page with url and ts.
        """
        for number, line in enumerate(self._iter_lines(name), 1):
            try:
                values = json.loads(line)
                if isinstance(values, dict) and "format" in values and "url" not in values:
                    continue  # the head of the list
                yield WaczPage(
                    url=_text(values["url"]),
                    date=parse_day(_text(values["ts"])),
                    title=_text_or_none(values.get("title")),
                    text=_text_or_none(values.get("text")),
                )
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                place = f"{self.path}: line {number} of {name}"
                raise PackageError(f"{place} is no page with url and ts: {error!r}") from error

    def read_digest(self) -> Mapping[str, Any] | None:
        """Return what ``datapackage-digest.json`` says; None where there is none.

        Raises:
            PackageError: it is no JSON object.
        """
        return self._read_object(DIGEST) if DIGEST in self._entries else None

    def _iter_lines(self, name: str) -> Iterator[str]:
        """Yield the lines of a text file that may be gzipped; blank ones are left out."""
        with self._opened(name) as packed:
            is_packed = name.endswith(".gz")
            file = cast("IO[bytes]", gzip.GzipFile(fileobj=packed)) if is_packed else packed
            bytes_left = MAX_TEXT_BYTES
            while line := file.readline(MAX_LINE_BYTES + 1):
                bytes_left -= len(line)
                if len(line) > MAX_LINE_BYTES or bytes_left < 0:
                    raise PackageError(f"{self.path}: {name} or a line of it is too long")
                if text := _decoded(line, self.path, name).strip("\r\n"):
                    yield text

    def _read_object(self, name: str) -> dict[str, Any]:
        if name not in self._entries:
            raise PackageError(f"{self.path} is no WACZ file: it has no {name}")
        if self.size_of(name) > MAX_JSON_BYTES:
            raise PackageError(f"{self.path}: {name} is longer than {MAX_JSON_BYTES:,} bytes")
        try:
            value = json.loads(b"".join(self.iter_chunks(name)))
        except (ValueError, RecursionError) as error:
            raise PackageError(f"{self.path}: {name} is no JSON: {error}") from error
        if not isinstance(value, dict):
            raise PackageError(f"{self.path}: {name} is no JSON object")
        return value

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = self._entries.get(name)
        if entry is None:
            raise PackageError(f"{self.path}: there is no {name} in it")
        return entry

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file of the package; only for what reads it and does nothing else meanwhile."""
        entry = self._entry(name)
        with self._named_errors(name), self._zip.open(entry) as file:
            yield file

    @contextmanager
    def _named_errors(self, name: str | None = None) -> Iterator[None]:
        """Turn what zip and gzip raise on damage into one error that names the file."""
        try:
            yield
        except FileNotFoundError as error:
            raise PackageError(f"{self.path}: there is no such file") from error
        except _DAMAGE as error:
            place = f"{self.path}: {name}" if name else f"{self.path}"
            reason = str(error) or type(error).__name__
            raise PackageError(f"{place} cannot be read: {reason}") from error


def _parse_resources(datapackage: Mapping[str, Any]) -> Iterator[Resource]:
    resources = datapackage.get("resources")
    if not isinstance(resources, list):
        raise zipfile.BadZipFile(f"{DATAPACKAGE} has no list of resources")
    for values in resources:
        try:
            yield Resource(
                name=str(values.get("name", "")),
                path=_text(values["path"]),
                digest=_text(values.get("hash", "")),
                size_bytes=int(values.get("bytes", -1)),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            message = f"a resource in {DATAPACKAGE} is malformed: {error!r}"
            raise zipfile.BadZipFile(message) from error


def _decoded(line: bytes, path: Path, name: str) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PackageError(f"{path}: {name} is no text: {error}") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"no text: {value!r:.100}")
    return value


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value else None

"""The CDXJ index: one line for each capture, sorted, as pywb and every CDX tool reads it.

A line is ``<urlkey> <timestamp> <JSON>``, the timestamp being the capture's date in UTC as 14
digits. Lines are those of ``cdxj-indexer``, character for character, as long as the head of the
answer is sound. Of broken heads that tool and this project make different things: where there is
no readable status line, it takes whatever stands there for the status, and here ``status`` is left
out; a media type is cut off here after 255 characters, and may stand on a folded line.
"""

from __future__ import annotations

import heapq
import json
import os
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Self

from archive.directories import sync_directory
from archive.records import Capture

OPEN_SUFFIX = ".open"
_RUN_BYTES = 32 << 20  # what is sorted in memory at once
_TIMESTAMP = "%Y%m%d%H%M%S"


@dataclass(frozen=True, slots=True, kw_only=True)
class CdxjEntry:
    """One line of a CDXJ index, read back: less than a `Capture`, but enough to find it."""

    urlkey: str
    date: datetime  # without fraction of a second
    url: str
    mime: str | None  # "warc/revisit" for a revisit
    status: int | None
    digest: str | None
    filename: str
    offset: int  # in bytes
    length: int  # in bytes


def cdxj_line(capture: Capture) -> str:
    """Write the line of a capture, without line feed.

    Keys and order are those of cdxj-indexer: url, mime, status, digest, length, offset, filename;
    numbers are strings. A revisit has the mime ``warc/revisit``.
    """
    is_revisit = capture.record_type == "revisit"
    fields = {
        "url": capture.target_uri,
        "mime": "warc/revisit" if is_revisit else capture.mime,
        "status": None if capture.status is None else f"{capture.status:03}",
        "digest": capture.payload_digest or None,
        "length": str(capture.length),
        "offset": str(capture.offset),
        "filename": capture.filename,
    }
    stated = {name: value for name, value in fields.items() if value is not None}
    timestamp = capture.date.astimezone(UTC).strftime(_TIMESTAMP)
    return f"{capture.urlkey} {timestamp} {json.dumps(stated)}"


def parse_cdxj_line(line: str) -> CdxjEntry:
    """Read a line of a CDXJ index, of this or another writer.

    Raises:
        ValueError: it is no such line, or one without file name, offset or length.

    >>> fields = '{"url": "http://a/", "length": "9", "offset": "0", "filename": "f"}'
    >>> parse_cdxj_line(f"a)/ 20240229120000 {fields}").date.isoformat()
    '2024-02-29T12:00:00+00:00'
    """
    try:
        urlkey, timestamp, fields_json = line.split(" ", 2)
        fields = json.loads(fields_json)
        status = str(fields.get("status", ""))
        return CdxjEntry(
            urlkey=urlkey,
            date=datetime.strptime(timestamp, _TIMESTAMP).replace(tzinfo=UTC),
            url=fields["url"],
            mime=fields.get("mime"),
            status=int(status) if status.isascii() and status.isdigit() else None,
            digest=fields.get("digest"),
            filename=fields["filename"],
            offset=int(fields["offset"]),
            length=int(fields["length"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no CDXJ line: {line[:200]!r}") from error


class CdxjIndex:
    """The index of a collection: appended to while crawling, sorted when closed.

    New lines go, unsorted, to ``<path>.open``, each with one system call; `close` merges them
    into the index itself. What a killed process left there is merged the next time.
    """

    def __init__(self, path: Path) -> None:
        """Make an index; nothing is created before the first line.

        Args:
            path: the sorted file, which need not be there yet; its directory must.
        """
        self._path = path
        self._tail: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def append(self, capture: Capture) -> None:
        """Add a capture.

        Raises:
            OSError: the disk refuses.
        """
        if self._tail is None:
            self._tail = _open_tail(_tail_path(self._path))
        self._tail.write(f"{cdxj_line(capture)}\n".encode())

    def lookup(self, urlkey: str) -> Iterator[CdxjEntry]:
        """Yield the captures with that key, oldest first.

        The sorted file is searched by bisection; lines that are not yet merged are read through.

        Raises:
            ValueError: a line with that key is no CDXJ line.
        """
        key = f"{urlkey} ".encode()
        tail = (line for line in _iter_lines(_tail_path(self._path)) if line.startswith(key))
        found = heapq.merge(_iter_sorted(self._path, key), sorted(tail))
        for line, _ in groupby(found):
            yield parse_cdxj_line(line.decode("utf-8"))

    def close(self) -> None:
        """Merge what was appended into the sorted index; may be appended to again afterwards.

        Raises:
            OSError: the disk refuses; the index is as it was before.
        """
        if self._tail is not None:
            self._tail.close()
            self._tail = None
        sort_index(self._path)


def forget_files(path: Path, filenames: Collection[str]) -> None:
    """Take the lines of some WARC files out of an index, and what is no CDXJ line.

    For an index whose writer died, before the files are indexed again.

    Raises:
        OSError: the disk refuses; the index is as it was before.
    """
    for file in (path, _tail_path(path)):
        if not file.exists():
            continue
        new_path = path.with_name(path.name + ".new")
        with new_path.open("wb") as new:
            new.writelines(line for line in _iter_lines(file) if _is_kept(line, filenames))
            new.flush()
            os.fsync(new.fileno())
        new_path.replace(file)


def _is_kept(line: bytes, filenames: Collection[str]) -> bool:
    try:
        return parse_cdxj_line(line.decode("utf-8")).filename not in filenames
    except ValueError:
        return False


def sort_index(path: Path) -> None:
    """Merge ``<path>.open`` into the index, bytewise sorted, no line twice; memory stays bounded.

    The index is replaced in one step, and is whole whenever the process or the power fails.

    Raises:
        OSError: the disk refuses; the index is as it was before.
    """
    tail_path = _tail_path(path)
    if not tail_path.exists():
        return
    new_path = path.with_name(path.name + ".new")
    with ExitStack() as stack:
        runs = _write_sorted_runs(_iter_lines(tail_path), stack)
        merged = heapq.merge(_iter_lines(path), *runs)
        with new_path.open("wb") as new:
            new.writelines(line for line, _ in groupby(merged))
            new.flush()
            os.fsync(new.fileno())
    new_path.replace(path)
    sync_directory(path.parent)  # else a power cut may leave neither the new index nor the tail
    tail_path.unlink()


def _tail_path(path: Path) -> Path:
    return path.with_name(path.name + OPEN_SUFFIX)


def _open_tail(path: Path) -> IO[bytes]:
    """Open for appending; the half line of a killed process is cut off."""
    whole = sum(map(len, _iter_lines(path)))
    tail = path.open("ab", buffering=0)
    tail.truncate(whole)
    return tail


def _iter_lines(path: Path) -> Iterator[bytes]:
    """Yield the whole lines of a file, with their line feeds; none where there is no file."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for line in file:
            if line.endswith(b"\n"):
                yield line


def _write_sorted_runs(lines: Iterator[bytes], stack: ExitStack) -> list[IO[bytes]]:
    """Write the lines into temporary files, each sorted, each small enough to sort in memory."""
    runs: list[IO[bytes]] = []
    for first in lines:
        run = [first, *_take(lines, _RUN_BYTES)]
        file = stack.enter_context(TemporaryFile())  # noqa: SIM115 - the stack closes it
        file.writelines(sorted(run))
        file.seek(0)
        runs.append(file)
    return runs


def _take(lines: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield lines until they have filled the size."""
    for line in lines:
        yield line
        size -= len(line)
        if size <= 0:
            return


def _iter_sorted(path: Path, key: bytes) -> Iterator[bytes]:
    """Yield the lines of a sorted file that begin with the key."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        low, high = 0, file.seek(0, os.SEEK_END)
        while low < high:  # the first line that begins at or after `low` is not before the key
            middle = (low + high) // 2
            line = _line_after(file, middle)
            if line and line < key:
                low = middle + 1
            else:
                high = middle
        line = _line_after(file, low)
        while line.startswith(key):
            yield line
            line = file.readline()


def _line_after(file: IO[bytes], position: int) -> bytes:
    """Return the first line that begins at or after the position; empty at the end."""
    if position:
        file.seek(position - 1)
        file.readline()
    else:
        file.seek(0)
    return file.readline()

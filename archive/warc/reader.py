"""Reads WARC files record by record, and says exactly where one breaks off.

Every record is its own gzip member (WARC 1.1 annex on compression), which is inflated here to its
end: its checksum is verified, and a cut tail is noticed. Files in one gzip stream, and plain
ones, are refused; `archive.importing` turns them into this form.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive.errors import WarcError
from archive.http_message import parse_fields
from archive.warc.fields import bare
from archive.warc.gzip_members import Loss, MemberSearch, read_member

_WARCINFO_ID = "WARC-Warcinfo-ID"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """One record of a WARC file, of any type."""

    path: Path
    offset: int  # of its gzip member, in bytes
    length: int  # of its gzip member, in bytes
    headers: tuple[tuple[str, str], ...]  # WARC header, in the order of the file
    block: bytes

    def get(self, name: str) -> str | None:
        """Return the value of the first WARC header field of that name, in any case, or None."""
        return _find_field(self.headers, name)

    @property
    def record_type(self) -> str:
        """The type: ``response``, ``request``, ``metadata``, ``warcinfo``, ``revisit``, …"""
        return self.get("WARC-Type") or ""

    @property
    def record_id(self) -> str:
        """The WARC-Record-ID, without angle brackets."""
        return bare(self.get("WARC-Record-ID"))

    @property
    def target_uri(self) -> str:
        """The WARC-Target-URI; without the angle brackets that some writers put around it."""
        return bare(self.get("WARC-Target-URI"))


def iter_records(path: Path) -> Iterator[StoredRecord]:
    """Yield the records of a file in their order, one in memory at a time.

    Raises:
        TruncatedRecordError: the file ends inside a record; all whole ones have been yielded.
        WarcError: the file cannot be read, or holds something else than a record.
    """
    with _opened(path) as fd:
        end = os.fstat(fd).st_size
        offset = 0
        while offset < end:
            record = _read_record(fd, path, offset)
            yield record
            offset += record.length


def iter_whole_records(path: Path, losses: list[Loss]) -> Iterator[StoredRecord]:
    """Yield the records of a file that may be damaged: after what cannot be read, it goes on.

    A record that a page brought along, in a WARC file that was served as its body, is not taken
    for one of this file: after a damaged place, records must name the same warcinfo record as
    those before it.

    Args:
        path: of the file.
        losses: gets what lies between the whole records.

    Raises:
        WarcError: the file cannot be opened.
    """
    with _opened(path) as fd:
        size = os.fstat(fd).st_size
        search = MemberSearch(fd, size)
        taken = start = 0
        warcinfo_id: str | None = None
        while (found := search.find(start)) is not None:
            start = found + 1
            try:
                record = _read_record(fd, path, found)
            except WarcError:  # a whole gzip member, but no whole record
                continue
            if found > taken:
                if warcinfo_id not in (None, record.get(_WARCINFO_ID)):
                    continue
                losses.append(Loss(path=path, start=taken, end=found))
            yield record
            warcinfo_id = record.get(_WARCINFO_ID)
            taken = start = found + record.length
        if taken < size:
            losses.append(Loss(path=path, start=taken, end=size))


def read_record(path: Path, offset: int) -> StoredRecord:
    """Return the record whose gzip member begins at that offset.

    Raises:
        TruncatedRecordError: the file ends inside it.
        WarcError: there is no record, or no file.
    """
    with _opened(path) as fd:
        return _read_record(fd, path, offset)


def read_block(path: Path, offset: int) -> bytes:
    """Return the block of the record at that offset: for a response, the HTTP message as archived.

    Raises:
        TruncatedRecordError: the file ends inside it.
        WarcError: there is no record, or no file.
    """
    return read_record(path, offset).block


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise WarcError(error.strerror or str(error), path=path) from error
    try:
        yield fd
    finally:
        os.close(fd)


def _read_record(fd: int, path: Path, offset: int) -> StoredRecord:
    data, length = read_member(fd, path, offset)
    head, separator, _ = data.partition(b"\r\n\r\n")
    if not head.startswith(b"WARC/") or not separator:
        raise WarcError("no WARC record begins here", path=path, offset=offset)
    headers = tuple(
        (name.decode("utf-8", "replace"), value.decode("utf-8", "replace"))
        for name, value in parse_fields(head.partition(b"\r\n")[2])
    )
    start = len(head) + len(separator)
    stated = _find_field(headers, "Content-Length") or ""
    if not (stated.isascii() and stated.isdigit()) or start + int(stated) > len(data):
        raise WarcError("the record's Content-Length is wrong", path=path, offset=offset)
    end = start + int(stated)
    if data[end : end + 5].strip(b"\r\n"):
        raise WarcError("a second record in one gzip member", path=path, offset=offset)
    return StoredRecord(
        path=path, offset=offset, length=length, headers=headers, block=data[start:end]
    )


def _find_field(headers: tuple[tuple[str, str], ...], name: str) -> str | None:
    wanted, length = name.lower(), len(name)
    for key, value in headers:  # asked for a dozen fields of each record: no generator, little case
        if len(key) == length and key.lower() == wanted:
            return value
    return None

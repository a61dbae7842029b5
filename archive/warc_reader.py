"""Reads WARC files record by record, and says exactly where one breaks off.

Every record is its own gzip member (WARC 1.1 annex on compression), which is inflated here to its
end: its checksum is verified, and a cut tail is noticed. Files in one gzip stream, and plain
ones, are refused; `archive.importing` turns them into this form.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from archive.digests import digest_of
from archive.errors import WarcError
from archive.gzip_members import Loss, MemberSearch, read_member
from archive.http_message import (
    MAX_MIME_LENGTH,
    ResponseMessage,
    iter_payload,
    parse_fields,
    split_response,
)
from archive.records import Capture, Origin, RecordType
from archive.urls import urlkey
from archive.warc_fields import (
    LOG_URN,
    WARC_FIELDS_TYPE,
    parse_block_fields,
    parse_date,
    parse_origin,
)
from archive.warc_file import sealed_path

_WARCINFO_ID = "WARC-Warcinfo-ID"
_LOG_LINE = b"line: "
_HTTP_TYPES = frozenset({"response", "revisit"})
_MIME_END = re.compile(r"[;\s]")


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
        return _bare(self.get("WARC-Record-ID"))

    @property
    def target_uri(self) -> str:
        """The WARC-Target-URI; without the angle brackets that some writers put around it."""
        return _bare(self.get("WARC-Target-URI"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCapture:
    """A capture, and what the metadata record beside it says."""

    capture: Capture
    origin: Origin | None = None  # None where the writer was another program, or died
    crawl_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlLog:
    """A log that `WarcWriter.write_log` put into the WARC."""

    crawl_id: str
    name: str
    content_type: str
    body: bytes


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


def iter_stored_captures(
    path: Path, *, losses: list[Loss] | None = None
) -> Iterator[StoredCapture]:
    """Yield the captures of a file, each with what its metadata record says.

    Args:
        path: of the file.
        losses: gets what cannot be read, and reading goes on after it; when left out, it raises.

    Raises:
        TruncatedRecordError: the file ends inside a record; all before it have been yielded.
        WarcError: the file cannot be read, or holds what is no record or no origin.
    """
    waiting: Capture | None = None  # its metadata record is still to come
    for record in _records(path, losses):
        is_capture = lists_as_capture(record.record_type, record.get("Content-Type"))
        if waiting and is_capture:
            yield StoredCapture(capture=waiting)
            waiting = None
        try:
            if is_capture:
                waiting = capture_of(record)
            elif waiting and _describes(record, waiting):
                yield _with_origin(waiting, record)
                waiting = None
        except WarcError as error:
            if losses is None:
                raise
            end = record.offset + record.length
            losses.append(Loss(path=path, start=record.offset, end=end, reason=str(error)))
    if waiting:
        yield StoredCapture(capture=waiting)


def lists_as_capture(record_type: str, content_type: str | None) -> bool:
    """Tell whether a record has a line in an index, as cdxj-indexer decides it.

    Answers and revisits have; of what was not asked for by HTTP (``resource``, ``metadata``), all
    but fields about other records.

    >>> lists_as_capture("metadata", "application/warc-fields")
    False
    """
    if record_type in ("resource", "metadata"):
        return content_type != WARC_FIELDS_TYPE
    return record_type in ("response", "revisit")


def read_logs(path: Path, *, losses: list[Loss] | None = None) -> Iterator[CrawlLog]:
    """Yield the crawl logs in a file, byte for byte as they were written.

    Args:
        path: of the file.
        losses: gets what cannot be read, and reading goes on after it; when left out, it raises.

    Raises:
        TruncatedRecordError: the file ends inside a record; all before it have been yielded.
        WarcError: the file cannot be read, or holds something else than a record.
    """
    for record in _records(path, losses):
        if record.record_type == "metadata" and record.target_uri.startswith(LOG_URN):
            crawl_id, _, name = record.target_uri.removeprefix(LOG_URN).rpartition(":")
            first, _, rest = record.block.partition(b"\r\n")
            lines = rest.split(b"\r\n")[:-1]
            yield CrawlLog(
                crawl_id=crawl_id,
                name=name,
                content_type=parse_block_fields(first).get("contentType", ""),
                body=b"\n".join(line.removeprefix(_LOG_LINE) for line in lines),
            )


def _records(path: Path, losses: list[Loss] | None) -> Iterator[StoredRecord]:
    return iter_records(path) if losses is None else iter_whole_records(path, losses)


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


def capture_of(record: StoredRecord) -> Capture:
    """Return what index and catalogue say of a record that `lists_as_capture` has for one.

    Raises:
        WarcError: it has no date that can be read.
    """
    message = _message_of(record)
    refers_to_date = record.get("WARC-Refers-To-Date")
    try:
        date = parse_date(record.get("WARC-Date") or "")
        original_date = parse_date(refers_to_date) if refers_to_date else None
    except ValueError as error:
        raise WarcError(f"WARC-Date: {error}", path=record.path, offset=record.offset) from error
    return Capture(
        record_id=record.record_id,
        record_type=cast("RecordType", record.record_type),
        target_uri=record.target_uri,
        urlkey=urlkey(record.target_uri),
        date=date,
        status=message.status,
        mime=message.mime if record.record_type in _HTTP_TYPES else _stated_mime(record),
        payload_digest=_stated_digest(record) or digest_of(iter_payload(record.block, message)),
        filename=sealed_path(record.path).name,
        offset=record.offset,
        length=record.length,
        refers_to=_bare(record.get("WARC-Refers-To")) or None,
        refers_to_target_uri=_bare(record.get("WARC-Refers-To-Target-URI")) or None,
        refers_to_date=original_date,
    )


def _message_of(record: StoredRecord) -> ResponseMessage:
    """Take the head of an HTTP answer apart; what is no such answer is a message without head."""
    is_http = record.record_type in _HTTP_TYPES and record.target_uri.lower().startswith(
        ("http:", "https:")
    )
    return split_response(record.block if is_http else b"")


def _stated_digest(record: StoredRecord) -> str | None:
    """Return the payload digest that a record states; outside of HTTP the block is the payload."""
    stated = record.get("WARC-Payload-Digest")
    if not stated and record.record_type not in _HTTP_TYPES:
        stated = record.get("WARC-Block-Digest")
    return stated


def _stated_mime(record: StoredRecord) -> str | None:
    """Return the media type of a record that is no HTTP message, parameters cut off."""
    stated = record.get("Content-Type")
    return stated and _MIME_END.split(stated[:MAX_MIME_LENGTH], maxsplit=1)[0]


def _describes(record: StoredRecord, capture: Capture) -> bool:
    return (
        record.record_type == "metadata"
        and record.get("Content-Type") == WARC_FIELDS_TYPE
        and _bare(record.get("WARC-Concurrent-To")) == capture.record_id
    )


def _with_origin(capture: Capture, record: StoredRecord) -> StoredCapture:
    fields = parse_block_fields(record.block)
    try:
        origin = parse_origin(fields, target_uri=capture.target_uri)
    except ValueError as error:
        raise WarcError(f"origin: {error}", path=record.path, offset=record.offset) from error
    return StoredCapture(capture=capture, origin=origin, crawl_id=fields.get("crawlId"))


def _find_field(headers: tuple[tuple[str, str], ...], name: str) -> str | None:
    wanted, length = name.lower(), len(name)
    for key, value in headers:  # asked for a dozen fields of each record: no generator, little case
        if len(key) == length and key.lower() == wanted:
            return value
    return None


def _bare(value: str | None) -> str:
    """Take the angle brackets off a record id or URI."""
    return (value or "").removeprefix("<").removesuffix(">")

"""What the records of a WARC file stand for: captures with their origin, and logs of crawls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from archive.digests import digest_of
from archive.errors import WarcError
from archive.http_message import MAX_MIME_LENGTH, ResponseMessage, iter_payload, split_response
from archive.records import Capture, Origin, RecordType, Truncation
from archive.urls import urlkey
from archive.warc.fields import (
    LOG_URN,
    RESPONSE_HEAD,
    WARC_FIELDS_TYPE,
    bare,
    parse_block_fields,
    parse_date,
    parse_lines,
    parse_origin,
)
from archive.warc.file import sealed_path
from archive.warc.gzip_members import Loss
from archive.warc.reader import StoredRecord, iter_records, iter_whole_records, read_record

_HTTP_TYPES = frozenset({"response", "revisit"})
_MIME_END = re.compile(r"[;\s]")


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
            elif waiting and _describes(record, waiting.record_id):
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


def read_head(path: Path, offset: int) -> bytes:
    """Return the head of the answer that a record holds; empty where its writer left it out.

    It stands in the record itself or, of an answer "not modified", in the metadata record behind.

    Raises:
        WarcError: a record cannot be read.
    """
    record = read_record(path, offset)
    end = offset + record.length
    if record.block or end >= path.stat().st_size:
        return record.block[: split_response(record.block).head_length]
    behind = read_record(path, end)
    is_beside = _describes(behind, record.record_id)
    return parse_lines(RESPONSE_HEAD, behind.block) if is_beside else b""


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
        if _is_log(record):
            crawl_id, _, name = record.target_uri.removeprefix(LOG_URN).rpartition(":")
            first, _, rest = record.block.partition(b"\r\n")
            yield CrawlLog(
                crawl_id=crawl_id,
                name=name,
                content_type=parse_block_fields(first).get("contentType", ""),
                body=parse_lines("line", rest),
            )


def _is_log(record: StoredRecord) -> bool:
    return record.record_type == "metadata" and record.target_uri.startswith(LOG_URN)


def _records(path: Path, losses: list[Loss] | None) -> Iterator[StoredRecord]:
    return iter_records(path) if losses is None else iter_whole_records(path, losses)


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
        payload_digest=_payload_digest(record, message),
        filename=sealed_path(record.path).name,
        offset=record.offset,
        length=record.length,
        refers_to=bare(record.get("WARC-Refers-To")) or None,
        refers_to_target_uri=bare(record.get("WARC-Refers-To-Target-URI")) or None,
        refers_to_date=original_date,
        truncated=_truncation_of(record),
    )


def _truncation_of(record: StoredRecord) -> Truncation | None:
    """Read why an answer is not whole (WARC 1.1 section 5.13); a revisit is short on purpose."""
    said = record.get("WARC-Truncated")
    if said is None or record.record_type == "revisit":
        return None
    return cast("Truncation", said) if said in get_args(Truncation) else "unspecified"


def _message_of(record: StoredRecord) -> ResponseMessage:
    """Take the head of an HTTP answer apart; what is no such answer is a message without head."""
    is_http = record.record_type in _HTTP_TYPES and record.target_uri.lower().startswith(
        ("http:", "https:")
    )
    return split_response(record.block if is_http else b"")


def _payload_digest(record: StoredRecord, message: ResponseMessage) -> str:
    """Return the digest that a record states, or else that of the payload that it holds."""
    stated = record.get("WARC-Payload-Digest")
    if not stated and record.record_type not in _HTTP_TYPES:  # there the block is the payload
        stated = record.get("WARC-Block-Digest")
    if not stated and record.record_type == "revisit":  # it holds none
        return ""
    return stated or digest_of(iter_payload(record.block, message))


def _stated_mime(record: StoredRecord) -> str | None:
    """Return the media type of a record that is no HTTP message, parameters cut off."""
    stated = record.get("Content-Type")
    return stated and _MIME_END.split(stated[:MAX_MIME_LENGTH], maxsplit=1)[0]


def _describes(record: StoredRecord, record_id: str) -> bool:
    return (
        record.record_type == "metadata"
        and record.get("Content-Type") == WARC_FIELDS_TYPE
        and bare(record.get("WARC-Concurrent-To")) == record_id
    )


def _with_origin(capture: Capture, record: StoredRecord) -> StoredCapture:
    fields = parse_block_fields(record.block)
    try:
        origin = parse_origin(fields, target_uri=capture.target_uri)
    except ValueError as error:
        raise WarcError(f"origin: {error}", path=record.path, offset=record.offset) from error
    return StoredCapture(capture=capture, origin=origin, crawl_id=fields.get("crawlId"))

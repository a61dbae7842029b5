"""One WARC record, and the gzip member that holds it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from isal import isal_zlib

from archive.digests import block_digest
from archive.warc.fields import WARC_FIELDS_TYPE, Field, format_date, format_fields

_SPECIFICATION = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
_GZIP_WBITS = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcInfo:
    """What the warcinfo record at the head of each file says about the crawl."""

    software: str  # name and version
    robots: str  # the policy that was obeyed: "obey", "ignore"
    operator: str | None = None  # who is responsible, and how to reach them
    redacted_fields: tuple[str, ...] = ()  # header fields whose values are left out of the records


@dataclass(frozen=True, slots=True)
class Record:
    """One WARC record before it is written."""

    record_type: str
    record_id: str  # without angle brackets
    date: datetime
    content_type: str
    block: bytes
    fields: Iterable[Field] = ()  # those that not every record has


def gzip_member(record: Record, *, warcinfo_id: str | None, level: int) -> list[bytes]:
    """Make the gzip member of a record, in pieces: nothing as large as the block is copied.

    Args:
        record: what to write.
        warcinfo_id: the warcinfo record of its file; None for that record itself.
        level: of ISA-L, 0 to 3.

    Raises:
        ValueError: a value cannot stand in a WARC header.
    """
    stream = isal_zlib.compressobj(level, isal_zlib.DEFLATED, _GZIP_WBITS)
    member = [
        stream.compress(_format_header(record, warcinfo_id)),
        stream.compress(record.block),
        stream.compress(b"\r\n\r\n"),
        stream.flush(),
    ]
    return [piece for piece in member if piece]


def warcinfo_record(info: WarcInfo, record_id: str, date: datetime, *, filename: str) -> Record:
    """Make the record that stands at the head of each file (WARC 1.1 section 6.2)."""
    fields = (("WARC-Filename", filename),)
    return Record("warcinfo", record_id, date, WARC_FIELDS_TYPE, warcinfo_block(info), fields)


def warcinfo_block(info: WarcInfo) -> bytes:
    """Make the block of a warcinfo record.

    Raises:
        ValueError: a value holds a line break.
    """
    fields = [
        ("software", info.software),
        ("format", "WARC File Format 1.1"),
        ("conformsTo", _SPECIFICATION),
        ("robots", info.robots),
    ]
    if info.operator:
        fields.append(("operator", info.operator))
    if info.redacted_fields:
        fields.append(("http-headers-redacted", ", ".join(info.redacted_fields)))
    return format_fields(fields)


def new_record_id() -> str:
    """Return a WARC-Record-ID that nobody else has, without angle brackets."""
    return f"urn:uuid:{uuid4()}"


def concurrent_to(record_id: str) -> Field:
    """Return the field that ties a record to the response of the same exchange."""
    return "WARC-Concurrent-To", f"<{record_id}>"


def _format_header(record: Record, warcinfo_id: str | None) -> bytes:
    fields = [
        ("WARC-Type", record.record_type),
        ("WARC-Record-ID", f"<{record.record_id}>"),
        ("WARC-Date", format_date(record.date)),
        *record.fields,
        ("WARC-Block-Digest", block_digest(record.block)),
        ("Content-Type", record.content_type),
        ("Content-Length", str(len(record.block))),
    ]
    if warcinfo_id:
        fields.append(("WARC-Warcinfo-ID", f"<{warcinfo_id}>"))
    return b"WARC/1.1\r\n" + format_fields(fields) + b"\r\n"

"""Where a WARC record begins: its header, read and judged before its block is touched."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archive.http_message import parse_fields
from archive.importing.stretches import Stretch
from archive.warc.captures import lists_as_capture
from archive.warc.fields import parse_date
from archive.warc.gzip_members import MAX_RECORD_BYTES

MAX_HEAD_BYTES = 1 << 20
"""A record whose header is longer is none."""

_START = re.compile(rb"\nWARC/\d\.\d+\r\n")
_LONGEST_START = 16
_END = b"\r\n\r\n"
_SIGNATURE = b"WARC/"


class UnusableRecordError(ValueError):
    """What stands at a place of an archive file is no record that could be kept; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordHead:
    """The header of a record, and what else is to be written for it."""

    header: bytes  # as it goes into the new file, with its blank line
    block_length: int  # in bytes
    record_type: str
    record_id: str
    target_uri: str
    content_type: str = ""
    warcinfo_id: str | None = None
    is_segment: bool = False  # one of several records that together hold one block
    is_made: bool = False  # of something that was no WARC record: it has no digest yet
    companion: bytes = b""  # a gzip member that goes behind the record


class WarcHeads:
    """Reads the headers of WARC records, of any version; they stay as they are."""

    name = "WARC"
    member_start = b"WARC/1."  # of a gzip member, where records are looked for behind damage

    def read(self, stretch: Stretch) -> RecordHead:
        """Read the header that stands next.

        Raises:
            UnusableRecordError: it is none, or lacks what makes a record usable.
        """
        if not self.begins(stretch.peek(len(_SIGNATURE))):
            raise UnusableRecordError("no WARC record begins here")
        header = stretch.read_through(_END, limit=MAX_HEAD_BYTES)
        if header is None:
            raise UnusableRecordError("a WARC header without end")
        return _judged(header)

    def begins(self, start: bytes) -> bool:
        """Tell whether bytes are the start of a record."""
        return start.startswith(_SIGNATURE)

    def ends(self, stretch: Stretch) -> bool:
        """Tell whether a record may end here, and pass over its line breaks."""
        is_marked = stretch.peek(len(_END)) == _END
        stretch.skip_line_breaks()
        return is_marked or stretch.at_end() or self.begins(stretch.peek(len(_SIGNATURE)))

    def skip_to_next(self, stretch: Stretch) -> bool:
        """Pass over everything before the next line with which a record may begin."""
        return stretch.skip_to(_START, longest=_LONGEST_START)


def _judged(header: bytes) -> RecordHead:
    """Read the fields of a header."""
    fields: dict[str, str] = {}
    for name, value in parse_fields(header.partition(b"\r\n")[2]):
        fields.setdefault(name.decode("latin-1").lower(), value.decode("utf-8", "replace"))
    length = fields.get("content-length", "")
    if not (length.isascii() and length.isdigit()):
        raise UnusableRecordError("a record without a usable Content-Length")
    if len(header) + int(length) + len(_END) > MAX_RECORD_BYTES:
        raise UnusableRecordError(f"a record longer than {MAX_RECORD_BYTES:,} bytes")
    head = RecordHead(
        header=header,
        block_length=int(length),
        record_type=fields.get("warc-type", ""),
        record_id=bare(fields.get("warc-record-id", "")),
        target_uri=bare(fields.get("warc-target-uri", "")),
        content_type=fields.get("content-type", ""),
        warcinfo_id=fields.get("warc-warcinfo-id"),
        is_segment="warc-segment-number" in fields,
    )
    if lists_as_capture(head.record_type, head.content_type):
        _check_capture(head, fields)
    return head


def _check_capture(head: RecordHead, fields: dict[str, str]) -> None:
    """Refuse a capture that no index could name.

    Raises:
        UnusableRecordError: a mandatory field is missing, or a date cannot be read.
    """
    if not head.record_id or not head.target_uri:
        raise UnusableRecordError(f"a {head.record_type} record without id or target URI")
    for name in ("warc-date", "warc-refers-to-date"):
        try:
            if name in fields or name == "warc-date":
                parse_date(fields.get(name, ""))
        except (ValueError, OverflowError) as error:
            raise UnusableRecordError(
                f"a {head.record_type} record with a bad date: {error}"
            ) from (error)


def bare(value: str) -> str:
    """Take the angle brackets off a record id or URI.

    >>> bare("<urn:uuid:1>")
    'urn:uuid:1'
    """
    return value.removeprefix("<").removesuffix(">")

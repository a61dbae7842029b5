"""A WARC record taken apart strictly, with all that is wrong about its form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import cast

from archive.digests import digest_of
from archive.http_message import MAX_HEAD_BYTES, iter_payload, parse_fields, split_response
from archive.verification.kinds import Kind
from archive.warc.fields import parse_date
from archive.warc.reader import StoredRecord

Problem = tuple[Kind, str]

_VERSION = re.compile(rb"WARC/1\.[01]\r\n")
_RECORD_ID = re.compile(r"<?[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]+>?")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z)?)?)?")
_MAX_HEADER_BYTES = 1 << 20
_END = b"\r\n\r\n"
_MANDATORY = ("warc-type", "warc-record-id", "warc-date", "content-length")
_WITH_TARGET = frozenset({"response", "request", "resource", "revisit", "conversion"})
_TYPES = _WITH_TARGET | {"warcinfo", "metadata", "continuation"}
_REASONS = frozenset({"length", "time", "disconnect", "unspecified"})
_ONCE = frozenset(
    {*_MANDATORY, "content-type", "warc-target-uri", "warc-block-digest", "warc-payload-digest"}
)


@dataclass(slots=True)
class Record:
    """A record; fields by their names in lower case, values in the order of the file."""

    offset: int
    length: int  # of its gzip member, in bytes
    fields: dict[str, list[str]]
    block: bytes | memoryview
    problems: list[Problem] = field(default_factory=list)

    def get(self, name: str) -> str:
        """Return the first value of a field, as it stands there; empty where there is none."""
        values = self.fields.get(name)
        return values[0] if values else ""

    def get_bare(self, name: str) -> str:
        """Return a record id or URI without the angle brackets around it."""
        return bare(self.get(name))

    def as_stored(self, path: Path) -> StoredRecord:
        """Return it as `archive.warc.reader` has records; of a large block only the beginning.

        So that nobody looks for the payload digest there, it is stated then.
        """
        headers = tuple((name, value) for name in self.fields for value in self.fields[name])
        block = self.block
        if isinstance(block, memoryview):
            beginning = bytes(block[: MAX_HEAD_BYTES + 1])
            pieces = iter_payload(cast("bytes", block), split_response(beginning))
            headers += (("WARC-Payload-Digest", digest_of(pieces)),)  # of two, the first counts
            block = beginning
        return StoredRecord(
            path=path, offset=self.offset, length=self.length, headers=headers, block=block
        )


def bare(value: str) -> str:
    """Take the angle brackets off a record id or URI."""
    return value.removeprefix("<").removesuffix(">")


def parse_record(data: bytes | memoryview, *, offset: int, length: int) -> Record | Problem:
    """Take apart what a gzip member holds; a problem where no record begins there."""
    beginning = data if isinstance(data, bytes) else bytes(data[:_MAX_HEADER_BYTES])
    head = beginning[: max(0, beginning.find(_END, 0, _MAX_HEADER_BYTES))]
    if not head.startswith(b"WARC/"):
        return Kind.RECORD_HEADER, "a gzip member that does not begin with a WARC header"
    fields: dict[str, list[str]] = {}
    for name, value in parse_fields(head.partition(b"\n")[2]):
        key = name.decode("utf-8", "replace").lower()
        fields.setdefault(key, []).append(value.decode("utf-8", "replace"))
    stated = fields.get("content-length", [""])[0]
    start = len(head) + len(_END)
    is_number = stated.isascii() and stated.isdigit() and len(stated) < 20
    size = int(stated) if is_number else max(0, len(data) - start - len(_END))
    record = Record(offset, length, fields, data[start : start + size])
    record.problems += _header_problems(head, record)
    record.problems += _length_problems(data, start, size)
    return record


def _header_problems(head: bytes, record: Record) -> Iterator[Problem]:
    if not _VERSION.match(head + b"\r\n"):
        version = head.partition(b"\n")[0].decode("latin-1").strip()
        yield Kind.RECORD_HEADER, f"unknown version {version[:40]!r}"
    if head.count(b"\n") != head.count(b"\r\n"):
        yield Kind.RECORD_HEADER, "a header line does not end with CR LF"
    record_type = record.get("warc-type")
    needed = (*_MANDATORY, "warc-target-uri") if record_type in _WITH_TARGET else _MANDATORY
    for name in needed:
        if not record.get(name):
            yield Kind.RECORD_HEADER, f"no {_spelled(name)}"
    for name, values in record.fields.items():
        if len(values) > 1 and name in _ONCE:
            yield Kind.RECORD_HEADER, f"{_spelled(name)} stands there {len(values)} times"
    yield from _value_problems(record)


def _value_problems(record: Record) -> Iterator[Problem]:
    record_id, date = record.get("warc-record-id"), record.get("warc-date")
    if record_id and not _RECORD_ID.fullmatch(record_id):
        yield Kind.RECORD_HEADER, f"WARC-Record-ID is no URI: {record_id[:100]!r}"
    if date and not _is_date(date):
        yield Kind.RECORD_HEADER, f"WARC-Date is no date: {date[:40]!r}"
    original = record.get("warc-refers-to-date")
    if original and not _is_date(original):
        yield Kind.RECORD_HEADER, f"WARC-Refers-To-Date is no date: {original[:40]!r}"
    stated = record.get("content-length")
    if stated and not (stated.isascii() and stated.isdigit()):
        yield Kind.RECORD_HEADER, f"Content-Length is no number: {stated[:40]!r}"
    record_type = record.get("warc-type")
    if record_type and record_type not in _TYPES:
        yield Kind.RECORD_TYPE, f"unknown WARC-Type {record_type[:40]!r}"
    reason = record.get("warc-truncated")
    if reason and reason not in _REASONS:
        yield Kind.TRUNCATED_REASON, f"unknown reason {reason[:40]!r} in WARC-Truncated"
    address = record.get("warc-ip-address")
    if address and not _is_ip_address(address):
        yield Kind.RECORD_HEADER, f"WARC-IP-Address is no address: {address[:40]!r}"
    if record.get("warc-target-uri").startswith("<"):
        yield Kind.URI_IN_BRACKETS, "WARC-Target-URI in angle brackets"


def _length_problems(data: bytes | memoryview, start: int, size: int) -> Iterator[Problem]:
    """Compare the stated length with what the gzip member holds (WARC 1.1 section 4)."""
    rest = bytes(data[start + size : start + size + 64])
    if rest == _END:
        return
    if rest.startswith(_END) and rest[len(_END) :].startswith(b"WARC/"):
        yield Kind.SEVERAL_RECORDS, "more than one record in one gzip member"
    elif bytes(data[max(start, len(data) - len(_END)) :]) == _END:
        held = len(data) - start - len(_END)
        yield Kind.CONTENT_LENGTH, f"Content-Length {size:,}, but the block has {held:,} bytes"
    elif start + size > len(data):
        held = len(data) - start
        yield Kind.CONTENT_LENGTH, f"Content-Length {size:,}, but only {held:,} bytes follow"
    else:
        yield Kind.RECORD_END, f"the record ends with {rest[:8]!r} instead of two CR LF"


def _is_date(text: str) -> bool:
    try:
        parse_date(text)
    except ValueError:
        return bool(_DATE.fullmatch(text)) and len(text) < len("2024-02-29T")
    return bool(_DATE.fullmatch(text))


def _is_ip_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _spelled(name: str) -> str:
    special = {"warc": "WARC", "id": "ID", "uri": "URI"}
    return "-".join(special.get(part, part.title()) for part in name.split("-"))

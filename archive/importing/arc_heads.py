"""Where an ARC record begins, and the WARC header that takes its place.

ARC is what WARC came from: a line of five fields (version 1) or ten (version 2) before each answer.
See https://archive.org/web/researcher/ArcFileFormat.php
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from archive.importing.stretches import Stretch
from archive.importing.warc_heads import RecordHead, UnusableRecordError
from archive.warc.fields import WARC_FIELDS_TYPE, Field, check_uri, format_date, format_fields
from archive.warc.gzip_members import MAX_RECORD_BYTES
from archive.warc.record import Record, concurrent_to, gzip_member

VERSION_BLOCK = b"filedesc://"
"""Begins the first record of an ARC file, which says how the lines of the others are made."""

_COMPANION_LEVEL = 3  # of ISA-L, as everywhere
_MAX_LINE_BYTES = 1 << 16
_LINE = (
    rb"[A-Za-z][A-Za-z0-9+.-]*:[^\n]{0,8192} [0-9A-Fa-f.:]{1,45} \d{14} [^\n]{1,1024} \d{1,19}\r?\n"
)
_START = re.compile(rb"\n" + _LINE)
_WHOLE_LINE = re.compile(_LINE)
_LONGEST_START = 10_000
_FIELDS_1 = ("URL", "IP-address", "Archive-date", "Content-type", "Archive-length")
_FIELDS_2 = (
    "URL", "IP-address", "Archive-date", "Content-type", "Result-code",
    "Checksum", "Location", "Offset", "Filename", "Archive-length",
)  # fmt: skip


class ArcHeads:
    """Reads the lines before ARC records, and makes WARC headers of them.

    The same file gives the same records each time, their ids included. The line itself is kept in
    a metadata record behind each.

    Args:
        source_digest: of the whole ARC file; the record ids are made from it.
    """

    name = "ARC"
    member_start = b"http"  # of nearly all; others are not found behind damage

    def __init__(self, source_digest: str) -> None:
        self._source_digest = source_digest
        self._field_names: tuple[str, ...] = _FIELDS_1

    def read(self, stretch: Stretch) -> RecordHead:
        """Read the line that stands next.

        Raises:
            UnusableRecordError: it is none, or says nothing that a record could be made of.
        """
        place = f"{self._source_digest}:{stretch.start}:{stretch.position}"
        line = stretch.read_through(b"\n", limit=_MAX_LINE_BYTES)
        if line is None or not self.begins(line):
            raise UnusableRecordError("no ARC record begins here")
        text = line.decode("utf-8", "surrogateescape").rstrip()
        length = text.rpartition(" ")[2]
        if not (length.isascii() and length.isdigit()) or int(length) > MAX_RECORD_BYTES >> 1:
            raise UnusableRecordError("an ARC record without a usable length")
        if line.startswith(VERSION_BLOCK):
            self._learn_fields(stretch)
            return self._version_head(text, int(length), place)
        return self._capture_head(text, int(length), place)

    def begins(self, start: bytes) -> bool:
        """Tell whether bytes are the start of a record."""
        return start.startswith(VERSION_BLOCK) or bool(_WHOLE_LINE.match(start))

    def ends(self, stretch: Stretch) -> bool:
        """Tell whether a record may end here, and pass over its line breaks."""
        stretch.skip_line_breaks()
        return stretch.at_end() or self.begins(stretch.peek(_LONGEST_START))

    def skip_to_next(self, stretch: Stretch) -> bool:
        """Pass over everything before the next line with which a record may begin."""
        return stretch.skip_to(_START, longest=_LONGEST_START)

    def _learn_fields(self, stretch: Stretch) -> None:
        """Read from the version block, which comes next, how many fields a line has."""
        lines = stretch.peek(1024).split(b"\n", 2)
        if len(lines) > 1 and len(lines[1].split()) == len(_FIELDS_2):
            self._field_names = _FIELDS_2

    def _version_head(self, line: str, length: int, place: str) -> RecordHead:
        name, _, date = _split(line, _FIELDS_1 if line.count(" ") < 9 else _FIELDS_2)[:3]
        fields: list[Field] = [
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", f"<{_record_id(place)}>"),
            ("WARC-Date", format_date(_parse_date(date))),
            ("WARC-Filename", name.removeprefix(VERSION_BLOCK.decode())),
            ("Content-Type", "text/plain"),
            ("Content-Length", str(length)),
        ]
        return RecordHead(
            header=_header(fields),
            block_length=length,
            record_type="warcinfo",
            record_id=_record_id(place),
            target_uri="",
            is_made=True,
        )

    def _capture_head(self, line: str, length: int, place: str) -> RecordHead:
        url, ip_address, stated_date, mime = _split(line, self._field_names)[:4]
        record_id, date = _record_id(place), _parse_date(stated_date)
        is_http = url.lower().startswith(("http:", "https:"))
        try:
            uri: Field = ("WARC-Target-URI", check_uri(_escaped(url)))
            fields = [
                ("WARC-Type", "response" if is_http else "resource"),
                ("WARC-Record-ID", f"<{record_id}>"),
                ("WARC-Date", format_date(date)),
                uri,
                *_address_fields(ip_address),
                ("Content-Type", "application/http; msgtype=response" if is_http else mime),
                ("Content-Length", str(length)),
            ]
            header = _header(fields)
        except ValueError as error:
            raise UnusableRecordError(str(error)) from error
        return RecordHead(
            header=header,
            block_length=length,
            record_type="response" if is_http else "resource",
            record_id=record_id,
            target_uri=uri[1],
            is_made=True,
            companion=_line_record(line, uri, date, record_id=record_id),
        )


def _split(line: str, names: tuple[str, ...]) -> list[str]:
    """Part a line into its fields; spaces in a URL stay in it."""
    parts = line.rsplit(" ", len(names) - 1)
    if len(parts) != len(names):
        raise UnusableRecordError(f"an ARC line that has not {len(names)} fields")
    return parts


def _parse_date(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise UnusableRecordError(f"an ARC record with a bad date: {text[:40]!r}") from error


def _address_fields(ip_address: str) -> Iterator[Field]:
    if ip_address != "0.0.0.0":  # noqa: S104 - written where no server was asked
        yield "WARC-IP-Address", ip_address


def _header(fields: list[Field]) -> bytes:
    """Write a WARC header; what the ARC line says may hold any bytes."""
    escaped = ((name, _escaped(value, keep=" ")) for name, value in fields)
    return b"WARC/1.1\r\n" + format_fields(escaped) + b"\r\n"


def _line_record(line: str, uri: Field, date: datetime, *, record_id: str) -> bytes:
    """Make the metadata record that keeps the line of an ARC record."""
    block = format_fields([("arcHeader", _escaped(line, keep=" "))])
    identifier = _record_id(f"{record_id}:arcHeader")
    fields = (uri, concurrent_to(record_id))
    record = Record("metadata", identifier, date, WARC_FIELDS_TYPE, block, fields)
    return b"".join(gzip_member(record, warcinfo_id=None, level=_COMPANION_LEVEL))


def _record_id(place: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, place)}"


def _escaped(text: str, *, keep: str = "") -> str:
    """Percent-encode what cannot stand in a WARC header: bytes that are no UTF-8, blanks."""
    return "".join(
        character
        if character in keep or (character > " " and not "\x7f" <= character <= "\x9f"
                                 and not "\udc80" <= character <= "\udcff")
        else "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))
        for character in text
    )  # fmt: skip

"""One WARC file from its first byte to its last: what it holds, and what is wrong in it."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archive.errors import WarcError
from archive.http_message import ResponseMessage
from archive.record_json import to_json, to_json_line
from archive.verification.findings import make_finding
from archive.verification.kinds import Kind
from archive.verification.ledger import CAPTURE_COLUMNS, Ledger
from archive.verification.log_records import read_log
from archive.verification.members import Damage, Member, Region, iter_members
from archive.verification.message_checks import (
    digest_problems,
    missing_bytes,
    read_message,
)
from archive.verification.plain_records import RECORD_START, iter_plain_records
from archive.verification.record import Record, bare, parse_record
from archive.verification.workspace import is_full
from archive.warc.captures import capture_of, lists_as_capture
from archive.warc.fields import LOG_URN, WARC_FIELDS_TYPE, parse_block_fields, parse_origin

_SOFTWARE = "blog-archiver"
_ONCE_A_FILE = frozenset({Kind.URI_IN_BRACKETS, Kind.DIGEST_MISSING})
_WRONG_BLOCK = frozenset({Kind.CONTENT_LENGTH, Kind.SEVERAL_RECORDS})  # digests say no more
_MAX_FIELDS_BYTES = 16 << 20  # of a metadata record that is read
_MAX_WARCINFO_IDS = 1_000  # a file has one, or a few
_MAX_METHOD_BYTES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcSource:
    """A WARC file to be verified: where it lies, and what it is called."""

    number: int  # in the ledger
    target: int
    path: Path  # the file, or the ZIP file that it is stored in
    label: str  # what findings call it
    name: str  # what an index calls it
    start: int = 0  # in bytes, in the ZIP file
    size: int | None = None  # in bytes; None: up to the end of the file
    is_open: bool = False

    @property
    def byte_count(self) -> int:
        """Its size in bytes."""
        return self.path.stat().st_size if self.size is None else self.size


def scan(
    source: WarcSource, ledger: Ledger, on_bytes: Callable[[int], None] = lambda _: None
) -> None:
    """Read a file, enter what it holds into the ledger, and report what is wrong.

    Args:
        source: the file.
        ledger: gets it.
        on_bytes: is told how many bytes were read, piece by piece.

    Raises:
        WarcError: the file cannot be opened or read.
    """
    try:
        fd = os.open(source.path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise WarcError(error.strerror or str(error), path=source.path) from error
    try:
        size = os.fstat(fd).st_size - source.start if source.size is None else source.size
        reading = _Reading(source, ledger)
        region = Region(fd, source.start, size)
        is_plain = region.read(0, len(RECORD_START)) == RECORD_START
        for found in (iter_plain_records if is_plain else iter_members)(region):
            reading.take(found, size)
            on_bytes(found.length)
        reading.finish(size)
    except OSError as error:  # a disk that cannot be read any more
        if is_full(error):  # the one for temporary files
            raise
        raise WarcError(error.strerror or str(error), path=source.path) from error
    finally:
        os.close(fd)


class _Reading:
    """What is kept in memory while one file is read: nothing that grows with it."""

    def __init__(self, source: WarcSource, ledger: Ledger) -> None:
        self.counts: Counter[str] = Counter()
        self._source = source
        self._ledger = ledger
        self._first_header: Member | None = None
        self._warcinfo_ids: dict[str, tuple[int, int]] = {}  # -> first offset, number
        self._is_own = False
        self._once: dict[tuple[Kind, str], tuple[int, int]] = {}  # -> first offset, number

    def take(self, found: Member | Damage, size: int) -> None:
        """Enter what stands next in the file."""
        if isinstance(found, Damage):
            is_torn_end = self._source.is_open and found.offset + found.length == size
            if not is_torn_end:
                self._report(found.kind, found.message, found.offset)
            self._lose(found.offset, found.length)
            return
        if found.has_damaged_header:
            self._report(Kind.GZIP_HEADER, "the gzip header is damaged", found.offset)
        if found.wrong_trailer:
            self.counts["damaged places"] += 1
            self._report(Kind.GZIP_TRAILER, found.wrong_trailer, found.offset)
        record = parse_record(found.data, offset=found.offset, length=found.length)
        if isinstance(record, tuple):
            self._report(*record, found.offset)
            self._lose(found.offset, found.length)
            return
        if not found.has_damaged_header:
            self._compare_headers(found, record)
        self._take_record(record)

    def finish(self, size: int) -> None:
        """Enter what is known at the end of the file only."""
        for (kind, message), (offset, number) in self._once.items():
            more = f" (in {number:,} records, here first)" if number > 1 else ""
            self._report(kind, message + more, offset)
        self._flush_warcinfo_ids()
        source = self._source
        if not size and not source.is_open:
            self._report(Kind.CUT_TAIL, "the file is empty", 0)
        if source.is_open:
            self._report(Kind.NOT_SEALED, "left open by a crawl that was killed: `archive repair`")
        self._ledger.add(
            "files", source.number, source.target, source.label, source.name, size,
            int(self._is_own), int(source.is_open),
        )  # fmt: skip
        for name, number in {"files": 1, "bytes": size, **self.counts}.items():
            self._ledger.count(source.target, name, number)
        self._ledger.flush()

    def _note_warcinfo_id(self, record: Record) -> None:
        if warcinfo_id := record.get_bare("warc-warcinfo-id"):
            first, number = self._warcinfo_ids.get(warcinfo_id, (record.offset, 0))
            self._warcinfo_ids[warcinfo_id] = first, number + 1
            if len(self._warcinfo_ids) > _MAX_WARCINFO_IDS:
                self._flush_warcinfo_ids()

    def _flush_warcinfo_ids(self) -> None:
        for warcinfo_id, (offset, number) in self._warcinfo_ids.items():
            self._ledger.add("warcinfo_ids", self._source.number, offset, number, warcinfo_id)
        self._warcinfo_ids.clear()

    def _report(self, kind: Kind, message: str, offset: int | None = None) -> None:
        finding = make_finding(kind, message, file=self._source.label, offset=offset)
        self._ledger.report(self._source.target, finding)

    def _report_in(self, record: Record, kind: Kind, message: str) -> None:
        """Report a problem of a record; what all records of a writer share, once a file."""
        if kind in _ONCE_A_FILE:
            offset, number = self._once.get((kind, message), (record.offset, 0))
            self._once[kind, message] = offset, number + 1
        else:
            self._report(kind, message, record.offset)

    def _lose(self, offset: int, length: int) -> None:
        self.counts["damaged places"] += 1
        self._ledger.add("damages", self._source.number, offset, offset + length)

    def _compare_headers(self, member: Member, record: Record) -> None:
        """Notice a flipped bit in those bytes of a gzip header that decoding does not need.

        A writer that states no time (RFC 1952: zero) writes the same header before each record.
        """
        before = self._first_header
        if before is None or record.get("warc-type") == "warcinfo":
            self._first_header = member
            return
        if not _states_time(before) and member.header != before.header:
            self._report_header(member, before)
        elif _states_time(before) and not _states_time(member):
            self._report_header(before, member)
            self._first_header = member

    def _report_header(self, odd: Member, usual: Member) -> None:
        message = f"gzip header {odd.header.hex()}, but {usual.header.hex()} beside it"
        self._report(Kind.GZIP_HEADER_DIFFERS, message, odd.offset)

    def _take_record(self, record: Record) -> None:
        record_type = record.get("warc-type")
        self.counts["records"] += 1
        message = read_message(record) if record_type == "response" else None
        problems = list(record.problems)
        if not any(kind in _WRONG_BLOCK for kind, _ in problems):
            problems += digest_problems(record, message)
        for kind, text in problems:
            self._report_in(record, kind, text)
        if not record.get("warc-block-digest"):
            self._report_in(record, Kind.DIGEST_MISSING, "no WARC-Block-Digest")
        self._ledger.add(
            "records", self._source.number, record.offset, record.length, record_type,
            record.get_bare("warc-record-id"), record.get_bare("warc-target-uri"),
            record.get("warc-date"), record.get("warc-payload-digest"),
        )  # fmt: skip
        self._note_warcinfo_id(record)
        for value in record.fields.get("warc-concurrent-to", ()):
            self._ledger.add("concurrents", self._source.number, record.offset, bare(value))
        if message is not None:
            self._take_length(record, message)
        if lists_as_capture(record_type, record.get("content-type")):
            self._take_capture(record)
        match record_type:
            case "request":
                if bytes(record.block[:_MAX_METHOD_BYTES]) == b"HEAD ":
                    ids = map(record.get_bare, ("warc-record-id", "warc-concurrent-to"))
                    self._ledger.add("head_requests", *ids)
            case "metadata" if len(record.block) <= _MAX_FIELDS_BYTES:
                self._take_metadata(record)
            case "warcinfo" if len(record.block) <= _MAX_FIELDS_BYTES:
                fields = parse_block_fields(bytes(record.block))
                self._is_own |= fields.get("software", "").startswith(_SOFTWARE)

    def _take_capture(self, record: Record) -> None:
        """Enter what index and catalogue must say."""
        self.counts["captures"] += 1
        try:
            capture = capture_of(record.as_stored(self._source.path))
        except WarcError:  # its date is reported as a problem of the header
            return
        row = to_json(capture)
        self._ledger.add(
            "captures", self._source.number, *(row[name] for name in CAPTURE_COLUMNS),
            f"{capture.date:%Y%m%d%H%M%S}",
        )  # fmt: skip
        if capture.record_type == "revisit":
            self.counts["revisits"] += 1
            is_identical = record.get("warc-profile").endswith("identical-payload-digest")
            self._ledger.add(
                "revisits", self._source.number, record.offset, capture.refers_to,
                capture.refers_to_target_uri, record.get("warc-refers-to-date"),
                record.get("warc-payload-digest"), int(is_identical),
            )  # fmt: skip

    def _take_length(self, record: Record, message: ResponseMessage) -> None:
        if lacking := missing_bytes(record, message):
            text = f"{lacking:,} bytes fewer than its Content-Length says, not WARC-Truncated"
            place = (self._source.number, record.offset, record.get_bare("warc-record-id"))
            self._ledger.add("short_bodies", *place, text)

    def _take_metadata(self, record: Record) -> None:
        uri = record.get_bare("warc-target-uri")
        if uri.startswith(LOG_URN):
            self._is_own = True
            self._take_log(record, uri)
            return
        if record.get("content-type") != WARC_FIELDS_TYPE:
            return
        fields = parse_block_fields(bytes(record.block))
        try:
            origin = parse_origin(fields, target_uri=uri)
        except ValueError as error:
            self._report(Kind.ORIGIN_UNREADABLE, str(error), record.offset)
            return
        if origin is None:
            return
        self._is_own = True
        discovery = origin.discovery
        self._ledger.add(
            "origins", self._source.target, record.get_bare("warc-concurrent-to"),
            fields.get("crawlId", ""), origin.role, discovery.url, to_json_line(discovery.hints),
            json.dumps(discovery.methods),
        )  # fmt: skip

    def _take_log(self, record: Record, uri: str) -> None:
        """Note what the crawl itself says: how it went, and which pages became articles."""
        log = read_log(uri, bytes(record.block))
        is_whole = not any(kind in _WRONG_BLOCK for kind, _ in record.problems)
        for problem in log.problems if is_whole else ():
            self._report(Kind.ORIGIN_UNREADABLE, problem, record.offset)
        for url in log.article_urls:
            self._ledger.add("outcomes", self._source.target, log.crawl_id, url)
        self._ledger.add(
            "logs", self._source.number, log.crawl_id, log.name, log.number, log.crawl_row
        )


def _states_time(member: Member) -> bool:
    """Tell whether a gzip header says when it was made (RFC 1952: zero where it does not)."""
    return member.header[4:8] != bytes(4)

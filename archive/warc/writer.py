"""Writes exchanges into WARC 1.1 files: whole, verifiable, each record its own gzip member.

A file is ``<prefix>-<14 digits>-<serial>-<host>.warc.gz``; while it is written, its name ends in
``.open``. What `WarcWriter.write_exchange` has returned from is with the operating system, and
survives the death of this process; what `WarcWriter.sync` has returned from survives a power cut.
"""

from __future__ import annotations

import platform
import re
from dataclasses import replace
from pathlib import Path
from typing import Self

from archive.dates import utc_now
from archive.errors import WarcError
from archive.http_message import split_response
from archive.records import Capture, Exchange, Origin
from archive.redaction import REDACTED_FIELDS, redact
from archive.urls import urlkey
from archive.warc.answers import Answer, FindOriginal, answer_of
from archive.warc.fields import (
    LOG_URN,
    RESPONSE_HEAD,
    WARC_FIELDS_TYPE,
    Original,
    check_uri,
    connection_fields,
    format_fields,
    format_lines,
    origin_fields,
    parse_date,
)
from archive.warc.file import OPEN_SUFFIX, OpenWarcFile
from archive.warc.record import Record, WarcInfo, concurrent_to, new_record_id, warcinfo_block

COMPRESSION_LEVEL = 2
"""Of ISA-L. On blog pages 1.1 times the size of zlib's level 9, in a fourteenth of its CPU time;
level 3 would take nearly twice the time to save another thirtieth of the size."""

PREFIX_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""What may begin the name of a WARC file."""

_MAX_SERIAL = 99_999


class WarcWriter:
    """Appends exchanges to WARC files in one directory, a new file whenever one is full.

    For one thread at a time. Use as a context manager, or call `close`: only that seals the file.
    """

    def __init__(  # noqa: PLR0913 - all but one by keyword
        self,
        directory: Path,
        *,
        prefix: str,
        software: str,
        robots: str,
        operator: str | None = None,
        redact_credentials: bool = False,
        max_size_bytes: int = 1 << 30,
        compression_level: int = COMPRESSION_LEVEL,
    ) -> None:
        """Make a writer; the first file is opened with the first record.

        Args:
            directory: where the files go; must exist.
            prefix: begins each file name; letters, digits, ``.``, ``_``, ``-``.
            software: name and version, for the warcinfo records.
            robots: the policy that is obeyed, "obey" or "ignore", for the warcinfo records.
            operator: who is responsible, and how to reach them, for the warcinfo records.
            redact_credentials: leave the values of cookies and passwords out of what is written
                (`archive.redaction`); the warcinfo records then say so.
            max_size_bytes: a file that has reached it gets no further exchange.
            compression_level: of ISA-L, 0 (fast) to 3 (small).

        Raises:
            ValueError: the prefix cannot stand in a file name, or another value in a record.
        """
        if not PREFIX_FORM.fullmatch(prefix):
            raise ValueError(f"not usable in a file name: {prefix!r}")
        self._info = WarcInfo(
            software=software,
            robots=robots,
            operator=operator,
            redacted_fields=REDACTED_FIELDS if redact_credentials else (),
        )
        warcinfo_block(self._info)  # a bad value fails here, not in the middle of a crawl
        self._directory = directory
        self._prefix = prefix
        self._max_size_bytes = max_size_bytes
        self._level = compression_level
        self._host = (
            re.sub(r"[^A-Za-z0-9.-]+", "-", platform.node())[:63].strip("-.") or "localhost"
        )
        self._serial = 0
        self._file: OpenWarcFile | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def filename(self) -> str | None:
        """Name, without ``.open``, of the file that is being written; None between files."""
        return self._file.filename if self._file else None

    def write_exchange(
        self,
        exchange: Exchange,
        origin: Origin,
        *,
        crawl_id: str,
        find_original: FindOriginal | None = None,
        not_modified: Original | None = None,
    ) -> Capture:
        """Write request, answer and metadata record of one exchange, all or nothing.

        The answer becomes a response record: its block is what was received, without the interim
        answers (1xx) before the final one. Where its payload is archived already, it becomes a
        revisit record, whose block is the head alone; never so for an empty payload, for one that
        was cut off, and for a chunked body with trailer fields, which the head does not have.
        "Not modified" (304) becomes a revisit record of what the server calls so, without a block:
        its head stands in the metadata record, and all readers take the original for the answer.

        Args:
            exchange: what crossed the wire.
            origin: how it came about; read back by `archive.warc.reader`.
            crawl_id: the run that it belongs to.
            find_original: given a payload digest, and whether the body came in chunks, names the
                whole response that has that payload, and came likewise; left out, nothing becomes
                a revisit.
            not_modified: the response whose validators the request had; left out, or where the
                answer is another one, a 304 is an answer like any other.

        Returns:
            Where the response or revisit lies.

        Raises:
            WarcError: the target URI or another value cannot stand in a WARC header, or the file
                could not be written; then it is as it was before.
        """
        if self._info.redacted_fields:
            exchange = redact(exchange)
        file = self._ready_file()
        try:
            answer = answer_of(exchange, find_original, not_modified)
            capture = _unplaced_capture(exchange, answer)
            records = (
                _request_record(exchange, capture),
                _answer_record(exchange, answer, capture),
                _metadata_record(origin, answer, capture, crawl_id=crawl_id),
            )
            _, (offset, length), _ = file.append(records)
        except ValueError as error:
            raise WarcError(str(error), path=file.path) from error
        return replace(capture, filename=file.filename, offset=offset, length=length)

    def write_log(self, name: str, body: bytes, content_type: str, *, crawl_id: str) -> None:
        """Write a log of the crawl into the WARC, so that nothing about it lies elsewhere only.

        It becomes a metadata record ``urn:blog-archiver:<crawl_id>:<name>`` in warc-fields, each
        line of the log a field ``line``: indexers pass over such records, as they should.

        Raises:
            WarcError: name or crawl_id cannot stand in a URN, or the file could not be written.
        """
        file = self._ready_file()
        try:
            if ":" in name:
                raise ValueError(f"colon in the name of a log: {name!r}")
            block = format_fields([("contentType", content_type)]) + format_lines("line", body)
            uri = check_uri(f"{LOG_URN}{crawl_id}:{name}")
            fields = (("WARC-Target-URI", uri),)
            file.append(
                [Record("metadata", new_record_id(), utc_now(), WARC_FIELDS_TYPE, block, fields)]
            )
        except ValueError as error:
            raise WarcError(str(error), path=file.path) from error

    def sync(self) -> None:
        """Return when all that was written is on the disk itself.

        Raises:
            WarcError: the disk refuses.
        """
        if self._file:
            self._file.sync()

    def close(self) -> None:
        """Seal the file that is being written: on the disk, and under its final name.

        Raises:
            WarcError: the disk refuses; the file keeps ``.open``, for `archive.warc.recovery`.
        """
        if self._file:
            file, self._file = self._file, None
            file.seal()

    def _ready_file(self) -> OpenWarcFile:
        if self._file and self._file.size >= self._max_size_bytes:
            self.close()
        if not self._file:
            self._file = self._open_file()
        return self._file

    def _open_file(self) -> OpenWarcFile:
        opened = utc_now()
        while self._serial <= _MAX_SERIAL:
            stem = f"{self._prefix}-{opened:%Y%m%d%H%M%S%f}-{self._serial:05}-{self._host}"
            self._serial += 1
            path = self._directory / f"{stem}.warc.gz{OPEN_SUFFIX}"
            if not path.with_suffix("").exists() and not path.exists():
                return OpenWarcFile(path, self._info, opened, level=self._level)
        raise WarcError("no serial number is left for another file", path=self._directory)


def _unplaced_capture(exchange: Exchange, answer: Answer) -> Capture:
    """Make the capture of an exchange that is not written yet, and has no place in a file."""
    message, original = split_response(answer.block), answer.original
    return Capture(
        record_id=new_record_id(),
        record_type=answer.record_type,
        target_uri=exchange.target_uri,
        urlkey=urlkey(exchange.target_uri),
        date=exchange.date,
        status=message.status,
        mime=message.mime,
        payload_digest=answer.payload_digest,
        filename="",
        offset=0,
        length=0,
        refers_to=original.record_id if original else None,
        refers_to_target_uri=original.target_uri if original else None,
        refers_to_date=parse_date(original.date) if original else None,
        truncated=exchange.truncated,
    )


def _request_record(exchange: Exchange, capture: Capture) -> Record:
    fields = (
        ("WARC-Target-URI", check_uri(exchange.target_uri)),
        concurrent_to(capture.record_id),
        *connection_fields(exchange),
    )
    content_type = "application/http; msgtype=request"
    return Record("request", new_record_id(), exchange.date, content_type, exchange.request, fields)


def _answer_record(exchange: Exchange, answer: Answer, capture: Capture) -> Record:
    fields = (
        ("WARC-Target-URI", exchange.target_uri),
        *connection_fields(exchange),
        *answer.fields,
        ("WARC-Payload-Digest", answer.payload_digest),
    )
    content_type = "application/http; msgtype=response"
    return Record(
        capture.record_type, capture.record_id, exchange.date, content_type, answer.block, fields
    )


def _metadata_record(origin: Origin, answer: Answer, capture: Capture, *, crawl_id: str) -> Record:
    block = format_fields(origin_fields(origin, target_uri=capture.target_uri, crawl_id=crawl_id))
    if answer.head_beside:
        block += format_lines(RESPONSE_HEAD, answer.head_beside)
    fields = (("WARC-Target-URI", capture.target_uri), concurrent_to(capture.record_id))
    return Record("metadata", new_record_id(), capture.date, WARC_FIELDS_TYPE, block, fields)

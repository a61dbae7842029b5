"""Writes exchanges into WARC 1.1 files: whole, verifiable, each record its own gzip member.

A file is ``<prefix>-<14 digits>-<serial>-<host>.warc.gz``; while it is written, its name ends in
``.open``. What `WarcWriter.write_exchange` has returned from is with the operating system, and
survives the death of this process; what `WarcWriter.sync` has returned from survives a power cut.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self

from archive.dates import utc_now
from archive.digests import digest_of
from archive.errors import WarcError
from archive.http_message import ResponseMessage, iter_payload, split_response, strip_interim
from archive.records import Capture, Exchange, Origin
from archive.redaction import REDACTED_FIELDS, redact
from archive.urls import urlkey
from archive.warc.fields import (
    LOG_URN,
    WARC_FIELDS_TYPE,
    Original,
    check_uri,
    connection_fields,
    format_fields,
    origin_fields,
    parse_date,
    revisit_fields,
)
from archive.warc.file import OPEN_SUFFIX, OpenWarcFile
from archive.warc.record import Record, WarcInfo, concurrent_to, new_record_id, warcinfo_block

COMPRESSION_LEVEL = 2
"""Of ISA-L. On blog pages 1.1 times the size of zlib's level 9, in a fourteenth of its CPU time;
level 3 would take nearly twice the time to save another thirtieth of the size."""

PREFIX_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""What may begin the name of a WARC file."""

_MAX_SERIAL = 99_999
_NO_PAYLOAD = digest_of(())
_LAST_CHUNK = b"\n0\r\n\r\n"


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
        find_original: Callable[[str, bool], Original | None] | None = None,
    ) -> Capture:
        """Write request, answer and metadata record of one exchange, all or nothing.

        The answer becomes a response record: its block is what was received, without the interim
        answers (1xx) before the final one. Where its payload is archived already, it becomes a
        revisit record, whose block is the head alone; never so for an empty payload, for one that
        was cut off, and for a chunked body with trailer fields, which the head does not have.

        Args:
            exchange: what crossed the wire.
            origin: how it came about; read back by `archive.warc.reader`.
            crawl_id: the run that it belongs to.
            find_original: given a payload digest, and whether the body came in chunks, names the
                whole response that has that payload, and came likewise; left out, nothing becomes
                a revisit.

        Returns:
            Where the response or revisit lies.

        Raises:
            WarcError: the target URI or another value cannot stand in a WARC header, or the file
                could not be written; then it is as it was before.
        """
        if self._info.redacted_fields:
            exchange = redact(exchange)
        block = strip_interim(exchange.response)
        message = split_response(block)
        digest = digest_of(iter_payload(block, message))
        original = None
        if find_original and _may_be_revisit(exchange, block, message, digest):
            original = find_original(digest, message.is_chunked)
        capture = _unplaced_capture(exchange, message, digest, original)
        if original:
            block = block[: message.head_length]
        file = self._ready_file()
        try:
            records = (
                _request_record(exchange, capture),
                _answer_record(exchange, block, capture, original),
                _metadata_record(origin, capture, crawl_id=crawl_id),
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
            lines = b"".join(b"line: %b\r\n" % line for line in body.split(b"\n"))
            block = format_fields([("contentType", content_type)]) + lines
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
            stem = f"{self._prefix}-{opened:%Y%m%d%H%M%S}-{self._serial:05}-{self._host}"
            self._serial += 1
            path = self._directory / f"{stem}.warc.gz{OPEN_SUFFIX}"
            if not path.with_suffix("").exists() and not path.exists():
                return OpenWarcFile(path, self._info, opened, level=self._level)
        raise WarcError("no serial number is left for another file", path=self._directory)


def _may_be_revisit(
    exchange: Exchange, block: bytes, message: ResponseMessage, digest: str
) -> bool:
    """Tell whether nothing is lost where the payload of an answer is taken from elsewhere."""
    has_trailer = message.get("transfer-encoding") and not block.endswith(_LAST_CHUNK)
    return not (
        exchange.truncated or digest == _NO_PAYLOAD or not message.head_length or has_trailer
    )


def _unplaced_capture(
    exchange: Exchange, message: ResponseMessage, digest: str, original: Original | None
) -> Capture:
    """Make the capture of an exchange that is not written yet, and has no place in a file."""
    return Capture(
        record_id=new_record_id(),
        record_type="revisit" if original else "response",
        target_uri=exchange.target_uri,
        urlkey=urlkey(exchange.target_uri),
        date=exchange.date,
        status=message.status,
        mime=message.mime,
        payload_digest=digest,
        filename="",
        offset=0,
        length=0,
        refers_to=original.record_id if original else None,
        refers_to_target_uri=original.target_uri if original else None,
        refers_to_date=parse_date(original.date) if original else None,
    )


def _request_record(exchange: Exchange, capture: Capture) -> Record:
    fields = (
        ("WARC-Target-URI", check_uri(exchange.target_uri)),
        concurrent_to(capture.record_id),
        *connection_fields(exchange),
    )
    content_type = "application/http; msgtype=request"
    return Record("request", new_record_id(), exchange.date, content_type, exchange.request, fields)


def _answer_record(
    exchange: Exchange, block: bytes, capture: Capture, original: Original | None
) -> Record:
    truncated = (("WARC-Truncated", exchange.truncated),) if exchange.truncated else ()
    fields = (
        ("WARC-Target-URI", exchange.target_uri),
        *connection_fields(exchange),
        *(revisit_fields(original) if original else truncated),
        ("WARC-Payload-Digest", capture.payload_digest),
    )
    content_type = "application/http; msgtype=response"
    return Record(
        capture.record_type, capture.record_id, exchange.date, content_type, block, fields
    )


def _metadata_record(origin: Origin, capture: Capture, *, crawl_id: str) -> Record:
    block = format_fields(origin_fields(origin, target_uri=capture.target_uri, crawl_id=crawl_id))
    fields = (("WARC-Target-URI", capture.target_uri), concurrent_to(capture.record_id))
    return Record("metadata", new_record_id(), capture.date, WARC_FIELDS_TYPE, block, fields)

"""Writes exchanges into WARC 1.1 files: whole, verifiable, each record its own gzip member.

A file is ``<prefix>-<14 digits>-<serial>-<host>.warc.gz``; while it is written, its name ends in
``.open``. What `WarcWriter.write_exchange` has returned from is with the operating system, and
survives the death of this process; what `WarcWriter.sync` has returned from survives a power cut.
"""

from __future__ import annotations

import platform
import re
from pathlib import Path
from types import TracebackType
from typing import Self

from archive.dates import utc_now
from archive.digests import digest_of
from archive.errors import WarcError
from archive.http_message import iter_payload, split_response, strip_interim
from archive.records import Capture, Exchange, Origin
from archive.urls import urlkey
from archive.warc_fields import (
    LOG_URN,
    WARC_FIELDS_TYPE,
    check_uri,
    connection_fields,
    format_fields,
    origin_fields,
)
from archive.warc_file import OPEN_SUFFIX, OpenWarcFile
from archive.warc_record import Record, WarcInfo, concurrent_to, new_record_id, warcinfo_block

COMPRESSION_LEVEL = 3
"""Of ISA-L. On blog pages 1.11 times the size of zlib's level 9, at a third of warcio's CPU time;
level 1 would save another sixth of the time, and be 1.14 times the size."""

_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
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
            max_size_bytes: a file that has reached it gets no further exchange.
            compression_level: of ISA-L, 0 (fast) to 3 (small).

        Raises:
            ValueError: the prefix cannot stand in a file name, or another value in a record.
        """
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"not usable in a file name: {prefix!r}")
        self._info = WarcInfo(software=software, robots=robots, operator=operator)
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

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def filename(self) -> str | None:
        """Name, without ``.open``, of the file that is being written; None between files."""
        return self._file.filename if self._file else None

    def write_exchange(self, exchange: Exchange, origin: Origin, *, crawl_id: str) -> Capture:
        """Write request, response and metadata record of one exchange, all or nothing.

        The response block is the answer as received, without interim answers (1xx).

        Args:
            exchange: what crossed the wire.
            origin: how it came about; read back by `archive.warc_reader`.
            crawl_id: the run that it belongs to.

        Returns:
            Where the response lies.

        Raises:
            WarcError: the target URI or another value cannot stand in a WARC header, or the file
                could not be written; then it is as it was before.
        """
        block = strip_interim(exchange.response)
        message = split_response(block)
        digest = digest_of(iter_payload(block, message))
        record_id = new_record_id()
        file = self._ready_file()
        try:
            records = _exchange_records(exchange, block, record_id=record_id, digest=digest)
            fields = origin_fields(origin, target_uri=exchange.target_uri, crawl_id=crawl_id)
            metadata = Record(
                "metadata", new_record_id(), exchange.date, WARC_FIELDS_TYPE, format_fields(fields),
                (("WARC-Target-URI", exchange.target_uri), concurrent_to(record_id)),
            )  # fmt: skip
            places = file.append((*records, metadata))
        except ValueError as error:
            raise WarcError(str(error), path=file.path) from error
        offset, length = places[1]
        return Capture(
            record_id=record_id,
            record_type="response",
            target_uri=exchange.target_uri,
            urlkey=urlkey(exchange.target_uri),
            date=exchange.date,
            status=message.status,
            mime=message.mime,
            payload_digest=digest,
            filename=file.filename,
            offset=offset,
            length=length,
        )

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
            WarcError: the disk refuses; the file keeps ``.open``, for `archive.recovery`.
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


def _exchange_records(
    exchange: Exchange, block: bytes, *, record_id: str, digest: str
) -> tuple[Record, Record]:
    uri = ("WARC-Target-URI", check_uri(exchange.target_uri))
    connection = tuple(connection_fields(exchange))
    truncated = (("WARC-Truncated", exchange.truncated),) if exchange.truncated else ()
    request = Record(
        "request", new_record_id(), exchange.date, "application/http; msgtype=request",
        exchange.request, (uri, concurrent_to(record_id), *connection),
    )  # fmt: skip
    response = Record(
        "response", record_id, exchange.date, "application/http; msgtype=response",
        block, (uri, *connection, *truncated, ("WARC-Payload-Digest", digest)),
    )  # fmt: skip
    return request, response

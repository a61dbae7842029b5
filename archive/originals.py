"""Finds the response that a revisit may stand for: whole, and there to be read."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from archive.catalogue import CaptureRow, CatalogueReader
from archive.digests import digest_of
from archive.errors import WarcError
from archive.http_message import iter_payload, split_response
from archive.warc.fields import Original, check_uri, parse_date
from archive.warc.file import find_warc_file
from archive.warc.reader import read_record

_MAX_CANDIDATES = 4  # of responses that turn out to be unusable, before the payload is written anew


class OriginalFinder:
    """Looks originals up in the catalogue, and believes none that it has not read.

    Args:
        warc_dir: where the WARC files are.
        catalogue: knows the captures, those of the running crawl included.
        crawl_id: only captures of this crawl count; None for all of the collection.
    """

    def __init__(
        self, warc_dir: Path, catalogue: CatalogueReader, *, crawl_id: str | None = None
    ) -> None:
        self._warc_dir = warc_dir
        self._catalogue = catalogue
        self._crawl_id = crawl_id

    def find(self, payload_digest: str, is_chunked: bool) -> Original | None:
        """Find a whole response with that payload, which came in chunks or not, as is said.

        Its record is read, and its payload digested: files may have been moved away, and a
        catalogue may be of another day. What a revisit leaves out is there at that moment.

        Replay tools put the head of a revisit before the body of its original as that is framed,
        so that the framing has to be the same.
        """
        captures = self._catalogue.iter_responses(payload_digest, crawl_id=self._crawl_id)
        originals = (self._read(capture, is_chunked) for capture in captures)
        return next(filter(None, islice(originals, _MAX_CANDIDATES)), None)

    def original_of(self, capture: CaptureRow) -> Original | None:
        """Find the response whose head and payload a capture has, for a revisit its original.

        That is what a server means that calls unmodified what it has sent. It is read as in `find`.

        Returns:
            None where nothing is there to refer to: the validators are not to be sent then.
        """
        is_revisit = capture.record_type == "revisit"
        original = self._catalogue.find_original(capture) if is_revisit else capture
        return self._read(original) if original else None

    def _read(self, capture: CaptureRow, is_chunked: bool | None = None) -> Original | None:
        """Return the original that a capture is; None where it cannot be one."""
        try:
            path = find_warc_file(self._warc_dir, capture.filename)
            record = read_record(path, capture.offset)
            date = record.get("WARC-Date") or ""
            parse_date(date)
            target_uri = check_uri(record.target_uri)
        except (WarcError, ValueError):
            return None
        message = split_response(record.block)
        is_usable = (
            record.record_type == "response"
            and record.record_id == capture.record_id
            and record.get("WARC-Truncated") is None
            and is_chunked in (None, message.is_chunked)
            and digest_of(iter_payload(record.block, message)) == capture.payload_digest
        )
        if not is_usable:
            return None
        return Original(
            record_id=record.record_id,
            target_uri=target_uri,
            date=date,
            payload_digest=capture.payload_digest,
        )

"""The HTTP message of a capture, read back from the WARC files; a revisit is put together again."""

from __future__ import annotations

from pathlib import Path

from archive.catalogue import CaptureRow, CatalogueReader
from archive.errors import CaptureNotFoundError
from archive.http_message import payload, with_payload
from archive.urls import urlkey
from archive.warc.captures import read_head
from archive.warc.file import find_warc_file
from archive.warc.reader import read_block

_NOT_MODIFIED = 304


class MessageReader:
    """Reads the answers that captures stand for.

    Args:
        warc_dir: where the WARC files are.
        catalogue: knows every capture of the collection.
    """

    def __init__(self, warc_dir: Path, catalogue: CatalogueReader) -> None:
        self._warc_dir = warc_dir
        self._catalogue = catalogue

    def read(self, capture_id: str) -> bytes:
        """Return the answer that a capture stands for, as an HTTP message.

        For a response these are the archived bytes. A revisit has a head of its own and the payload
        of its original; the two are joined into the message that the server sent, but for where it
        parted a body into chunks. Where the server said "not modified", or the writer left out the
        head, the original stands for all.

        Raises:
            CaptureNotFoundError: the catalogue has no such capture, or not its original.
            WarcError: a record cannot be read.
        """
        capture = self._catalogue.get_capture(capture_id)
        if capture.record_type != "revisit":
            return self._block(capture)
        head = b"" if capture.status == _NOT_MODIFIED else self._block(capture)
        original = self._block(self.original(capture))
        return with_payload(head, payload(original)) if head.strip() else original

    def read_sent(self, capture_id: str) -> bytes:
        """Return the answer that the server sent, as `read`, but the 304 where it sent that.

        Raises:
            CaptureNotFoundError, WarcError: as for `read`.
        """
        capture = self._catalogue.get_capture(capture_id)
        if capture.record_type == "revisit" and capture.status in (None, _NOT_MODIFIED):
            path = find_warc_file(self._warc_dir, capture.filename)
            if head := read_head(path, capture.offset):
                return head
        return self.read(capture_id)

    def original(self, revisit: CaptureRow) -> CaptureRow:
        """Return the response that a revisit stands for.

        It is looked for by its record id, else by its target URI and date, as writers state one or
        the other, else by the payload digest, of which all responses have the same payload.

        Raises:
            CaptureNotFoundError: the collection does not hold it.
        """
        found = self._catalogue.find_original(revisit)
        if found is None:
            raise CaptureNotFoundError(
                urlkey(revisit.refers_to_target_uri or revisit.target_uri), revisit.refers_to_date
            )
        return found

    def _block(self, capture: CaptureRow) -> bytes:
        return read_block(find_warc_file(self._warc_dir, capture.filename), capture.offset)

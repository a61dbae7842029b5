"""Brings the originals of revisits into a package that would not hold them otherwise.

A revisit has no payload: without the response that it stands for, it cannot be replayed. The
records of that response (it, its request, its metadata, the warcinfo record of its file) are copied
as they lie in their file, gzip members and all, into a WARC file that only the package has.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.errors import WarcError
from archive.records import Capture
from archive.wacz.selection import check_missing
from archive.warc.file import find_warc_file
from archive.warc.reader import StoredRecord, iter_records, read_record

_CHUNK_BYTES = 1 << 20


class NeededOriginals:
    """The responses that revisits of a package stand for, and that lie in none of its files.

    Args:
        collection: whose catalogue knows them.
        packed_names: of the WARC files that are in the package.
    """

    def __init__(self, collection: Collection, packed_names: frozenset[str]) -> None:
        self._collection = collection
        self._packed_names = packed_names
        self._catalogue = CatalogueReader(collection.catalogue_path)
        self._places: dict[str, set[int]] = {}  # offsets, by name of the file

    def close(self) -> None:
        """Let go of the files that it holds."""
        self._catalogue.close()

    def add(self, revisit: Capture) -> None:
        """Look up what a revisit stands for; `archive.wacz.revisits` counts those in vain."""
        original = self._catalogue.find_original(revisit)
        if original is not None and original.filename not in self._packed_names:
            self._places.setdefault(original.filename, set()).add(original.offset)

    def copy(self, target: Path) -> bool:
        """Copy the originals with all records of their exchanges; False where none is needed.

        Args:
            target: the file to write; it must not be there.

        Raises:
            CollectionError: a file that they are in is not there.
            WarcError: a record is not there, or cannot be read.
            OSError: the disk refuses.
        """
        if not self._places:
            return False
        check_missing(self._collection, filter(self._is_missing, self._places))
        with target.open("xb") as copy:
            for filename in sorted(self._places):
                path = find_warc_file(self._collection.warc_dir, filename)
                with path.open("rb") as source:
                    for record in _exchanges(path, sorted(self._places[filename])):
                        _copy_member(record, source, copy)
        return True

    def _is_missing(self, filename: str) -> bool:
        try:
            find_warc_file(self._collection.warc_dir, filename)
        except WarcError:
            return True
        return False


def _exchanges(path: Path, offsets: list[int]) -> Iterator[StoredRecord]:
    """Yield the warcinfo records of a file, and all records of the exchanges of some captures.

    Reading ends with the last of them. Writers put the records of an exchange side by side; some
    name the response in the request, and some the other way round.
    """
    wanted: set[str] = set()
    for offset in offsets:
        record = read_record(path, offset)
        wanted |= {record.record_id, _concurrent_to(record)} - {""}
    for record in iter_records(path):
        is_part = record.record_id in wanted or _concurrent_to(record) in wanted
        if is_part or record.record_type == "warcinfo":
            yield record
        elif record.offset > offsets[-1] and record.record_type in ("response", "revisit"):
            return


def _concurrent_to(record: StoredRecord) -> str:
    return (record.get("WARC-Concurrent-To") or "").removeprefix("<").removesuffix(">")


def _copy_member(record: StoredRecord, source: BinaryIO, copy: BinaryIO) -> None:
    source.seek(record.offset)
    bytes_left = record.length
    while bytes_left and (chunk := source.read(min(_CHUNK_BYTES, bytes_left))):
        copy.write(chunk)
        bytes_left -= len(chunk)

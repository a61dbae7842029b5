"""The index of a package: CDXJ lines in blocks, each a gzip member, and a line for each block.

The form is that of py-wacz: ``index.cdx.gz`` with 1,024 lines a block, ``index.idx`` with the first
key of each block, so that a replay program loads a block and not the whole. Beside the fields of
`archive.cdxj`, a line has the digest of its record as it lies in the file (``recordDigest``), by
which ReplayWeb.page verifies what it has loaded.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from archive.cdxj import OPEN_SUFFIX, cdxj_line, sort_index
from archive.records import Capture
from archive.wacz.layout import INDEXES
from archive.wacz.writer import PackedFile, WaczWriter

_COMPRESSED_NAME = "index.cdx.gz"
_BLOCK_LINES = 1024
_GZIP_WBITS = 31


class PackageIndex:
    """Collects the lines of an index on disk, then writes them, sorted, into a package.

    Args:
        directory: for the files that it needs meanwhile.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / "index.cdxj"
        self._unsorted = self._path.with_name(self._path.name + OPEN_SUFFIX).open("xb")

    def close(self) -> None:
        """Let go of the files that it holds."""
        self._unsorted.close()

    def add(self, capture: Capture, *, record_digest: str) -> None:
        """Add a capture.

        Args:
            capture: which is in the package under its `filename` and `offset`.
            record_digest: ``sha256:`` and the hexadecimal digest of the record's gzip member.
        """
        fields = cdxj_line(capture).removesuffix("}")
        self._unsorted.write(f'{fields}, "recordDigest": "{record_digest}"}}\n'.encode())

    def write(self, wacz: WaczWriter) -> None:
        """Write the two files of the index; nothing can be added after that."""
        self._unsorted.close()
        sort_index(self._path)
        head = json.dumps({"format": "cdxj-gzip-1.0", "filename": _COMPRESSED_NAME})
        blocks = [f"!meta 0 {head}\n"]
        size_bytes = 2 * self._path.stat().st_size  # compressed lines cannot be longer
        with wacz.file(INDEXES + _COMPRESSED_NAME, size_bytes=size_bytes) as packed:
            blocks += self._write_blocks(packed)
        index = "".join(blocks).encode()
        with wacz.file(f"{INDEXES}index.idx", size_bytes=len(index), deflate=True) as packed:
            packed.write(index)

    def _write_blocks(self, packed: PackedFile) -> Iterator[str]:
        """Write the sorted lines, block by block; yields what ``index.idx`` says of each."""
        with self._path.open("rb") as lines:
            while block := list(islice(lines, _BLOCK_LINES)):
                compressor = zlib.compressobj(wbits=_GZIP_WBITS)
                data = compressor.compress(b"".join(block)) + compressor.flush()
                place = {
                    "offset": packed.size_bytes,
                    "length": len(data),
                    "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
                }
                packed.write(data)
                key, timestamp, _ = block[0].decode().split(" ", 2)
                yield f"{key} {timestamp} {json.dumps(place)}\n"

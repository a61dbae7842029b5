"""A pipeline that asks, for each item of a crawl, what a power cut at that moment would leave.

Put behind the project's own, it keeps beside the real files what fsync has brought to the disk:
bytes of files, names of directories. Nothing else counts as being there.
"""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from archive.digests import payload_digest
from archive.http_message import payload
from archive.records import Article
from archive.warc.reader import read_block

_fsync = os.fsync
_lock = threading.Lock()
_contents: dict[int, bytes] = {}  # by inode
_names: dict[str, int] = {}  # path -> inode


def _spying_fsync(fd: Any) -> None:
    _fsync(fd)
    status = os.fstat(fd)
    path = f"/proc/self/fd/{fd}"
    with _lock:
        if stat.S_ISDIR(status.st_mode):
            directory = Path(path).resolve()
            _names.update({str(directory / e.name): e.inode() for e in os.scandir(directory)})
        else:
            _contents[status.st_ino] = Path(path).read_bytes()


class PowerCut:
    """Writes, for each item, a line ``<url> <whether its bytes would be there>``."""

    def __init__(self) -> None:
        os.fsync = _spying_fsync

    def process_item(self, item: Article) -> Article:
        """Look for the item's capture among what is on the disk itself."""
        log = Path(os.environ["POWER_CUT_LOG"])
        with log.open("a", encoding="utf-8") as lines:
            lines.write(f"{item.url} {_would_be_left(item)}\n")
        return item


def _would_be_left(item: Article) -> bool:
    with _lock, TemporaryDirectory() as place:
        for path, inode in _names.items():
            if Path(path).name == f"{item.warc_file}.open" and inode in _contents:
                left = Path(place) / "left.warc.gz"
                left.write_bytes(_contents[inode])
                return payload_digest(payload(read_block(left, item.warc_offset))) == (
                    item.payload_digest
                )
    return False

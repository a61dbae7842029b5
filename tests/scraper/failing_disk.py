"""A part that lets no fsync of a WARC file succeed, for a test to put into a crawl."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

_fsync = os.fsync


def _failing_fsync(fd: Any) -> None:
    if Path(f"/proc/self/fd/{fd}").readlink().name.endswith(".warc.gz.open"):
        raise OSError(errno.EIO, "Input/output error")
    _fsync(fd)


class FailingDisk:
    """A pipeline that does nothing; that a crawl makes one is enough."""

    def __init__(self) -> None:
        os.fsync = _failing_fsync

"""Directories that outlast a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def sync_directory(directory: Path) -> None:
    """Return when the names in a directory are on the disk itself.

    fsync of a file brings its bytes there, and not its name: that is the directory's.

    Raises:
        OSError: the directory cannot be opened, or the disk refuses.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

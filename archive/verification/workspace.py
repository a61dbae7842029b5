"""The directory for temporary files of one run, gone when the run is over."""

from __future__ import annotations

import errno
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.errors import ArchiveError

_PREFIX = "archive-verify-"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def is_full(error: OSError) -> bool:
    """Tell whether a disk has no room left: nothing that is only read can say so."""
    return error.errno in _FULL


@contextmanager
def workspace() -> Iterator[Path]:
    """Make the directory; what is written in it and cannot be becomes one error that names it.

    Raises:
        ArchiveError: there is no such directory, or it is full.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=_PREFIX) as work:
            yield Path(work)
    except sqlite3.Error as error:  # of the ledger; the catalogue has errors of its own
        raise ArchiveError(_complaint(str(error))) from error
    except OSError as error:
        if is_full(error):
            raise ArchiveError(_complaint(error.strerror or str(error))) from error
        raise


def _complaint(reason: str) -> str:
    return (
        f"{tempfile.gettempdir()}: {reason}: temporary files of the verification lie there;"
        " make room, or name another directory in TMPDIR"
    )

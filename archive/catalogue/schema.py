"""How the file of the catalogue is opened and judged, and its tables are made."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from archive.catalogue.tables import SCHEMA_VERSION, TABLES
from archive.errors import CatalogueError

_BUSY_TIMEOUT_S = 30.0


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open the catalogue, making its tables in a new file.

    A file without tables beside no WARC record is what a first crawl leaves that finds the disk
    full: read only, it is a catalogue without crawls.

    The connection may move between threads, one at a time: a crawl opens it in one and writes
    from another.

    Raises:
        CatalogueError: it is missing (when only read), damaged, of another version, or no SQLite.
    """
    if read_only and not path.is_file():
        raise CatalogueError(f"{path} is missing: `archive rebuild {path.parent}` makes it anew")
    with translated_errors(path), ExitStack() as on_error:
        connection = _open(_uri(path, read_only=read_only))
        on_error.callback(connection.close)
        if read_only and _is_blank(connection) and not _has_records(path.parent):
            connection = _open("file::memory:")  # what a catalogue without crawls would say
            on_error.callback(connection.close)
            _make_tables(connection)
        _prepare(connection, path, read_only=read_only)
        on_error.pop_all()
    return connection


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into `CatalogueError`, in words that say what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:  # locked, disk full, no permission: not damaged
        if "malformed" not in str(error):
            raise CatalogueError(f"{path}: {error}") from error
        raise damaged(path, str(error)) from error
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError):  # a mistake of ours
        raise
    except sqlite3.DatabaseError as error:
        raise damaged(path, str(error)) from error


def damaged(path: Path, message: str) -> CatalogueError:
    """Make the error that says that the file cannot be trusted, and what to do."""
    advice = f"`archive rebuild {path.parent}` makes it anew from the WARC files"
    return CatalogueError(f"{path} is damaged ({message}): {advice}")


def _of_other_release(path: Path, version: int) -> CatalogueError:
    """Make the error for a whole catalogue that this release does not read."""
    if version > SCHEMA_VERSION:
        advice = "use that release here too"
        return CatalogueError(f"{path} was written by a newer release: {advice}")
    advice = f"`archive rebuild {path.parent}` makes it anew from the WARC files"
    return CatalogueError(f"{path} was written by an older release: {advice}")


def _uri(path: Path, *, read_only: bool) -> str:
    address = "file:" + quote(os.fspath(path.absolute()))
    if not read_only:
        return address
    # A reader that may write shares the log of a running crawl, and clears it away at the end. On a
    # medium that cannot be written, the file is opened as one that does not change.
    if os.access(path.parent, os.W_OK) and os.access(path, os.W_OK):
        return f"{address}?mode=rw"
    return f"{address}?mode=ro&immutable=1"


def _open(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        address, uri=True, timeout=_BUSY_TIMEOUT_S, check_same_thread=False, isolation_level=None
    )
    connection.row_factory = sqlite3.Row
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    if not read_only and _is_blank(connection):
        connection.execute("PRAGMA journal_mode = WAL")
        _make_tables(connection)
    version = _version(connection)
    if version != SCHEMA_VERSION:
        raise _of_other_release(path, version)
    connection.execute(f"PRAGMA query_only = {int(read_only)}")
    # Derived data: a power cut may cost the last batch, and never the file (SQLite, "WAL").
    connection.execute("PRAGMA synchronous = NORMAL")


def _is_blank(connection: sqlite3.Connection) -> bool:
    """Tell whether a file is new, or left so by a process that had no room for the tables."""
    has_tables = connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
    return not has_tables and _version(connection) == 0


def _has_records(collection: Path) -> bool:
    """Tell whether WARC files hold anything: then a catalogue that says nothing has lost it."""
    for file in (collection / "archive").glob("*.warc.gz*"):
        with suppress(FileNotFoundError):  # another process has sealed or removed it
            if file.stat().st_size:
                return True
    return False


def _make_tables(connection: sqlite3.Connection) -> None:
    connection.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])

"""A collection: the directory that holds one archive, and where each thing lies in it.

A collection is laid out as a pywb collection (``archive/``, ``indexes/``), so that pywb replays it
as it stands. `docs/reference/files.md` lists every file.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archive.directories import sync_directory
from archive.errors import CollectionError

if TYPE_CHECKING:
    from archive.collection_settings import CollectionSettings

COLLECTIONS = Path("collections")  # bare names lie in here, below the working directory
_SETTINGS = "collection.toml"
_CATALOGUE = "catalogue.sqlite"
_WARC_DIR = "archive"
_LOCK = ".lock"


class Collection:
    """One collection on disk.

    Attributes:
        path: the directory.
        name: its last component.
        settings: what ``collection.toml`` says.
    """

    def __init__(self, path: Path, settings: CollectionSettings) -> None:
        self.path = path
        self.name = path.resolve().name
        self.settings = settings
        self.settings_path = path / _SETTINGS
        self.warc_dir = path / _WARC_DIR
        self.index_path = path / "indexes" / "index.cdxj"
        self.articles_dir = path / "articles"
        self.catalogue_path = path / _CATALOGUE
        self.reports_dir = path / "reports"
        self.logs_dir = path / "logs"  # of scheduled crawls; made with the first one

    @classmethod
    def open(cls, name_or_path: str | Path) -> Collection:
        """Open a collection that exists.

        Args:
            name_or_path: a bare name means ``collections/<name>``; anything with a path separator
                in it (``./blog``) is the path itself.

        Raises:
            CollectionError: it is not there, or its ``collection.toml`` cannot be followed.
        """
        path = collection_path(name_or_path)
        try:
            if not path.is_dir():
                raise CollectionError(f"there is no collection at {path}")
            if not (path / _SETTINGS).is_file():
                raise CollectionError(cls._say_missing(path))
        except OSError as error:
            raise CollectionError(f"cannot read {path}: {error.strerror}") from error
        return cls(path, _read_settings(path / _SETTINGS))

    @classmethod
    def create(
        cls, name_or_path: str | Path, *, seeds: Sequence[str] = (), toml: str | None = None
    ) -> Collection:
        """Make a collection, or open it where it exists already.

        ``collection.toml`` belongs to its reader once it is written: an existing one stays as it
        is, and `seeds` and `toml` are then passed over.

        Args:
            name_or_path: as for `open`.
            seeds: the addresses of the blog.
            toml: the text of ``collection.toml``, in place of a draft that names the seeds.

        Raises:
            CollectionError: the directory cannot be made, or holds something else, or what is to
                stand in ``collection.toml`` cannot be followed.
        """
        path = collection_path(name_or_path)
        new: list[Path] = []
        try:
            new = [directory for directory in (path, *path.parents) if not directory.exists()]
            path.mkdir(parents=True, exist_ok=True)
            if not (path / _SETTINGS).exists():
                if cls.has_lost_settings(path):
                    raise CollectionError(cls._say_missing(path))
                if any(path.iterdir()):
                    raise CollectionError(
                        f"{path} holds other files and is no collection: choose another place"
                    )
                _write_settings(path / _SETTINGS, toml or _draft(seeds))
            collection = cls(path, _read_settings(path / _SETTINGS))
            for directory in collection.directories:
                directory.mkdir(exist_ok=True)
            for directory in (path, *(directory.parent for directory in new)):
                sync_directory(directory)  # else a power cut may take all that comes to lie here
        except (OSError, CollectionError) as error:
            with contextlib.suppress(OSError):  # what is not empty stays
                for directory in new:
                    directory.rmdir()
            if isinstance(error, CollectionError):
                raise
            raise CollectionError(f"cannot make the collection {path}: {error.strerror}") from error
        return collection

    @staticmethod
    def exists(name_or_path: str | Path) -> bool:
        """Tell whether there is a collection of that name; whether it can be opened is not said.

        Raises:
            CollectionError: it is no name and no path.
        """
        try:
            return (collection_path(name_or_path) / _SETTINGS).is_file()
        except OSError:  # a name that is too long, a directory that may not be read
            return False

    @staticmethod
    def has_lost_settings(path: Path) -> bool:
        """Tell whether a directory holds an archive and its catalogue, but no settings."""
        try:
            return (
                (path / _CATALOGUE).is_file()
                and (path / _WARC_DIR).is_dir()
                and not (path / _SETTINGS).exists()
            )
        except OSError:  # a directory that may not be read
            return False

    @classmethod
    def _say_missing(cls, path: Path) -> str:
        """Say of a directory without settings what it is, as far as it can be read."""
        if cls.has_lost_settings(path):
            return (
                f"{path} has lost its {_SETTINGS}: write one that names the blog again, such as"
                ' seeds = ["https://example.org/blog/"]'
            )
        with os.scandir(path):  # else nobody knows what lies in it
            return f"{path} is not a collection: it has no {_SETTINGS}"

    @property
    def seeds(self) -> tuple[str, ...]:
        """The addresses that ``collection.toml`` names."""
        return self.settings.seeds

    @property
    def address(self) -> str:
        """What `open` and every command take for this collection: its name where that is enough."""
        if self.path == COLLECTIONS / self.name:
            return self.name
        written = str(self.path)
        return written if os.sep in written else f".{os.sep}{written}"

    @property
    def directories(self) -> tuple[Path, ...]:
        """The directories of a collection, in the order in which they are made."""
        return (self.warc_dir, self.index_path.parent, self.articles_dir, self.reports_dir)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the collection for writing; the lock goes when its holder does, however it ends.

        Raises:
            CollectionError: another process (or another part of this one) holds it.
        """
        try:
            descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise CollectionError(f"cannot lock {self.path}: {error.strerror}") from error
        try:
            self._take(descriptor)
            yield
        finally:
            os.close(descriptor)  # and with it goes the lock

    def is_locked(self) -> bool:
        """Tell whether somebody is writing.

        To look takes a shared lock for an instant, in which no writer can begin.
        """
        try:
            descriptor = os.open(self.path / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:  # never written to; what else is wrong is for the writer to say
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def _take(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
            by = f"process {holder}" if holder.isdigit() else "another process"
            raise CollectionError(
                f"{self.path} is being written by {by}: wait until it is done"
            ) from None
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:  # the disk is full
            message = f"cannot lock {self.path}: {error.strerror}: make room, and do it again"
            raise CollectionError(message) from error


def collection_path(name_or_path: str | Path) -> Path:
    """Return where a collection of that name is, or would be.

    Raises:
        CollectionError: it is no name and no path.
    """
    given = os.fspath(name_or_path)
    if not given.strip() or "\0" in given:
        raise CollectionError("a collection needs a name or a path")
    if isinstance(name_or_path, Path) or os.sep in given:
        return Path(given).expanduser()
    if given in (".", ".."):
        raise CollectionError(f"{given!r} is no name of a collection: write {given}/ for the path")
    return COLLECTIONS / given


def _read_settings(path: Path) -> CollectionSettings:
    # Imported here: what checks the file takes as long as all the rest of a short command.
    from archive.collection_settings import read_settings

    return read_settings(path)


def _draft(seeds: Sequence[str]) -> str:
    from archive.collection_settings import draft_settings

    return draft_settings({"seeds": list(seeds), "cadence": "auto"})


def _write_settings(path: Path, toml: str) -> None:
    from archive.collection_settings import parse_settings

    parse_settings(toml, path)
    temporary = path.with_suffix(".toml.new")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(toml)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:  # the disk is full; with this in it, the directory would be refused next time
        temporary.unlink(missing_ok=True)
        raise

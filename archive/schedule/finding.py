"""Finding the collections below a directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archive.collection import Collection
from archive.errors import CollectionError

_MAX_DEPTH = 4  # of folders that sort collections; links may lead in a circle


def find_collections(root: Path) -> list[Path]:
    """List the collections below a directory, or that directory itself, sorted by path.

    One that lost its ``collection.toml`` is listed too, so that somebody notices: it cannot be
    opened.

    Links are followed, so that one collection may lie on another disk. What lies in a collection,
    or in a directory whose name begins with a dot, is not looked at.

    Raises:
        CollectionError: there is no such directory, or it cannot be read.
    """
    if not root.is_dir():
        raise CollectionError(f"there is no directory {root}: name one with --root DIR")
    try:
        found = {path.resolve(): path for path in _iter_collections(root, _MAX_DEPTH)}
    except OSError as error:
        raise CollectionError(f"cannot read {error.filename}: {error.strerror}") from error
    return sorted(found.values())


def _iter_collections(directory: Path, depth: int) -> Iterator[Path]:
    if Collection.exists(directory) or Collection.has_lost_settings(directory):
        yield directory
    elif depth:
        for path in directory.iterdir():
            if not path.name.startswith(".") and path.is_dir():
                yield from _iter_collections(path, depth - 1)

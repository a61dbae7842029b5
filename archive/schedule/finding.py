"""Finding the collections below a directory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from archive.collection import Collection
from archive.errors import CollectionError

_MAX_DEPTH = 4  # of folders that sort collections; links may lead in a circle
_OF_THE_FILE_SYSTEM = "lost+found"  # on every new disk, and for root alone to read


def find_collections(root: Path) -> list[Path]:
    """List the collections below a directory, or that directory itself, sorted by path.

    One that lost its ``collection.toml`` is listed too, and so is a directory that cannot be read,
    since a collection may be in it: somebody is to notice, for neither can be opened.

    Links are followed, so that one collection may lie on another disk; one that several paths lead
    to is listed once, by the shortest. What lies in a collection, in a directory whose name begins
    with a dot, or in ``lost+found``, is not looked at.

    Raises:
        CollectionError: there is no such directory, or it cannot be read.
    """
    try:
        with os.scandir(root):
            pass
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CollectionError(f"there is no directory {root}: name one with --root DIR") from error
    except OSError as error:
        raise CollectionError(f"cannot read {root}: {error.strerror}") from error
    paths = sorted(_iter_collections(root, _MAX_DEPTH), key=_length, reverse=True)
    return sorted({path.resolve(): path for path in paths}.values())


def name_below(root: Path, path: Path) -> str:
    """Name a collection by its path below a root, which tells it from all others there.

    One that lies elsewhere is named by its whole path; the root itself, by its own name.

    >>> name_below(Path("/srv"), Path("/srv/ada/blog")), name_below(Path("/srv"), Path("/srv"))
    ('ada/blog', 'srv')
    """
    if path == root:
        return path.resolve().name
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def _length(path: Path) -> tuple[int, Path]:
    return len(path.parts), path


def _iter_collections(directory: Path, depth: int) -> Iterator[Path]:
    if Collection.exists(directory) or Collection.has_lost_settings(directory):
        yield directory
        return
    try:
        folders = [path for path in directory.iterdir() if _may_hold_collections(path)]
    except OSError:
        yield directory
        return
    if depth:
        for path in folders:
            yield from _iter_collections(path, depth - 1)


def _may_hold_collections(path: Path) -> bool:
    if path.name.startswith(".") or path.name == _OF_THE_FILE_SYSTEM:
        return False
    try:
        return path.is_dir()
    except OSError:  # a link to where nobody may look: this one cannot be read, the others can
        return True

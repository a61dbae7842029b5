"""The collection that an import goes into: one that is there, or a new one that gets something."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archive.collection import Collection, collection_path


@contextmanager
def destination(name_or_path: str) -> Iterator[Collection]:
    """Open a collection, or make it, and hold it for writing.

    A collection that was made here is taken away again if there is no file in its ``archive/`` at
    the end, however that comes: a name that was mistyped leaves nothing behind.

    Args:
        name_or_path: as `Collection.create` takes it.

    Raises:
        CollectionError: it cannot be made, or another process holds it.
    """
    path = collection_path(name_or_path)
    is_new = not path.is_dir() or not any(path.iterdir())
    missing = [directory for directory in (path, *path.parents) if not directory.exists()]
    collection = Collection.create(path)
    with collection.lock():
        try:
            yield collection
        finally:
            if is_new and not any(collection.warc_dir.iterdir()):
                _remove(collection, missing)


def _remove(collection: Collection, made: list[Path]) -> None:
    """Remove what is in a collection, and the directories that were made for it."""
    for path in collection.path.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    with suppress(OSError):  # something else lies in it meanwhile
        for directory in made:
            directory.rmdir()

"""One run at a time: of a directory of collections, or of one machine's part of it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.errors import CollectionError
from scraper.sharding import Shard

_LOCK = ".crawl_due"  # below the root; a name with a dot is no collection


@contextmanager
def hold_run(root: Path, shard: Shard | None = None) -> Iterator[bool]:
    """Hold the one run of a root, and give whether that worked: False while another holds it.

    It is held by a lock on an empty file, which goes with the process, however that ends. Crawls do
    not inherit it: where a run was killed and its crawls go on, the next one may begin.

    Args:
        root: where the collections lie.
        shard: the part of them that is to be crawled; runs of two parts do not meet.

    Raises:
        CollectionError: the file cannot be made.
    """
    part = f"-{shard.number}-of-{shard.count}" if shard else ""
    path = root / f"{_LOCK}{part}"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise CollectionError(f"cannot make {path}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)

"""Makes all that is derived from the WARC files anew: index, articles, catalogue.

What a killed crawl left is put in order first, so that all that the catalogue knows of it lies in
WARC files. All of these are taken into an empty collection (`archive.taking_in`) in a directory of
its own, which is put in place at the end, so that a rebuild that fails or is stopped leaves
everything as it was.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.crawl_logs import write_logs_of_killed
from archive.errors import ArchiveError, CatalogueError, CollectionError, WarcError
from archive.inventory import KILLED
from archive.leftovers import settle_leftovers
from archive.missing import describe_missing, find_missing
from archive.taking_in import WORK_PREFIX, take_in
from archive.warc.file import OPEN_SUFFIX
from archive.warc.recovery import repair


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild has made."""

    warc_count: int
    capture_count: int
    article_count: int
    failure_count: int
    warnings: tuple[str, ...]  # what was passed over, a line each


def rebuild(
    collection: Collection,
    *,
    processes: int,
    skip_damaged: bool = False,
    forget_missing: bool = False,
) -> Rebuilt:
    """Make index, articles and catalogue of a collection anew; the caller holds its lock.

    What a crawl decided knowing the whole site (which address of a post counts, what lies outside
    the period asked for) is taken from its logs; what a page says is extracted again.

    Args:
        collection: whose WARC files are read.
        processes: that extract.
        skip_damaged: take what can be read of a damaged WARC file; each loss is a warning.
        forget_missing: drop what was made from WARC files that are no longer there.

    Raises:
        CollectionError: WARC files are missing; nothing was changed.
        WarcError: a WARC file is damaged; nothing was changed.
        OSError: the disk is full or refuses.
    """
    missing = find_missing(collection)
    if missing and not forget_missing:
        raise CollectionError(_complaint(collection, missing))
    for leftover in collection.path.glob(f"{WORK_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    warnings = _settle_killed(collection, processes)
    with tempfile.TemporaryDirectory(prefix=WORK_PREFIX, dir=collection.path) as work:
        target = Collection.create(Path(work) / "collection")
        warnings += [f"{name} is missing and forgotten" for name in missing]
        paths = _warc_files(collection, warnings, skip_damaged=skip_damaged)
        taken = take_in(
            paths,
            target,
            processes=processes,
            warc_dir=collection.warc_dir,
            skip_damaged=skip_damaged,
        )
        _log_killed(target, taken.unlogged, collection.warc_dir)
        _put_in_place(target, collection)
    return Rebuilt(
        warc_count=len(paths),
        capture_count=taken.capture_count,
        article_count=taken.article_count,
        failure_count=taken.failure_count,
        warnings=(*warnings, *taken.warnings),
    )


def _complaint(collection: Collection, missing: list[str]) -> str:
    return (
        f"{describe_missing(collection, missing)} Nothing was changed: put them back, or give up"
        " what was made from them with --forget-missing"
    )


def _settle_killed(collection: Collection, processes: int) -> list[str]:
    """Bring into WARC files what only the catalogue knows of crawls that were killed.

    Without it the next crawl would not know what it takes up. Returns what was done, a line each.
    """
    said: list[str] = []
    if _knows_of_killed(collection):
        try:
            settle_leftovers(collection, processes=processes, say=said.append)
        except ArchiveError as error:  # it may be what the rebuild is for
            said.append(f"{error}; what only the catalogue knew of a killed crawl is not kept")
    return said


def _knows_of_killed(collection: Collection) -> bool:
    try:
        with CatalogueReader(collection.catalogue_path) as catalogue:
            return bool(catalogue.unfinished_crawls())
    except CatalogueError:  # it is missing or damaged: what it knew is lost
        return False


def _warc_files(collection: Collection, warnings: list[str], *, skip_damaged: bool) -> list[Path]:
    """List the WARC files in name order; one that a killed writer left open is sealed first.

    One that cannot be sealed stays open, and is read as it is if damage is skipped.
    """
    left_open: list[Path] = []
    for path in sorted(collection.warc_dir.glob(f"*.warc.gz{OPEN_SUFFIX}")):
        try:
            report = repair(path)
        except WarcError as error:
            if not skip_damaged:
                raise
            warnings.append(str(error))
            left_open.append(path)
        else:
            warnings.append(str(report))
    return sorted([*collection.warc_dir.glob("*.warc.gz"), *left_open])


def _log_killed(made: Collection, unlogged: Iterable[str], warc_dir: Path) -> None:
    """Write the logs of crawls of which the WARC files tell only that they began.

    They are what `archive repair` writes where the catalogue is still there.
    """
    with CatalogueReader(made.catalogue_path) as catalogue:
        for crawl_id in sorted(unlogged):
            crawl = catalogue.find_crawl(crawl_id)
            if crawl and crawl.reason == KILLED:
                write_logs_of_killed(crawl, catalogue, warc_dir)


def _put_in_place(made: Collection, collection: Collection) -> None:
    """Replace the files of a collection by new ones: each by a rename, the catalogue last."""
    for directory in collection.directories:
        directory.mkdir(exist_ok=True)
    names = {path.name for path in made.articles_dir.iterdir()}
    for name in sorted(names):
        (made.articles_dir / name).replace(collection.articles_dir / name)
    for path in collection.articles_dir.iterdir():
        if path.name not in names and path.is_file():
            path.unlink()
    tail = collection.index_path.with_name(f"{collection.index_path.name}{OPEN_SUFFIX}")
    tail.unlink(missing_ok=True)
    if made.index_path.exists():
        made.index_path.replace(collection.index_path)
    else:  # no capture, no index
        collection.index_path.unlink(missing_ok=True)
    for suffix in ("-wal", "-shm"):  # of a killed writer: they would be taken for the new file's
        Path(f"{collection.catalogue_path}{suffix}").unlink(missing_ok=True)
    made.catalogue_path.replace(collection.catalogue_path)

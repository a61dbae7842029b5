"""Merges collections: their WARC files side by side, and all that is derived from them made anew.

The sources stay as they are, and are held while they are read. The new collection is made under
another name and renamed when it is whole, so that a merge that fails or is stopped leaves nothing.
"""

from __future__ import annotations

import errno
import shlex
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.collection_settings import CollectionSettings
from archive.directories import sync_directory
from archive.errors import CollectionError, WarcError
from archive.merging.gathering import Gathering, link_or_copy
from archive.merging.united_settings import unite_settings
from archive.missing import describe_missing, find_missing
from archive.taking_in import take_in
from archive.warc.file import OPEN_SUFFIX, WARC_SUFFIX

_WORK_SUFFIX = ".merging"
_REPORT_SUFFIXES = (".html", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What a merge has made."""

    warc_count: int
    capture_count: int
    article_count: int
    failure_count: int
    warnings: tuple[str, ...]  # what a reader may wonder about, a line each


def merge(
    sources: Sequence[Collection],
    target: Path,
    *,
    processes: int,
    skip_damaged: bool = False,
    advance: Callable[[int], None] = lambda _: None,
) -> Merged:
    """Make a new collection of all that is in others.

    Every capture of every source is in it, also where several have one URL, and every log of a
    crawl. A file that several of them hold counts once; of files that differ and have one name, the
    later one gets a new name.

    Args:
        sources: what is merged, the one whose settings count first.
        target: the directory of the new collection: free, or empty.
        processes: that extract.
        skip_damaged: take what can be read of a damaged WARC file; each loss is a warning.
        advance: is told how much was laid side by side, in bytes.

    Raises:
        CollectionError: a source is being written, was left open, is damaged or lacks files; the
            target is not free; nothing was made.
        OSError: the disk is full or refuses; nothing was made.
    """
    sources = list({source.path.resolve(): source for source in sources}.values())
    _require_free(target, sources)
    with ExitStack() as held:
        for source in sources:
            held.enter_context(source.lock())
            _require_whole(source)
        work = held.enter_context(_workplace(target))
        united = unite_settings(sources)
        made = Collection.create(work / target.name, toml=united.toml)
        gathering = Gathering(made.warc_dir, advance)
        for source in sources:
            gathering.take(source)
            _copy_reports(source, made)
        merged = _take_in(gathering, made, processes, skip_damaged=skip_damaged)
        _put_in_place(made.path, target)
    return replace(merged, warnings=(*united.warnings, *merged.warnings))


def _require_free(target: Path, sources: Sequence[Collection]) -> None:
    """See that a collection can be made at a place, and that it is made outside of the others."""
    is_unnamed = target.name in ("", "..")  # which are there, and cannot be renamed to
    if is_unnamed or target.is_symlink() or (target.exists() and not _is_empty_directory(target)):
        raise CollectionError(
            f"{target} is there already: name a place that is free; what is merged stays as it is"
        )
    around = {target.resolve(), *target.resolve().parents}
    for source in sources:
        if source.path.resolve() in around:
            raise CollectionError(f"{target} lies in {source.path}, which is to be merged")


def _is_empty_directory(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _require_whole(source: Collection) -> None:
    """See that all of a collection is in its WARC files, and that none of these is missing."""
    is_open = any(source.warc_dir.glob(f"*{WARC_SUFFIX}{OPEN_SUFFIX}"))
    if source.catalogue_path.exists():
        with CatalogueReader(source.catalogue_path) as catalogue:
            is_open = is_open or bool(catalogue.unfinished_crawls())
    address = shlex.quote(source.address)
    if is_open:
        raise CollectionError(
            f"{source.path} was left open by what did not end: run `archive repair {address}`, and"
            " merge again"
        )
    if missing := find_missing(source):
        raise CollectionError(
            f"{describe_missing(source, missing)} Put them back, or give up what was made from them"
            f" with `archive rebuild --forget-missing {address}`, and merge again"
        )


@contextmanager
def _workplace(target: Path) -> Iterator[Path]:
    """Make a directory beside the target, and take it away at the end with all that is in it.

    One that a killed merge left behind is cleared.
    """
    work = target.with_name(f".{target.name}{_WORK_SUFFIX}")
    new = [directory for directory in work.parents if not directory.exists()]
    work.mkdir(parents=True, exist_ok=True)
    with Collection(work, CollectionSettings()).lock():
        for leftover in work.iterdir():
            if leftover.is_dir():
                shutil.rmtree(leftover)
        try:
            yield work
        finally:
            shutil.rmtree(work)
            with suppress(OSError):  # the target lies in them, if all went well
                for directory in new:
                    directory.rmdir()


def _take_in(
    gathering: Gathering, made: Collection, processes: int, *, skip_damaged: bool
) -> Merged:
    paths = [made.warc_dir / name for name in sorted(gathering.origins)]
    try:
        taken = take_in(paths, made, processes=processes, skip_damaged=skip_damaged)
    except WarcError as error:  # say it of the file that the reader knows
        origin = gathering.origins.get(error.path.name, error.path)
        reason = str(error).replace(str(error.path), str(origin))
        raise CollectionError(f"{reason}: --skip-damaged takes what can be read") from error
    return Merged(
        warc_count=len(paths),
        capture_count=taken.capture_count,
        article_count=taken.article_count,
        failure_count=taken.failure_count,
        warnings=(*gathering.warnings, *taken.warnings),
    )


def _copy_reports(source: Collection, made: Collection) -> None:
    """Keep the reports of the crawls; they are of the days on which they were written."""
    for path in sorted(source.reports_dir.glob("*")):
        target = made.reports_dir / path.name
        if path.suffix in _REPORT_SUFFIXES and not target.exists():
            link_or_copy(path, target)


def _put_in_place(made: Path, target: Path) -> None:
    for directory in (made, *(path for path in made.iterdir() if path.is_dir())):
        sync_directory(directory)
    try:
        made.rename(target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise
        raise CollectionError(f"{target} was made by another program meanwhile") from error
    sync_directory(target.parent)

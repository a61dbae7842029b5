"""Puts in order what was left by a crawl, an import or a rebuild that was killed.

What was written whole is kept. WARC files that were left open are sealed, and all files of a crawl
that did not end are taken in again (`archive.page_filing`): captures that index or catalogue lack
are entered, pages that nobody read are read, and the article files are sealed. Whatever stops this
is settled the next time, because a crawl counts as running until all of it is done.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from archive.articles.store import ArticleStore
from archive.catalogue import Catalogue, CatalogueReader, account, capture_totals
from archive.cdxj import CdxjIndex, forget_files
from archive.collection import Collection
from archive.crawl_logs import write_logs_of_killed
from archive.errors import WarcError
from archive.inventory import KILLED, UNKNOWN_SPIDER
from archive.page_filing import WORK_PREFIX, TakenIn, take_in
from archive.records import Crawl
from archive.reports.crawl_report import build_report, format_size, write_report
from archive.warc.captures import iter_stored_captures
from archive.warc.file import OPEN_SUFFIX, sealed_path
from archive.warc.gzip_members import Loss
from archive.warc.recovery import MENDED_SUFFIX, repair


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leftovers:
    """What was found that is not as a writer leaves it that has ended."""

    half_made: list[Path]  # derived files and working directories, to be made anew
    left_open: list[Path]  # WARC files
    unlisted: list[Path]  # WARC files that the catalogue does not know
    crawls: list[Crawl]  # that neither ended nor were settled
    has_lines: bool  # index lines or articles that are not in their files yet

    def __bool__(self) -> bool:
        return bool(
            self.half_made or self.left_open or self.unlisted or self.crawls or self.has_lines
        )


def settle_leftovers(collection: Collection, *, processes: int, say: Callable[[str], None]) -> bool:
    """Put the files of killed processes in order; the caller holds the collection's lock.

    Where nothing was left, this takes no longer than to list the directories and to ask the
    catalogue. Files that are damaged, or that nobody can read, cost what they hold and no more.

    Args:
        collection: that is about to be written.
        processes: that extract the pages nobody has read; 0 leaves them unread.
        say: called with each line of what was found and done, before anything that takes long.

    Returns:
        Whether anything was to be done.

    Raises:
        ArchiveError: a file of the collection cannot be used.
        OSError: the disk is full or refuses.
    """
    found = _find(collection)
    if not found:
        return False
    _remove(found.half_made, say)
    paths = _files_to_take(collection, found)
    if paths:
        size = format_size(sum(path.stat().st_size for path in paths))
        files = _counted(len(paths), "WARC file")
        say(f"{collection.path} was left unfinished: {files} ({size}) to be read and put in order")
    paths = list(_repaired(paths, say))
    forget_files(collection.index_path, {path.name for path in paths})
    taken = take_in(paths, collection, processes=processes, skip_damaged=True)
    CdxjIndex(collection.index_path).close()
    for line in _account(collection, found, taken):
        say(line)
    return True


def _find(collection: Collection) -> _Leftovers:
    left_open = sorted(collection.warc_dir.glob(f"*.warc.gz{OPEN_SUFFIX}"))
    sealed = sorted(collection.warc_dir.glob("*.warc.gz"))
    tail = collection.index_path.with_name(f"{collection.index_path.name}{OPEN_SUFFIX}")
    crawls: list[Crawl] = []
    unlisted = sealed
    if collection.catalogue_path.exists():
        # Opened for writing: a process that was killed at its start leaves it without tables.
        with Catalogue(collection.catalogue_path) as catalogue:
            crawls = catalogue.unfinished_crawls()
            unlisted = [path for path in sealed if not catalogue.has_captures_in(path.name)]
    return _Leftovers(
        half_made=[
            *collection.path.glob(f"{WORK_PREFIX}*"),
            *collection.warc_dir.glob(f"*{MENDED_SUFFIX}"),
            *collection.index_path.parent.glob("*.new"),
            *collection.articles_dir.glob("*.new"),
            *collection.articles_dir.glob(f"*{OPEN_SUFFIX}"),
        ],
        left_open=left_open,
        unlisted=[path for path in unlisted if _holds_captures(path)],
        crawls=crawls,
        has_lines=tail.exists() or bool(ArticleStore(collection.articles_dir).open_stems()),
    )


def _holds_captures(path: Path) -> bool:
    """Tell whether any capture can be read: a file of logs alone is not missing anywhere."""
    losses: list[Loss] = []
    try:
        return any(True for _ in iter_stored_captures(path, losses=losses))
    except WarcError:
        return False


def _remove(half_made: list[Path], say: Callable[[str], None]) -> None:
    for path in half_made:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        say(f"{path} was left half made: it is removed")


def _files_to_take(collection: Collection, found: _Leftovers) -> list[Path]:
    """List the WARC files that are open, unlisted, or of a crawl that did not end."""
    paths = {*found.left_open, *found.unlisted}
    if found.crawls:
        with CatalogueReader(collection.catalogue_path) as catalogue:
            for crawl in found.crawls:
                names = catalogue.warc_files_of(crawl.crawl_id)
                paths.update(collection.warc_dir / name for name in names)
    present = (path for path in paths if path.exists())  # one that was open has its name without
    return sorted(present, key=sealed_path)


def _repaired(paths: list[Path], say: Callable[[str], None]) -> Iterator[Path]:
    """Seal what is open, and yield the files that can be read."""
    for path in paths:
        if not path.name.endswith(OPEN_SUFFIX):
            yield path
            continue
        try:
            report = repair(path)
        except WarcError as error:  # a new crawl goes on beside it
            say(f"{error}; it is left as it is, and what it holds is missing in the collection")
            continue
        say(str(report))
        if report.path:
            yield report.path


def _account(collection: Collection, found: _Leftovers, taken: TakenIn) -> Iterator[str]:
    """Say what became of captures and pages, and close the books of each crawl."""
    yield from taken.warnings
    for path in found.unlisted:
        yield f"{path} was missing in the catalogue: its captures are entered"
    if taken.read_count:
        pages = _counted(taken.read_count, "captured page")
        yield f"of {pages} there was no text: {_counted(taken.article_count, 'article')} made"
    if taken.unread_count:
        command = f"archive rebuild {shlex.quote(collection.address)}"
        pages = _counted(taken.unread_count, "captured page")
        yield f"of {pages} there is no text: `{command}` reads them"
    with Catalogue(collection.catalogue_path) as catalogue:
        for begun in found.crawls:
            crawl = catalogue.find_crawl(begun.crawl_id) or begun
            if crawl.finished is None and crawl.reason is None:  # it captured nothing
                crawl = replace(crawl, finished=crawl.started, reason=KILLED)
                catalogue.add_crawl(crawl)
            if begun.spider != UNKNOWN_SPIDER and crawl.crawl_id in taken.unlogged:
                _write_logs(collection, catalogue, crawl)
            yield _report(collection, catalogue, crawl)


def _write_logs(collection: Collection, catalogue: Catalogue, crawl: Crawl) -> None:
    """Bring into a WARC file what only the catalogue knows of a crawl."""
    names = catalogue.warc_files_of(crawl.crawl_id)
    write_logs_of_killed(crawl, catalogue, collection.warc_dir, collection.warc_dir / names[0])


def _report(collection: Collection, catalogue: Catalogue, crawl: Crawl) -> str:
    """Write the report that the crawl itself could not write."""
    captures = _counted(capture_totals(catalogue, crawl.crawl_id).requests, "capture")
    articles = _counted(account(catalogue, crawl.crawl_id).archived, "article")
    _, page = write_report(build_report(catalogue, crawl, collection), collection.reports_dir)
    began = f"{crawl.started:%Y-%m-%d %H:%M}"
    return f"the crawl of {began} did not end: {captures} and {articles} are kept; report: {page}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

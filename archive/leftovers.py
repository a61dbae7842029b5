"""Puts in order what was left by a crawl, an import or a rebuild that was killed.

What was written whole is kept. WARC files that were left open are sealed, and all files of a crawl
that did not end are taken in again (`archive.taking_in`): captures that index or catalogue lack
are entered, pages that nobody read are read, and the article files are sealed. Whatever stops this
is settled the next time, because a crawl counts as running until all of it is done. Last comes the
report of each crawl that could not write its own.
"""

from __future__ import annotations

import shlex
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from archive.articles.store import ArticleStore, file_stem
from archive.catalogue import Catalogue, CatalogueReader, account, capture_totals
from archive.cdxj import CdxjIndex, forget_files
from archive.collection import Collection
from archive.counting import counted
from archive.crawl_logs import write_logs_of_killed
from archive.errors import ArchiveError, CollectionError, WarcError
from archive.inventory import IMPORT_SPIDER, KILLED, UNKNOWN_SPIDER
from archive.left_behind import Leftovers, find_leftovers, list_files_to_take, name_put_aside
from archive.records import Crawl
from archive.reports.crawl_report import build_report, report_paths, write_report
from archive.reports.summary import format_size
from archive.taking_in import TakenIn, take_in
from archive.warc.file import OPEN_SUFFIX, sealed_path
from archive.warc.recovery import repair


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
        ArchiveError: a file of the collection cannot be used, or the disk is full or refuses; then
            the error says what could not be written, and what to do.
    """
    try:
        _reopen(collection)
        found = find_leftovers(collection)
        _remove(found.half_made, say)
        if found.is_unfinished:
            _finish(collection, found, processes, say)
        reported = _write_missing_reports(collection, say)
    except (ArchiveError, OSError) as error:
        if not _is_refusal(error):
            raise
        raise CollectionError(advise(error, collection)) from None  # it says all there is to do
    return bool(found) or reported


def advise(error: BaseException, collection: Collection) -> str:
    """Say what went wrong in writing a collection; where the disk refused, what to do as well."""
    if not _is_refusal(error):
        return str(error)
    what = str(error)
    if isinstance(error, OSError):  # a write does not know the name of its file
        what = f"{error.filename or collection.path}: {error.strerror or error}"
    command = f"archive repair {shlex.quote(collection.address)}"
    return f"{what}: if the disk is full, make room; then run `{command}`"


def _is_refusal(error: BaseException) -> bool:
    return any(
        isinstance(cause, (OSError, sqlite3.OperationalError)) for cause in (error, error.__cause__)
    )


def _reopen(collection: Collection) -> None:
    """Have killed crawls count as running again whose books nobody closed.

    That is done when their files are taken in, and the report comes last: where it is missing, so
    may be the logs.
    """
    if not collection.catalogue_path.exists():
        return
    with Catalogue(collection.catalogue_path) as catalogue:
        for crawl in catalogue.crawls():
            if crawl.reason == KILLED and _lacks_report(crawl, collection):
                catalogue.add_crawl(replace(crawl, finished=None, reason=None))


def _finish(
    collection: Collection, found: Leftovers, processes: int, say: Callable[[str], None]
) -> None:
    """Put WARC files in order, and what is made from them."""
    paths = list_files_to_take(collection, found)
    if paths:
        size = format_size(sum(path.stat().st_size for path in paths))
        files = counted(len(paths), "WARC file")
        say(f"{collection.path} was left unfinished: {files} ({size}) to be read and put in order")
    empty = [path for path in found.left_open if _is_all_there_is(path)]
    paths = list(_repaired((path for path in paths if path not in empty), say))
    lost = {*name_put_aside(collection), *(sealed_path(path).name for path in empty)}
    forget_files(collection.index_path, lost | {path.name for path in paths})
    _forget(collection, lost, say)
    paths += _repaired(empty, say)  # it removes them, which no later run would know
    taken = take_in(paths, collection, processes=processes, skip_damaged=True)
    CdxjIndex(collection.index_path).close()
    for line in _account(collection, found, taken):
        say(line)


def _lacks_report(crawl: Crawl, collection: Collection) -> bool:
    """Tell whether a crawl has no report; an import has none, and what is unknown needs none."""
    if crawl.spider in (IMPORT_SPIDER, UNKNOWN_SPIDER):
        return False
    return not all(path.exists() for path in report_paths(crawl.crawl_id, collection.reports_dir))


def _remove(half_made: list[Path], say: Callable[[str], None]) -> None:
    for path in half_made:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        say(f"{path} was left half made: it is removed")


def _repaired(paths: Iterable[Path], say: Callable[[str], None]) -> Iterator[Path]:
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


def _is_all_there_is(path: Path) -> bool:
    """Tell whether an open file is empty, and no sealed one has its name."""
    return not path.stat().st_size and not sealed_path(path).exists()


def _forget(collection: Collection, lost: set[str], say: Callable[[str], None]) -> None:
    """Drop what article files and catalogue say of WARC files of which nothing is left.

    The catalogue is last: as long as it names them, this is done again.
    """
    store = ArticleStore(collection.articles_dir)
    with Catalogue(collection.catalogue_path) as catalogue:
        for name in sorted(lost):
            store.forget_file(file_stem(name))
            captures = catalogue.count_captures_in(name)
            catalogue.place_captures(name, {})
            if captures:
                dropped = counted(captures, "capture")
                say(f"{name}: {dropped} of which nothing is left, and their articles, are dropped")


def _account(collection: Collection, found: Leftovers, taken: TakenIn) -> Iterator[str]:
    """Say what became of captures and pages, and close the books of each crawl."""
    yield from taken.warnings
    for path in found.unlisted:
        yield f"{path} was missing in the catalogue: its captures are entered"
    if taken.read_count:
        yield (
            f"{counted(taken.read_count, 'page')} had been captured and not yet read:"
            f" now read, {counted(taken.article_count, 'article')} made"
        )
    if taken.unread_count:
        pages = counted(taken.unread_count, "page")
        command = f"archive rebuild {shlex.quote(collection.address)}"
        them = "it" if taken.unread_count == 1 else "them"
        yield f"{pages} captured and not yet read: `{command}` reads {them}"
    with Catalogue(collection.catalogue_path) as catalogue:
        for crawl in _crawls_to_close(catalogue, found, taken):
            if crawl.finished is None and crawl.reason is None:  # it captured nothing
                crawl = replace(crawl, finished=crawl.started, reason=KILLED)
                catalogue.add_crawl(crawl)
            if crawl.spider != UNKNOWN_SPIDER and crawl.crawl_id in taken.unlogged:
                write_logs_of_killed(crawl, catalogue, collection.warc_dir)
            yield _report_killed(collection, catalogue, crawl)


def _crawls_to_close(
    catalogue: CatalogueReader, found: Leftovers, taken: TakenIn
) -> Iterator[Crawl]:
    """Yield the crawls that did not end: those that the catalogue saw begin, and the others."""
    for begun in found.crawls:
        yield catalogue.find_crawl(begun.crawl_id) or begun
    for crawl_id in sorted(taken.unlogged - {begun.crawl_id for begun in found.crawls}):
        crawl = catalogue.find_crawl(crawl_id)
        if crawl and crawl.spider != UNKNOWN_SPIDER:
            yield crawl


def _report_killed(collection: Collection, catalogue: Catalogue, crawl: Crawl) -> str:
    """Write the report of a crawl that did not end, and say what is kept of it."""
    captures = counted(capture_totals(catalogue, crawl.crawl_id).requests, "capture")
    articles = counted(account(catalogue, crawl.crawl_id).archived, "article")
    page = _report(collection, catalogue, crawl)
    began = f"{crawl.started:%Y-%m-%d %H:%M}"
    return f"the crawl of {began} did not end: {captures} and {articles} are kept; report: {page}"


def _write_missing_reports(collection: Collection, say: Callable[[str], None]) -> bool:
    """Write the reports of crawls that ended and have none; tell whether there were such."""
    if not collection.catalogue_path.exists():
        return False
    with Catalogue(collection.catalogue_path) as catalogue:
        crawls = [crawl for crawl in catalogue.crawls() if _lacks_report(crawl, collection)]
        for crawl in crawls:
            page = _report(collection, catalogue, crawl)
            say(f"the crawl of {crawl.started:%Y-%m-%d %H:%M} had no report: it is written: {page}")
    return bool(crawls)


def _report(collection: Collection, catalogue: Catalogue, crawl: Crawl) -> Path:
    """Write the report that the crawl itself could not write; gives the page."""
    report = build_report(catalogue, crawl, collection)
    return write_report(report, collection.reports_dir)[1]

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
from dataclasses import dataclass, replace
from pathlib import Path

from archive.articles.store import ArticleStore, file_stem
from archive.catalogue import Catalogue, CatalogueReader, account, capture_totals
from archive.cdxj import CdxjIndex, forget_files
from archive.collection import Collection
from archive.counting import counted
from archive.crawl_logs import write_logs_of_killed
from archive.errors import ArchiveError, CollectionError, WarcError
from archive.inventory import IMPORT_SPIDER, KILLED, UNKNOWN_SPIDER
from archive.records import Crawl
from archive.reports.crawl_report import build_report, report_paths, write_report
from archive.reports.summary import format_size
from archive.taking_in import WORK_PREFIX, TakenIn, take_in
from archive.warc.captures import begins_with_log, iter_stored_captures, read_logs
from archive.warc.file import OPEN_SUFFIX, sealed_path
from archive.warc.gzip_members import Loss
from archive.warc.recovery import DAMAGED_SUFFIX, MENDED_SUFFIX, repair


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leftovers:
    """What was found that is not as a writer leaves it that has ended."""

    half_made: list[Path]  # derived files and working directories, to be made anew
    left_open: list[Path]  # WARC files
    unlisted: list[Path]  # WARC files that the catalogue does not know
    bare: list[Path]  # WARC files that hold nothing but logs
    lost: list[str]  # names of WARC files that are put aside, and still in the catalogue
    crawls: list[Crawl]  # that neither ended nor were settled
    has_lines: bool  # index lines or articles that are not in their files yet

    def __bool__(self) -> bool:
        return bool(self.half_made or self.is_unfinished)

    @property
    def is_unfinished(self) -> bool:
        """Whether WARC files, or what is made from them, have to be put in order."""
        return bool(self.left_open or self.unlisted or self.lost or self.crawls or self.has_lines)


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
        found = _find(collection)
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


def _finish(
    collection: Collection, found: _Leftovers, processes: int, say: Callable[[str], None]
) -> None:
    """Put WARC files in order, and what is made from them."""
    paths = _files_to_take(collection, found)
    if paths:
        size = format_size(sum(path.stat().st_size for path in paths))
        files = counted(len(paths), "WARC file")
        say(f"{collection.path} was left unfinished: {files} ({size}) to be read and put in order")
    empty = [path for path in found.left_open if _is_all_there_is(path)]
    paths = list(_repaired((path for path in paths if path not in empty), say))
    lost = {*_put_aside(collection), *(sealed_path(path).name for path in empty)}
    forget_files(collection.index_path, lost | {path.name for path in paths})
    _forget(collection, lost, say)
    paths += _repaired(empty, say)  # it removes them, which no later run would know
    taken = take_in(paths, collection, processes=processes, skip_damaged=True)
    CdxjIndex(collection.index_path).close()
    for line in _account(collection, found, taken):
        say(line)


def _find(collection: Collection) -> _Leftovers:
    left_open = sorted(collection.warc_dir.glob(f"*.warc.gz{OPEN_SUFFIX}"))
    sealed = sorted(collection.warc_dir.glob("*.warc.gz"))
    tail = collection.index_path.with_name(f"{collection.index_path.name}{OPEN_SUFFIX}")
    crawls: list[Crawl] = []
    lost: list[str] = []
    unlisted = sealed
    if collection.catalogue_path.exists():
        # Opened for writing: a process that was killed at its start leaves it without tables.
        with Catalogue(collection.catalogue_path) as catalogue:
            crawls = catalogue.unfinished_crawls()
            lost = [name for name in _put_aside(collection) if catalogue.has_captures_in(name)]
            unlisted = [path for path in sealed if not catalogue.has_captures_in(path.name)]
    bare = [path for path in unlisted if not _holds_captures(path)]
    return _Leftovers(
        half_made=[
            *collection.path.glob(f"{WORK_PREFIX}*"),
            *collection.warc_dir.glob(f"*{MENDED_SUFFIX}"),
            *collection.index_path.parent.glob("*.new"),
            *collection.articles_dir.glob("*.new"),
            *collection.articles_dir.glob(f"*{OPEN_SUFFIX}"),
            *collection.reports_dir.glob("*.new"),
        ],
        left_open=left_open,
        unlisted=[path for path in unlisted if path not in bare],
        bare=bare,
        lost=lost,
        crawls=crawls,
        has_lines=tail.exists() or bool(ArticleStore(collection.articles_dir).open_stems()),
    )


def _lacks_report(crawl: Crawl, collection: Collection) -> bool:
    """Tell whether a crawl has no report; an import has none, and what is unknown needs none."""
    if crawl.spider in (IMPORT_SPIDER, UNKNOWN_SPIDER):
        return False
    return not all(path.exists() for path in report_paths(crawl.crawl_id, collection.reports_dir))


def _put_aside(collection: Collection) -> list[str]:
    """Name the WARC files of which nothing but a damaged file that nobody reads is left."""
    aside = sorted(collection.warc_dir.glob(f"*.warc.gz{DAMAGED_SUFFIX}"))
    sealed = (path.with_name(path.name.removesuffix(DAMAGED_SUFFIX)) for path in aside)
    return [
        path.name
        for path in sealed
        if not path.exists() and not path.with_name(path.name + OPEN_SUFFIX).exists()
    ]


def _holds_captures(path: Path) -> bool:
    """Tell whether any capture can be read: a file of logs alone is not missing anywhere."""
    losses: list[Loss] = []
    try:
        if begins_with_log(path):
            return False
        return any(True for _ in iter_stored_captures(path, losses=losses))
    except WarcError:
        return False


def _holds_logs(path: Path, crawl_ids: set[str]) -> bool:
    """Tell whether a file holds a log of one of these crawls."""
    losses: list[Loss] = []
    try:
        return any(log.crawl_id in crawl_ids for log in read_logs(path, losses=losses))
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
        # A file may hold nothing but the logs of a crawl, sealed by a recovery that was killed.
        broken_off = {crawl.crawl_id for crawl in found.crawls}
        paths.update(path for path in found.bare if _holds_logs(path, broken_off))
    present = (path for path in paths if path.exists())  # one that was open has its name without
    return sorted(present, key=sealed_path)


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


def _account(collection: Collection, found: _Leftovers, taken: TakenIn) -> Iterator[str]:
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
    catalogue: CatalogueReader, found: _Leftovers, taken: TakenIn
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

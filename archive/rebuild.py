"""Makes all that is derived from the WARC files anew: index, articles, catalogue.

Two passes. The first reads every record: captures, crawl logs, which pages there are, and which
captures continue them. The second extracts the pages with the code that the crawl used. All of it
is made in a directory of its own and put in place at the end, so that a rebuild that fails or is
stopped leaves everything as it was.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from archive.article_store import ArchivedPage, ArticleStore, make_article
from archive.catalogue import FAILED, SKIPPED, Catalogue
from archive.cdxj import CdxjIndex
from archive.collection import Collection
from archive.errors import CollectionError, ExtractionError, WarcError
from archive.extraction import EXTRACTOR
from archive.extraction.workers import ExtractionJob, ExtractionPool
from archive.inventory import Inventory, ListedPage
from archive.missing import find_missing
from archive.records import Extraction, Failure, PageType, Stage
from archive.recovery import repair
from archive.urls import urlkey
from archive.warc_file import OPEN_SUFFIX, find_warc_file
from archive.warc_reader import read_block

_WORK_PREFIX = ".rebuild-"
_DEADLINE_S = 60.0  # for one page, as in a crawl
_MEMORY_LIMIT_BYTES = 2 * 1024**3  # of one worker, as in a crawl
_COMMIT_PAGES = 500
_MAX_NAMED = 5  # missing files in an error, which is one line
_PAGES_IN_FLIGHT = 4  # for each process: enough to keep it busy


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
    for leftover in collection.path.glob(f"{_WORK_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(prefix=_WORK_PREFIX, dir=collection.path) as work,
        _progress() as progress,
    ):
        target = Collection.create(Path(work) / "collection")
        with (
            Catalogue(target.catalogue_path) as catalogue,
            CdxjIndex(target.index_path) as index,
            closing(ArticleStore(target.articles_dir)) as store,
        ):
            inventory = Inventory(catalogue, index, Path(work) / "pages.jsonl")
            inventory.warnings += [f"{name} is missing and forgotten" for name in missing]
            paths = _warc_files(collection, inventory.warnings, skip_damaged=skip_damaged)
            for path in progress.track(paths, description="reading WARC files"):
                inventory.take(path, skip_damaged=skip_damaged)
            inventory.close()
            extraction = _Extraction(collection.warc_dir, catalogue, inventory, store)
            pages, total = inventory.iter_pages(), inventory.page_count
            extraction.run(progress.track(pages, total, description="extracting pages"), processes)
        _put_in_place(target, collection)
    return Rebuilt(
        warc_count=len(paths),
        capture_count=inventory.capture_count,
        article_count=extraction.article_count,
        failure_count=inventory.failure_count + extraction.failure_count,
        warnings=tuple(inventory.warnings),
    )


class _Extraction:
    """The second pass: extracts pages in worker processes, and files them in their order."""

    def __init__(
        self,
        warc_dir: Path,
        catalogue: Catalogue,
        inventory: Inventory,
        store: ArticleStore,
    ) -> None:
        self.article_count = 0
        self.failure_count = 0
        self._warc_dir = warc_dir
        self._catalogue = catalogue
        self._inventory = inventory
        self._store = store
        self._claims: dict[tuple[str, str], str] = {}  # (crawl, urlkey) -> the first URL

    def run(self, pages: Iterable[ListedPage], processes: int) -> None:
        """Extract and file every page, then seal the articles."""
        waiting: deque[tuple[ArchivedPage, Future[Extraction]]] = deque()
        limit = _PAGES_IN_FLIGHT * processes
        with ExtractionPool(
            processes,
            deadline_s=_DEADLINE_S,
            memory_limit_bytes=_MEMORY_LIMIT_BYTES,
            max_pending=limit,
        ) as pool:
            for number, listed in enumerate(pages, 1):
                self._restore(listed.page)
                if self._is_left_out(listed.page):
                    continue
                if len(waiting) == limit:
                    self._file(*waiting.popleft())
                waiting.append((listed.page, pool.submit(self._job(listed))))
                if number % _COMMIT_PAGES == 0:
                    self._catalogue.commit()
            while waiting:
                self._file(*waiting.popleft())
        for stem in self._store.open_stems():
            self._store.seal(stem)

    def _restore(self, page: ArchivedPage) -> None:
        """Of a crawl without logs: what its captures say of what it found and what failed."""
        if self._inventory.is_logged(page.crawl_id):
            return
        self._catalogue.add_discovery(page.origin.discovery, crawl_id=page.crawl_id)
        status = page.capture.status
        if status is None or status >= 400:
            self._fail(page, "fetch", f"HTTP {status}", page.capture.target_uri)

    def _is_left_out(self, page: ArchivedPage) -> bool:
        """Tell whether a page is no answer, or one that the crawl itself left out."""
        url, crawl_id, status = page.origin.discovery.url, page.crawl_id, page.capture.status
        outcome = self._catalogue.find_outcome(url, crawl_id=crawl_id) or ""
        if outcome == PageType.DUPLICATE:
            self._catalogue.set_page_type(page.capture.record_id, PageType.DUPLICATE)
            return True
        return status is None or not 200 <= status < 300 or outcome.startswith(SKIPPED)

    def _job(self, listed: ListedPage) -> ExtractionJob:
        captures = (listed.page.capture, *listed.continuations)
        return ExtractionJob(
            url=listed.page.capture.target_uri,
            blocks=tuple(
                read_block(find_warc_file(self._warc_dir, capture.filename), capture.offset)
                for capture in captures
            ),
            hints=listed.page.origin.discovery.hints,
        )

    def _file(self, page: ArchivedPage, future: Future[Extraction]) -> None:
        try:
            extraction = future.result()
        except ExtractionError as error:
            name = type(error).__name__.removesuffix("Error")
            self._fail(page, "extract", name, str(error))
            return
        page_type = extraction.page_type
        if self._is_duplicate(page, extraction):
            page_type = PageType.DUPLICATE
        if page_type is PageType.ARTICLE:
            article = make_article(extraction, page, extractor=EXTRACTOR)
            self._store.append(article)
            self._catalogue.add_article(article)
            self.article_count += 1
        else:
            self._catalogue.set_page_type(page.capture.record_id, page_type)
        self._settle(page, page_type)

    def _is_duplicate(self, page: ArchivedPage, extraction: Extraction) -> bool:
        """Without the crawl's word for it, the first of several addresses of a post counts.

        A page that a list of the site names as a post is believed to be one of its own.
        """
        if self._inventory.is_logged(page.crawl_id) or extraction.page_type is PageType.NOT_HTML:
            return False
        url = page.capture.target_uri
        names = {urlkey(url), urlkey(extraction.canonical_url or url)}
        keys = [(page.crawl_id, name) for name in names]
        owners = {self._claims.setdefault(key, url) for key in keys}
        return owners != {url} and page.origin.discovery.hints.kind != "post"

    def _fail(self, page: ArchivedPage, stage: Stage, error: str, message: str) -> None:
        failure = Failure(
            url=page.origin.discovery.url,
            stage=stage,
            error=error,
            message=message,
            date=page.capture.date,
            crawl_id=page.crawl_id,
        )
        self._catalogue.add_failure(failure)
        self.failure_count += 1
        self._settle(page, FAILED)

    def _settle(self, page: ArchivedPage, outcome: str) -> None:
        url = page.origin.discovery.url
        self._catalogue.set_outcome(url, outcome, crawl_id=page.crawl_id)


def _complaint(collection: Collection, missing: list[str]) -> str:
    names = ", ".join(missing[:_MAX_NAMED])
    more = f" and {len(missing) - _MAX_NAMED:,} more" if len(missing) > _MAX_NAMED else ""
    return (
        f"WARC files missing in {collection.warc_dir}: {names}{more}. Nothing was changed: put them"
        " back, or give up what was made from them with --forget-missing"
    )


def _warc_files(collection: Collection, warnings: list[str], *, skip_damaged: bool) -> list[Path]:
    """List the WARC files in name order; one that a killed writer left open is sealed first.

    One that is damaged before its end stays open, and is read as it is if damage is skipped.
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
            warnings.append(f"{path} was left open: {report.cut_bytes} bytes cut off its end")
    return sorted([*collection.warc_dir.glob("*.warc.gz"), *left_open])


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


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(console=console, disable=not console.is_terminal, transient=True)

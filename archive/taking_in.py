"""Takes WARC files into a collection: captures, crawl logs, and what the pages say.

Two passes. The first reads every record (`archive.inventory`): captures, crawl logs, which pages
there are, and which captures continue them. The second extracts the pages (`archive.page_filing`),
some of them once more when all are known (`archive.finishing`).
`archive rebuild` takes all files into an empty collection, `archive import` new ones into one that
is there, and recovery those of a crawl that was killed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from archive.articles.store import ArticleStore
from archive.catalogue import Catalogue, CatalogueReader, count_articles
from archive.catalogue.folding import fold_crawls
from archive.cdxj import CdxjIndex
from archive.collection import Collection
from archive.dates import utc_now
from archive.finishing import Finishing
from archive.inventory import Inventory
from archive.page_filing import PageFiling
from archive.repeated_payloads import files_with_unread_changes
from archive.split_posts import PostReader
from archive.stored_messages import MessageReader
from archive.warc.file import find_warc_file, sealed_path

WORK_PREFIX = ".rebuild-"
"""Begins the name of a working directory in a collection; a killed process leaves it behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What came of taking WARC files in; articles and failures that were known do not count."""

    capture_count: int
    page_count: int
    read_count: int  # pages that were extracted
    unread_count: int  # pages that wait for extraction, because it was not asked for
    article_count: int
    failure_count: int
    unlogged: frozenset[str]  # identifiers of crawls that had not ended, and left no log of pages
    warnings: tuple[str, ...]  # what was passed over, a line each


def take_in(
    paths: Sequence[Path],
    collection: Collection,
    *,
    processes: int,
    warc_dir: Path | None = None,
    skip_damaged: bool = False,
) -> TakenIn:
    """Take WARC files into a collection; the caller holds its lock.

    What a crawl decided knowing the whole site (which address of a post counts, what lies outside
    the period asked for) is taken from its logs. Captures and pages that the collection knows stay
    as they are, so that a file may be taken in again after this was stopped; until it has ended,
    the rows of the crawls in the files say that they have not.

    Args:
        paths: of the files, in the order of their names.
        collection: whose index, articles and catalogue get what is in them.
        processes: that extract; 0 leaves the pages unread.
        warc_dir: where the files are, and the originals of revisits; left out: the collection's.
        skip_damaged: take what can be read of a damaged file; each loss is a warning.

    Raises:
        WarcError: a file is damaged; what stands before that place has been taken in.
        ArchiveError: index, articles or catalogue cannot be used.
        OSError: the disk is full or refuses.
    """
    with (
        tempfile.TemporaryDirectory(prefix=WORK_PREFIX, dir=collection.path) as work,
        Catalogue(collection.catalogue_path) as catalogue,
        CdxjIndex(collection.index_path) as index,
        closing(ArticleStore(collection.articles_dir)) as store,
        _progress() as progress,
    ):
        inventory = Inventory(catalogue, index, Path(work) / "pages.jsonl")
        for path in progress.track(paths, description="reading WARC files"):
            inventory.take(path, skip_damaged=skip_damaged)
        warc_dir = warc_dir or collection.warc_dir
        beside = _files_to_read_again(catalogue, paths, warc_dir)
        for path in beside:
            inventory.take(path, skip_damaged=skip_damaged)
        index.close()  # nothing is appended any more
        messages = MessageReader(warc_dir, catalogue)
        filing = PageFiling(PostReader(messages, catalogue), catalogue, inventory, store)
        filing.enter_stored([*paths, *beside])
        known_count = count_articles(catalogue)
        pages, total = inventory.iter_pages(), inventory.page_count
        filing.run(progress.track(pages, total, description="extracting pages"), processes)
        finishing = Finishing(
            catalogue=catalogue, store=store, messages=messages, processes=processes
        )
        finishing.run(
            crawl_ids=inventory.crawl_ids,
            track=partial(progress.track, description="extracting pages again, for their site"),
        )
        article_count = count_articles(catalogue) - known_count
        for stem in store.open_stems():
            store.seal(stem)
        inventory.finish()
        fold_crawls(catalogue, utc_now())
    return TakenIn(
        capture_count=inventory.capture_count,
        page_count=inventory.page_count,
        read_count=filing.read_count,
        unread_count=filing.unread_count,
        article_count=max(0, article_count),
        failure_count=inventory.failure_count + filing.failure_count,
        unlogged=inventory.unlogged,
        warnings=(*inventory.warnings, *filing.warnings()),
    )


def _files_to_read_again(
    catalogue: CatalogueReader, paths: Iterable[Path], warc_dir: Path
) -> list[Path]:
    """Find the files beside those taken in that hold changes which nobody has read yet."""
    names = {sealed_path(path).name for path in paths}
    unread = sorted(set(files_with_unread_changes(catalogue, names)))
    return [find_warc_file(warc_dir, name) for name in unread]


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(console=console, disable=not console.is_terminal, transient=True)

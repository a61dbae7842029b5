"""Puts in order what a crawl left behind that was killed: open files, and rows that are missing.

What was written whole is kept. The WARC file is cut back to its last whole record and sealed, its
captures and articles are entered where they are not, and its article file is sealed.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from archive.article_store import ArticleStore
from archive.catalogue import Catalogue
from archive.cdxj import CdxjIndex
from archive.collection import Collection
from archive.errors import WarcError
from archive.recovery import repair
from archive.warc_file import OPEN_SUFFIX
from archive.warc_reader import iter_stored_captures


def settle_leftovers(collection: Collection) -> list[str]:
    """Seal the files of a killed crawl; the caller holds the collection's lock.

    Pages that were captured and not yet extracted stay so; `archive rebuild` extracts them.

    Returns:
        What was done, a line for each file, and one for the pages that have no text; empty where
        everything was in order. A file that is damaged before its end needs a person, and stays as
        it is; its line says so.

    Raises:
        ArchiveError: a file of the collection cannot be used.
        OSError: the disk is full or refuses.
    """
    open_files = sorted(collection.warc_dir.glob(f"*.warc.gz{OPEN_SUFFIX}"))
    store = ArticleStore(collection.articles_dir)
    if not open_files and not store.open_stems():
        return []
    with (
        Catalogue(collection.catalogue_path) as catalogue,
        CdxjIndex(collection.index_path) as index,
    ):
        crawl_ids: set[str] = set()
        lines = [_settle_warc_file(path, catalogue, index, crawl_ids) for path in open_files]
        lines += _settle_articles(store, catalogue)
        if unread_count := sum(_count_unread(catalogue, crawl_id) for crawl_id in crawl_ids):
            command = f"archive rebuild {shlex.quote(collection.address)}"
            lines.append(
                f"of {unread_count} captured pages there is no text, since the earlier crawl was "
                f"killed before it read them: `{command}` reads them too"
            )
    return lines


def _settle_warc_file(
    path: Path, catalogue: Catalogue, index: CdxjIndex, crawl_ids: set[str]
) -> str:
    """Repair a file and enter its captures; adds their crawls to `crawl_ids`."""
    try:
        report = repair(path)
    except WarcError as error:  # a new crawl goes on beside it
        return str(error)
    if report.path is None:
        return f"{path} was left open by an earlier crawl and held no whole record: it is removed"
    capture_count = 0
    for stored in iter_stored_captures(report.path):
        if stored.crawl_id and stored.origin:
            catalogue.add_capture(stored.capture, crawl_id=stored.crawl_id, role=stored.origin.role)
            crawl_ids.add(stored.crawl_id)
        index.append(stored.capture)
        capture_count += 1
    return (
        f"{path} was left open by an earlier crawl: {capture_count} captures are kept, "
        f"{report.cut_bytes} bytes of a torn record cut off"
    )


def _settle_articles(store: ArticleStore, catalogue: Catalogue) -> Iterator[str]:
    from archive.article_parquet import iter_parquet  # only leftovers need it at the start

    for stem in store.open_stems():
        sealed = store.seal(stem)
        if sealed is None:
            continue
        for article in iter_parquet(sealed.path):
            catalogue.add_article(article)
        yield f"{sealed.path} was left open by an earlier crawl: {sealed.row_count} articles"


def _count_unread(catalogue: Catalogue, crawl_id: str) -> int:
    """Count the pages of a crawl of which nobody knows what they are."""
    rows = catalogue.query(
        "SELECT count(*) AS number FROM captures AS page"
        " WHERE crawl_id = ? AND role = 'page' AND page_type IS NULL"
        " AND record_type = 'response' AND status BETWEEN 200 AND 299"
        " AND NOT EXISTS (SELECT 1 FROM failures WHERE failures.crawl_id = page.crawl_id"
        " AND url = target_uri)",
        crawl_id,
    )
    return int(next(rows)["number"])

"""Pages that were read: the row that is kept of each, and how it is filed when read again."""

from __future__ import annotations

from dataclasses import replace

from archive.articles.store import ArchivedPage, ArticleStore, file_stem, make_article
from archive.catalogue import Catalogue, SketchRow
from archive.catalogue.sites import get_page
from archive.extraction import EXTRACTOR
from archive.extraction.reading import Reading
from archive.extraction.site.sketches import hash_text
from archive.extraction.tree.canonical import site_host
from archive.records import PageType


def sketch_row(page: ArchivedPage, reading: Reading, *, extractor: str) -> SketchRow | None:
    """Make the row; None of what is no HTML page.

    Args:
        page: the page, and what continues it.
        reading: what it was found to say.
        extractor: versions and settings of what read it.
    """
    sketch = reading.sketch
    if sketch is None:
        return None
    return SketchRow(
        record_id=page.capture.record_id,
        site=site_host(page.capture.target_uri),
        address=hash_text(page.capture.urlkey),
        frame=sketch.frame,
        is_post=sketch.is_post,
        title=sketch.title,
        origin=page.origin,
        continuation_ids=page.continuation_ids,
        extractor=extractor,
        sketch=sketch.packed,
        wording=reading.wording.exact,
        loose_wording=reading.wording.loose,
    )


def file_again(
    catalogue: Catalogue, store: ArticleStore, row: SketchRow, reading: Reading, *, settled: str
) -> None:
    """File a page that was filed before, as what it is now.

    Args:
        catalogue: of the collection.
        store: its articles.
        row: the page.
        reading: what it says now.
        settled: what else had a say in it.
    """
    capture, known = get_page(catalogue, row.record_id)
    crawl_id, before = known.crawl_id, known.page_type
    page = ArchivedPage(
        capture=capture,
        origin=row.origin,
        crawl_id=crawl_id,
        continuation_ids=row.continuation_ids,
    )
    article = make_article(reading.extraction, page, extractor=EXTRACTOR)
    if PageType.ARTICLE in (before, article.page_type):
        store.reopen(file_stem(article.warc_file))
        store.append(article)  # of another type, it takes the row out
        catalogue.forget_article(row.record_id)
    if article.page_type is PageType.ARTICLE:
        catalogue.add_article(article)
    else:
        catalogue.set_page_type(row.record_id, article.page_type)
    if before != article.page_type:
        catalogue.set_outcome(row.origin.discovery.url, article.page_type, crawl_id=crawl_id)
    sketched = sketch_row(page, reading, extractor=EXTRACTOR)
    catalogue.add_sketch(replace(sketched, settled=settled) if sketched else row)

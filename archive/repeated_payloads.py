"""Pages whose bytes were read before: nobody reads them again, since they say nothing new.

It is told by the captures alone, in the order of their dates, whatever the order in which they came
into the collection.
"""

from __future__ import annotations

from collections.abc import Collection as AnyCollection
from collections.abc import Iterable, Iterator

from archive.articles.store import ArchivedPage, ArticleStore, file_stem, make_article
from archive.catalogue import UNCHANGED, Catalogue, CatalogueReader
from archive.catalogue.sites import find_sketch, get_page
from archive.records import Capture, Discovery, Extraction, Origin, PageType
from archive.urls import urlkey

# Of what is no answer (an error, a redirect) nothing is said; a revisit without status was a 304.
_BEFORE = (
    "SELECT payload_digest FROM captures WHERE urlkey = ?1 AND role = 'page'"
    " AND (date, record_id) < (SELECT date, record_id FROM captures WHERE record_id = ?2)"
    " AND (status BETWEEN 200 AND 299 OR status IS NULL AND record_type = 'revisit')"
    " ORDER BY date DESC, record_id DESC LIMIT 1"
)
_BEHIND = (
    "SELECT later.record_id, later.filename FROM captures AS taken JOIN captures AS later"
    " ON later.record_id = (SELECT record_id FROM captures AS next WHERE next.role = 'page'"
    "  AND next.urlkey = taken.urlkey AND (next.date, next.record_id) > (taken.date,"
    "  taken.record_id)"
    "  AND (status BETWEEN 200 AND 299 OR status IS NULL AND record_type = 'revisit')"
    "  ORDER BY next.date, next.record_id LIMIT 1)"
    " WHERE taken.filename = ? AND taken.role = 'page' AND later.page_type IS NULL"
    " AND later.record_type = 'revisit'"
)


def repeats_payload(
    catalogue: CatalogueReader, capture: Capture, continuation_ids: tuple[str, ...] = ()
) -> bool:
    """Tell whether the bytes of a page say what was read already.

    So it is where the server sent what it had sent for the same address the last time, or said that
    the page is not modified, and those bytes were read when they were first captured. What is made
    of several captures is read as a whole.

    Args:
        catalogue: knows the captures, this one included.
        capture: of the page.
        continuation_ids: of its further pages.
    """
    if capture.record_type != "revisit" or continuation_ids:
        return False
    original = catalogue.find_original(capture)
    is_read = (
        original is not None
        and original.role == "page"
        and original.page_type not in (None, PageType.DUPLICATE)
        and urlkey(original.target_uri) == capture.urlkey
    )
    before = next(catalogue.query(_BEFORE, capture.urlkey, capture.record_id), None)
    return is_read and before is not None and before["payload_digest"] == capture.payload_digest


def leave_out_repeated_payloads(
    catalogue: Catalogue, store: ArticleStore, crawl_ids: Iterable[str]
) -> None:
    """Forget what was read of pages of which `repeats_payload` tells it only now.

    A page may be captured twice before the first capture is read; what is kept of it must not
    depend on that.

    Args:
        catalogue: of the collection.
        store: its articles.
        crawl_ids: of the crawls that are looked through.
    """
    for crawl_id in crawl_ids:
        rows = catalogue.query(
            "SELECT record_id FROM captures WHERE crawl_id = ? AND role = 'page'"
            " AND page_type <> 'duplicate' AND record_type = 'revisit' ORDER BY date, record_id",
            crawl_id,
        )
        for (record_id,) in list(rows):
            _leave_out(catalogue, store, record_id)


def files_with_unread_changes(
    catalogue: CatalogueReader, taken: AnyCollection[str]
) -> Iterator[str]:
    """Name WARC files with pages that were passed over, and now say something new.

    A page that went back to what it had said repeats no longer once it is known what it said
    meanwhile.

    Args:
        catalogue: knows the captures.
        taken: names of the WARC files that came in just now; they are not named.
    """
    known = {row["filename"] for row in catalogue.query("SELECT DISTINCT filename FROM captures")}
    if not known - set(taken):
        return
    for name in taken:
        for row in catalogue.query(_BEHIND, name):
            if row["filename"] in taken:
                continue
            capture, _ = get_page(catalogue, row["record_id"])
            if not repeats_payload(catalogue, capture):
                yield row["filename"]


def _leave_out(catalogue: Catalogue, store: ArticleStore, record_id: str) -> None:
    capture, known = get_page(catalogue, record_id)
    sketch = find_sketch(catalogue, record_id)
    if not repeats_payload(catalogue, capture, sketch.continuation_ids if sketch else ()):
        return
    discovery = Discovery(url=capture.target_uri, methods=())
    origin = sketch.origin if sketch else Origin(role="page", discovery=discovery)
    if known.page_type is PageType.ARTICLE:
        page = ArchivedPage(capture=capture, origin=origin, crawl_id=known.crawl_id)
        nothing = make_article(Extraction(page_type=PageType.EMPTY), page, extractor="")
        store.reopen(file_stem(capture.filename))
        store.append(nothing)  # of another type, it takes the row out
    catalogue.unread_page(record_id)
    catalogue.set_outcome(origin.discovery.url, UNCHANGED, crawl_id=known.crawl_id)

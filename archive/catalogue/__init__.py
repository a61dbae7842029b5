"""The catalogue: one SQLite file that says what a collection holds, and finds it.

It is derived from the WARC files and can be made anew (`archive rebuild`). One thread writes, in
batches that `Catalogue.commit` ends; others may read meanwhile (write-ahead log).
"""

from archive.catalogue.accounting import (
    Accounting,
    CaptureTotals,
    account,
    capture_totals,
    count_articles,
    found_by,
)
from archive.catalogue.reader import CatalogueReader
from archive.catalogue.rows import (
    EARLIER,
    FAILED,
    GONE,
    SKIPPED,
    UNCHANGED,
    UNLISTED,
    UNREAD,
    ArticleRow,
    CaptureRow,
    FoundUrl,
    SketchRow,
    gone,
    skipped,
)
from archive.catalogue.writer import Catalogue

__all__ = [
    "EARLIER",
    "FAILED",
    "GONE",
    "SKIPPED",
    "UNCHANGED",
    "UNLISTED",
    "UNREAD",
    "Accounting",
    "ArticleRow",
    "CaptureRow",
    "CaptureTotals",
    "Catalogue",
    "CatalogueReader",
    "FoundUrl",
    "SketchRow",
    "account",
    "capture_totals",
    "count_articles",
    "found_by",
    "gone",
    "skipped",
]

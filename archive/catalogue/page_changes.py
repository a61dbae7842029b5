"""Which pages a crawl found to be new, changed, gone, or back; all lists are streamed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from archive.catalogue.pages import find_page
from archive.catalogue.reader import CatalogueReader
from archive.catalogue.rows import GONE, UNCHANGED
from archive.records import PageType

_ROWS = (
    "SELECT article.url FROM articles AS article LEFT JOIN articles AS former"
    " ON former.capture_id = article.former"
    " WHERE article.crawl_id = ? AND NOT article.repeats AND"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GonePage:
    """A known page that a crawl found to be no longer there."""

    url: str
    reason: str
    was_gone: bool  # before that crawl


def iter_new_articles(catalogue: CatalogueReader, crawl_id: str) -> Iterator[str]:
    """Yield the addresses of the articles that the collection did not have, sorted."""
    return _addresses(catalogue, f"{_ROWS} article.former IS NULL", crawl_id)


def iter_changed_articles(catalogue: CatalogueReader, crawl_id: str) -> Iterator[str]:
    """Yield the addresses of the articles of which there is a new version, sorted."""
    return _addresses(catalogue, f"{_ROWS} article.version > former.version", crawl_id)


def iter_commented_articles(catalogue: CatalogueReader, crawl_id: str) -> Iterator[str]:
    """Yield the addresses of the articles that have new comments and are else the same, sorted."""
    return _addresses(catalogue, f"{_ROWS} article.version = former.version", crawl_id)


def iter_gone_pages(catalogue: CatalogueReader, crawl_id: str) -> Iterator[GonePage]:
    """Yield the pages that a crawl found to be gone, sorted by address."""
    rows = catalogue.query(
        "SELECT url, outcome, started FROM discoveries JOIN crawls USING (crawl_id)"
        " WHERE crawl_id = ? AND outcome GLOB 'gone:*' ORDER BY url",
        crawl_id,
    )
    for row in rows:
        known = find_page(catalogue, row["url"])
        yield GonePage(
            url=row["url"],
            reason=row["outcome"].removeprefix(GONE),
            # Where the chain of the crawl is not over, it is not folded: what is known is older.
            was_gone=bool(known and known.gone and known.gone.isoformat() < row["started"]),
        )


def iter_back_pages(catalogue: CatalogueReader, crawl_id: str) -> Iterator[str]:
    """Yield the addresses of the pages that had been gone, and are there again, sorted."""
    return _addresses(
        catalogue,
        "SELECT found.url FROM pages JOIN discoveries AS found ON found.url = pages.url"
        " JOIN crawls USING (crawl_id) WHERE found.crawl_id = ?1"
        " AND (pages.gone IS NOT NULL OR pages.back IS NOT NULL)"
        " AND (pages.back = started OR pages.gone < started)"
        " AND outcome IN (SELECT value FROM json_each(?2))",
        crawl_id,
        json.dumps([*PageType, UNCHANGED]),
    )


def _addresses(catalogue: CatalogueReader, statement: str, *parameters: object) -> Iterator[str]:
    return (row["url"] for row in catalogue.query(f"{statement} ORDER BY 1", *parameters))

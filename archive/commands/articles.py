"""Finding the article that a command names, and its versions."""

from __future__ import annotations

from collections.abc import Sequence

from archive.catalogue import ArticleRow, CatalogueReader
from archive.collection import Collection
from archive.errors import CollectionError


def find_versions(
    catalogue: CatalogueReader, collection: Collection, url: str
) -> tuple[ArticleRow, ...]:
    """Return the rows of an article, oldest first.

    Raises:
        CollectionError: there is none at that address; the error says what is there instead.
    """
    rows = tuple(catalogue.iter_versions(url))
    if not rows:
        raise CollectionError(_not_found(catalogue, collection, url))
    return rows


def choose_version(rows: Sequence[ArticleRow], number: int | None) -> ArticleRow:
    """Return the last row of a version, which has all its comments; of the latest without a number.

    Raises:
        CollectionError: there is no such version.
    """
    if number is None:
        return rows[-1]
    chosen = [row for row in rows if row.version == number]
    if not chosen:
        from archive.terminal import printable

        known = ", ".join(dict.fromkeys(f"{row.version:,}" for row in rows))
        raise CollectionError(printable(f"{rows[-1].url} has no version {number}, but: {known}"))
    return chosen[-1]


def _not_found(catalogue: CatalogueReader, collection: Collection, url: str) -> str:
    """Say, in one line, what is there instead of the article that was asked for."""
    from archive.terminal import printable

    pages = (capture for capture in catalogue.iter_captures(url) if capture.role == "page")
    if page := next(pages, None):
        kind = page.page_type or f"no article (HTTP {page.status})"
        text = f"{page.target_uri} is no article in {collection.address}, but: {kind}"
    elif nearest := catalogue.nearest_urls(url):
        text = f"{collection.address} has no article {url}; nearest: {' '.join(nearest)}"
    else:
        text = f"{collection.address} has no article {url}: `archive list` names those it has"
    return printable(text)

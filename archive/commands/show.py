"""`archive show`."""

from __future__ import annotations

from typing import Annotated

import typer

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.commands.arguments import AsJson, CollectionArgument, print_json
from archive.errors import CollectionError
from archive.record_json import to_json


def show(
    collection: CollectionArgument,
    url: Annotated[str, typer.Argument(metavar="URL", help="Of the article.")],
    as_json: AsJson = False,
) -> None:
    """Show an article: its text, its metadata, its comments."""
    from archive.articles.store import ArticleStore

    opened = Collection.open(collection)
    with CatalogueReader(opened.catalogue_path) as catalogue:
        row = catalogue.find_article(url)
        if row is None:
            raise CollectionError(_not_found(catalogue, opened, url))
    article = ArticleStore(opened.articles_dir).read_article(row.warc_file, row.warc_offset)
    if as_json:
        print_json(to_json(article))
        return
    from archive.terminal import print_article

    print_article(article)


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

"""`archive list`."""

from __future__ import annotations

from typing import Annotated

import typer

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.commands.arguments import AsJson, CollectionArgument, print_json
from archive.record_json import to_json


def list_articles(
    collection: CollectionArgument,
    everything: Annotated[
        bool, typer.Option("--all", help="Also the pages that are no articles.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the articles of a collection, the last published first."""
    with CatalogueReader(Collection.open(collection).catalogue_path) as catalogue:
        articles = catalogue.iter_articles()
        pages = catalogue.iter_other_pages() if everything else iter(())
        if as_json:
            for article in articles:
                print_json({**to_json(article), "page_type": "article"})
            for page in pages:
                print_json(to_json(page))
            return
        from archive.terminal import list_lines

        for line in list_lines(articles, pages):
            typer.echo(line)

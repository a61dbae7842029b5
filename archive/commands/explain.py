"""`archive explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archive.catalogue import CaptureRow, CatalogueReader
from archive.collection import Collection
from archive.commands.arguments import CollectionArgument
from archive.errors import CollectionError
from archive.records import Article


def explain(
    collection: CollectionArgument,
    url: Annotated[str, typer.Argument(metavar="URL", help="Of a captured page, article or not.")],
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write it as a page to this file.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Print every block, and the whole text of each.")
    ] = False,
) -> None:
    """Show of each block of a page whether it is part of the text, and why."""
    from archive.articles.store import ArticleStore
    from archive.explaining.explanation import explain as explain_page
    from archive.rereading import job_of
    from archive.stored_messages import MessageReader

    opened = Collection.open(collection)
    with CatalogueReader(opened.catalogue_path) as catalogue:
        capture, place = _find(catalogue, opened, url)
        article: Article | None = None
        if place is not None:
            article = ArticleStore(opened.articles_dir).read_article(*place)
        messages = MessageReader(opened.warc_dir, catalogue)
        further = article.continuation_ids if article else ()
        job = job_of(catalogue, messages, capture, continuation_ids=further)
    explanation = explain_page(job, capture, article)
    if html is None:
        from archive.explaining.on_terminal import print_explanation

        print_explanation(explanation, everything=everything)
    else:
        from archive.explaining.as_page import render_page

        html.write_text(render_page(explanation), encoding="utf-8", errors="replace")
        typer.echo(html)


def _find(
    catalogue: CatalogueReader, collection: Collection, url: str
) -> tuple[CaptureRow, tuple[str, int] | None]:
    """Find the capture of a page, and where its row is; the latest of several."""
    row = catalogue.find_article(url)
    if row is not None:
        return catalogue.get_capture(row.capture_id), (row.warc_file, row.warc_offset)
    captures = (c for c in catalogue.iter_captures(url) if c.status == 200)
    if found := next(captures, None):
        return found, None
    from archive.terminal import printable

    near = " ".join(catalogue.nearest_urls(url))
    hint = f"nearest: {near}" if near else "`archive list --all` names the pages it has"
    raise CollectionError(printable(f"{collection.address} has no page {url}; {hint}"))

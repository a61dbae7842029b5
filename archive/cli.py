"""The command `archive`: work on collections, offline.

Each command imports the heavy parts that it needs when it runs, so that all start at once.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated, Any

import typer

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.errors import ArchiveError, CollectionError
from archive.record_json import to_json

app = typer.Typer(
    help="Read and rebuild collections of archived blogs. `scrapy crawl blog -a url=…` makes them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

CollectionArgument = Annotated[
    str, typer.Argument(metavar="COLLECTION", help="A name below collections/, or a path with a /.")
]
_PROCESSES = os.cpu_count() or 1

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """Run the command line; an error that a user can act on is one line, without a traceback."""
    try:
        app()
    except ArchiveError as error:
        typer.echo(f"archive: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:  # `archive list … | head`: whoever read has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # the disk is full, a file may not be read
        typer.echo(f"archive: {error}", err=True)
        sys.exit(1)


@app.command("list")
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
                _print_json({**to_json(article), "page_type": "article"})
            for page in pages:
                _print_json(to_json(page))
            return
        from archive.terminal import list_lines

        for line in list_lines(articles, pages):
            typer.echo(line)


@app.command()
def show(
    collection: CollectionArgument,
    url: Annotated[str, typer.Argument(metavar="URL", help="Of the article.")],
    as_json: AsJson = False,
) -> None:
    """Show an article: its text, its metadata, its comments."""
    from archive.article_store import ArticleStore

    opened = Collection.open(collection)
    with CatalogueReader(opened.catalogue_path) as catalogue:
        row = catalogue.find_article(url)
        if row is None:
            raise CollectionError(_not_found(catalogue, opened, url))
    article = ArticleStore(opened.articles_dir).read_article(row.warc_file, row.warc_offset)
    if as_json:
        _print_json(to_json(article))
        return
    from archive.terminal import print_article

    print_article(article)


@app.command()
def rebuild(
    collection: CollectionArgument,
    processes: Annotated[int, typer.Option(min=1, help="Processes that extract.")] = _PROCESSES,
    skip_damaged: Annotated[
        bool, typer.Option("--skip-damaged", help="Take what can be read of damaged WARC files.")
    ] = False,
    forget_missing: Annotated[
        bool,
        typer.Option("--forget-missing", help="Drop what was made from WARC files now missing."),
    ] = False,
) -> None:
    """Make index, articles and catalogue anew from the WARC files."""
    from archive.rebuild import rebuild as rebuild_collection

    opened = Collection.open(collection)
    with opened.lock():
        rebuilt = rebuild_collection(
            opened,
            processes=processes,
            skip_damaged=skip_damaged,
            forget_missing=forget_missing,
        )
    for warning in rebuilt.warnings:
        typer.echo(f"archive: {warning}", err=True)
    articles = _counted(rebuilt.article_count, "article")
    captures = _counted(rebuilt.capture_count, "capture")
    files = _counted(rebuilt.warc_count, "WARC file")
    failures = _counted(rebuilt.failure_count, "failure")
    typer.echo(f"{opened.path}: {articles} from {captures} in {files}, {failures}")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


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


def _print_json(data: dict[str, Any]) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False))

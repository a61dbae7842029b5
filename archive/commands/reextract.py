"""`archive reextract`."""

from __future__ import annotations

import typer

from archive.collection import Collection
from archive.commands.arguments import CORES, CollectionArgument, ExtractionProcesses
from archive.commands.interruption import interruptible
from archive.counting import counted

_LEFT = "what was extracted is kept; the same command extracts the rest"


def reextract(collection: CollectionArgument, processes: ExtractionProcesses = CORES) -> None:
    """Extract all articles again with today's code and what is known of their sites."""
    from archive.leftovers import settle_leftovers
    from archive.reextract import reextract as reextract_collection

    opened = Collection.open(collection)
    with interruptible(_LEFT), opened.lock():
        settle_leftovers(
            opened, processes=processes, say=lambda line: typer.echo(f"archive: {line}", err=True)
        )
        done = reextract_collection(opened, processes=processes)
    if done.left_count:
        pages = counted(done.left_count, "page")
        typer.echo(f"archive: {pages} could not be read again, and stay as they were", err=True)
    articles = counted(done.article_count, "article")
    typer.echo(
        f"{opened.path}: {articles}, {done.changed_count:,} changed,"
        f" {done.new_count:,} became articles, {done.gone_count:,} are none any more"
    )

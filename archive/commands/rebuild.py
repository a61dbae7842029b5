"""`archive rebuild`."""

from __future__ import annotations

from typing import Annotated

import typer

from archive.collection import Collection
from archive.commands.arguments import CORES, CollectionArgument, ExtractionProcesses
from archive.counting import counted


def rebuild(
    collection: CollectionArgument,
    processes: ExtractionProcesses = CORES,
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
    articles = counted(rebuilt.article_count, "article")
    captures = counted(rebuilt.capture_count, "capture")
    files = counted(rebuilt.warc_count, "WARC file")
    failures = counted(rebuilt.failure_count, "failure")
    typer.echo(f"{opened.path}: {articles} from {captures} in {files}, {failures}")

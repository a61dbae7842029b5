"""`archive repair`."""

from __future__ import annotations

import typer

from archive.collection import Collection
from archive.commands.arguments import CORES, CollectionArgument, ExtractionProcesses


def repair(collection: CollectionArgument, processes: ExtractionProcesses = CORES) -> None:
    """Put in order what a crawl, an import or a rebuild left behind that was killed."""
    from archive.leftovers import settle_leftovers

    opened = Collection.open(collection)
    with opened.lock():
        was_needed = settle_leftovers(opened, processes=processes, say=typer.echo)
    typer.echo(f"{opened.path}: {'repaired' if was_needed else 'nothing to repair'}")

"""`archive repair`."""

from __future__ import annotations

import shlex

import typer

from archive.collection import Collection
from archive.commands.arguments import CORES, CollectionArgument, ExtractionProcesses
from archive.errors import CollectionError


def repair(collection: CollectionArgument, processes: ExtractionProcesses = CORES) -> None:
    """Put in order what a crawl, an import or a rebuild left behind that was killed."""
    from archive.leftovers import settle_leftovers
    from archive.missing import ADVICE_ON_LOSS, describe_missing, find_gaps, find_missing

    opened = Collection.open(collection)
    with opened.lock():
        was_needed = settle_leftovers(opened, processes=processes, say=typer.echo)
        if missing := find_missing(opened):
            raise CollectionError(f"{describe_missing(opened, missing)} {ADVICE_ON_LOSS}")
        gaps = find_gaps(opened) if opened.catalogue_path.exists() else []
    if gaps:
        advice = f"`archive rebuild {shlex.quote(opened.address)}` makes both anew"
        raise CollectionError(f"{opened.path}: {' and '.join(gaps)}: {advice}")
    typer.echo(f"{opened.path}: {'repaired' if was_needed else 'nothing to repair'}")

"""`archive status`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from archive.collection import COLLECTIONS, collection_path
from archive.commands.arguments import AsJson, print_json
from archive.dates import utc_now
from archive.schedule.finding import find_collections
from archive.terminal import one_line

Root = Annotated[
    Path, typer.Option(metavar="DIR", help="Where collections lie.", show_default=False)
]


def status(
    collections: Annotated[
        list[str] | None,
        typer.Argument(metavar="COLLECTION...", help="Only these.", show_default=False),
    ] = None,
    root: Root = COLLECTIONS,
    as_json: AsJson = False,
) -> None:
    """Show how collections stand: last crawl, next one, what they hold."""
    from archive.schedule.status import read_statuses

    statuses, unusable = read_statuses(_paths(collections, root), utc_now())
    if as_json:
        broken = [{"collection": str(each.path), "problem": each.problem} for each in unusable]
        print_json({"collections": [each.to_json() for each in statuses] + broken})
    else:
        from archive.schedule.status_table import print_statuses

        print_statuses(statuses, utc_now(), root)
        for each in unusable:
            typer.echo(f"archive: {one_line(each.problem)}", err=True)
    if unusable:
        raise typer.Exit(1)


def _paths(collections: Sequence[str] | None, root: Path) -> list[Path]:
    if not collections:
        return find_collections(root)
    return [collection_path(Path(root / name) if _is_name(name) else name) for name in collections]


def _is_name(name: str) -> bool:
    return os.sep not in name and bool(name.strip())

"""`archive status`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from archive.collection import COLLECTIONS, collection_path
from archive.commands.arguments import AsJson, print_json
from archive.dates import utc_now
from archive.errors import ArchiveError
from archive.schedule.finding import find_collections
from archive.schedule.state import CollectionState, Unusable, read_state
from archive.schedule.status import CollectionStatus, read_status

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
    found = _Statuses()
    for path in _paths(collections, root):
        found.add(path)
    if as_json:
        rows = [each.to_json() for each in found.readable]
        broken = [{"collection": str(each.path), "problem": each.problem} for each in found.broken]
        print_json({"collections": rows + broken})
    else:
        from archive.schedule.status_table import print_statuses

        print_statuses(found.readable, utc_now())
        for each in found.broken:
            typer.echo(f"archive: {each.problem}", err=True)
    if found.broken:
        raise typer.Exit(1)


@dataclass
class _Statuses:
    """What could be read of the collections, and what not."""

    readable: list[CollectionStatus] = field(default_factory=list)
    broken: list[Unusable] = field(default_factory=list)

    def add(self, path: Path) -> None:
        state = read_state(path, utc_now())
        if not isinstance(state, CollectionState):
            self.broken.append(state)
            return
        try:
            self.readable.append(read_status(state))
        except (ArchiveError, OSError) as error:
            self.broken.append(Unusable(path=path, problem=str(error)))


def _paths(collections: Sequence[str] | None, root: Path) -> list[Path]:
    if not collections:
        return find_collections(root)
    return [collection_path(Path(root / name) if _is_name(name) else name) for name in collections]


def _is_name(name: str) -> bool:
    return os.sep not in name and bool(name.strip())

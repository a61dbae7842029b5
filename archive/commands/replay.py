"""`archive replay`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Annotated

import typer

from archive.collection import Collection
from archive.commands.arguments import CollectionArgument

_MAX_SEEDS = 10  # a list of pages has thousands


def replay(
    collection: CollectionArgument,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="To listen on; 0 for any that is free.")
    ] = 8080,
    pywb: Annotated[
        str | None, typer.Option("--pywb", metavar="PROGRAM", help="The program pywb.")
    ] = None,
) -> None:
    """Show the pages of a collection in a browser, as they were, until Ctrl-C."""
    from archive.replay import find_pywb, replaying

    opened = Collection.open(collection)
    program = find_pywb(pywb)
    signal.signal(signal.SIGTERM, _end)  # else pywb would be left behind
    signal.signal(signal.SIGHUP, _end)
    try:
        with replaying(opened, program=program, port=port) as running:
            typer.echo(f"{opened.path} is replayed at {running.url} until Ctrl-C")
            for line in seed_lines(opened.seeds, running.page_url):
                typer.echo(line)
            sys.stdout.flush()
            running.wait()
    except KeyboardInterrupt:
        typer.echo()


def seed_lines(seeds: Sequence[str], page_url: Callable[[str], str | None]) -> Iterator[str]:
    """Yield where the first seeds are replayed, and how many there are besides.

    Args:
        seeds: of the collection.
        page_url: gives the address of a seed in the replay; None where it has no capture.
    """
    yield from filter(None, map(page_url, seeds[:_MAX_SEEDS]))
    if len(seeds) > _MAX_SEEDS:
        yield f"and {len(seeds) - _MAX_SEEDS:,} more addresses, which collection.toml names"


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)

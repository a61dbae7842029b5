"""`archive replay`."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from archive.collection import Collection
from archive.commands.arguments import CollectionArgument


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
            for seed in opened.seeds:
                if url := running.page_url(seed):
                    typer.echo(url)
            sys.stdout.flush()
            running.wait()
    except KeyboardInterrupt:
        typer.echo()


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)

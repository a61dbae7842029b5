"""What several commands take and print in the same way."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from archive.record_json import json_line

CollectionArgument = Annotated[
    str, typer.Argument(metavar="COLLECTION", help="A name below collections/, or a path with a /.")
]
ExtractionProcesses = Annotated[int, typer.Option(min=1, help="Processes that extract.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

CORES = os.cpu_count() or 1


def plain_reason(error: Exception) -> str:
    """Write an error for the user: of one of the system, the file and what it says, no number.

    >>> plain_reason(OSError(28, "No space left on device", "/disk/x.warc.gz"))
    '/disk/x.warc.gz: No space left on device'
    """
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def print_json(data: dict[str, Any]) -> None:
    """Print a JSON object on one line."""
    typer.echo(json_line(data))

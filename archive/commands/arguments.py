"""What several commands take and print in the same way."""

from __future__ import annotations

import json
import os
from typing import Annotated, Any

import typer

CollectionArgument = Annotated[
    str, typer.Argument(metavar="COLLECTION", help="A name below collections/, or a path with a /.")
]
ExtractionProcesses = Annotated[int, typer.Option(min=1, help="Processes that extract.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

CORES = os.cpu_count() or 1


def counted(number: int, noun: str) -> str:
    """Write a number with its noun.

    >>> counted(1, "article"), counted(1200, "capture")
    ('1 article', '1,200 captures')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def print_json(data: dict[str, Any]) -> None:
    """Print a JSON object on one line."""
    typer.echo(json.dumps(data, ensure_ascii=False))

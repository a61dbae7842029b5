"""`archive merge`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from archive.collection import Collection, collection_path
from archive.commands.arguments import CORES, ExtractionProcesses
from archive.commands.interruption import interruptible
from archive.counting import counted


def merge(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE...", help="Collections, by name or path.")
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="TARGET", help="The new collection.")
    ],
    processes: ExtractionProcesses = CORES,
    skip_damaged: Annotated[
        bool, typer.Option("--skip-damaged", help="Take what can be read of damaged WARC files.")
    ] = False,
) -> None:
    """Make a new collection of several: WARC files side by side, the rest anew."""
    from archive.merging import merge as merge_collections

    opened = [Collection.open(source) for source in sources]
    target = collection_path(output)
    left = "nothing was made, and what was to be merged is as it was"
    with interruptible(left), _progress(opened) as advance:
        merged = merge_collections(
            opened, target, processes=processes, skip_damaged=skip_damaged, advance=advance
        )
    for warning in merged.warnings:
        typer.echo(f"archive: {warning}", err=True)
    articles = counted(merged.article_count, "article")
    captures = counted(merged.capture_count, "capture")
    files = counted(merged.warc_count, "WARC file")
    failures = counted(merged.failure_count, "failure")
    typer.echo(f"{target}: {articles} from {captures} in {files}, {failures}")


@contextmanager
def _progress(sources: list[Collection]) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how much was laid side by side; yields what is to be told the bytes."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("merging WARC files"), BarColumn(), DownloadColumn())
    with Progress(
        *columns, console=console, disable=not console.is_terminal, transient=True
    ) as progress:
        files = (path for source in sources for path in source.warc_dir.glob("*.warc.gz"))
        task = progress.add_task("", total=sum(path.stat().st_size for path in files))

        def advance(size: int) -> None:
            progress.advance(task, size)
            if progress.finished:  # what follows has bars of its own
                progress.stop()

        yield advance

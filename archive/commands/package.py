"""`archive package`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from archive.collection import Collection
from archive.commands.arguments import CollectionArgument
from archive.commands.interruption import interruptible
from archive.counting import counted
from archive.dates import parse_day


def package(  # noqa: PLR0913 - each is an argument or option of the command
    collection: CollectionArgument,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE.wacz", help="The file to make.")
    ],
    since: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Only what was captured at that date or after."),
    ] = None,
    crawl: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Only what this crawl captured; may be repeated."),
    ] = None,
    title: Annotated[
        str | None, typer.Option(help="Of the package; else the name of the collection.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", envvar="WACZ_SIGNING_KEY", help="Private key (PEM, P-384) to sign with."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Pack a collection into one WACZ file, which ReplayWeb.page and pywb open."""
    from archive.wacz.packaging import PackageOrder
    from archive.wacz.packaging import package as write_package
    from archive.wacz.selection import Selection
    from archive.wacz.signing import load_key

    if key is not None and not key.strip():
        raise typer.BadParameter("it needs the name of a file", param_hint="--key")
    left = f"nothing of {output} was written; the same command begins anew"
    with interruptible(left), _progress("packing WARC files") as on_bytes:
        order = PackageOrder(
            selection=Selection(since=_parse_since(since), crawl_ids=frozenset(crawl or ())),
            title=title,
            key=load_key(Path(key)) if key else None,
            overwrite=force,
        )
        packaged = write_package(Collection.open(collection), output, order, on_bytes=on_bytes)
    for warning in packaged.warnings:
        typer.echo(f"archive: {warning}", err=True)
    account = packaged.account
    articles = counted(account.article_count, "article")
    others = counted(account.other_page_count, "other page")
    captures = counted(account.capture_count, "capture")
    files = counted(account.warc_count, "WARC file")
    signed = "signed" if packaged.public_key else "not signed"
    size = f"{packaged.size_bytes:,} bytes"
    typer.echo(f"{output}: {articles} and {others}, {captures} in {files}, {size}, {signed}")


def _parse_since(text: str | None) -> datetime | None:
    try:
        return None if text is None else parse_day(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no date such as 2024-02-29", param_hint="--since"
        ) from error


@contextmanager
def _progress(description: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many bytes are done, on a terminal; yields what is to be told them."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, disable=not console.is_terminal, transient=True
    ) as bar:
        task = bar.add_task(description, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)

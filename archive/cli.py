"""The command `archive`: work on collections, offline."""

from __future__ import annotations

import os
import sys

import typer

from archive.commands.arguments import plain_reason
from archive.commands.diff import diff
from archive.commands.explain import explain
from archive.commands.import_files import import_files
from archive.commands.list_articles import list_articles
from archive.commands.merge import merge
from archive.commands.new import new
from archive.commands.package import package
from archive.commands.rebuild import rebuild
from archive.commands.reextract import reextract
from archive.commands.repair import repair
from archive.commands.replay import replay
from archive.commands.schedule import schedule
from archive.commands.show import show
from archive.commands.status import status
from archive.commands.verify import verify
from archive.errors import ArchiveError

app = typer.Typer(
    help="Read and rebuild collections of archived blogs. `scrapy crawl blog -a url=…` makes them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command()(new)
app.command("list")(list_articles)
app.command()(show)
app.command()(diff)
app.command()(explain)
app.command()(rebuild)
app.command()(reextract)
app.command()(package)
app.command()(repair)
app.command()(replay)
app.command()(status)
app.command()(schedule)
app.command("import")(import_files)
app.command()(merge)
app.command()(verify)


def main() -> None:
    """Run the command line; an error that a user can act on is one line, without a traceback."""
    try:
        app()
    except ArchiveError as error:
        typer.echo(f"archive: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:  # `archive list … | head`: whoever read has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # the disk is full, a file may not be read
        typer.echo(f"archive: {plain_reason(error)}", err=True)
        sys.exit(1)

"""`archive import`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archive.collection import Collection
from archive.commands.arguments import CORES, AsJson, ExtractionProcesses, plain_reason, print_json
from archive.commands.interruption import interruptible
from archive.counting import counted
from archive.errors import ArchiveError
from archive.record_json import to_json

if TYPE_CHECKING:
    from archive.catalogue import Catalogue
    from archive.importing import Importer, Taken
    from archive.taking_in import TakenIn

_MAX_LINES = 20  # about one file; `--json` prints all


def import_files(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="WARC, ARC or WACZ files.")
    ],
    into: Annotated[
        str, typer.Option("--into", metavar="COLLECTION", help="Where to; made if it is missing.")
    ],
    processes: ExtractionProcesses = CORES,
    as_json: AsJson = False,
) -> None:
    """Take WARC, ARC and WACZ files of other programs into a collection."""
    from archive.catalogue import Catalogue
    from archive.importing import Importer, destination
    from archive.leftovers import settle_leftovers
    from archive.taking_in import take_in

    account = _Account(as_json=as_json)
    left = "what was taken is kept; the same command takes the rest, and reads what is not yet read"
    with interruptible(left), destination(into) as collection:
        settle_leftovers(collection, processes=processes, say=_warn)
        with (
            Catalogue(collection.catalogue_path) as catalogue,
            _progress(files) as advance,
            Importer(collection, catalogue, advance) as importer,
        ):
            for path in files:
                account.take(importer, path)
        paths = sorted({*importer.unread, *account.paths})
        taken_in = take_in(paths, collection, processes=processes)
        with Catalogue(collection.catalogue_path) as catalogue:
            account.add_gaps(catalogue)
    account.end(collection, taken_in)
    if account.has_losses:
        raise typer.Exit(1)


class _Account:
    """What became of each file, printed as it is known; with `as_json`, all of it at the end."""

    def __init__(self, *, as_json: bool) -> None:
        self.paths: list[Path] = []  # of the WARC files that are new in the collection
        self.has_losses = False
        self._as_json = as_json
        self._files: list[Path] = []  # that were taken
        self._taken: list[dict[str, Any]] = []
        self._refused: list[dict[str, str]] = []
        self._gaps: list[str] = []

    def take(self, importer: Importer, path: Path) -> None:
        """Import a file; one that cannot be imported is told, and the others go on."""
        try:
            results = importer.take(path)
        except (ArchiveError, OSError) as error:
            self.has_losses = True
            reason = plain_reason(error)
            self._refused.append({"file": str(path), "error": reason})
            self._warn([f"{reason}; nothing of {path} was taken"])
            return
        self._files.append(path)
        for taken in results:
            self._add(taken)

    def add_gaps(self, catalogue: Catalogue) -> None:
        """Tell what the collection lacks of what the new files speak of."""
        from archive.importing import iter_missing_pages, iter_unresolved

        unresolved = iter_unresolved(catalogue, self.paths)
        self._gaps = list(chain(unresolved, iter_missing_pages(catalogue, self._files)))
        self._warn(self._gaps)

    def end(self, collection: Collection, taken_in: TakenIn) -> None:
        """Tell the sums; where a new collection was not made, there are none."""
        if self._as_json:
            sums = {"captures": taken_in.capture_count, "articles": taken_in.article_count}
            lists = {"files": self._taken, "refused": self._refused, "gaps": self._gaps}
            print_json({"collection": str(collection.path), **sums, **lists})
            return
        if not collection.path.exists():
            return
        new_count = sum(taken["is_new"] for taken in self._taken)
        articles = counted(taken_in.article_count, "article")
        captures = counted(taken_in.capture_count, "capture")
        files = counted(new_count, "new WARC file")
        failures = counted(taken_in.failure_count, "failure")
        self._warn(taken_in.warnings)
        typer.echo(f"{collection.path}: {articles} from {captures} in {files}, {failures}")

    def _add(self, taken: Taken) -> None:
        imported = taken.imported
        self.paths += taken.paths
        is_told = taken.is_new or not imported.filename  # else it was, when that file was imported
        problems = imported.problems if is_told else ()
        self.has_losses |= bool(problems)
        state = {"is_new": taken.is_new, "warnings": list(taken.warnings)}
        self._taken.append(to_json(imported) | state)
        if not self._as_json:
            _say(f"{imported.source}: {_describe(taken)}")
        self._warn(f"{imported.source}: {line}" for line in chain(problems, taken.warnings))

    def _warn(self, lines: Iterable[str]) -> None:
        """Print lines, the first of many."""
        if self._as_json:
            return
        lines = list(lines)
        for line in lines[:_MAX_LINES]:
            _warn(line)
        if len(lines) > _MAX_LINES:
            _warn(f"and {len(lines) - _MAX_LINES:,} more of these; --json prints all")


def _describe(taken: Taken) -> str:
    imported = taken.imported
    if not taken.is_new:
        return "nothing new" + (f": archive/{imported.filename}" if imported.filename else "")
    how = "record by record"
    if imported.is_copy:
        how = "byte for byte"
    elif imported.form != "WARC":
        how = f"converted from {imported.form}"
    records = counted(imported.record_count, "record")
    captures = counted(imported.capture_count, "capture")
    return f"{records}, {captures}, {how}, as archive/{imported.filename}"


def _say(line: str) -> None:
    from archive.terminal import printable

    typer.echo(printable(line))


def _warn(line: str) -> None:
    from archive.terminal import printable

    typer.echo(f"archive: {printable(line)}", err=True)


@contextmanager
def _progress(files: list[Path]) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how much of the files was read; yields what is to be told the bytes."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("importing"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, disable=not console.is_terminal, transient=True
    ) as progress:
        sizes = (path.stat().st_size for path in files if path.is_file())
        task = progress.add_task("importing", total=2 * sum(sizes))  # digest, and conversion
        yield lambda size: progress.advance(task, size)

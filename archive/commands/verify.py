"""`archive verify`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from archive.commands.arguments import CORES
from archive.errors import ArchiveError
from archive.terminal import printable

_FAULTS_FOUND = 1
_NOT_VERIFIED = 2


def verify(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", help="Collections, WARC files, WACZ files.", show_default=False
        ),
    ],
    processes: Annotated[
        int, typer.Option(min=1, help="Files that are read at once; processes that extract.")
    ] = CORES,
    no_extraction: Annotated[
        bool, typer.Option("--no-extraction", help="Do not extract the articles again.")
    ] = False,
    json_file: Annotated[
        str | None,
        typer.Option(
            "--json", metavar="FILE", help="Write all findings as JSON; - for the output."
        ),
    ] = None,
) -> None:
    """Verify that archives are whole, and that all of their parts agree."""
    from archive.verification.plain_words import plain_words
    from archive.verification.report import finding_lines, summary_lines, write_json
    from archive.verification.verifying import verified

    try:
        with (
            _ending_on_sigterm(),
            verified(
                paths, processes=processes, extract=not no_extraction, shows_progress=True
            ) as verification,
        ):
            if json_file == "-":
                write_json(verification, sys.stdout)
            else:
                for line in (*finding_lines(verification), *summary_lines(verification)):
                    typer.echo(line)
            if json_file not in (None, "-"):
                with _report_file(Path(json_file)) as file:
                    write_json(verification, file)
            for _, error in verification.not_verified:
                typer.echo(f"archive: {printable(error)}", err=True)
            faults = any(finding.severity == "fault" for finding in verification.findings())
            is_all = not verification.not_verified
    except (ArchiveError, OSError) as error:
        typer.echo(f"archive: {plain_words(str(error))}", err=True)
        raise typer.Exit(_NOT_VERIFIED) from error
    if not is_all:
        raise typer.Exit(_NOT_VERIFIED)
    if faults:
        raise typer.Exit(_FAULTS_FOUND)


@contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does: worker processes end, temporary files go."""

    def end(number: int, _: object) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _report_file(path: Path) -> Iterator[IO[str]]:
    try:
        with path.open("w", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror or error}") from error

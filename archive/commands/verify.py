"""`archive verify`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from archive.commands.arguments import CORES
from archive.errors import ArchiveError

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
    from archive.verification.report import finding_lines, summary_lines, write_json
    from archive.verification.verifying import verified

    try:
        with verified(
            paths, processes=processes, extract=not no_extraction, shows_progress=True
        ) as verification:
            if json_file == "-":
                write_json(verification, sys.stdout)
            else:
                for line in (*finding_lines(verification), *summary_lines(verification)):
                    typer.echo(line)
            if json_file not in (None, "-"):
                with Path(json_file).open("w", encoding="utf-8") as file:
                    write_json(verification, file)
            faults = any(finding.severity == "fault" for finding in verification.findings())
    except (ArchiveError, OSError) as error:
        typer.echo(f"archive: {error}", err=True)
        raise typer.Exit(_NOT_VERIFIED) from error
    if faults:
        raise typer.Exit(_FAULTS_FOUND)

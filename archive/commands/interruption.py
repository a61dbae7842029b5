"""What a command says when it is stopped with Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import typer


@contextmanager
def interruptible(left: str) -> Iterator[None]:
    """On Ctrl-C, print one line and end with the status that a shell gives it.

    Args:
        left: what is there then, and what to do.
    """
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"archive: stopped: {left}", err=True)
        raise typer.Exit(128 + signal.SIGINT) from None

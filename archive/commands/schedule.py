"""`archive schedule`."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from archive.collection import COLLECTIONS
from archive.schedule.units import MAX_JOBS, SERVICE, TIMER, Schedule, parse_shard

_SYSTEMD_STEPS = f"""\
# What to do with it, as root: put the two parts into /etc/systemd/system/{SERVICE} and
# /etc/systemd/system/{TIMER}, then
#   systemd-analyze verify /etc/systemd/system/{TIMER}
#   systemctl daemon-reload
#   systemctl enable --now {TIMER}
# What it does:  journalctl -u {SERVICE}      When it runs next:  systemctl list-timers
"""
_CRON_STEPS = """\
# What to do with it: `crontab -e`, and put this line at the end. A run that finds an earlier one
# still at work leaves alone what that one is crawling.
"""


def _checked_shard(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        number, count = parse_shard(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return f"{number}/{count}"


def _checked_root(root: Path) -> Path:
    whole = root.expanduser().resolve()
    if not whole.is_dir():
        raise typer.BadParameter(f"there is no directory {whole}: `archive new` makes collections")
    if not str(whole).isprintable():
        raise typer.BadParameter("its name holds what cannot stand in a line: rename it")
    return whole


def schedule(
    root: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="Where collections lie.",
            show_default=False,
            callback=_checked_root,
        ),
    ] = COLLECTIONS,
    systemd: Annotated[bool, typer.Option("--systemd", help="Only the systemd units.")] = False,
    cron: Annotated[bool, typer.Option("--cron", help="Only the line of a crontab.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=MAX_JOBS, metavar="N", help="Crawls at a time."),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", callback=_checked_shard, help="Machine I of N."),
    ] = None,
) -> None:
    """Print what makes this machine crawl what is due, by systemd or by cron."""
    made = Schedule(
        python=Path(sys.executable),
        directory=Path.cwd(),
        root=root,
        user=getpass.getuser(),
        jobs=jobs,
        shard=shard,
    )
    both = systemd == cron
    if systemd or both:
        typer.echo(_SYSTEMD_STEPS)
        typer.echo(f"# {SERVICE}\n{made.service()}")
        typer.echo(f"# {TIMER}\n{made.timer()}")
    if cron or both:
        typer.echo(f"{_CRON_STEPS}{made.crontab()}", nl=False)

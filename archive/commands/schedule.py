"""`archive schedule`."""

from __future__ import annotations

import getpass
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from archive.collection import COLLECTIONS
from archive.schedule.units import SERVICE, TIMER, Schedule

_MAX_JOBS = 1_000  # as of `scrapy crawl_due`
_SHARD = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")
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
    match = _SHARD.fullmatch(text.strip()) if text is not None else None
    if text is not None and not (match and 1 <= int(match[1]) <= int(match[2])):
        raise typer.BadParameter(f"{text} is no shard; say for example 1/4, 2/4, 3/4 or 4/4")
    return match[0] if match else None


def schedule(
    root: Annotated[
        Path, typer.Option(metavar="DIR", help="Where collections lie.", show_default=False)
    ] = COLLECTIONS,
    systemd: Annotated[bool, typer.Option("--systemd", help="Only the systemd units.")] = False,
    cron: Annotated[bool, typer.Option("--cron", help="Only the line of a crontab.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=_MAX_JOBS, metavar="N", help="Crawls at a time."),
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
        root=root.expanduser().resolve(),
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

"""The table of `archive status`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from archive.reports.summary import format_size, unread_lists_line
from archive.schedule.counts import CrawlCounts
from archive.schedule.due import say_when, say_why
from archive.schedule.finding import name_below
from archive.schedule.status import RUNNING, CollectionStatus
from archive.terminal import one_line, printable

_COUNTED = ("new", "changed", "gone", "failed")
_UNBROKEN_WIDTH = 1_000


def print_statuses(statuses: Sequence[CollectionStatus], now: datetime, root: Path) -> None:
    """Print how collections stand, a row for each, named by its place below the root."""
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=_UNBROKEN_WIDTH)
    table = Table(box=None, pad_edge=False, header_style="cyan")
    for name in ("collection", "last crawl", "ended", "next"):
        table.add_column(name, overflow="fold")
    for name in ("articles", *_COUNTED, "in a row", "size"):
        table.add_column(name, justify="right", no_wrap=True)
    for status in statuses:
        table.add_row(_name(status, root), *_cells(status, now))
    if len(statuses) > 1:
        table.add_row(*_totals(statuses), style="bold")
    console.print(table)
    for status in statuses:
        if status.unread_lists:
            said = printable(unread_lists_line(status.unread_lists))
            console.print(f"{_name(status, root)}: of the lists, {said}", soft_wrap=True)


def _name(status: CollectionStatus, root: Path) -> str:
    return one_line(name_below(root, status.state.collection.path))


def _cells(status: CollectionStatus, now: datetime) -> tuple[str, ...]:
    last = status.state.history.last
    return (
        say_when(last.started) if last else "never",
        printable(status.ended or "–"),
        _say_next(status, now),
        f"{status.articles:,}",
        *_numbers(status.counts),
        f"{status.state.history.failures:,}",
        format_size(status.size_bytes),
    )


def _totals(statuses: Sequence[CollectionStatus]) -> tuple[str, ...]:
    counts = sum((status.counts for status in statuses), CrawlCounts())
    return (
        f"{len(statuses):,} collections",
        "",
        "",
        "",
        f"{sum(status.articles for status in statuses):,}",
        *_numbers(counts),
        f"{sum(status.state.history.failures > 0 for status in statuses):,} failing",
        format_size(sum(status.size_bytes for status in statuses)),
    )


def _numbers(counts: CrawlCounts) -> list[str]:
    return [f"{getattr(counts, name):,}" for name in _COUNTED]


def _say_next(status: CollectionStatus, now: datetime) -> str:
    due = status.state.due
    if status.ended == RUNNING:
        return RUNNING
    if due.start is None:
        return say_why(due, status.state.history)
    return "now" if due.may_start(now) else say_when(due.start)

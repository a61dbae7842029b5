"""What a schedule says: the plan before it, a line for each crawl, the account at the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from archive.dates import utc_now
from archive.reports.summary import format_size
from archive.schedule.counts import CrawlCounts
from archive.schedule.due import say_when, say_why
from archive.schedule.finding import name_below
from archive.schedule.state import CollectionState, Unusable, read_state
from archive.schedule.status import RUNNING
from archive.terminal import one_line
from scraper.schedule.plan import Plan
from scraper.schedule.results import Outcome, Result

_COUNTED = ("new", "changed", "gone", "failed", "requests")


def result_line(result: Result, root: Path) -> str:
    """Write what became of one collection below a root, on one line."""
    parts = [f"{result.outcome.replace('_', ' ')}: {name_below(root, result.path)}"]
    if result.crawl is not None:
        parts.append(f"{result.seconds:,.0f} s")
    if counts := result.counts:
        parts += [f"{name} {number:,}" for name in _COUNTED if (number := getattr(counts, name))]
    if result.why:
        parts.append(result.why)
    if result.outcome is Outcome.FAILED and result.log is not None:
        parts.append(str(result.log))
    return one_line(", ".join(parts))


def hook_line(path: Path, problem: str, root: Path) -> str:
    """Write of a hook of one collection that it did not work, on one line."""
    return one_line(f"hook failed: {name_below(root, path)}, {problem}")


def account_table(results: Sequence[Result]) -> Table:
    """Make the table that stands at the end: collections by outcome, and what they brought."""
    table = Table(box=None, pad_edge=False, header_style="cyan")
    table.add_column("")
    for name in ("collections", *_COUNTED, "as WARC"):
        table.add_column(name, justify="right")
    for outcome in Outcome:
        _add_row(table, outcome, [each for each in results if each.outcome is outcome])
    _add_row(table, "due", results, style="bold")
    return table


def plan_table(plan: Plan, now: datetime, root: Path) -> Table:
    """Make the table of what is due, when, and why, of all below a root; the due ones first."""
    table = Table(box=None, pad_edge=False, header_style="cyan")
    for name in ("collection", "starts", "why"):
        table.add_column(name, overflow="fold")
    for state in (*plan.due, *plan.not_due):
        name = one_line(name_below(root, state.collection.path))
        table.add_row(name, *_say_start(state, now))
    for unusable in plan.unusable:
        name = one_line(name_below(root, unusable.path))
        table.add_row(name, "never", one_line(unusable.problem))
    return table


def plan_document(plan: Plan) -> list[dict[str, Any]]:
    """Give each collection of a plan as JSON values, the due ones first."""
    due = {state.collection.path for state in plan.due}
    return [
        {**_state_values(state), "is_due": state.collection.path in due}
        for state in (*plan.due, *plan.not_due)
    ] + [_unusable_values(each) for each in plan.unusable]


def account_document(results: Iterable[Result]) -> list[dict[str, Any]]:
    """Give what became of each collection as JSON values, with when it is due next."""
    return [_result_values(result) for result in results]


def count_outcomes(results: Sequence[Result]) -> dict[str, int]:
    """Count the collections by outcome; `due` is the sum of the others."""
    counts = {"due": len(results)}
    for outcome in Outcome:
        counts[outcome] = sum(each.outcome is outcome for each in results)
    return counts


def _say_start(state: CollectionState, now: datetime) -> tuple[str, str]:
    """Write when a crawl starts, and why then."""
    if state.is_running():
        return RUNNING, "it is being crawled"
    starts = "now" if state.due.may_start(now) else say_when(state.due.start)
    return starts, say_why(state.due, state.history)


def _add_row(
    table: Table, label: str, results: Sequence[Result], *, style: str | None = None
) -> None:
    counts = sum((each.counts for each in results if each.counts), CrawlCounts())
    numbers = (f"{getattr(counts, name):,}" for name in _COUNTED)
    table.add_row(
        label.replace("_", " "),
        f"{len(results):,}",
        *numbers,
        format_size(counts.size_bytes),
        style=style,
    )


def _state_values(state: CollectionState) -> dict[str, Any]:
    due = state.due
    return {
        "collection": str(state.collection.path),
        "due_since": _date(due.since),
        "starts": _date(due.start),
        "why": RUNNING if state.is_running() else due.why,
        "cadence_s": due.cadence.total_seconds() if due.cadence else None,
        "failures_in_a_row": state.history.failures,
    }


def _unusable_values(unusable: Unusable) -> dict[str, Any]:
    return {"collection": str(unusable.path), "is_due": False, "problem": unusable.problem}


def _result_values(result: Result) -> dict[str, Any]:
    crawl = result.crawl
    return {
        "collection": str(result.path),
        "outcome": result.outcome,
        "why": result.why,
        "crawl_id": crawl.crawl_id if crawl else None,
        "reason": crawl.reason if crawl else None,
        "seconds": round(result.seconds, 1),
        "counts": asdict(result.counts) if result.counts else None,
        "log": str(result.log) if result.log else None,
        "hook_problems": list(result.hook_problems),
        "next": _next(result.path),
    }


def _next(path: Path) -> str | None:
    state = read_state(path, utc_now())
    return _date(state.due.start) if isinstance(state, CollectionState) else None


def _date(date: datetime | None) -> str | None:
    return date.isoformat() if date else None

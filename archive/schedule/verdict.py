"""How a crawl went: one judgement, for the account of a schedule and for whom its hooks tell."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Literal

from archive.catalogue import CatalogueReader
from archive.catalogue.chains import ENDS, UNANSWERED
from archive.errors import CatalogueError
from archive.records import Crawl
from archive.revisiting import is_passing
from archive.schedule.due import say_when
from archive.schedule.history import RETRY_AFTER, put_off, was_stopped
from archive.schedule.state import CollectionState
from archive.terminal import printable

_FAILURES_HEARD = 1000
_MAX_WHY_LENGTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a crawl went.

    Attributes:
        ending: "complete"; "stopped": in order, and the next run takes it up; "failed".
        why: in a few words; empty where there is nothing to say.
    """

    ending: Literal["complete", "stopped", "failed"]
    why: str = ""


def judge_crawl(state: CollectionState, crawl: Crawl, *, problem: str = "") -> Verdict:
    """Judge a crawl of a collection that has ended.

    The catalogue decides, since it also settles when the next crawl is due.

    Args:
        state: of the collection.
        crawl: one of the last.
        problem: the last error that it told of; empty where it is not known.
    """
    reason = crawl.reason or "killed"
    if state.history.is_complete(crawl):
        return Verdict(ending="complete", why="" if reason == "finished" else reason)
    if reason == RETRY_AFTER:
        until = (crawl.finished or crawl.started) + put_off(crawl)
        reason = problem = f"its host asks to be left alone until {say_when(until)}"
    if was_stopped(crawl):
        return Verdict(ending="stopped", why=f"{reason}; the next run takes it up")
    if reason not in ENDS | {UNANSWERED}:
        return Verdict(ending="failed", why=in_short(problem or reason))
    failure = _first_failure(state, crawl)
    if state.history.archived_nothing:
        return Verdict(ending="failed", why=f"archived nothing{failure and ': '}{failure}")
    return Verdict(ending="failed", why=failure or "it gave no answer")


def in_short(reason: str) -> str:
    """Write a reason for a line of a report, whoever wrote it and however long it is."""
    return printable(reason)[:_MAX_WHY_LENGTH]


def _first_failure(state: CollectionState, crawl: Crawl) -> str:
    """Name the first failure that may pass, as that of a silent seed or list, else the first."""
    try:
        with CatalogueReader(state.collection.catalogue_path) as catalogue:
            failures = islice(catalogue.iter_failures(crawl.crawl_id), _FAILURES_HEARD)
            failure = min(failures, key=lambda each: not is_passing(each.error), default=None)
    except CatalogueError:
        return ""
    if failure is None:
        return ""
    return in_short(f"{failure.url}: {failure.error}: {failure.message}")

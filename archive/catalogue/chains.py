"""Which crawls belong together: a crawl that was broken off, and those that took it up.

A chain is the crawls of one command (a spider and its seeds) since the last that was complete. It
is over with the first crawl that ended by itself and left no list unanswered that may answer the
next time, or with the second that ended by itself: a list that stays silent holds up no more than
one crawl. A crawl whose seed was silent, or whose server fell silent over its pages, has not ended
by itself. When any crawl begins more than seven days after its first, it is over all the same.

A crawl that began more than an hour in the future was dated by a wrong clock, and is passed over
until its date has come. But for that, chains follow from the rows of the crawls alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain as joined

from archive.catalogue.reader import CatalogueReader
from archive.records import Crawl

UNANSWERED_SEEDS_STAT = "seeds/unanswered"
"""A stat of a crawl: its seeds that had no answer, for a reason that may pass."""

UNANSWERED_LISTS_STAT = "lists/unanswered"
"""A stat of a crawl: lists and listing pages without an answer, for a reason that may pass."""

SILENT_PAGES_STAT = "pages/silent"
"""A stat of a crawl: pages without an answer, so many in a row that their server seemed down."""

ENDS = frozenset({"finished", "limit"})
"""The reasons of crawls that did all that they had to do."""

UNANSWERED = "unanswered"
"""The reason of a crawl that gave up, since nothing that it asked was answered."""

_CLOCK_SLACK = timedelta(hours=1)
_TAKEN_UP_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What decides to which chain a crawl belongs."""

    crawl_id: str
    command: tuple[str, tuple[str, ...]]
    started: datetime
    has_ended: bool  # by itself, and nothing that it is about was silent
    lacks_lists: bool


@dataclass(slots=True)
class _Chains:
    """The crawls in the order in which it was known that their chains are over."""

    over: list[list[_Run]]
    open: dict[tuple[str, tuple[str, ...]], list[_Run]]
    complete: list[_Run]


def last_right_date(now: datetime) -> datetime:
    """Give the latest date that a crawl may have begun at; a later one is that of a wrong clock.

    Args:
        now: this moment. Clocks that are put right are often some minutes fast.
    """
    return now + _CLOCK_SLACK


def last_wrong_date(catalogue: CatalogueReader, now: datetime) -> datetime | None:
    """Find the latest date in the future that a wrong clock has given a crawl; None: it gave none.

    Args:
        catalogue: of the collection.
        now: this moment.
    """
    latest = "SELECT max(started) AS latest FROM crawls WHERE started > ?"
    found = next(catalogue.query(latest, last_right_date(now).isoformat()))["latest"]
    return datetime.fromisoformat(found) if found else None


def open_chain(catalogue: CatalogueReader, crawl: Crawl) -> tuple[Crawl, ...]:
    """List the crawls that a crawl takes up, oldest first; none where it begins anew.

    Args:
        catalogue: of the collection.
        crawl: that is about to begin, or has begun.
    """
    known = _runs(catalogue, crawl.started)
    chains = _link(run for run in known if run.crawl_id != crawl.crawl_id)
    _end_old(chains, crawl.started)
    taken_up = chains.open.get(_command(crawl.spider, crawl.seeds), [])
    found = (catalogue.find_crawl(run.crawl_id) for run in taken_up)
    return tuple(each for each in found if each is not None)


def last_complete_crawl(
    catalogue: CatalogueReader,
    now: datetime,
    *,
    spider: str | None = None,
    seed: str | None = None,
) -> Crawl | None:
    """Find the last crawl that was complete; None: there is none.

    Args:
        catalogue: of the collection.
        now: this moment.
        spider: of the crawl; left out: any.
        seed: one that the crawl had; left out: any.
    """
    for run in reversed(_link(_runs(catalogue, now)).complete):
        name, seeds = run.command
        if spider in (None, name) and (seed is None or seed in seeds):
            return catalogue.find_crawl(run.crawl_id)
    return None


def complete_crawls(catalogue: CatalogueReader, now: datetime, *, last: int) -> list[str]:
    """List the identifiers of the crawls that were complete, oldest first.

    Args:
        catalogue: of the collection.
        now: this moment.
        last: so many at most of each command.
    """
    counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
    found = []
    for run in reversed(_link(_runs(catalogue, now)).complete):
        counts[run.command] += 1
        if counts[run.command] <= last:
            found.append(run.crawl_id)
    return found[::-1]


def crawls_to_fold(catalogue: CatalogueReader, now: datetime) -> list[str]:
    """List the identifiers of the crawls whose chains are over, in the order of being so.

    What is listed once stays where it is as long as only later crawls are added.

    Args:
        catalogue: of the collection.
        now: this moment.
    """
    chains = _link(_runs(catalogue, now))
    return [run.crawl_id for run in joined.from_iterable(chains.over)]


def _runs(catalogue: CatalogueReader, now: datetime) -> list[_Run]:
    """Read what matters of each crawl, oldest first: with all of their stats it would take long."""
    rows = catalogue.query(
        "SELECT crawl_id, spider, seeds, started, reason, instr(stats, ?) > 0 AS lacks_lists,"
        " instr(stats, ?) > 0 OR instr(stats, ?) > 0 AS was_silent"
        " FROM crawls WHERE started <= ? ORDER BY started, crawl_id",
        *map(json.dumps, (UNANSWERED_LISTS_STAT, UNANSWERED_SEEDS_STAT, SILENT_PAGES_STAT)),
        last_right_date(now).isoformat(),
    )
    return [
        _Run(
            crawl_id=row["crawl_id"],
            command=_command(row["spider"], json.loads(row["seeds"])),
            started=datetime.fromisoformat(row["started"]),
            has_ended=row["reason"] in ENDS and not row["was_silent"],
            lacks_lists=bool(row["lacks_lists"]),
        )
        for row in rows
    ]


def _command(spider: str, seeds: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    return spider, tuple(sorted(seeds))


def _link(runs: Iterable[_Run]) -> _Chains:
    """Put crawls into chains."""
    chains = _Chains([], {}, [])
    for run in runs:
        _end_old(chains, run.started)
        chain = chains.open.setdefault(run.command, [])
        was_tried = any(each.has_ended for each in chain)
        chain.append(run)
        if run.has_ended and (was_tried or not run.lacks_lists):
            chains.complete.append(run)
            chains.over.append(chains.open.pop(run.command))
    return chains


def _end_old(chains: _Chains, now: datetime) -> None:
    for command, chain in list(chains.open.items()):
        if now - chain[0].started > _TAKEN_UP_FOR:
            chains.over.append(chains.open.pop(command))

"""`scrapy crawl_due`: crawls the collections that are due, and those that become due meanwhile."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from scrapy.commands import ScrapyCommand

from archive.collection import COLLECTIONS
from archive.counting import counted
from archive.dates import utc_now
from archive.errors import CollectionError
from archive.record_json import json_line
from archive.schedule.units import MAX_JOBS
from archive.terminal import one_line
from scraper.schedule.account import (
    account_document,
    account_table,
    count_outcomes,
    plan_document,
    plan_table,
)
from scraper.schedule.agenda import Agenda
from scraper.schedule.crawl_process import RunLimits
from scraper.schedule.fleet import Fleet, FleetOptions
from scraper.schedule.plan import Plan, make_plan
from scraper.schedule.progress import FleetProgress
from scraper.schedule.results import Outcome, Result
from scraper.schedule.run_lock import hold_run
from scraper.setting_checks import check_settings, refuse_misspelt
from scraper.sharding import Shard

_BAD_ARGUMENTS = 2
_CORES = os.cpu_count() or 1


class Command(ScrapyCommand):
    """Crawl the collections that are due, each in a process of its own.

    Exit status: 0 when every crawl ended as it should or was left for the next run, 1 when one
    failed or a collection cannot be read, 2 for arguments that cannot be used, 128 and the number
    of the signal when one ended it.
    """

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """Say how it is called."""
        return "[options]"

    def short_desc(self) -> str:
        """Say in the list of commands what it does."""
        return "Crawl the collections that are due"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add its options to those of every command."""
        super().add_options(parser)
        parser.add_argument(
            "--root", type=Path, default=COLLECTIONS, metavar="DIR", help="where collections lie"
        )
        parser.add_argument("--shard", metavar="I/N", help="only the blogs of machine I of N")
        parser.add_argument("--jobs", type=int, default=_CORES, metavar="N", help="at a time")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say what is due, when and why, and crawl nothing",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check options and settings before anything is started, or leave with one line."""
        super().process_options(args, opts)
        try:
            self._check(args, opts)
        except (ValueError, CollectionError) as error:
            sys.stderr.write(f"scrapy crawl_due: {one_line(str(error))}\n")
            raise SystemExit(_BAD_ARGUMENTS) from error

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Crawl what is due, or say what would be."""
        if opts.dry_run:
            self.exitcode = 1 if self._plan.unusable else 0
            with self._printing():
                _print_plan(self._plan, utc_now(), opts.root, as_json=opts.json)
            return
        try:
            with hold_run(opts.root, self._shard) as is_held:
                self._crawl(opts) if is_held else self._leave_to_other(opts)
        except CollectionError as error:
            sys.stderr.write(f"scrapy crawl_due: {one_line(str(error))}\n")
            self.exitcode = 1

    def _crawl(self, opts: argparse.Namespace) -> None:
        """Crawl what is due, and give the account."""
        began = utc_now()
        agenda = Agenda(self._plan, partial(make_plan, opts.root, shard=self._shard))
        with FleetProgress(opts.root) as progress:
            fleet = Fleet(opts.root, agenda, self._options(opts), progress)
            results = asyncio.run(fleet.run())
        has_failed = any(result.outcome is Outcome.FAILED for result in results)
        self.exitcode = 128 + fleet.stopped_by if fleet.stopped_by else int(has_failed)
        self._print_account(results, len(agenda.not_due), began, as_json=opts.json)

    def _leave_to_other(self, opts: argparse.Namespace) -> None:
        """Say that another run is at it, which looks for what is due as this one would."""
        message = f"another run is crawling {opts.root}"
        sys.stderr.write(f"scrapy crawl_due: {one_line(message)}\n")
        if opts.json:
            self._print_account([], len(self._plan.not_due), utc_now(), as_json=True)

    def _print_account(
        self, results: Sequence[Result], not_due: int, began: datetime, *, as_json: bool
    ) -> None:
        with self._printing():
            if as_json:
                document = _document(results, not_due, began)
                _print_json(document | {"exit_status": self.exitcode})
            else:
                console = _console()
                console.print(account_table(results))
                console.print(f"{not_due:,} not due")

    @contextmanager
    def _printing(self) -> Iterator[None]:
        """Say in one line where standard output cannot be written; what was crawled is safe."""
        try:
            yield
            sys.stdout.flush()
        except OSError as error:
            reason = error.strerror or error
            with suppress(OSError):  # nobody may be there any more
                sys.stderr.write(f"scrapy crawl_due: cannot write to standard output: {reason}\n")
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it
            self.exitcode = self.exitcode or 1

    def _check(self, args: list[str], opts: argparse.Namespace) -> None:
        if args:
            raise ValueError(f"{args[0]!r} is too much: there are only options, see -h")
        if not 1 <= opts.jobs <= MAX_JOBS:
            raise ValueError(f"--jobs {opts.jobs}: say a number from 1 to {MAX_JOBS}")
        assert self.settings is not None
        refuse_misspelt(pair.partition("=")[0] for pair in opts.set)
        check_settings(self.settings.get)
        self._shard = Shard.parse(opts.shard) if opts.shard else None
        opts.root = opts.root.expanduser().resolve()
        self._plan = make_plan(opts.root, utc_now(), self._shard)

    def _options(self, opts: argparse.Namespace) -> FleetOptions:
        assert self.settings is not None
        given = [f"EXTRACTION_PROCESSES={max(1, _CORES // opts.jobs)}", *opts.set]
        return FleetOptions(
            jobs=opts.jobs,
            arguments=tuple(word for pair in given for word in ("-s", pair)),
            limits=RunLimits(
                duration=timedelta(seconds=self.settings.getfloat("CRAWL_MAX_S")),
                grace=timedelta(seconds=self.settings.getfloat("CRAWL_GRACE_S")),
            ),
        )


def _print_plan(plan: Plan, now: datetime, root: Path, *, as_json: bool) -> None:
    if as_json:
        _print_json({"due": len(plan.due), "collections": plan_document(plan)})
        return
    console = _console()
    console.print(plan_table(plan, now, root))
    due, others = len(plan.due), len(plan.not_due) + len(plan.unusable)
    console.print(f"{counted(due + others, 'collection')}: {due:,} due, {others:,} not")


def _document(results: Sequence[Result], not_due: int, began: datetime) -> dict[str, Any]:
    return {
        "began": began.isoformat(),
        "ended": utc_now().isoformat(),
        **count_outcomes(results),
        "not_due": not_due,
        "collections": account_document(results),
    }


def _console() -> Console:
    """Give a console that cuts no line in a pipe."""
    console = Console(highlight=False, markup=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, width=1_000)


def _print_json(document: dict[str, Any]) -> None:
    sys.stdout.write(json_line(document) + "\n")

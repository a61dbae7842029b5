"""`scrapy crawl`, with the spider's arguments checked first and an exit status that tells."""

from __future__ import annotations

import argparse
import logging
import sys
from datetime import datetime

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import Crawler
from scrapy.spiderloader import get_spider_loader

from archive.collection import Collection
from archive.collection_settings import draft_settings
from archive.dates import utc_now
from archive.errors import ArchiveError
from archive.schedule.state import Unusable, state_of
from archive.schedule.verdict import judge_crawl
from archive.terminal import printable
from scraper.arguments import ArgumentError, BlogArguments, PagesArguments
from scraper.collection_keeper import CollectionKeeper
from scraper.collection_options import PRIORITY, scrapy_settings
from scraper.hooks import HOOK_FAILED, announce
from scraper.setting_checks import SettingError, check_settings, refuse_misspelt

logger = logging.getLogger(__name__)

_BAD_ARGUMENTS = 2
_MAX_MESSAGE_LENGTH = 300


class Command(ScrapyCrawl):
    """Run a spider.

    Exit status: 0 when the crawl is complete or came to a limit that was set; 1 when it could not
    begin, was stopped by an error or by a signal, had no answer where it needs one, or archived
    nothing and never had; 2 for arguments or settings that cannot be used.
    """

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the arguments before anything is started, or leave with one line."""
        super().process_options(args, opts)
        try:
            self._check(args, opts)
        except (ArgumentError, SettingError) as error:
            sys.stderr.write(f"scrapy crawl: {error}\n")
            raise SystemExit(_BAD_ARGUMENTS) from error

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Crawl, and settle the exit status."""
        assert self.crawler_process is not None
        began = utc_now()
        last_error = _LastError(logging.ERROR)
        logging.getLogger().addHandler(last_error)
        crawler = self._create_crawler(args[0])
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        has_begun = not self.crawler_process.bootstrap_failed
        if not (has_begun and self._has_ended_well(crawler, began, last_error.message)):
            self.exitcode = 1
        if self._collection is not None:
            for problem in announce(self._collection, began=began, message=last_error.message):
                logger.error("%s%s", HOOK_FAILED, problem)

    def _has_ended_well(self, crawler: Crawler, began: datetime, said: str) -> bool:
        """Tell whether a crawl was written whole, and is complete or came to a limit that was set.

        It is judged as the schedule and the hooks judge it, who know it only by its collection.
        Where no error was `said` so far, one says what it lacks.
        """
        keeper, now = crawler.get_extension(CollectionKeeper), utc_now()
        if self._collection is None or keeper is None or not keeper.is_sealed:
            return False
        state = state_of(self._collection, now)
        if isinstance(state, Unusable) or not (crawl := state.history.find_begun(began, now)):
            return False
        verdict = judge_crawl(state, crawl, problem=said)
        if verdict.ending == "failed" and not said:
            logger.error("the crawl is not complete: %s", verdict.why)
        return verdict.ending == "complete" or str(crawl.reason).startswith("closespider_")

    def _check(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise ArgumentError(
                "name one spider: scrapy crawl blog -a url=https://example.org/blog/"
            )
        assert self.settings is not None
        try:
            spider_class = get_spider_loader(self.settings).load(args[0])
        except KeyError as error:
            message = f"there is no spider {args[0]!r}; `scrapy list` names them"
            raise ArgumentError(message) from error
        refuse_misspelt(pair.partition("=")[0] for pair in opts.set)
        check_settings(self.settings.get)
        parse_arguments = getattr(spider_class, "parse_arguments", None)
        arguments = parse_arguments(opts.spargs) if parse_arguments else None
        if isinstance(arguments, BlogArguments) and arguments.settings:
            self.settings.update(scrapy_settings(arguments.settings), PRIORITY)
        self._collection = _make_collection(arguments) if arguments else None


class _LastError(logging.Handler):
    """Remembers the last error that was logged."""

    message = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Remember the message of an error."""
        self.message = printable(record.getMessage())[:_MAX_MESSAGE_LENGTH]


def _make_collection(arguments: BlogArguments | PagesArguments) -> Collection:
    """Try the place where all is to go; what keeps it from being made is then said at once."""
    # A list of pages is no blog that could be due again.
    cadence = "auto" if isinstance(arguments, BlogArguments) else "off"
    toml = draft_settings({"seeds": arguments.seeds, "cadence": cadence})
    try:
        return Collection.create(arguments.collection, toml=toml)
    except ArchiveError as error:
        raise ArgumentError(str(error)) from error

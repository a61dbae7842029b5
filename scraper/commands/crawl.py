"""`scrapy crawl`, with the spider's arguments checked first and an exit status that tells."""

from __future__ import annotations

import argparse
import sys

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from archive.records import PageType
from scraper.arguments import ArgumentError
from scraper.collection_keeper import CollectionKeeper

_GOOD_ENDS = ("finished", "closespider_", "limit")
_BAD_ARGUMENTS = 2


class Command(ScrapyCrawl):
    """Run a spider.

    Exit status: 0 when the crawl ended as it should, 1 when it could not begin, was stopped by an
    error or by a signal, or archived nothing; 2 for arguments that cannot be used.
    """

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the arguments, crawl, and settle the exit status."""
        if len(args) != 1:
            raise UsageError("name one spider: scrapy crawl blog -a url=https://example.org/blog/")
        assert self.crawler_process is not None
        try:
            crawler = self._create_crawler(args[0])
        except KeyError:
            self._refuse(f"there is no spider {args[0]!r}; `scrapy list` names them")
            return
        parse_arguments = getattr(crawler.spidercls, "parse_arguments", None)
        try:
            if parse_arguments:
                parse_arguments(opts.spargs)
        except ArgumentError as error:
            self._refuse(str(error))
            return
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        if self.crawler_process.bootstrap_failed or not _has_archived(crawler):
            self.exitcode = 1

    def _refuse(self, message: str) -> None:
        sys.stderr.write(f"scrapy crawl: {message}\n")
        self.exitcode = _BAD_ARGUMENTS


def _has_archived(crawler: Crawler) -> bool:
    """Tell whether a crawl ended as it should, with something in its collection."""
    keeper = crawler.get_extension(CollectionKeeper)
    reason = str(crawler.stats.get_value("finish_reason"))
    if keeper is None or not keeper.is_sealed or not reason.startswith(_GOOD_ENDS):
        return False
    is_extracted = crawler.settings.getbool("EXTRACTION_ENABLED")
    kept = f"pages/{PageType.ARTICLE}" if is_extracted else "pages/captured"
    return bool(crawler.stats.get_value(kept))

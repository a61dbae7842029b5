"""`scrapy crawl`, with the spider's arguments checked first and an exit status that tells."""

from __future__ import annotations

import argparse

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.exceptions import UsageError

from scraper.arguments import ArgumentError

_GOOD_ENDS = ("finished", "closespider_", "limit")


class Command(ScrapyCrawl):
    """Run a spider.

    Exit status: 0 when the crawl ended as it should, 1 when it could not begin, was stopped by an
    error, or archived nothing; 2 for arguments that cannot be used.
    """

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the arguments, crawl, and settle the exit status."""
        if len(args) != 1:
            raise UsageError("name one spider: scrapy crawl blog -a url=https://example.org/blog/")
        assert self.crawler_process is not None
        crawler = self.crawler_process.create_crawler(args[0])
        parse_arguments = getattr(crawler.spidercls, "parse_arguments", None)
        try:
            if parse_arguments:
                parse_arguments(opts.spargs)
        except ArgumentError as error:
            raise UsageError(str(error), print_help=False) from error
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        reason = str(crawler.stats.get_value("finish_reason") if crawler.stats else None)
        if self.crawler_process.bootstrap_failed or not reason.startswith(_GOOD_ENDS):
            self.exitcode = 1

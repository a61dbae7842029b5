"""`scrapy look`: says what kind of blog there is at an address; archives nothing."""

from __future__ import annotations

import argparse
import sys

from scrapy.commands import ScrapyCommand

from archive.collection_settings import parse_address
from archive.new_collections.look import BlogLook, describe_look
from archive.record_json import to_json_line
from scraper.looking import SETTINGS, LookSpider
from scraper.setting_checks import SettingError, check_settings, refuse_misspelt

_BAD_ARGUMENTS = 2


class Command(ScrapyCommand):
    """Look at a blog before it is crawled: its first page, robots.txt and first lists.

    Exit status: 0 when it answered, 1 when it did not or must not be asked, 2 for arguments or
    settings that cannot be used.
    """

    requires_project = True

    def syntax(self) -> str:
        """Say how it is called."""
        return "[options] URL"

    def short_desc(self) -> str:
        """Say in the list of commands what it does."""
        return "Look at a blog before it is crawled"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the form in which it tells."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the address and the settings, or leave with one line."""
        super().process_options(args, opts)
        assert self.settings is not None
        if not opts.loglevel:
            self.settings.set("LOG_LEVEL", "ERROR", priority="cmdline")
        self.settings.set("STATS_DUMP", False, priority="cmdline")
        self.settings.update(dict(SETTINGS), priority="spider")
        try:
            if len(args) != 1:
                raise ValueError("name one address: scrapy look https://example.org/blog/")
            args[0] = parse_address(args[0])
            refuse_misspelt(pair.partition("=")[0] for pair in opts.set)
            check_settings(self.settings.get)
        except (ValueError, SettingError) as error:
            sys.stderr.write(f"scrapy look: {error}\n")
            raise SystemExit(_BAD_ARGUMENTS) from error

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Look, and tell."""
        assert self.crawler_process is not None
        crawler = self.crawler_process.create_crawler(LookSpider)
        self.crawler_process.crawl(crawler, url=args[0])
        self.crawler_process.start()
        if not isinstance(crawler.spider, LookSpider):  # Scrapy has said why
            self.exitcode = 1
            return
        look = crawler.spider.look()
        self.exitcode = 1 if look.error else 0
        self._print(look, as_json=opts.json)

    def _print(self, look: BlogLook, *, as_json: bool) -> None:
        if as_json:
            sys.stdout.write(f"{to_json_line(look)}\n")
        elif look.error:
            sys.stderr.write(f"scrapy look: {look.error}\n")
        else:
            sys.stdout.writelines(f"{line}\n" for line in describe_look(look))

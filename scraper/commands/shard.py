"""`scrapy shard`: prints one machine's part of a list of addresses."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand

from archive.collection_settings import parse_address
from scraper.sharding import Shard

_BAD_ARGUMENTS = 2


class Command(ScrapyCommand):
    """Print the lines of a list that are one machine's work; every line is some machine's.

    Exit status: 0, or 2 where the shard, the file or a line of it cannot be used; then nothing is
    printed but one line that says why.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Say how it is called."""
        return "I/N [FILE]"

    def short_desc(self) -> str:
        """Say in the list of commands what it does."""
        return "Print one machine's part of a list of addresses"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the lines."""
        try:
            lines = _lines_of_shard(args)
        except ValueError as error:
            sys.stderr.write(f"scrapy shard: {error}\n")
            self.exitcode = _BAD_ARGUMENTS
            return
        sys.stdout.writelines(f"{line}\n" for line in lines)


def _lines_of_shard(args: list[str]) -> list[str]:
    if not 1 <= len(args) <= 2:
        raise ValueError("say which part of which file: scrapy shard 1/4 blogs.txt")
    shard, name = Shard.parse(args[0]), args[1] if len(args) > 1 else "-"
    lines = _read(name).splitlines()
    return [line for number, line in enumerate(lines, 1) if _is_in(shard, line, number)]


def _read(name: str) -> str:
    try:
        octets = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return octets.decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"{name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError("the list is not UTF-8: save it as UTF-8") from error


def _is_in(shard: Shard, line: str, number: int) -> bool:
    """Tell whether a line is in a shard; empty ones and comments are in none."""
    if not line.strip() or line.lstrip().startswith("#"):
        return False
    try:
        return shard.covers(parse_address(line))
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from error

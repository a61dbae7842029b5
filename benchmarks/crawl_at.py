"""Run `scrapy` as if it were another day: the clock of the project is moved, and nothing else.

Started once, it reads orders, a line of JSON each: the date, the words of the command, and the file
that gets what is said on the terminal. Each is carried out by a process of its own, and answered by
a line with its exit status. The processes are forks of this one, which has imported all that a
crawl needs: so a year of crawls does not mostly consist of importing.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import NoReturn

if sys.path[0] == str(Path(__file__).parent):  # where "archive" would be the program beside this
    sys.path[0] = str(Path(__file__).parent.parent)

import archive.dates

# None of them may start a thread or install a reactor: both would not survive the fork.
_NEEDED = (
    "scrapy.cmdline", "scraper.spiders.blog", "scraper.commands.crawl", "scraper.pipelines",
    "scraper.archived_answers", "scraper.capture_handler", "scraper.politeness",
)  # fmt: skip


class _MovedClock:
    """Tells the time of the order that is carried out; it goes on from there."""

    def __init__(self) -> None:
        self._started = archive.dates.utc_now()
        self._begun = time.monotonic()

    def move(self, now: datetime) -> None:
        self._started, self._begun = now, time.monotonic()

    def __call__(self) -> datetime:
        return self._started + timedelta(seconds=time.monotonic() - self._begun)


def main() -> None:
    """Move the clock before anything asks for the time, then carry out orders until they end."""
    clock = _MovedClock()
    setattr(archive.dates, "utc_now", clock)  # noqa: B010 - a function of another module
    for module in _NEEDED:
        import_module(module)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            clock.move(datetime.fromisoformat(order["date"]))
            _carry_out(order["words"], order["terminal"])
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _carry_out(words: list[str], terminal: str) -> NoReturn:
    """Run a command of Scrapy in this process, and end it."""
    from scrapy.cmdline import execute

    said = os.open(terminal, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(said, stream)
    status: object = 1
    try:
        execute(["scrapy", *words])
    except SystemExit as ended:
        status = ended.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else int(status is not None))


if __name__ == "__main__":
    main()

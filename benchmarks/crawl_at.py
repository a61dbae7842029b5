"""Run `scrapy` as if it were another day: the clock of the project is moved, and nothing else.

    benchmarks/crawl_at.py 2025-03-01T03:00:00+00:00 crawl blog -a url=http://127.0.0.1:8000/

The clock is moved before anything else is imported, so that whoever asks for the time asks it.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

if sys.path[0] == str(Path(__file__).parent):  # where "archive" would be the program beside this
    sys.path[0] = str(Path(__file__).parent.parent)

import archive.dates


def main() -> None:
    """Move the clock to the first argument, and hand the others to Scrapy."""
    started = datetime.fromisoformat(sys.argv.pop(1))
    begun = time.monotonic()
    moved = lambda: started + timedelta(seconds=time.monotonic() - begun)  # noqa: E731
    setattr(archive.dates, "utc_now", moved)  # noqa: B010 - a function of another module

    from scrapy.cmdline import execute

    sys.argv[0] = "scrapy"
    execute()


if __name__ == "__main__":
    main()

"""Extraction of spoiled pages: every one must give an extraction or an error, before the deadline.

    benchmarks/fuzz.py --pages FOLDER --pages COLLECTION --mutations 10000 --seed 1

`--pages` names a folder of pages (`*.html`, `*.html.gz`) or a collection. Pages are spoiled as
`benchmarks/mutations.py` says, and extracted in an `ExtractionPool` as a crawl uses it. Printed are
how many of each outcome there were, and the slowest pages. The command fails where a page gave
neither an extraction nor an `ExtractionError`, or gave it long after the deadline. A page is made
again by its number: `--only NUMBER --keep FILE`.
"""

from __future__ import annotations

import argparse
import gzip
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from pathlib import Path

if sys.path[0] == str(Path(__file__).parent):  # where "archive" would be the program beside this
    sys.path[0] = str(Path(__file__).parent.parent)

from archive.errors import BodyTooLargeError, ExtractionError
from archive.extraction.reading import Reading
from archive.extraction.workers import ExtractionJob, ExtractionPool
from archive.http_message import decoded_body
from archive.warc.reader import iter_records
from benchmarks.mutations import mutate

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
_MAX_PAGE_BYTES = 2_000_000
_SHARE_LARGE = 0.02  # of the pages get bombs of the full size …
_SMALLER = 50  # … and the others, bombs this much smaller
_GRACE_S = 10.0  # past the deadline, on a busy machine
_SLOWEST = 15


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one spoiled page."""

    number: int
    mutation: str
    size_bytes: int
    seconds: float
    result: str  # "article", …, or the name of the error


def read_pages(places: list[Path]) -> list[bytes]:
    """Read all pages of folders and collections, in a fixed order."""
    return [page for place in places for page in _iter_pages(place) if page.strip()]


def _iter_pages(place: Path) -> Iterator[bytes]:
    if not (place / "archive").is_dir():
        for path in sorted(place.rglob("*.html*")):
            data = path.read_bytes()
            yield gzip.decompress(data) if path.suffix == ".gz" else data
        return
    for path in sorted((place / "archive").glob("*.warc.gz*")):
        for record in iter_records(path):
            if record.record_type == "response" and b"text/html" in record.block[:4096].lower():
                yield _body(record.block)


def _body(block: bytes) -> bytes:
    try:
        return decoded_body(block, max_size_bytes=_MAX_PAGE_BYTES)
    except (BodyTooLargeError, ValueError):
        return b""


def make_page(pages: list[bytes], number: int, seed: int, size: int) -> tuple[str, bytes]:
    """Make spoiled page `number`: always the same for the same pages, seed and size."""
    dice = random.Random(f"{seed}:{number}")
    large = dice.random() < _SHARE_LARGE
    page = dice.choice(pages)
    return mutate(page, dice.randrange(2**32), size=size if large else max(1, size // _SMALLER))


class Fuzzer:
    """Keeps a pool busy with spoiled pages, and judges each answer."""

    def __init__(self, pages: list[bytes], options: argparse.Namespace) -> None:
        self._pages = pages
        self._options = options
        self._waiting: dict[Future[Reading], tuple[int, str, int, float]] = {}
        self.outcomes: list[Outcome] = []
        self.faults: list[str] = []

    def run(self, numbers: range) -> None:
        """Extract the spoiled pages with these numbers."""
        with ExtractionPool(
            self._options.processes,
            deadline_s=self._options.deadline,
            memory_limit_bytes=self._options.memory_mb << 20,
            max_pending=self._options.processes + 1,
        ) as pool:
            for number in numbers:
                name, page = make_page(self._pages, number, self._options.seed, self._options.size)
                self._wait(self._options.processes - 1)
                url = f"https://blog.example/2020/01/post-{number}/"
                future = pool.submit(ExtractionJob(url=url, blocks=(_HEAD + page,)))
                self._waiting[future] = (number, name, len(page), time.monotonic())
            self._wait(0)

    def _wait(self, count: int) -> None:
        """Wait until no more than so many pages are in the pool."""
        limit_s = self._options.deadline + _GRACE_S
        while len(self._waiting) > count:
            done, _ = wait(self._waiting, timeout=limit_s, return_when=FIRST_COMPLETED)
            for future in done or list(self._waiting):
                self._judge(future, *self._waiting.pop(future))

    def _judge(
        self, future: Future[Reading], number: int, name: str, size: int, began: float
    ) -> None:
        try:
            result = future.result(0).extraction.page_type.value
        except ExtractionError as error:
            result = type(error).__name__
            if "\n" in str(error):
                self.faults.append(f"page {number}: an error of several lines")
            if result == "ExtractionError":
                result += ": " + str(error).partition("/: ")[2].partition(":")[0]
        except (TimeoutError, OSError, RuntimeError) as error:
            result = f"FAULT {type(error).__name__}"
            self.faults.append(f"page {number} ({name}): {type(error).__name__}: {error}")
        self.outcomes.append(Outcome(number, name, size, time.monotonic() - began, result))


def report(fuzzer: Fuzzer) -> None:
    """Print the outcomes and the slowest pages."""
    counts = Counter(outcome.result for outcome in fuzzer.outcomes)
    for result, count in counts.most_common():
        print(f"{count:7} {result}")
    print("slowest:")
    for outcome in sorted(fuzzer.outcomes, key=lambda o: -o.seconds)[:_SLOWEST]:
        print(
            f"{outcome.seconds:7.2f} s {outcome.size_bytes:10} bytes  "
            f"page {outcome.number} {outcome.mutation}: {outcome.result}"
        )
    for fault in fuzzer.faults:
        print(f"FAULT {fault}", file=sys.stderr)


def main() -> None:
    """Spoil, extract, judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=Path, action="append", required=True)
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first page")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=100_000, help="repeats of the largest bombs")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--deadline", type=float, default=60.0, help="seconds")
    parser.add_argument("--memory-mb", type=int, default=2048)
    parser.add_argument("--only", type=int, help="number of one page")
    parser.add_argument("--keep", type=Path, help="where to write that page")
    options = parser.parse_args()
    pages = read_pages(options.pages)
    if not pages:
        parser.error("there are no pages")
    if options.only is not None and options.keep:
        options.keep.write_bytes(make_page(pages, options.only, options.seed, options.size)[1])
        return
    first = options.first if options.only is None else options.only
    fuzzer = Fuzzer(pages, options)
    fuzzer.run(range(first, first + (options.mutations if options.only is None else 1)))
    report(fuzzer)
    sys.exit(1 if fuzzer.faults else 0)


if __name__ == "__main__":
    main()

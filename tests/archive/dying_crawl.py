"""Crawls and recoveries that are killed at each step; run as a program of its own."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from archive.collection import Collection
from tests.archive.order import settle
from tests.archive.recorded_crawls import RecordedCrawl, html, response
from tests.archive.sample_records import BLOG

_CHANGES = frozenset({"open", "os.rename", "os.remove", "os.truncate", "os.link"})
_Work = Callable[[Collection], object]
REPORTED = "reported"  # file beside a collection: the captures that the crawl was told of


def _crawl(collection: Collection) -> None:
    """Crawl a little, over two WARC files, and note what has been reported as captured."""
    crawl = RecordedCrawl(collection, warc_size_bytes=4_000)
    listing = response(b"<!doctype html><title>Blog</title><a href=/ferry/>Ferry</a>")
    crawl.keep("", "listing", listing, methods=("seed",))
    pages = (("ferry", "article"), ("split", "article"), ("gull", "article"), ("pier", "article"))
    for name, outcome in pages:
        answers = [response(html(name, words=word)) for word in ("One", "Two")]
        crawl.keep(f"{name}/", outcome, *answers[: 2 if name == "split" else 1])
        with (collection.path.parent / REPORTED).open("a") as reported:
            reported.writelines(f"{line}\n" for line in crawl.record_ids)
    crawl.close()


def _kill_at(step: int, directory: Path) -> Callable[[str, tuple[object, ...]], None]:
    """Make an audit hook that kills this process when it sets about its so-many-th change."""
    count = 0

    def hook(event: str, args: tuple[object, ...]) -> None:
        nonlocal count
        if event not in _CHANGES or not str(args[0]).startswith(f"{directory}{os.sep}"):
            return
        if event == "open" and isinstance(args[2], int) and not args[2] & (os.O_WRONLY | os.O_RDWR):
            return
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


def _die_at_each_step(directory: Path, make: Callable[[Path], Collection], work: _Work) -> None:
    """Do the work again and again, dying one step later each time, until it comes to its end."""
    for step in range(1, 1_000):
        collection = make(directory / f"{step:03}" / "c")
        if (child := os.fork()) == 0:
            sys.addaudithook(_kill_at(step, collection.path))
            work(collection)
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            return


def main(directory: Path, killed: Path | None) -> None:
    """Kill crawls; or, where a killed one is given, the recovery of copies of it."""
    if killed is None:
        _crawl(Collection.create(directory / "warm" / "c", seeds=[BLOG]))  # loads what extracts
        _die_at_each_step(directory, lambda path: Collection.create(path, seeds=[BLOG]), _crawl)
    else:
        _die_at_each_step(directory, lambda path: _copy(killed, path), settle)


def _copy(source: Path, target: Path) -> Collection:
    shutil.copytree(source, target)
    return Collection.open(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else None)

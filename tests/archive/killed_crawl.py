"""A crawl of three posts that was killed, and what is left of it."""

from __future__ import annotations

import sys
from pathlib import Path

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from tests.archive.recorded_crawls import RecordedCrawl, html, response
from tests.archive.sample_records import BLOG

PROGRAM = [sys.executable, "-c", "from archive.cli import main; main()"]
NAMES = ("ferry", "gull", "pier")


def leave(collection: Collection, outcome: str | None = "article") -> list[Path]:
    """Crawl three pages and die; gives the WARC files."""
    running = Collection.create(collection.path.with_name("running"), seeds=[BLOG])
    begun = RecordedCrawl(running)
    for name in NAMES:
        begun.keep(f"{name}/", outcome, response(html(name)))
    begun.leave(collection)
    return sorted(collection.warc_dir.iterdir())


def titles(collection: Collection) -> set[str | None]:
    with CatalogueReader(collection.catalogue_path) as catalogue:
        return {row.title for row in catalogue.iter_articles()}

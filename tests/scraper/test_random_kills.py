"""Crawls of one collection, each killed at a moment that nobody has chosen."""

from __future__ import annotations

import random
import re
import subprocess
import time
from pathlib import Path

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.leftovers import settle_leftovers
from archive.verification.verifying import verified
from tests.blog_server import BlogServer
from tests.scraper.crawl import QUICK, TIME_LIMIT_S, command, crawl_blog, environment
from tests.scraper.small_blog import small_blog

_KILLS = 10
_LONGEST_WAIT_S = 1.5
_SLUGS = tuple(f"walk-{number}" for number in range(20))
_REPORTED = re.compile(r"Crawled \(200\) <GET http://[^/]+(/walk-\d+/)>")


def _kill_a_crawl(server: BlogServer, path: Path, wait_s: float) -> set[str]:
    """Kill a crawl so long after its first request; gives the pages that its log reported."""
    arguments = [f"url={server.url()}", f"collection={path}"]
    settings = {**QUICK, "LOG_LEVEL": "DEBUG", "WARC_MAX_SIZE_BYTES": "8000"}
    line = command("crawl", "blog", settings=settings, arguments=arguments)
    asked, log = len(server.requests), path.with_suffix(".log")
    with log.open("wb") as errors:
        crawl = subprocess.Popen(line, stderr=errors, env=environment())
    try:
        give_up = time.monotonic() + TIME_LIMIT_S
        while len(server.requests) == asked and time.monotonic() < give_up:
            time.sleep(0.005)
        time.sleep(wait_s)
    finally:
        crawl.kill()
        crawl.wait(TIME_LIMIT_S)
    return set(_REPORTED.findall(log.read_text()))


def _assert_clean(path: Path) -> None:
    with verified([str(path)], processes=1, extract=False) as verification:
        faults = [found for found in verification.findings() if found.severity == "fault"]
    assert faults == []


def _captured_paths(collection: Collection, crawl_id: str) -> set[str]:
    with CatalogueReader(collection.catalogue_path) as catalogue:
        rows = catalogue.query("SELECT target_uri FROM captures WHERE crawl_id = ?", crawl_id)
        return {"/" + row["target_uri"].split("/", 3)[3] for row in rows}


def test_nothing_that_was_reported_is_lost(tmp_path: Path) -> None:
    path, chance = tmp_path / "c", random.Random(7)
    with BlogServer(small_blog(*_SLUGS)) as server:
        undisturbed = crawl_blog(server, tmp_path / "undisturbed").articles
        for _ in range(_KILLS):
            reported = _kill_a_crawl(server, path, chance.uniform(0, _LONGEST_WAIT_S))
            collection = Collection.open(path)
            with collection.lock():
                settle_leftovers(collection, processes=1, say=lambda _: None)
            _assert_clean(path)
            with CatalogueReader(collection.catalogue_path) as catalogue:
                last = catalogue.crawls()[-1].crawl_id if catalogue.crawls() else ""
            assert reported <= _captured_paths(collection, last)
        finished = crawl_blog(server, path)
    assert finished.status == 0
    _assert_clean(path)
    texts = {found: row.text_digest for found, row in finished.articles.items()}
    assert texts == {found: row.text_digest for found, row in undisturbed.items()}

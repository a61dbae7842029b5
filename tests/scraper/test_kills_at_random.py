"""Ten kills at moments spread over a crawl: nothing that was reported as captured is lost."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.blog_server import BlogServer
from tests.scraper.killed_crawls import (
    CrawlUnderTest,
    Undisturbed,
    archived_urls,
    faults_of,
    latest_articles,
    undisturbed,
    unhurried_blog,
)

_POSTS = 8
# When each crawl in a row on one collection is killed: from 0 to 1, the end of an undisturbed one.
_ROWS = ((0.05, 0.35, 0.65), (0.95, 0.85), (0.75, 0.15, 0.55), (0.25, 0.45))


def _killed_and_finished(
    server: BlogServer, model: Undisturbed, directory: Path, row: int
) -> CrawlUnderTest:
    chance = random.Random(row)
    crawl = CrawlUnderTest(server, directory / str(row))
    for part in _ROWS[row]:
        crawl.kill(*model.pick_moment(chance, part + chance.uniform(-0.05, 0.05)))
    crawl.run()
    return crawl


def test_nothing_reported_is_lost_and_the_next_crawl_completes_the_collection(
    tmp_path: Path,
) -> None:
    with BlogServer(unhurried_blog(_POSTS, pause_s=0.03)) as server:
        model = undisturbed(CrawlUnderTest(server, tmp_path / "undisturbed"))
        assert len(model.articles) == _POSTS
        with ThreadPoolExecutor(2) as two_at_a_time:
            row = partial(_killed_and_finished, server, model, tmp_path)
            crawls = list(two_at_a_time.map(row, range(len(_ROWS))))
            faults = list(two_at_a_time.map(faults_of, (crawl.path for crawl in crawls)))
    assert sum(len(crawl.kills) for crawl in crawls) == 10
    assert any(crawl.reported for crawl in crawls)
    for crawl, said in zip(crawls, faults, strict=True):
        assert said == []
        assert crawl.reported <= archived_urls(crawl.path)
        assert latest_articles(crawl.path) == model.articles

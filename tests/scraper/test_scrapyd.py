"""A fleet: the project runs under Scrapyd, and what its machines crawl apart is merged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from archive.articles.store import ArticleStore
from archive.collection import Collection
from archive.merging import merge
from archive.record_json import to_json
from scraper.sharding import Shard
from tests.archive.merging.collections_to_merge import find_faults
from tests.blog_server import BlogServer, once
from tests.patience import wait_until
from tests.scraper.crawl import QUICK, command, run
from tests.scraper.scrapyd_server import Scrapyd, running_scrapyd
from tests.scraper.small_blog import post, small_blog

_BLOGS = {
    "127.0.0.2": ("ropes", "charts"),
    "127.0.0.3": ("lamps", "knots", "charts"),
    "127.0.0.7": ("tides",),
}
_SHARDS = (Shard(1, 2), Shard(2, 2))
_OF_EACH_CRAWL = {"capture_id", "captured", "crawl_id", "warc_file", "warc_offset"}


@pytest.fixture(scope="module")
def scrapyd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scrapyd]:
    with running_scrapyd(tmp_path_factory.mktemp("scrapyd")) as scrapyd:
        yield scrapyd


@pytest.fixture
def blogs() -> Iterator[list[BlogServer]]:
    with ExitStack() as servers:
        blogs = [BlogServer(small_blog(*slugs), host=host) for host, slugs in _BLOGS.items()]
        yield [servers.enter_context(blog) for blog in blogs]


def _rows(collection: Collection) -> dict[str, dict[str, Any]]:
    """Give what articles say, by their address."""
    return {
        article.url: {k: v for k, v in to_json(article).items() if k not in _OF_EACH_CRAWL}
        for article in ArticleStore(collection.articles_dir).iter_articles()
    }


def _captures(collection: Collection) -> list[tuple[str, ...]]:
    statement = "SELECT target_uri, payload_digest, page_type FROM captures"
    with closing(sqlite3.connect(collection.catalogue_path)) as connection:
        return sorted(connection.execute(statement).fetchall(), key=repr)


def test_what_two_machines_crawl_is_merged_into_what_one_would_have_crawled(
    scrapyd: Scrapyd, blogs: list[BlogServer], tmp_path: Path
) -> None:
    seeds = [blog.url() for blog in blogs]
    jobs, apart = [], []
    for shard in _SHARDS:
        own = [seed for seed in seeds if shard.covers(seed)]
        apart.append(tmp_path / f"shard-{shard.number}")
        jobs.append(scrapyd.schedule(url=",".join(own), collection=str(apart[-1])))
    _crawl(tmp_path / "one", f"url={','.join(seeds)}")
    scrapyd.wait_for("finished", *jobs)
    assert "Process died" not in scrapyd.log(), scrapyd.log()

    sources = [Collection.open(path) for path in apart]
    assert all(_rows(source) for source in sources)
    merge(sources, tmp_path / "all", processes=2)

    made, one = (Collection.open(tmp_path / name) for name in ("all", "one"))
    assert len(_rows(made)) == sum(map(len, _BLOGS.values()))
    assert _rows(made) == _rows(one)
    assert _captures(made) == _captures(one)
    assert find_faults(made) == []
    _assert_goes_on(made, blogs)


def _crawl(path: Path, *arguments: str) -> None:
    given = [*arguments, f"collection={path}"]
    crawled = run(command("crawl", "blog", settings=QUICK, arguments=given))
    assert crawled.status == 0, crawled.errors


def _assert_goes_on(made: Collection, blogs: list[BlogServer]) -> None:
    """Crawl what was merged: what both machines have seen of the posts is known."""
    before, asked = _rows(made), [len(blog.requests) for blog in blogs]
    _crawl(made.path)
    assert _rows(made) == before
    for blog, count, slugs in zip(blogs, asked, _BLOGS.values(), strict=True):
        again = {request.path for request in blog.requests[count:]}
        assert again
        assert not again & {f"/{slug}/" for slug in slugs}


def test_a_job_that_is_cancelled_seals_what_it_has(scrapyd: Scrapyd, tmp_path: Path) -> None:
    slugs = [f"rope-{number}" for number in range(30)]
    with BlogServer(small_blog(*slugs)) as server:
        held = once(lambda: "Received SIG" in scrapyd.log(), post("rope-15"))
        server.routes["/rope-15/"] = held
        job = scrapyd.schedule(url=server.url(), collection=str(tmp_path / "blog"))
        wait_until(lambda: server.requests_for("/rope-15/"))
        scrapyd.cancel(job)
        scrapyd.wait_for("finished", job)
    blog = Collection.open(tmp_path / "blog")
    assert 0 < len(_rows(blog)) < len(slugs)
    assert find_faults(blog) == []


def test_what_a_job_cannot_do_is_said_in_the_log_of_scrapyd(scrapyd: Scrapyd) -> None:
    job = scrapyd.schedule(url="https://blog.example/", limt="3")
    scrapyd.wait_for("finished", job)
    assert "scrapy crawl: -a limt=…: no such argument;" in scrapyd.log()
    assert "Traceback" not in scrapyd.log()

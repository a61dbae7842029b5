"""The arguments since, until and limit, and that a rebuild keeps to what they left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.collection import Collection
from archive.rebuild import rebuild
from tests.blog_server import BlogServer, Route, html
from tests.scraper.crawl import Crawled, crawl_blog
from tests.scraper.small_blog import post, small_blog

_SLUGS = ("ropes", "charts", "lamps", "tides", "ferries", "anchors")


def _rebuilt(crawled: Crawled) -> set[str]:
    collection = Collection.open(crawled.path)
    with collection.lock():
        rebuild(collection, processes=1)
    return set(crawled.articles)


@pytest.mark.parametrize("limit", [1, 3])
def test_as_many_posts_are_archived_as_were_asked_for(tmp_path: Path, limit: int) -> None:
    others = [f"/tools-{number}/" for number in range(8)]
    routes = small_blog(*_SLUGS, pages=others)
    routes |= {path: html("<form><input name=q></form>", title="A tool") for path in others}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c", f"limit={limit}")
    assert crawled.status == 0
    assert len(crawled.articles) == limit
    report = crawled.report
    assert report["crawl"]["reason"] == "limit"
    assert report["archived"] == limit
    articles = set(crawled.articles)
    assert _rebuilt(crawled) == articles


@pytest.mark.parametrize("limit", [1, 2])
def test_no_page_is_asked_for_beyond_the_limit(tmp_path: Path, limit: int) -> None:
    others = ["/about/", "/contact/", "/privacy/", "/imprint/", "/colophon/"]
    routes: dict[str, Route] = {**small_blog(*_SLUGS, pages=others)}
    routes |= {path: html("<p>A few words.</p>", title="A page") for path in others}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c", f"limit={limit}")
        asked = {request.path for request in server.requests}
    assert len(asked & {f"/{slug}/" for slug in _SLUGS}) == limit == len(crawled.articles)
    assert not asked & set(others)
    report = crawled.report
    assert report["not_reached"] == 0
    assert report["skipped"]["limit"] == len(_SLUGS) - limit + len(others)


def test_a_limit_beyond_what_there_is_changes_nothing(tmp_path: Path) -> None:
    with BlogServer(small_blog(*_SLUGS)) as server:
        crawled = crawl_blog(server, tmp_path / "c", "limit=20")
    assert crawled.status == 0
    assert len(crawled.articles) == len(_SLUGS)
    assert crawled.report["crawl"]["reason"] == "finished"


def test_a_period_leaves_out_what_lies_outside(tmp_path: Path) -> None:
    dates = {
        "ropes": "2023-12-31T23:59:59Z",
        "charts": "2024-01-01T00:00:00Z",
        "lamps": "2024-01-31T23:00:00Z",
        "tides": "2024-02-01T00:00:00Z",
        "anchors": "2024-01-01T00:30:00+01:00",
    }
    routes = small_blog(*dates)
    routes |= {f"/{slug}/": post(slug, published=date) for slug, date in dates.items()}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c", "since=2024-01-01", "until=2024-02-01")
    assert crawled.status == 0
    assert set(crawled.articles) == {"/charts/", "/lamps/"}
    assert crawled.report["skipped"] == {"before-since": 2, "after-until": 1}
    assert _rebuilt(crawled) == {"/charts/", "/lamps/"}

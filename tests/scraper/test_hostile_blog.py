"""A crawl of a hostile blog ends, within its limits, and says what happened to each trap."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archive.article_store import ArticleStore
from archive.collection import Collection
from archive.records import Article
from tests.blog_server import BlogServer
from tests.scraper.hostile_blog import CYRILLIC, POSTS, routes

_TIME_LIMIT_S = 60
_SETTINGS = {
    "ALLOW_PRIVATE_NETWORKS": "True",
    "AUTOTHROTTLE_ENABLED": "False",
    "DOWNLOAD_DELAY": "0",
    "DOWNLOAD_MAXSIZE": str(4 * 1024**2),
    "DOWNLOAD_TIMEOUT": "1",
    "RETRY_TIMES": "0",
}


@dataclass(frozen=True)
class Crawled:
    """What is left of the crawl."""

    server: BlogServer
    report: dict[str, Any]
    articles: dict[str, Article]
    seconds: float


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    path = tmp_path_factory.mktemp("hostile") / "collection"
    command = [str(Path(sys.executable).with_name("scrapy")), "crawl", "blog"]
    for name, value in _SETTINGS.items():
        command += ["-s", f"{name}={value}"]
    with BlogServer(routes()) as server:
        command += ["-a", f"url={server.url()}", "-a", f"collection={path}"]
        began = time.monotonic()
        ended = subprocess.run(command, check=False, capture_output=True, timeout=_TIME_LIMIT_S)
        seconds = time.monotonic() - began
        assert ended.returncode == 0, ended.stderr.decode()[-3000:]
        report = json.loads(next((path / "reports").glob("*.json")).read_text())
        store = ArticleStore(Collection.open(path).articles_dir)
        articles = {row.url.removeprefix(server.url("")): row for row in store.iter_articles()}
        yield Crawled(server, report, articles, seconds)


def _failure(crawled: Crawled, path: str) -> str:
    failures = {row["url"]: row["error"] for row in crawled.report["failures"]}
    return str(failures.get(crawled.server.url(path)))


def test_the_honest_posts_are_all_there(crawled: Crawled) -> None:
    assert {f"/{slug}/" for slug in POSTS} <= set(crawled.articles)


def test_nothing_else_is_an_article(crawled: Crawled) -> None:
    allowed = {f"/{slug}/" for slug in (*POSTS, "mislabelled", "nul")}
    assert set(crawled.articles) <= allowed


def test_the_numbers_of_the_report_add_up(crawled: Crawled) -> None:
    report = crawled.report
    ends = sum(sum(report[name].values()) for name in ("not_posts", "skipped", "failed"))
    assert report["found"] == report["archived"] + ends + report["not_reached"]
    assert report["not_reached"] == 0


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/loop-a/", "redirect loop"),
        ("/huge/", "too large"),
        ("/slow/", "timeout"),
        ("/bomb/", "too large"),
    ],
)
def test_what_cannot_be_read_is_a_failure_with_its_reason(
    crawled: Crawled, path: str, reason: str
) -> None:
    assert _failure(crawled, path) == reason


def test_endless_pagination_and_calendar_cost_a_handful_of_requests(crawled: Crawled) -> None:
    asked = [request.path for request in crawled.server.requests]
    assert sum(path.startswith("/page/") for path in asked) <= 5
    assert sum(path.startswith("/calendar/") for path in asked) <= 1
    assert not any("PHPSESSID" in path for path in asked)


def test_the_gigabyte_was_not_downloaded(crawled: Crawled) -> None:
    (request,) = crawled.server.requests_for("/huge/")
    assert len(request.sent) < 64 * 1024**2


def test_a_wrong_charset_does_not_garble_the_text(crawled: Crawled) -> None:
    assert crawled.articles["/mislabelled/"].title == "Маяк"
    assert CYRILLIC in crawled.articles["/mislabelled/"].main_text


def test_nul_bytes_do_not_cut_words(crawled: Crawled) -> None:
    assert "writes about knots and" in crawled.articles["/nul/"].main_text


def test_a_feed_with_broken_dates_still_names_its_posts(crawled: Crawled) -> None:
    assert "feed" in crawled.articles["/tides/"].discovered_via


def test_a_home_page_served_as_robots_txt_forbids_nothing(crawled: Crawled) -> None:
    assert len(crawled.server.requests_for("/robots.txt")) == 1
    assert crawled.report["archived"] >= len(POSTS)

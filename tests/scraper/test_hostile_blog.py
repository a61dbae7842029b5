"""A crawl of a hostile blog ends, within its limits, and says what happened to each trap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from archive.records import Article
from tests.blog_server import BlogServer
from tests.scraper.crawl import crawl_blog
from tests.scraper.hostile_blog import CYRILLIC, POSTS, routes

_SETTINGS = {"DOWNLOAD_MAXSIZE": str(4 * 1024**2), "DOWNLOAD_TIMEOUT": "5"}


@dataclass(frozen=True, slots=True)
class Hostile:
    """What is left of the crawl."""

    server: BlogServer
    report: dict[str, Any]
    articles: dict[str, Article]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with BlogServer(routes()) as server:
        path = tmp_path_factory.mktemp("hostile") / "collection"
        ended = crawl_blog(server, path, settings=_SETTINGS)
        assert ended.status == 0, ended.errors[-3000:]
        yield Hostile(server, ended.report, ended.articles)


def _failure(crawled: Hostile, path: str) -> str:
    failures = {row["url"]: row["error"] for row in crawled.report["failures"]}
    return str(failures.get(crawled.server.url(path)))


def test_the_honest_posts_are_all_there(crawled: Hostile) -> None:
    assert {f"/{slug}/" for slug in POSTS} <= set(crawled.articles)


def test_nothing_else_is_an_article(crawled: Hostile) -> None:
    allowed = {f"/{slug}/" for slug in (*POSTS, "mislabelled", "nul")}
    assert set(crawled.articles) <= allowed


def test_the_numbers_of_the_report_add_up(crawled: Hostile) -> None:
    report = crawled.report
    ends = sum(sum(report[name].values()) for name in ("not_posts", "skipped", "failed"))
    assert report["found"] == report["archived"] + ends + report["unread"] + report["not_reached"]
    assert report["not_reached"] == 0


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/loop-a/", "redirect loop"),
        ("/local/", "bad redirect"),
        ("/huge/", "too large"),
        ("/slow/", "timeout"),
        ("/bomb/", "too large"),
    ],
)
def test_what_cannot_be_read_is_a_failure_with_its_reason(
    crawled: Hostile, path: str, reason: str
) -> None:
    assert _failure(crawled, path) == reason


def test_a_redirect_to_an_impossible_address_names_the_address(crawled: Hostile) -> None:
    messages = [row["message"] for row in crawled.report["failures"]]
    assert "HTTP 301 to file:///etc/hostname" in messages


def test_a_page_that_leads_to_another_site_stays_in_the_account(crawled: Hostile) -> None:
    assert crawled.report["skipped"]["redirects-out-of-scope"] == 1


@pytest.mark.parametrize(
    ("path", "taken_for", "named", "dated", "error"),
    [
        ("/robots.txt", "robots.txt", 0, 0, "not a robots.txt"),
        ("/maps/bomb.xml.gz", "sitemap", 0, 0, "too large"),
        ("/sitemap.xml", "sitemap", 0, 0, "entities"),
        ("/feed.xml", "feed", 2, 0, None),
    ],
)
def test_the_report_says_what_each_list_gave(
    crawled: Hostile, path: str, taken_for: str, named: int, dated: int, error: str | None
) -> None:
    (row,) = [row for row in crawled.report["lists"] if row["url"] == crawled.server.url(path)]
    told = (row["taken_for"], row["named"], row["dated"], row["error"])
    assert told == (taken_for, named, dated, error)


def test_a_list_that_the_blog_announces_and_that_is_none_is_a_failure(crawled: Hostile) -> None:
    assert _failure(crawled, "/maps/bomb.xml.gz") == "too large"
    assert _failure(crawled, "/sitemap.xml") == "None"  # its address was guessed


def test_endless_pagination_and_calendar_cost_a_handful_of_requests(crawled: Hostile) -> None:
    asked = [request.path for request in crawled.server.requests]
    assert sum(path.startswith("/page/") for path in asked) <= 5
    assert sum(path.startswith("/calendar/") for path in asked) <= 1
    assert not any("PHPSESSID" in path for path in asked)


def test_the_gigabyte_was_not_downloaded(crawled: Hostile) -> None:
    (request,) = crawled.server.requests_for("/huge/")
    assert len(request.sent) < 64 * 1024**2


def test_a_wrong_charset_does_not_garble_the_text(crawled: Hostile) -> None:
    assert crawled.articles["/mislabelled/"].title == "Маяк"
    assert CYRILLIC in crawled.articles["/mislabelled/"].main_text


def test_nul_bytes_do_not_cut_words(crawled: Hostile) -> None:
    assert "writes about knots and" in crawled.articles["/nul/"].main_text


def test_a_feed_with_broken_dates_still_names_its_posts(crawled: Hostile) -> None:
    assert "feed" in crawled.articles["/tides/"].discovered_via


def test_a_home_page_served_as_robots_txt_forbids_nothing(crawled: Hostile) -> None:
    assert len(crawled.server.requests_for("/robots.txt")) == 1
    assert crawled.report["archived"] >= len(POSTS)

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archive.catalogue import Catalogue
from archive.catalogue.chains import (
    SILENT_PAGES_STAT,
    UNANSWERED_LISTS_STAT,
    UNANSWERED_SEEDS_STAT,
    complete_crawls,
    last_complete_crawl,
    last_wrong_date,
    open_chain,
)
from archive.catalogue.pages import find_page
from tests.archive.catalogue.known_crawls import Watched, day
from tests.archive.sample_records import BLOG, make_crawl

KILLED = {"reason": "killed"}
SILENT_LIST = {"stats": ((UNANSWERED_LISTS_STAT, 1),)}
SILENT_SEED = {"stats": ((UNANSWERED_SEEDS_STAT, 1),)}
SILENT_PAGES = {"stats": ((SILENT_PAGES_STAT, 1),)}


@pytest.fixture
def blog(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "catalogue.sqlite")


def _taken_up(blog: Watched, on: float, **said: Any) -> list[int]:
    """Tell of which days the crawls are that one of that day takes up."""
    with Catalogue(blog.path) as catalogue:
        chain = open_chain(catalogue, make_crawl(crawl_id="new", started=day(on), **said))
    return [(crawl.started - day(0)).days for crawl in chain]


@pytest.mark.parametrize("reason", ["killed", "shutdown", "closespider_timeout", None], ids=str)
def test_a_crawl_that_did_not_end_by_itself_is_taken_up(blog: Watched, reason: str | None) -> None:
    blog.crawl(0, {}, reason=reason)
    assert _taken_up(blog, 1) == [0]


@pytest.mark.parametrize("reason", ["finished", "limit"])
def test_a_crawl_that_ended_by_itself_is_complete(blog: Watched, reason: str) -> None:
    crawl = blog.crawl(0, {}, reason=reason)
    assert _taken_up(blog, 1) == []
    with Catalogue(blog.path) as catalogue:
        assert last_complete_crawl(catalogue, blog.now) == crawl


def test_all_crawls_since_the_last_complete_one_are_taken_up(blog: Watched) -> None:
    blog.crawl(0, {})
    blog.crawl(1, {}, **KILLED)
    blog.crawl(2, {}, **KILLED)
    assert _taken_up(blog, 3) == [1, 2]


def test_a_crawl_of_another_command_is_not_taken_up(blog: Watched) -> None:
    blog.crawl(0, {}, **KILLED)
    assert _taken_up(blog, 1, spider="pages") == []
    assert _taken_up(blog, 1, seeds=(f"{BLOG}other/",)) == []
    blog.crawl(2, {}, spider="pages")
    assert _taken_up(blog, 3) == [0]


def test_after_a_week_a_crawl_begins_anew(blog: Watched) -> None:
    blog.crawl(0, {}, **KILLED)
    assert _taken_up(blog, 7) == [0]
    assert _taken_up(blog, 7.01) == []


def test_a_silent_list_holds_up_one_crawl_and_no_more(blog: Watched) -> None:
    blog.crawl(0, {}, **SILENT_LIST)
    assert _taken_up(blog, 1) == [0]
    second = blog.crawl(1, {}, **SILENT_LIST)
    assert _taken_up(blog, 2) == []
    with Catalogue(blog.path) as catalogue:
        assert last_complete_crawl(catalogue, blog.now) == second


@pytest.mark.parametrize("silence", [SILENT_SEED, SILENT_PAGES], ids=["seed", "pages"])
def test_a_crawl_of_a_silent_server_is_never_complete(
    blog: Watched, silence: dict[str, Any]
) -> None:
    for number in range(3):
        blog.crawl(number, {}, **silence)
    assert _taken_up(blog, 3) == [0, 1, 2]
    assert _taken_up(blog, 7.01) == []


def test_a_running_crawl_does_not_take_up_itself(blog: Watched) -> None:
    blog.crawl(0, {}, **KILLED)
    running = blog.crawl(1, {}, reason=None)
    with Catalogue(blog.path) as catalogue:
        assert [crawl.started for crawl in open_chain(catalogue, running)] == [day(0)]


def test_the_last_complete_crawl_is_told_apart_by_seed_and_spider(blog: Watched) -> None:
    first = blog.crawl(0, {})
    second = blog.crawl(1, {}, seeds=("https://other.example/",), spider="pages")
    with Catalogue(blog.path) as catalogue:
        assert last_complete_crawl(catalogue, blog.now) == second
        assert last_complete_crawl(catalogue, blog.now, seed=BLOG) == first
        assert last_complete_crawl(catalogue, blog.now, spider="blog") == first
        assert (
            last_complete_crawl(catalogue, blog.now, spider="blog", seed="https://other.example/")
            is None
        )


def test_no_command_pushes_out_the_crawls_of_another(blog: Watched) -> None:
    seldom = blog.crawl(0, {}, spider="pages")
    often = [blog.crawl(number, {}) for number in range(1, 5)]
    with Catalogue(blog.path) as catalogue:
        found = complete_crawls(catalogue, blog.now, last=2)
    assert found == [crawl.crawl_id for crawl in (seldom, *often[-2:])]


def test_a_crawl_in_the_future_is_passed_over_until_its_date_has_come(blog: Watched) -> None:
    blog.now = day(10)
    right = blog.crawl(0, {"post": "article"})
    blog.crawl(4000, {"post": "article", "late": "article"})
    killed = blog.crawl(10, {}, **KILLED)
    with Catalogue(blog.path) as catalogue:
        assert last_complete_crawl(catalogue, blog.now) == right
        assert complete_crawls(catalogue, blog.now, last=9) == [right.crawl_id]
        assert find_page(catalogue, f"{BLOG}late") is None
        assert last_wrong_date(catalogue, blog.now) == day(4000)
    assert (blog.page("post").checked, blog.page("post").check_count) == (day(0), 1)
    assert _taken_up(blog, 11) == [(killed.started - day(0)).days]
    blog.now = day(4001)
    blog.crawl(4001, {})
    with Catalogue(blog.path) as catalogue:
        assert last_wrong_date(catalogue, blog.now) is None
    assert (blog.page("post").checked, blog.page("post").check_count) == (day(4000), 2)


def test_a_crawl_that_a_fast_clock_dated_some_minutes_ahead_is_taken_up(blog: Watched) -> None:
    blog.crawl(1.02, {}, **KILLED)
    assert _taken_up(blog, 1) == [1]

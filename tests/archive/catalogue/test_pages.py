from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, gone, skipped
from archive.catalogue.folding import fold_crawls
from archive.catalogue.pages import (
    find_page,
    find_readings,
    iter_due_pages,
    iter_known_pages,
    iter_live_articles,
    remembered_listings,
    remembered_lists,
)
from archive.records import AskedList, Discovery, Method
from scraper.catalogue_memory import CatalogueMemory
from scraper.discovery.memory import Recollection
from tests.archive.catalogue.known_crawls import Watched, day
from tests.archive.sample_records import BLOG, make_failure

KILLED = {"reason": "killed"}


@pytest.fixture
def blog(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "catalogue.sqlite")


def test_a_page_is_known_as_its_checks_have_told(blog: Watched) -> None:
    blog.crawl(0, {"post": "article"})
    new = blog.page("post")
    assert (new.kind, new.check_count, new.change_count) == ("article", 1, 0)
    assert (new.first_found, new.checked, new.changed) == (day(0), day(0), None)
    blog.crawl(10, {"post": "unchanged"})
    blog.crawl(20, {"post": "article"})
    blog.crawl(30, {"post": "unchanged"})
    known = blog.page("post")
    assert (known.kind, known.check_count, known.change_count) == ("article", 4, 1)
    assert (known.first_found, known.checked, known.changed) == (day(0), day(30), day(20))


@pytest.mark.parametrize("spelling", ["http://www.blog.example/Post/", "https://blog.example/post"])
def test_a_page_is_found_under_other_spellings_of_its_address(blog: Watched, spelling: str) -> None:
    blog.crawl(0, {"Post": "article"})
    with Catalogue(blog.path) as catalogue:
        page = find_page(catalogue, spelling)
    assert page is not None
    assert page.discovery.url == f"{BLOG}Post"


def test_a_page_that_goes_and_comes_back_is_noted_with_its_dates(blog: Watched) -> None:
    blog.crawl(0, {"post": "article"})
    blog.crawl(5, {"post": gone("HTTP 404")})
    blog.crawl(20, {"post": gone("HTTP 410")})
    lost = blog.page("post")
    assert (lost.gone, lost.gone_reason, lost.kind) == (day(5), "HTTP 404", "article")
    assert (lost.checked, lost.check_count) == (day(20), 1)
    blog.crawl(40, {"post": "unchanged"})
    back = blog.page("post")
    assert (back.gone, back.gone_reason, back.back) == (None, None, day(40))


@pytest.mark.parametrize(
    "outcome",
    [None, skipped("limit"), skipped("before-since"), skipped("after-until"),
     skipped("incomplete")],
    ids=str,
)  # fmt: skip
def test_a_page_that_never_had_an_answer_is_due_at_once(blog: Watched, outcome: str | None) -> None:
    blog.crawl(0, {"post": outcome})
    page = blog.page("post")
    assert (page.kind, page.checked, page.is_due(day(0))) == (None, None, True)


def _edited(blog: Watched) -> bool:
    """Tell whether a list that names the edit shows something new."""
    with Catalogue(blog.path) as catalogue:
        memory = CatalogueMemory(catalogue, "incremental", day(6))
        listed = Discovery(url=f"{BLOG}post", methods=("sitemap",), lastmod=day(5))
        return Recollection(memory).wants(listed)


@pytest.mark.parametrize(
    "outcome",
    [None, "failed", skipped("limit"), skipped("before-since"), skipped("incomplete"),
     skipped("robots")],
    ids=str,
)  # fmt: skip
def test_an_edit_that_was_not_read_is_asked_for_by_the_next_crawl(
    blog: Watched, outcome: str | None
) -> None:
    blog.crawl(0, {"post": "article"}, lastmod=day(-400))
    blog.crawl(5, {"post": outcome}, lastmod=day(5), error="HTTP 403")
    assert _edited(blog)
    blog.crawl(5.5, {"post": "unchanged"}, lastmod=day(5))
    assert not _edited(blog)


def test_an_edit_of_a_page_that_fails_is_not_asked_for_again_and_again(blog: Watched) -> None:
    blog.crawl(0, {"post": "article"}, lastmod=day(-400))
    for hour in range(5):
        assert _edited(blog) is (hour < 3)
        blog.crawl(5.5 + hour / 24, {"post": "failed"}, lastmod=day(5), error="HTTP 403")


@pytest.mark.parametrize("outcome", [None, skipped("limit"), skipped("incomplete")], ids=str)
def test_a_known_page_that_was_not_reached_is_due_at_once(
    blog: Watched, outcome: str | None
) -> None:
    blog.crawl(0, {"post": "article", "old": "article"})
    blog.crawl(5, {"post": outcome, "old": skipped("before-since")})
    assert blog.page("post").is_due(day(5))
    assert not blog.page("old").is_due(day(5))


def test_what_a_rule_leaves_out_is_known_and_never_due(blog: Watched) -> None:
    blog.crawl(0, {"tag/x": skipped("archive-page"), "post": "article"})
    page = blog.page("tag/x")
    assert (page.kind, page.is_left_out) == (skipped("archive-page"), True)
    assert not page.is_due(day(9_999))
    with Catalogue(blog.path) as catalogue:
        due = [page.discovery.url for page in iter_due_pages(catalogue, day(9_999))]
    assert due == [f"{BLOG}post"]


@pytest.mark.parametrize(
    ("error", "waits"),
    [("timeout", [0, 0, 0, 1, 2]), ("HTTP 404", [1, 2, 4, 8, 16]), ("noarchive", [1, 2, 4, 8, 16])],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_page_that_fails_is_asked_for_ever_more_rarely(
    blog: Watched, error: str, waits: list[int]
) -> None:
    for number, wait in enumerate(waits):
        blog.crawl(number, {"post": "failed"}, error=error)
        page = blog.page("post")
        assert page.fail_count == number + 1
        assert page.is_due(day(number + wait))
        assert not wait or not page.is_due(day(number + wait / 2) - timedelta(seconds=1))


def test_pages_are_due_in_their_order(blog: Watched) -> None:
    blog.crawl(0, {"old": "article", "older": "article"}, lastmod=day(-700))
    blog.crawl(1, {"failing": "failed"})
    with Catalogue(blog.path) as catalogue:
        due = list(iter_due_pages(catalogue, day(365)))
        assert due[0].discovery.url == f"{BLOG}failing"
        assert sorted(page.discovery.url for page in due[1:]) == [f"{BLOG}old", f"{BLOG}older"]
        checks = [page.next_check for page in due[1:]]
        assert checks == sorted(checks, key=str)
        assert [page.discovery.url for page in iter_due_pages(catalogue, day(1))] == [
            due[0].discovery.url
        ]


def test_only_pages_that_are_there_are_asked_for_when_all_are(blog: Watched) -> None:
    outcomes = {"post": "article", "lost": "article", "about": "page", "x": skipped("calendar")}
    blog.crawl(0, {**outcomes, "broken": "failed"})
    blog.crawl(1, {"lost": gone("unlisted")})
    with Catalogue(blog.path) as catalogue:
        known = [page.discovery.url for page in iter_known_pages(catalogue)]
        live = [page.discovery.url for page in iter_live_articles(catalogue)]
    assert known == [f"{BLOG}about", f"{BLOG}post"]
    assert live == [f"{BLOG}post"]


def test_of_several_addresses_of_a_page_the_one_that_tells_most_counts(blog: Watched) -> None:
    blog.crawl(0, {"post": None, "post/": "article", "POST": skipped("calendar")})
    page = blog.page("post")
    assert (page.discovery.url, page.kind) == (f"{BLOG}post/", "article")


def test_a_crawl_that_was_broken_off_is_learned_from_when_it_is_made_good(blog: Watched) -> None:
    blog.crawl(0, {"a": "article", "b": None}, **KILLED)
    assert blog.rows() == []
    blog.crawl(0.1, {"a": "earlier", "b": "article"})
    assert [blog.page(name).checked for name in "ab"] == [day(0), day(0.1)]


def test_a_crawl_that_nobody_made_good_is_learned_from_after_a_week(blog: Watched) -> None:
    blog.crawl(0, {"a": "article", "b": None}, **KILLED)
    blog.crawl(8, {}, **KILLED)
    assert blog.page("a").checked == day(0)
    assert blog.page("b").is_due(day(8))


def _watch_for_a_year(blog: Watched) -> None:
    names = [f"post-{number}" for number in range(40)]
    for week in range(52):
        some = [name for number, name in enumerate(names) if (number * 7 + week) % 5 == 0]
        outcomes: dict[str, str | None] = {}
        for number, name in enumerate(some):
            kinds = ("article", "unchanged", "unchanged", gone("HTTP 404"), "failed", "earlier",
                     "listing", None, skipped("limit"), skipped("calendar"))  # fmt: skip
            outcomes[name] = kinds[(number * number + week) % len(kinds)]
        said = KILLED if week % 6 in (3, 4) else {}
        error = "HTTP 403" if week % 2 else "HTTP 503"
        blog.crawl(week * 7 + week % 3 / 5, outcomes, error=error, **said)


def test_all_crawls_read_at_once_give_the_same_pages(blog: Watched) -> None:
    _watch_for_a_year(blog)
    one_by_one = blog.rows()
    assert len(one_by_one) == 40
    with Catalogue(blog.path) as catalogue:
        catalogue.write("DELETE FROM folded_crawls")
        fold_crawls(catalogue, blog.now)
    assert blog.rows() == one_by_one


def test_what_is_said_later_of_a_crawl_is_learned_too(blog: Watched) -> None:
    first = blog.crawl(0, {"post": "article", "other": "article"})
    blog.crawl(10, {"post": "article"})
    with Catalogue(blog.path) as catalogue:
        catalogue.set_outcome(f"{BLOG}other", "listing", crawl_id=first.crawl_id)
        fold_crawls(catalogue, blog.now)
    assert (blog.page("other").kind, blog.page("post").change_count) == ("listing", 1)


def test_an_older_crawl_that_is_imported_comes_first(blog: Watched) -> None:
    blog.crawl(10, {"post": "unchanged"})
    blog.crawl(0, {"post": "article"})
    page = blog.page("post")
    assert (page.first_found, page.checked) == (day(0), day(10))


def test_lists_are_remembered_with_what_they_led_to(blog: Watched) -> None:
    first = blog.crawl(0, {"a": "article", "b": "article", "c": "listing"})
    second = blog.crawl(1, {"b": gone("HTTP 410")})
    third = blog.crawl(1.5, {})
    broken_off = blog.crawl(2, {}, **KILLED)
    asked: dict[str, list[tuple[str, int, str | None]]] = {
        first.crawl_id: [("map.xml", 3, None), ("feed", 2, None), ("ghost.xml", 0, "HTTP 404")],
        second.crawl_id: [
            ("map.xml", 5, None),
            ("feed", 0, "HTTP 404"),
            ("ghost.xml", 0, "not a sitemap"),
        ],
        third.crawl_id: [("map.xml", 0, "HTTP 503")],
        broken_off.crawl_id: [("map.xml", 9, None), ("late.xml", 9, None)],
    }
    with Catalogue(blog.path) as catalogue:
        for crawl_id, lists in asked.items():
            for name, named, error in lists:
                line = AskedList(url=f"{BLOG}{name}", taken_for="sitemap", announced=True,
                                 named=named, error=error)  # fmt: skip
                catalogue.add_asked_list(line, crawl_id=crawl_id)
        found = remembered_lists(catalogue, blog.now)
    # Of the site map, silence is not the last word; the feed that was missing is not forgotten.
    expected = [
        (f"{BLOG}map.xml", 1, True, False),
        (f"{BLOG}feed", 0, True, True),
        (f"{BLOG}ghost.xml", 0, False, True),
    ]
    assert [(e.last.url, e.led_to, e.has_named, e.is_lost) for e in found] == expected


def test_listings_are_remembered_by_what_they_led_to(blog: Watched) -> None:
    crawl = blog.crawl(0, {})
    ways: list[tuple[Method, ...]] = [("listing",), ("listing", "link"), ("feed", "listing")]
    with Catalogue(blog.path) as catalogue:
        for number, methods in enumerate(ways):
            found = Discovery(url=f"{BLOG}{number}", methods=methods, via=f"{BLOG}{methods[0]}")
            catalogue.add_discovery(found, crawl_id=crawl.crawl_id, outcome="article")
        catalogue.add_failure(make_failure(BLOG))
        fold_crawls(catalogue, blog.now)
        assert remembered_listings(catalogue) == [(f"{BLOG}listing", 2)]


def test_a_part_of_a_list_is_read_when_all_that_it_names_was_asked_for(blog: Watched) -> None:
    crawls = [
        blog.crawl(0, {"a": "article"}),
        blog.crawl(1, {"a": "failed"}, error="HTTP 403"),  # which has a time of its own
        blog.crawl(2, {"a": skipped("limit")}),
        blog.crawl(3, {"a": "article"}, **KILLED),
    ]
    with Catalogue(blog.path) as catalogue:
        for number, crawl in enumerate(crawls):
            for name, error in (("old.xml", None), ("new.xml", "cut off" if number else None)):
                line = AskedList(url=f"{BLOG}{name}", taken_for="sitemap", announced=True,
                                 named=3, depth=1, error=error)  # fmt: skip
                catalogue.add_asked_list(line, crawl_id=crawl.crawl_id)
        found = find_readings(catalogue, blog.now)
    assert found == {f"{BLOG}old.xml": day(1), f"{BLOG}new.xml": day(0)}

from __future__ import annotations

import html
import re
import shlex
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from archive.catalogue import Catalogue, account, gone
from archive.catalogue.folding import fold_crawls
from archive.cli import app
from archive.collection import Collection
from archive.records import Article, AskedList, Capture, Crawl, Discovery
from archive.reports.crawl_report import NOT_DUE_STAT, build_report, render_html
from archive.reports.summary import summary_lines
from tests.archive.sample_records import (
    BLOG,
    CRAWL_ID,
    START,
    make_capture,
    make_collection,
    make_crawl,
    make_failure,
    make_sample,
)

AGAIN = "20260109-crawl"


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """Make a collection of a blog that was crawled twice, a week apart."""
    collection = make_collection(tmp_path / "c", [make_sample(number) for number in range(7)])
    with Catalogue(collection.catalogue_path) as catalogue:
        for url in (f"{BLOG}lost/", f"{BLOG}found/"):
            found = Discovery(url=url, methods=("link",))
            catalogue.add_discovery(found, crawl_id=CRAWL_ID, outcome=gone("HTTP 404"))
        catalogue.add_crawl(_second_crawl(finished=None, reason=None))
        _capture(catalogue, make_sample(1), number=101, version=2)
        _capture(catalogue, make_sample(2), number=102, version=1)
        _capture(catalogue, make_sample(50), number=103, version=1, is_new=True)
        outcomes = {
            "post-1/": "article", "post-2/": "article", "post-50/": "article",
            "post-3/": "unchanged", "post-4/": gone("HTTP 410"), "post-5/": gone("unlisted"),
            "post-6/": "failed", "lost/": gone("HTTP 404"), "found/": "page", "later/": None,
            "settled/": "earlier",
        }  # fmt: skip
        for path, outcome in outcomes.items():
            found = Discovery(url=f"{BLOG}{path}", methods=("feed",))
            catalogue.add_discovery(found, crawl_id=AGAIN, outcome=outcome)
        catalogue.add_failure(make_failure(f"{BLOG}post-6/", "timeout", crawl_id=AGAIN))
    return collection


def _second_crawl(**changes: Any) -> Crawl:
    started = START + timedelta(days=7)
    stats = ((NOT_DUE_STAT, 290),)
    said: dict[str, Any] = {"finished": started + timedelta(seconds=4), "stats": stats}
    return make_crawl(crawl_id=AGAIN, started=started, **said | changes)


def _capture(
    catalogue: Catalogue, article: Article, *, number: int, version: int, is_new: bool = False
) -> None:
    capture: Capture = make_capture(number, article.url, date=START + timedelta(days=7))
    former = None if is_new else article.capture_id
    again = replace(article, capture_id=capture.record_id, crawl_id=AGAIN, captured=capture.date)
    catalogue.add_capture(capture, crawl_id=AGAIN, role="page")
    catalogue.add_article(replace(again, version=version, former=former))


def _report(collection: Collection, crawl: Crawl) -> dict[str, Any]:
    with Catalogue(collection.catalogue_path) as catalogue:
        catalogue.add_crawl(crawl)
        fold_crawls(catalogue, crawl.started)
        return build_report(catalogue, crawl, collection)


@pytest.mark.parametrize("reason", ["finished", "killed"])
def test_what_became_of_known_pages_adds_up(collection: Collection, reason: str) -> None:
    report = _report(collection, _second_crawl(reason=reason))
    assert [report[name] for name in ("new", "changed", "commented", "unchanged")] == [1, 1, 1, 1]
    assert report["gone"] == {"HTTP 410": 1, "unlisted": 1}
    assert (report["still_gone"], report["back"], report["earlier"]) == (1, 1, 1)
    assert report["not_posts"] == {"page": 1}
    assert report["not_due"] == 290
    with Catalogue(collection.catalogue_path) as catalogue:
        counts = account(catalogue, AGAIN)
    parts = (counts.gone, counts.not_posts, counts.failed, counts.skipped)
    assert counts.found == 11
    assert counts.found == sum(sum(part.values()) for part in parts) + sum([
        counts.new, counts.changed, counts.commented, counts.unchanged, counts.still_gone,
        counts.unread, counts.earlier, counts.not_reached,
    ])  # fmt: skip


def test_the_summary_says_first_what_has_changed(collection: Collection) -> None:
    lines = [line.plain for line in summary_lines(_report(collection, _second_crawl()))]
    assert lines[0] == f"1 new post, 1 changed, 2 gone from {BLOG} in 4 s"
    assert lines[1:12] == [
        "  found       11 pages: feed 11",
        "  new         1 post",
        "  changed     1 post",
        "  commented   1 post, with new comments only",
        "  unchanged   1 page",
        "  gone        2: HTTP 410 1, unlisted 1",
        "  still gone  1 page",
        "  back again  1 page, of those above",
        "  not posts   1: page 1",
        "  skipped     0",
        "  failed      1: timeout 1",
    ]
    assert "  not due     290 known pages, besides" in lines


def test_a_known_list_that_could_not_be_read_is_told(collection: Collection) -> None:
    feed, unknown = f"{BLOG}feed/", f"{BLOG}rss/"
    with Catalogue(collection.catalogue_path) as catalogue:
        before = AskedList(url=feed, taken_for="feed", announced=True, named=7)
        catalogue.add_asked_list(before, crawl_id=CRAWL_ID)
        for url in (feed, unknown):
            broken = AskedList(url=url, taken_for="feed", announced=True, error="not a feed")
            catalogue.add_asked_list(broken, crawl_id=AGAIN)
    report = _report(collection, _second_crawl())
    assert report["unread_lists"] == [{"url": feed, "error": "not a feed"}]
    said = f"1 that had named posts could not be read: {feed} (not a feed)"
    assert f"  lists       {said}" in [line.plain for line in summary_lines(report)]
    assert f"<p>Of the lists, {said}.</p>" in render_html(report)
    assert _report(collection, make_crawl())["unread_lists"] == []
    shown = CliRunner().invoke(app, ["status", str(collection.path)])
    assert f"{collection.name}: of the lists, {said}\n" in shown.stdout


def test_every_page_of_which_there_is_news_is_named(collection: Collection) -> None:
    report = _report(collection, _second_crawl())
    assert report["new_pages"] == [f"{BLOG}post-50/"]
    assert report["changed_pages"] == [f"{BLOG}post-1/"]
    assert report["commented_pages"] == [f"{BLOG}post-2/"]
    assert report["gone_pages"] == [
        {"url": f"{BLOG}post-4/", "reason": "HTTP 410"},
        {"url": f"{BLOG}post-5/", "reason": "unlisted"},
    ]
    assert report["back_pages"] == [f"{BLOG}found/"]
    first = _report(collection, make_crawl())
    assert first["new_pages"] == [f"{BLOG}post-{number}/" for number in range(7)]
    assert first["changed_pages"] == []


def test_the_page_names_them_with_the_command_that_shows_a_change(collection: Collection) -> None:
    text = render_html(_report(collection, _second_crawl()))
    news = text.partition("<h2>What is new</h2>")[2].partition("<h2>")[0]
    assert re.findall("<h3>(.*)</h3>", news) == [
        "New posts", "Changed posts", "Posts with new comments", "Gone", "Back again",
    ]  # fmt: skip
    diff = f"archive diff {collection.path} {BLOG}"
    assert re.findall("<code>(.*)</code>", news) == [f"{diff}post-1/", f"{diff}post-2/"]
    assert f'{BLOG}post-5/ <span class="quiet">unlisted</span>' in news
    assert "<a " not in news
    assert "What is new" not in render_html(_report(collection, make_crawl()) | {"gone": {}})


def test_long_lists_are_cut_and_their_count_stays_whole(collection: Collection) -> None:
    with Catalogue(collection.catalogue_path) as catalogue:
        for number in range(1_500):
            found = Discovery(url=f"{BLOG}old-{number:04}/", methods=("sitemap",))
            catalogue.add_discovery(found, crawl_id=AGAIN, outcome=gone("HTTP 404"))
    report = _report(collection, _second_crawl())
    assert len(report["gone_pages"]) == 1_000
    assert report["gone"]["HTTP 404"] == 1_500
    assert "The first 1000 of 1502." in render_html(report)


def test_an_address_is_quoted_where_it_stands_in_a_command(collection: Collection) -> None:
    hostile = f"{BLOG}post-1/?a=$(reboot)&b='<b>"
    report = _report(collection, _second_crawl()) | {"changed_pages": [hostile]}
    page = render_html(report)
    command = re.findall("<code>(archive diff .*)</code>", page)[0]
    assert shlex.split(html.unescape(command))[-1] == hostile
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("outcomes", "command"),
    [
        pytest.param({"post-1/": "article"}, "diff {} {}post-1/", id="changed"),
        pytest.param({"post-50/": "article"}, "show {} {}post-50/", id="new"),
        pytest.param({"post-3/": gone("HTTP 404")}, "show {} {}post-3/", id="gone"),
        pytest.param({"about/": gone("HTTP 404")}, "list {} --all", id="gone, and no article"),
        pytest.param({"post-3/": "unchanged"}, "list {} --all", id="unchanged"),
    ],
)
def test_the_next_command_shows_what_is_new(
    tmp_path: Path, outcomes: dict[str, str], command: str
) -> None:
    collection = make_collection(tmp_path / "c", [make_sample(number) for number in range(7)])
    with Catalogue(collection.catalogue_path) as catalogue:
        for path, outcome in outcomes.items():
            found = Discovery(url=f"{BLOG}{path}", methods=("feed",))
            catalogue.add_discovery(found, crawl_id=AGAIN, outcome=outcome)
        if "post-1/" in outcomes:
            _capture(catalogue, make_sample(1), number=101, version=2)
        if "post-50/" in outcomes:
            _capture(catalogue, make_sample(50), number=103, version=1, is_new=True)
    report = _report(collection, _second_crawl())
    assert report["next_command"] == "archive " + command.format(collection.path, BLOG)


def test_the_page_of_a_first_crawl_says_nothing_of_changes(collection: Collection) -> None:
    first, again = _report(collection, make_crawl()), _report(collection, _second_crawl())
    first |= {"gone": {}}
    assert "unchanged" not in render_html(first)
    assert "known pages, which were gone before" in render_html(again)
    assert "290 other known pages" in render_html(again)


def test_answers_that_were_not_sent_again_are_told_from_others(collection: Collection) -> None:
    with Catalogue(collection.catalogue_path) as catalogue:
        for number, status in enumerate([None, None, 200], 201):
            revisit = make_capture(number, record_type="revisit", status=status)
            catalogue.add_capture(revisit, crawl_id=AGAIN, role="page")
    report = _report(collection, _second_crawl())
    assert (report["revisits"], report["not_modified"]) == (3, 2)
    assert "3 answers whose payload was archived already (2 not sent again: not modified)" in (
        "\n".join(line.plain for line in summary_lines(report))
    )


def test_the_lists_of_a_crawl_stand_in_its_report_whoever_writes_it(
    collection: Collection,
) -> None:
    asked = AskedList(url=f"{BLOG}feed", taken_for="feed", announced=True, named=10)
    with Catalogue(collection.catalogue_path) as catalogue:
        catalogue.add_asked_list(asked, crawl_id=CRAWL_ID)
    (line,) = _report(collection, make_crawl())["lists"]
    assert (line["url"], line["announced"], line["named"]) == (asked.url, True, 10)
    assert _report(collection, _second_crawl())["lists"] == []
    assert _report(collection, _second_crawl(reason="killed", stats=()))["lists"] is None

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.catalogue import Catalogue, account, gone
from archive.catalogue.folding import fold_crawls
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
        fold_crawls(catalogue)
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

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from archive.catalogue import FAILED, Catalogue, skipped
from archive.collection import Collection
from archive.records import Discovery
from archive.reports.crawl_report import build_report, render_html, write_report
from archive.reports.summary import summary_lines
from tests.archive.sample_records import (
    BLOG,
    CRAWL_ID,
    make_capture,
    make_collection,
    make_crawl,
    make_failure,
    make_sample,
)

HOSTILE = "</title><script>alert(1)</script><img src=x onerror='alert(2)'>{{ 7 * 7 }}"


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    articles = [make_sample(1), make_sample(2, title=HOSTILE), make_sample(3)]
    collection = make_collection(tmp_path / "c", articles)
    with Catalogue(collection.catalogue_path) as catalogue:
        for number, outcome in enumerate(
            ["listing", "page", skipped("calendar"), skipped("calendar"), FAILED, None]
        ):
            found = Discovery(url=f"{BLOG}other-{number}", methods=("link",))
            catalogue.add_discovery(found, crawl_id=CRAWL_ID, outcome=outcome)
        catalogue.add_failure(make_failure(f"{BLOG}other-4", "TimeoutError", message=HOSTILE))
        catalogue.add_failure(make_failure("javascript:alert(3)", "bad URL", stage="discover"))
        catalogue.add_capture(make_capture(9, BLOG), crawl_id=CRAWL_ID, role="source")
    return collection


def _report(collection: Collection, **changes: object) -> dict[str, object]:
    with Catalogue(collection.catalogue_path) as catalogue:
        return build_report(catalogue, make_crawl(**changes), collection)


def test_the_report_says_what_became_of_everything(collection: Collection) -> None:
    report = _report(collection)
    assert report["found"] == 9
    assert report["archived"] == 3
    assert report["not_posts"] == {"listing": 1, "page": 1}
    assert report["skipped"] == {"calendar": 2}
    assert report["failed"] == {"TimeoutError": 1}
    assert report["not_reached"] == 1
    assert report["found_by"] == {"feed": (3, 3), "sitemap": (3, 3), "link": (6, 0)}
    assert report["declared"] == {"wordpress": 4}
    assert (report["requests"], report["requests_per_post"]) == (4, 1.33)
    assert report["size_bytes"] == 1_600
    assert report["failures_by_stage"] == {"fetch": 1, "discover": 1}


def test_the_files_hold_the_report(collection: Collection) -> None:
    report = _report(collection)
    as_json, as_html = write_report(report, collection.reports_dir)
    assert json.loads(as_json.read_text("utf-8"))["failed"] == {"TimeoutError": 1}
    assert as_html.read_text("utf-8") == render_html(report)
    assert sorted(path.name for path in collection.reports_dir.iterdir()) == [
        f"{CRAWL_ID}.html",
        f"{CRAWL_ID}.json",
    ]


def test_a_disk_that_refuses_is_named_and_nothing_half_written_stays(
    collection: Collection,
) -> None:
    path = collection.reports_dir / f"{CRAWL_ID}.json"
    path.with_name(f"{path.name}.new").symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"No space left on device: '.*\.json'") as refused:
        write_report(_report(collection), collection.reports_dir)
    assert refused.value.filename == str(path)
    assert list(collection.reports_dir.iterdir()) == []


class _Page(HTMLParser):
    """What a browser would act upon in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("href", "src"):
                self.addresses.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)


def test_the_page_needs_nothing_else_and_runs_nothing_that_a_blog_wrote(
    collection: Collection,
) -> None:
    text = render_html(_report(collection, seeds=(HOSTILE,)))
    page = _Page(text)
    assert not page.tags & {"script", "img", "iframe", "object", "form"}
    assert page.handlers == []
    assert all(address.startswith(BLOG) for address in page.addresses)
    assert "alert(1)" in text  # it is shown, as text
    assert "{{ 7 * 7 }}" in text
    assert "javascript:alert(3)" in text


def test_the_summary_can_be_read_in_one_look(collection: Collection) -> None:
    lines = [line.plain for line in summary_lines(_report(collection))]
    assert lines[0] == f"3 posts archived from {BLOG} in 90 s"
    text = "\n".join(lines)
    for part in (
        "found       9 pages: feed 3, sitemap 3, link 6",
        "archived    3 posts",
        "not posts   2: listing 1, page 1",
        "skipped     2: calendar 2",
        "failed      1: TimeoutError 1",
        "not reached 1",
        "site says   4 posts (wordpress)",
        "requests    4 (1.33 for each post), 1.6 kB as WARC",
        f"{collection.path}/archive",
        f"archive show {collection.path} {BLOG}post-3/",
    ):
        assert part in text


def test_a_crawl_that_found_nothing_has_a_report_too(tmp_path: Path) -> None:
    collection = make_collection(tmp_path / "my blog", [])
    report = _report(collection, finished=None, reason="shutdown", stats=())
    assert report["requests_per_post"] is None
    lines = [line.plain for line in summary_lines(report)]
    assert lines[0] == f"0 posts archived from {BLOG}, stopped: shutdown"
    assert lines[-1].endswith(f"archive list '{tmp_path}/my blog' --all")
    assert "not posts" in render_html(report)


def test_of_many_seeds_the_page_names_the_first(collection: Collection) -> None:
    seeds = tuple(f"{BLOG}{number}" for number in range(152))
    text = render_html(_report(collection, seeds=seeds))
    assert f"<title>Crawl of {', '.join(seeds[:3])} and 149 more addresses</title>" in text
    assert seeds[3] not in text.partition("<h2>")[0]

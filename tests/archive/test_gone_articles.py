"""An article whose page is gone says so, wherever articles are listed or shown."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, gone
from archive.catalogue.folding import fold_crawls
from archive.collection import Collection
from archive.records import Article, Discovery, PageType
from tests.archive.sample_records import (
    BLOG,
    CRAWL_ID,
    START,
    make_capture,
    make_collection,
    make_crawl,
    make_sample,
)

COMMAND = [sys.executable, "-c", "from archive.cli import main; main()"]


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """Post 1 stays; 2 goes; 3 goes, and comes back; 4 gets another version, and goes.

    Of two pages that are no articles, one goes.
    """
    path = tmp_path_factory.mktemp("gone") / "c"
    collection = make_collection(path, [make_sample(number) for number in range(1, 5)])
    with Catalogue(collection.catalogue_path) as catalogue:
        catalogue.add_article(_new_version(make_sample(4)))
        for number in (8, 9):
            page = make_capture(number)
            catalogue.add_capture(page, crawl_id=CRAWL_ID, role="page", page_type=PageType.PAGE)
        _crawl(catalogue, 7, {2: gone("HTTP 404"), 3: gone("unlisted"), 9: gone("HTTP 404")})
        _crawl(catalogue, 14, {2: gone("HTTP 410"), 3: "unchanged", 4: gone("HTTP 410")})
    return collection


def _new_version(article: Article) -> Article:
    """Make the second version of an article, in the place of the first."""
    capture = make_capture(40, article.url)
    again = replace(article, capture_id=capture.record_id, captured=capture.date)
    return replace(again, version=2, former=article.capture_id)


def _crawl(catalogue: Catalogue, day: int, outcomes: dict[int, str]) -> None:
    started = START + timedelta(days=day)
    crawl = make_crawl(crawl_id=f"{started:%Y%m%d}-crawl", started=started, finished=started)
    catalogue.add_crawl(crawl)
    for number, outcome in outcomes.items():
        found = Discovery(url=f"{BLOG}post-{number}/", methods=("sitemap",))
        catalogue.add_discovery(found, crawl_id=crawl.crawl_id, outcome=outcome)
    fold_crawls(catalogue, started)


def _archive(command: str, collection: Path, *arguments: str) -> str:
    run = [*COMMAND, command, str(collection), *arguments]
    return subprocess.run(run, capture_output=True, text=True, check=True).stdout


def test_a_list_marks_what_is_gone_with_its_date(collection: Collection) -> None:
    _, *lines = _archive("list", collection.path, "--all").splitlines()
    articles = [
        [f"{BLOG}post-4/", "2 versions, gone since 2026-01-16"],
        [f"{BLOG}post-3/"],
        [f"{BLOG}post-2/", "gone since 2026-01-09"],
        [f"{BLOG}post-1/"],
    ]
    others = [[f"{BLOG}post-8/"], [f"{BLOG}post-9/", "gone since 2026-01-09"]]
    assert [line.split("\t")[3:] for line in lines] == articles + others
    assert _archive("list", collection.path).splitlines()[1:] == lines[:4]


def test_a_list_for_programs_has_date_and_reason_of_each(collection: Collection) -> None:
    rows = [json.loads(line) for line in _archive("list", collection.path, "--json").splitlines()]
    assert [(row["gone"], row["gone_reason"], row["back"]) for row in rows] == [
        ("2026-01-16T03:04:05.678901+00:00", "HTTP 410", None),
        (None, None, "2026-01-16T03:04:05.678901+00:00"),
        ("2026-01-09T03:04:05.678901+00:00", "HTTP 404", None),
        (None, None, None),
    ]


@pytest.mark.parametrize(
    ("number", "line"),
    [
        pytest.param(1, None, id="there"),
        pytest.param(2, "gone       since 2026-01-09 (HTTP 404)", id="gone"),
        pytest.param(3, "back       since 2026-01-16", id="back"),
    ],
)
def test_the_head_of_an_article_says_whether_its_page_is_there(
    collection: Collection, number: int, line: str | None
) -> None:
    head, _, _ = _archive("show", collection.path, f"{BLOG}post-{number}/").partition("\n\n")
    said = [each for each in head.splitlines() if each.startswith(("gone", "back"))]
    assert said == ([line] if line else [])


def test_an_article_for_programs_says_it_too(collection: Collection) -> None:
    shown = json.loads(_archive("show", collection.path, f"{BLOG}post-2/", "--json"))
    assert shown["title"] == "Post number 2"
    assert (shown["gone"], shown["gone_reason"], shown["back"]) == (
        "2026-01-09T03:04:05.678901+00:00",
        "HTTP 404",
        None,
    )


def test_the_text_of_what_is_gone_stays_as_it_is(collection: Collection) -> None:
    text = _archive("show", collection.path, f"{BLOG}post-2/", "--form", "plain")
    assert text == "The first paragraph of 2.\n\nThe second — with a dash.\n"

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.catalogue import (
    FAILED,
    Catalogue,
    CatalogueReader,
    FoundUrl,
    account,
    capture_totals,
    found_by,
    skipped,
)
from archive.errors import CatalogueError
from archive.records import Discovery, Hints, PageType
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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "c" / "catalogue.sqlite"


@pytest.fixture
def catalogue(path: Path) -> Catalogue:
    path.parent.mkdir()
    return Catalogue(path)


def test_found_is_the_sum_of_all_that_became_of_it(catalogue: Catalogue) -> None:
    outcomes = (
        ["article"] * 5
        + ["listing"] * 3
        + ["page", "duplicate", "protected", "not-html", "empty", "continuation"]
        + [skipped("calendar")] * 4
        + [skipped("share")]
        + [FAILED] * 3
        + [None] * 2
    )
    with catalogue:
        for number, outcome in enumerate(outcomes):
            found = Discovery(url=f"{BLOG}{number}", methods=("sitemap",))
            catalogue.add_discovery(found, crawl_id=CRAWL_ID, outcome=outcome)
            if outcome == FAILED and number % 3:
                catalogue.add_failure(make_failure(found.url, "TimeoutError"))
                catalogue.add_failure(make_failure(found.url, "HTTP 503"))
        catalogue.add_failure(make_failure(f"{BLOG}robots.txt"))  # was no page that was found
        catalogue.add_discovery(Discovery(url=f"{BLOG}x", methods=()), crawl_id="another crawl")
        counts = account(catalogue, CRAWL_ID)
    assert counts.found == len(outcomes)
    assert counts.archived == 5
    assert counts.not_posts["listing"] == 3
    assert counts.skipped == {"calendar": 4, "share": 1}
    assert counts.failed == {"HTTP 503": 2, "no reason recorded": 1}
    assert counts.not_reached == 2
    parts = (counts.not_posts, counts.skipped, counts.failed)
    assert counts.found == counts.archived + counts.not_reached + sum(
        sum(part.values()) for part in parts
    )


def test_a_page_counts_for_every_way_it_was_found(catalogue: Catalogue) -> None:
    with catalogue:
        for number, methods in enumerate([("sitemap", "feed"), ("sitemap",), ("link",)]):
            outcome = "article" if number < 2 else "page"
            found = Discovery(url=f"{BLOG}{number}", methods=methods)  # type: ignore[arg-type]
            catalogue.add_discovery(found, crawl_id=CRAWL_ID, outcome=outcome)
        assert found_by(catalogue, CRAWL_ID) == {"sitemap": (2, 2), "feed": (1, 1), "link": (1, 0)}


def test_what_was_found_comes_back_as_it_was_and_an_outcome_may_follow(
    catalogue: Catalogue,
) -> None:
    discovery = Discovery(
        url=f"{BLOG}é",
        methods=("wordpress", "link"),
        via=BLOG,
        hops_from_seed=2,
        lastmod=START,
        hints=Hints(kind="post", authors=("Ada",), published=START),
    )
    with catalogue:
        catalogue.add_discovery(discovery, crawl_id=CRAWL_ID)
        catalogue.set_outcome(discovery.url, PageType.ARTICLE, crawl_id=CRAWL_ID)
        found = list(catalogue.iter_found_urls(CRAWL_ID))
    assert found == [FoundUrl(discovery=discovery, outcome="article")]


def test_a_crawl_is_there_once_with_its_end(catalogue: Catalogue) -> None:
    with catalogue:
        catalogue.add_crawl(make_crawl(finished=None, reason=None, stats=()))
        catalogue.add_crawl(make_crawl())
        assert catalogue.crawls() == [make_crawl()]


def test_captures_say_what_their_page_is(catalogue: Catalogue) -> None:
    with catalogue:
        for number in range(3):
            role = "source" if number == 2 else "page"
            catalogue.add_capture(make_capture(number), crawl_id=CRAWL_ID, role=role)  # type: ignore[arg-type]
        catalogue.set_page_type(make_capture(0).record_id, PageType.LISTING)
        catalogue.add_article(make_sample(1))
        (listing,) = catalogue.iter_other_pages()
        (article,) = catalogue.iter_captures(make_capture(1).target_uri)
        assert (listing.target_uri, listing.page_type) == (f"{BLOG}post-0/", PageType.LISTING)
        assert article.page_type is PageType.ARTICLE
        totals = capture_totals(catalogue, CRAWL_ID)
        assert (totals.requests, totals.size_bytes) == (3, 1_200)


def test_a_recaptured_article_is_listed_once_as_it_was_last(catalogue: Catalogue) -> None:
    url = make_sample(1).url
    with catalogue:
        catalogue.add_article(make_sample(1))
        catalogue.add_article(make_sample(7, make_capture(7, url), title="Corrected"))
        catalogue.add_article(make_sample(2))
        assert [row.title for row in catalogue.iter_articles()] == ["Corrected", "Post number 2"]


@pytest.mark.parametrize(
    "address",
    [
        "https://blog.example/post-1/",
        "http://www.blog.example/post-1",
        "blog.example/post-1",
        "HTTPS://BLOG.example/post-1/#comments",
        "https://blog.example/?p=1",  # its canonical URL
    ],
)
def test_an_article_is_found_by_any_form_of_its_address(catalogue: Catalogue, address: str) -> None:
    with catalogue:
        catalogue.add_article(make_sample(1, canonical_url="https://blog.example/?p=1"))
        catalogue.add_article(make_sample(2))
        found = catalogue.find_article(address)
    assert found is not None
    assert found.title == "Post number 1"


def test_a_mistyped_address_gets_its_neighbours(catalogue: Catalogue) -> None:
    with catalogue:
        for number in (1, 2):
            catalogue.add_article(make_sample(number, make_capture(number, f"{BLOG}snow-{number}")))
        assert catalogue.find_article(f"{BLOG}snow-") is None
        assert set(catalogue.nearest_urls(f"{BLOG}snow-")) == {f"{BLOG}snow-1", f"{BLOG}snow-2"}
        assert catalogue.nearest_urls("mailto:x") == []


def test_text_is_searched_without_accents_and_the_title_weighs_more(catalogue: Catalogue) -> None:
    with catalogue:
        catalogue.add_article(make_sample(1, main_text="Snow fell on the café, snow and snow."))
        catalogue.add_article(make_sample(2, title="Snow", main_text="A storm."))
        assert [row.title for row in catalogue.search("snow")] == ["Snow", "Post number 1"]
        assert [row.title for row in catalogue.search("cafe AND fell")] == ["Post number 1"]
        with pytest.raises(CatalogueError, match="unterminated string"):
            catalogue.search('"unclosed')


def test_an_article_that_is_added_twice_stays_one(catalogue: Catalogue) -> None:
    with catalogue:
        catalogue.add_article(make_sample(1))
        catalogue.add_article(make_sample(1))
        assert len(catalogue.search("paragraph")) == 1


def test_a_reader_sees_a_batch_once_it_is_committed(catalogue: Catalogue, path: Path) -> None:
    with catalogue, CatalogueReader(path) as reader:
        catalogue.add_article(make_sample(1))
        assert list(reader.iter_articles()) == []
        catalogue.commit()
        assert len(list(reader.iter_articles())) == 1


def test_reading_leaves_no_files_behind_and_changes_nothing(path: Path) -> None:
    path.parent.mkdir()
    with Catalogue(path) as catalogue:
        catalogue.add_article(make_sample(1))
    before = path.read_bytes()
    with CatalogueReader(path) as reader:
        assert len(list(reader.iter_articles())) == 1
        with pytest.raises(CatalogueError, match="readonly"):
            list(reader.query("DELETE FROM articles"))
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_killed_writer_leaves_its_last_batch_out_and_the_rest_whole(path: Path) -> None:
    path.parent.mkdir()
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from archive.catalogue import Catalogue\n"
        "from tests.archive.sample_records import make_sample\n"
        "catalogue = Catalogue(Path(sys.argv[1]))\n"
        "catalogue.add_article(make_sample(1)); catalogue.commit()\n"
        "catalogue.add_article(make_sample(2)); os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", program, path], check=False)
    assert ended.returncode == -9
    with CatalogueReader(path) as reader:
        assert [row.title for row in reader.iter_articles()] == ["Post number 1"]


def test_an_error_in_a_batch_leaves_it_out(path: Path) -> None:
    path.parent.mkdir()
    catalogue = Catalogue(path)
    catalogue.add_article(make_sample(1))
    with pytest.raises(TypeError), catalogue:
        catalogue.add_failure({})  # type: ignore[arg-type]
    with CatalogueReader(path) as reader:
        assert list(reader.iter_articles()) == []


@pytest.mark.parametrize(
    ("version", "why"),
    [(99, "a newer release: use that release here too"), (1, "an older release: `archive rebuild")],
)
def test_a_catalogue_of_another_release_is_not_called_damaged(
    tmp_path: Path, version: int, why: str
) -> None:
    path = make_collection(tmp_path / "c", [make_sample(1)]).catalogue_path
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    with pytest.raises(CatalogueError) as caught, CatalogueReader(path):
        pass
    assert f"{path} was written by {why}" in str(caught.value)


@pytest.mark.parametrize("damage", ["header", "middle", "text", "value"])
def test_a_damaged_catalogue_says_how_to_make_it_anew(tmp_path: Path, damage: str) -> None:
    articles = [make_sample(number) for number in range(50)]
    path = make_collection(tmp_path / "c", articles).catalogue_path
    if damage == "value":
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE articles SET captured = 'yesterday'")
        connection.close()
    elif damage == "text":
        path.write_text("not a database, but long enough to look like one" * 100)
    else:
        data = bytearray(path.read_bytes())
        start = 0 if damage == "header" else 4_096
        data[start : start + 65_536] = b"\xa5" * len(data[start : start + 65_536])
        path.write_bytes(data)
    with (
        pytest.raises(CatalogueError, match=r"damaged.*archive rebuild") as caught,
        CatalogueReader(path) as reader,
    ):
        list(reader.iter_articles())
    assert "\n" not in str(caught.value)


def test_a_missing_catalogue_says_how_to_make_it(path: Path) -> None:
    with pytest.raises(CatalogueError, match="archive rebuild"):
        CatalogueReader(path)


def test_a_catalogue_that_another_process_holds_is_not_called_damaged(
    catalogue: Catalogue, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.catalogue.schema._BUSY_TIMEOUT_S", 0.01)
    with catalogue, Catalogue(path) as second:
        catalogue.add_failure(make_failure(BLOG))
        with pytest.raises(CatalogueError, match="locked") as caught:
            second.add_failure(make_failure(BLOG))
    assert "damaged" not in str(caught.value)


def test_memory_stays_flat_while_rows_are_written_and_read(catalogue: Catalogue) -> None:
    with catalogue:
        tracemalloc.start()
        for number in range(4_000):
            found = Discovery(url=f"{BLOG}{number}", methods=("sitemap",))
            catalogue.add_discovery(found, crawl_id=CRAWL_ID, outcome="article")
            if number % 1_000 == 0:
                catalogue.commit()
        count = sum(1 for _ in catalogue.iter_found_urls(CRAWL_ID))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert count == 4_000
    assert peak < 500_000  # bytes; the rows together are larger


def test_the_last_crawls_come_latest_first_and_imports_are_none(catalogue: Catalogue) -> None:
    ids = [f"2026010{day}030405000000" for day in range(1, 8)]
    with catalogue:
        for crawl_id in (*ids, "import-20260101030405-00000-host"):
            catalogue.add_crawl(make_crawl(crawl_id=crawl_id))
        assert [crawl.crawl_id for crawl in catalogue.last_crawls(3, until=START)] == ids[:-4:-1]


def test_the_posts_published_last_leave_out_those_of_the_future(catalogue: Catalogue) -> None:
    with catalogue:
        for number in range(5):
            catalogue.add_article(make_sample(number))
        dates = catalogue.last_published(datetime(2020, 1, 4, tzinfo=UTC), count=2)
    assert [date.day for date in dates] == [4, 3]

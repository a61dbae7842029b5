"""Articles are settled when their site is known, and whatever happens they end the same."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from archive.articles.store import ArticleStore
from archive.catalogue import Catalogue, CatalogueReader, account
from archive.cli import app
from archive.collection import Collection
from archive.rebuild import rebuild
from archive.records import Article, Hints, PageType
from archive.reextract import reextract
from tests.archive.made_site import SITE, page, prose
from tests.archive.order import assert_in_order, assert_sealed, settle
from tests.archive.recorded_crawls import RecordedCrawl, files, response, tables
from tests.archive.sample_records import CRAWL_ID

_SIGNATURE = "Written at the kitchen table; letters to the usual address."
_LATER = "20260103-crawl"


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "c", seeds=[SITE])


def _crawl(
    collection: Collection, numbers: range, *, crawl_id: str = CRAWL_ID, processes: int = 1
) -> RecordedCrawl:
    """Capture posts with a signature under each, and file what each page alone gives."""
    crawl = RecordedCrawl(collection, crawl_id=crawl_id, warc_size_bytes=6_000, processes=processes)
    for n in numbers:
        body = f"<h5>May {n % 9 + 1}, 2021</h5>{prose(n)}<p>{_SIGNATURE}</p>"
        html = page(n, body, date="2021-05-0{}")
        hints = Hints(kind="post")
        crawl.keep(f"{n}/", "article", response(html), url=f"{SITE}{n}/", hints=hints)
    return crawl


def _keep_odd_page(crawl: RecordedCrawl) -> None:
    """Capture a post of which nothing is left once its site is known."""
    html = page(70, f"<p>{_SIGNATURE}</p>")
    crawl.keep("70/", "article", response(html), url=f"{SITE}70/", hints=Hints(kind="post"))


def _articles(collection: Collection) -> list[Article]:
    return list(ArticleStore(collection.articles_dir).iter_articles())


def _signed(collection: Collection) -> int:
    return sum(_SIGNATURE in article.main_text for article in _articles(collection))


def test_a_crawl_ends_with_settled_articles_and_a_rebuild_makes_the_same(
    collection: Collection,
) -> None:
    crawl = _crawl(collection, range(1, 20))
    _keep_odd_page(crawl)
    crawl.close()
    assert_sealed(collection)
    before, rows = files(collection.path), tables(collection.catalogue_path)
    assert _signed(collection) == 0
    (profile,) = rows["site_profiles"]
    assert {article.site_profile for article in _articles(collection)} == {profile[0]}
    named = {source.name for a in _articles(collection) for source in a.sources if a.main_text}
    assert "site-profile" in named

    rebuilt = rebuild(collection, processes=2)

    assert rebuilt.failure_count == 0
    after = files(collection.path)
    assert {name for name in after if after[name] != before.get(name)} <= {"catalogue.sqlite"}
    assert tables(collection.catalogue_path) == rows


def test_pages_that_change_their_type_move_in_the_account(collection: Collection) -> None:
    crawl = _crawl(collection, range(1, 20))
    _keep_odd_page(crawl)
    crawl.close()
    with CatalogueReader(collection.catalogue_path) as catalogue:
        counts = account(catalogue, CRAWL_ID)
        types = {
            row["target_uri"]: row["page_type"]
            for row in catalogue.query("SELECT target_uri, page_type FROM captures")
        }
    assert types[f"{SITE}70/"] == PageType.EMPTY
    assert (counts.found, counts.archived, counts.not_posts) == (20, 19, {"empty": 1})
    assert f"{SITE}70/" not in {article.url for article in _articles(collection)}


def test_a_later_crawl_settles_what_an_earlier_one_could_not(collection: Collection) -> None:
    _crawl(collection, range(1, 4)).close()
    assert _signed(collection) == 3
    _crawl(collection, range(4, 12), crawl_id=_LATER).close()
    assert _signed(collection) == 0
    assert_in_order(collection)


def test_posts_that_change_nothing_leave_the_rows_before_them_alone(
    collection: Collection,
) -> None:
    _crawl(collection, range(1, 20)).close()
    before = files(collection.articles_dir)
    _crawl(collection, range(20, 22), crawl_id=_LATER).close()
    after = files(collection.articles_dir)
    assert {name: after[name] for name in before} == before
    assert _signed(collection) == 0


def test_a_crawl_that_is_told_to_end_leaves_the_rest_to_the_next(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.recorder._HURRY_S", -1.0)
    crawl = _crawl(collection, range(1, 9))
    object.__setattr__(crawl.crawl, "reason", "shutdown")
    crawl.close()
    assert _signed(collection) == 8
    assert_sealed(collection)
    result = CliRunner().invoke(app, ["reextract", str(collection.path), "--processes", "1"])
    assert result.stdout.endswith(
        ": 8 articles, 8 changed, 0 became articles, 0 are none any more\n"
    )
    assert _signed(collection) == 0
    assert_in_order(collection)


def test_rows_of_other_code_are_made_anew(collection: Collection) -> None:
    _crawl(collection, range(1, 9)).close()
    settled = files(collection.articles_dir)
    with sqlite3.connect(collection.catalogue_path) as catalogue:
        catalogue.execute("UPDATE sketches SET extractor = 'older', sketch = x'00'")
    catalogue.close()
    done = reextract(collection, processes=1)
    assert (done.article_count, done.changed_count, done.left_count) == (8, 0, 0)
    assert files(collection.articles_dir) == settled
    assert_in_order(collection)


def _die_after(count: int, owner: type, name: str) -> None:
    """Kill this process at the so-many-th call of a method."""
    method: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def dying(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return method(*args, **kwargs)

    setattr(owner, name, dying)


def _run_apart(work: Callable[[], None]) -> int:
    """Run in a process of its own, and tell the signal by which it ended."""
    if (child := os.fork()) == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


_STEPS = [
    pytest.param(1, ArticleStore, "append", id="before the first row"),
    pytest.param(4, ArticleStore, "append", id="between rows"),
    pytest.param(1, ArticleStore, "sync", id="before the catalogue knows"),
    pytest.param(1, ArticleStore, "seal", id="before sealing"),
    pytest.param(2, ArticleStore, "seal", id="between two files that are sealed"),
]


@pytest.fixture(scope="module")
def unsettled(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A collection of which no article is settled; to be copied."""
    collection = Collection.create(tmp_path_factory.mktemp("unsettled") / "c", seeds=[SITE])
    crawl = _crawl(collection, range(1, 20), processes=0)
    _keep_odd_page(crawl)
    crawl.close()
    return collection


@pytest.fixture(scope="module")
def finished(unsettled: Collection, tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """The same with all articles settled."""
    path = tmp_path_factory.mktemp("finished") / "c"
    finished = Collection.open(shutil.copytree(unsettled.path, path))
    reextract(finished, processes=1)
    return finished


@pytest.mark.parametrize(("count", "owner", "name"), _STEPS)
def test_settling_that_is_killed_is_done_again(
    unsettled: Collection,
    finished: Collection,
    tmp_path: Path,
    count: int,
    owner: type,
    name: str,
) -> None:
    collection = Collection.open(shutil.copytree(unsettled.path, tmp_path / "c"))

    def work() -> None:
        _die_after(count, owner, name)
        reextract(collection, processes=1)

    assert _run_apart(work) == signal.SIGKILL
    settle(collection)
    reextract(collection, processes=1)
    assert files(collection.articles_dir) == files(finished.articles_dir)
    assert tables(collection.catalogue_path) == tables(finished.catalogue_path)
    assert_sealed(collection)


def test_a_crawl_that_is_killed_while_it_settles_is_brought_to_its_end(
    collection: Collection,
) -> None:
    def work() -> None:
        crawl = _crawl(collection, range(1, 20))
        _keep_odd_page(crawl)
        _die_after(9, Catalogue, "forget_article")
        crawl.close()

    assert _run_apart(work) == signal.SIGKILL
    settle(collection)
    assert len(_articles(collection)) == 19
    assert _signed(collection) == 0
    assert_in_order(collection)


def test_verify_extracts_with_the_profile_of_the_row(collection: Collection) -> None:
    _crawl(collection, range(1, 9)).close()
    sound = CliRunner().invoke(app, ["verify", str(collection.path)])
    assert sound.exit_code == 0, sound.stdout
    with sqlite3.connect(collection.catalogue_path) as catalogue:
        catalogue.execute("DELETE FROM site_profiles")
    catalogue.close()
    lacking = CliRunner().invoke(app, ["verify", str(collection.path)])
    assert "lacks the site profile sha256:" in lacking.stdout

"""What is asked of a catalogue again and again reads the rows that it needs, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, CatalogueReader, account
from archive.catalogue.folding import fold_crawls
from archive.catalogue.pages import (
    find_page,
    iter_due_pages,
    remembered_listings,
    remembered_lists,
)
from archive.catalogue.schema import connect
from scraper.catalogue_memory import CatalogueMemory
from tests.archive.catalogue.known_crawls import Watched, day
from tests.archive.sample_records import BLOG

_SCANS = tuple(
    f"SCAN {table}" for table in ("pages", "discoveries", "captures", "articles", "failures")
)


@pytest.fixture
def blog(tmp_path: Path) -> Watched:
    blog = Watched(tmp_path / "catalogue.sqlite")
    blog.crawl(0, {f"{number}": "article" for number in range(9)})
    blog.crawl(1, {"1": "unchanged", "2": "article", "3": "gone:HTTP 404", "4": "failed"})
    return blog


class _Watching(CatalogueReader):
    """Notes each statement that it is asked."""

    def query(self, statement: str, *parameters: object) -> Iterator[object]:  # type: ignore[override]
        self.__dict__.setdefault("asked", []).append((statement, parameters))
        return super().query(statement, *parameters)


def _steps(blog: Watched, ask: Callable[[CatalogueReader], object]) -> list[str]:
    """List how SQLite goes about what is asked, as EXPLAIN QUERY PLAN says it."""
    with _Watching(blog.path) as catalogue:
        ask(catalogue)
        asked = catalogue.__dict__["asked"]
    with closing(connect(blog.path, read_only=True)) as connection:
        return [
            step["detail"]
            for statement, parameters in asked
            for step in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


@pytest.mark.parametrize(
    "ask",
    [
        lambda catalogue: find_page(catalogue, f"{BLOG}5"),
        lambda catalogue: list(iter_due_pages(catalogue, day(2))),
        lambda catalogue: account(catalogue, f"{day(1):%Y%m%d%H%M%S}"),
    ],
    ids=["find", "due", "account"],
)
def test_no_table_is_read_as_a_whole(
    blog: Watched, ask: Callable[[CatalogueReader], object]
) -> None:
    few = "SCAN pages USING INDEX pages_by_loss"  # the pages that are or were gone
    steps = _steps(blog, ask)
    assert steps
    assert not [step for step in steps if step.startswith(_SCANS) and step != few]


@pytest.mark.parametrize(
    "ask",
    [
        lambda catalogue: remembered_lists(catalogue, day(2)),
        remembered_listings,
        lambda catalogue: CatalogueMemory(catalogue, "incremental", day(2)).count_captured(),
    ],
    ids=["lists", "listings", "captured"],
)
def test_pages_are_counted_by_an_index_alone(
    blog: Watched, ask: Callable[[CatalogueReader], object]
) -> None:
    counting = [step for step in _steps(blog, ask) if " pages " in step]
    assert counting
    assert all("COVERING INDEX" in step for step in counting)


def test_a_crawl_that_is_folded_costs_nothing_the_next_time(blog: Watched) -> None:
    with Catalogue(blog.path) as catalogue:
        before = catalogue.query("SELECT total_changes() AS number")
        number = next(before)["number"]
        fold_crawls(catalogue, blog.now)
        assert next(catalogue.query("SELECT total_changes() AS number"))["number"] == number

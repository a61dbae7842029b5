"""A machine whose clock was wrong for a day: what is crawled after that goes on as before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.rebuild import rebuild
from archive.schedule.due import Due
from archive.schedule.state import CollectionState, read_state
from benchmarks.year import Crawler, Policy
from tests.blog_server import BlogServer
from tests.scraper.test_coming_again import ChangingBlog

_START = datetime(2025, 1, 2, 3, tzinfo=UTC)
_DAY = timedelta(days=1)
_WRONG = _START + 20 * 365 * _DAY
_POLICY = Policy("incremental", lambda _, now: now + _DAY)


@dataclass
class Misled:
    """A blog that was crawled twice, the second time by a clock that was wrong."""

    blog: ChangingBlog
    server: BlogServer
    crawler: Crawler
    collection: Collection

    def crawl(self, now: datetime) -> set[str]:
        """Crawl it; gives the paths of the posts that were asked for. Fails with the crawl."""
        before = len(self.server.requests)
        self.crawler.crawl(self.server.url(), now)
        paths = {request.path for request in self.server.requests[before:]}
        return paths & {f"/{slug}/" for slug in self.blog.days}

    def due(self, now: datetime) -> Due:
        """Tell when the next crawl is due."""
        state = read_state(self.collection.path, now)
        assert isinstance(state, CollectionState)
        return state.due

    def pages(self) -> list[tuple[Any, ...]]:
        """List what is known of all pages."""
        with CatalogueReader(self.collection.catalogue_path) as catalogue:
            return [tuple(row) for row in catalogue.query("SELECT * FROM pages ORDER BY urlkey")]


@pytest.fixture(scope="module")
def misled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Misled]:
    path = tmp_path_factory.mktemp("collections") / "c"
    blog = ChangingBlog()
    with (
        BlogServer({"/": blog.route, "*": blog.route}) as server,
        Crawler(path, _POLICY) as crawler,
    ):
        for now in (_START, _WRONG):
            crawler.crawl(server.url(), now)
        yield Misled(blog, server, crawler, Collection.open(path))


def test_the_next_crawl_asks_as_if_the_wrong_date_had_never_been(misled: Misled) -> None:
    misled.blog.days["ropes"] = "2025-01-03"
    misled.blog.texts["ropes"] = "<p>An afterthought about ropes.</p>"
    assert "/ropes/" in misled.crawl(_START + 2 * _DAY)
    assert misled.crawl(_START + 2 * _DAY + timedelta(hours=6)) == set()
    assert misled.crawl(_START + 200 * _DAY) == {f"/{slug}/" for slug in misled.blog.days}


def test_a_rebuild_changes_neither_what_is_known_nor_what_is_due(misled: Misled) -> None:
    now = _START + 201 * _DAY
    pages, due = misled.pages(), misled.due(now)
    rebuild(misled.collection, processes=1)
    assert misled.pages() == pages
    assert misled.due(now) == due

"""What becomes of a post of which a further page does not come, now and in later crawls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from archive.articles.store import ArticleStore
from archive.catalogue import CatalogueReader
from archive.catalogue.pages import iter_due_pages
from archive.collection import Collection
from archive.dates import utc_now
from archive.rebuild import rebuild
from archive.records import Article
from tests.blog_server import CLOSE, BlogServer, Route, respond
from tests.scraper.crawl import Crawled, crawl_blog, path_of
from tests.scraper.killed_crawls import faults_of
from tests.scraper.small_blog import post, small_blog

_PARTS = ("the mast was stepped at noon", "the rigging was set up taut", "the sails were bent on")
_PATHS = ("/voyage/", "/voyage/2/", "/voyage/3/")
_LATER = " and it was raining"
_BUSY = respond(b"busy", status="503 Service Unavailable")
_PASSING: dict[str, Route] = {
    "HTTP 503": _BUSY,
    "HTTP 429": respond(b"later", status="429 Too Many Requests"),
    "no answer": [CLOSE],
    "cut off": [post("voyage")[:-60], CLOSE],
}
_TABLES = ("pages", "discoveries", "failures")


def _split_post(added: str = "") -> dict[str, Route]:
    """A post over three pages; what is added to its first page stands there alone."""
    links = "".join(f'<a href="{path}">{n}</a>' for n, path in enumerate(_PATHS[1:], 2))
    nav = f'<div class="page-links">Pages: <span>1</span> {links}</div>'
    texts = (_PARTS[0] + added, *_PARTS[1:])
    pages = [post("voyage", text=f"<p>On the first day {text}.</p>{nav}") for text in texts]
    return dict(zip(_PATHS, pages, strict=True))


def _blog(added: str = "", **missing: Route) -> dict[str, Route]:
    routes = small_blog("ropes", "voyage") | _split_post(added)
    return routes | {f"/voyage/{number.strip('_')}/": answer for number, answer in missing.items()}


class _Visits:
    """Crawls of one blog, one after the other, as it is each time."""

    def __init__(self, server: BlogServer, path: Path) -> None:
        self._server = server
        self._path = path

    def crawl(self, routes: dict[str, Route], *arguments: str) -> tuple[Crawled, list[str]]:
        """Crawl the blog as it is now; gives which pages of the post were asked for, too."""
        self._server.routes |= routes
        before = len(self._server.requests)
        crawled = crawl_blog(self._server, self._path, *arguments)
        asked = [request.path for request in self._server.requests[before:]]
        return crawled, [path for path in asked if path in _PATHS]

    def versions(self) -> list[Article]:
        """The versions of the post, once it is seen that nothing else became an article."""
        store = ArticleStore(Collection.open(self._path).articles_dir)
        rows = sorted(store.iter_articles(), key=lambda row: row.captured)
        assert {path_of(row.url) for row in rows} == {"/ropes/", "/voyage/"}
        return [row for row in rows if path_of(row.url) == "/voyage/"]

    def assert_in_order(self) -> None:
        """A rebuild makes the same articles, and the same of what is known; nothing is at fault."""
        before = self.versions(), self._known()
        collection = Collection.open(self._path)
        with collection.lock():
            rebuild(collection, processes=1)
        assert (self.versions(), self._known()) == before
        assert faults_of(self._path) == []

    def _known(self) -> list[list[tuple[object, ...]]]:
        with CatalogueReader(Collection.open(self._path).catalogue_path) as catalogue:
            return [
                sorted(map(tuple, catalogue.query(f"SELECT * FROM {table}")), key=repr)
                for table in _TABLES
            ]


@pytest.fixture
def visits(tmp_path: Path) -> Iterator[_Visits]:
    with BlogServer() as server:
        yield _Visits(server, tmp_path / "c")


def _has_parts(article: Article) -> list[bool]:
    return [part in article.main_text for part in _PARTS]


@pytest.mark.parametrize("error", _PASSING)
def test_a_known_post_has_no_version_without_a_part_that_fails_for_now(
    visits: _Visits, error: str
) -> None:
    visits.crawl(_blog())
    crawled, asked = visits.crawl(_blog(_LATER, _2=_PASSING[error]), "mode=check")
    assert asked[:2] == ["/voyage/", "/voyage/2/"]
    assert crawled.failures == {"/voyage/": error}
    assert crawled.report["failed"] == {error: 1}
    assert _LATER.encode() in crawled.warc_bytes()
    assert [row.version for row in visits.versions()] == [1]
    crawled, asked = visits.crawl(_blog(_LATER))
    assert sorted(asked) == list(_PATHS)
    assert crawled.report["changed"] == 1
    _, changed = visits.versions()
    assert changed.version == 2
    assert _LATER in changed.main_text
    assert _has_parts(changed) == [True, True, True]
    visits.assert_in_order()


@pytest.mark.parametrize("error", _PASSING)
def test_a_new_post_is_kept_as_far_as_it_came_and_asked_for_again(
    visits: _Visits, error: str
) -> None:
    crawled, _ = visits.crawl(_blog(_2=_PASSING[error]))
    assert crawled.failures == {"/voyage/": error}
    assert crawled.report["archived"] == 2
    assert [_has_parts(row) for row in visits.versions()] == [[True, False, True]]
    visits.assert_in_order()
    for _ in range(2):
        crawled, asked = visits.crawl(_blog(_2=_BUSY))
        assert asked[:2] == ["/voyage/", "/voyage/2/"]
        assert len(visits.versions()) == 1
    visits.crawl(_blog())
    assert [_has_parts(row)[1] for row in visits.versions()] == [False, True]
    crawled, asked = visits.crawl(_blog())
    assert asked == []
    visits.assert_in_order()


def test_a_known_post_is_kept_without_a_part_that_is_gone(visits: _Visits) -> None:
    visits.crawl(_blog())
    gone = respond(b"gone", status="404 Not Found")
    crawled, _ = visits.crawl(_blog(_2=gone), "mode=check")
    assert crawled.failures == {"/voyage/2/": "HTTP 404"}
    assert [_has_parts(row)[1] for row in visits.versions()] == [True, False]
    _, asked = visits.crawl(_blog(_2=gone))
    assert asked == []
    visits.crawl(_blog(), "mode=check")
    assert [_has_parts(row)[1] for row in visits.versions()] == [True, False, True]
    visits.assert_in_order()


def test_no_part_that_failed_is_asked_for_alone(visits: _Visits) -> None:
    crawled, _ = visits.crawl(_blog(_3=respond(b"gone", status="410 Gone")))
    assert crawled.failures == {"/voyage/3/": "HTTP 410"}
    assert crawled.report["skipped"]["part-of-a-post"] == 2
    with CatalogueReader(crawled.path / "catalogue.sqlite") as catalogue:
        due = iter_due_pages(catalogue, utc_now() + timedelta(days=1000))
        assert not [page for page in due if page.discovery.url.endswith(_PATHS[1:])]

"""A crawl that was broken off goes on with the same command, and asks for nothing twice."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.rebuild import rebuild
from archive.records import Crawl
from tests.blog_server import RESET, Answer, BlogServer, ReceivedRequest, Route, respond
from tests.patience import TIME_LIMIT_S
from tests.scraper.crawl import (
    QUICK,
    Crawled,
    command,
    crawl_blog,
    environment,
)
from tests.scraper.killed_crawls import faults_of
from tests.scraper.small_blog import post, small_blog

_SLUGS = ("ropes", "charts", "lamps", "tides", "ferries", "anchors")
_POSTS = {f"/{slug}/" for slug in _SLUGS}
_PICTURE = respond(b"\x89PNG", content_type="image/png")


class _Gate:
    """A route that answers the first time only once it is opened."""

    def __init__(self, route: Route) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()
        self._route = route

    def __call__(self, request: ReceivedRequest) -> Answer:
        if not self.reached.is_set():
            self.reached.set()
            self.opened.wait(TIME_LIMIT_S)
        return self._route(request) if callable(self._route) else self._route


def _gated(routes: Mapping[str, Route], path: str) -> tuple[dict[str, Route], _Gate]:
    gate = _Gate(routes[path])
    return {**routes, path: gate}, gate


def _break_off(
    server: BlogServer,
    path: Path,
    gate: _Gate,
    how: signal.Signals,
    *arguments: str,
    settings: Mapping[str, str] | None = None,
    once: Callable[[], bool] = lambda: True,
) -> None:
    """Crawl as far as the gate, and send a signal there, `once` something holds."""
    given = [f"url={server.url()}", f"collection={path}", *arguments]
    line = command("crawl", "blog", settings={**QUICK, **(settings or {})}, arguments=given)
    crawl = subprocess.Popen(line, stderr=subprocess.DEVNULL, env=environment())
    try:
        assert gate.reached.wait(TIME_LIMIT_S)
        give_up = time.monotonic() + TIME_LIMIT_S
        while not once():
            assert time.monotonic() < give_up
            time.sleep(0.02)
        crawl.send_signal(how)
        if how == signal.SIGKILL:
            crawl.wait(TIME_LIMIT_S)
        gate.opened.set()
        crawl.wait(TIME_LIMIT_S)
    finally:
        crawl.kill()
        crawl.wait(TIME_LIMIT_S)


def _asked_twice(server: BlogServer) -> dict[str, int]:
    counts = Counter(request.path for request in server.requests)
    return {path: number for path, number in counts.items() if number > 1}


def _crawls(path: Path) -> list[Crawl]:
    with CatalogueReader(path / "catalogue.sqlite") as catalogue:
        return catalogue.crawls()


def _found(path: Path) -> dict[str, str | None]:
    """Give what the catalogue says of the posts that the last crawl has found."""
    if not (path / "catalogue.sqlite").exists():
        return {}
    with CatalogueReader(path / "catalogue.sqlite") as catalogue:
        *_, crawl = catalogue.crawls()
        lines = list(catalogue.iter_found_urls(crawl.crawl_id))
    return {line.discovery.url: line.outcome for line in lines if line.discovery.url[-2:] == "s/"}


def _article_files(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.glob("articles/*")}


def _rebuilt(crawled: Crawled) -> dict[str, bytes]:
    with (collection := Collection.open(crawled.path)).lock():
        rebuild(collection, processes=1)
    return _article_files(crawled.path)


def test_a_killed_crawl_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "c"
    routes = small_blog(*_SLUGS)
    for slug in _SLUGS:
        routes[f"/{slug}/"] = post(slug, text=f'<img src="/{slug}.png">')
        routes[f"/{slug}.png"] = _PICTURE
    routes, gate = _gated(routes, "/tides/")
    with BlogServer(routes) as server:

        def are_all_known() -> bool:
            return len(_found(path)) == len(_SLUGS)

        _break_off(server, path, gate, signal.SIGKILL, "requisites=yes", once=are_all_known)
        left = _found(path)
        crawled = crawl_blog(server, path, "requisites=yes")
        assert _asked_twice(server) == {"/tides/": 2}  # which was under way
        pictures = {request.path for request in server.requests if request.path.endswith(".png")}
    assert set(left.values()) == {None}  # found, and not yet captured or not yet settled
    assert crawled.status == 0
    assert set(crawled.articles) == _POSTS
    assert pictures == {f"/{slug}.png" for slug in _SLUGS}
    assert crawled.report["crawl"]["reason"] == "finished"
    files = _article_files(path)
    assert faults_of(path) == []
    assert _rebuilt(crawled) == files


def test_a_crawl_that_was_killed_while_it_looked_for_posts(tmp_path: Path) -> None:
    routes, gate = _gated(small_blog(*_SLUGS), "/sitemap.xml")
    with BlogServer(routes) as server:
        _break_off(server, tmp_path / "c", gate, signal.SIGKILL)
        crawled = crawl_blog(server, tmp_path / "c")
        assert _asked_twice(server) == {"/sitemap.xml": 2}
    assert set(crawled.articles) == _POSTS


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
def test_a_crawl_that_was_stopped_goes_on_to_its_limit(tmp_path: Path, how: signal.Signals) -> None:
    path = tmp_path / "c"
    routes, gate = _gated(small_blog(*_SLUGS), "/charts/")
    with BlogServer(routes) as server:
        _break_off(server, path, gate, how, "limit=4", settings={"DOWNLOAD_DELAY": "0.3"})
        crawled = crawl_blog(server, path, "limit=4")
        assert _asked_twice(server) == {}
    assert [crawl.reason for crawl in _crawls(path)] == ["shutdown", "limit"]
    assert len(crawled.articles) == 4


def test_a_crawl_that_had_come_to_its_limit_asks_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "c"
    routes, gate = _gated(small_blog(*_SLUGS), "/lamps/")
    with BlogServer(routes) as server:

        def are_two_filed() -> bool:
            files = path.glob("articles/*.jsonl")
            return sum(file.read_bytes().count(b"\n") for file in files) == 2

        _break_off(server, path, gate, signal.SIGKILL, once=are_two_filed)
        count = len(server.requests)
        crawled = crawl_blog(server, path, "limit=2")
        assert len(server.requests) == count
    assert crawled.status == 0
    assert set(crawled.articles) == {"/ropes/", "/charts/"}


def test_a_crawl_of_so_many_pages_at_a_time_comes_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "c"
    settings = {"CLOSESPIDER_PAGECOUNT": "5", "DOWNLOAD_DELAY": "0.2"}
    with BlogServer(small_blog(*_SLUGS)) as server:
        crawl_blog(server, path, settings={**settings, "EXTRACTION_ENABLED": "False"})
        crawled = crawl_blog(server, path, settings=settings)
        assert _asked_twice(server) == {}
    first, second = _crawls(path)
    assert (first.reason, second.reason) == ("closespider_pagecount", "finished")
    assert crawled.status == 0
    assert set(crawled.articles) == _POSTS
    crawl_ids = {article.crawl_id for article in crawled.articles.values()}
    assert crawl_ids == {first.crawl_id, second.crawl_id}  # each of the crawl that captured it
    files = _article_files(path)
    assert len(files) == 2
    assert faults_of(path) == []
    assert _rebuilt(crawled) == files


def test_a_crawl_that_lost_its_network_fetches_the_rest_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "c"
    whole = small_blog(*_SLUGS)
    lost = {f"/{slug}/": [RESET] for slug in _SLUGS[3:]}
    with BlogServer({**whole, **lost}) as server:
        crawl_blog(server, path)
        server.routes = dict(whole)
        crawled = crawl_blog(server, path)
        asked = _asked_twice(server)
    assert {name for name in asked if name in _POSTS} == set(lost)
    assert set(crawled.articles) == _POSTS


def test_a_crawl_without_network_from_the_start_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "c"
    with BlogServer({"*": [RESET]}) as server:
        failed = crawl_blog(server, path)
        server.routes = small_blog(*_SLUGS)
        crawled = crawl_blog(server, path)
    assert failed.status == 1
    assert crawled.status == 0
    assert set(crawled.articles) == _POSTS

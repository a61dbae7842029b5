"""A blog that is crawled in full again: what has not changed is not stored again, and is there."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.catalogue import CaptureRow, CatalogueReader
from archive.cdxj import cdxj_line
from archive.collection import Collection
from archive.http_message import payload
from archive.stored_messages import MessageReader
from archive.warc.captures import iter_stored_captures
from archive.warc.reader import iter_records
from tests.blog_server import BlogServer, ReceivedRequest, Route, respond
from tests.scraper.crawl import QUICK, Crawled, command, crawl_blog, run
from tests.scraper.small_blog import post, small_blog

_SLUGS = ("ropes", "charts", "lamps")
_PATHS = tuple(f"/{slug}/" for slug in _SLUGS)
_LONG = "<p>A paragraph about {} that goes on, and names number {}.</p>"
_BIN = Path(sys.executable).parent


def _blog() -> dict[str, Route]:
    routes = small_blog(*_SLUGS)
    for slug in _SLUGS:
        text = "".join(_LONG.format(slug, number**3) for number in range(800))
        routes[f"/{slug}/"] = post(slug, text=text)
    return routes


def _pages(path: Path) -> list[CaptureRow]:
    """Give the captures of posts, the oldest first."""
    with CatalogueReader(Collection.open(path).catalogue_path) as catalogue:
        rows = catalogue.query("SELECT record_id FROM captures WHERE role = 'page' ORDER BY date")
        pages = [catalogue.get_capture(row["record_id"]) for row in rows]
        return [page for page in pages if page.target_uri.endswith(_PATHS)]


@dataclass(frozen=True)
class _Twice:
    """A blog that was crawled twice, and what of it had changed meanwhile."""

    first: Crawled
    second: Crawled
    served: dict[str, Route]  # by path


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> _Twice:
    path = tmp_path_factory.mktemp("collections") / "c"
    with BlogServer(_blog()) as server:
        first = crawl_blog(server, path)
        server.routes["/lamps/"] = post("lamps", text="<p>A paragraph that was added.</p>")
        second = crawl_blog(server, path, "mode=full")
        served = {f"/{slug}/": server.routes[f"/{slug}/"] for slug in _SLUGS}
    return _Twice(first, second, served)


def test_unchanged_posts_are_kept_as_revisits(twice: _Twice) -> None:
    pages = _pages(twice.second.path)
    kinds = {(page.crawl_id, page.target_uri.rsplit("/", 2)[1]): page.record_type for page in pages}
    first, second = sorted({page.crawl_id for page in pages})
    assert {kinds[first, slug] for slug in _SLUGS} == {"response"}
    assert [kinds[second, slug] for slug in _SLUGS] == ["revisit", "revisit", "response"]


def test_posts_of_the_second_crawl_read_back_as_served(twice: _Twice) -> None:
    collection = Collection.open(twice.second.path)
    with CatalogueReader(collection.catalogue_path) as catalogue:
        reader = MessageReader(collection.warc_dir, catalogue)
        for page in _pages(twice.second.path)[-3:]:
            (slug,) = re.findall(r"/(\w+)/$", page.target_uri)
            assert reader.read(page.record_id) == twice.served[f"/{slug}/"]


def test_articles_of_both_crawls_are_there_and_can_be_shown(twice: _Twice) -> None:
    assert twice.second.report["archived"] == 1  # the one that has changed
    assert [article.version for article in twice.second.articles.values()].count(2) == 1
    assert set(twice.second.articles) == {f"/{slug}/" for slug in _SLUGS}
    url = next(article.url for path, article in twice.second.articles.items() if path == "/ropes/")
    archive = str(_BIN / "archive")
    shown = run([archive, "show", str(twice.second.path), url])
    assert shown.status == 0
    assert "A paragraph about ropes that goes on" in shown.output
    listed = run([archive, "list", str(twice.second.path)])
    assert all(slug.title() in listed.output for slug in _SLUGS)


def test_the_report_says_what_was_saved(twice: _Twice) -> None:
    report = twice.second.report
    assert report["revisits"] >= 2
    pages = {page.record_id: page for page in _pages(twice.second.path)}
    originals = [pages[page.refers_to] for page in pages.values() if page.refers_to]
    assert len(originals) == 2
    assert report["saved_bytes"] > sum(original.length for original in originals) / 4
    said = r"revisits +\d+ answers whose payload was archived already, which saves [\d.]+ k?B"
    assert re.search(said, twice.second.errors)
    *_, newest = sorted(twice.second.path.glob("reports/*.html"))
    assert "are kept as revisits, which saves" in newest.read_text(encoding="utf-8")


def test_every_tool_of_the_field_accepts_the_files(twice: _Twice) -> None:
    for path in sorted(Collection.open(twice.second.path).warc_dir.iterdir()):
        for line in (["gzip", "-t"], [_BIN / "warcio", "check"], [_BIN / "fastwarc", "check"]):
            said = subprocess.run([*line, path], capture_output=True, text=True, check=False)
            assert said.returncode == 0, said.stdout + said.stderr
        indexed = subprocess.check_output([_BIN / "cdxj-indexer", path], text=True).splitlines()
        assert indexed == [cdxj_line(stored.capture) for stored in iter_stored_captures(path)]


@pytest.mark.parametrize(("mode", "count"), [("crawl", 1), ("off", 0)])
def test_a_crawl_may_be_kept_for_itself(tmp_path: Path, mode: str, count: int) -> None:
    same = respond(b"<p>The same everywhere.</p>" * 9)
    routes = _blog() | {
        "/one/": same,
        "/two/": same,
        **small_blog(*_SLUGS, pages=["/one/", "/two/"]),
    }
    with BlogServer(routes) as server:
        for _ in range(2):
            settings = {"DEDUPLICATE": mode}
            crawled = crawl_blog(server, tmp_path / "c", "mode=full", settings=settings)
    collection = Collection.open(crawled.path)
    *_, last = sorted(collection.warc_dir.iterdir())
    captures = [stored.capture for stored in iter_stored_captures(last)]
    revisits = [
        c for c in captures if c.record_type == "revisit" and c.target_uri.endswith("/two/")
    ]
    assert len(revisits) == count
    inside = {capture.record_id for capture in captures}
    assert all(c.refers_to in inside for c in captures if c.record_type == "revisit")


def test_a_setting_that_nobody_knows_ends_the_crawl_at_once(tmp_path: Path) -> None:
    arguments = ["url=http://127.0.0.1:9/", f"collection={tmp_path / 'c'}"]
    ended = run(command("crawl", "blog", settings={"DEDUPLICATE": "yes"}, arguments=arguments))
    assert ended.status != 0
    assert "DEDUPLICATE=yes is none of collection, crawl, off" in ended.errors
    assert not (tmp_path / "c").exists()


def test_redacted_crawls_hold_no_cookie_and_read_the_same(tmp_path: Path) -> None:
    routes = _blog()
    home = routes["/"]
    assert isinstance(home, bytes)
    routes["/"] = home.replace(b"\r\n", b"\r\nSet-Cookie: id=s3cr3t; Path=/\r\n", 1)
    with BlogServer(routes) as server:
        settings = {"COOKIES_ENABLED": "True", "REDACT_CREDENTIALS": "True"}
        crawled = crawl_blog(server, tmp_path / "c", settings=settings)
        sent = {request.header("Cookie") for request in server.requests}
    assert "id=s3cr3t" in sent
    assert b"s3cr3t" not in crawled.warc_bytes()
    assert set(crawled.articles) == {f"/{slug}/" for slug in _SLUGS}
    (path,) = Collection.open(crawled.path).warc_dir.iterdir()
    blocks = [record.block for record in iter_records(path)]
    assert any(b"\r\nCookie: [redacted]\r\n" in block for block in blocks)
    assert any(b"\r\nSet-Cookie: [redacted]\r\n" in block for block in blocks)
    assert payload(home) in map(payload, blocks)
    assert b"http-headers-redacted: Authorization, Cookie," in blocks[0]


def test_cookies_bring_no_download_of_a_list_along(tmp_path: Path) -> None:
    routes = small_blog("ropes")
    home = routes["/"]
    assert isinstance(home, bytes)
    routes["/"] = home.replace(b"\r\n", b"\r\nSet-Cookie: id=1; Path=/\r\n", 1)
    with BlogServer(routes) as server:
        line = command(
            "crawl",
            "blog",
            settings={**QUICK, "COOKIES_ENABLED": "True"},
            arguments=[f"url={server.url()}", f"collection={tmp_path / 'c'}"],
        )
        ended = run(line, env={"TLDEXTRACT_CACHE": str(tmp_path / "suffixes")})
        sent = {request.header("Cookie") for request in server.requests}
    assert (ended.status, "id=1" in sent) == (0, True)
    assert not (tmp_path / "suffixes").exists()


def test_a_page_of_two_addresses_is_stored_once(tmp_path: Path) -> None:
    def missing(request: ReceivedRequest) -> bytes:
        return respond(b"<p>Nothing here.</p>" * 30, status="404 Not Found")

    routes: dict[str, Route] = _blog() | {"/old/": missing, "/older/": missing}
    routes |= small_blog(*_SLUGS, pages=["/old/", "/older/"])
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c")
    (path,) = Collection.open(crawled.path).warc_dir.iterdir()
    captures = {s.capture.target_uri: s.capture for s in iter_stored_captures(path)}
    old, older = (
        next(c for uri, c in captures.items() if uri.endswith(p)) for p in ("/old/", "/older/")
    )
    assert {old.record_type, older.record_type} == {"response", "revisit"}
    assert (old.status, older.status) == (404, 404)
    assert crawled.failures["/old/"] == crawled.failures["/older/"] == "HTTP 404"

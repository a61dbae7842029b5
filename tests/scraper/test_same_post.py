"""One post under several addresses, or over several pages, becomes one article."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.rebuild import rebuild
from tests.blog_server import BlogServer, Route, Wait, once, redirect, respond
from tests.scraper.crawl import Crawled, crawl_blog, has_filed
from tests.scraper.small_blog import post, small_blog

_PARTS = ("the mast was stepped at noon", "the rigging was set up taut", "the sails were bent on")


def _split_post() -> dict[str, Route]:
    """A post over three pages, as WordPress splits them."""
    links = "".join(f'<a href="/voyage/{n}/">{n}</a>' for n in (2, 3))
    nav = f'<div class="page-links">Pages: <span>1</span> {links}</div>'
    pages = [post("voyage", text=f"<p>On the first day {part}.</p>{nav}") for part in _PARTS]
    return {"/voyage/": pages[0], "/voyage/2/": pages[1], "/voyage/3/": pages[2]}


def _rebuilt(crawled: Crawled) -> Crawled:
    collection = Collection.open(crawled.path)
    with collection.lock():
        rebuild(collection, processes=1)
    return crawled


def test_a_split_post_is_one_article_with_all_its_text(tmp_path: Path) -> None:
    routes = small_blog("ropes", "voyage") | _split_post()
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c")
        assert len(server.requests_for("/voyage/2/")) == 1
    articles = crawled.articles
    assert set(articles) == {"/ropes/", "/voyage/"}
    voyage = articles["/voyage/"]
    places = [voyage.main_text.index(part) for part in _PARTS]
    assert places == sorted(places)
    with CatalogueReader(crawled.path / "catalogue.sqlite") as catalogue:
        rows = catalogue.query("SELECT record_id FROM captures WHERE role = 'continuation'")
        assert voyage.continuation_ids == tuple(row["record_id"] for row in rows)
    assert len(voyage.continuation_ids) == 2
    assert crawled.report["archived"] == 2
    assert _rebuilt(crawled).articles == articles


def test_a_split_post_is_kept_without_a_part_that_is_missing(tmp_path: Path) -> None:
    routes = small_blog("ropes", "voyage") | _split_post()
    routes["/voyage/2/"] = respond(b"gone", status="404 Not Found")
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c")
    articles = crawled.articles
    assert crawled.status == 0
    assert crawled.failures == {"/voyage/2/": "HTTP 404"}
    voyage = articles["/voyage/"]
    assert _PARTS[0] in voyage.main_text
    assert _PARTS[2] in voyage.main_text
    assert len(voyage.continuation_ids) == 1
    assert _rebuilt(crawled).articles == articles


def test_a_part_that_must_not_be_archived_is_left_out(tmp_path: Path) -> None:
    routes = small_blog("ropes", "voyage") | _split_post()
    routes["/voyage/3/"] = post("voyage", "X-Robots-Tag: noarchive", text="forgotten")
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c")
    assert crawled.failures == {"/voyage/3/": "noarchive"}
    assert len(crawled.articles["/voyage/"].continuation_ids) == 1
    assert b"forgotten" not in crawled.warc_bytes()


def test_a_chain_of_redirects_leads_to_one_article(tmp_path: Path) -> None:
    routes = small_blog("ropes", pages=["/old/", "/older/"]) | {
        "/older/": redirect("/old/"),
        "/old/": redirect("/new/", status="302 Found"),
        "/new/": post("new"),
    }
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c")
        assert len(server.requests_for("/new/")) == 1
    assert set(crawled.articles) == {"/ropes/", "/new/"}
    assert crawled.failures == {}
    assert b"GET /old/ HTTP/1.1" in crawled.warc_bytes()


def test_a_page_that_refreshes_to_another_is_a_redirect(tmp_path: Path) -> None:
    moved = respond(b'<meta http-equiv="refresh" content="0; url=/new/"><p>Moved.</p>')
    routes = small_blog("ropes", pages=["/old/"]) | {"/old/": moved, "/new/": post("new")}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c")
    assert set(crawled.articles) == {"/ropes/", "/new/"}


def test_a_redirect_to_nowhere_is_a_failure_or_left_out(tmp_path: Path) -> None:
    answers = [
        redirect("http://["),
        redirect("javascript:alert(1)"),
        redirect("file:///etc/passwd"),
        redirect("//"),
        redirect(""),
        respond(status="301 Moved Permanently"),
        respond(status="304 Not Modified"),
    ]
    moved: dict[str, Route] = {f"/moved-{n}/": answer for n, answer in enumerate(answers)}
    with BlogServer(small_blog("ropes", pages=moved) | moved) as server:
        crawled = crawl_blog(server, tmp_path / "c")
        assert {request.path for request in server.requests} >= set(moved)
    assert crawled.status == 0
    assert set(crawled.articles) == {"/ropes/"}
    report = crawled.report
    assert sum(report["failed"].values()) + sum(report["skipped"].values()) == len(moved)
    assert set(crawled.failures) <= set(moved)
    assert report["not_reached"] == 0
    assert crawled.messages("ERROR") == []


def test_a_refresh_to_nowhere_is_a_page_like_any_other(tmp_path: Path) -> None:
    head = '<meta http-equiv="refresh" content="0; url=http://[">'
    with BlogServer(small_blog("ropes") | {"/ropes/": post("ropes", head=head)}) as server:
        crawled = crawl_blog(server, tmp_path / "c")
    assert set(crawled.articles) == {"/ropes/"}
    assert crawled.messages("ERROR") == []


@pytest.mark.parametrize(
    "other", ["/2024/03/ropes/", "/?p=12", "/ropes/?utm_source=feed", "/ropes", "/ropes/index.html"]
)
def test_two_addresses_of_a_post_are_one_article(tmp_path: Path, other: str) -> None:
    def page(address: str) -> bytes:
        return post("ropes", head=f'<link rel="canonical" href="{address}">')

    with BlogServer() as server:
        server.routes |= small_blog("ropes", "charts", pages=[other])
        server.routes |= dict.fromkeys(["/ropes/", other], page(server.url("/ropes/")))
        if other.startswith("/?"):
            server.routes["/"] = small_blog("ropes", "charts")["/"]
        crawled = crawl_blog(server, tmp_path / "c")
    articles = crawled.articles
    assert len(articles) == 2
    assert "/charts/" in articles
    assert crawled.status == 0
    report = crawled.report
    ends = sum(sum(report[name].values()) for name in ("not_posts", "skipped", "failed"))
    assert report["found"] == report["archived"] + ends
    assert _rebuilt(crawled).articles == articles


def test_http_and_https_are_one_site(tmp_path: Path) -> None:
    with BlogServer() as server:
        secure = server.url("/ropes/").replace("http:", "https:")
        server.routes |= small_blog("ropes", "charts")
        head = f'<link rel="canonical" href="{secure}">'
        server.routes["/ropes/"] = post("ropes", head=head)
        server.routes["/"] = respond(
            f'<ul><li><a href="{secure}">Ropes</a></li><li><a href="/ropes/">Ropes</a></li>'
            '<li><a href="/charts/">Charts</a></li></ul>'.encode()
        )
        crawled = crawl_blog(server, tmp_path / "c")
    assert set(crawled.articles) == {"/ropes/", "/charts/"}
    assert crawled.failures == {}


def test_a_post_whose_parts_did_not_all_come_before_the_end_is_not_half_kept(
    tmp_path: Path,
) -> None:
    path = tmp_path / "c"
    routes = small_blog("ropes", "voyage", "charts") | _split_post()
    routes["/voyage/2/"] = once(lambda: has_filed(path), Wait(1), post("voyage"))
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, path, settings={"CLOSESPIDER_ITEMCOUNT": "1"})
        assert server.requests_for("/voyage/")
        assert not server.requests_for("/voyage/3/")
    articles = crawled.articles
    assert "/ropes/" in articles
    assert "/voyage/" not in articles
    assert crawled.report["skipped"]["incomplete"] == 1
    assert _rebuilt(crawled).articles == articles

"""A site map of which the connection brings a part: it tells of no post that it is gone."""

from __future__ import annotations

from pathlib import Path

from tests.blog_server import CUT, BlogServer, ReceivedRequest, html
from tests.blog_server.server import Step
from tests.scraper.crawl import crawl_blog
from tests.scraper.small_blog import small_blog

_SLUGS = ("ropes", "charts", "lamps", "sails")


def test_posts_past_the_end_of_a_cut_site_map_are_not_gone(tmp_path: Path) -> None:
    routes = small_blog(*_SLUGS) | {"/": html("<h1>Slipway</h1>")}
    whole = routes["/sitemap.xml"]
    assert callable(whole)

    def cut(request: ReceivedRequest) -> list[Step]:
        answer = whole(request)
        assert isinstance(answer, bytes)
        return [answer[: answer.index(b"/ropes/")], CUT]

    with BlogServer(routes) as server:
        first = crawl_blog(server, tmp_path)
        server.routes["/sitemap.xml"] = cut
        second = crawl_blog(server, tmp_path)
    assert (len(first.articles), first.status) == (4, 0)
    assert (second.report["gone"], second.status) == ({}, 1)
    (asked,) = [each for each in second.report["lists"] if each["url"].endswith("/sitemap.xml")]
    assert (asked["named"], asked["error"]) == (3, "cut off")

"""A blog that is crawled again: few requests where nothing changed, and what changed is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import pytest

from archive.catalogue import CatalogueReader
from archive.catalogue.chains import last_complete_crawl
from archive.catalogue.pages import find_page
from archive.collection import Collection
from archive.dates import utc_now
from tests.blog_server import BlogServer, ReceivedRequest, Route, html, respond
from tests.scraper.crawl import Crawled, crawl_blog
from tests.scraper.small_blog import post

_SLUGS = ("ropes", "charts", "lamps", "sails")
_REMARK = (
    '<ol class="comment-list"><li class="comment"><cite class="fn">{}</cite><p>{}</p></li></ol>'
)


@dataclass
class ChangingBlog:
    """A blog whose site map tells the day of each change; its answers have validators."""

    days: dict[str, str] = field(default_factory=lambda: dict.fromkeys(_SLUGS, "2024-03-01"))
    texts: dict[str, str] = field(default_factory=dict)
    heads: str = ""
    down: bool = False  # its site map

    def route(self, request: ReceivedRequest) -> bytes:
        slug = request.path.strip("/")
        if request.path == "/":
            links = "".join(f'<h2><a href="/{slug}/">{slug}</a></h2>' for slug in self.days)
            return self._validated(request, html(f"<main>{links}</main>", title="Slipway"))
        if slug == "sitemap.xml":
            return self._map(request)
        if slug not in self.days:
            return respond(b"nothing here", status="404 Not Found")
        return self._validated(request, post(slug, head=self.heads, text=self.texts.get(slug, "")))

    def _map(self, request: ReceivedRequest) -> bytes:
        if self.down:
            return respond(b"down", status="503 Service Unavailable")
        base = f"http://{request.header('Host')}"
        urls = "".join(
            f"<url><loc>{base}/{slug}/</loc><lastmod>{day}</lastmod></url>"
            for slug, day in self.days.items()
        )
        xml = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
        return self._validated(request, respond(xml.encode(), content_type="application/xml"))

    def _validated(self, request: ReceivedRequest, answer: bytes) -> bytes:
        """Give an answer with its ETag, or 304 where the request names that (RFC 9110 §13.1.2)."""
        tag = f'"{sha256(answer).hexdigest()[:16]}"'
        if request.header("If-None-Match") == tag:
            return f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
        return answer.replace(b"\r\n", f"\r\nETag: {tag}\r\n".encode(), 1)


@dataclass
class Archive:
    """A changing blog, and the collection that it is crawled into."""

    blog: ChangingBlog
    server: BlogServer
    path: Path

    def crawl(self, *arguments: str) -> tuple[Crawled, list[str]]:
        """Crawl it; gives the paths of the requests as well."""
        before = len(self.server.requests)
        crawled = crawl_blog(self.server, self.path, *arguments)
        assert self.blog.down or crawled.status == 0, crawled.errors[-2000:]
        return crawled, [request.path for request in self.server.requests[before:]]

    def outcome(self, slug: str) -> str | None:
        """What the last crawl says of a post."""
        with CatalogueReader(Collection.open(self.path).catalogue_path) as catalogue:
            last = catalogue.crawls()[-1]
            return catalogue.find_outcome(self.server.url(f"/{slug}/"), crawl_id=last.crawl_id)

    def kinds(self, slug: str) -> list[tuple[str, int | None]]:
        """Record type and status of each capture of a post, the latest first."""
        with CatalogueReader(Collection.open(self.path).catalogue_path) as catalogue:
            captures = catalogue.iter_captures(self.server.url(f"/{slug}/"))
            return [(capture.record_type, capture.status) for capture in captures]

    def versions(self) -> dict[str, list[int]]:
        """The versions of each article, by path."""
        found: dict[str, list[int]] = {}
        with CatalogueReader(Collection.open(self.path).catalogue_path) as catalogue:
            for slug in self.blog.days:
                rows = catalogue.iter_versions(self.server.url(f"/{slug}/"))
                found[slug] = [row.version for row in rows]
        return found


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    blog = ChangingBlog()
    routes: dict[str, Route] = {"/": blog.route, "*": blog.route}
    with BlogServer(routes) as server:
        made = Archive(blog, server, tmp_path / "c")
        made.crawl()
        yield made


def test_an_unchanged_blog_costs_a_handful_of_requests_and_adds_no_version(
    archive: Archive,
) -> None:
    crawled, paths = archive.crawl()
    assert sorted(paths) == ["/", "/robots.txt", "/sitemap.xml"]
    assert (crawled.report["new"], crawled.report["changed"]) == (0, 0)
    assert crawled.report["not_due"] == len(_SLUGS)
    assert archive.versions() == {key: [1] for key in _SLUGS}
    assert archive.kinds("ropes") == [("response", 200)]


def test_a_changed_text_is_a_new_version_and_a_new_post_is_found(archive: Archive) -> None:
    blog = archive.blog
    blog.texts["charts"] = "<p>An afterthought that the author has added to the charts.</p>"
    blog.days |= {"charts": "2026-01-05", "oars": "2026-01-05"}
    crawled, paths = archive.crawl()
    assert set(paths) == {"/", "/robots.txt", "/sitemap.xml", "/charts/", "/oars/"}
    assert (crawled.report["new"], crawled.report["changed"]) == (1, 1)
    assert archive.versions()["charts"] == [1, 2]
    assert archive.versions()["oars"] == [1]
    latest = [a for path, a in crawled.articles.items() if path == "/charts/"]
    assert "afterthought" in max(latest, key=lambda article: article.captured).main_text


def test_a_changed_template_is_a_capture_and_no_version(archive: Archive) -> None:
    archive.blog.heads = "<style>body { color: teal }</style>"
    archive.blog.days["lamps"] = "2026-01-05"
    crawled, paths = archive.crawl()
    assert "/lamps/" in paths
    assert (crawled.report["changed"], archive.outcome("lamps")) == (0, "unchanged")
    assert archive.kinds("lamps") == [("response", 200), ("response", 200)]
    assert archive.versions()["lamps"] == [1]


def test_new_comments_are_recorded_and_are_no_version(archive: Archive) -> None:
    archive.blog.texts["sails"] = _REMARK.format("Ottoline", "They were mended twice that year.")
    archive.blog.days["sails"] = "2026-01-05"
    crawled, _ = archive.crawl()
    assert (crawled.report["changed"], crawled.report["commented"]) == (0, 1)
    assert archive.versions()["sails"] == [1, 1]


def test_a_known_page_is_asked_for_with_its_validators(archive: Archive) -> None:
    _, paths = archive.crawl("mode=check")
    assert {f"/{slug}/" for slug in _SLUGS} < set(paths)
    assert archive.kinds("ropes")[0] == ("revisit", None)
    assert archive.outcome("ropes") == "unchanged"
    assert archive.versions() == {key: [1] for key in _SLUGS}
    _, paths = archive.crawl("mode=full")
    assert {f"/{slug}/" for slug in _SLUGS} < set(paths)
    assert archive.kinds("ropes")[0] == ("revisit", 200)
    assert not archive.server.requests[-1].header("If-None-Match")
    assert archive.versions() == {key: [1] for key in _SLUGS}


def test_a_deleted_post_stays_and_is_marked_gone_until_it_is_back(archive: Archive) -> None:
    del archive.blog.days["ropes"]
    crawled, paths = archive.crawl()
    assert "/ropes/" in paths
    assert archive.outcome("ropes") == "gone:HTTP 404"
    assert sum(crawled.report["gone"].values()) == 1
    assert "/ropes/" in crawled.articles
    url = archive.server.url("/ropes/")
    with CatalogueReader(Collection.open(archive.path).catalogue_path) as catalogue:
        known = find_page(catalogue, url)
        assert known
        assert known.gone == catalogue.crawls()[-1].started
    _, paths = archive.crawl()
    assert "/ropes/" not in paths
    archive.blog.days["ropes"] = "2024-03-01"
    crawled, paths = archive.crawl()
    assert "/ropes/" in paths
    assert crawled.report["back"] == 1
    with CatalogueReader(Collection.open(archive.path).catalogue_path) as catalogue:
        known = find_page(catalogue, url)
        assert known
        assert known.gone is None
        assert known.back == catalogue.crawls()[-1].started


def test_a_site_map_that_is_down_for_a_while_costs_no_post(archive: Archive) -> None:
    archive.blog.down = True
    for _ in range(2):
        _, paths = archive.crawl()
        assert set(paths) <= {"/", "/robots.txt", "/sitemap.xml"}
    archive.blog.down = False
    archive.blog.days["oars"] = "2026-01-05"
    _, paths = archive.crawl()
    assert {"/sitemap.xml", "/oars/"} < set(paths)
    assert archive.versions() == {key: [1] for key in _SLUGS} | {"oars": [1]}


@pytest.mark.parametrize("answer", ["nothing", "empty", "404"])
def test_a_list_that_is_bad_for_a_day_is_asked_for_again(archive: Archive, answer: str) -> None:
    answers = {
        "nothing": respond(b""),
        "empty": respond(b"<urlset></urlset>", content_type="application/xml"),
        "404": respond(b"no", status="404 Not Found"),
    }
    archive.server.routes["/sitemap.xml"] = answers[answer]
    archive.crawl()
    del archive.server.routes["/sitemap.xml"]
    archive.blog.texts["ropes"] = "<p>An afterthought about the ropes.</p>"
    archive.blog.days["ropes"] = "2026-01-05"
    _, paths = archive.crawl()
    assert {"/sitemap.xml", "/ropes/"} < set(paths)
    assert archive.versions()["ropes"] == [1, 2]


def test_lists_that_robots_txt_forbids_for_a_day_are_asked_for_again(archive: Archive) -> None:
    archive.blog.down = True  # so that the crawl need not end as it should
    rules = respond(b"User-agent: *\nDisallow: /\n", content_type="text/plain")
    archive.server.routes["/robots.txt"] = rules
    _, paths = archive.crawl()
    assert paths == ["/robots.txt"]
    archive.blog.down = False
    archive.server.routes["/robots.txt"] = respond(b"", content_type="text/plain")
    _, paths = archive.crawl()
    assert "/sitemap.xml" in paths


def test_a_known_page_that_shows_the_home_page_is_gone(archive: Archive) -> None:
    blog = archive.blog
    del blog.days["lamps"]
    archive.server.routes["/lamps/"] = lambda request: blog.route(replace(request, target="/"))
    archive.crawl()
    assert archive.outcome("lamps") == "gone:home page"
    blog.days["lamps"] = "2024-03-01"
    assert archive.versions()["lamps"] == [1]


def test_a_crawl_that_lost_its_server_is_taken_up(tmp_path: Path) -> None:
    slugs = [f"post-{number}" for number in range(12)]
    blog = ChangingBlog(days=dict.fromkeys(slugs, "2024-03-01"))
    with BlogServer({"/": blog.route, "*": blog.route}) as server:
        archive = Archive(blog, server, tmp_path / "c")
        for slug in slugs[4:]:
            server.routes[f"/{slug}/"] = respond(b"", status="503 Service Unavailable")
        for _ in range(2):
            lost = crawl_blog(server, archive.path)
            assert lost.status == 1
            assert re.search(r"not complete: .*/post-\d+/: HTTP 503", str(lost.messages("ERROR")))
            with CatalogueReader(Collection.open(archive.path).catalogue_path) as catalogue:
                assert last_complete_crawl(catalogue, utc_now()) is None
        for slug in slugs[4:]:
            del server.routes[f"/{slug}/"]
        crawled, paths = archive.crawl()
    assert sorted(paths) == sorted(f"/{slug}/" for slug in slugs[4:])
    assert len(crawled.articles) == len(slugs)


def test_posts_that_the_period_leaves_out_are_not_asked_for_the_second_time(
    tmp_path: Path,
) -> None:
    blog = ChangingBlog(days=dict.fromkeys(_SLUGS, "2024-03-01") | {"oars": "2026-01-05"})
    with BlogServer({"/": blog.route, "*": blog.route}) as server:
        server.routes["/oars/"] = post("oars", published="2026-01-05")
        archive = Archive(blog, server, tmp_path / "c")
        _, first = archive.crawl("since=2026-01-01")
        assert "/oars/" in first
        assert not {f"/{slug}/" for slug in _SLUGS} & set(first)
        _, second = archive.crawl("since=2026-01-01")
    assert sorted(second) == ["/", "/robots.txt", "/sitemap.xml"]


def test_what_remains_of_a_split_post_comes_before_the_next_post(tmp_path: Path) -> None:
    slugs = [f"post-{number}" for number in range(8)]
    blog = ChangingBlog(days=dict.fromkeys(slugs, "2024-03-01"))
    with BlogServer({"/": blog.route, "*": blog.route}) as server:
        for slug in slugs:
            further = f'<div class="page-links"><a href="/{slug}/2/">2</a></div>'
            server.routes[f"/{slug}/"] = post(slug, text=further)
            server.routes[f"/{slug}/2/"] = post(slug, text=f"<p>The end of {slug}.</p>")
        archive = Archive(blog, server, tmp_path / "c")
        _, paths = archive.crawl()
    for slug in slugs:
        waits = paths.index(f"/{slug}/2/") - paths.index(f"/{slug}/")
        assert waits <= 2, "one post at most may have been under way"


def test_a_server_that_refuses_everything_for_now_is_left_alone(tmp_path: Path) -> None:
    later = respond(b"", status="429 Too Many Requests")
    with BlogServer({"/": later, "*": later}) as server:
        crawled = crawl_blog(server, tmp_path / "c", settings={"ROBOTSTXT_OBEY": "False"})
        assert len(server.requests) <= 6
    assert crawled.status == 1
    assert crawled.report["crawl"]["reason"] == "unanswered"

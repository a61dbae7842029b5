"""A crawl with `requisites=yes`: what an article needs is captured, each once, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.rebuild import rebuild
from tests.blog_server import (
    BlogServer,
    Route,
    Wait,
    html,
    once,
    redirect,
    refusing_authority,
    respond,
)
from tests.scraper.crawl import QUICK, Crawled, command, crawl_blog, has_filed, path_of, run
from tests.scraper.small_blog import post, small_blog

_SOURCES = {"/robots.txt", "/sitemap.xml"}


def _picture(name: str) -> bytes:
    return respond(b"\x89PNG " + name.encode(), content_type="image/png")


def _sheet(css: str) -> bytes:
    return respond(css.encode(), content_type="text/css")


@pytest.fixture
def elsewhere() -> Iterator[BlogServer]:
    with BlogServer(host="127.0.0.2") as server:
        yield server


def _captured(crawled: Crawled, role: str = "requisite") -> list[str]:
    """Give the addresses captured with a role, without their scheme, sorted."""
    with CatalogueReader(crawled.path / "catalogue.sqlite") as catalogue:
        rows = catalogue.query("SELECT target_uri FROM captures WHERE role = ?", role)
        return sorted(row["target_uri"].partition("//")[2] for row in rows)


def _asked(server: BlogServer) -> Counter[str]:
    """Count the requests for what is neither a source of pages nor a guess at one."""
    known = {path for path in server.routes if path not in _SOURCES}
    return Counter(request.path for request in server.requests if request.path in known)


def _blog_with(text: str, routes: Mapping[str, Route] | None = None, head: str = "") -> Any:
    blog = small_blog("ropes")
    return blog | {"/ropes/": post("ropes", head=head, text=text)} | dict(routes or {})


def test_what_articles_name_is_captured_once_and_nothing_else_is(
    tmp_path: Path, elsewhere: BlogServer
) -> None:
    far = elsewhere.url("")
    routes = small_blog("ropes", "charts", pages=["/copy/"])
    routes["/"] = html("<h1>Slipway</h1><img src=/listing.png><a href=/ropes/>ropes</a>")
    routes["/ropes/"] = post(
        "ropes",
        head="<link rel=stylesheet href=/theme/main.css><link rel=icon href=/icon.png>",
        text=f"<img src=/ford.png srcset='/ford-2.png 2x'><img data-lazy-src={far}/cdn.png>"
        f"<p style='background: url(/paper.png)'><a href={far}/their-page/>x</a>"
        "<img src=/moved.png><img src=/gone.png><iframe src=/frame/></iframe>",
    )
    routes["/charts/"] = post(
        "charts",
        head="<link rel=stylesheet href=/theme/main.css>",
        text="<img src=/ford.png#again><img src=/moved-here.png><img src=/ropes/>",
    )
    canonical = "<link rel=canonical href=/ropes/>"
    routes["/copy/"] = post("ropes", head=canonical, text="<img src=/copy.png>")
    routes["/theme/main.css"] = _sheet(
        f"@import 'loop.css'; @font-face {{ src: url({far}/f.woff2) }} a {{ b: url(bg.png) }}"
    )
    routes["/theme/loop.css"] = _sheet("@import url(main.css); a { b: url(loop.png) }")
    routes["/moved.png"] = redirect("/moved-here.png")
    names = ["ford", "ford-2", "paper", "icon", "moved-here", "theme/bg", "theme/loop"]
    routes |= {f"/{name}.png": _picture(name) for name in [*names, "listing", "copy"]}
    routes["/frame/"] = html("a frame")
    for path in ("/cdn.png", "/f.woff2"):
        elsewhere.routes[path] = _picture(path)
    elsewhere.routes["/their-page/"] = post("theirs")
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c", "requisites=yes")
        near, there = server.authority, elsewhere.authority
        expected = [f"{near}/{name}.png" for name in names]
        expected += [f"{near}/theme/main.css", f"{near}/theme/loop.css", f"{near}/moved.png"]
        expected += [f"{near}/gone.png", f"{there}/cdn.png", f"{there}/f.woff2"]
        asked = _asked(server) + _asked(elsewhere)
        ford = server.requests_for("/ford.png")[0]
        cdn = elsewhere.requests_for("/cdn.png")[0]
        pages = [server.url(path) for path in ("/ropes/", "/charts/")]
    assert crawled.status == 0
    assert set(crawled.articles) == {"/ropes/", "/charts/"}
    assert _captured(crawled) == sorted(expected)
    assert set(asked.values()) == {1}, asked
    assert not {"/listing.png", "/copy.png", "/their-page/", "/frame/"} & set(asked)
    assert f"{there}/robots.txt" in _captured(crawled, "source")
    assert crawled.failures == {"/gone.png": "HTTP 404"}
    figures = crawled.report["requisites"]
    # What redirects to another requisite counts with it, or as one more, as they come.
    assert figures["captured"] in {11, 12}
    assert (figures["failed"], figures["pages"], figures["not_reached"]) == (1, 1, 0)
    assert f"  requisites  {figures['captured']} captured, 1 failed" in crawled.errors
    assert ford.header("Referer") in pages
    assert cdn.header("Referer") == f"http://{near}/"
    assert ford.header("Cookie") is None


def test_pages_that_fail_and_requisites_that_fail_are_counted_apart(tmp_path: Path) -> None:
    routes = small_blog("ropes", pages=["/broken/"])
    routes["/ropes/"] = post("ropes", text="<img src=/gone.png>")
    with BlogServer(routes) as server:
        report = crawl_blog(server, tmp_path / "c", "requisites=yes").report
    assert report["failed"] == {"HTTP 404": 1}
    assert report["requisites"]["failed"] == 1
    ends = report["archived"] + sum(report["not_posts"].values()) + sum(report["failed"].values())
    assert report["found"] == ends + sum(report["skipped"].values())


def test_nothing_is_fetched_unless_it_is_asked_for(tmp_path: Path) -> None:
    routes = _blog_with("<img src=/ford.png>", {"/ford.png": _picture("ford")})
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c")
        assert server.requests_for("/ford.png") == []
    assert crawled.report["requisites"] == {}
    assert "  requisites  " not in crawled.errors


def test_the_spider_of_lists_fetches_them_too(tmp_path: Path) -> None:
    routes = _blog_with("<img src=/ford.png>", {"/ford.png": _picture("ford")})
    with BlogServer(routes) as server:
        given = [f"url={server.url('/ropes/')}", f"collection={tmp_path / 'c'}", "requisites=yes"]
        run(command("crawl", "pages", settings=QUICK, arguments=given))
        assert len(server.requests_for("/ford.png")) == 1


def test_further_pages_of_a_split_post_bring_theirs(tmp_path: Path) -> None:
    pager = "<nav class=page-links>Pages: <a href=/ropes/2/>2</a></nav>"
    routes = _blog_with(f"<img src=/one.png>{pager}")
    routes["/ropes/2/"] = post("ropes", text="<img src=/two.png>")
    routes |= {f"/{name}.png": _picture(name) for name in ("one", "two")}
    with BlogServer(routes) as server:
        crawl_blog(server, tmp_path / "c", "requisites=yes")
        asked = _asked(server)
    assert (asked["/one.png"], asked["/two.png"]) == (1, 1)


def test_without_extraction_every_page_brings_its_own(tmp_path: Path) -> None:
    routes = _blog_with("<img src=/ford.png>", {"/ford.png": _picture("ford")})
    with BlogServer(routes) as server:
        settings = {"EXTRACTION_ENABLED": "False"}
        crawled = crawl_blog(server, tmp_path / "c", "requisites=yes", settings=settings)
        assert len(server.requests_for("/ford.png")) == 1
    assert crawled.status == 0


def test_limits_are_kept_and_said(tmp_path: Path) -> None:
    names = [f"/{number}.png" for number in range(7)]
    text = "".join(f"<img src={name}>" for name in names)
    routes = _blog_with(text, {name: _picture(name) for name in names})
    with BlogServer(routes) as server:
        crawled = crawl_blog(
            server, tmp_path / "page", "requisites=yes", settings={"REQUISITES_MAX_PER_PAGE": "5"}
        )
        assert _captured(crawled) == [server.authority + name for name in names[:5]]
        assert "5 captured, 2 over the limit of a page" in crawled.errors
        crawled = crawl_blog(
            server, tmp_path / "crawl", "requisites=yes", settings={"REQUISITES_MAX_PER_CRAWL": "3"}
        )
        assert _captured(crawled) == [server.authority + name for name in names[:3]]
        assert "3 captured, 4 over the limit of the crawl" in crawled.errors


def test_a_large_requisite_is_cut_and_marked(tmp_path: Path) -> None:
    large = respond(b"x" * 300_000, content_type="image/png")
    unbounded = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"y" * 300_000
    text = "<img src=/large.png><img src=/unbounded.png><img src=/small.png>"
    routes = _blog_with(text, {"/large.png": large, "/unbounded.png": unbounded})
    routes["/small.png"] = _picture("small")
    settings = {"REQUISITE_MAX_SIZE_BYTES": "100000"}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c", "requisites=yes", settings=settings)
        assert len(server.requests_for("/unbounded.png")) == 1
    assert crawled.failures == {"/large.png": "too large", "/unbounded.png": "too large"}
    assert crawled.warc_bytes().count(b"WARC-Truncated: length") >= 1
    assert crawled.warc_bytes().count(b"y" * 100_000) == 1
    assert crawled.warc_bytes().count(b"y" * 200_000) == 0
    assert crawled.report["archived"] == 1


def test_redirects_without_end_are_left(tmp_path: Path) -> None:
    def onward(request: Any) -> bytes:
        return redirect(f"/on/{int(request.path.rpartition('/')[2]) + 1}")

    routes = _blog_with("<img src=/a.png><img src=/on/0>", {"*": respond(status="404 No")})
    routes |= {"/a.png": redirect("/b.png"), "/b.png": redirect("/a.png")}
    routes |= {f"/on/{number}": onward for number in range(30)}
    settings = {"REDIRECT_MAX_TIMES": "4"}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c", "requisites=yes", settings=settings)
        asked = _asked(server)
    assert (asked["/a.png"], asked["/b.png"]) == (1, 1)
    assert asked["/on/4"] == 1
    assert asked["/on/5"] == 0
    assert crawled.failures == dict.fromkeys(("/a.png", "/on/0"), "redirect loop")


def test_robots_txt_of_every_host_is_obeyed(tmp_path: Path, elsewhere: BlogServer) -> None:
    rules = b"User-agent: *\nDisallow: /private/\n"
    elsewhere.routes["/robots.txt"] = respond(rules, content_type="text/plain")
    elsewhere.routes["/a.png"] = _picture("a")
    far = elsewhere.url("")
    closed = [f"/private/{number}.png" for number in range(5)]
    text = "".join(f"<img src={far}{path}>" for path in ["/a.png", *closed])
    with BlogServer(_blog_with(text)) as server:
        crawled = crawl_blog(server, tmp_path / "c", "requisites=yes")
    assert [request.path for request in elsewhere.requests] == ["/robots.txt", "/a.png"]
    assert crawled.failures == dict.fromkeys(closed, "robots.txt")


def test_a_page_that_must_not_be_archived_counts_for_requisites_too(tmp_path: Path) -> None:
    closed = respond(b"x", "X-Robots-Tag: noarchive", content_type="image/png")
    with BlogServer(_blog_with("<img src=/closed.png>", {"/closed.png": closed})) as server:
        crawled = crawl_blog(server, tmp_path / "c", "requisites=yes")
    assert _captured(crawled) == []
    assert crawled.failures == {"/closed.png": "noarchive"}


@pytest.mark.parametrize("limit", [1, 2])
def test_a_crawl_with_a_limit_ends_when_requisites_are_in(tmp_path: Path, limit: int) -> None:
    slugs = ("ropes", "charts", "lamps", "tides", "ferries")
    routes = small_blog(*slugs)
    for slug in slugs:
        names = [f"/{slug}-{number}.png" for number in range(3)]
        text = "".join(f"<img src={name}>" for name in names)
        routes[f"/{slug}/"] = post(slug, text=text)
        routes |= {name: _picture(name) for name in names}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c", f"limit={limit}", "requisites=yes")
        order = [request.path for request in server.requests]
    articles = {path.strip("/") for path in crawled.articles}
    assert len(articles) == limit
    pictures = {path_of(f"http://{address}") for address in _captured(crawled)}
    assert pictures == {f"/{slug}-{number}.png" for slug in articles for number in range(3)}
    assert crawled.report["crawl"]["reason"] == "limit"
    assert crawled.report["requisites"]["not_reached"] == 0
    assert crawled.report["not_reached"] == 0
    first_picture = min(order.index(picture) for picture in pictures)
    assert all(not path.endswith("/") or path == "/" for path in order[first_picture:])
    assert crawled.status == 0


def test_a_crawl_that_is_ended_does_not_wait_for_them(tmp_path: Path) -> None:
    names = [f"/{number}.png" for number in range(5)]
    routes = _blog_with("".join(f"<img src={name}>" for name in names))
    path = tmp_path / "c"
    slowly = (Wait(1), _picture("ford"))  # the end is noticed once the article is filed
    routes |= dict.fromkeys(names, once(lambda: has_filed(path), *slowly))
    settings = {"CLOSESPIDER_ITEMCOUNT": "1"}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, path, "requisites=yes", settings=settings)
    figures = crawled.report["requisites"]
    assert figures["asked"] == 5
    assert figures["not_reached"] == 5 - len(_captured(crawled)) > 0
    assert f"{figures['not_reached']} not reached" in crawled.errors
    assert crawled.failures == {}


def test_one_that_is_asked_for_again_counts_once(tmp_path: Path) -> None:
    busy = respond(status="503 Service Unavailable")
    answers = iter([busy, _picture("ford")])
    routes = _blog_with("<img src=/ford.png>", {"/ford.png": lambda request: next(answers)})
    with BlogServer(routes) as server:
        settings = {"RETRY_TIMES": "1"}
        crawled = crawl_blog(server, tmp_path / "c", "requisites=yes", settings=settings)
    figures = crawled.report["requisites"]
    assert (figures["asked"], figures["captured"], figures["failed"]) == (1, 1, 0)
    assert crawled.report["requests_per_post"] == crawled.report["requests"] - 2


def test_a_rebuild_takes_none_of_them_for_a_page(tmp_path: Path) -> None:
    routes = _blog_with("<img src=/ford.png><object data=/map.svg>", {"/map.svg": html("<p>a map")})
    routes["/ford.png"] = post("ford")  # what an address answers is not what its name says
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c", "requisites=yes")
    articles, requisites = crawled.articles, _captured(crawled)
    assert len(requisites) == 2
    collection = Collection.open(crawled.path)
    with collection.lock():
        rebuild(collection, processes=1)
    assert crawled.articles == articles
    assert set(articles) == {"/ropes/"}
    assert _captured(crawled) == requisites


def test_a_host_that_does_not_answer_is_left_alone(tmp_path: Path) -> None:
    with refusing_authority() as nobody, BlogServer() as server:
        server.routes = _blog_with("".join(f"<img src=http://{nobody}/{n}.png>" for n in range(6)))
        settings = {"ROBOTSTXT_OBEY": "False"}
        crawled = crawl_blog(server, tmp_path / "a", "requisites=yes", settings=settings)
        obedient = crawl_blog(server, tmp_path / "b", "requisites=yes")
    (name,) = set(crawled.failures.values())
    assert name == "connection refused"
    rows = crawled.report["failures"]
    assert len(rows) == 6
    assert sum("left alone" in row["message"] for row in rows) >= 2  # one may be on its way
    assert set(obedient.failures.values()) == {"robots.txt unanswered"}
    assert crawled.report["archived"] == obedient.report["archived"] == 1


def test_a_requisite_in_a_private_network_is_refused(tmp_path: Path) -> None:
    # The proxy stands for the public internet: it answers for every host.
    with BlogServer(host="127.0.0.2") as inside, BlogServer() as proxy:
        text = f"<img src={inside.url('/secret.png')}><img src=http://cdn.example/ford.png>"
        proxy.routes |= {"/ropes/": post("ropes", text=text), "/ford.png": _picture("ford")}
        line = command(
            "crawl", "pages", settings={**QUICK, "ALLOW_PRIVATE_NETWORKS": "False"},
            arguments=["url=http://b.example/ropes/", "requisites=yes", f"collection={tmp_path}/c"],
        )  # fmt: skip
        ended = run(line, env={"http_proxy": proxy.url()})
        assert inside.requests == []
    crawled = Crawled(ended.status, ended.output, ended.errors, ended.seconds, tmp_path / "c")
    assert crawled.failures == {"/secret.png": "private address"}
    assert _captured(crawled) == ["cdn.example/ford.png"]

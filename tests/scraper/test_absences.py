"""Posts that are gone, and days on which a whole site is not itself."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from archive.catalogue import CatalogueReader
from archive.catalogue.chains import last_complete_crawl
from archive.collection import Collection
from archive.dates import utc_now
from archive.rebuild import rebuild
from tests.blog_server import BlogServer, Route, Wait, html, redirect, respond
from tests.patience import wait_until
from tests.scraper.crawl import QUICK, command, crawl_blog, environment, run
from tests.scraper.small_blog import post
from tests.scraper.test_coming_again import Archive, ChangingBlog

_SLUGS = tuple(f"post-{number}" for number in range(8))
_WALL = html("<h1>Under maintenance</h1><p>We will be back soon.</p>", title="Maintenance")
_NOWHERE = respond(b"", content_type="text/plain")
_DOWN = respond(b"", status="503 Service Unavailable")


@pytest.fixture(scope="module")
def crawled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with BlogServer() as server:
        made = Archive(ChangingBlog(), server, tmp_path_factory.mktemp("known") / "c")
        _open_blog(made)
        made.crawl()
        yield made


@pytest.fixture
def archive(crawled_once: Archive, tmp_path: Path) -> Archive:
    _open_blog(crawled_once)
    shutil.copytree(crawled_once.path, tmp_path / "c")
    return replace(crawled_once, path=tmp_path / "c")


def _open_blog(archive: Archive) -> None:
    archive.blog.days = dict.fromkeys(_SLUGS, "2024-03-01")
    archive.server.routes.clear()
    archive.server.routes.update({"/": archive.blog.route, "*": archive.blog.route})


def _outcomes(archive: Archive) -> dict[str, str | None]:
    """What the last crawl says of each post."""
    return {slug: archive.outcome(slug) for slug in _SLUGS}


def _bad_days(blog: ChangingBlog) -> dict[str, dict[str, Route]]:
    away, lists = (
        redirect("/away/", status="302 Found"),
        dict.fromkeys(("/robots.txt", "/sitemap.xml"), blog.route),
    )
    return {
        "a page for all": {"*": _WALL},
        "nothing for all": {"*": respond(b"")},
        "a page for all but the lists": {"*": _WALL, **lists},
        "elsewhere with all": {"*": away, "/away/": _WALL, "/robots.txt": _NOWHERE},
        "elsewhere with the posts": {"*": away, "/away/": _WALL, "/": blog.route, **lists},
        "home with the posts": {"*": redirect("/"), "/": blog.route, **lists},
    }


@pytest.mark.parametrize("day", _bad_days(ChangingBlog()))
def test_a_bad_day_of_a_site_takes_no_post(archive: Archive, day: str) -> None:
    archive.server.routes.clear()
    archive.server.routes.update(_bad_days(archive.blog)[day])
    crawled = crawl_blog(archive.server, archive.path, "mode=check")
    assert crawled.status == 1
    assert crawled.report["gone"] == {}
    assert set(_outcomes(archive).values()) == {"failed"}
    _open_blog(archive)
    crawled, paths = archive.crawl("mode=check")
    assert {f"/{slug}/" for slug in _SLUGS} <= set(paths)
    assert set(_outcomes(archive).values()) == {"unchanged"}
    assert archive.versions() == {slug: [1] for slug in _SLUGS}


def test_a_bad_day_is_seen_by_single_posts(archive: Archive) -> None:
    lists = dict.fromkeys(("/robots.txt", "/sitemap.xml"), archive.blog.route)
    archive.server.routes.clear()
    archive.server.routes.update({"*": _WALL, **lists})
    archive.blog.days |= {"post-3": "2026-01-05", "new": "2026-01-05"}
    crawl_blog(archive.server, archive.path)
    assert (archive.outcome("post-3"), archive.outcome("new")) == ("failed", "failed")
    _open_blog(archive)
    archive.blog.days["new"] = "2026-01-05"
    crawled, _ = archive.crawl()
    assert (crawled.report["new"], archive.outcome("post-3")) == (1, "unchanged")


def test_a_rebuild_takes_no_post_for_what_a_crawl_did_not_take_for_it(archive: Archive) -> None:
    archive.server.routes["*"] = redirect("/away/", status="302 Found")
    archive.server.routes["/away/"] = post("harbour")
    crawl_blog(archive.server, archive.path, "mode=check")
    before = _outcomes(archive), archive.versions()
    collection = Collection.open(archive.path)
    with collection.lock():
        rebuild(collection, processes=1)
    assert (_outcomes(archive), archive.versions()) == before
    assert set(before[0].values()) == {"failed"}


@pytest.mark.parametrize("listed", [True, False])
def test_single_posts_that_are_gone_are_told_from_a_bad_day(archive: Archive, listed: bool) -> None:
    blog, routes = archive.blog, archive.server.routes
    routes["/post-1/"] = lambda request: blog.route(replace(request, target="/"))
    routes["/post-2/"] = routes["/post-3/"] = redirect("/")
    if not listed:
        for slug in ("post-1", "post-2", "post-3"):
            del blog.days[slug]
    crawled, _ = archive.crawl(*(["mode=check"] if listed else []))
    assert crawled.report["gone"] == {"redirects": 2, "home page": 1}
    blog.days |= dict.fromkeys(_SLUGS, "2024-03-01")
    assert archive.versions() == {slug: [1] for slug in _SLUGS}


def test_a_second_address_of_the_home_page_is_not_gone(tmp_path: Path) -> None:
    slugs = _SLUGS[:2]
    links = "".join(f'<h2><a href="/{slug}/">{slug}</a></h2>' for slug in slugs)
    home = html(f'<nav><a href="/home/">Home</a></nav><main>{links}</main>', title="Slipway")
    routes: dict[str, Route] = {"/": home, "/home/": home}
    with BlogServer(routes | {f"/{slug}/": post(slug) for slug in slugs}) as server:
        crawl_blog(server, tmp_path / "c")
        crawled = crawl_blog(server, tmp_path / "c", "mode=check")
    assert (crawled.status, crawled.report["gone"], crawled.report["failed"]) == (0, {}, {})


def test_a_post_that_has_moved_is_followed_to_where_it_is(archive: Archive) -> None:
    blog, routes = archive.blog, archive.server.routes
    for slug in ("post-1", "post-2"):
        routes[f"/{slug}/"] = redirect(f"/new/{slug}/")
        routes[f"/new/{slug}/"] = lambda request: blog.route(
            replace(request, target=request.path.removeprefix("/new"))
        )
    crawled, paths = archive.crawl("mode=check")
    assert set(paths[-2:]) == {"/new/post-1/", "/new/post-2/"}, "when it is known who else moved"
    assert crawled.report["gone"] == {}
    assert crawled.report["not_due"] == 0


def test_posts_that_have_all_moved_are_gone_from_where_they_were(archive: Archive) -> None:
    moved = [f"new-{slug}" for slug in _SLUGS]
    archive.blog.days = dict.fromkeys(moved, "2024-03-01")
    archive.server.routes.update(
        {f"/{slug}/": redirect(f"/{new}/") for slug, new in zip(_SLUGS, moved, strict=True)}
    )
    crawled, _ = archive.crawl("mode=check")
    assert crawled.report["gone"] == {"redirects": len(_SLUGS)}
    assert crawled.report["new"] == len(_SLUGS)


def test_a_kill_makes_no_version_of_the_home_page(archive: Archive) -> None:
    blog, routes = archive.blog, archive.server.routes
    held = Event()

    def hold(_: object) -> list[bytes | Wait]:
        held.set()
        return [Wait(600)]

    routes["/post-1/"] = lambda request: blog.route(replace(request, target="/"))
    routes["/post-6/"] = lambda request: [] if held.is_set() else hold(request)
    arguments = [f"url={archive.server.url()}", f"collection={archive.path}", "mode=check"]
    line = command("crawl", "blog", settings=QUICK, arguments=arguments)
    with subprocess.Popen(line, env=environment(), stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: held.is_set() and archive.outcome("post-1") is not None)
        process.kill()
    del routes["/post-6/"]
    archive.crawl("mode=check")
    assert archive.outcome("post-1") == "gone:home page"
    assert archive.versions() == {slug: [1] for slug in _SLUGS}


def test_hosts_that_are_down_do_not_hide_the_rest_of_a_list(tmp_path: Path) -> None:
    slugs = _SLUGS[:2]
    with BlogServer({f"/{slug}/": post(slug) for slug in slugs}) as server:
        dead = [f"http://127.9.0.{number}:9/{s}/" for number in (1, 2) for s in _SLUGS[:6]]
        here = [server.url(f"/{slug}/") for slug in slugs]
        (tmp_path / "list").write_text("\n".join([*dead[:6], *here, *dead[6:]]))
        arguments = [f"urls={tmp_path / 'list'}", f"collection={tmp_path / 'c'}"]
        run(command("crawl", "pages", settings=QUICK, arguments=arguments))
        assert {request.path for request in server.requests} >= {f"/{slug}/" for slug in slugs}
    with CatalogueReader(Collection.open(tmp_path / "c").catalogue_path) as catalogue:
        assert catalogue.crawls()[-1].reason == "finished"
        assert last_complete_crawl(catalogue, utc_now())


def test_a_server_is_not_silent_that_says_of_posts_that_they_are_gone(archive: Archive) -> None:
    for number, slug in enumerate(_SLUGS):
        gone = respond(b"", status="410 Gone")
        archive.server.routes[f"/{slug}/"] = gone if number % 3 else _DOWN
    crawled = crawl_blog(archive.server, archive.path, "mode=check")
    assert crawled.report["gone"] == {"HTTP 410": 5}
    assert not _is_silent(archive.path)


def test_a_server_that_is_still_down_is_left_alone(tmp_path: Path) -> None:
    slugs = [f"post-{number}" for number in range(20)]
    blog = ChangingBlog(days=dict.fromkeys(slugs, "2024-03-01"))
    with BlogServer({"/": blog.route, "*": blog.route}) as server:
        for slug in slugs[2:]:
            server.routes[f"/{slug}/"] = _DOWN
        assert crawl_blog(server, tmp_path / "c").status == 1
        assert _is_silent(tmp_path / "c")
        before = len(server.requests)
        again = crawl_blog(server, tmp_path / "c")
        assert len(server.requests) - before < 10
    assert (again.status, again.report["crawl"]["reason"]) == (1, "unanswered")


def _is_silent(path: Path) -> bool:
    with CatalogueReader(Collection.open(path).catalogue_path) as catalogue:
        return "pages/silent" in dict(catalogue.crawls()[-1].stats)

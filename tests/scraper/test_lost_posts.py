"""Posts that are no longer at their address, on days when nothing else of the blog is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

import pytest

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from tests.blog_server import BlogServer, ReceivedRequest, Route, html, redirect, respond
from tests.scraper.crawl import crawl_blog
from tests.scraper.small_blog import post, small_blog
from tests.scraper.test_coming_again import Archive, ChangingBlog

_SLUGS = tuple(f"post-{number}" for number in range(8))
_CHANGED = "2026-01-05"
_STORIES = (
    "Herons wade in the cold mud below the bridge.",
    "Old lamps burned an oil that came from whales.",
    "Tar boils over on the stove of the third shed.",
    "Sails dry slowly in the loft when winter comes.",
)
_PASSAGE = """
<p>Nobody had been down to the water since the first of the storms took the jetty away.</p>
<p>We rowed out with new ropes and two blankets, and came home late in the afternoon.</p>
<p>It was not a large boat, but in the right weather a small boat is enough for anyone.</p>
"""


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    blog = ChangingBlog(days=dict.fromkeys(_SLUGS, "2024-03-01"))
    with BlogServer({"/": blog.route, "*": blog.route}) as server:
        made = Archive(blog, server, tmp_path / "c")
        made.crawl()
        yield made


def _send_away(archive: Archive, target: str, *slugs: str) -> None:
    """Let posts lead elsewhere, though the site map says no more than that they changed."""
    archive.server.routes.update({f"/{slug}/": redirect(target) for slug in slugs})
    archive.blog.days |= dict.fromkeys(slugs, _CHANGED)


def test_posts_that_lead_home_are_gone_as_another_post_is_there(archive: Archive) -> None:
    _send_away(archive, "/", "post-2", "post-5")
    crawled, paths = archive.crawl()
    assert crawled.report["gone"] == {"redirects": 2}
    posts = [path for path in paths if "post" in path]
    assert posts[:2] == ["/post-2/", "/post-5/"]
    assert len(posts) == 3, "one witness"
    for day in range(2):  # the site map still names them
        archive.blog.days[f"new-{day}"] = _CHANGED
        crawled, paths = archive.crawl()
        assert (crawled.report["new"], crawled.report["gone"]) == (1, {})
        assert len([path for path in paths if "post" in path]) == 2, "and no witness"


def test_posts_are_not_gone_where_a_third_one_leads_to_the_same_page(archive: Archive) -> None:
    _send_away(archive, "/away/", "post-2", "post-5")
    archive.server.routes["*"] = lambda request: (
        redirect("/away/", status="302 Found")
        if "post" in request.path
        else archive.blog.route(request)
    )
    before = len(archive.server.requests)
    crawled = crawl_blog(archive.server, archive.path)
    asked = [request.path for request in archive.server.requests[before:]]
    assert (crawled.report["gone"], len(crawled.failures)) == ({}, 3)
    assert len([path for path in asked if "post" in path]) == 3, "a lost witness says enough"
    archive.server.routes["*"] = archive.blog.route
    archive.crawl()
    assert archive.outcome("post-2") == "gone:HTTP 404", "each for itself"


def _drawn_blog(slugs: list[str]) -> dict[str, Route]:
    """A blog that sends one page for all, which a script fills; its feed has the posts in full."""

    def feed(request: ReceivedRequest) -> bytes:
        base = f"http://{request.header('Host')}"
        items = "".join(
            f"<item><title>{slug.title()}</title><link>{base}/{slug}/</link>"
            f"<pubDate>Fri, 01 Mar 2024 10:00:00 GMT</pubDate>"
            f"<content:encoded>{escape(f'<p>{story}</p>{_PASSAGE}')}</content:encoded></item>"
            for slug, story in zip(slugs, _STORIES, strict=False)
        )
        rss = (
            '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
            f"<title>Slipway</title>{items}</channel></rss>"
        )
        return respond(rss.encode(), content_type="application/rss+xml")

    shell = respond(
        b"<html><head><title>Slipway</title>"
        b'<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
        b'<meta property="og:type" content="article"></head>'
        b'<body><div id="app"></div><script src="/app.js"></script></body></html>'
    )
    posts = {f"/{slug}/": shell for slug in slugs}
    sitemap = small_blog(*slugs)["/sitemap.xml"]
    return {"/": shell, **posts, "/feed.xml": feed, "/sitemap.xml": sitemap}


def _last_post_blog(slugs: list[str]) -> dict[str, Route]:
    """A blog whose home page is its last post, and says so."""
    routes = dict(small_blog(*slugs))
    for slug, story in zip(slugs, _STORIES, strict=False):
        head = f'<link rel="canonical" href="/{slug}/">'
        routes[f"/{slug}/"] = post(slug, head=head, text=f"<p>{story}</p>")
    return routes | {"/": routes[f"/{slugs[-1]}/"]}


@pytest.mark.parametrize("make", [_drawn_blog, _last_post_blog])
def test_a_blog_whose_posts_are_sent_as_its_home_page_goes_on(
    make: Callable[[list[str]], dict[str, Route]], tmp_path: Path
) -> None:
    slugs = ["herons", "lamps", "tar"]
    with BlogServer(make(slugs)) as server:
        assert set(crawl_blog(server, tmp_path / "c").articles) == {f"/{slug}/" for slug in slugs}
        again = crawl_blog(server, tmp_path / "c", "mode=check")
        assert (again.status, again.report["gone"], again.failures) == (0, {}, {})
        server.routes = make([*slugs, "sails"])
        for arguments in ([], ["mode=check"]):
            crawled = crawl_blog(server, tmp_path / "c", *arguments)
            assert (crawled.status, crawled.report["gone"], crawled.failures) == (0, {}, {})
            assert "/sails/" in crawled.articles
    assert {row.version for row in crawled.articles.values()} == {1}


def test_a_single_post_that_is_the_home_page_may_be_edited(tmp_path: Path) -> None:
    with BlogServer(small_blog("only")) as server:
        for number, story in enumerate(_STORIES[:3], start=1):
            page = post("only", text=f'<p>{story}</p><a href="/only/">The post</a>')
            server.routes |= {"/": page, "/only/": page}
            crawled = crawl_blog(server, tmp_path / "c", "mode=check")
            assert (crawled.status, crawled.failures) == (0, {})
            assert crawled.articles["/only/"].version == number


def test_home_pages_in_place_of_posts_are_no_post(tmp_path: Path) -> None:
    """A home page that was never a post is none either when it comes in place of one."""
    with BlogServer(small_blog("herons", "lamps", "tar")) as server:
        crawl_blog(server, tmp_path / "c")
        home = html("<h1>Slipway</h1><p>We have closed for the winter.</p>", title="Slipway")
        server.routes |= dict.fromkeys(("/", "/herons/", "/lamps/", "/tar/"), home)
        crawled = crawl_blog(server, tmp_path / "c", "mode=check")
    assert (crawled.status, crawled.report["gone"]) == (1, {})
    with CatalogueReader(Collection.open(tmp_path / "c").catalogue_path) as catalogue:
        assert {row.version for row in catalogue.iter_articles()} == {1}

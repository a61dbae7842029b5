"""Lists that move, or are missing for a day: what is new is found, and few requests find it."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from scraper.discovery import SitePlan
from tests.scraper.discovery.fake_site import (
    ORIGIN,
    XML,
    Crawled,
    FakeSite,
    crawl,
    html,
    rss,
    sitemap,
    with_posts,
)
from tests.scraper.discovery.remembered_site import RememberedSite

POSTS = [f"/post-{number}/" for number in range(12)]
MAX_REQUESTS = 6  # of an unchanged blog


class Blog:
    """A blog that is crawled again and again; its front page is an essay that lists no post."""

    def __init__(self, **feeds: list[str]) -> None:
        self.site = with_posts(FakeSite(), POSTS)
        self.announce()
        for name, posts in feeds.items():
            self.feed(f"/{name}.xml", posts)
        self.memory: RememberedSite | None = None

    def announce(self, *paths: str, head: str = "") -> None:
        """Have the front page name its feeds."""
        kind = "application/rss+xml"
        links = "".join(f'<link rel="alternate" type="{kind}" href="{path}">' for path in paths)
        self.site.page("/", html("<p>On ropes.</p>", links + head))

    def feed(self, path: str, posts: list[str]) -> None:
        """Write a feed, and the posts in it."""
        with_posts(self.site, posts)
        self.site.page(path, rss(posts), XML)

    def crawl(self) -> list[str]:
        """Crawl it with all that is remembered; gives the paths of the requests."""
        done = crawl(self.site, memory=self.memory)
        if self.memory is None:
            self.memory = RememberedSite(done)
        self.memory.take(done)
        return done.paths


def test_a_feed_that_moved_for_good_costs_one_request_more() -> None:
    blog = Blog(feed=POSTS)
    blog.crawl()
    del blog.site.pages["/feed.xml"]
    blog.feed("/rss.xml", ["/new-0/", *POSTS])
    assert "/new-0/" in blog.crawl()
    for number in range(1, 4):
        assert blog.crawl() == ["/", "/robots.txt", "/rss.xml", "/feed.xml"]
        blog.feed("/rss.xml", [f"/new-{number}/", *POSTS])
        assert f"/new-{number}/" in blog.crawl()


def test_a_feed_that_is_missing_for_a_day_is_asked_for_beside_what_took_its_place() -> None:
    blog = Blog(feed=POSTS, notes=POSTS[:2])
    blog.announce("/feed.xml", "/notes.xml")
    blog.crawl()
    del blog.site.pages["/feed.xml"]
    assert "/notes.xml" in blog.crawl()
    blog.feed("/feed.xml", ["/new/", *POSTS])
    paths = blog.crawl()
    assert {"/feed.xml", "/new/"} <= set(paths)
    assert blog.crawl() == ["/", "/robots.txt", "/feed.xml"]


@pytest.mark.parametrize("has_map", [False, True])
def test_a_feed_is_asked_for_where_it_is_announced_though_a_copy_stays(*, has_map: bool) -> None:
    blog = Blog(feed=POSTS)
    blog.announce("/feed.xml")
    if has_map:
        blog.site.page("/sitemap.xml", sitemap(POSTS), XML)
    blog.crawl()
    blog.announce("/index.xml")
    blog.feed("/index.xml", ["/new/", *POSTS])
    assert "/new/" in blog.crawl()
    assert {"/index.xml"} < set(blog.crawl())
    assert len(blog.crawl()) <= MAX_REQUESTS


def test_a_blog_that_left_its_platform_costs_no_more_than_before() -> None:
    api = "/wp-json/wp/v2/posts?per_page=100&_fields=link,date_gmt,modified_gmt,slug"
    blog = Blog(feed=POSTS)
    blog.announce("/feed.xml", head='<link rel="https://api.w.org/" href="/wp-json/">')
    entries = json.dumps([{"link": f"{ORIGIN}{path}", "slug": path[1:-1]} for path in POSTS[:9]])
    blog.site.fallback = lambda path: entries if path.startswith(api[:25]) else None
    blog.site.page("/wp-sitemap.xml", sitemap(POSTS), XML)
    blog.site.page("/feed/", rss(POSTS), XML)
    first = blog.crawl()
    assert any(path.startswith("/wp-json") for path in first), first
    blog.site.fallback = None
    for path in ("/wp-sitemap.xml", "/feed/", "/feed.xml"):
        del blog.site.pages[path]
    blog.announce("/index.xml")
    posts = ["/new/", *POSTS]
    blog.feed("/index.xml", posts)
    blog.site.page("/sitemap.xml", sitemap(posts), XML)
    assert "/new/" in blog.crawl()
    for _ in range(4):
        paths = blog.crawl()
        assert {"/sitemap.xml", "/index.xml"} < set(paths)
        assert len(paths) <= MAX_REQUESTS, paths


def test_lists_that_are_all_missing_for_a_day_are_all_asked_for_again() -> None:
    blog = Blog(feed=POSTS[:3])
    blog.announce("/feed.xml")
    blog.site.page("/robots.txt", f"Sitemap: {ORIGIN}/map.xml", "text/plain")
    blog.site.page("/map.xml", sitemap(POSTS), XML)
    before = blog.crawl()
    pages = dict(blog.site.pages)
    del blog.site.pages["/map.xml"], blog.site.pages["/feed.xml"]
    blog.crawl()
    blog.site.pages = pages
    assert {"/map.xml", "/feed.xml"} < set(blog.crawl()) <= set(before)


def test_a_blog_that_moved_to_another_host_is_searched_there_as_for_the_first_time() -> None:
    blog = Blog(feed=POSTS)
    blog.announce("/feed.xml")
    blog.crawl()
    assert blog.memory
    place = "https://new.example"
    pages = {
        path: (body.replace(ORIGIN, place), kind) for path, (body, kind) in blog.site.pages.items()
    }
    found = [_follow(FakeSite(pages), f"{place}/", blog.memory) for _ in range(2)]
    assert [paths.count("/feed.xml") for paths in found] == [1, 1]
    assert set(POSTS) < set(found[0])
    assert found[1] == ["/", "/robots.txt", "/feed.xml"]


def _follow(site: FakeSite, place: str, memory: RememberedSite) -> list[str]:
    """Crawl a blog whose seed redirects to another place; gives the paths of the requests."""
    plan = SitePlan(f"{ORIGIN}/", memory=memory)
    (seed,) = plan.start()
    target = plan.redirected(seed, place)
    assert target
    waiting, asked = [(seed, target)], []
    while waiting:
        fetch, url = waiting.pop(0)
        asked.append(fetch)
        path = urlsplit(url).path
        answer = replace(site.answer(f"{ORIGIN}{path}"), url=url)
        waiting += [(each, each.discovery.url) for each in plan.answered(fetch, answer)]
    memory.take(Crawled(plan, asked))
    return [urlsplit(fetch.discovery.url).path for fetch in asked]

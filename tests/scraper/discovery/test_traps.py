"""Blogs that have no end: each crawl ends, and within a number of requests that is to be seen."""

from __future__ import annotations

import re

from tests.scraper.discovery.fake_site import (
    ORIGIN,
    XML,
    FakeSite,
    crawl,
    html,
    list_of,
    sitemap_index,
    with_posts,
)

POSTS = [f"/post-{number}/" for number in range(12)]


def test_a_calendar_is_not_entered() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/", html(list_of(POSTS) + '<a href="/calendar/2026/1/">calendar</a>'))

    def calendar(path: str) -> str | None:
        match = re.fullmatch(r"/calendar/(\d+)/(\d+)/", path)
        return (
            html(f'<a href="/calendar/{match[1]}/{int(match[2]) + 1}/">next</a>') if match else None
        )

    site.fallback = calendar
    done = crawl(site)
    assert sorted(done.candidates()) == sorted(POSTS)
    assert done.plan.skipped[f"{ORIGIN}/calendar/2026/1/"] == "calendar"


def test_an_endless_chain_of_pages_that_no_rule_knows_is_left() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/", html(list_of(POSTS) + '<a href="/days/1">today</a>'))

    def days(path: str) -> str | None:
        match = re.fullmatch(r"/days/(\d+)", path)
        link = f'<a rel="next" href="/days/{int(match[1]) + 1}">next</a>' if match else ""
        return html(f"<p>{path}</p>{link}") if match else None

    site.fallback = days
    done = crawl(site)
    assert set(POSTS) <= set(done.candidates())
    assert len([path for path in done.paths if path.startswith("/days/")]) < 30


def test_listing_pages_that_repeat_themselves_are_left() -> None:
    site = with_posts(FakeSite(), POSTS)

    def pages(path: str) -> str | None:
        match = re.fullmatch(r"/page/(\d+)/", path)
        number = int(match[1]) if match else 1
        following = f'<a rel="next" href="/page/{number + 1}/">next</a>'
        return html(list_of(POSTS) + following) if match or path == "/" else None

    site.fallback = pages
    done = crawl(site)
    assert sorted(done.candidates()) == sorted(POSTS)
    assert len([path for path in done.paths if path.startswith("/page/")]) <= 3


def test_empty_listing_pages_without_end_are_left() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/", html(list_of(POSTS) + '<link rel="next" href="/?paged=2">'))

    def empty(path: str) -> str | None:
        match = re.fullmatch(r"/\?paged=(\d+)", path)
        return html("", f'<link rel="next" href="/?paged={int(match[1]) + 1}">') if match else None

    site.fallback = empty
    assert len(crawl(site).fetches) < 40


def test_session_ids_make_no_second_address() -> None:
    site = with_posts(FakeSite(), POSTS)
    for number, path in enumerate(["/", *POSTS]):
        session = f"{number:016x}{number:016x}"
        links = [f"{post}?PHPSESSID={session}" for post in POSTS]
        links += [f"{post};jsessionid={session}" for post in POSTS]
        links += [f"/(S({session}))/{post.lstrip('/')}" for post in POSTS]
        site.page(path, html(f"<p>Words of {path}</p>" + list_of(links)))

    assert sorted(crawl(site).candidates()) == sorted(POSTS)


def test_filters_that_combine_without_end_are_bounded() -> None:
    site = with_posts(FakeSite(), POSTS)

    def filters(path: str) -> str | None:
        if not path.startswith("/things"):
            return None
        tail = path.partition("?")[2]
        links = [f"/things?{tail}{'&' if tail else ''}{name}={len(path)}" for name in "klmnov"]
        return html(f"<p>{path}</p>" + "".join(f'<a href="{link}">x</a>' for link in links))

    site.page("/", html(list_of(POSTS) + '<a href="/things">things</a>'))
    site.fallback = filters
    done = crawl(site)
    assert set(POSTS) <= set(done.candidates())
    assert len([path for path in done.paths if path.startswith("/things")]) <= 62


def test_relative_links_that_climb_on_themselves_are_bounded() -> None:
    site = FakeSite()
    site.page("/", html(list_of(POSTS)))
    site.fallback = lambda path: html(f'<p>{path}</p><a href="old/notes/">x</a>')
    done = crawl(site)
    assert set(POSTS) <= set(done.candidates())
    assert not [path for path in done.paths if path.count("old/notes") > 2]


def test_a_paged_feed_that_never_ends_is_left() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/", html(list_of(POSTS)))
    items = "".join(f"<item><link>{ORIGIN}{path}</link></item>" for path in POSTS[:10])
    generator = "<generator>https://wordpress.org/?v=6.5</generator>"
    feed = f'<rss version="2.0"><channel>{generator}{items}</channel></rss>'
    site.fallback = lambda path: feed if path.startswith("/feed/") else None
    done = crawl(site)
    assert sorted(done.candidates()) == sorted(POSTS)
    assert len([path for path in done.paths if path.startswith("/feed/")]) <= 2


def test_sitemap_indexes_that_name_each_other_end() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/", html(list_of(POSTS)))

    def index(path: str) -> str | None:
        names = [f"{ORIGIN}{path.removesuffix('.xml')}{letter}.xml" for letter in "abc"]
        entries = "".join(f"<sitemap><loc>{name}</loc></sitemap>" for name in names)
        found = path.startswith("/sitemap")
        return f"<sitemapindex>{entries}</sitemapindex>" if found else None

    site.fallback = index
    done = crawl(site)
    assert sorted(done.candidates()) == sorted(POSTS)
    assert len(done.fetches) < 100


def test_a_sitemap_entity_bomb_is_read_as_nothing() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/", html(list_of(POSTS)))
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)
    )
    bomb = f"<!DOCTYPE urlset [{entities}]><urlset><url><loc>&a11;</loc></url></urlset>"
    site.page("/sitemap.xml", bomb, XML)
    assert sorted(crawl(site).candidates()) == sorted(POSTS)


def test_an_index_without_end_is_left_where_it_is_too_deep() -> None:
    site = with_posts(FakeSite(), ["/tides/"])
    site.page("/", html(list_of(["/tides/"]), '<link rel="sitemap" href="/index-0.xml">'))
    site.fallback = lambda path: (
        sitemap_index([f"/index-{int(path[7:-4]) + 1}.xml"]) if path.startswith("/index-") else None
    )

    asked = crawl(site).plan.asked_lists

    depth = sum("/index-" in url for url in asked)
    assert depth < 10
    assert asked[f"{ORIGIN}/index-{depth - 1}.xml"].error == "too many parts"

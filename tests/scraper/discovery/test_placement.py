"""Posts and other pages are told apart by where their links stand."""

from __future__ import annotations

from scraper.discovery import SitePlan
from tests.scraper.discovery.fake_site import (
    ORIGIN,
    XML,
    Crawled,
    FakeSite,
    crawl,
    html,
    list_of,
    rss,
    sitemap,
    with_posts,
)

POSTS = [f"/{word}/" for word in ("tides", "lamps", "ropes", "charts")]
PAGES = ["/wer-wir-sind/", "/мастерская/"]
MENU = "".join(f'<a href="{path}">x</a>' for path in PAGES)
NAVIGATION = f"<header><a href='/'>Slipway</a><nav>{MENU}</nav></header>"


def kinds(crawled: Crawled, paths: list[str]) -> set[str | None]:
    """What the requests for these pages said of them."""
    kind = {f.discovery.url: f.discovery.hints.kind for f in crawled.fetches}
    return {kind[url] for url in (_spelled(crawled.plan, path) for path in paths)}


def _spelled(plan: SitePlan, path: str) -> str:
    return plan.discovery(f"{ORIGIN}{path}").url


def blog(home: str, named: list[str]) -> FakeSite:
    """A blog whose sitemap names pages and posts alike."""
    site = with_posts(
        FakeSite(),
        [*POSTS, *PAGES, "/%D0%BC%D0%B0%D1%81%D1%82%D0%B5%D1%80%D1%81%D0%BA%D0%B0%D1%8F/"],
    )
    site.page("/", html(home))
    site.page("/sitemap.xml", sitemap(named), XML)
    return site


def test_entries_are_posts_and_what_only_the_menu_names_is_a_page() -> None:
    done = crawl(blog(NAVIGATION + list_of(POSTS), [*PAGES, *POSTS]))
    assert kinds(done, POSTS) == {"post"}
    assert kinds(done, PAGES) == {"page"}


def test_a_post_that_the_menu_names_too_is_a_post() -> None:
    home = f'<nav><a href="{POSTS[0]}">Start here</a>{MENU}</nav>' + list_of(POSTS)
    done = crawl(blog(home, [*PAGES, *POSTS]))
    assert kinds(done, POSTS) == {"post"}


def test_dated_items_of_a_list_are_entries_without_headings() -> None:
    items = "".join(f'<li>4 May 2020 <a href="{path}">x</a></li>' for path in POSTS)
    done = crawl(blog(f"{NAVIGATION}<ul>{items}</ul>", [*PAGES, *POSTS]))
    assert kinds(done, POSTS) == {"post"}


def test_a_menu_of_all_posts_makes_no_pages_of_them() -> None:
    links = "".join(f'<a href="{path}">x</a>' for path in POSTS)
    done = crawl(blog(f"<nav>{links}</nav><main>Hello</main>", POSTS))
    assert kinds(done, POSTS) == {None}


def test_recent_posts_in_the_foot_are_no_menu() -> None:
    recent = '<footer><div class="widget recent"><a href="/anchors/">x</a></div></footer>'
    site = with_posts(blog(list_of(POSTS) + recent, [*POSTS, "/anchors/"]), ["/anchors/"])
    assert kinds(crawl(site), ["/anchors/"]) == {None}


def test_headings_of_another_list_are_no_posts_where_a_feed_names_the_posts() -> None:
    boats = ["/boats/ada/", "/boats/bea/", "/boats/cem/", "/boats/dot/", "/boats/eve/"]
    boxes = "".join(f'<section><h3><a href="{path}">x</a></h3></section>' for path in boats)
    feed = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    site = with_posts(blog(feed + boxes + list_of(POSTS), [*boats, *POSTS]), boats)
    site.page("/feed.xml", rss(POSTS[:2]), XML)
    done = crawl(site)
    assert kinds(done, POSTS) == {"post"}
    assert kinds(done, boats) == {None}


def test_a_page_of_the_menu_is_no_post_for_standing_in_the_feed() -> None:
    feed = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    site = blog(feed + NAVIGATION + list_of(POSTS), [*PAGES, *POSTS])
    site.page("/feed.xml", rss([PAGES[0], *POSTS]), XML)
    done = crawl(site)
    assert kinds(done, PAGES) == {"page"}
    assert kinds(done, POSTS) == {"post"}


def test_the_previous_post_of_a_post_is_a_post() -> None:
    site = with_posts(FakeSite(), [*POSTS, "/anchors/"])
    site.page("/", html(list_of(POSTS)))
    site.page(POSTS[-1], html('<article>x</article><a rel="prev" href="/anchors/">older</a>'))
    assert kinds(crawl(site), ["/anchors/"]) == {"post"}

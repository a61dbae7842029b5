"""A plan over whole blogs: which requests it makes, in which order, and what it finds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scraper.discovery import Answer, SitePlan
from tests.scraper.discovery.fake_site import (
    HTML,
    ORIGIN,
    XML,
    FakeSite,
    crawl,
    html,
    list_of,
    rss,
    sitemap,
    sitemap_index,
    with_posts,
)

POSTS = [f"/post-{number}/" for number in range(30)]
FEED = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'


def numbered_listing(prefix: str, posts: list[str], size: int, link: str) -> dict[str, str]:
    """Pages of a listing at `/`, `{prefix}2/`, …; `link` has {} for the next page's address."""
    parts = [posts[start : start + size] for start in range(0, len(posts), size)]
    pages = {}
    for number, part in enumerate(parts, start=1):
        following = link.format(f"{prefix}{number + 1}/") if number < len(parts) else ""
        in_head = following.startswith("<link")
        page = html(list_of(part) + ("" if in_head else following), following if in_head else "")
        pages["/" if number == 1 else f"{prefix}{number}/"] = page
    return pages


def test_a_sitemap_named_in_robots_is_all_that_is_needed() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/", html(list_of(POSTS[:10]) + '<a href="/page/2/">2</a>', FEED))
    site.page("/robots.txt", f"User-agent: *\nsitemap: {ORIGIN}/maps/all.xml", "text/plain")
    site.page("/maps/all.xml", sitemap([*POSTS, "/about/", "/tag/a/", "/"]), XML)
    site.page("/feed.xml", rss(POSTS[:10]), XML)
    site.page("/about/", html("About"))

    done = crawl(site)

    assert sorted(done.candidates()) == sorted([*POSTS, "/about/"])
    assert done.plan.discovery(f"{ORIGIN}/about/").hints.kind == "page"
    lists = ["/maps/all.xml", "/feed.xml", "/page/4/"]  # which shows that there are no more posts
    assert done.paths[:5] == ["/", "/robots.txt", *lists]
    assert len(done.fetches) == len(POSTS) + 1 + 5
    assert done.plan.skipped[f"{ORIGIN}/tag/a/"] == "tag"
    assert done.plan.discovery(f"{ORIGIN}/post-3/").methods == ("listing", "sitemap", "feed")
    assert done.plan.discovery(f"{ORIGIN}/post-3/").hints.title == "On /post-3/"


def test_a_sitemap_that_lacks_posts_of_the_front_page_is_not_taken_for_complete() -> None:
    site = with_posts(FakeSite(), POSTS)
    for path, page in numbered_listing("/page/", POSTS, 10, '<a href="{}">older</a>').items():
        site.page(path, page)
    site.page("/sitemap.xml", sitemap(POSTS[5:]), XML)

    assert sorted(crawl(site).candidates()) == sorted(POSTS)


@pytest.mark.parametrize("prefix", ["/page/", "/?paged="])
def test_a_sitemap_of_the_newest_posts_does_not_hide_the_older_ones(prefix: str) -> None:
    site = with_posts(FakeSite(), POSTS)
    for path, page in numbered_listing(prefix, POSTS, 5, '<a rel="next" href="{}">').items():
        site.page(path, page)
    site.page("/sitemap.xml", sitemap([*POSTS[:12], "/about/"]), XML)
    site.page("/about/", html("About"))

    assert sorted(crawl(site).candidates()) == sorted([*POSTS, "/about/"])


def test_a_sitemap_that_breaks_off_is_not_taken_for_complete() -> None:
    site = with_posts(FakeSite(), POSTS)
    for path, page in numbered_listing("/page/", POSTS, 10, '<a href="{}">older</a>').items():
        site.page(path, page)
    whole = sitemap(POSTS)
    site.page("/sitemap.xml", whole[: whole.index("/post-15/")], XML)

    assert sorted(crawl(site).candidates()) == sorted(POSTS)


def test_pages_that_the_front_page_shows_are_no_posts_that_the_sitemap_lacks() -> None:
    site = with_posts(FakeSite(), POSTS)
    pages = ["/welcome/", "/services/", "/workshop/", "/prices/"]
    site.page("/", html(list_of(pages) + '<a href="/category/a/">a</a>'))
    site.page("/sitemap.xml", sitemap_index(["/post-sitemap.xml", "/page-sitemap.xml"]), XML)
    site.page("/post-sitemap.xml", sitemap(POSTS), XML)
    site.page("/page-sitemap.xml", sitemap(pages), XML)
    site.page("/category/a/", html(list_of(POSTS)))
    for path in pages:
        site.page(path, html("What we do."))

    done = crawl(site)

    assert set(POSTS) <= set(done.candidates())
    assert "/category/a/" not in done.paths


def test_index_children_of_tags_and_authors_are_not_asked_for() -> None:
    site = with_posts(FakeSite(), [*POSTS, "/about/"])
    names = [
        "/post-sitemap.xml",
        "/page-sitemap.xml",
        "/category-sitemap.xml",
        "/author-sitemap.xml",
    ]
    site.page("/", html(list_of(POSTS[:5])))
    site.page("/sitemap.xml", sitemap_index(names), XML)
    site.page("/post-sitemap.xml", sitemap(POSTS), XML)
    site.page("/page-sitemap.xml", sitemap(["/about/"]), XML)

    done = crawl(site)

    assert {"/post-sitemap.xml", "/page-sitemap.xml"} <= set(done.paths)
    assert not {"/category-sitemap.xml", "/author-sitemap.xml"} & set(done.paths)
    assert done.plan.discovery(f"{ORIGIN}/about/").hints.kind == "page"
    assert done.plan.discovery(f"{ORIGIN}/post-1/").hints.kind == "post"


def test_every_page_that_is_asked_for_stays_in_the_account() -> None:
    site = with_posts(FakeSite(), POSTS)
    for path, page in numbered_listing("/page/", POSTS, 10, '<a href="{}">older</a>').items():
        site.page(path, page)

    plan = crawl(site).plan

    assert f"{ORIGIN}/page/2/" in plan.discoveries
    assert f"{ORIGIN}/page/3/" in plan.discoveries
    assert not set(plan.discoveries) & set(plan.skipped)


def test_without_lists_rel_next_in_the_head_is_followed() -> None:
    site = with_posts(FakeSite(), POSTS)
    pages = numbered_listing("/older/p", POSTS, 4, '<link rel="next" href="{}">')
    for path, page in pages.items():
        site.page(path, page)

    done = crawl(site)

    assert sorted(done.candidates()) == sorted(POSTS)
    assert done.plan.discovery(f"{ORIGIN}/post-29/").methods == ("listing",)


def test_without_lists_numbered_pages_of_other_styles_are_followed() -> None:
    for prefix in ("/page/", "/blog/page", "/blog/", "/"):
        site = with_posts(FakeSite(), POSTS)
        link = '<div class="pagination"><a href="{}">2</a></div>'
        pages = numbered_listing(prefix, POSTS, 10, link)
        for path, page in pages.items():
            site.page(path, page)
        seed = "/blog/" if prefix == "/blog/" else "/"
        site.page(seed, pages["/"])

        done = crawl(site, ORIGIN + seed if prefix == "/" else ORIGIN + "/")

        found = {path for path in done.candidates() if path in POSTS}
        assert found == set(POSTS), prefix


def test_an_archive_page_is_found_where_there_is_no_pagination() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/", html('<nav><a href="/writing">Writing</a></nav>' + list_of(POSTS[:3])))
    site.page("/writing", html("<ul>" + "".join(f'<li><a href="{p}">x</a>' for p in POSTS)))

    assert sorted(crawl(site).candidates()) == sorted(POSTS)


def test_tags_and_months_are_opened_only_when_nothing_else_is_there() -> None:
    site = with_posts(FakeSite(), POSTS)
    menu = '<nav><a href="/tag/a/">a</a><a href="/2020/05/">May</a></nav>'
    site.page("/", html(menu + list_of(POSTS[:5])))
    site.page("/tag/a/", html(list_of(POSTS[5:20])))
    site.page("/2020/05/", html(list_of(POSTS[15:])))

    done = crawl(site)

    assert sorted(done.candidates()) == sorted(POSTS)
    assert {fetch.purpose for fetch in done.fetches if "/tag/" in fetch.discovery.url} == {
        "listing"
    }


def test_a_feed_that_holds_all_posts_spares_the_pages_between() -> None:
    site = with_posts(FakeSite(), POSTS)
    link = '<a href="{}">next</a><a href="/page/6/">6</a>'
    for path, page in numbered_listing("/page/", POSTS, 5, link).items():
        site.page(path, page)
    site.page("/", site.pages["/"][0].replace("<head>", "<head>" + FEED))
    site.page("/feed.xml", rss(POSTS), XML)

    done = crawl(site)

    assert sorted(done.candidates()) == sorted(POSTS)
    assert [path for path in done.paths if path.startswith("/page/")] == ["/page/6/"]


def test_a_feed_that_is_cut_does_not_hide_the_older_posts() -> None:
    site = with_posts(FakeSite(), POSTS)
    link = '<a href="{}">next</a><a href="/page/6/">6</a>'
    for path, page in numbered_listing("/page/", POSTS, 5, link).items():
        site.page(path, page)
    site.page("/", site.pages["/"][0].replace("<head>", "<head>" + FEED))
    site.page("/feed.xml", rss(POSTS[:15]), XML)

    assert sorted(crawl(site).candidates()) == sorted(POSTS)


def test_posts_known_only_by_their_neighbours_are_found() -> None:
    site = FakeSite()
    site.page("/", html('<main><a href="/post-0/">latest</a></main>'))
    for number, path in enumerate(POSTS):
        following = f'<a rel="prev" href="/post-{number + 1}/">older</a>'
        site.page(path, html(f"<p>{number * 'word '}</p>" + (following if number < 29 else "")))

    assert sorted(crawl(site).candidates()) == sorted(POSTS)


def test_about_pages_are_asked_for_but_not_without_end() -> None:
    site = with_posts(FakeSite(), POSTS)
    pages = [f"/site/{name}" for name in "abcdefghijklmnopqrstuvwxyz"]
    menu = "<nav>" + "".join(f'<a href="{page}">x</a>' for page in ["/about/", *pages]) + "</nav>"
    site.page("/", html(menu + list_of(POSTS[:10])))
    site.page("/sitemap.xml", sitemap(POSTS), XML)
    site.page("/about/", html("We write."))

    done = crawl(site)

    extra = set(done.candidates()) - set(POSTS)
    assert "/about/" in extra
    assert len(extra) == 8
    assert "unlisted-cap" in done.plan.skipped.values()


def test_a_site_that_answers_everything_with_its_front_page() -> None:
    site = with_posts(FakeSite(), POSTS)
    front = html(list_of(POSTS))
    site.page("/", front)
    site.fallback = lambda path: front

    done = crawl(site)

    assert sorted(done.candidates()) == sorted(POSTS)
    assert len([fetch for fetch in done.fetches if fetch.purpose == "source"]) <= 4


def test_a_seed_below_a_path_takes_only_its_part_of_the_sitemap() -> None:
    posts = [f"/blog{path}" for path in POSTS]
    site = with_posts(FakeSite(), [*posts, "/shop/hat/"])
    site.page("/blog/", html(list_of(posts[:5]) + '<a href="/shop/hat/">hat</a>'))
    site.page("/sitemap.xml", sitemap(["/", "/shop/hat/", "/blog/", *posts]), XML)

    done = crawl(site, f"{ORIGIN}/blog/")

    assert sorted(done.candidates()) == sorted(posts)
    assert done.plan.skipped[f"{ORIGIN}/shop/hat/"] == "out-of-scope"


def test_a_feed_given_as_the_seed_is_read_as_a_list() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/feeds/all.xml", rss(POSTS[:10]), XML)
    site.page("/sitemap.xml", sitemap(POSTS), XML)

    assert set(POSTS) <= set(crawl(site, f"{ORIGIN}/feeds/all.xml").candidates())


def test_since_and_until_leave_out_what_is_known_to_be_outside() -> None:
    site = with_posts(FakeSite(), ["/old/", "/new/", "/undated/", "/edited/"])
    site.page("/", html(list_of(["/undated/"]), FEED))
    old = rss(["/old/"], date="Tue, 05 May 2015 10:00:00 GMT")
    item = old[old.index("<item>") : old.index("</channel>")]
    site.page("/feed.xml", rss(["/new/"], extra=item), XML)
    site.page("/sitemap.xml", sitemap(["/edited/"], lastmod="2021-01-01"), XML)

    done = crawl(site, since=datetime(2020, 1, 1, tzinfo=UTC))
    assert sorted(done.candidates()) == ["/edited/", "/new/", "/undated/"]
    assert done.plan.skipped[f"{ORIGIN}/old/"] == "before-since"

    done = crawl(site, until=datetime(2020, 1, 1, tzinfo=UTC))
    assert sorted(done.candidates()) == ["/edited/", "/old/", "/undated/"]


def test_posts_left_out_by_their_date_do_not_make_listings_worth_opening() -> None:
    site = FakeSite()
    tags = [f"/tag/t{number}/" for number in range(20)]
    links = "".join(f'<a href="{path}">t</a>' for path in (*tags, "/archive/"))
    for path in POSTS:
        site.page(path, html(f"<h1>{path}</h1>{links}"))
    for path in (*tags, "/archive/"):
        site.page(path, html(list_of(POSTS) + links))
    for path, page in numbered_listing("/page/", POSTS, 10, '<a href="{}">older</a>').items():
        site.page(path, page)
    site.pages["/"] = (site.pages["/"][0].replace("<main>", f"{FEED}{links}<main>"), HTML)
    items = rss(POSTS[5:], date="Tue, 05 May 2015 10:00:00 GMT").partition("<item>")[2]
    site.page("/feed.xml", rss(POSTS[:5]).replace("</channel></rss>", f"<item>{items}"), XML)
    everything = crawl(site)

    period = crawl(site, since=datetime(2020, 1, 1, tzinfo=UTC))

    assert sorted(set(POSTS) & set(period.paths)) == sorted(POSTS[:5])
    assert not set(tags) & set(period.paths)
    assert len(period.fetches) <= len(everything.fetches) - 25


def test_a_limit_takes_the_newest_posts() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/", html("", FEED))
    items = [rss([path], date=f"{day:02d} May 2020 10:00:00 GMT") for day, path in
             enumerate(POSTS, start=1)]  # fmt: skip
    extra = "".join(item[item.index("<item>") : item.index("</channel>")] for item in items)
    site.page("/feed.xml", rss([], extra=extra), XML)

    done = crawl(site, limit=3)

    assert done.candidates() == ["/post-29/", "/post-28/", "/post-27/"]
    assert done.plan.skipped[f"{ORIGIN}/post-0/"] == "limit"


def test_a_limit_stops_the_walk_through_listings() -> None:
    site = with_posts(FakeSite(), POSTS)
    for path, page in numbered_listing("/page/", POSTS, 5, '<a href="{}">next</a>').items():
        site.page(path, page)

    done = crawl(site, limit=7)

    assert len(done.candidates()) == 7
    assert "/page/4/" not in done.paths


def test_addresses_on_http_and_www_are_asked_for_where_the_seed_is() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/", html(list_of(["http://www.example.org/post-1/?utm_source=front#top"])))
    site.page("/sitemap.xml", sitemap(POSTS).replace(ORIGIN, "http://www.example.org"), XML)

    assert sorted(crawl(site).candidates()) == sorted(POSTS)


def test_further_pages_of_a_post_are_no_posts() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/", html(list_of(POSTS)))
    parts = '<p>one</p><a href="/post-1/2/">2</a><a href="/post-1/3/">3</a>'
    site.page("/post-1/", html(parts))

    done = crawl(site)

    assert sorted(done.candidates()) == sorted(POSTS)
    assert done.plan.skipped[f"{ORIGIN}/post-1/2/"] == "part-of-a-post"


def test_a_failed_seed_still_leads_to_the_lists() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/sitemap.xml", sitemap(POSTS), XML)

    assert sorted(crawl(site).candidates()) == sorted(POSTS)


def test_a_server_that_does_not_answer_is_asked_twice_only() -> None:
    plan = SitePlan(f"{ORIGIN}/")
    (seed,) = plan.start()
    (robots,) = plan.failed(seed, "timeout")
    assert robots.purpose == "robots"
    assert plan.failed(robots, "timeout") == []


def test_a_blog_that_has_moved_is_followed() -> None:
    plan = SitePlan("http://old.example/")
    (seed,) = plan.start()
    assert plan.redirected(seed, "https://new.example/") == "https://new.example/"
    page = html(list_of(["/a/"])).encode()
    answer = Answer(url="https://new.example/", status=200, headers={}, body=page)
    asked = [fetch.discovery.url for fetch in plan.answered(seed, answer)]
    assert asked == ["https://new.example/robots.txt"]
    assert plan.scope.host == "new.example"


def test_a_page_that_leads_out_of_the_blog_is_not_followed() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/", html(list_of(POSTS)))
    done = crawl(site)
    fetch = next(f for f in done.fetches if f.discovery.url.endswith("/post-3/"))

    assert done.plan.redirected(fetch, "https://elsewhere.example/") is None
    assert done.plan.skipped[f"{ORIGIN}/post-3/"] == "redirects-out-of-scope"
    assert done.plan.discovery(f"{ORIGIN}/post-3/").methods == ("listing",)


def test_the_first_of_two_addresses_of_a_post_has_it() -> None:
    plan = SitePlan(f"{ORIGIN}/")
    first, second = f"{ORIGIN}/?p=12", f"{ORIGIN}/on-maps/"
    assert plan.claim(second, second) is None
    assert plan.claim(first, second) == second
    assert plan.claim(f"{ORIGIN}/on-maps/comment-page-2/", None) == second
    assert plan.claim(f"{ORIGIN}/other/", f"{ORIGIN}/") is None, "the front page is no post"
    assert plan.claim(f"{ORIGIN}/third/", "https://elsewhere.example/") is None


def test_a_template_that_names_one_post_as_canonical_everywhere_loses_none() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/", html("", FEED))
    site.page("/feed.xml", rss(POSTS), XML)
    plan = crawl(site).plan
    claims = [plan.claim(ORIGIN + path, f"{ORIGIN}/post-0/") for path in POSTS]
    assert claims == [None] * len(POSTS)


def test_numbers_as_permalinks_are_not_taken_for_years() -> None:
    posts = [f"/archives/{number}" for number in range(1990, 2025)]
    site = with_posts(FakeSite(), [*POSTS, *posts, "/archives/12", "/archives/13", "/archives/14"])
    site.page("/", html(list_of(["/archives/14"])))
    numbers = ["/archives/12", "/archives/13", "/archives/14", *posts]
    site.page("/sitemap.xml", sitemap(numbers), XML)

    assert sorted(crawl(site).candidates()) == sorted(numbers)


def test_yearly_archives_are_no_posts() -> None:
    site = with_posts(FakeSite(), POSTS)
    site.page("/", html(list_of(POSTS)))
    years = [f"/archives/{year}/" for year in range(2010, 2020)]
    site.page("/sitemap.xml", sitemap([*years, *POSTS, "/2020/", "/2020/05/"]), XML)

    assert sorted(crawl(site).candidates()) == sorted(POSTS)

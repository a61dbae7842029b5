"""A plan over a blog that was crawled before: few requests where nothing changed, none too few."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta

import pytest

from archive.catalogue import UNLISTED
from scraper.discovery import Answer, SitePlan
from tests.scraper.discovery.fake_site import (
    HTML,
    JSON,
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
from tests.scraper.discovery.remembered_site import FIRST, NOW, RememberedSite

POSTS = [f"/post-{number}/" for number in range(12)]
FEED = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
API = '<link rel="https://api.w.org/" href="/wp-json/">'
COMMENTS = "/wp-json/wp/v2/comments?per_page=100&_fields=link,date_gmt"


def mapped_site(posts: list[str]) -> FakeSite:
    """A blog with a site map and a feed of the newest posts."""
    site = with_posts(FakeSite(), posts)
    site.page("/", html(list_of(posts[:3]), FEED))
    site.page("/robots.txt", f"Sitemap: {ORIGIN}/sitemap.xml", "text/plain")
    site.page("/sitemap.xml", sitemap(posts, "2020-05-05"), XML)
    site.page("/feed.xml", rss(posts[:5]), XML)
    return site


def remembered(site: FakeSite, **options: bool) -> RememberedSite:
    return RememberedSite(crawl(site), **options)


def test_an_unchanged_blog_costs_its_seed_robots_and_the_lists_that_named_posts() -> None:
    site = mapped_site(POSTS)
    again = crawl(site, memory=remembered(site))
    assert again.paths == ["/", "/robots.txt", "/sitemap.xml", "/feed.xml"]
    assert set(again.plan.discoveries) == {f"{ORIGIN}/"}
    assert not again.plan.unlisted


def test_a_new_post_and_those_with_a_later_lastmod_are_asked_for() -> None:
    site = mapped_site(POSTS)
    memory = remembered(site)
    with_posts(site, ["/new/"])
    changed = sitemap(POSTS[:2], "2026-01-03").replace("</urlset>", "")
    rest = sitemap([*POSTS[2:], "/new/"], "2020-05-05").partition('sitemap/0.9">')[2]
    site.page("/sitemap.xml", changed + rest, XML)
    assert sorted(crawl(site, memory=memory).candidates()) == ["/new/", *POSTS[:2]]


def test_an_entry_that_says_something_else_in_the_feed_has_changed() -> None:
    site = mapped_site(POSTS)
    memory = remembered(site)
    site.page("/feed.xml", rss(POSTS[:5]).replace("On /post-3/", "On the third post"), XML)
    assert crawl(site, memory=memory).candidates() == ["/post-3/"]


def test_a_day_of_change_gets_its_time_from_the_site_map_that_was_written_on_it() -> None:
    site = mapped_site(POSTS)
    site.page("/sitemap.xml", sitemap(POSTS, "2026-01-01"), XML)
    site.headers["/sitemap.xml"] = {"last-modified": "Thu, 01 Jan 2026 09:00:00 GMT"}
    memory = remembered(site)
    assert crawl(site, memory=memory).candidates() == []
    site.headers["/sitemap.xml"] = {"last-modified": "Fri, 02 Jan 2026 09:00:00 GMT"}
    assert crawl(site, memory=memory).candidates() == []
    site.headers["/sitemap.xml"] = {"last-modified": "Thu, 01 Jan 2026 15:00:00 GMT"}
    assert len(crawl(site, memory=memory).candidates()) == len(POSTS)


def test_a_due_page_that_only_a_link_names_today_keeps_what_lists_said_of_it() -> None:
    site = mapped_site(POSTS)
    memory = remembered(site)
    memory.change(f"{ORIGIN}/post-1/", next_check=NOW)
    site.page("/sitemap.xml", sitemap([]), XML)
    site.page("/feed.xml", rss([]), XML)
    again = crawl(site, memory=memory)
    (due,) = [fetch.discovery for fetch in again.fetches if fetch.purpose == "candidate"]
    assert set(due.methods) > {"sitemap", "feed"}
    assert (due.hints.kind, due.hints.title) == ("post", "On /post-1/")


def test_pages_whose_time_has_come_are_asked_for_though_no_list_tells() -> None:
    site = mapped_site(POSTS)
    memory = remembered(site)
    memory.change(f"{ORIGIN}/post-9/", next_check=NOW - timedelta(hours=1))
    memory.change(f"{ORIGIN}/post-10/", next_check=None)
    assert sorted(crawl(site, memory=memory).candidates()) == ["/post-10/", "/post-9/"]


def test_a_post_that_no_list_names_any_more_is_asked_for() -> None:
    site = mapped_site(POSTS)
    memory = remembered(site)
    kept = [path for path in POSTS if path != "/post-4/"]
    site.page("/sitemap.xml", sitemap(kept, "2020-05-05"), XML)
    site.page("/feed.xml", rss(kept[:5]), XML)
    again = crawl(site, memory=memory)
    assert "/post-4/" in again.candidates()
    assert again.plan.unlisted == {f"{ORIGIN}/post-4/"}


def test_a_list_that_lost_most_of_its_posts_is_taken_for_broken() -> None:
    site = mapped_site(POSTS)
    memory = remembered(site)
    site.page("/sitemap.xml", sitemap(POSTS[-2:]), XML)
    again = crawl(site, memory=memory)
    assert set(POSTS[:-2]) <= set(again.candidates())
    assert not again.plan.unlisted


def test_posts_that_leave_a_list_together_are_all_asked_for() -> None:
    kept = [0, 1, *range(8, 14)]
    again = crawl(dated_site(kept), memory=remembered(dated_site(range(14))))
    assert sorted(again.candidates()) == [f"/post-{number}/" for number in range(2, 8)]
    assert not again.plan.unlisted
    site = dated_site(kept)
    for number in range(2, 7):
        del site.pages[f"/post-{number}/"]
    again = crawl(site, memory=remembered(dated_site(range(14))))
    assert again.plan.unlisted >= {f"{ORIGIN}/post-7/"}, "the others are deleted, as the list says"


def test_posts_that_were_taken_off_stay_so_though_they_answer() -> None:
    kept = [number for number in range(14) if number != 5]
    memory = remembered(dated_site(range(14)))
    assert crawl(dated_site(kept), memory=memory).plan.unlisted == {f"{ORIGIN}/post-5/"}
    gone = {"gone": NOW, "gone_reason": UNLISTED, "next_check": NOW}
    memory.change(f"{ORIGIN}/post-5/", **gone)
    again = crawl(dated_site(kept), memory=memory)
    assert again.candidates() == ["/post-5/"], "its time has come"
    assert again.plan.unlisted == {f"{ORIGIN}/post-5/"}
    assert not crawl(dated_site(range(14)), memory=memory).plan.unlisted, "a list names it"


def test_the_oldest_posts_may_all_be_deleted_at_once() -> None:
    site = dated_site(range(15, 30))
    for number in range(15):
        del site.pages[f"/post-{number}/"]
    again = crawl(site, memory=remembered(dated_site(range(30))))
    assert sorted(again.candidates()) == sorted(f"/post-{number}/" for number in range(15))
    again = crawl(dated_site(range(15, 30)), memory=remembered(dated_site(range(30))))
    assert len(again.candidates()) < 6, "where they are there, some are asked for"


def dated_map(numbers: Iterable[int]) -> str:
    """A site map of posts, each of a day of its own."""
    maps = [sitemap([f"/post-{number}/"], f"2020-05-{number + 1:02}") for number in numbers]
    return (
        maps[0].replace("</urlset>", "")
        + "".join(each.partition('sitemap/0.9">')[2].replace("</urlset>", "") for each in maps[1:])
        + "</urlset>"
    )


def dated_site(numbers: Iterable[int]) -> FakeSite:
    """A blog of thirty posts, and a site map that names some of them."""
    site = with_posts(FakeSite(), [f"/post-{number}/" for number in range(30)])
    site.page("/", html("Welcome."))
    site.page("/sitemap.xml", dated_map(numbers), XML)
    return site


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(range(10), [0, *range(4, 13)], id="the newest ten, and an old page"),
        pytest.param(range(30), range(15, 30), id="a part is missing"),
        pytest.param(range(30), [*range(10), *range(20, 30)], id="a year is missing"),
        pytest.param(range(29), range(2, 29), id="older than all that it names"),
    ],
)
def test_a_list_tells_of_no_post_beyond_what_it_covers(
    before: Iterable[int], after: Iterable[int]
) -> None:
    again = crawl(dated_site(after), memory=remembered(dated_site(before)))
    assert not again.plan.unlisted


def test_what_only_an_emptied_part_of_a_list_named_is_not_taken_for_gone() -> None:
    def site_with(second: range) -> FakeSite:
        site = dated_site(range(27))
        site.page("/sitemap.xml", sitemap_index(["/old.xml", "/new.xml"]), XML)
        site.page("/old.xml", dated_map([*range(10), *range(12, 27)]), XML)
        site.page("/new.xml", dated_map(second) if second else sitemap([]), XML)
        return site

    memory = remembered(site_with(range(10, 12)))
    again = crawl(site_with(range(0)), memory=memory)
    assert sorted(again.candidates()) == ["/post-10/", "/post-11/"], "they may be gone"
    assert not again.plan.unlisted
    for url in again.plan.discoveries:
        if "post" in url:
            memory.change(url, checked=NOW)
    assert crawl(site_with(range(0)), memory=memory).candidates() == []


def test_a_list_that_cannot_be_read_tells_of_no_post_that_it_is_gone() -> None:
    site = mapped_site(POSTS)
    memory = remembered(site)
    site.page("/sitemap.xml", html("down for maintenance"), HTML)
    again = crawl(site, memory=memory)
    assert again.candidates() == []
    assert not again.plan.unlisted


@pytest.mark.parametrize("error", ["cut off", "no end tag"])
def test_a_list_that_breaks_off_tells_of_no_post_that_it_is_gone(error: str) -> None:
    site = mapped_site([*POSTS, "/new/"])
    memory = remembered(mapped_site(POSTS))
    whole = sitemap(["/new/", *POSTS], "2020-05-05")
    if error == "cut off":
        site.page("/sitemap.xml", whole, XML)
        site.cut["/sitemap.xml"] = whole.index("/post-9/")
    else:
        site.page("/sitemap.xml", whole[: whole.index("/post-9/")], XML)
    again = crawl(site, memory=memory)
    assert again.candidates() == ["/new/"], "it names what it names"
    assert not again.plan.unlisted
    asked = again.plan.asked_lists[f"{ORIGIN}/sitemap.xml"]
    assert (asked.named, asked.error) == (10, error)


def parted_site(changed: dict[str, str], posts: list[str]) -> FakeSite:
    """A blog with three posts in each part of its site map; the index tells when parts changed."""
    site = with_posts(FakeSite(), posts)
    site.page("/", html(list_of(posts[-1:])))
    index = "".join(
        f"<sitemap><loc>{ORIGIN}/{name}.xml</loc><lastmod>{day}</lastmod></sitemap>"
        for name, day in changed.items()
    )
    site.page("/sitemap.xml", f"<sitemapindex>{index}</sitemapindex>", XML)
    for number, name in enumerate(changed):
        site.page(f"/{name}.xml", sitemap(posts[3 * number : 3 * number + 3], "2025-05-05"), XML)
    return site


def test_parts_of_a_site_map_that_have_not_changed_are_read_once_a_week() -> None:
    days = {"one": "2025-05-05", "two": "2025-05-05", "three": "2025-12-30", "four": "2025-12-31"}
    memory = remembered(parted_site(days, POSTS))
    lists = ["/", "/robots.txt", "/sitemap.xml"]

    again = crawl(parted_site(days, POSTS), memory=memory)
    assert again.paths == [*lists, "/four.xml"], "which may have changed in the hours since"
    assert not again.plan.unlisted

    site = parted_site(days | {"two": "2026-01-05", "five": "2025-05-05"}, [*POSTS, "/new/"])
    again = crawl(site, memory=memory)
    assert again.paths == [*lists, "/two.xml", "/four.xml", "/five.xml", "/new/"]

    memory.now += timedelta(hours=1)
    again = crawl(parted_site(days, POSTS[:-1]), memory=memory)
    assert again.paths == [*lists, *(f"/{name}.xml" for name in days), POSTS[-1]]
    assert again.plan.unlisted == {ORIGIN + POSTS[-1]}


def test_two_parts_of_a_site_map_are_read_each_time() -> None:
    site = parted_site(dict.fromkeys(("one", "two"), "2025-05-05"), POSTS[:6])
    assert crawl(site, memory=remembered(site)).paths[3:] == ["/one.xml", "/two.xml"]


def test_a_list_that_is_silent_is_no_reason_to_look_elsewhere() -> None:
    site = mapped_site(POSTS)
    plan = SitePlan(f"{ORIGIN}/", memory=remembered(site))
    waiting, asked = plan.start(), []
    while waiting:
        fetch = waiting.pop(0)
        asked.append(fetch.discovery.url.removeprefix(ORIGIN))
        if fetch.purpose == "source":
            waiting += plan.failed(fetch, "HTTP 503")
        else:
            waiting += plan.answered(fetch, site.answer(fetch.discovery.url))
    assert asked == ["/", "/robots.txt", "/sitemap.xml", "/feed.xml"]


def test_lists_are_looked_for_anew_where_none_is_where_it_was() -> None:
    site = mapped_site(POSTS)
    memory = remembered(site)
    del site.pages["/sitemap.xml"], site.pages["/feed.xml"], site.pages["/robots.txt"]
    with_posts(site, ["/new/"])
    site.page("/", html(list_of(POSTS[:3])))
    site.page("/atom.xml", rss(["/new/", *POSTS[:4]]), XML)
    assert crawl(site, memory=memory).candidates() == ["/new/"]


def test_a_gone_post_that_is_listed_again_is_asked_for() -> None:
    site = mapped_site(POSTS)
    memory = remembered(site)
    memory.change(f"{ORIGIN}/post-7/", gone=FIRST, gone_reason="HTTP 404")
    assert crawl(site, memory=memory).candidates() == ["/post-7/"]


def test_a_page_that_a_rule_left_out_stays_out_until_a_list_names_it() -> None:
    site = mapped_site(POSTS)
    memory = remembered(site)
    site.page("/", html(list_of(POSTS[:3]) + '<a href="/odd/">odd</a>', FEED))
    memory.pages |= RememberedSite(crawl(site)).pages
    memory.change(f"{ORIGIN}/odd/", kind="skipped:unlisted-cap", check_count=0, next_check=None)
    assert crawl(site, memory=memory).candidates() == []
    with_posts(site, ["/odd/"])
    site.page("/sitemap.xml", sitemap([*POSTS, "/odd/"], "2020-05-05"), XML)
    assert crawl(site, memory=memory).candidates() == ["/odd/"]


def test_all_known_pages_are_asked_for_where_all_are_wanted() -> None:
    site = mapped_site(POSTS)
    memory = remembered(site, wants_all=True)
    assert sorted(crawl(site, memory=memory).candidates()) == sorted(POSTS)


def test_a_full_crawl_looks_for_lists_anew_and_asks_for_pages_that_nothing_names() -> None:
    site = mapped_site(POSTS)
    memory = remembered(site, wants_all=True, shortens=False)
    site.page("/sitemap.xml", sitemap(POSTS[:-1]), XML)
    again = crawl(site, memory=memory)
    assert sorted(again.candidates()) == sorted(POSTS)
    assert again.plan.unlisted == {ORIGIN + POSTS[-1]}


def listing_site(posts: list[str]) -> FakeSite:
    """A blog that has nothing but listing pages of three posts each."""
    site = with_posts(FakeSite(), posts)
    for number, start in enumerate(range(0, len(posts), 3), start=1):
        following = f'<a rel="next" href="/page/{number + 1}/">older</a>'
        body = list_of(posts[start : start + 3]) + (following if start + 3 < len(posts) else "")
        site.page("/" if number == 1 else f"/page/{number}/", html(body))
    return site


def test_listing_pages_are_read_as_far_as_they_name_new_posts() -> None:
    memory = remembered(listing_site(POSTS))
    assert crawl(listing_site(POSTS), memory=memory).paths == ["/", "/robots.txt"]
    new = [f"/new-{number}/" for number in range(4)]
    again = crawl(listing_site([*new, *POSTS]), memory=memory)
    assert again.candidates() == new
    assert [path for path in again.paths if "page" in path] == ["/page/2/", "/page/3/"]


def test_a_page_whose_canonical_address_is_a_known_article_duplicates_it() -> None:
    site = mapped_site(POSTS)
    plan = crawl(site, memory=remembered(site)).plan
    assert plan.claim(f"{ORIGIN}/amp/post-1/", f"{ORIGIN}/post-1/") == f"{ORIGIN}/post-1/"
    assert plan.claim(f"{ORIGIN}/post-2/", f"{ORIGIN}/post-1/") is None


def wp_posts(dates: dict[str, str]) -> str:
    """An answer of the API: posts by their address, with the day of their last change."""
    items = [
        {"link": ORIGIN + path, "type": "post", "title": {"rendered": path},
         "date_gmt": "2020-05-05T10:00:00", "modified_gmt": f"{day}T10:00:00"}
        for path, day in dates.items()
    ]  # fmt: skip
    return json.dumps(items)


class WordPress(FakeSite):
    """A WordPress whose API gives five posts at a time, those that changed last first."""

    def __init__(self, dates: dict[str, str]) -> None:
        super().__init__()
        with_posts(self, list(dates))
        self.page("/", html(list_of(list(dates)[:2]), API))
        self.fallback = self.api
        self.dates = dates

    def api(self, path: str) -> str | None:
        if "/wp/v2/posts" not in path:
            return None
        paths = list(self.dates)
        if "orderby=modified" in path:
            paths.sort(key=self.dates.__getitem__, reverse=True)
        number = int(path.rpartition("&page=")[2]) if "&page=" in path else 1
        self.headers[path] = {"x-wp-total": str(len(paths)), "x-wp-totalpages": "3"}
        return wp_posts({p: self.dates[p] for p in paths[5 * (number - 1) : 5 * number]})


def posts_requests(paths: list[str]) -> int:
    return sum("/wp/v2/posts" in path for path in paths)


@pytest.fixture
def wordpress() -> WordPress:
    return WordPress({path: f"2025-01-{day:02}" for day, path in enumerate(POSTS, start=1)})


def test_wordpress_is_asked_for_the_last_changes_and_the_last_comments(
    wordpress: WordPress,
) -> None:
    memory = remembered(wordpress)
    again = crawl(wordpress, memory=memory)
    assert len(again.paths) == 4
    assert posts_requests(again.paths) == 1
    assert "/wp-json/wp/v2/pages" not in "".join(again.paths)
    assert again.candidates() == []
    wordpress.dates["/post-2/"] = "2026-01-02"
    wordpress.dates["/new/"] = "2026-01-02"
    with_posts(wordpress, ["/new/"])
    again = crawl(wordpress, memory=memory)
    assert posts_requests(again.paths) == 1
    assert sorted(again.candidates()) == ["/new/", "/post-2/"]


def test_a_total_that_does_not_fit_has_the_whole_api_read(wordpress: WordPress) -> None:
    memory = remembered(wordpress)
    del wordpress.dates["/post-1/"], wordpress.pages["/post-1/"]
    again = crawl(wordpress, memory=memory)
    assert posts_requests(again.paths) == 3
    assert again.candidates() == ["/post-1/"]
    assert not again.plan.unlisted, "the home page still leads there"


def test_posts_with_new_comments_are_asked_for(wordpress: WordPress) -> None:
    memory = remembered(wordpress)
    dates = {"/post-3/": "2026-01-04", "/post-5/": "2025-12-01"}
    comments = [
        {"link": f"{ORIGIN}{path}#comment-7", "date_gmt": f"{day}T10:00:00"}
        for path, day in dates.items()
    ]
    wordpress.page(COMMENTS, json.dumps(comments), JSON)
    assert crawl(wordpress, memory=memory).candidates() == ["/post-3/"]


def _comments(*entries: tuple[str, str]) -> bytes:
    """Give a list of comments: path of the post, and when the comment was written."""
    links = [{"link": f"{ORIGIN}{p}#comment-1", "date_gmt": f"{d}T10:00:00"} for p, d in entries]
    return json.dumps(links).encode()


@pytest.mark.parametrize("is_known", [True, False], ids=["list known", "list not known"])
def test_a_comment_that_is_shown_long_after_it_was_written_is_found(
    wordpress: WordPress, is_known: bool
) -> None:
    memory = remembered(wordpress)
    for path in ("/post-3/", "/post-5/", "/post-7/"):
        memory.change(ORIGIN + path, checked=NOW - timedelta(hours=1))
    written = f"{NOW - timedelta(days=1):%Y-%m-%d}"
    before = [("/post-5/", written), ("/post-7/", "2025-02-01")]
    if is_known:
        url = ORIGIN + COMMENTS
        memory.answers[url] = Answer(url=url, status=200, headers={}, body=_comments(*before))
    today = _comments(("/post-3/", written), *before, ("/post-9/", "2025-01-01"))
    wordpress.page(COMMENTS, today.decode(), JSON)
    asked = {"/post-3/"} if is_known else {"/post-3/", "/post-5/"}
    assert set(crawl(wordpress, memory=memory).candidates()) - {"/post-9/"} == asked


def test_a_feed_of_comments_tells_of_new_ones_as_well() -> None:
    site = mapped_site(POSTS)
    memory = remembered(site)
    head = f'{FEED}<link rel="alternate" type="application/rss+xml" href="/comments/feed/">'
    site.page("/", html(list_of(POSTS[:3]), head))
    date = "Sat, 03 Jan 2026 10:00:00 GMT"
    site.page("/comments/feed/", rss(["/post-6/#comment-1"], date=date), XML)
    assert crawl(site, memory=memory).candidates() == ["/post-6/"]

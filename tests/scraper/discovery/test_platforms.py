"""Each platform by what it publishes: recognised, asked in its own way, its total believed."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from scraper.discovery.platforms import wordpress as wordpress_api
from scraper.discovery.reading import Answer, Ask
from tests.scraper.discovery.fake_site import (
    JSON,
    ORIGIN,
    XML,
    Crawled,
    FakeSite,
    crawl,
    html,
    list_of,
    rss,
    sitemap,
    sitemap_index,
    with_posts,
)

NONSENSE = ("/wp-json", "/feed", "/api/", "/?format=json")
API_QUERY = (
    "per_page=100&_fields=link,type,title,date,date_gmt,modified,modified_gmt"
    ",_links.author,_links.wp:term,_embedded&_embed=author,wp:term"
)
PAGES_QUERY = "per_page=100&_fields=link,type,title,date,date_gmt,modified,modified_gmt"


def methods(done: Crawled, path: str) -> tuple[str, ...]:
    return done.plan.discovery(ORIGIN + path).methods


def wp_item(path: str) -> dict[str, object]:
    return {
        "link": ORIGIN + path,
        "type": "post",
        "title": {"rendered": f"On &#8211; {path}"},
        "date_gmt": "2020-05-05T10:00:00",
        "modified_gmt": "2021-06-06T11:00:00",
        "_embedded": {
            "author": [{"name": "Ada L."}],
            "wp:term": [
                [{"taxonomy": "category", "name": "Travel"}],
                [{"taxonomy": "post_tag", "name": "maps &amp; mines"}],
            ],
        },
    }


def wordpress(posts: list[str], root: str, joint: str) -> FakeSite:
    """A WordPress whose API lies at `root`, with two posts on each page of the API."""
    site = with_posts(FakeSite(), [*posts, "/about/"])
    site.page("/", html(list_of(posts[:1]), f'<link rel="https://api.w.org/" href="{root}">'))
    route = f"{root}wp/v2/posts{joint}"
    total = {"x-wp-total": str(len(posts)), "x-wp-totalpages": str((len(posts) + 1) // 2)}
    for number, start in enumerate(range(0, len(posts), 2), start=1):
        query = API_QUERY
        if number > 1:
            query = query.replace(",", "%2C").replace(":", "%3A") + f"&page={number}"
        path = route + query
        if number > 1 and "rest_route" in path:
            path = path.replace("rest_route=/wp/v2/posts", "rest_route=%2Fwp%2Fv2%2Fposts")
        site.page(path, json.dumps([wp_item(p) for p in posts[start : start + 2]]), JSON)
        site.headers[path] = total
    about = json.dumps([{**wp_item("/about/"), "type": "page"}])
    site.page(f"{root}wp/v2/pages{joint}{PAGES_QUERY}", about, JSON)
    return site


def test_wordpress_is_asked_by_its_api_and_its_total_is_believed() -> None:
    posts = [f"/on-{number}/" for number in range(5)]
    for root, joint in (("/wp-json/", "?"), ("/index.php?rest_route=/", "&")):
        site = wordpress(posts, root, joint)
        done = crawl(site)
        assert sorted(done.candidates()) == sorted([*posts, "/about/"])
        assert done.plan.declared_total == ("wordpress", 5)
        assert len(done.fetches) == 6 + 2 + 3 + 1  # posts and page, seed and robots.txt, lists
        hints = done.plan.discovery(f"{ORIGIN}/on-3/").hints
        assert hints.kind == "post"
        assert hints.title == "On – /on-3/"
        assert hints.authors == ("Ada L.",)
        assert hints.tags == ("maps & mines",)
        assert hints.published == datetime(2020, 5, 5, 10, tzinfo=UTC)
        assert hints.modified == datetime(2021, 6, 6, 11, tzinfo=UTC)
        assert done.plan.discovery(f"{ORIGIN}/about/").hints.kind == "page"


@pytest.mark.parametrize(
    ("local", "published"),
    [
        ("2020-05-06T01:30:00", "2020-05-06T01:30:00+09:30"),
        ("2020-05-05T12:00:00", "2020-05-05T12:00:00-04:00"),
        ("2020-05-07T16:00:01", "2020-05-05T16:00:00+00:00"),  # no zone is two days from UTC
        (None, "2020-05-05T16:00:00+00:00"),
    ],
)
def test_a_wordpress_date_has_the_day_that_the_blog_shows(
    local: str | None, published: str
) -> None:
    item = {"link": f"{ORIGIN}/tides/", "date": local, "date_gmt": "2020-05-05T16:00:00"}
    answer = Answer(url=ORIGIN, status=200, headers={}, body=json.dumps([item]).encode())
    reading = wordpress_api.read(answer, Ask(url=ORIGIN, method="wordpress", kind="post"))
    assert reading is not None
    (found,) = reading.listed
    assert found.hints.published is not None
    assert found.hints.published.isoformat() == published


def test_a_wordpress_with_its_api_closed_is_read_through_its_paged_feed() -> None:
    posts = [f"/on-{number}/" for number in range(25)]
    site = with_posts(FakeSite(), posts)
    generator = '<meta name="generator" content="WordPress 6.5">'
    feed = '<link rel="alternate" type="application/rss+xml" href="/feed/">'
    site.page("/", html(list_of(posts[:10]), generator + feed))
    extra = "<generator>https://wordpress.org/?v=6.5</generator>"
    for number, path in enumerate(["/feed/", "/feed/?paged=2", "/feed/?paged=3"]):
        site.page(path, rss(posts[number * 10 : number * 10 + 10], extra), XML)
    site.page("/wp-json/wp/v2/posts?" + API_QUERY, '{"code":"rest_forbidden"}', JSON)

    done = crawl(site)

    assert sorted(done.candidates()) == sorted(posts)
    assert "/feed/?paged=4" in done.paths
    assert not [fetch for fetch in done.fetches if fetch.purpose == "listing"]


def test_a_post_that_looks_like_a_listing_is_kept_where_the_api_says_post() -> None:
    posts = ["/category/news/on-maps/", "/2020/", "/search/maps/", "/archives/2019"]
    done = crawl(wordpress(posts, "/wp-json/", "?"))
    assert sorted(done.candidates()) == sorted([*posts, "/about/"])


def blogger_feed(posts: list[str], total: int) -> str:
    entries = "".join(
        f"<entry><title type='text'>On {path}</title><published>2020-05-05T10:00:00.000+02:00"
        f"</published><category scheme='x' term='Maps'/><author><name>Ada</name></author>"
        f"<link rel='replies' href='{ORIGIN}/feeds/1/comments/default'/>"
        f"<link rel='alternate' type='text/html' href='{ORIGIN}{path}'/></entry>"
        for path in posts
    )
    return (
        "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom' "
        "xmlns:openSearch='http://a9.com/-/spec/opensearchrss/1.0/'>"
        f"<openSearch:totalResults>{total}</openSearch:totalResults>{entries}</feed>"
    )


def test_blogger_is_paged_by_start_index() -> None:
    posts = [f"/2020/05/on-{number}.html" for number in range(7)]
    site = with_posts(FakeSite(), [*posts, "/p/about.html"])
    head = "<meta content='blogger' name='generator'>"
    older = '<a href="/search?updated-max=2020-01-01T00:00:00&amp;max-results=7">Older</a>'
    labels = '<a href="/search/label/Maps">Maps</a>'
    site.page("/", html(list_of(posts[:2]) + older + labels, head))
    base = "/feeds/posts/summary?max-results=150&start-index="
    for start in (1, 4, 7):
        site.page(f"{base}{start}", blogger_feed(posts[start - 1 : start + 2], 7), XML)
    pages = "/feeds/pages/summary?max-results=150&start-index=1"
    site.page(pages, blogger_feed(["/p/about.html"], 1), XML)

    done = crawl(site)

    assert sorted(done.candidates()) == sorted([*posts, "/p/about.html"])
    assert done.plan.declared_total == ("blogger", 7)
    hints = done.plan.discovery(ORIGIN + posts[6]).hints
    assert (hints.kind, hints.title, hints.authors) == ("post", f"On {posts[6]}", ("Ada",))
    assert hints.published == datetime(2020, 5, 5, 8, tzinfo=UTC)
    assert not [path for path in done.paths if path.startswith("/search")]


def test_blogger_with_closed_feeds_is_walked_by_its_older_posts_links() -> None:
    posts = [f"/2020/05/on-{number}.html" for number in range(9)]
    site = with_posts(FakeSite(), posts)
    head = "<meta content='blogger' name='generator'>"
    paths = [
        "/",
        "/search?updated-max=2020-03&max-results=3",
        "/search?updated-max=2020-01&start=6",
    ]
    for number, path in enumerate(paths):
        older = f'<a href="{paths[number + 1]}">Older posts</a>' if number < 2 else ""
        site.page(path, html(list_of(posts[number * 3 : number * 3 + 3]) + older, head))

    assert sorted(crawl(site).candidates()) == sorted(posts)


def test_ghost_is_read_through_its_post_and_page_sitemaps() -> None:
    posts = [f"/on-{number}/" for number in range(8)]
    site = with_posts(FakeSite(), [*posts, "/about/"])
    site.page("/", html(list_of(posts[:3]), '<meta name="generator" content="Ghost 5.130">'))
    names = ["pages", "posts", "authors", "tags"]
    index = sitemap_index([f"/sitemap-{name}.xml" for name in names])
    site.page("/sitemap.xml", index, XML)
    site.page("/sitemap-posts.xml", sitemap(posts), XML)
    site.page("/sitemap-pages.xml", sitemap(["/", "/about/"]), XML)

    done = crawl(site)

    assert sorted(done.candidates()) == sorted([*posts, "/about/"])
    assert methods(done, "/on-7/") == ("ghost",)
    assert done.plan.discovery(f"{ORIGIN}/about/").hints.kind == "page"
    assert "/sitemap-tags.xml" not in done.paths


def test_substack_is_paged_until_its_archive_is_empty() -> None:
    posts = [f"/p/on-{number}" for number in range(5)]
    site = with_posts(FakeSite(), posts)
    site.page("/", html(list_of(posts[:2]), '<script src="https://substackcdn.com/a.js"></script>'))
    items = [
        {"canonical_url": ORIGIN + path, "title": path, "post_date": "2020-05-05T10:00:00.000Z",
         "publishedBylines": [{"name": "Ada"}], "postTags": [{"name": "maps"}]}
        for path in posts
    ]  # fmt: skip
    for offset, part in ((0, items[:3]), (3, items[3:]), (5, [])):
        query = f"sort=new&search=&offset={offset}&limit=50"
        if offset:
            query = f"sort=new&search=&limit=50&offset={offset}"
        site.page(f"/api/v1/archive?{query}", json.dumps(part), JSON)

    done = crawl(site)

    assert sorted(done.candidates()) == sorted(posts)
    assert done.plan.discovery(ORIGIN + posts[4]).hints.authors == ("Ada",)
    assert methods(done, posts[4]) == ("substack",)


def test_tumblr_is_paged_by_its_total() -> None:
    posts = [f"/post/{number}/on-maps" for number in range(60)]
    site = with_posts(FakeSite(), posts)
    style = '<link rel="stylesheet" href="https://assets.tumblr.com/a.css">'
    site.page("/", html(list_of(posts[:2]) + '<a href="/page/2">next</a>', style))
    for start in (0, 50):
        part = [
            {"url-with-slug": ORIGIN + path, "unix-timestamp": 1588672800, "tags": ["maps"]}
            for path in posts[start : start + 50]
        ]
        body = json.dumps({"posts-start": start, "posts-total": 60, "posts": part})
        script = f"var tumblr_api_read = {body};"
        site.page(f"/api/read/json?num=50&start={start}", script, "text/javascript")

    done = crawl(site)

    assert sorted(done.candidates()) == sorted(posts)
    assert done.plan.declared_total == ("tumblr", 60)
    assert done.plan.discovery(ORIGIN + posts[0]).hints.tags == ("maps",)
    assert "/page/2" not in done.paths


def test_squarespace_is_read_in_its_json_form() -> None:
    posts = [f"/blog/on-{number}" for number in range(5)]
    site = with_posts(FakeSite(), posts)
    head = '<link rel="preconnect" href="https://images.squarespace-cdn.com">'
    site.page("/", html('<nav><a href="/blog">Blog</a></nav>', head))
    site.page("/blog", html(list_of(posts[:3])))
    site.page("/?format=json", json.dumps({"website": {}, "collection": {}}), JSON)
    items = [
        {"fullUrl": path, "title": path, "publishOn": 1588672800000, "updatedOn": 1588672800000,
         "author": {"displayName": "Ada"}, "tags": ["maps"]}
        for path in posts
    ]  # fmt: skip
    first = {"items": items[:3], "pagination": {"nextPage": True, "nextPageOffset": 1588}}
    site.page("/blog?format=json", json.dumps({**first, "collection": {"itemCount": 5}}), JSON)
    site.page("/blog?format=json&offset=1588", json.dumps({"items": items[3:]}), JSON)

    done = crawl(site)

    assert set(posts) <= set(done.candidates())
    assert done.plan.declared_total == ("squarespace", 5)
    assert done.plan.discovery(ORIGIN + posts[4]).hints.published == datetime(
        2020, 5, 5, 10, tzinfo=UTC
    )


def test_squarespace_with_its_json_closed_is_read_through_its_sitemap() -> None:
    posts = [f"/blog/on-{number}" for number in range(5)]
    site = with_posts(FakeSite(), posts)
    head = '<link rel="preconnect" href="https://images.squarespace-cdn.com">'
    site.page("/", html("Welcome", head))
    site.page("/sitemap.xml", sitemap(["/", "/blog", *posts]), XML)

    assert set(posts) <= set(crawl(site).candidates())


def test_medium_is_read_through_feed_and_sitemap() -> None:
    posts = [f"/on-maps-{number}f2a9c" for number in range(5)]
    site = with_posts(FakeSite(), posts)
    site.page("/", html(list_of(posts[:2]), '<meta name="generator" content="Medium">'))
    site.page("/feed", rss([f"{path}?source=rss----1f2e" for path in posts[:2]]), XML)
    site.page("/robots.txt", f"Sitemap: {ORIGIN}/sitemap/sitemap.xml", "text/plain")
    site.page("/sitemap/sitemap.xml", sitemap_index(["/sitemap/posts/2020.xml"]), XML)
    site.page("/sitemap/posts/2020.xml", sitemap(posts), XML)

    done = crawl(site)

    assert sorted(done.candidates()) == sorted(posts)
    assert methods(done, posts[0]) == ("listing", "medium", "sitemap")


def test_an_api_that_answers_nonsense_is_passed_over() -> None:
    posts = [f"/on-{number}/" for number in range(5)]
    heads = [
        '<link rel="https://api.w.org/" href="/wp-json/">',
        "<meta content='blogger' name='generator'>",
        '<script src="https://substackcdn.com/a.js"></script>',
        '<link rel="stylesheet" href="https://assets.tumblr.com/a.css">',
        '<link rel="preconnect" href="https://images.squarespace-cdn.com">',
        '<meta name="generator" content="Medium">',
    ]
    nonsense = [
        '[1, null, {}, {"link": 7}, {"canonical_url": []}]', "{}", "[[[", '{"posts": [{"url": 1}]}',
        '{"items": [null, {"fullUrl": 3}]}', "[" * 100_000, "null", "<feed", "\x00",
    ]  # fmt: skip
    for head in heads:
        for body in nonsense:
            site = with_posts(FakeSite(), posts)
            site.page("/", html(list_of(posts), head))
            site.fallback = lambda path, body=body: body if path.startswith(NONSENSE) else None
            assert set(posts) <= set(crawl(site).candidates()), (head, body[:40])

"""What a page's links are taken for."""

from __future__ import annotations

from scraper.discovery import Answer
from scraper.discovery.links import Page, listing_links, post_links, read_page
from scraper.discovery.listing_addresses import is_hub, series_of


def page(body: str, url: str = "https://example.org/", **headers: str) -> Page:
    sent = {"content-type": "text/html", **headers}
    found = read_page(Answer(url=url, status=200, headers=sent, body=body.encode()))
    assert found is not None
    return found


def test_headings_and_permanent_links_are_entries_and_menus_are_not() -> None:
    body = (
        '<nav><h2><a href="/about/">About</a></h2></nav><article><header><h2><a href="/a/">A</a>'
        '</h2></header><p><a href="/mentioned/">text</a></article><a rel="bookmark" href="/b/">b'
        '</a><a href="/c/"><h3>C</h3></a><footer><h3><a href="/terms/">Terms</a></h3></footer>'
        '<aside><h3><a href="/recent/">Recent</a></h3></aside>'
    )
    urls = [link.url for link in post_links(page(body))]
    assert urls == [f"https://example.org/{name}/" for name in "abc"]


def test_a_plain_list_of_links_is_a_list_of_entries() -> None:
    body = '<div role="navigation"><a href="/about/">x</a></div><ul><li><a href="a/">A</a></ul>'
    (link,) = post_links(page(body, "https://example.org/blog/"))
    assert link.url == "https://example.org/blog/a/"


def test_links_are_resolved_against_the_declared_base() -> None:
    found = page('<head><base href="/deep/"></head><h2><a href="a/#top">A</a></h2>')
    assert [link.url for link in post_links(found)] == ["https://example.org/deep/a/"]


def test_links_that_lead_nowhere_are_left_out() -> None:
    body = "".join(
        f'<a href="{reference}">x</a>'
        for reference in ("mailto:a@b.c", "javascript:void(0)", "tel:1", "", "http://[", "data:,x")
    )
    assert page(body).links == ()


def test_feeds_are_announced_in_the_head_and_those_of_comments_are_left_out() -> None:
    kinds = ["rss+xml", "atom+xml", "feed+json", "pdf"]
    head = "".join(
        f'<link rel="alternate" type="application/{kind}" href="/{number}">'
        for number, kind in enumerate(kinds)
    )
    head += '<link rel="ALTERNATE" type="application/rss+xml" href="/comments/feed/">'
    feeds = page(f"<head>{head}</head><body></body>").feeds()
    assert feeds == [f"https://example.org/{number}" for number in range(3)]


def test_relations_in_the_http_header_count() -> None:
    found = page("<p>x</p>", link='</wp-json/>; rel="https://api.w.org/", <?page=2>; rel=next')
    assert found.heads_of("https://api.w.org/") == ["https://example.org/wp-json/"]
    assert listing_links(found) == ["https://example.org/?page=2"]


def test_the_next_page_comes_before_numbers_and_other_listings_are_left_out() -> None:
    body = (
        '<div class="pagination"><a href="/page/9/">9</a><a href="/page/3/">3</a>'
        '<a class="next" href="/page/2/" rel="next">next</a></div><a href="/tag/maps/page/2/">t</a>'
    )
    assert listing_links(page(body)) == [f"https://example.org/page/{n}/" for n in (2, 3, 9)]


def test_pages_of_one_listing_are_one_series() -> None:
    paths = ["/", "/page/2/", "/page3", "/4/", "?page=5", "/index6.html"]
    found = [series_of(f"https://example.org/blog{path}") for path in paths]
    assert found == [("https://example.org/blog", n) for n in (None, 2, 3, 4, 5, 6)]


def test_deep_names_are_no_places_where_posts_are_listed() -> None:
    assert is_hub("https://example.org/blog/archive.html")
    assert not is_hub("https://example.org/2020/05/writing/")

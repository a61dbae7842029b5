"""The pages that comments are split over, by their addresses and by where their links stand."""

from __future__ import annotations

import pytest

from archive.extraction.comment_pages import MAX_COMMENT_PAGES, find_comment_pages
from archive.extraction.continuations import find_continuations
from archive.extraction.tree.parsing import parse_html

POST = "https://blog.example/2024/soup/"
PLAIN = "https://blog.example/?p=12"


def page(links: str, *, ids: str = "") -> bytes:
    return f"<article><h1>Soup</h1><p>Text.</p></article>{ids}{links}".encode()


def among_comments(*links: str) -> str:
    return f'<section id="comments"><nav>{"".join(links)}</nav></section>'


def a(address: str, rel: str = "") -> str:
    return f'<a href="{address}" rel="{rel}">x</a>'


@pytest.mark.parametrize(
    ("url", "links", "pages"),
    [
        pytest.param(POST, a("comment-page-1/#comments"), ["comment-page-1/"], id="wordpress"),
        pytest.param(
            POST, a("comment-page-3/#comments"),
            ["comment-page-1/", "comment-page-2/", "comment-page-3/"], id="gaps",
        ),
        pytest.param(
            PLAIN, a("/?p=12&cpage=2#comments") + a("/?p=13&cpage=1#comments"),
            ["?p=12&cpage=1", "?p=12&cpage=2"], id="plain-permalinks",
        ),
        pytest.param(
            POST, a("?commentPage=2#comments"), ["?commentPage=1", "?commentPage=2"], id="blogger"
        ),
        pytest.param(
            POST, among_comments(a("?page=1"), a("?page=2")), ["?page=1", "?page=2"], id="drupal"
        ),
        pytest.param(POST, among_comments(a("?page=3")), ["?page=3"], id="numbered"),
        pytest.param(
            POST, among_comments(a("?cursor=b7", "next")), ["?cursor=b7"], id="rel-next"
        ),
        pytest.param(POST, a("/2024/stew/comment-page-1/#comments"), [], id="of-another-post"),
        pytest.param(
            POST, a("https://other.example/2024/soup/comment-page-1/"), [], id="elsewhere"
        ),
        pytest.param(POST, among_comments(a("?replytocom=12#respond")), [], id="reply-button"),
        pytest.param(POST, among_comments(a("/2024/stew/", "next")), [], id="next-post"),
        pytest.param(POST, a("?page=2") + a("?cursor=b7", "next"), [], id="outside-the-comments"),
        pytest.param(POST, a(f"comment-page-{MAX_COMMENT_PAGES + 1}/"), [], id="endless"),
        pytest.param("https://blog.example/", a("comment-page-1/"), [], id="home-page"),
    ],
)  # fmt: skip
def test_pages_of_comments(url: str, links: str, pages: list[str]) -> None:
    root = POST if url == POST else "https://blog.example/"
    found = find_comment_pages(parse_html(page(links)), url)
    assert found.others == tuple(root + address for address in pages)


def test_the_page_that_is_shown_is_not_asked_for_again() -> None:
    links = a("comment-page-3/#comment-77") + a("comment-page-2/#comments")
    found = find_comment_pages(parse_html(page(links, ids='<p id="comment-77"></p>')), POST)
    assert found.others == (f"{POST}comment-page-1/", f"{POST}comment-page-2/")
    assert found.shown == (f"{POST}comment-page-3/",)


def test_a_link_to_a_comment_that_is_not_here_tells_nothing_of_this_page() -> None:
    links = a("comment-page-2/#comments") + a("comment-page-2/#comment-99")
    found = find_comment_pages(parse_html(page(links, ids='<p id="comment-7"></p>')), POST)
    assert found.others == (f"{POST}comment-page-1/", f"{POST}comment-page-2/")


def test_a_page_without_a_number_shows_the_first() -> None:
    links = a(f"{POST}#comment-7") + a("comment-page-2/#comments")
    found = find_comment_pages(parse_html(page(links, ids='<p id="comment-7"></p>')), POST)
    assert found.others == (f"{POST}comment-page-2/",)


def test_pages_of_comments_are_no_pages_of_the_post() -> None:
    tree = parse_html(page(among_comments(a("?page=2"), a("?page=3")) + a("2/#comments")))
    assert find_continuations(tree, POST) == []
    assert find_continuations(parse_html(page(a("?page=2"))), POST) == [f"{POST}?page=2"]


@pytest.mark.parametrize(
    ("links", "pages"),
    [
        (a("comment-page-1/"), ["comment-page-1/"]),
        (f"<div class=nav-previous>{a('comment-page-2/')}</div>",
         ["comment-page-1/", "comment-page-2/"]),
        (a("comment-page-2/", "prev"), ["comment-page-1/", "comment-page-2/"]),
    ],
    ids=["to-the-first", "to-the-previous", "rel-prev"],
)  # fmt: skip
def test_post_that_shows_its_last_page_leads_to_all_before(links: str, pages: list[str]) -> None:
    remark = '<li id="comment-9"><a href="#comment-9">at noon</a></li>'
    found = find_comment_pages(parse_html(page(links, ids=remark)), POST)
    assert found.others == tuple(POST + address for address in pages)
    assert found.shown == ()

"""Posts, lists and other pages are told apart from the page alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.extraction import extract
from archive.extraction.page_types.page_type import Ground
from archive.records import Hints, PageType

SENTENCE = "Nobody in the village could say who had put the bench there, or when it was done. "
PARAGRAPH = f"<p>{SENTENCE * 3}</p>"
TEASERS = "".join(
    f"<div><h3><a href='/{slug}/'>{slug}</a></h3><p>{SENTENCE}</p></div>"
    for slug in ("maps", "keys", "soup", "rain")
)


def kind(body: str, path: str = "/bench/", head: str = "", hints: Hints | None = None) -> PageType:
    page = f"<html><head><title>The bench</title>{head}</head><body>{body}</body></html>"
    return extract(page.encode(), f"https://blog.example{path}", hints=hints).page_type


def post(length: int = 10, beside: str = "") -> str:
    return f"<main><h1>The bench</h1>{beside}{PARAGRAPH * length}</main>"


@pytest.mark.parametrize(
    ("body", "head"),
    [
        pytest.param(post(1, "<time datetime='2024-05-04'>4 May</time>"), "", id="short, dated"),
        pytest.param(
            f"<article><h1>The bench</h1><div class='post-content'>{PARAGRAPH * 5}</div></article>",
            '<meta property="og:type" content="article"><meta name="author" content="Ada Moreau">',
            id="marked, undated",
        ),
        pytest.param(
            post(3, "<p class='byline'>By <a rel='author'>Ada Moreau</a></p>"),
            '<meta property="og:type" content="article">',
            id="signed, undated",
        ),
        pytest.param(
            post(12),
            '<script type="application/ld+json">{"@type": "BlogPosting"}</script>',
            id="declared, undated",
        ),
        pytest.param(
            "<div><h1>The bench</h1><time datetime='2024-05-04'>4 May</time>"
            f"{PARAGRAPH * 10}</div>{TEASERS}",
            "",
            id="no marks, other posts below",
        ),
    ],
)
def test_posts(body: str, head: str) -> None:
    assert kind(body, head=head) is PageType.ARTICLE


@pytest.mark.parametrize(
    "head",
    [
        "",
        '<meta property="og:type" content="product">',
        '<script type="application/ld+json">{"@type": "ContactPage"}</script>',
    ],
)
def test_a_short_page_without_date_is_no_post(head: str) -> None:
    assert kind(post(2), head=head) is PageType.PAGE


def test_a_thread_of_a_forum_is_no_post() -> None:
    thread = '<script type="application/ld+json">{"@type": "DiscussionForumPosting"}</script>'
    assert kind(post(3, "<time datetime='2024-05-04'>4 May</time>"), head=thread) is PageType.PAGE


def test_teasers_make_a_list() -> None:
    assert kind(f"<main><h1>The Slipway</h1>{TEASERS}</main>") is PageType.LISTING


@pytest.mark.parametrize("path", ["/posts/1234/", "/1234/", "/p/3021/"])
def test_a_number_is_no_year(path: str) -> None:
    body = post(2, "<time datetime='2024-05-04'>4 May</time>")
    assert kind(body, path) is PageType.ARTICLE


def test_a_post_at_the_address_of_a_year_is_a_post_where_it_says_so() -> None:
    body = post(10, "<time datetime='2024-05-04'>4 May</time>")
    head = '<meta property="article:published_time" content="2024-05-04">'
    assert kind(body, "/2019/", head) is PageType.ARTICLE
    assert kind(body, "/2019/", head, Hints(kind="listing")) is PageType.ARTICLE
    assert kind(f"<main>{TEASERS}</main>", "/2019/") is PageType.LISTING


def test_what_lists_say_is_stronger_than_the_page() -> None:
    assert kind(post(2), hints=Hints(kind="post")) is PageType.ARTICLE
    dated = post(10, "<time datetime='2024-05-04'>4 May</time>")
    assert kind(dated, hints=Hints(kind="page")) is PageType.PAGE


def test_a_dated_head_over_an_entry_is_of_a_post_however_little_it_says() -> None:
    head = "<h1>The bench</h1><p><time datetime='2024-05-04'>4 May</time></p>"
    foot = "<p>The Slipway, a blog</p>"
    links = "".join(f"<li><a href='https://other.example/{n}'>{n}</a></li>" for n in range(9))
    assert kind(f"<article>{head}<div><ul>{links}</ul></div></article>") is PageType.ARTICLE
    menu = "<div><img src='/menu.png'></div>"
    assert kind(f"<article>{head}{menu}</article>{foot}") is PageType.ARTICLE


def test_on_a_blog_it_takes_less_to_be_a_post() -> None:
    body = f"<article><h1>The bench</h1>{PARAGRAPH * 4}</article>"
    head = '<meta property="og:type" content="article">'
    assert kind(body, "/bench/", head) is PageType.PAGE
    assert kind(body, "/bench/", head, Hints()) is PageType.ARTICLE
    assert kind(f"<main>{TEASERS}</main>", "/tag/bench/", "", Hints()) is PageType.LISTING


@pytest.mark.parametrize(
    ("html", "hints", "ground"),
    [
        ("<body class='single-post postid-7'><p>Rain.</p>", None, "body-class"),
        ("<body><main><h1>Bench</h1><p>Rain.</p></main>", Hints(kind="page"), "hint"),
        ("<article><h1>A</h1><time>2024-05-04</time><p>Rain.</p></article>", None, "dated-head"),
        ("<body><main><h1>Bench</h1><p>Rain.</p></main>", None, "model"),
        (f"<body><main>{TEASERS}</main>", None, "list"),
        ("<body><main></main>", None, "no-text"),
        ("%PDF-1.7", None, "bytes"),
    ],
)
def test_what_decided_is_said(html: str, hints: Hints | None, ground: str) -> None:
    found = extract(html.encode(), "https://blog.example/bench/", hints=hints)
    (source,) = [source for source in found.sources if source.field == "page_type"]
    assert (source.name, source.confidence) == (ground, found.confidence)


def test_all_that_may_decide_is_documented() -> None:
    reference = Path("docs/reference/records.md").read_text(encoding="utf-8")
    assert [ground for ground in Ground if f"| `{ground}` |" not in reference] == []

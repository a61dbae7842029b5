"""What feeds and API answers say of the text of posts."""

from __future__ import annotations

import json

import pytest

from archive.feeds import iter_stated_texts

BASE = "https://blog.example/feed/"
POST = "https://blog.example/a-new-lamp/"
WHOLE = "<p>The lamp is lit.</p><p>The boats are home.</p>"
RSS = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Spit</title>'
    "<item><title>A new lamp</title><link>{link}</link>{body}</item></channel></rss>"
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>Spit</title><entry><title>A new lamp</title>'
    '<link href="/a-new-lamp/"/>{body}</entry></feed>'
)


def stated(body: str | object) -> list[tuple[str, str, str, bool]]:
    text = body if isinstance(body, str) else json.dumps(body)
    found = iter_stated_texts(text.encode(), BASE)
    return [(entry.url, entry.kind, entry.body, entry.is_whole) for entry in found]


@pytest.mark.parametrize(
    ("body", "text", "is_whole"),
    [
        pytest.param(
            f"<description>Lit.</description><content:encoded><![CDATA[{WHOLE}]]></content:encoded>",
            WHOLE,
            True,
            id="content-encoded",
        ),
        pytest.param("<description>The lamp &amp;hellip;</description>", "The lamp &hellip;", False,
                     id="description-alone"),
    ],
)  # fmt: skip
def test_rss(body: str, text: str, is_whole: bool) -> None:
    assert stated(RSS.format(link=POST, body=body)) == [(POST, "feed", text, is_whole)]


@pytest.mark.parametrize(
    ("body", "text", "is_whole"),
    [
        pytest.param(f"<content type='html'><![CDATA[{WHOLE}]]></content>", WHOLE, True, id="html"),
        pytest.param(
            f"<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>{WHOLE}</div></content>",
            WHOLE,
            True,
            id="xhtml",
        ),
        pytest.param(
            "<content type='text'>a &lt; b\n\nb &lt; c</content>",
            "<p>a &lt; b</p><p>b &lt; c</p>",
            True,
            id="text",
        ),
        pytest.param("<summary type='html'>Lit.</summary>", "Lit.", False, id="summary-alone"),
    ],
)
def test_atom(body: str, text: str, is_whole: bool) -> None:
    ((url, kind, found, whole),) = stated(ATOM.format(body=body))
    assert (url, kind, whole) == (POST, "feed", is_whole)
    assert found == text


def test_json_feed() -> None:
    items = [
        {"url": POST, "content_html": WHOLE},
        {"url": "/b/", "content_text": "one\ntwo"},
        {"url": "/c/", "summary": "short"},
        {"content_html": "<p>no address</p>"},
        "no item",
    ]
    assert stated({"version": "https://jsonfeed.org/version/1.1", "items": items}) == [
        (POST, "feed", WHOLE, True),
        ("https://blog.example/b/", "feed", "<p>one</p><p>two</p>", True),
        ("https://blog.example/c/", "feed", "<p>short</p>", False),
    ]


def test_wordpress_api() -> None:
    posts = [
        {"link": POST, "title": {"rendered": "A new lamp"}, "content": {"rendered": WHOLE}},
        {"link": f"{POST}b/", "content": {"rendered": WHOLE, "protected": True}},
        {"link": f"{POST}c/", "title": {"rendered": "asked for without its content"}},
    ]
    assert stated(posts) == [(POST, "wordpress", WHOLE, True)]


def test_the_feed_of_comments_says_nothing_of_posts() -> None:
    body = f"<content:encoded><![CDATA[{WHOLE}]]></content:encoded>"
    assert stated(RSS.format(link=f"{POST}#comment-7", body=body)) == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="object-cut-off"),
        pytest.param("[1, 2]", id="numbers"),
        pytest.param('{"version": 1, "items": 2}', id="odd-values"),
        pytest.param("[" * 100_000, id="deep"),
        pytest.param("<html><p>Home", id="page"),
        pytest.param("<rss", id="feed-cut-off"),
        pytest.param("User-agent: *", id="robots"),
        pytest.param(RSS.format(link="javascript:alert(1)", body="<description>x"), id="script"),
        pytest.param(RSS.format(link="http://[::1", body="<description>x"), id="broken-link"),
    ],
)
def test_what_is_no_feed_says_nothing(body: str) -> None:
    assert stated(body) == []

"""The one door: hints, rights, kinds of answers, posts in several parts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from archive.errors import ExtractionError
from archive.extraction import EXTRACTOR, extract, extract_parts
from archive.extraction.tree.parsing import MAX_HTML_BYTES
from archive.records import Extraction, Hints, PageType, Source

URL = "https://blog.example/soup/"


def post(text: str, *, head: str = "", beside: str = "", after: str = "") -> bytes:
    return (
        f"<html><head><title>Soup</title>{head}</head><body><article><h1>Soup</h1>{beside}"
        f'<div class="entry-content">{text}</div></article>{after}</body></html>'
    ).encode()


def block(body: bytes, *headers: str) -> bytes:
    head = "\r\n".join(("HTTP/1.1 200 OK", "Content-Type: text/html; charset=utf-8", *headers))
    return head.encode() + b"\r\n\r\n" + body


def comment(name: str, text: str, inner: str = "") -> str:
    return (
        f'<li class="comment" id="comment-{sum(map(ord, text))}"><b class="fn">{name}</b>'
        f'<div class="comment-content"><p>{text}</p></div>{inner}</li>'
    )


def test_parts_are_joined_and_their_comments_united() -> None:
    answer = comment("Bea", "second", f"<ol>{comment('Cem', 'third')}</ol>")
    blocks = [
        block(post("<p>One.</p>", after=f'<a href="2/">2</a><ol>{comment("Ada", "first")}</ol>')),
        block(post("<p>Two.</p>", after=f"<ol>{comment('Ada', 'first')}{answer}</ol>")),
    ]
    found = extract_parts(blocks, URL)
    assert found.main_text == "One.\n\nTwo."
    threads = [(c.author, c.parent) for c in found.comments]
    assert threads == [("Ada", None), ("Bea", None), ("Cem", 1)]


def test_a_page_of_comments_adds_comments_and_repeats_no_text() -> None:
    blocks = [
        block(post("<p>One.</p>", after=f"<ol>{comment('Bea', 'newer')}</ol>")),
        block(post("<p>One.</p>", after=f"<ol>{comment('Ada', 'older')}</ol>")),
    ]
    found = extract_parts(blocks, URL)
    assert found.main_text == "One."
    assert [c.author for c in found.comments] == ["Bea", "Ada"]


def test_rights_are_kept_as_sent() -> None:
    head = '<meta name="robots" content="noai, noimageai"><meta name="tdm-reservation" content="1">'
    answer = block(
        post("<p>One.</p>", head=head),
        "X-Robots-Tag: noarchive",
        "X-Robots-Tag: googlebot: noindex",
        "TDM-Policy: https://blog.example/policy.json",
    )
    assert extract_parts([answer], URL).rights == (
        "x-robots-tag: noarchive, googlebot: noindex",
        "tdm-policy: https://blog.example/policy.json",
        "robots: noai, noimageai",
        "tdm-reservation: 1",
    )


def test_hints_give_the_time_where_the_page_gives_the_day() -> None:
    tehran = timezone(timedelta(hours=3, minutes=30))
    moment = datetime(2020, 11, 7, 0, 12, tzinfo=tehran)
    page = post("<p>One.</p>", beside='<p class="posted-on">November 7, 2020</p>')
    assert extract(page, URL, hints=Hints(published=moment)).published == moment
    other = Hints(published=datetime(2021, 5, 5, tzinfo=UTC))
    assert extract(page, URL, hints=other).published == datetime(2020, 11, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2021-03-04T10:15:00+02:00", "2021-03-04"),
        ("Thu, 04 Mar 2021 10:15:00 +0000", "2021-03-04"),
        ("4 mars 2021", "2021-03-04"),
        ("4. März 2021", "2021-03-04"),
        ("4 de marzo de 2021", "2021-03-04"),
        ("4 марта 2021", "2021-03-04"),
        ("2021年3月4日", "2021-03-04"),
        ("March 4th, 2021", "2021-03-04"),
        ("13/04/2021", "2021-04-13"),
        ("03/04/2021", None),
        ("31 June 2021", None),
        ("0000-00-00", None),
        ("tomorrow", None),
    ],
)
def test_dates_beside_the_title(value: str, day: str | None) -> None:
    found = extract(post("<p>One.</p>", beside=f'<p class="posted-on">{value}</p>'), URL)
    assert (found.published and found.published.date().isoformat()) == day


def test_a_modified_date_is_not_the_published_one() -> None:
    beside = '<time class="updated" datetime="2022-01-01">1 January 2022</time>'
    found = extract(post("<p>One.</p>", beside=beside), URL)
    assert (found.published, found.modified) == (None, datetime(2022, 1, 1, tzinfo=UTC))


def test_a_date_in_the_text_is_not_the_date_of_the_post() -> None:
    text = f"<p>{'We met for the first time on a cold and rainy day in the old town. ' * 2}</p>"
    found = extract(post(f'{text}<p>It was <time datetime="1999-05-05">then</time>.</p>'), URL)
    assert found.published is None


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        ('<a rel="author" href="/a/">Ada Moreau</a>', ("Ada Moreau",)),
        ('<p class="byline">By Ada Moreau and Bo Lind</p>', ("Ada Moreau", "Bo Lind")),
        ('<a rel="author" href="/a/">admin</a>', ()),
        ('<p class="author">https://blog.example/author/4</p>', ()),
        (
            '<h2 class="author-title">By Ada Moreau</h2>'
            '<a rel="author">View every post of Ada Moreau</a>',
            ("Ada Moreau",),
        ),
        ('<i class="vcard author"><b class="fn">J. R. Okafor</b> (editor)</i>', ("J. R. Okafor",)),
    ],
)
def test_authors_are_people(byline: str, authors: tuple[str, ...]) -> None:
    assert extract(post("<p>One.</p>", beside=byline), URL).authors == authors


@pytest.mark.parametrize(
    ("title_element", "og_title", "heading", "title"),
    [
        ("Soup – The Ladle", None, "Soup", "Soup"),
        ("The Ladle: Soup", "Soup | The Ladle", "Soup", "Soup"),
        ("Soup &lt;b&gt; now", "Soup &lt;b&gt; now", "Soup <b> now", "Soup <b> now"),
        ("The Ladle", "Soup | The Ladle", "", "Soup"),
    ],
)
def test_title_is_without_the_name_of_the_site(
    title_element: str, og_title: str | None, heading: str, title: str
) -> None:
    og = f'<meta property="og:title" content="{og_title}">' if og_title else ""
    page = (
        f'<html><head><title>{title_element}</title>{og}<meta property="og:site_name" '
        f'content="The Ladle"></head><body><h1><a href="/">The Ladle</a></h1><article>'
        f"<h2>{heading}</h2><p>Text.</p></article></body></html>"
    )
    assert extract(page.encode(), URL).title == title


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"%PDF-1.7 ...", "text/html"),
        (b"\x89PNG\r\n", "image/png"),
        (b'<?xml version="1.0"?><rss version="2.0"></rss>', "text/html"),
        (b'{"posts": []}', "application/json"),
    ],
)
def test_what_is_not_html_is_said_to_be_so(body: bytes, content_type: str) -> None:
    found = extract(body, URL, headers={"content-type": content_type})
    why = Source(field="page_type", name="bytes", confidence=1.0)
    assert found == Extraction(page_type=PageType.NOT_HTML, confidence=1.0, sources=(why,))


def test_page_without_text_or_picture_is_empty() -> None:
    assert extract(post(""), URL, hints=Hints(kind="post")).page_type is PageType.EMPTY


def test_login_form_beside_a_post_does_not_close_it() -> None:
    login = '<div class="login"><form><input type="password"></form></div>'
    found = extract(post("<p>One.</p>", after=login), URL, hints=Hints(kind="post"))
    assert (found.page_type, found.main_text) == (PageType.ARTICLE, "One.")


@pytest.mark.parametrize(
    ("declared", "text", "language"),
    [
        ("en", "The cat sat on the mat and was not at all sure that this was for the best.", "en"),
        (
            "en",
            "Der Hund und die Katze sind nicht auf dem Sofa, das ist für sie ein Haus. " * 2,
            "de",
        ),
        (
            "en-US",
            "Собака и кошка не на диване, а в саду, и это не то, что мы из дома видим.",
            "ru",
        ),
        ("en", "고양이는 소파 위에 있지 않고 정원에 있습니다. " * 4, "ko"),
        (None, "Short.", None),
        ("fr", "Court.", "fr"),
    ],
)
def test_language_is_that_of_the_text(
    declared: str | None, text: str, language: str | None
) -> None:
    page = post(f"<p>{text}</p>")
    if declared:
        page = page.replace(b"<html>", f'<html lang="{declared}">'.encode())
    assert extract(page, URL).language == language


def test_same_page_gives_the_same_extraction() -> None:
    page = post("<p>One.</p><ul><li>a</li></ul>", after=comment("Ada", "first"))
    assert extract(page, URL) == extract(page, URL)


def test_deeply_nested_page_is_extracted() -> None:
    deep = "<div>" * 3_000 + "<p>At the bottom.</p>" + "</div>" * 3_000
    assert "At the bottom." in extract(post(deep), URL).main_text


def test_huge_page_is_an_error_and_no_half_text() -> None:
    page = post("<p>One.</p>" + "<!-- data -->" * (MAX_HTML_BYTES // 13) + "<p>Two.</p>")
    with pytest.raises(ExtractionError, match=rf"the page has {len(page)} bytes, more than"):
        extract(page, URL)


def test_large_page_is_read_to_its_end() -> None:
    page = post("<p>One.</p>" + f"<!-- {'x' * 1_000_000} -->" * 10 + "<p>Two.</p>")
    assert extract(page, URL).main_text == "One.\n\nTwo."


def test_large_page_of_deep_elements_is_read_to_its_end() -> None:
    deep = "<div>" * 900 + "<p>Deep.</p>" + "</div>" * 900
    page = post(f"<p>One.</p>{deep}" + f"<!-- {'x' * 1_000_000} -->" * 10 + "<p>Two.</p>")
    assert extract(page, URL).main_text == "One.\n\nDeep.\n\nTwo."


def test_extractor_names_libraries_and_code() -> None:
    assert re.search(r"trafilatura \d+\.\d+.*sha256:[0-9a-f]{16}$", EXTRACTOR)


def test_heading_that_is_a_button_is_a_heading() -> None:
    question = "<h2 class=accordion-header><button>Is it lonely?</button></h2>"
    answer = "<div class=collapse><p>No, there are the birds, and ships that pass.</p></div>"
    copied = "<h2>Boats <button>Copy link</button></h2><p>There is one boat, and it is old.</p>"
    html = f"<article><h1>Questions</h1><p>{'Some words. ' * 20}</p>{question}{answer}{copied}"
    text = extract(f"<body>{html}</article>".encode(), "https://b.example/1").main_text
    assert "Is it lonely?\n\nNo, there are" in text
    assert "Boats\n\nThere is one" in text


def test_comment_in_an_article_of_its_own_is_not_the_post() -> None:
    post = "<div class=entry><h1>A</h1><div class=bd><p>The lamp is lit again.</p></div></div>"
    comment = "<article><header><span class=author>Jon</span></header><p>Well said.</p></article>"
    html = f"<title>A</title><body>{post}<section id=comments>{comment * 2}</section></body>"
    page = extract(html.encode(), "https://b.example/1")
    assert page.main_text == "The lamp is lit again."
    assert page.authors == ()

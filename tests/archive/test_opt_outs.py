"""What a page says of being archived, in whatever form it says it."""

from __future__ import annotations

import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.opt_outs import refusal_to_archive


def _answer(*headers: str, body: bytes = b"", content_type: str | None = "text/html") -> bytes:
    lines = ["HTTP/1.1 200 OK", *headers]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    "value",
    [
        "noarchive",
        "NoArchive",
        "noindex, noarchive",
        "noarchive, max-snippet:-1",
        "max-snippet:-1, noarchive",
        "unavailable_after: 25 Jun 2030 15:00:00 GMT, noarchive",
        "blog-archiver: noarchive",
        "Blog-Archiver : noindex, noarchive",
        "*: noarchive",
        "otherbot: nofollow, blog-archiver: noarchive",
    ],
)
def test_a_header_refuses(value: str) -> None:
    response = _answer(f"X-Robots-Tag: {value}", content_type="image/png")
    assert refusal_to_archive(response) == f"X-Robots-Tag: {value}"


def test_a_header_behind_interim_answers_refuses() -> None:
    response = b"HTTP/1.1 103 Early Hints\r\n\r\n" + _answer("X-Robots-Tag: noarchive")
    assert refusal_to_archive(response) == "X-Robots-Tag: noarchive"


@pytest.mark.parametrize(
    "value",
    [
        "noindex, nofollow",
        "none",
        "otherbot: noarchive",
        "otherbot: nofollow, noarchive",
        "blog-archiver: nofollow, otherbot: noarchive",
        "noarchive-images",
        "",
    ],
)
def test_a_header_that_says_something_else_or_to_others_does_not(value: str) -> None:
    assert refusal_to_archive(_answer(f"X-Robots-Tag: {value}")) is None


def test_the_second_of_two_headers_counts_too() -> None:
    response = _answer("X-Robots-Tag: otherbot: noindex", "x-robots-tag: noarchive")
    assert refusal_to_archive(response) == "X-Robots-Tag: noarchive"


@pytest.mark.parametrize(
    "tag",
    [
        '<meta name="robots" content="noarchive">',
        "<META CONTENT='index, NOARCHIVE' NAME='Robots'/>",
        "<meta name=robots content=noarchive>",
        '<meta\n  name = "robots"\n  content = " noarchive "\n>',
        '<meta name="blog-archiver" content="noarchive">',
        "<!-- a comment --><meta name=robots content='noarchive'><!-- another",
        "<script>if (a < b) {}</script><meta name=robots content=noarchive>",
    ],
)
def test_a_meta_tag_refuses(tag: str) -> None:
    assert refusal_to_archive(_answer(body=f"<html><head>{tag}</head>".encode())) is not None


@pytest.mark.parametrize(
    "markup",
    [
        '<!-- <meta name="robots" content="noarchive"> -->',
        '<!-- <meta name="robots" content="noarchive">',
        "<script>x = '<meta name=robots content=noarchive>'</script>",
        '<textarea><meta name="robots" content="noarchive"></textarea>',
        '<meta name="otherbot" content="noarchive">',
        '<meta name="robots" content="noindex">',
        '<meta name="description" content="noarchive">',
        '<meta name="robots">noarchive',
        '<meta content="noarchive">',
        "<p>Say noarchive: &lt;meta name=robots content=noarchive&gt;</p>",
    ],
)
def test_markup_that_is_no_such_tag_does_not(markup: str) -> None:
    assert refusal_to_archive(_answer(body=markup.encode())) is None


_PAGE = '<html><head><title>Ü</title><meta name="robots" content="noarchive"></head></html>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "utf-16-be"])
def test_the_encoding_of_the_page_does_not_matter(encoding: str) -> None:
    body = _PAGE.encode(encoding, "replace")
    assert refusal_to_archive(_answer(body=body)) == "meta robots: noarchive"


def test_a_compressed_chunked_body_is_read() -> None:
    body = gzip.compress(_PAGE.encode())
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    response = _answer("Content-Encoding: gzip", "Transfer-Encoding: chunked", body=chunks)
    assert refusal_to_archive(response) == "meta robots: noarchive"


@pytest.mark.parametrize(
    "content_type", [None, "TEXT/HTML; charset=utf-8", "application/xhtml+xml"]
)
def test_what_browsers_take_for_a_page_is_searched(content_type: str | None) -> None:
    response = _answer(body=_PAGE.encode(), content_type=content_type)
    assert refusal_to_archive(response) == "meta robots: noarchive"


def test_the_source_of_a_page_shown_as_text_is_not() -> None:
    response = _answer(body=_PAGE.encode(), content_type="text/plain")
    assert refusal_to_archive(response) is None


@pytest.mark.parametrize(
    "piece", [b"<meta ", b"<!--", b"<script ", b"<meta name=" + b" " * 900 + b">", b"<title>"]
)
def test_a_page_made_to_be_slow_is_not(piece: bytes) -> None:
    body = b"noarchive" + piece * (2**20 // len(piece))
    began = time.process_time()
    assert refusal_to_archive(_answer(body=body)) is None
    assert time.process_time() - began < 2  # it takes some ms


_PIECES = st.sampled_from(
    [b"<meta ", b"name=", b"robots", b"content=", b"noarchive", b'"', b"'", b">", b"<!--", b"-->",
     b"X-Robots-Tag: ", b"\r\n", b"\r\n\r\n", b":", b",", b"Content-Encoding: gzip\r\n", b"\0"]
)  # fmt: skip


@given(st.lists(_PIECES | st.binary(max_size=20)))
def test_nothing_makes_it_fail(pieces: list[bytes]) -> None:
    junk = b"".join(pieces)
    for response in (junk, b"HTTP/1.1 200 OK\r\n" + junk, _answer(body=junk)):
        words = refusal_to_archive(response)
        assert words is None or "noarchive" in words.lower()

"""What a style sheet names, in all the spellings of CSS, and that no sheet is a trap."""

from __future__ import annotations

import time

import pytest

from scraper.requisites.css import MAX_CSS_LENGTH, decode_css, find_in_css
from scraper.requisites.references import MAX_REFERENCES

_BASE = "https://blog.example/theme/css/main.css"


def _named(css: str) -> list[str]:
    prefix = "https://blog.example/theme/"
    return [requisite.url.removeprefix(prefix) for requisite in find_in_css(css, _BASE)]


def _sheets(css: str) -> list[str]:
    return [found.url for found in find_in_css(css, "https://b.example/") if found.is_style]


@pytest.mark.parametrize(
    ("css", "named"),
    [
        ("a { background: url(../ford.png) }", ["ford.png"]),
        ("a { background: URL( '../ford.png' ) no-repeat, url(\"ferry.png\") }",
         ["ford.png", "css/ferry.png"]),
        ("a { background: \\75rl(ford.png) }", ["css/ford.png"]),
        ("a { background: url(for\\64.png) }", ["css/ford.png"]),
        ("a { background: url('the ford.png') }", ["css/the%20ford.png"]),
        ("a { background: url(ford.png?v=2#part) }", ["css/ford.png?v=2"]),
        ("a { --picture: url(ford.png) }", ["css/ford.png"]),
        ("@font-face { font-family: F; src: url(f.woff2) format('woff2'), url(f.ttf) }",
         ["css/f.woff2", "css/f.ttf"]),
        ("a { b: image-set('ford.png' 1x, url(2.png) 2x, 'f.avif' type('image/avif')) }",
         ["css/ford.png", "css/2.png", "css/f.avif"]),
        ("a { background: -webkit-image-set(url(ford.png) 1x) }", ["css/ford.png"]),
        ("@media (min-width: 9em) { @supports (a: b) { a { cursor: url(c.cur), auto } } }",
         ["css/c.cur"]),
        ("background: url(ford.png)", ["css/ford.png"]),
        # What only looks like a reference is none.
        ("/* url(ford.png) @import 'more.css'; */ a { color: red }", []),
        ("a { content: 'url(ford.png)' }", []),
        ("@namespace svg url(http://www.w3.org/2000/svg);", []),
        ("@namespace 'http://www.w3.org/1999/xhtml';", []),
        ("a { filter: url(#blur); background: url(data:image/png;base64,AAAA) }", []),
        ("a { background: url(); mask: url('') }", []),
        ("@font-face { font-family: 'ford.png' }", []),
        # What is broken is read as far as a browser reads it.
        ("a { background: url(a b) } c { background: url(ferry.png) }", ["css/ferry.png"]),
        ("a { background: url(ford.png", ["css/ford.png"]),
        ("a { background: url('ford.png", ["css/ford.png"]),
        ("}}} a { background: url(ford.png) }", ["css/ford.png"]),
        ("a { background: url('http://[') }", []),
    ],
)  # fmt: skip
def test_a_sheet_names_what_it_would_load(css: str, named: list[str]) -> None:
    assert _named(css) == named


@pytest.mark.parametrize(
    "css",
    [
        "@import 'more.css';",
        '@import "more.css" screen and (min-width: 9em);',
        "@import url(more.css);",
        "@IMPORT URL( 'more.css' ) layer(base) supports(display: grid);",
        "@charset 'utf-8'; @import 'more.css'; a { background: url(ford.png) }",
    ],
)
def test_an_import_is_a_style_sheet(css: str) -> None:
    assert _sheets(css) == ["https://b.example/more.css"]


def test_sheets_come_before_what_they_need() -> None:
    css = "a { background: url(ford.png) } @import 'more.css';"
    assert _named(css) == ["css/more.css", "css/ford.png"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("a{b:url(fähre.png)}".encode(), "text/css"),
        ("a{b:url(fähre.png)}".encode("latin-1"), "text/css; charset=ISO-8859-1"),
        ("@charset \"windows-1252\";a{b:url(fähre.png)}".encode("cp1252"), "text/css"),
        (b"\xef\xbb\xbf" + "a{b:url(fähre.png)}".encode(), "text/css; charset=latin-1"),
    ],
)  # fmt: skip
def test_the_encoding_is_that_which_a_browser_takes(body: bytes, content_type: str) -> None:
    text = decode_css(body, content_type)
    assert [found.url for found in find_in_css(text, _BASE)] == [
        "https://blog.example/theme/css/f%C3%A4hre.png"
    ]


@pytest.mark.parametrize(
    "css",
    [
        "a{b:url(x)}" + "a{b:url(x" * 200_000,
        "a{b:url(x)}" + "{(" * 1_000_000,
        "a{b:url(x)}" + "url(" * 1_000_000,
        "a{b:url(x)}" + "/*" * 1_000_000,
        "a{b:url(x)}" + "'\n" * 1_000_000,
        "a{b:url(x)}" + "\\" * 2_000_000,
        "a{b:url(x)}" + "c{d:e}" * 8_000_000,
        "a{b:url(x)}" + "c{src:url(data:font/woff2;base64," + "AAAA" * 4_000_000 + ")}",
    ],
    ids=["unclosed", "deep", "functions", "comments", "strings", "escapes", "long", "inline"],
)
def test_no_sheet_holds_the_crawl_up(css: str) -> None:
    began = time.process_time()
    assert _named(css) == ["css/x"]
    assert time.process_time() - began < 20


def test_a_sheet_that_names_without_end_is_cut() -> None:
    css = "".join(f"a{{b:url({number})}}" for number in range(100_000))
    found = find_in_css(css, _BASE)
    assert len(found) == MAX_REFERENCES
    assert found[0].url == "https://blog.example/theme/css/0"


def test_files_written_into_a_sheet_do_not_use_up_its_length() -> None:
    inline = "src: url(data:font/woff2;base64," + "A" * MAX_CSS_LENGTH + ");"
    assert _named(f"@font-face {{ {inline} }} a {{ background: url(ford.png) }}") == [
        "css/ford.png"
    ]

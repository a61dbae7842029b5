"""What a page names as its requisites."""

from __future__ import annotations

import time

import pytest

from archive.extraction.tree.parsing import parse_html
from scraper.requisites.html import find_in_html
from scraper.requisites.references import MAX_REFERENCES

_PAGE = "https://blog.example/2024/ford/"


def _named(markup: str, url: str = _PAGE) -> list[str]:
    found = find_in_html(parse_html(markup.encode()), url)
    return [requisite.url.removeprefix("https://blog.example/") for requisite in found]


@pytest.mark.parametrize(
    ("markup", "named"),
    [
        ("<img src='/ford.png'>", ["ford.png"]),
        ("<img src=ford.png srcset='ford-2.png 2x, /ford-3.png 3x' sizes=100vw>",
         ["2024/ford/ford.png", "2024/ford/ford-2.png", "ford-3.png"]),
        ("<picture><source srcset='/a.avif 1x' type=image/avif><img src=/a.png></picture>",
         ["a.avif", "a.png"]),
        ("<video poster=/still.jpg src=/film.mp4><source src=/film.webm></video>", ["still.jpg"]),
        ("<input type=image src=/go.png><input type=text src=/no.png>", ["go.png"]),
        ("<script src=/a.js></script><script>var b = '/b.js'</script>", ["a.js"]),
        ("<table background=/t.png><tr><td background=/d.png>x</table>", ["t.png", "d.png"]),
        ("<p style=\"background: url('/ford.png')\">x</p>", ["ford.png"]),
        ("<style>@import '/a.css'; p { mask: url(/ford.png) }</style>", ["a.css", "ford.png"]),
        ("<svg><image href=/a.png /><image xlink:href=/b.png /><use href='/s.svg#arrow'/></svg>",
         ["a.png", "b.png", "s.svg"]),
        ("<object data=/map.svg></object><embed src=/map type=image/svg+xml>", ["map.svg", "map"]),
        ("<object data=/report.pdf type=application/pdf></object>", []),
        ("<noscript><img src=/ford.png></noscript>", ["ford.png"]),
        ("<img src='data:image/gif;base64,R0lG'><img src='#'><img src=''><img src=' '>", []),
        ("<img src='mailto:a@b.example'><img src='file:///etc/hosts'><img src='http://['>", []),
        ("<iframe src=/frame.html></iframe><a href=/large.png>x</a><audio src=/a.mp3></audio>", []),
        ("<img src='/ford.png#a'><img src='/ford.png#b'>", ["ford.png"]),
        ("<img src='/die fähre.png'>", ["die%20f%C3%A4hre.png"]),
    ],
)  # fmt: skip
def test_elements_and_attributes(markup: str, named: list[str]) -> None:
    assert _named(markup) == named


@pytest.mark.parametrize(
    ("link", "is_named"),
    [
        ("rel=stylesheet", True),
        ("rel='alternate stylesheet'", True),
        ("rel=STYLESHEET media=print", True),
        ("rel='shortcut icon'", True),
        ("rel=apple-touch-icon sizes=180x180", True),
        ("rel=mask-icon", True),
        ("rel=manifest", True),
        ("rel=modulepreload", True),
        ("rel=preload as=font crossorigin", True),
        ("rel=preload as=style onload=\"this.rel='stylesheet'\"", True),
        ("rel=preload as=fetch", False),
        ("rel=prefetch", False),
        ("rel=dns-prefetch", False),
        ("rel=next", False),
        ("rel=canonical", False),
        ("rel='alternate' type=application/rss+xml", False),
        ("", False),
    ],
)
def test_links_that_a_page_looks_by(link: str, is_named: bool) -> None:
    assert _named(f"<head><link {link} href=/x></head>") == (["x"] if is_named else [])


def test_a_preloaded_image_set_is_taken_whole() -> None:
    link = "<link rel=preload as=image href=/a.png imagesrcset='/b.png 2x, /c.png 3x'>"
    assert _named(link) == ["a.png", "b.png", "c.png"]


@pytest.mark.parametrize(
    ("element", "named"),
    [
        ("<img src=/1.gif data-src=/ford.png>", ["1.gif", "ford.png"]),
        ("<img data-lazy-src=/ford>", ["ford"]),
        ("<img data-original='/ford.png?w=6'>", ["ford.png?w=6"]),
        ("<img data-srcset='/a.png 1x, /b.png 2x'>", ["a.png", "b.png"]),
        ("<img data-lazy-srcset='/a.png 1x, /b.png 2x'>", ["a.png", "b.png"]),
        ("<div data-bg=/ford.png>x</div>", ["ford.png"]),
        ("<div data-bg='url(/ford.png)'>x</div>", ["ford.png"]),
        ("<section data-background-image=/media/7>x</section>", ["media/7"]),
        ("<div data-image-src=/ford.webp>x</div>", ["ford.webp"]),
        ("<img realsrc=/ford.png>", ["ford.png"]),
        ("<amp-img src=/ford.png></amp-img>", ["ford.png"]),
        ("<link rel=stylesheet data-href=/late.css>", ["late.css"]),
        ("<script data-src=/late.js></script>", ["late.js"]),
        ("<a data-bg=/ford.png data-src=/large.png>x</a>", ["ford.png"]),
        # Not addresses of pictures:
        ("<div data-src=/fragment.html data-url=/share data-lazy=true>x</div>", []),
        ("<img data-image-title='The ford' data-image-meta='{\"a\": \"/b.png\"}'>", []),
        ("<img data-permalink=/ford/ data-lazy=1 data-src=none>", []),
        ("<iframe data-src=/player/7></iframe>", []),
        ("<div data-bg=dark data-background='#fff'>x</div>", []),
    ],
)
def test_what_a_script_would_put_in_place(element: str, named: list[str]) -> None:
    assert _named(element) == named


def test_the_base_of_the_page_counts() -> None:
    page = "<head><base href='/media/'></head><img src=a.png><p style='background:url(b.png)'>x"
    assert _named(page) == ["media/a.png", "media/b.png"]
    assert _named("<base href='http://['><img src=a.png>") == ["2024/ford/a.png"]


def test_style_sheets_come_first_and_each_address_once() -> None:
    page = (
        "<link rel=preload as=fetch href=/a.css><img src=/ford.png>"
        "<link rel=icon href=/ford.png><link rel=stylesheet href=/a.css>"
    )
    found = find_in_html(parse_html(page.encode()), _PAGE)
    assert [(requisite.url, requisite.is_style) for requisite in found] == [
        ("https://blog.example/a.css", True),
        ("https://blog.example/ford.png", False),
    ]


def test_a_page_that_names_without_end_is_cut_and_holds_nothing_up() -> None:
    markup = "".join(f"<img src=/{number} srcset='/{number}'>" for number in range(100_000))
    began = time.process_time()
    assert len(_named(markup)) == MAX_REFERENCES
    assert len(_named("<b style='background:url(x)'></b>" * 20_000)) == 1
    assert time.process_time() - began < 20

"""Titles that no h1 to h3 marks, and lines that look like a title and are none."""

import pytest

from archive.extraction import extract
from archive.records import Extraction, PageType

URL = "https://blog.example.org/notes/hedges"
SITE = "Field notes of the parish"
LOGO = f"<div><a href='/'>{SITE}</a></div>"
DATE = "<div>3 May 2021</div>"
TEXT = "<p>" + "Whoever lays a hedge has to wait ten years to see what came of it. " * 4 + "</p>"
ROW = f"<table><tr><td>{SITE}</td></tr><tr><td>On hedges</td></tr></table>"


def read(body: str, title: str = f"On hedges | {SITE}") -> Extraction:
    """Extract a page with a body and a declared title."""
    page = f"<html lang=en><head><title>{title}</title></head><body>{body}</body></html>"
    return extract(page.encode(), URL)


@pytest.mark.parametrize(
    "tag", ["h4", "h5", "h6", "div", "p", "b", "strong", "span", "font", "big", "center", "em"]
)
def test_title_in_any_element_heads_the_post(tag: str) -> None:
    page = read(f"{LOGO}<div><{tag}>On hedges</{tag}>{DATE}{TEXT}{TEXT}</div>")
    assert page.title == "On hedges"
    assert page.published is not None
    assert page.published.date().isoformat() == "2021-05-03"
    assert page.page_type is PageType.ARTICLE
    assert page.main_text.startswith("Whoever lays")


@pytest.mark.parametrize(
    "body",
    [
        f"<table><tr><td>{LOGO}</td><td><b>On hedges</b>{DATE}{TEXT}{TEXT}</td></tr></table>",
        f"{LOGO}{ROW}{DATE}{TEXT}{TEXT}",
        f"<b>{SITE}</b><div><b><font size=5>On hedges</font></b>{DATE}{TEXT}{TEXT}</div>",
        f"{LOGO}<p><a href='/'>Home</a> &gt; <b>On hedges</b></p>"
        f"<div><div>On <i>hedges</i></div>{DATE}{TEXT}{TEXT}</div>",
    ],
    ids=["bold-in-cell", "cell", "site-in-bold", "below-trail"],
)
def test_title_is_the_line_over_the_text(body: str) -> None:
    assert read(body).title == "On hedges"


def test_title_may_stand_behind_the_name_of_the_site() -> None:
    page = read(f"{LOGO}<div><b>On hedges</b>{DATE}{TEXT}</div>", f"{SITE}: On hedges")
    assert page.title == "On hedges"


@pytest.mark.parametrize(
    "body",
    [
        f"<div><b>{SITE}</b>{DATE}{TEXT}</div>",
        f"<nav><b>{SITE}</b></nav><ul><li><b>On hedges</b></li></ul><div>{TEXT}</div>",
        f"<div>{TEXT}<div><a href='/b'><b>On hedges</b></a></div>{TEXT}</div>",
        f"<div>{TEXT}<p>I wrote <b>On hedges</b> in a barn.</p>{TEXT}</div>",
        f"<div>{TEXT}</div><div>On hedges</div>",
    ],
    ids=["site", "item", "link", "sentence", "below-text"],
)
def test_other_lines_are_no_titles(body: str) -> None:
    assert read(body).title == f"On hedges | {SITE}"


def test_a_proper_heading_comes_first() -> None:
    page = read(f"<div><b>On hedges | {SITE}</b></div><h2>On hedges</h2>{DATE}{TEXT}")
    assert page.title == "On hedges"

"""A page eight times as long costs about eight times as much, whatever it is made of."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from archive.extraction import extract
from archive.extraction.tree.parsing import parse_html

pytestmark = pytest.mark.alone

FACTOR = 8
MOST = 1.8 * FACTOR
COUNTED_S = 0.004  # what costs less is measured too badly to be a base
CHANCES = 3

PROSE = "<p>A sentence that says a little, and then goes on for a while so that it is prose.</p>"
COMMENT = (
    '<li class="comment" id="comment-{n}"><div class="comment-body"><b class="fn">Ann {n}</b>'
    '<div class="comment-content"><p>text {n}</p></div></div>{inner}</li>'
)


def numbered(unit: str) -> Callable[[int], str]:
    return lambda count: "".join(unit.replace("{n}", str(n)) for n in range(count))


def threads(count: int) -> str:
    """Threads of comments, ten deep."""
    thread = ""
    for n in range(10):
        thread = COMMENT.format(n=n, inner=f"<ol class='children'>{thread}</ol>" if thread else "")
    return f'<div id="comments"><ol class="comment-list">{thread * (count // 10)}</ol></div>'


BODIES: dict[str, tuple[int, Callable[[int], str]]] = {
    "paragraphs": (500, lambda count: PROSE * count),
    "divisions": (500, numbered('<div class="c{n} d{n}">words of it {n}</div>')),
    "chain of divisions": (1_000, lambda count: "<div>" * count + PROSE),
    "towers of divisions": (5, lambda count: ("<div>" * 200 + PROSE + "</div>" * 200) * count),
    "open bold": (400, lambda count: "<p>word <b>bold " * count),
    "articles": (300, numbered(f'<article><h2><a href="/{{n}}">T {{n}}</a></h2>{PROSE}</article>')),
    "links": (400, numbered('<a href="/p/{n}">link {n}</a> ')),
    "links in a list": (300, numbered('<li><a href="/p/{n}">link {n}</a></li>')),
    "tags and authors": (
        300, numbered('<a rel="tag" href="/t/{n}">t{n}</a><a rel="author" href="/a/{n}">A {n}</a>'),
    ),
    "headings": (200, numbered(f"<h2>Heading {{n}}</h2>{PROSE}")),
    "first headings": (200, numbered("<h1>Heading {n}</h1>")),
    "cells": (400, lambda count: "<table>" + "<tr><td>a<td>b</tr>" * count + "</table>"),
    "tables": (100, lambda count: "<table><tr><td>a<td>b</table>" * count),
    "items": (500, lambda count: "<ul>" + "<li>item of a list" * count + "</ul>"),
    "terms": (200, lambda count: "<dl>" + "<dt>term<dd>what it is" * count + "</dl>"),
    "comments": (100, lambda count: f'<ol class="comment-list">{numbered(COMMENT)(count)}</ol>'),
    "threads": (100, threads),
    "breaks": (1_000, lambda count: "line of a poem<br>" * count),
    "double breaks": (500, lambda count: "line of a text<br><br>" * count),
    "empty elements": (500, lambda count: "<i></i><div></div>" * count),
    "pictures": (200, numbered("<figure><img src=a><figcaption>Picture {n}</figcaption></figure>")),
    "footnotes": (200, numbered('<sup><a href="#f{n}">{n}</a></sup><li id="f{n}">Note {n}</li>')),
    "dates": (200, numbered('<time datetime="2020-01-02">2 Jan 2020</time><p>3 May 2021</p>')),
    "bylines": (200, numbered('<p class="byline author">By Ann Lee {n}</p>')),
    "boxes": (200, lambda count: ("<aside class=related><a href=/>x</a></aside>" + PROSE) * count),
    "forms": (200, lambda count: "<form><input><button>Go</button></form>" * count),
    "custom elements": (200, numbered("<x-{n}>words in it {n}</x-{n}>")),
    "numbers": (8_000, lambda count: '<span class="date">' + "12 " * count + "</span>"),
    "classes": (8_000, lambda count: f'<div class="{"comment- " * count}">{PROSE}</div>'),
    "bare text": (4_000, lambda count: "word and more. " * count),
    "JSON-LD": (
        500, numbered('<script type="application/ld+json">{"@type": "BlogPosting"}</script>'),
    ),
}  # fmt: skip


def page_of(body: str, title: str = "A post") -> bytes:
    head = f"<html><head><title>{title}</title></head><body><header><a href='/'>Home</a></header>"
    return f"{head}<main><h1>A post</h1><p>{body}</main></body></html>".encode()


def seconds(action: Callable[[bytes], object], page: bytes) -> float:
    begun = time.process_time()
    action(page)
    return time.process_time() - begun


def read(page: bytes) -> None:
    extract(page, "https://blog.example/2020/01/a-post/")


def grows_no_faster_than_the_page(
    small: bytes, large: bytes, action: Callable[[bytes], object] = read
) -> bool:
    """Measure until it is so; a busy machine gets a second and a third chance."""
    action(page_of(PROSE))  # imports
    base = max(seconds(action, small), COUNTED_S)
    return any(seconds(action, large) <= MOST * base for _ in range(CHANCES))


@pytest.mark.parametrize("kind", BODIES)
def test_cost_grows_with_the_length_of_the_page(kind: str) -> None:
    count, body = BODIES[kind]
    assert grows_no_faster_than_the_page(page_of(body(count)), page_of(body(FACTOR * count)))


def test_cost_grows_with_the_length_of_the_title() -> None:
    small, large = (page_of(PROSE, "Word | and - " * count) for count in (200, FACTOR * 200))
    assert grows_no_faster_than_the_page(small, large)


@pytest.mark.parametrize("unit", ["<div>", "<b>x</b><p>", "<table><tr><td>", "</div><", "&amp;<!-"])
def test_parsing_grows_with_the_length_of_the_page(unit: str) -> None:
    small, large = unit.encode() * 3_000, unit.encode() * (FACTOR * 3_000)
    assert grows_no_faster_than_the_page(small, large, parse_html)

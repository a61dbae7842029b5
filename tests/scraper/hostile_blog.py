"""A blog that does everything a blog can do to a crawler, beside five honest posts."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from tests.blog_server import ReceivedRequest, Route, Wait, html, redirect, respond
from tests.blog_server.server import Step

POSTS = ("tides", "lamps", "ferries", "ropes", "charts")
CYRILLIC = "Маяк стоит на скале, и свет его виден за двадцать миль от берега в ясную ночь."
_BROKEN = ("loop-a", "away", "local", "huge", "slow", "bomb")
_MEGABYTE = 1024**2
_SENTENCE = "The harbour master writes about {} and how the town has lived with them for years. "


def routes() -> dict[str, Route]:
    """Give the routes of the hostile blog."""
    pages: dict[str, Route] = {f"/{slug}/": _post(slug) for slug in POSTS}
    return pages | {
        "/": html(_home(), title="Harbour Log"),
        "/robots.txt": html(_home(), title="Harbour Log"),  # not a robots.txt, whatever its name
        "/sitemap.xml": _xml(_ENTITY_BOMB),
        "/feed.xml": _xml(_FEED),
        "/maps/bomb.xml.gz": respond(_packed_zeros(), content_type="application/gzip"),
        "/page": html(_home()),
        "/loop-a/": redirect("/loop-b/"),
        "/loop-b/": redirect("/loop-a/"),
        "/away/": redirect("http://elsewhere.example/"),
        "/local/": redirect("file:///etc/hostname"),
        "/huge/": _huge,
        "/slow/": _slow,
        "/bomb/": _gzip_bomb(),
        "/mislabelled/": _mislabelled(),
        "/nul/": _page("Knots", _SENTENCE.format("kno\0ts") * 5),
        "*": _trap,
    }


def _home() -> str:
    posts = "".join(
        f'<article><h2><a href="/{slug}/">{slug.title()}</a></h2><p>On {slug}.</p></article>'
        for slug in (*POSTS, "mislabelled", "nul", *_BROKEN)
    )
    sessions = "".join(f'<a href="/tides/?PHPSESSID={n:032x}">Tides</a>' for n in range(20))
    return (
        '<link rel="sitemap" href="/maps/bomb.xml.gz">'
        '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
        f"<main>{posts}</main><nav>{sessions}"
        '<a href="/calendar/2024/01/">January</a>'
        '<a rel="next" href="/page/2/">Older posts</a></nav>'
    )


def _page(title: str, text: str) -> bytes:
    return html(
        f"<article><h1>{title}</h1><time datetime='2024-03-01'>1 March 2024</time>"
        f"<div class='entry-content'><p>{text}</p></div></article>",
        title=title,
    )


def _post(slug: str) -> bytes:
    return _page(slug.title(), _SENTENCE.format(slug) * 8)


def _xml(text: str) -> bytes:
    return respond(text.encode(), content_type="application/xml")


def _trap(request: ReceivedRequest) -> bytes:
    """A calendar and a pagination without end: every page leads to the next one."""
    parts = request.path.strip("/").split("/")
    if parts[0] == "calendar" and len(parts) == 3:
        number = int(parts[1]) * 12 + int(parts[2])
        target = f"/calendar/{number // 12}/{number % 12 + 1:02d}/"
        return html(f'<table><tr><td><a href="{target}">next month</a></td></tr></table>')
    if parts[0] == "page" and int(parts[1]) < 10_000:
        return html(_home().replace("/page/2/", f"/page/{int(parts[1]) + 1}/"))
    return respond(b"nothing here", content_type="text/plain", status="404 Not Found")


def _huge(request: ReceivedRequest) -> Iterator[Step]:
    """One gigabyte, announced as such."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1073741824\r\n\r\n"
    for _ in range(1024):
        yield b" " * _MEGABYTE


def _slow(request: ReceivedRequest) -> Iterator[Step]:
    """A body that never ends and never stops."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n"
    for _ in range(100_000):
        yield b"."
        yield Wait(0.05)


def _gzip_bomb() -> bytes:
    """A gigabyte of nothing in a megabyte: a thousand gzip members of a megabyte each."""
    body = gzip.compress(b"\0" * _MEGABYTE) * 1024
    return respond(body, "Content-Encoding: gzip")


def _packed_zeros() -> bytes:
    """A hundred megabytes of nothing as a packed sitemap, which no Content-Encoding announces."""
    packer = zlib.compressobj(wbits=31)
    return b"".join([*(packer.compress(bytes(_MEGABYTE)) for _ in range(100)), packer.flush()])


def _mislabelled() -> bytes:
    """Windows-1251, declared as UTF-8 in the header and as Latin-1 in the page."""
    text = (
        "<html><head><title>Маяк</title><meta charset='iso-8859-1'></head><body><article>"
        f"<h1>Маяк</h1><div class='entry-content'><p>{CYRILLIC * 5}</p></div>"
        "</article></body></html>"
    )
    return respond(text.encode("cp1251"), content_type="text/html; charset=utf-8")


_ENTITY_BOMB = (
    '<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10))
    + ']><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    "<url><loc>/&k;</loc></url></urlset>"
)
_FEED = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Log</title>'
    "<item><title>Tides</title><link>/tides/</link>"
    "<pubDate>the day after the storm</pubDate></item>"
    "<item><title>Lamps</title><link>/lamps/</link><pubDate>Thu, 31 Feb 2024 99:00</pubDate></item>"
    "</channel></rss>"
)

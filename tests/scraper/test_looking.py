"""`scrapy look`: what it says of a blog, and how little it asks for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.blog_server import BlogServer, ReceivedRequest, Route, redirect, respond
from tests.scraper.crawl import Ended, command, run
from tests.scraper.small_blog import small_blog

_QUICK = {
    "ALLOW_PRIVATE_NETWORKS": "True",
    "AUTOTHROTTLE_ENABLED": "False",
    "DOWNLOAD_DELAY": "0",
    "RETRY_TIMES": "0",
}
_ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Slipway &amp; Shed</title>
<link href="/notes/"/>{}</feed>"""
_ENTRY = (
    "<entry><title>{0}</title><link href='/notes/{0}/'/>"
    "<published>2024-03-{0}T10:00:00Z</published></entry>"
)


def _feed(*days: str) -> bytes:
    entries = "".join(map(_ENTRY.format, days))
    return respond(_ATOM.format(entries).encode(), content_type="application/atom+xml")


def _home(head: str) -> bytes:
    page = f"<!doctype html><html><head><title>Slipway</title>{head}</head><body></body></html>"
    return respond(page.encode())


def _look(url: str, tmp_path: Path, *words: str, **settings: str) -> Ended:
    ended = run(command("look", url, *words, settings={**_QUICK, **settings}), cwd=tmp_path)
    assert "Traceback" not in ended.errors, ended.errors[-3000:]
    assert list(tmp_path.iterdir()) == []
    return ended


def _seen(url: str, tmp_path: Path, **settings: str) -> dict[str, Any]:
    ended = _look(url, tmp_path, "--json", **settings)
    assert (ended.status, ended.errors) == (0, "") or "CONTACT" in ended.errors
    seen: dict[str, Any] = json.loads(ended.output)
    return seen


def test_a_blog_tells_what_it_is_and_is_asked_for_no_post(tmp_path: Path) -> None:
    head = (
        '<meta name="generator" content="Hugo 0.120.4"><link rel="alternate" '
        'type="application/atom+xml" href="/feed.xml"><meta property="og:site_name" content="Shed">'
    )
    robots = respond(b"User-agent: *\nCrawl-delay: 0.01\n", content_type="text/plain")
    routes = {**small_blog("01", "08", "15"), "/": _home(head), "/robots.txt": robots}
    with BlogServer({**routes, "/feed.xml": _feed("15", "08", "01")}) as server:
        seen = _seen(server.url(), tmp_path)
        asked = [request.path for request in server.requests]
        assert seen["seed"] == server.url()
        assert seen["feeds"] == [server.url("/feed.xml")]
    assert sorted(asked) == ["/", "/feed.xml", "/robots.txt", "/sitemap.xml"]
    assert seen["request_count"] == 4
    assert (seen["title"], seen["platform"]) == ("Shed", "hugo")
    assert [date[:10] for date in seen["dates"]] == ["2024-03-15", "2024-03-08", "2024-03-01"]
    assert seen["crawl_delay_s"] == 0.01
    assert [asked["taken_for"] for asked in seen["lists"]] == ["robots.txt", "feed", "sitemap"]


def test_the_first_page_of_an_api_is_enough(tmp_path: Path) -> None:
    def posts(request: ReceivedRequest) -> bytes:
        base = f"http://{request.header('Host')}"
        rows = [
            {"link": f"{base}/post-{n}/", "date_gmt": f"2024-01-{n:02}T00:00:00",
             "date": f"2024-01-{n:02}T00:00:00", "title": {"rendered": f"Post {n}"}}
            for n in range(1, 29)
        ]  # fmt: skip
        totals = ("X-WP-Total: 1200", "X-WP-TotalPages: 12")
        body = json.dumps(rows).encode()
        return respond(body, *totals, content_type="application/json")

    head = '<link rel="https://api.w.org/" href="/wp-json/">'
    with BlogServer({"/": _home(head), "/wp-json/wp/v2/posts": posts}) as server:
        ended = _look(server.url(), tmp_path)
        assert len(server.requests) <= 8
        assert not [request for request in server.requests if "page=2" in request.path]
    lines = dict(line.split(maxsplit=1) for line in ended.output.splitlines())
    assert (lines["platform"], lines["posts"]) == ("wordpress", "1,200 posts")
    assert lines["rhythm"] == "about 7 posts a week, the last on 2024-01-28"


@pytest.mark.parametrize(
    ("asked", "seed"),
    [("/old/", "/old/"), ("/feed.xml", "/notes/"), ("/away/", "/notes/")],
    ids=["redirect on the same site", "feed", "redirect to another site"],
)
def test_the_seed_is_where_the_blog_is(tmp_path: Path, asked: str, seed: str) -> None:
    with BlogServer({"/notes/": _home("")}) as other:
        moved: dict[str, Route] = {
            "/old/": redirect("/notes/"),
            "/notes/": _home(""),
            "/feed.xml": _feed("01"),
            "/away/": redirect(other.url("/notes/")),
        }
        with BlogServer(moved) as server:
            seen = _seen(server.url(asked), tmp_path)
            home = other if asked == "/away/" else server
            assert seen["seed"] == home.url(seed)
            if asked == "/feed.xml":
                assert seen["title"] == "Slipway & Shed"


@pytest.mark.parametrize(
    ("routes", "reason"),
    [
        ({"/": respond(b"", status="503 Busy")}, "HTTP 503: "),
        (
            {
                "/": respond(b"<p>"),
                "/robots.txt": respond(b"User-agent: *\nDisallow: /", content_type="text/plain"),
            },
            "robots.txt does not allow it",
        ),
    ],
    ids=["busy", "forbidden"],
)
def test_a_blog_that_cannot_be_crawled_is_one_line(
    tmp_path: Path, routes: dict[str, Route], reason: str
) -> None:
    with BlogServer(routes) as server:
        ended = _look(server.url(), tmp_path, CONTACT="mailto:me@example.org")
        assert len(server.requests) < 15
    assert (ended.status, ended.output) == (1, "")
    (line,) = ended.errors.splitlines()
    assert line.startswith(f"scrapy look: {reason}")


@pytest.mark.parametrize("path", ["/robots.txt", "/"])
def test_a_blog_that_asks_for_a_pause_says_so_at_once(tmp_path: Path, path: str) -> None:
    pause = respond(b"", "Retry-After: 3600", status="429 Busy")
    with BlogServer({**small_blog("01"), path: pause}) as server:
        patient = {"RETRY_TIMES": "1", "DOWNLOAD_DELAY": "1", "CONTACT": "mailto:me@example.org"}
        ended = _look(server.url(), tmp_path, **patient)
        assert len(server.requests_for(path)) == 1
    assert (ended.status, ended.output) == (1, "")
    assert ended.errors == (
        "scrapy look: HTTP 429: it asks to be left alone for 3,600 s; "
        "look again then, or take it unseen by `archive new --no-look`\n"
    )


def test_a_blog_whose_list_asks_for_a_pause_tells_what_was_seen(tmp_path: Path) -> None:
    pause = respond(b"", "Retry-After: 3600", status="503 Busy")
    link = '<link rel="alternate" type="application/atom+xml" href="/feed.xml">'
    with BlogServer({"/": _home(link), "/feed.xml": pause}) as server:
        seen = _seen(server.url(), tmp_path)
        assert (seen["title"], seen["feeds"]) == ("Slipway", [server.url("/feed.xml")])
        assert len(server.requests_for("/feed.xml")) == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["ftp://x/"], "'ftp://x/' is not a web address; say for example https://example.org/"),
        (["x.example", "-s", "DOWNLOAD_DELAY=x"], "DOWNLOAD_DELAY=x is not 0 or a number above 0"),
    ],
    ids=["no web address", "bad setting"],
)
def test_what_cannot_be_used_is_one_line(tmp_path: Path, words: list[str], line: str) -> None:
    ended = run(command("look", *words), cwd=tmp_path)
    assert ended.status == 2
    assert ended.errors.startswith(f"scrapy look: {line}")
    assert ended.errors.count("\n") == 1

"""What a collection has already is not asked for again, and what has not changed is not sent."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from archive.collection import Collection
from archive.records import Capture
from archive.warc.captures import iter_stored_captures
from tests.blog_server import (
    CUT,
    BlogServer,
    ReceivedRequest,
    Route,
    chunked,
    html,
    redirect,
    respond,
)
from tests.scraper.recorded_crawl import Get, Outcome, crawl

_TEXT = "<p>The lamps were carried down to the water.</p>" * 20
_ETAG, _DATE = 'W/"a-1"', "Fri, 01 Mar 2024 10:00:00 GMT"
_META = {"role": "page", "dont_redirect": True}
_NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\nX-Again: yes\r\n\r\n"
_PAGE = html(_TEXT, f"ETag: {_ETAG}", f"Last-Modified: {_DATE}")


@dataclass
class _Blog:
    """A server, and a collection that is crawled into."""

    server: BlogServer
    path: Path
    settings: dict[str, Any] = field(default_factory=dict)

    def crawl(self, *names: str, **meta: Any) -> dict[str, Outcome]:
        """Ask for some paths; gives their outcomes."""
        settings = {
            "COLLECTION": str(self.path),
            "DOWNLOADER_MIDDLEWARES": {"scraper.archived_answers.ArchivedAnswers": 745},
            **self.settings,
        }
        gets = [Get(name, self.server.url(f"/{name}"), meta=_META | meta) for name in names]
        return crawl(gets, settings)

    def asked(self, name: str) -> list[ReceivedRequest]:
        return self.server.requests_for(f"/{name}")

    def interrupt(self) -> None:
        """Have the last crawl look like one that was told to stop."""
        self._write("UPDATE crawls SET reason = 'shutdown'")

    def make_older(self, days: float) -> None:
        """Have all captures look older, in the catalogue."""
        self._write(
            "UPDATE captures SET date = strftime('%Y-%m-%dT%H:%M:%S+00:00', date, ?)",
            f"-{days} days",
        )

    def captures(self) -> list[Capture]:
        files = sorted(Collection.open(self.path).warc_dir.iterdir())
        return [stored.capture for file in files for stored in iter_stored_captures(file)]

    def _write(self, statement: str, *parameters: object) -> None:
        catalogue = sqlite3.connect(self.path / "catalogue.sqlite")
        with catalogue:
            catalogue.execute(statement, parameters)
        catalogue.close()


@pytest.fixture
def blog(tmp_path: Path) -> Iterator[_Blog]:
    with BlogServer() as server:
        yield _Blog(server, tmp_path / "c")


def _unless_conditional(page: bytes, answer: Route = _NOT_MODIFIED) -> Callable[..., Any]:
    """Give a page, and something else to whoever asks whether it has changed."""

    def answer_request(request: ReceivedRequest) -> Route:
        conditional = request.header("If-None-Match") or request.header("If-Modified-Since")
        return answer if conditional else page

    return answer_request


class TestConditionalRequests:
    def test_what_has_not_changed_is_read_from_the_archive(self, blog: _Blog) -> None:
        coded = gzip.compress(_PAGE.partition(b"\r\n\r\n")[2])
        page = chunked([coded[:99], coded[99:]], f"ETag: {_ETAG}", "Content-Encoding: gzip")
        blog.server.routes["/a"] = _unless_conditional(page)
        first = blog.crawl("a", revalidate=True)["a"]
        again = blog.crawl("a", revalidate=True)["a"]
        assert [request.header("If-None-Match") for request in blog.asked("a")] == [None, _ETAG]
        assert (again.status, again.body) == (200, first.body)
        assert again.flags == ["archived"]
        original, revisit = blog.captures()
        assert again.capture == revisit.record_id
        assert (revisit.record_type, revisit.refers_to) == ("revisit", original.record_id)

    def test_conditions_are_the_validators_as_sent(self, blog: _Blog) -> None:
        blog.server.routes |= {
            "/both": _PAGE,
            "/date": html(_TEXT, "Last-Modified: last week"),
            "/none": html(_TEXT),
            "/odd": html(_TEXT, "ETag: no quotes \xe9"),
            "/long": html(_TEXT, f"ETag: {'x' * 5000}"),
        }
        names = ("both", "date", "none", "odd", "long")
        blog.crawl(*names, revalidate=True)
        blog.crawl(*names, revalidate=True)
        conditions = {
            name: (again.header("If-None-Match"), again.header("If-Modified-Since"))
            for name in names
            for _, again in [blog.asked(name)]
        }
        assert conditions == {
            "both": (_ETAG, _DATE),
            "date": (None, "last week"),
            "none": (None, None),
            "odd": ("no quotes \xe9", None),
            "long": (None, None),
        }

    def test_only_where_it_is_wanted(self, blog: _Blog) -> None:
        blog.server.routes["/a"] = _PAGE
        blog.crawl("a")
        blog.crawl("a")
        assert [request.header("If-None-Match") for request in blog.asked("a")] == [None, None]

    def test_a_crawl_of_its_own_refers_to_no_other(self, blog: _Blog) -> None:
        blog.settings = {"DEDUPLICATE": "crawl"}
        blog.server.routes["/a"] = _PAGE
        blog.crawl("a", revalidate=True)
        blog.crawl("a", revalidate=True)
        assert blog.asked("a")[-1].header("If-None-Match") is None

    def test_the_last_answer_counts(self, blog: _Blog) -> None:
        blog.server.routes["/a"] = _PAGE
        blog.crawl("a")
        blog.server.routes["/a"] = html(_TEXT, 'ETag: "new"')  # the same payload: a revisit
        blog.crawl("a")
        blog.server.routes["/a"] = _unless_conditional(_PAGE)
        again = blog.crawl("a", revalidate=True)["a"]
        assert blog.asked("a")[-1].header("If-None-Match") == '"new"'
        first, second, third = blog.captures()
        assert (second.refers_to, third.refers_to) == (first.record_id, first.record_id)
        assert again.body == _PAGE.partition(b"\r\n\r\n")[2]

    def test_a_changed_page_is_captured_as_ever(self, blog: _Blog) -> None:
        blog.server.routes["/a"] = _PAGE
        blog.crawl("a")
        blog.server.routes["/a"] = _unless_conditional(_PAGE, html("<p>Changed.</p>"))
        again = blog.crawl("a", revalidate=True)["a"]
        assert b"Changed." in again.body
        assert [capture.record_type for capture in blog.captures()] == ["response", "response"]

    def test_no_conditions_where_the_answer_cannot_be_read(self, blog: _Blog) -> None:
        blog.server.routes["/a"] = _unless_conditional(_PAGE)
        blog.crawl("a")
        (file,) = Collection.open(blog.path).warc_dir.iterdir()
        file.rename(blog.path / "moved.warc.gz")
        again = blog.crawl("a", revalidate=True)["a"]
        assert blog.asked("a")[-1].header("If-None-Match") is None
        assert again.status == 200

    def test_no_conditions_after_an_answer_that_was_cut_off(self, blog: _Blog) -> None:
        blog.server.routes["/a"] = [_PAGE[:-50], CUT]
        blog.crawl("a")
        blog.crawl("a", revalidate=True)
        assert blog.asked("a")[-1].header("If-None-Match") is None

    def test_a_304_that_nobody_asked_for_is_asked_about_once(self, blog: _Blog) -> None:
        blog.server.routes["/always"] = _NOT_MODIFIED
        answers = iter([_NOT_MODIFIED, _PAGE])
        blog.server.routes["/once"] = lambda request: next(answers)
        outcomes = blog.crawl("always", "once")
        assert outcomes["always"].status == 304
        assert len(blog.asked("always")) == 2
        assert outcomes["once"].status == 200
        assert len(blog.captures()) == 4  # all that crossed the wire


class TestInterruptedCrawls:
    def test_what_it_captured_is_given_and_not_asked_for(self, blog: _Blog) -> None:
        blog.server.routes |= {
            "/chunked": chunked([b"<p>One", b" and two</p>"]),
            "/coded": respond(gzip.compress(b"<p>Three</p>"), "Content-Encoding: gzip"),
            "/moved": redirect("/chunked"),
            "/empty": respond(status="204 No Content"),
        }
        names = ("chunked", "coded", "moved", "empty", "missing")
        first = blog.crawl(*names)
        blog.interrupt()
        written = blog.captures()
        again = blog.crawl(*names)
        assert all(len(blog.asked(name)) == 1 for name in names)
        assert {name: (seen.status, seen.body) for name, seen in again.items()} == {
            name: (seen.status, seen.body) for name, seen in first.items()
        }
        assert {seen.capture for seen in again.values()} == {each.record_id for each in written}
        assert blog.captures() == written

    def test_what_was_no_final_answer_is_asked_for(self, blog: _Blog) -> None:
        blog.server.routes |= {
            "/broken": respond(status="500 Internal Server Error"),
            "/later": respond(status="429 Too Many Requests"),
            "/late": respond(status="408 Request Timeout"),
            "/cut": [_PAGE[:-50], CUT],
        }
        names = ("broken", "later", "late", "cut")
        blog.crawl(*names)
        blog.interrupt()
        blog.server.routes = dict.fromkeys(blog.server.routes, _PAGE)
        again = blog.crawl(*names)
        assert {seen.status for seen in again.values()} == {200}
        assert all(len(blog.asked(name)) == 2 for name in names)

    def test_a_crawl_that_ended_is_over(self, blog: _Blog) -> None:
        blog.server.routes["/a"] = _PAGE
        blog.crawl("a")
        blog.crawl("a")
        assert len(blog.asked("a")) == 2

    @pytest.mark.parametrize(
        ("meta", "days", "count"),
        [
            ({"role": "source"}, 0.9, 1),
            ({"role": "source"}, 1.1, 2),
            ({"purpose": "listing"}, 1.1, 2),
            ({"purpose": "seed"}, 1.1, 2),
            ({"purpose": "candidate"}, 1.1, 1),
        ],
        ids=["list", "old-list", "old-listing", "old-seed", "old-post"],
    )
    def test_what_names_posts_is_asked_for_again_the_next_day(
        self, blog: _Blog, meta: dict[str, str], days: float, count: int
    ) -> None:
        blog.server.routes["/a"] = _PAGE
        blog.crawl("a", **meta)
        blog.interrupt()
        blog.make_older(days)
        blog.crawl("a", **meta)
        assert len(blog.asked("a")) == count

    def test_what_cannot_be_read_is_asked_for(self, blog: _Blog) -> None:
        blog.server.routes |= {"/a": _PAGE, "/b": html("<p>Another.</p>")}
        blog.crawl("a", "b")
        blog.interrupt()
        (file,) = Collection.open(blog.path).warc_dir.iterdir()
        of_a, of_b = blog.captures()
        damaged = bytearray(file.read_bytes())
        place = of_a.offset + of_a.length // 2
        damaged[place : place + 20] = bytes(20)
        file.write_bytes(damaged)
        again = blog.crawl("a", "b")
        assert (len(blog.asked("a")), len(blog.asked("b"))) == (2, 1)
        assert again["b"].capture == of_b.record_id

    def test_a_304_stands_for_the_answer_that_it_confirmed(self, blog: _Blog) -> None:
        blog.server.routes["/a"] = _unless_conditional(_PAGE)
        blog.crawl("a")
        blog.crawl("a", revalidate=True)
        blog.interrupt()
        again = blog.crawl("a", revalidate=True)["a"]
        assert len(blog.asked("a")) == 2
        assert (again.status, again.flags) == (200, ["archived"])
        assert again.capture == blog.captures()[-1].record_id

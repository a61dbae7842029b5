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
_AGAIN: dict[str, Any] = {"revalidate": True}
_NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\nX-Again: yes\r\n\r\n"
_PAGE = html(_TEXT, f"ETag: {_ETAG}", f"Last-Modified: {_DATE}")
_Twice = tuple["_Blog", dict[str, Outcome], dict[str, Outcome]]
_BODY = _PAGE.partition(b"\r\n\r\n")[2]


@dataclass
class _Blog:
    """A server, and a collection that is crawled into."""

    server: BlogServer
    path: Path
    settings: dict[str, Any] = field(default_factory=dict)

    def crawl(self, names: dict[str, dict[str, Any]]) -> dict[str, Outcome]:
        """Ask for paths, each with what its request's meta says; gives their outcomes."""
        settings = {
            "COLLECTION": str(self.path),
            "DOWNLOADER_MIDDLEWARES": {"scraper.archived_answers.ArchivedAnswers": 745},
            **self.settings,
        }
        usual = {"role": "page", "dont_redirect": True}
        gets = [
            Get(name, self.server.url(f"/{name}"), meta=usual | meta)
            for name, meta in names.items()
        ]
        return crawl(gets, settings)

    def conditions(self, name: str) -> list[tuple[str | None, str | None]]:
        """Give the conditions of the requests for a path."""
        return [
            (request.header("If-None-Match"), request.header("If-Modified-Since"))
            for request in self.server.requests_for(f"/{name}")
        ]

    def count(self, name: str) -> int:
        return len(self.server.requests_for(f"/{name}"))

    def interrupt(self) -> None:
        """Have the last crawl look like one that was told to stop."""
        self.write("UPDATE crawls SET reason = 'shutdown'")

    def write(self, statement: str, *parameters: object) -> None:
        catalogue = sqlite3.connect(self.path / "catalogue.sqlite")
        with catalogue:
            catalogue.execute(statement, parameters)
        catalogue.close()

    def captures(self, name: str) -> list[Capture]:
        files = sorted(Collection.open(self.path).warc_dir.iterdir())
        found = [each.capture for file in files for each in iter_stored_captures(file, losses=[])]
        return [capture for capture in found if capture.target_uri.endswith(f"/{name}")]


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


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Twice]:
    """Crawl twice, the second time asking whether anything has changed."""
    coded = gzip.compress(_BODY)
    in_chunks = chunked([coded[:99], coded[99:]], f"ETag: {_ETAG}", "Content-Encoding: gzip")
    once = iter([_NOT_MODIFIED, _PAGE, _PAGE])
    routes: dict[str, Route] = {
        "/same": _unless_conditional(in_chunks),
        "/both": _PAGE,
        "/date": html(_TEXT, "Last-Modified: last week"),
        "/none": html(_TEXT),
        "/odd": html(_TEXT, "ETag: no quotes \xe9"),
        "/long": html(_TEXT, f"ETag: {'x' * 5000}"),
        "/unwanted": _PAGE,
        "/changed": _unless_conditional(html("<p>Old.</p>", "ETag: 1"), html("<p>Changed.</p>")),
        "/cut": [_PAGE[:-50], CUT],
        "/always": _NOT_MODIFIED,
        "/once": lambda request: next(once),
    }
    names: dict[str, dict[str, Any]] = {
        path[1:]: {} if path == "/unwanted" else _AGAIN for path in routes
    }
    with BlogServer(routes) as server:
        blog = _Blog(server, tmp_path_factory.mktemp("conditional") / "c")
        yield blog, blog.crawl(names), blog.crawl(names)


@pytest.fixture(scope="module")
def taken_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Twice]:
    """Crawl, be interrupted, and crawl once more when some captures are old or damaged."""
    later = "429 Too Many Requests"
    routes: dict[str, Route] = {
        "/chunked": chunked([b"<p>One", b" and two</p>"]),
        "/coded": respond(gzip.compress(b"<p>Three</p>"), "Content-Encoding: gzip"),
        "/moved": redirect("/chunked"),
        "/empty": respond(status="204 No Content"),
        "/broken": respond(status="500 Internal Server Error"),
        "/later": respond(b"Later.", status=later),
        "/later-too": respond(b"Later.", status=later),  # the same payload: a revisit
        "/late": respond(status="408 Request Timeout"),
        "/cut": [_PAGE[:-50], CUT],
        "/list-of-today": _PAGE,
        "/list-of-yesterday": _PAGE,
        "/listing-of-yesterday": _PAGE,
        "/seed-of-yesterday": _PAGE,
        "/post-of-yesterday": _PAGE,
        "/damaged": html("<p>What will be damaged.</p>"),
    }
    metas: dict[str, dict[str, Any]] = {path[1:]: {} for path in [*routes, "/missing"]}
    metas["list-of-today"] = metas["list-of-yesterday"] = {"role": "source"}
    metas["listing-of-yesterday"] = {"purpose": "listing"}
    metas["seed-of-yesterday"] = {"purpose": "seed"}
    metas["post-of-yesterday"] = {"purpose": "candidate"}
    with BlogServer(routes) as server:
        blog = _Blog(server, tmp_path_factory.mktemp("taken-up") / "c")
        first = blog.crawl(metas)
        blog.interrupt()
        for age, which in ("-23 hours", "%-of-today"), ("-25 hours", "%-of-yesterday"):
            date = "strftime('%Y-%m-%dT%H:%M:%S+00:00', date, ?)"
            blog.write(f"UPDATE captures SET date = {date} WHERE target_uri LIKE ?", age, which)
        _damage(blog, *blog.captures("damaged"))
        yield blog, first, blog.crawl(metas)


class TestConditionalRequests:
    def test_what_has_not_changed_is_read_from_the_archive(self, twice: _Twice) -> None:
        blog, first, again = twice
        assert blog.conditions("same") == [(None, None), (_ETAG, None)]
        assert (again["same"].status, again["same"].body) == (200, first["same"].body)
        assert again["same"].flags == ["archived"]
        original, revisit = blog.captures("same")
        assert again["same"].capture == revisit.record_id
        assert (revisit.record_type, revisit.refers_to) == ("revisit", original.record_id)

    @pytest.mark.parametrize(
        ("name", "conditions"),
        [
            ("both", (_ETAG, _DATE)),
            ("date", (None, "last week")),
            ("odd", ("no quotes \xe9", None)),
            ("none", (None, None)),
            ("long", (None, None)),
            ("unwanted", (None, None)),
            ("cut", (None, None)),
        ],
    )
    def test_conditions_are_the_validators_as_sent(
        self, twice: _Twice, name: str, conditions: tuple[str | None, str | None]
    ) -> None:
        assert twice[0].conditions(name) == [(None, None), conditions]

    def test_a_changed_page_is_captured_as_ever(self, twice: _Twice) -> None:
        blog, _, again = twice
        assert b"Changed." in again["changed"].body
        assert [each.record_type for each in blog.captures("changed")] == ["response"] * 2

    def test_a_304_that_nobody_asked_for_is_asked_about_once(self, twice: _Twice) -> None:
        blog, first, _ = twice
        assert (first["always"].status, blog.count("always")) == (304, 4)
        assert (first["once"].status, blog.count("once")) == (200, 3)
        assert len(blog.captures("always")) == 4  # all that crossed the wire

    def test_the_last_answer_counts_while_it_can_be_read(self, blog: _Blog) -> None:
        blog.server.routes["/a"] = _PAGE
        blog.crawl({"a": {}})
        blog.server.routes["/a"] = html(_TEXT, 'ETag: "new"')  # the same payload: a revisit
        blog.crawl({"a": {}})
        blog.server.routes["/a"] = _unless_conditional(_PAGE)
        again = blog.crawl({"a": _AGAIN})["a"]
        first, second, third = blog.captures("a")
        assert (second.refers_to, third.refers_to) == (first.record_id, first.record_id)
        assert again.body == _BODY
        Path(blog.path / "archive" / first.filename).rename(blog.path / "moved.warc.gz")
        assert blog.crawl({"a": _AGAIN})["a"].status == 200
        assert [etag for etag, _ in blog.conditions("a")] == [None, None, '"new"', None]

    def test_validators_are_not_believed_for_ever(self, blog: _Blog) -> None:
        list_, page = _AGAIN | {"role": "source"}, _AGAIN | {"purpose": "candidate"}
        names = {"list-6-days": list_, "list-8-days": list_, "post-80-days": page}
        names |= {"post-100-days": page}
        blog.server.routes.update({f"/{name}": _unless_conditional(_PAGE) for name in names})
        blog.crawl(names)
        for name in names:
            date = "strftime('%Y-%m-%dT%H:%M:%S+00:00', date, ?)"
            age = f"-{name.split('-', 1)[1].replace('-', ' ')}"
            pattern = f"%/{name}"
            blog.write(f"UPDATE captures SET date = {date} WHERE target_uri LIKE ?", age, pattern)
        blog.crawl(names)
        asked = {name: blog.conditions(name)[1][0] for name in names}
        assert asked == {
            "list-6-days": _ETAG,
            "list-8-days": None,
            "post-80-days": _ETAG,
            "post-100-days": None,
        }

    def test_a_crawl_of_its_own_refers_to_no_other(self, blog: _Blog) -> None:
        blog.settings = {"DEDUPLICATE": "crawl"}
        blog.server.routes["/a"] = _PAGE
        blog.crawl({"a": _AGAIN})
        blog.crawl({"a": _AGAIN})
        assert blog.conditions("a") == [(None, None)] * 2


class TestInterruptedCrawls:
    @pytest.mark.parametrize(
        "name",
        ["chunked", "coded", "moved", "empty", "missing", "list-of-today", "post-of-yesterday"],
    )
    def test_what_it_captured_is_given_and_not_asked_for(self, taken_up: _Twice, name: str) -> None:
        blog, first, again = taken_up
        assert blog.count(name) == 1
        assert (again[name].status, again[name].body) == (first[name].status, first[name].body)
        (capture,) = blog.captures(name)
        assert again[name].capture == capture.record_id

    @pytest.mark.parametrize(
        "name",
        [
            "broken", "later", "later-too", "late", "cut", "damaged",
            "list-of-yesterday", "listing-of-yesterday", "seed-of-yesterday",
        ],
    )  # fmt: skip
    def test_what_may_be_answered_otherwise_is_asked_for(self, taken_up: _Twice, name: str) -> None:
        blog, _, again = taken_up
        assert blog.count(name) == 2
        assert again[name].flags != ["archived"]

    def test_a_304_stands_for_the_answer_that_it_confirmed(self, blog: _Blog) -> None:
        blog.server.routes["/a"] = _unless_conditional(_PAGE)
        blog.crawl({"a": {}})
        blog.crawl({"a": _AGAIN})
        blog.interrupt()
        again = blog.crawl({"a": _AGAIN})["a"]
        assert blog.count("a") == 2
        assert (again.status, again.body) == (200, _BODY)
        assert again.capture == blog.captures("a")[-1].record_id


def _damage(blog: _Blog, capture: Capture) -> None:
    file = blog.path / "archive" / capture.filename
    content = bytearray(file.read_bytes())
    place = capture.offset + capture.length // 2
    content[place : place + 20] = bytes(20)
    file.write_bytes(content)

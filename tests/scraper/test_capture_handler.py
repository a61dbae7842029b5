"""Every exchange is kept byte for byte, over HTTP and over TLS, whatever the server does."""

from __future__ import annotations

import gzip
import itertools
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import brotli
import pytest
from twisted.web._newclient import HTTP11ClientProtocol

from archive.errors import ArchiveError
from scraper.exchange_tape import MAX_HEAD_BYTES, check_supported_versions
from tests.blog_server import (
    CLOSE,
    CUT,
    RESET,
    BlogServer,
    Route,
    Wait,
    chunked,
    drip,
    redirect,
    respond,
)
from tests.scraper.recorded_crawl import Get, Outcome, crawl

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PAGE = "<p>Wörter, words, слова — 言葉</p>".encode() * 40
NOISE = random.Random(1).randbytes(1_000_000)
MAX_SIZE = 100_000


@dataclass(frozen=True, kw_only=True)
class Case:
    """An answer, what is to be kept of it, and what the spider is to be given."""

    answer: Route
    kept: bytes | None = None  # None: all that the server sent
    truncated: str | None = None
    status: int | None = 200
    body: bytes | None = None  # None: not looked at
    error: str | None = None
    method: str = "GET"
    sent_body: str = ""
    meta: dict[str, Any] = field(default_factory=dict)


def lines(*head: str, body: bytes = b"", end: str = "\r\n") -> bytes:
    return end.join([*head, "", ""]).encode("latin-1") + body


def failing(error: str, **case: Any) -> Case:
    return Case(status=None, error=error, **case)


WHOLE = {
    "plain": Case(answer=respond(PAGE), body=PAGE),
    "empty": Case(answer=respond(b""), body=b""),
    "large": Case(answer=respond(NOISE), body=NOISE),
    "not-found": Case(answer=respond(PAGE, status="404 Not Found"), status=404, body=PAGE),
    "chunked": Case(answer=chunked([PAGE, b"x", PAGE]), body=PAGE + b"x" + PAGE),
    "chunk-extensions-and-trailers": Case(
        answer=chunked([PAGE, PAGE], extension=';a="b;c";d', trailers=["X-Sum: 1", "x-sum: 2"]),
        body=PAGE * 2,
    ),
    "gzip": Case(answer=respond(gzip.compress(PAGE), "Content-Encoding: gzip"), body=PAGE),
    "brotli": Case(answer=respond(brotli.compress(PAGE), "Content-Encoding: br"), body=PAGE),
    "zstd": Case(answer=respond(zstd.compress(PAGE), "Content-Encoding: zstd"), body=PAGE),
    "gzip-chunked": Case(
        answer=chunked([gzip.compress(PAGE)], "Content-Encoding: gzip"), body=PAGE
    ),
    "until-close": Case(answer=[lines("HTTP/1.0 200 OK", body=PAGE), CLOSE], body=PAGE),
    "byte-by-byte": Case(answer=lambda request: drip(respond(PAGE[:40]), pause_s=0.001)),
    "no-content": Case(answer=lines("HTTP/1.1 204 No Content", "X-A: b"), status=204, body=b""),
    "not-modified": Case(
        answer=lines("HTTP/1.1 304 Not Modified", "ETag: x", "Content-Length: 99"), status=304
    ),
    "head": Case(answer=lines("HTTP/1.1 200 OK", "Content-Length: 99"), method="HEAD", body=b""),
    "post": Case(answer=respond(PAGE), method="POST", sent_body="q=wörter", body=PAGE),
    "interim": Case(
        answer=lines("HTTP/1.1 100 Continue")
        + lines("HTTP/1.1 103 Early Hints", "Link: </a.css>; rel=preload")
        + respond(PAGE),
        body=PAGE,
    ),
    "no-reason": Case(answer=lines("HTTP/1.1 200", "Content-Length: 2", body=b"ok"), body=b"ok"),
    "non-ascii-reason": Case(answer=respond(PAGE, status="200 Fünfzig Prozent"), body=PAGE),
    "odd-headers": Case(
        answer=respond(PAGE, "sErVeR: x", "X-Twice: 1", "x-twice:2", "X-Fold: a", "\t b", "X-Ü: ü"),
        body=PAGE,
    ),
    "bare-lf": Case(answer=lines("HTTP/1.1 200 OK", "Content-Length: 2", end="\n", body=b"ok")),
    "line-without-colon": Case(answer=respond(PAGE, "no colon in here"), body=PAGE),
    "name-with-a-space": Case(answer=respond(PAGE, "Content Security: none"), body=PAGE),
    "space-before-colon": Case(
        answer=lines("HTTP/1.1 200 OK", "Content-Length : 2", body=b"ok"), body=b"ok"
    ),
    "long-header-line": Case(answer=respond(PAGE, "X-Long: " + "x" * 20_000), body=PAGE),
    "surplus": Case(answer=respond(b"ok") + b"not part of it", kept=respond(b"ok"), body=b"ok"),
    "not-modified-with-body": Case(
        answer=lines("HTTP/1.1 304 Not Modified", "Content-Length: 2", body=b"ok"),
        kept=lines("HTTP/1.1 304 Not Modified", "Content-Length: 2"),
        status=304,
        body=b"",
    ),
}

REFUSED = {
    "no-status-line": failing(
        "DownloadFailedError", answer=[b"<p>As in the days\n", Wait(0.1), b"of HTTP/0.9</p>", CLOSE]
    ),
    "other-protocol": failing(
        "DownloadFailedError", answer=[lines("ICY 200 OK", body=NOISE), CLOSE]
    ),
    "two-lengths": failing(
        "DownloadFailedError",
        answer=lines("HTTP/1.1 200 OK", "Content-Length: 2", "Content-Length: 3", body=b"ok?"),
        truncated="unspecified",  # the connection stays open: nobody knows where it ends
    ),
    "unknown-transfer-coding": failing(
        "DownloadFailedError",
        answer=[lines("HTTP/1.1 200 OK", "Transfer-Encoding: x"), PAGE, CLOSE],
    ),
    "broken-chunk": failing(
        "ResponseDataLossError",
        answer=[chunked([PAGE]).replace(b"\r\n0\r\n\r\n", b"\r\nzz\r\n"), Wait(0.1), PAGE, CLOSE],
    ),
}

CUT_OFF = {
    "body-cut": failing(
        "ResponseDataLossError", answer=[respond(PAGE)[:-10], CLOSE], truncated="disconnect"
    ),
    "body-reset": failing(
        "ResponseDataLossError", answer=[respond(PAGE)[:-10], RESET], truncated="disconnect"
    ),
    "chunks-cut": failing(
        "ResponseDataLossError", answer=[chunked([PAGE, PAGE])[:-99], CLOSE], truncated="disconnect"
    ),
    "until-reset": Case(
        answer=[lines("HTTP/1.0 200 OK", body=PAGE), RESET], body=PAGE, truncated="disconnect"
    ),
    "head-cut": failing(
        "DownloadFailedError",
        answer=[b"HTTP/1.1 200 OK\r\nX-A: b\r\n", CLOSE],
        truncated="disconnect",
    ),
    "no-byte": failing("DownloadFailedError", answer=[CLOSE], truncated="disconnect"),
}

SLOW = {
    "silent": failing(
        "DownloadTimeoutError", answer=[Wait(60)], truncated="time", meta={"download_timeout": 1.0}
    ),
    "stalled-head": failing(
        "DownloadTimeoutError",
        answer=[b"HTTP/1.1 200 OK\r\nX-", Wait(60)],
        truncated="time",
        meta={"download_timeout": 1.0},
    ),
    "stalled-body": failing(
        "DownloadTimeoutError",
        answer=[respond(PAGE)[:-10], Wait(60)],
        truncated="time",
        meta={"download_timeout": 1.0},
    ),
    "drip-of-a-refused-answer": failing(
        "DownloadTimeoutError",
        answer=lambda request: drip(b"x\n" + b"y" * 60_000, pause_s=0.05, size=2),
        truncated="time",
        meta={"download_timeout": 1.0},
    ),
    "drip": failing(
        "DownloadTimeoutError",
        answer=lambda request: drip(respond(NOISE), pause_s=0.05, size=100),
        truncated="time",
        meta={"download_timeout": 1.0},
    ),
}

TOO_LONG = {
    name: failing(
        "DownloadCancelledError",
        answer=answer,
        truncated="length",
        meta={"download_maxsize": MAX_SIZE},
    )
    for name, answer in {
        "announced": respond(NOISE),
        "endless-body": lambda _: itertools.chain(
            [lines("HTTP/1.0 200 OK")], itertools.repeat(PAGE)
        ),
        "endless-chunks": lambda _: itertools.chain(
            [chunked([PAGE])[:-5]], itertools.repeat(b"1\r\nx\r\n" * 1000)
        ),
        "endless-head": lambda _: itertools.chain(
            [b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"X-A: b\r\n" * 1000)
        ),
        "endless-line": lambda _: itertools.chain(
            [b"HTTP/1.1 200 OK"], itertools.repeat(b"!" * 999)
        ),
        "endless-interim": lambda _: itertools.repeat(lines("HTTP/1.1 100 Continue") * 99),
        "endless-refusal": lambda _: itertools.repeat(b"no status line\n" * 999),
    }.items()
}

CASES = WHOLE | REFUSED | CUT_OFF | SLOW | TOO_LONG


@dataclass(frozen=True)
class Crawled:
    server: BlogServer
    outcomes: dict[str, Outcome]
    tls: bool


@pytest.fixture(scope="module", params=[False, True], ids=["http", "tls"])
def crawled(request: pytest.FixtureRequest) -> Iterator[Crawled]:
    routes = {f"/{name}": case.answer for name, case in CASES.items()}
    with BlogServer(routes, tls=request.param) as server:
        gets = [
            Get(name, server.url(f"/{name}"), case.method, case.sent_body, case.meta)
            for name, case in CASES.items()
        ]
        settings = {"CONCURRENT_REQUESTS_PER_DOMAIN": 16}
        yield Crawled(server, crawl(gets, settings), request.param)


@pytest.mark.parametrize("name", CASES)
def test_exchange_is_kept_as_it_crossed_the_wire(crawled: Crawled, name: str) -> None:
    (received,) = crawled.server.requests_for(f"/{name}")
    (exchange,) = crawled.outcomes[name].exchanges
    case = CASES[name]
    assert exchange.target_uri == crawled.server.url(f"/{name}")
    assert exchange.request == received.raw
    if case.truncated in ("length", "time"):
        assert received.sent.startswith(exchange.response)
    else:
        assert exchange.response == (received.sent if case.kept is None else case.kept)
    assert exchange.truncated == case.truncated
    assert exchange.ip_address == "127.0.0.1"
    assert (exchange.tls is not None) == crawled.tls
    assert exchange.tls is None or exchange.tls.version.startswith("TLSv1.")


@pytest.mark.parametrize("name", CASES)
def test_spider_is_given_what_scrapy_would_give_it(crawled: Crawled, name: str) -> None:
    case, outcome = CASES[name], crawled.outcomes[name]
    assert (outcome.status, outcome.error) == (case.status, case.error), outcome.message
    assert outcome.capture == f"urn:test:{name}:1"
    if case.status is not None:
        assert outcome.ip_address == "127.0.0.1"
        assert outcome.certificate == crawled.tls
    if case.body is not None:
        assert outcome.body == case.body


@pytest.mark.parametrize("name", ["stalled-head", "stalled-body"])
def test_all_that_came_before_a_timeout_is_kept(crawled: Crawled, name: str) -> None:
    (received,) = crawled.server.requests_for(f"/{name}")
    (exchange,) = crawled.outcomes[name].exchanges
    assert exchange.response == received.sent


@pytest.mark.parametrize("name", ["drip", "drip-of-a-refused-answer"])
def test_timeout_bounds_the_whole_exchange(crawled: Crawled, name: str) -> None:
    (exchange,) = crawled.outcomes[name].exchanges
    assert 0 < len(exchange.response) < 10_000


@pytest.mark.parametrize("name", TOO_LONG)
def test_no_more_than_the_allowed_size_is_held(crawled: Crawled, name: str) -> None:
    (exchange,) = crawled.outcomes[name].exchanges
    assert 0 < len(exchange.response) <= MAX_SIZE + MAX_HEAD_BYTES


def test_tls_connection_that_ends_without_goodbye_is_a_cut() -> None:
    page = lines("HTTP/1.0 200 OK", body=PAGE)
    with BlogServer({"/cut": [page, CUT], "/end": [page, CLOSE]}, tls=True) as server:
        outcomes = crawl([Get(name, server.url(f"/{name}")) for name in ("cut", "end")])
    assert [outcomes[name].exchanges[0].truncated for name in ("cut", "end")] == [
        "disconnect",
        None,
    ]
    assert outcomes["cut"].exchanges[0].response == page


def test_every_step_of_a_redirect_and_a_retry_is_kept() -> None:
    tries = itertools.count()
    routes: dict[str, Route] = {
        "/a": redirect("/b"),
        "/b": redirect("/c", status="302 Found"),
        "/c": respond(PAGE),
        "/loop": redirect("/loop"),
        "/busy": lambda _: respond(b"", status="503 Busy" if next(tries) < 2 else "200 OK"),
    }
    settings = {"RETRY_ENABLED": True, "REDIRECT_MAX_TIMES": 4, "LOG_LEVEL": "CRITICAL"}
    with BlogServer(routes) as server:
        gets = [Get(name, server.url(f"/{name}#top")) for name in ("a", "loop", "busy")]
        outcomes = crawl(gets, settings)
        answered = {name: outcome.exchanges for name, outcome in outcomes.items()}
        assert [exchange.target_uri for exchange in answered["a"]] == [
            server.url("/a"), server.url("/b"), server.url("/c"),
        ]  # fmt: skip
    assert [exchange.response for exchange in answered["a"]] == [
        redirect("/b"), redirect("/c", status="302 Found"), respond(PAGE),
    ]  # fmt: skip
    assert [exchange.response for exchange in answered["loop"]] == [redirect("/loop")] * 5
    assert [exchange.response[:12] for exchange in answered["busy"]] == [
        b"HTTP/1.1 503", b"HTTP/1.1 503", b"HTTP/1.1 200",
    ]  # fmt: skip
    assert outcomes["a"].capture == "urn:test:a:3"


def test_nothing_is_kept_where_no_server_was_reached() -> None:
    with BlogServer({"/plain": respond(PAGE)}) as server, BlogServer() as gone:
        nobody = gone.url("/nobody")
        gone.close()
        server.routes["/moved"] = redirect(nobody)
        gets = [
            Get("nobody", nobody),
            Get("moved", server.url("/moved")),
            Get(
                "no-tls",
                server.url("/plain").replace("http:", "https:"),
                meta={"download_timeout": 1.0},
            ),
        ]
        outcomes = crawl(gets)
    assert outcomes["nobody"].exchanges == []
    assert outcomes["no-tls"].exchanges == []
    assert outcomes["no-tls"].error is not None
    assert len(outcomes["moved"].exchanges) == 1
    assert outcomes["moved"].capture is None, (
        "the capture of the redirect is not that of its target"
    )


def test_exchanges_of_one_connection_are_told_apart() -> None:
    routes: dict[str, Route] = {f"/{n}": respond(b"%d" % n * n) for n in range(20)}
    routes["/20"] = respond(b"ok") + b"HTTP/1.1 200 OK\r\n\r\nsmuggled"
    routes["/21"] = respond(PAGE)
    with BlogServer(routes) as server:
        gets = [Get(str(n), server.url(f"/{n}")) for n in range(22)]
        outcomes = crawl(gets, {"CONCURRENT_REQUESTS": 1})
    for n in range(20):
        assert outcomes[str(n)].exchanges[0].response == respond(b"%d" % n * n)
    assert outcomes["21"].exchanges[0].response == respond(PAGE)
    assert [request.connection for request in server.requests] == [0] * 21 + [1]


def test_request_repeated_on_a_new_connection_is_one_exchange() -> None:
    routes: dict[str, Route] = {
        "/first": respond(PAGE),
        "/second": lambda request: [CLOSE] if request.connection == 0 else respond(b"second"),
    }
    with BlogServer(routes) as server:
        gets = [Get(name, server.url(f"/{name}")) for name in ("first", "second")]
        outcomes = crawl(gets, {"CONCURRENT_REQUESTS": 1})
    assert [request.connection for request in server.requests] == [0, 0, 1]
    (exchange,) = outcomes["second"].exchanges
    assert (exchange.request, exchange.response) == (server.requests[2].raw, respond(b"second"))


def test_exchange_through_a_proxy_is_kept_as_if_there_were_none() -> None:
    with BlogServer({"/page?a=b": respond(PAGE)}) as proxy:
        meta = {"proxy": proxy.url().replace("//", "//user:secret@")}
        gets = [
            Get(scheme, f"{scheme}://blog.example/page?a=b", meta=meta)
            for scheme in ("http", "https")
        ]
        outcomes = crawl(gets)
        sent = proxy.requests_for("/page?a=b")
    plain, secure = (outcomes[scheme].exchanges[0] for scheme in ("http", "https"))
    (via_proxy,) = [request for request in sent if request.target.startswith("http:")]
    assert b"\r\nProxy-Authorization: " in via_proxy.raw
    assert plain.request.startswith(b"GET /page?a=b HTTP/1.1\r\n")
    assert b"roxy-" not in plain.request
    assert plain.request.count(b"\r\n") == via_proxy.raw.count(b"\r\n") - 1
    assert secure.request == next(r.raw for r in sent if r is not via_proxy)
    assert plain.response == secure.response == respond(PAGE)
    assert (plain.ip_address, secure.ip_address) == (None, None)
    assert secure.tls is not None


def test_crawler_without_a_sink_downloads_and_keeps_nothing() -> None:
    with BlogServer({"/": respond(PAGE)}) as server:
        outcome = crawl([Get("page", server.url())], {"RECORD": False})["page"]
    assert (outcome.status, outcome.body, outcome.capture) == (200, PAGE, None)


def test_unsupported_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(HTTP11ClientProtocol, "_giveUp")
    with pytest.raises(ArchiveError, match=r"works with Scrapy 2\.19 .*lack .*_giveUp"):
        check_supported_versions()

"""Every exchange is kept byte for byte, over HTTP and over TLS, whatever the server does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from twisted.web._newclient import HTTP11ClientProtocol

from archive.errors import ArchiveError
from scraper.exchange_tape import MAX_HEAD_BYTES, check_supported_versions
from tests.blog_server import CLOSE, CUT, BlogServer, Route, redirect, refusing_authority, respond
from tests.scraper.recorded_crawl import Get, Outcome, crawl
from tests.scraper.wire_exchanges import PAGE, WHOLE, lines
from tests.scraper.wire_faults import CASES_GONE_WRONG, MAX_SIZE, TOO_LONG

CASES = WHOLE | CASES_GONE_WRONG


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
    with BlogServer({"/plain": respond(PAGE)}) as server, refusing_authority() as refusing:
        nobody = f"http://{refusing}/nobody"
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

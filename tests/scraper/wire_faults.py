"""Exchanges that go wrong: refused by the HTTP client, cut off, too slow, too long."""

from __future__ import annotations

import gzip
import itertools
from typing import Any

from tests.blog_server import CLOSE, RESET, Wait, chunked, drip, respond
from tests.scraper.wire_exchanges import NOISE, PAGE, Case, lines

MAX_SIZE = 100_000


def failing(error: str, **case: Any) -> Case:
    return Case(status=None, error=error, **case)


def refused(*answer: Any) -> Case:
    return failing("UnreadableHeadError", answer=[*answer, CLOSE])


def endless(answer: Any) -> Case:
    """An answer that is refused while the connection stays open: nobody knows where it ends."""
    return failing("UnreadableHeadError", answer=answer, truncated="unspecified")


def cut(error: str, *answer: Any) -> Case:
    return failing(error, answer=[*answer], truncated="disconnect")


def slow(answer: Any) -> Case:
    meta = {"download_timeout": 1.0}
    return failing("DownloadTimeoutError", answer=answer, truncated="time", meta=meta)


def too_long(answer: Any) -> Case:
    meta = {"download_maxsize": MAX_SIZE}
    return failing("DownloadCancelledError", answer=answer, truncated="length", meta=meta)


def _of_length(*lengths: str) -> bytes:
    return lines("HTTP/1.1 200 OK", *(f"Content-Length: {n}" for n in lengths), body=b"ok?")


_LOSS, _CUT, _NONE = "ResponseDataLossError", "AnswerCutOffError", "NoAnswerError"
_CHUNKED = lines("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")

REFUSED = {
    "no-status-line": refused(b"<p>As in the days\n", Wait(0.1), b"of HTTP/0.9</p>"),
    "other-protocol": refused(lines("ICY 200 OK", body=NOISE)),
    "status-of-letters": refused(lines("HTTP/1.1 OK", "Content-Length: 2", body=b"ok")),
    "interim-then-garbage": refused(lines("HTTP/1.1 103 Early Hints"), b"no status line\n", PAGE),
    "two-lengths": endless(_of_length("2", "3")),
    "two-lengths-closed": refused(_of_length("2", "3")),
    "negative-length": refused(_of_length("-2")),
    "garbage-length": refused(_of_length("two")),
    "broken-chunk": failing(
        _LOSS,
        answer=[chunked([PAGE]).replace(b"\r\n0\r\n\r\n", b"\r\nzz\r\n"), Wait(0.1), PAGE, CLOSE],
    ),
    "chunk-size-with-a-space": failing(_LOSS, answer=[_CHUNKED, b"2 \r\nok\r\n0\r\n\r\n", CLOSE]),
    "chunk-longer-than-it-says": failing(
        _LOSS, answer=[_CHUNKED, b"2\r\nfour\r\n0\r\n\r\n", CLOSE]
    ),
}

CUT_OFF = {
    "body-cut": cut(_LOSS, respond(PAGE)[:-10], CLOSE),
    "body-reset": cut(_LOSS, respond(PAGE)[:-10], RESET),
    "gzip-cut": cut(_LOSS, respond(gzip.compress(PAGE), "Content-Encoding: gzip")[:-9], CLOSE),
    "chunk-cut": cut(_LOSS, chunked([PAGE, PAGE])[:-99], CLOSE),
    "chunk-size-cut": cut(_LOSS, chunked([PAGE])[:-5], b"1", CLOSE),
    "last-chunk-missing": cut(_LOSS, chunked([PAGE])[:-5], CLOSE),
    "trailer-cut": cut(_LOSS, chunked([PAGE], trailers=["X-Sum: 1"])[:-4], CLOSE),
    "until-reset": Case(
        answer=[lines("HTTP/1.0 200 OK", body=PAGE), RESET], body=PAGE, truncated="disconnect"
    ),
    "head-cut": cut(_CUT, b"HTTP/1.1 200 OK\r\nX-A: b\r\n", CLOSE),
    "status-line-cut": cut(_CUT, b"HTTP/1.1 20", CLOSE),
    "interim-alone": cut(_CUT, lines("HTTP/1.1 100 Continue"), CLOSE),
    "interim-twice": cut(_CUT, lines("HTTP/1.1 103 Early Hints", "Link: </a.css>") * 2, CLOSE),
    "no-byte": cut(_NONE, CLOSE),
    "reset-without-a-byte": cut(_NONE, RESET),
}

SLOW = {
    "silent": slow([Wait(60)]),
    "stalled-head": slow([b"HTTP/1.1 200 OK\r\nX-", Wait(60)]),
    "stalled-body": slow([respond(PAGE)[:-10], Wait(60)]),
    "stalled-chunk": slow([chunked([PAGE])[:-9], Wait(60)]),
    "drip": slow(lambda _: drip(respond(NOISE), pause_s=0.05, size=100)),
    "drip-of-a-refused-answer": slow(lambda _: drip(b"x\n" + b"y" * 60_000, pause_s=0.05, size=2)),
}

_FOREVER = itertools.repeat
TOO_LONG = {
    "announced": too_long(respond(NOISE)),
    "length-beyond-numbers": too_long(_of_length("9" * 30)),
    "endless-body": too_long(lambda _: itertools.chain([lines("HTTP/1.0 200 OK")], _FOREVER(PAGE))),
    "endless-chunks": too_long(
        lambda _: itertools.chain([chunked([PAGE])[:-5]], _FOREVER(b"1\r\nx\r\n" * 1000))
    ),
    "endless-head": too_long(
        lambda _: itertools.chain([b"HTTP/1.1 200 OK\r\n"], _FOREVER(b"X-A: b\r\n" * 1000))
    ),
    "endless-line": too_long(lambda _: itertools.chain([b"HTTP/1.1 200 OK"], _FOREVER(b"!" * 999))),
    "endless-interim": too_long(lambda _: _FOREVER(lines("HTTP/1.1 100 Continue") * 99)),
    "endless-refusal": too_long(lambda _: _FOREVER(b"no status line\n" * 999)),
}

CASES_GONE_WRONG = REFUSED | CUT_OFF | SLOW | TOO_LONG

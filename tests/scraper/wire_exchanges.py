"""Exchanges as servers make them: every answer here has an end that the client can find."""

from __future__ import annotations

import gzip
import random
import sys
import zlib
from dataclasses import dataclass, field
from typing import Any

import brotli

from tests.blog_server import CLOSE, Route, Wait, chunked, drip, respond

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PAGE = "<p>Wörter, words, слова — 言葉</p>".encode() * 40
NOISE = random.Random(1).randbytes(1_000_000)


@dataclass(frozen=True, kw_only=True)
class Case:
    """An answer, what is to be kept of it, and what the spider is to be given."""

    answer: Route
    kept: bytes | None = None  # None: all that the server sent
    block: bytes | None = None  # of the WARC record; None: what is kept
    truncated: str | None = None
    status: int | None = 200
    body: bytes | None = None  # None: not looked at
    error: str | None = None
    method: str = "GET"
    sent_body: str = ""
    meta: dict[str, Any] = field(default_factory=dict)


def lines(*head: str, body: bytes = b"", end: str = "\r\n") -> bytes:
    return end.join([*head, "", ""]).encode("latin-1") + body


def coded(coding: str, body: bytes) -> Case:
    return Case(answer=respond(body, f"Content-Encoding: {coding}"), body=PAGE)


def with_headers(*headers: str) -> Case:
    return Case(answer=respond(PAGE, *headers), body=PAGE)


def with_status_line(line: str, status: int = 200) -> Case:
    answer = lines(line, "Content-Length: 2", body=b"ok")
    return Case(answer=answer, status=status, body=b"ok")


def after(interim: bytes, answer: bytes) -> Case:
    return Case(answer=interim + answer, block=answer, body=PAGE)


def surplus(answer: bytes, rest: bytes, **case: Any) -> Case:
    return Case(answer=answer + rest, kept=answer, **case)


_STREAM = zlib.compressobj(wbits=-15)
RAW_DEFLATED = _STREAM.compress(PAGE) + _STREAM.flush()
_TRAILED = chunked([PAGE, PAGE], extension=';a="b;c";d', trailers=["X-Sum: 1", "x-sum: 2"])
_SIZES = b"00002\r\nab\r\nA\r\n0123456789\r\n00000\r\n\r\n"
_HINTS = lines("HTTP/1.1 103 Early Hints", "Link: </a.css>; rel=preload")
_NOT_MODIFIED = lines("HTTP/1.1 304 Not Modified", "ETag: x", "Content-Length: 99")
_SECOND = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled"

BODIES = {
    "plain": Case(answer=respond(PAGE), body=PAGE),
    "empty": Case(answer=respond(b""), body=b""),
    "large": Case(answer=respond(NOISE), body=NOISE),
    "many-pieces": Case(answer=lambda _: drip(respond(NOISE), pause_s=0, size=997), body=NOISE),
    "byte-by-byte": Case(answer=lambda _: drip(respond(PAGE[:40]), pause_s=0.001)),
    "looks-like-records": Case(answer=respond(b"WARC/1.1\r\n\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\0")),
    "partial": Case(
        answer=respond(b"ok", "Content-Range: bytes 0-1/9", status="206 Partial Content"),
        status=206,
        body=b"ok",
    ),
    "not-found": Case(answer=respond(PAGE, status="404 Not Found"), status=404, body=PAGE),
    "server-error": Case(answer=respond(PAGE, status="500 Oh"), status=500, body=PAGE),
    "no-content": Case(answer=lines("HTTP/1.1 204 No Content", "X-A: b"), status=204, body=b""),
    "not-modified": Case(answer=_NOT_MODIFIED, status=304, body=b""),
    "head": Case(answer=lines("HTTP/1.1 200 OK", "Content-Length: 9"), method="HEAD", body=b""),
    "head-of-chunked": Case(
        answer=lines("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"), method="HEAD", body=b""
    ),
    "post": Case(answer=respond(PAGE), method="POST", sent_body="q=wörter", body=PAGE),
    "post-large": Case(
        answer=chunked([PAGE]), method="POST", sent_body="wörter\r\n\r\n" * 20_000, body=PAGE
    ),
    "put-without-body": Case(answer=respond(PAGE), method="PUT", body=PAGE),
}

TRANSFER_CODINGS = {
    "chunked": Case(answer=chunked([PAGE, b"x", PAGE]), body=PAGE + b"x" + PAGE),
    "chunked-empty": Case(answer=chunked([]), body=b""),
    "chunked-bytes": Case(answer=chunked([b"%c" % n for n in PAGE[:300]]), body=PAGE[:300]),
    "chunked-byte-by-byte": Case(
        answer=lambda _: drip(chunked([PAGE[:20]] * 2, trailers=["A: b"]), pause_s=0.001),
        body=PAGE[:20] * 2,
    ),
    "chunk-extensions-and-trailers": Case(answer=_TRAILED, body=PAGE * 2),
    "chunk-sizes-spelled-oddly": Case(
        answer=lines("HTTP/1.1 200 OK", "TRANSFER-ENCODING:Chunked", body=_SIZES),
        body=b"ab0123456789",
    ),
    "identity": Case(
        answer=respond(PAGE, "Transfer-Encoding: identity"),
        body=PAGE,
    ),
    "identity-until-close": Case(
        answer=[lines("HTTP/1.1 200 OK", "Transfer-encoding : Identity", body=PAGE), CLOSE],
        body=PAGE,
    ),
    "coding-x-until-close": Case(
        answer=[lines("HTTP/1.1 200 OK", "Transfer-Encoding: x", body=PAGE), CLOSE], body=PAGE
    ),
    "x-chunked": Case(answer=chunked([PAGE]).replace(b": chunked", b": x ,Chunked"), body=PAGE),
    "until-close": Case(answer=[lines("HTTP/1.0 200 OK", body=PAGE), CLOSE], body=PAGE),
    "until-close-1.1": Case(
        answer=[lines("HTTP/1.1 200 OK", "Connection: close"), Wait(0.05), PAGE, CLOSE], body=PAGE
    ),
    "until-close-empty": Case(answer=[lines("HTTP/1.0 200 OK"), CLOSE], body=b""),
    "http-1.0-kept-alive": Case(
        answer=lines("HTTP/1.0 200 OK", "Connection: keep-alive", "Content-Length: 2", body=b"ok"),
        body=b"ok",
    ),
}

CONTENT_CODINGS = {
    "gzip": coded("gzip", gzip.compress(PAGE)),
    "x-gzip": coded("X-GZip", gzip.compress(PAGE)),
    "gzip-members": coded("gzip", gzip.compress(PAGE[:99]) + gzip.compress(PAGE[99:])),
    "deflate": coded("deflate", zlib.compress(PAGE)),
    "deflate-raw": coded("deflate", RAW_DEFLATED),
    "brotli": coded("br", brotli.compress(PAGE)),
    "zstd": coded("zstd", zstd.compress(PAGE)),
    "two-codings": coded("gzip, br", brotli.compress(gzip.compress(PAGE))),
    "gzip-chunked": Case(
        answer=chunked([gzip.compress(PAGE)], "Content-Encoding: gzip"), body=PAGE
    ),
    "brotli-chunked": Case(
        answer=chunked([brotli.compress(PAGE)], "Content-Encoding: br"), body=PAGE
    ),
    "coding-of-nothing": Case(answer=respond(b"", "Content-Encoding: gzip"), body=b""),
    "coding-unknown": Case(answer=respond(PAGE, "Content-Encoding: rot13"), body=PAGE),
    "coding-broken": Case(answer=respond(gzip.compress(PAGE)[:-40], "Content-Encoding: gzip")),
}

STATUS_LINES = {
    "no-reason": with_status_line("HTTP/1.1 200"),
    "empty-reason": with_status_line("HTTP/1.1 200 "),
    "non-ascii-reason": with_status_line("HTTP/1.1 200 Fünfzig Prozent"),
    "reason-with-spaces": with_status_line("HTTP/1.1 200   O  K  "),
    "status-999": with_status_line("HTTP/1.1 999 Request denied", 999),
    "http-1.2": with_status_line("HTTP/1.2 200 OK"),
    "http-2.0": with_status_line("HTTP/2.0 200 OK"),
    "continue": after(lines("HTTP/1.1 100 Continue"), respond(PAGE)),
    "interim": after(lines("HTTP/1.1 100 Continue") + _HINTS, respond(PAGE)),
    "interim-many": after(_HINTS * 50, chunked([PAGE])),
    "interim-bare-lf": after(lines("HTTP/1.1 100 Continue", end="\n"), respond(PAGE)),
}

HEADERS = {
    "odd-case": with_headers("sErVeR: x", "X-ODD: 1", "x-lower: 2", 'Etag:W/"x"'),
    "duplicates": with_headers("X-Twice: 1", "x-twice:2", "Set-Cookie: a=b", "Set-Cookie: a=c"),
    "folded": with_headers("X-Fold: a", "\t b", "   c", "X-Next: d"),
    "non-ascii": with_headers("X-Ü: ü", "X-Control: a\x01b\x7f"),
    "empty-values": with_headers("X-Empty:", "X-Blank:   ", "X-Tab:\t"),
    "spaces-around": with_headers("X-A:   b   ", "X-B:c\t"),
    "line-without-colon": with_headers("no colon in here"),
    "line-without-name": with_headers(": a value alone"),
    "name-with-a-space": with_headers("Content Security: none"),
    "long-line": with_headers("X-Long: " + "x" * 20_000),
    "thousand": with_headers(*(f"X-{n}: {n}" for n in range(1000))),
    "space-before-colon": Case(
        answer=lines("HTTP/1.1 200 OK", "Content-Length : 2", body=b"ok"), body=b"ok"
    ),
    "bare-lf": Case(
        answer=lines("HTTP/1.1 200 OK", "Content-Length: 2", end="\n", body=b"ok"), body=b"ok"
    ),
    "no-headers": Case(answer=[b"HTTP/1.1 200 OK\r\n\r\n", PAGE, CLOSE], body=PAGE),
    "length-twice": Case(
        answer=lines("HTTP/1.1 200 OK", *["Content-Length: 2"] * 2, body=b"ok"), body=b"ok"
    ),
    "length-with-zeros": Case(
        answer=lines("HTTP/1.1 200 OK", "Content-Length: 0002", body=b"ok"), body=b"ok"
    ),
}

SURPLUS = {
    "surplus": surplus(respond(b"ok"), b"not part of it", body=b"ok"),
    "surplus-answer": surplus(respond(b"ok"), _SECOND, body=b"ok"),
    "surplus-of-chunked": surplus(chunked([b"ok"]), b"\r\n" + _SECOND, body=b"ok"),
    "surplus-of-no-content": surplus(
        lines("HTTP/1.1 204 No Content"), b"but some", status=204, body=b""
    ),
    "surplus-of-not-modified": surplus(_NOT_MODIFIED, b"ok", status=304, body=b""),
    "surplus-of-head": surplus(
        lines("HTTP/1.1 200 OK", "Content-Length: 2"), b"ok", method="HEAD", body=b""
    ),
}

WHOLE = BODIES | TRANSFER_CODINGS | CONTENT_CODINGS | STATUS_LINES | HEADERS | SURPLUS

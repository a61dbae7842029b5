"""Exchanges as servers really make them, tidy and not, for the tests of the WARC files."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.records import Capture, Discovery, Exchange, Hints, Origin, Tls
from archive.warc.writer import WarcWriter

STARTED = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
HTML = b"<!doctype html><title>A post</title><p>" + b"One sentence, and one more. " * 40
CRAWL_ID = "20260102030405"


def answer(body: bytes = HTML, *headers: str, status: str = "200 OK") -> bytes:
    head = "\r\n".join((f"HTTP/1.1 {status}", *headers, "", ""))
    return head.encode("latin-1") + body


def exchange(path: str = "/", response: bytes | None = None) -> Exchange:
    return Exchange(
        target_uri=f"http://blog.example{path}",
        date=STARTED,
        request=f"GET {path} HTTP/1.1\r\nHost: blog.example\r\n\r\n".encode(),
        response=answer(HTML, "Content-Type: text/html") if response is None else response,
    )


def origin(url: str = "http://blog.example/") -> Origin:
    discovery = Discovery(url=url, methods=("sitemap", "feed"), via=f"{url}sitemap.xml")
    return Origin(role="page", discovery=discovery)


RESPONSES = {
    "/plain": answer(HTML, "Content-Type: text/html; charset=utf-8", "X-Twice: 1", "x-twice: 2"),
    "/gzip?b=2&a=1": answer(gzip.compress(HTML), "content-type:a/b", "Content-Encoding: gzip"),
    "/Umlaut/%C3%A4": answer(b"\xe4", "Content-Type: text/html;charset=iso-8859-1"),
    "/reason": b"HTTP/1.1 404 Nicht gefunden \xe4\r\nContent-Type: text/plain\r\n\r\nnix",
    "/bare-lf": b"HTTP/1.0 200 OK\nContent-Type: text/html\n\n<p>x",
    "/no-colon": b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Type: text/html\r\n\r\n<p>x",
    "/folded": b"HTTP/1.1 200 OK\r\nX: 1\r\n  2\r\nContent-Type: text/html\r\n\r\n<p>x",
    "/non-ascii": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\xe4\r\nX: \xff\r\n\r\n<p>x",
    "/no-type": answer(b"x"),
    "/empty-type": answer(b"x", "Content-Type:"),
    "/odd-type": answer(b"x", "Content-Type: ; charset=x"),
    "/spaced-type": answer(b"x", "Content-Type:  text/html charset=x"),
    "/two-types": answer(b"x", "Content-Type: a/b", "Content-Type: c/d"),
    "/no-body": answer(b"", "Location: /plain", status="301 Moved Permanently"),
    "/no-reason": b"HTTP/1.1 204\r\n\r\n",
    "/no-head-end": b"HTTP/1.1 200 OK\r\nContent-Type: text/html",
    "/interim": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(b"x"),
    "/nothing": b"",
}  # fmt: skip
CHUNKED = answer(b"5;x=y\r\nhello\r\n0\r\nT: 1\r\n\r\n", "Transfer-Encoding: chunked", "A: b")


def write_samples(directory: Path, filename: str = "sample") -> tuple[Path, list[Capture]]:
    """Write a WARC file with all sample responses; returns it and what was captured."""
    tls = Tls(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384")
    with WarcWriter(directory, prefix=filename, software="test/1", robots="obey") as writer:
        captures = [
            writer.write_exchange(
                Exchange(
                    target_uri=f"http://www.Blog.example{path}",
                    date=STARTED + timedelta(seconds=number, microseconds=number),
                    request=b"GET / HTTP/1.1\r\nHost: www.blog.example\r\n\r\n",
                    response=response,
                    ip_address="192.0.2.1",
                    tls=tls if number % 2 else None,
                    truncated="disconnect" if path in ("/nothing", "/no-head-end") else None,
                ),
                origin(),
                crawl_id=CRAWL_ID,
            )
            for number, (path, response) in enumerate(RESPONSES.items())
        ]
        writer.write_log("settings.json", b'{"a": 1}\n', "application/json", crawl_id=CRAWL_ID)
    return directory / captures[0].filename, captures


FULL_HINTS = Hints(
    kind="post",
    title="Line\nbreak, «quotes» \u2028 and 日本語",
    authors=("A", "B, C"),
    published=STARTED,
    modified=STARTED,
    tags=("x y",),
    language="de-AT",
)

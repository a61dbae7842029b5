"""Writes `tests/warcs/warcio.warc.gz`: `python -m tests.archive.importing.write_by_warcio`."""

from __future__ import annotations

import io

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.archive.importing.made_archives import WARCS, page


def main() -> None:
    """Write a file with warcio: plain and chunked answers, revisits, what is no HTTP."""
    html = page("By warcio")
    plain = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
    chunked = StatusAndHeaders(
        "200 OK",
        [("Content-Type", "text/html"), ("Transfer-Encoding", "chunked")],
        protocol="HTTP/1.1",
    )
    asked = StatusAndHeaders("GET /post HTTP/1.1", [("Host", "tide.example")], is_http_request=True)
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(html), html.replace(b"By", b"Cut in pieces by"))
    url = "http://tide.example/post"
    path = WARCS / "warcio.warc.gz"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        make = writer.create_warc_record
        original = make(url, "response", io.BytesIO(html), http_headers=plain)
        digest = "WARC-Payload-Digest"
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "warcio"}))
        writer.write_record(make(url, "request", http_headers=asked))
        writer.write_record(original)
        headers = original.rec_headers
        for target, refers_to in ((f"{url}?again", url), (f"{url}?lost", f"{url}?never")):
            known = headers.get_header(digest) if refers_to == url else "sha1:" + "A" * 32
            date = headers.get_header("WARC-Date")
            writer.write_record(
                writer.create_revisit_record(target, known, refers_to, date, http_headers=plain)
            )
        writer.write_record(
            make(f"{url}/chunked", "response", io.BytesIO(chunks), http_headers=chunked)
        )
        for target, kind, block, mime in (
            ("urn:screenshot:tide", "resource", b"\x89PNG", "image/png; x=y"),
            ("dns:tide.example", "response", b"20240101\ntide.example: A 192.0.2.1", "text/dns"),
            (url, "conversion", b"By warcio", "text/plain"),
            ("metadata://tide/list", "metadata", b"one\ntwo", "text/plain"),
            (url, "metadata", b"fetchTimeMs: 7\r\n", "application/warc-fields"),
        ):
            writer.write_record(make(target, kind, io.BytesIO(block), warc_content_type=mime))


if __name__ == "__main__":
    main()

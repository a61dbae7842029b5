"""Credentials are left out of the archive, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.digests import block_digest
from archive.http_message import parse_fields
from archive.redaction import REPLACEMENT, redact
from archive.warc.fields import parse_block_fields
from archive.warc.reader import iter_records
from archive.warc.writer import WarcWriter
from tests.archive.sample_exchanges import CHUNKED, CRAWL_ID, RESPONSES, exchange, origin

SECRET = b"s3cr3t"


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        (b"Cookie: s3cr3t=1; b=2\r\n", b"Cookie: [redacted]\r\n"),
        (b"cOOkie:s3cr3t\r\n", b"cOOkie:[redacted]\r\n"),
        (b"Cookie : \t s3cr3t \r\n", b"Cookie : \t [redacted]\r\n"),
        (b"Authorization: Basic s3cr3t\r\n", b"Authorization: [redacted]\r\n"),
        (b"AUTHORIZATION: Bearer s3cr3t\n", b"AUTHORIZATION: [redacted]\n"),
        (b"Proxy-Authorization: Basic s3cr3t\r\n", b"Proxy-Authorization: [redacted]\r\n"),
        (b"Cookie: a\r\n s3cr3t\r\n\ts3cr3t\r\nX: 1\r\n", b"Cookie: [redacted]\r\nX: 1\r\n"),
        (b"Cookie:\n s3cr3t\nCookie: s3cr3t\n", b"Cookie:[redacted]\nCookie: [redacted]\n"),
        (b"Cookie: s3cr3t\r\n \r\nX: 1\r\n", b"Cookie: [redacted]\r\nX: 1\r\n"),
        (b"Cookie2: $Version=s3cr3t\r\n", b"Cookie2: [redacted]\r\n"),
        (b"X-Cookie: 1\r\nCookies: 2\r\n", b"X-Cookie: 1\r\nCookies: 2\r\n"),
        (b"X: 1\r\n Cookie: 2\r\nno colon\r\n", b"X: 1\r\n Cookie: 2\r\nno colon\r\n"),
        (b"Cookie s3cr3t\r\n", b"Cookie s3cr3t\r\n"),
        (b"Set-Cookie: 1\r\nReferer: Cookie: 2\r\n", b"Set-Cookie: 1\r\nReferer: Cookie: 2\r\n"),
    ],
)
def test_a_request_loses_the_values_of_cookies_and_passwords(sent: bytes, written: bytes) -> None:
    line, end, body = b"POST /?Cookie: HTTP/1.1\r\n", b"\r\n", b"\r\nCookie: in=body\r\n"
    original = replace(exchange(), request=line + sent + end + body)
    assert redact(original).request == line + written + end + body


@pytest.mark.parametrize(
    ("received", "written"),
    [
        (b"Set-Cookie: s3cr3t=1; Path=/\r\n", b"Set-Cookie: [redacted]\r\n"),
        (b"set-cookie:s3cr3t\nX:1\n", b"set-cookie:[redacted]\nX:1\n"),
        (b"SET-COOKIE : s3cr3t\r\n", b"SET-COOKIE : [redacted]\r\n"),
        (b"Set-Cookie: a;\r\n s3cr3t\r\nB: 1\r\n 2\r\n", b"Set-Cookie: [redacted]\r\nB: 1\r\n 2\r\n"),  # noqa: E501
        (b"Set-Cookie2: s3cr3t; Version=1\r\n", b"Set-Cookie2: [redacted]\r\n"),
        (b"Set-Cookie s3cr3t; Path=/\r\nX: 1\r\n", b"Set-Cookie [redacted]\r\nX: 1\r\n"),
        (b"set-cookie2\t s3cr3t\r\n", b"set-cookie2\t [redacted]\r\n"),
        (b"Set-Cookie\r\n s3cr3t\r\n", b"Set-Cookie\r\n [redacted]\r\n"),
        (b"Set-Cookie \r\nSet-Cookies 1\r\n", b"Set-Cookie \r\nSet-Cookies 1\r\n"),
        (b"no colon\r\nSet-Cookie\r\nX: \xe4\r\n", b"no colon\r\nSet-Cookie\r\nX: \xe4\r\n"),
        (b"Cookie: 1\r\nAuthorization: 2\r\n", b"Cookie: 1\r\nAuthorization: 2\r\n"),
        (b"", b""),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.0 200\n",
        b"X: no status\r\n",
        b"\r\nHTTP/1.1 200 OK\r\n",
        b"\n \r\nHTTP/1.1 200 OK\r\n",
        b"no status line\r\n",
        b"\x00\xff\r\n",
    ],
)
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_an_answer_loses_the_values_of_cookies(
    received: bytes, written: bytes, start: bytes, end: bytes
) -> None:
    body = b"Set-Cookie: in=body\r\n\r\n\x00\xff"
    original = replace(exchange(), response=start + received + end + body)
    assert redact(original).response == start + written + end + body


def test_interim_answers_are_redacted_too() -> None:
    head = b"HTTP/1.1 %b\r\nSet-Cookie: %b\r\n\r\n"
    sent = [(b"100 Continue", SECRET), (b"103 Early Hints", SECRET), (b"200 OK", SECRET)]
    response = b"".join(head % each for each in sent) + b"body"
    redacted = redact(replace(exchange(), response=response)).response
    assert redacted == response.replace(SECRET, b"[redacted]")


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        b"HTTP/1.1 103 Ear",
        b"garbage\r\nSet-Cookie: s3cr3t\r\n\r\nbody",
        b"\r\n",
        b"<p>body</p>",
    ],
)
def test_interim_answers_that_are_stored_are_redacted(tmp_path: Path, rest: bytes) -> None:
    response = b"HTTP/1.1 103 Early Hints\r\nSet-Cookie: s3cr3t\r\n\r\n" * 2 + rest
    with WarcWriter(
        tmp_path, prefix="b", software="t", robots="obey", redact_credentials=True
    ) as writer:
        original = replace(exchange(), response=response)
        capture = writer.write_exchange(original, origin(), crawl_id=CRAWL_ID)
    block = list(iter_records(tmp_path / capture.filename))[2].block
    assert block == response.replace(SECRET, b"[redacted]")


@pytest.mark.parametrize(
    "cut", [b"Set-Cookie: s3cr3t", b"Set-Cookie: s3cr3t\r", b"Set-Cookie: a\r\n s3cr3t\r\n"]
)
def test_a_head_that_was_cut_off_is_redacted(cut: bytes) -> None:
    response = b"HTTP/1.1 200 OK\r\n" + cut
    redacted = redact(replace(exchange(), response=response)).response
    assert SECRET not in redacted
    assert redacted.startswith(b"HTTP/1.1 200 OK\r\nSet-Cookie: [redacted]")


def test_a_body_without_head_is_left_alone() -> None:
    response = b"<pre>\nSet-Cookie: a\n</pre>"
    assert redact(replace(exchange(), response=response)).response == response


def test_what_holds_no_credentials_stays_as_it_is() -> None:
    for response in (*RESPONSES.values(), CHUNKED):
        original = replace(exchange(), response=response)
        assert redact(original) == original


def test_a_long_hostile_head_takes_no_long_time() -> None:
    lines = b"Set-Cookie:" + b"\r\n \t " * 100_000 + b"\r" * 100_000
    response = b"HTTP/1.1 200 OK\r\n" + lines + b"x\r\n\r\n"
    redacted = redact(replace(exchange(), response=response)).response
    assert redacted == b"HTTP/1.1 200 OK\r\nSet-Cookie:[redacted]\r\n\r\n"


_PIECES = st.sampled_from(
    [
        b"Cookie", b"cookie:", b"Set-Cookie: ", b"Authorization", b"X", b"a=b; c",
        b":", b" ", b"\t", b"\r", b"\n", b"\r\n", b"\x0b", b"\x00", b"\xe4",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=30))
def test_whatever_is_read_as_a_credential_is_redacted_and_no_other_field(
    pieces: list[bytes],
) -> None:
    lines = b"".join(pieces)
    sent = b"GET / HTTP/1.1\r\nHost: a\r\n" + lines
    head, blank, _ = sent.partition(b"\n\r\n") if b"\n\r\n" in sent else (sent, b"", b"")
    if b"\n\n" in head:
        return  # the head ends there
    redacted = redact(replace(exchange(), request=head + blank)).request
    names = {b"cookie", b"authorization", b"proxy-authorization"}
    expected = [
        (name, REPLACEMENT if name.lower() in names else value)
        for name, value in parse_fields(head)
    ]
    assert list(parse_fields(redacted.removesuffix(blank) if blank else redacted)) == expected


@pytest.mark.parametrize("redacts", [True, False])
def test_the_warc_file_says_whether_values_were_left_out(tmp_path: Path, redacts: bool) -> None:
    original = replace(
        exchange(),
        request=b"GET / HTTP/1.1\r\nHost: blog.example\r\nCookie: s3cr3t\r\n\r\n",
        response=b"HTTP/1.1 200 OK\r\nSet-Cookie: s3cr3t\r\n\r\nbody",
    )
    with WarcWriter(
        tmp_path, prefix="b", software="t", robots="obey", redact_credentials=redacts
    ) as writer:
        capture = writer.write_exchange(original, origin(), crawl_id=CRAWL_ID)
    warcinfo, request, response, _ = iter_records(tmp_path / capture.filename)
    expected = redact(original) if redacts else original
    assert (request.block, response.block) == (expected.request, expected.response)
    assert response.get("WARC-Block-Digest") == block_digest(expected.response)
    said = parse_block_fields(warcinfo.block).get("http-headers-redacted")
    names = "Authorization, Cookie, Cookie2, Proxy-Authorization, Set-Cookie, Set-Cookie2"
    assert said == (names if redacts else None)

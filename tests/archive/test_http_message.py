"""HTTP messages taken apart: what servers really send, and what they should not."""

import gzip
import zlib

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import BodyTooLargeError
from archive.http_message import (
    MAX_CHUNKS,
    MAX_HEAD_BYTES,
    decoded_body,
    iter_payload,
    parse_fields,
    payload,
    split_response,
    strip_interim,
)

LIMIT = 1 << 20
HTML = "<p>Ein Satz mit Umlaut: ä, und noch einer.</p>\n".encode() * 400


def answer(body: bytes, *headers: str) -> bytes:
    head = "\r\n".join(("HTTP/1.1 200 OK", *headers, "", ""))
    return head.encode("latin-1") + body


def chunked(body: bytes, size: int = 1000) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


CODINGS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=5),
    "zstd": zstd.compress,
}


class TestHead:
    def test_is_kept_as_sent(self) -> None:
        message = split_response(
            b"HTTP/1.1 404 Nicht da\xdf\r\nX-One: 1\r\nx-one:2\r\nServer:  caf\xe9 \r\n\r\nbody"
        )
        assert message.status == 404
        assert message.reason == b"Nicht da\xdf"
        assert message.headers == (("X-One", "1"), ("x-one", "2"), ("Server", "café"))
        assert message.get("X-ONE") == "1"
        assert message.get_all("x-One") == ("1", "2")
        assert message.get("absent") is None

    @pytest.mark.parametrize(
        ("block", "status", "headers", "body"),
        [
            (b"HTTP/1.1 200 OK\nA: 1\n\nbody", 200, (("A", "1"),), b"body"),
            (b"HTTP/1.1 200 OK\r\nA: 1\n\r\nbody", 200, (("A", "1"),), b"body"),
            (b"HTTP/1.1 200\r\n\r\nbody", 200, (), b"body"),
            (b"HTTP/1.0  301  Moved\r\n\r\n", 301, (), b""),
            (b"ICY 200 OK\r\nicy-name: x\r\n\r\nbody", 200, (("icy-name", "x"),), b"body"),
            (b"HTTP/1.1 20 OK\r\nA: 1\r\n\r\nbody", None, (("A", "1"),), b"body"),
            (b"HTTP/1.1 2000 OK\r\n\r\nbody", None, (), b"body"),
            (b"HTTP/1.1 200 OK\r\nno colon\r\nA: 1\r\n\r\n", 200, (("A", "1"),), b""),
            (b"HTTP/1.1 200 OK\r\nA: 1\r\n  2\r\n\t3\r\n\r\n", 200, (("A", "1 2 3"),), b""),
            (b"HTTP/1.1 200 OK\r\nA:\r\n 1\r\n\r\n", 200, (("A", "1"),), b""),
            (b"HTTP/1.1 200 OK\r\n folded nothing\r\nA: 1\r\n\r\n", 200, (("A", "1"),), b""),
            (b"Server: nginx\r\n\r\nbody", None, (("Server", "nginx"),), b"body"),
            (b"HTTP/1.1 200 OK\r\nA: 1", 200, (("A", "1"),), b""),
            (b"<!doctype html>\n\n<p>HTTP/0.9", None, (), b"<!doctype html>\n\n<p>HTTP/0.9"),
            (b"", None, (), b""),
        ],
    )  # fmt: skip
    def test_is_read_as_far_as_it_goes(
        self, block: bytes, status: int | None, headers: tuple[tuple[str, str], ...], body: bytes
    ) -> None:
        message = split_response(block)
        assert (message.status, message.headers) == (status, headers)
        assert block[message.head_length :] == body
        assert payload(block) == body

    def test_without_end_is_no_head(self) -> None:
        block = b"HTTP/1.1 200 OK\r\n" + b"a" * MAX_HEAD_BYTES
        assert split_response(block).head_length == 0

    @pytest.mark.parametrize(
        ("content_type", "mime"),
        [
            ("text/html; charset=utf-8", "text/html"),
            ("text/html charset=utf-8", "text/html"),
            ("Text/HTML", "Text/HTML"),
            ("", ""),
            ("; x", ""),
            (None, None),
        ],
    )
    def test_names_the_media_type(self, content_type: str | None, mime: str | None) -> None:
        headers = [] if content_type is None else [f"Content-Type: {content_type}"]
        assert split_response(answer(b"", *headers)).mime == mime

    def test_stated_to_the_skies_is_bounded(self) -> None:
        mime = split_response(answer(b"", "Content-Type: " + "a" * 100_000)).mime
        assert mime == "a" * 255

    def test_folded_a_hundred_thousand_times_is_read_at_once(self) -> None:
        block = b"HTTP/1.1 200 OK\r\nA: 1" + b"\r\n x" * 100_000 + b"\r\n\r\n"
        assert split_response(block).get("a") == "1" + " x" * 100_000


@given(
    st.lists(
        st.sampled_from([b"A: 1", b"no colon", b"B:", b": c", b"", b"\rD :\t4 \r", b"E:\xe4:\x0b"])
    )
)
def test_a_folded_field_changes_no_other(lines: list[bytes]) -> None:
    head = b"\n".join(lines)
    assert [*parse_fields(head), (b"X", b"1 2")] == list(parse_fields(head + b"\nX: 1\n 2"))


class TestInterim:
    def test_answers_are_taken_off(self) -> None:
        final = answer(b"HTTP/1.1 100 is what the body says\r\n\r\n")
        early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
        assert strip_interim(b"HTTP/1.1 100 Continue\r\n\r\n" + early + final) == final

    @pytest.mark.parametrize(
        "response",
        [b"HTTP/1.1 101 Switching Protocols\r\n\r\nraw", b"HTTP/1.1 100 Conti", b"", b"HTTP/1.1 1"],
    )
    def test_final_and_unfinished_ones_stay(self, response: bytes) -> None:
        assert strip_interim(response) == response

    @pytest.mark.parametrize(
        "rest",
        [b"", b"\r\n", b"<p>no status line", b"HTTP/1.1 2", b"HTTP/1.1 103 Ea", b"HTTP/1.1 OK\r\n"],
    )
    def test_stay_where_no_final_one_follows(self, rest: bytes) -> None:
        response = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n" + rest
        assert strip_interim(response) == response

    @pytest.mark.parametrize(
        "rest", [b"HTTP/1.1 200", b"HTTP/1.1 101 Switching\r\n\r\n", b"ICY 200 OK"]
    )
    def test_are_taken_off_once_a_final_one_begins(self, rest: bytes) -> None:
        assert strip_interim(b"HTTP/1.1 103 Early Hints\r\n\r\n" + rest) == rest


class TestPayload:
    @pytest.mark.parametrize(
        ("framed", "body"),
        [
            (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
            (b"5;ext=1;other\r\nhello\r\n1 \r\n!\r\n0\r\nTrailer: x\r\n\r\n", b"hello!"),
            (b"5\nhello\n0\n\n", b"hello"),
            (b"0005\r\nhello\r\n000\r\n\r\n", b"hello"),
            (b"5\r\nhello\r\n", b"hello"),
            (b"5\r\nhel", b"hel"),
            (b"5\r\nhello\r\n1f", b"hello"),
            (b"ffffffffffffffff\r\nhello", b"hello"),
            (b"hello", b"hello"),
            (b"<p>no chunk at all\r\n", b"<p>no chunk at all\r\n"),
            (b"5\r\nhello\r\nzz\r\nrest", b"hello\r\nzz\r\nrest"),
            (b"", b""),
        ],
    )
    def test_is_the_body_without_chunk_framing(self, framed: bytes, body: bytes) -> None:
        assert payload(answer(framed, "Transfer-Encoding: Chunked")) == body

    def test_keeps_the_content_coding(self) -> None:
        packed = gzip.compress(HTML)
        block = answer(chunked(packed), "Transfer-Encoding: chunked", "Content-Encoding: gzip")
        assert payload(block) == packed

    def test_is_viewed_without_copying(self) -> None:
        block = answer(chunked(HTML), "Transfer-Encoding: chunked")
        assert all(view.obj is block for view in iter_payload(block, split_response(block)))

    def test_in_endless_chunks_is_bounded(self) -> None:
        block = answer(b"1\na\n" * (MAX_CHUNKS + 9), "Transfer-Encoding: chunked")
        assert payload(block) == b"a" * MAX_CHUNKS + b"\n1\na" * 9 + b"\n"

    @given(st.binary(max_size=3000), st.integers(1, 700))
    def test_comes_back_from_any_chunking(self, body: bytes, size: int) -> None:
        assert payload(answer(chunked(body, size), "Transfer-Encoding: chunked")) == body


class TestDecodedBody:
    @pytest.mark.parametrize("coding", CODINGS)
    def test_is_what_was_packed(self, coding: str) -> None:
        block = answer(CODINGS[coding](HTML), f"Content-Encoding: {coding.upper()}")
        assert decoded_body(block, max_size_bytes=LIMIT) == HTML

    def test_knows_deflate_without_wrapper(self) -> None:
        raw = zlib.compressobj(wbits=-15)
        packed = raw.compress(HTML) + raw.flush()
        assert (
            decoded_body(answer(packed, "Content-Encoding: deflate"), max_size_bytes=LIMIT) == HTML
        )

    def test_takes_off_several_codings_and_chunks(self) -> None:
        packed = brotli.compress(gzip.compress(HTML))
        block = answer(
            chunked(zlib.compress(packed)),
            "Content-Encoding: gzip",
            "Content-Encoding: br",
            "Transfer-Encoding: deflate, chunked",
        )
        assert decoded_body(block, max_size_bytes=LIMIT) == HTML

    def test_reads_all_gzip_members_and_no_rubbish_behind(self) -> None:
        packed = gzip.compress(HTML[:5000]) + gzip.compress(HTML[5000:])
        block = answer(packed + b"<b>Warning</b>", "Content-Encoding: gzip")
        assert decoded_body(block, max_size_bytes=LIMIT) == HTML

    @pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "identity", "utf-8"])
    def test_that_is_not_as_it_claims_stays_as_it_is(self, coding: str) -> None:
        block = answer(HTML, f"Content-Encoding: {coding}")
        assert decoded_body(block, max_size_bytes=LIMIT) == HTML

    def test_with_too_many_codings_stays_as_it_is(self) -> None:
        packed = gzip.compress(HTML)
        block = answer(packed, "Content-Encoding: " + ", ".join(["gzip"] * 6))
        assert decoded_body(block, max_size_bytes=LIMIT) == packed

    @pytest.mark.parametrize("coding", CODINGS)
    @pytest.mark.parametrize("kept", [0.3, 0.9])
    def test_that_is_cut_off_gives_its_beginning(self, coding: str, kept: float) -> None:
        text = b"".join(b"<p>%d squared is %d</p>" % (n, n * n) for n in range(40_000))
        packed = CODINGS[coding](text)
        block = answer(packed[: int(len(packed) * kept)], f"Content-Encoding: {coding}")
        body = decoded_body(block, max_size_bytes=len(text))
        assert text.startswith(body)
        assert len(body) > len(text) * (kept - 0.25)

    def test_with_a_wrong_checksum_loses_nothing(self) -> None:
        packed = bytearray(gzip.compress(HTML))
        packed[-6] ^= 0xFF
        block = answer(bytes(packed), "Content-Encoding: gzip")
        assert decoded_body(block, max_size_bytes=LIMIT) == HTML

    @pytest.mark.parametrize("coding", CODINGS)
    def test_that_bursts_its_limit_is_refused(self, coding: str) -> None:
        bomb = CODINGS[coding](bytes(8 << 20))
        with pytest.raises(BodyTooLargeError, match="1048576"):
            decoded_body(answer(bomb, f"Content-Encoding: {coding}"), max_size_bytes=LIMIT)

    def test_that_bursts_its_limit_on_the_way_is_refused(self) -> None:
        bomb = gzip.compress(gzip.compress(b"") * 500_000)
        block = answer(bomb, "Content-Encoding: gzip, gzip")
        with pytest.raises(BodyTooLargeError):
            decoded_body(block, max_size_bytes=LIMIT)

    def test_without_coding_has_the_same_limit(self) -> None:
        assert decoded_body(answer(b"12345"), max_size_bytes=5) == b"12345"
        with pytest.raises(BodyTooLargeError):
            decoded_body(answer(b"123456"), max_size_bytes=5)


pieces_of_http = st.sampled_from(
    [b"HTTP/1.1 200 OK", b"HTTP/1.1 100 Continue", b"\r\n", b"\n", b"\r", b":", b" ", b"\t", b";",
     b"Content-Encoding: ", b"Transfer-Encoding: ", b"gzip", b"deflate", b"br", b"zstd", b", ",
     b"chunked", b"5", b"0", b"ff", gzip.compress(b"abc"), b"\x1f\x8b", brotli.compress(b"abc"),
     zstd.compress(b"abc"), zlib.compress(b"abc"), b"\x28\xb5\x2f\xfd"]
)  # fmt: skip


@given(st.lists(pieces_of_http | st.binary(max_size=20), max_size=40).map(b"".join))
def test_nothing_that_a_server_sends_raises(response: bytes) -> None:
    block = strip_interim(response)
    assert response.endswith(block)
    message = split_response(block)
    assert message.head_length <= len(block)
    assert len(payload(block)) <= len(block)
    assert len(decoded_body(block, max_size_bytes=LIMIT)) <= LIMIT


@given(
    st.sampled_from(sorted(CODINGS)), st.binary(max_size=4000), st.integers(0, 5000), st.binary()
)
def test_damage_anywhere_never_raises(coding: str, body: bytes, at: int, damage: bytes) -> None:
    packed = bytearray(CODINGS[coding](body))
    packed[at : at + len(damage)] = damage
    block = answer(bytes(packed), f"Content-Encoding: {coding}")
    assert len(decoded_body(block, max_size_bytes=LIMIT)) <= LIMIT


@given(st.sampled_from(sorted(CODINGS)), st.binary(max_size=4000), st.integers(1, 700))
def test_every_coding_comes_back(coding: str, body: bytes, size: int) -> None:
    framed = chunked(CODINGS[coding](body), size)
    block = answer(framed, "Transfer-Encoding: chunked", f"Content-Encoding: {coding}")
    assert decoded_body(block, max_size_bytes=LIMIT) == body

"""HTTP messages as they crossed the wire: head and body taken apart, codings taken off.

Everything here is lenient, because it reads what servers really send, and bounded, because they
may mean harm: only `decoded_body` raises, and only `BodyTooLargeError`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from archive.content_coding import decode_content

MAX_HEAD_BYTES = 1 << 20
"""A head longer than this is none: the whole message then counts as its body."""

MAX_CHUNKS = 1_000_000
"""A chunked body is taken apart into no more; what follows is then taken as it is."""

MAX_MIME_LENGTH = 255
"""No registered media type is longer (RFC 6838 section 4.2); what a server states is cut here."""

_HEAD_END = re.compile(rb"\n\r?\n")
_HEAD_START = re.compile(rb"(?:HTTP/|ICY |[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}[ \t]*:)", re.IGNORECASE)
_STATUS_LINE = re.compile(
    rb"(?:HTTP/\d+(?:\.\d+)?|ICY)[ \t]+(\d{3})(?![0-9])[ \t]*([^\r\n]*)", re.IGNORECASE
)
_INTERIM = re.compile(rb"HTTP/1\.[01][ \t]+1(?!01)\d\d(?![0-9])", re.IGNORECASE)
# The line break that ends a chunk's data is read with the size line of the next.
_CHUNK_SIZE = re.compile(rb"(?:\r?\n)?[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\n]{0,4096})?\r?\n")
_CUT_SIZE = re.compile(rb"\r?\n?[0-9A-Fa-f]{0,16}\r?")
_MIME_END = re.compile(r"[;\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseMessage:
    """The head of an HTTP response, taken apart."""

    status: int | None  # None where there is no readable status line
    reason: bytes
    headers: tuple[tuple[str, str], ...]  # as sent: order, case and repeats kept; latin-1
    head_length: int  # in bytes, with the blank line; 0 where the message has no head

    def get(self, name: str) -> str | None:
        """Return the value of the first header of that name, in whatever case, or None."""
        return next(iter(self.get_all(name)), None)

    def get_all(self, name: str) -> tuple[str, ...]:
        """Return the values of all headers of that name, in the order they were sent."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)

    @property
    def is_chunked(self) -> bool:
        """Whether the head announces a body in chunks (RFC 9112 section 7.1)."""
        return "chunked" in _codings(self, "transfer-encoding")

    @property
    def mime(self) -> str | None:
        """The media type that the server states, parameters cut off; None where it states none."""
        stated = self.get("content-type")
        if stated is None:
            return None
        with suppress(UnicodeDecodeError):  # UTF-8 where it is that: so do other WARC tools
            stated = stated.encode("latin-1").decode("utf-8")
        return _MIME_END.split(stated[:MAX_MIME_LENGTH], maxsplit=1)[0]


def parse_fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and value of each ``name: value`` line; HTTP, WARC and warc-fields share it.

    Lines end with LF or CRLF. A line that begins with a space or a tab continues the one before
    (RFC 9112 section 5.2), joined by a single space. Lines without a colon are passed over.
    """
    if b"\n " not in head and b"\n\t" not in head and head[:1] not in (b" ", b"\t"):
        for line in head.split(b"\n"):  # nothing is folded: the usual case, at half the cost
            key, colon, rest = line.partition(b":")
            if colon:
                yield key.strip(), rest.strip()
        return
    yield from _parse_folded(head)


def _parse_folded(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    name: bytes | None = None
    parts: list[bytes] = []
    for line in head.split(b"\n"):
        if line[:1] in (b" ", b"\t"):
            parts.append(line.strip())
            continue
        if name is not None:
            yield name, b" ".join(filter(None, parts))
        key, colon, rest = line.partition(b":")
        name, parts = (key.strip(), [rest.strip()]) if colon else (None, [])
    if name is not None:
        yield name, b" ".join(filter(None, parts))


def split_response(block: bytes) -> ResponseMessage:
    """Take the head of an HTTP response apart, as far as it can be read.

    A head begins with a status line or, where a server forgot that, with a header. It ends with
    the first blank line, or with the message. Anything else is a message without head (HTTP/0.9).

    Args:
        block: the message as received, interim answers already taken out.
    """
    head = _find_head(block)
    if not head:
        return ResponseMessage(status=None, reason=b"", headers=(), head_length=0)
    status_line = _STATUS_LINE.match(head)
    has_start_line = head[:5].upper() == b"HTTP/" or head[:4].upper() == b"ICY "
    lines = head.partition(b"\n")[2] if has_start_line else head
    return ResponseMessage(
        status=int(status_line[1]) if status_line else None,
        reason=status_line[2].rstrip() if status_line else b"",
        headers=tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in parse_fields(lines)),
        head_length=len(head),
    )


def _find_head(block: bytes) -> bytes:
    """Return the head, blank line included; empty where there is none."""
    if not _HEAD_START.match(block):
        return b""
    end = _HEAD_END.search(block, 0, MAX_HEAD_BYTES)
    if end:
        return block[: end.end()]
    return block if len(block) <= MAX_HEAD_BYTES else b""


def strip_interim(response: bytes) -> bytes:
    """Take complete interim answers (1xx) off the front of a response.

    Only the final answer belongs into a WARC record. Where no status line of one follows, nothing
    is taken off: the interim answers are then what the server sent. 101 is final: after it, HTTP is
    over.
    """
    start = interim_length(response)
    is_final = _STATUS_LINE.match(response, start) and not _INTERIM.match(response, start)
    return response[start:] if start and is_final else response


def interim_length(response: bytes) -> int:
    """Return how many bytes complete interim answers take at the front, whatever follows them."""
    start = 0
    while _INTERIM.match(response, start):
        end = _HEAD_END.search(response, start, start + MAX_HEAD_BYTES)
        if not end:
            break
        start = end.end()
    return start


def iter_payload(block: bytes, message: ResponseMessage) -> Iterator[memoryview]:
    """Yield the payload in pieces that are views of the block: nothing is copied.

    Chunk extensions and trailers are dropped. A body that is announced as chunked but is not is
    its own payload; where the framing breaks off later, what follows is taken as it is.
    """
    body = memoryview(block)[message.head_length :]
    if not message.is_chunked:
        yield body
        return
    position = 0
    for _ in range(MAX_CHUNKS):
        if position >= len(body):  # cut off inside a chunk
            return
        size_line = _CHUNK_SIZE.match(body, position)
        if not size_line:
            if not position or not _CUT_SIZE.fullmatch(body, position):
                yield body[position:]
            return
        size = int(size_line[1], 16)
        if not size:
            return
        yield body[size_line.end() : size_line.end() + size]
        position = size_line.end() + size
    yield body[position:]


def payload(block: bytes) -> bytes:
    """Return the payload of a response: transfer coding taken off, content coding left on.

    This is what a payload digest is taken of (WARC 1.0 section 5.9).

    >>> head = b"HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n"
    >>> payload(head + b"2;x=y\\r\\nhi\\r\\n0\\r\\n\\r\\n")
    b'hi'
    """
    return _join(iter_payload(block, split_response(block)))


def with_payload(head: bytes, body: bytes) -> bytes:
    """Join a response head and a payload into a message whose payload that is.

    Args:
        head: of a response, and the blank line behind it; what follows is passed over.
        body: with transfer coding taken off; where the head says chunked, it becomes one chunk.

    >>> head = b"HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n"
    >>> payload(with_payload(head, b"hi"))
    b'hi'
    """
    message = split_response(head)
    if message.is_chunked:
        framed = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
        body = framed + b"0\r\n\r\n"
    return head[: message.head_length] + body


def decoded_body(block: bytes, *, max_size_bytes: int) -> bytes:
    """Return the body of a response with all codings taken off, as a browser would see it.

    Knows gzip, deflate (with and without zlib wrapper), br and zstd, in any order and number up
    to five. A body that is cut off or broken gives what can be decoded; a body in a coding that
    nobody knows, or that is not in the coding it claims, is given as it is.

    Raises:
        BodyTooLargeError: the body, or a stage of its decoding, is longer than `max_size_bytes`.
    """
    message = split_response(block)
    data = _join(iter_payload(block, message))
    # Transfer codings were put on last, so they come off first (RFC 9112 section 6.1).
    codings = _codings(message, "content-encoding") + _codings(message, "transfer-encoding")
    return decode_content(data, codings, max_size_bytes=max_size_bytes)


def _join(pieces: Iterator[memoryview]) -> bytes:
    """Join the pieces, a thousand at a time: millions of tiny ones would take far more room."""
    return b"".join(iter(lambda: b"".join(islice(pieces, 1000)), b""))


def _codings(message: ResponseMessage, header: str) -> list[str]:
    """Return the codings that a header names, lower-case, in the order they were applied."""
    names = ",".join(message.get_all(header)).lower().split(",")
    return [name.strip() for name in names if name.strip()]

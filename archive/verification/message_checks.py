"""Blocks and payloads against their digests, and HTTP messages against their own length."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import cast

from archive.errors import BodyTooLargeError
from archive.http_message import (
    MAX_HEAD_BYTES,
    ResponseMessage,
    decoded_body,
    iter_payload,
    split_response,
)
from archive.verification.kinds import Kind
from archive.verification.record import Problem, Record

_ALGORITHMS = {
    "md5": "md5",
    "sha1": "sha1",
    "sha-1": "sha1",
    "sha256": "sha256",
    "sha-256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
    "sha-512": "sha512",
}
_BASE32 = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ23456701", "0123456789abcdefghijklmnopqrstuv!!")
_LABEL = re.compile(r"[a-z][a-z0-9-]{0,31}")
_HTTP_TYPES = ("application/http", '"application/http')
_BODILESS = frozenset({204, 304})
_MAX_DECODED_BYTES = 256 << 20  # only to say which rule a wrong digest follows
_Parts = Iterable[bytes | memoryview]


def digest_problems(record: Record, message: ResponseMessage | None) -> Iterator[Problem]:
    """Yield what is wrong about the digests of a record.

    The payload of an HTTP message is its body with transfer coding taken off and content coding
    left on (WARC 1.0 section 5.9); of any other block it is the block.
    """
    stated = record.get("warc-block-digest")
    if stated:
        for kind, text in _compare(Kind.BLOCK_DIGEST, "block", stated, (record.block,)):
            is_rule = record.get("warc-type") == "revisit" and _is_of_nothing(
                stated
            )  # as wget does
            of_nothing = "block digest taken of nothing, since the payload is elsewhere"
            yield (Kind.BLOCK_DIGEST_RULE, of_nothing) if is_rule else (kind, text)
    stated = record.get("warc-payload-digest")
    if not stated or record.get("warc-type") == "revisit":  # of a revisit: its original's
        return
    for kind, text in _compare(
        Kind.PAYLOAD_DIGEST, "payload", stated, _payload_parts(record, message)
    ):
        rule = _other_rule(record, message, stated) if kind is Kind.PAYLOAD_DIGEST else None
        yield (Kind.PAYLOAD_DIGEST_RULE, rule) if rule else (kind, text)


def read_message(record: Record) -> ResponseMessage | None:
    """Take the head of a response apart; None for a record that holds no HTTP response."""
    record_type = record.get("warc-type")
    if record_type not in ("response", "revisit"):
        return None
    if record_type == "response" and not is_http(record):
        return None
    return split_response(bytes(record.block[: MAX_HEAD_BYTES + 1]))


def is_http(record: Record) -> bool:
    """Tell whether the block of a record is an HTTP message."""
    return record.get("content-type").lower().startswith(_HTTP_TYPES)


def missing_bytes(record: Record, message: ResponseMessage) -> int:
    """Count the bytes that a response promises (Content-Length), lacks, and does not account for.

    Whether it answers a HEAD request, which would explain it, its record does not say.
    """
    stated = message.get("content-length") or ""
    if record.get("warc-type") != "response" or record.get("warc-truncated"):
        return 0
    if message.status in _BODILESS or message.get("transfer-encoding"):
        return 0
    if not stated.isascii() or not stated.isdigit() or len(stated) > 18:
        return 0
    return max(0, int(stated) - (len(record.block) - message.head_length))


def same_digest(one: str, other: str) -> bool | None:
    """Compare two digests, however they are spelled; None where their algorithms differ.

    >>> same_digest("md5:D41D8CD98F00B204E9800998ECF8427E", "md5:2QOYZWMPACZAJ2MABGMOZ6CCPY")
    True
    """
    first, second = _parse(one), _parse(other)
    if first is None or second is None:
        return one == other
    return first[1] == second[1] if first[0] == second[0] else None


def _compare(kind: Kind, what: str, stated: str, parts: _Parts) -> Iterator[Problem]:
    parsed = _parse(stated)
    if parsed is None:
        label = stated.partition(":")[0].lower()
        is_unknown = _LABEL.fullmatch(label) and label not in _ALGORITHMS and ":" in stated
        text = f"{what} digest not checked" if is_unknown else f"{what} digest is none"
        yield (Kind.DIGEST_UNKNOWN if is_unknown else kind), f"{text}: {stated[:100]!r}"
        return
    algorithm, expected = parsed
    computed = _digest(algorithm, parts)
    if computed != expected:
        text = base64.b32encode(computed).decode()
        yield kind, f"{what} digest: recorded {stated[:160]}, computed {algorithm}:{text}"


def _parse(stated: str) -> tuple[str, bytes] | None:
    """Read a labelled digest in hexadecimal or base32; None where it is neither."""
    label, _, value = stated.partition(":")
    algorithm = _ALGORITHMS.get(label.strip().lower())
    value = value.strip().rstrip("=")
    if algorithm is None:
        return None
    size = hashlib.new(algorithm, usedforsecurity=False).digest_size
    if not value.isalnum() or len(value) not in (2 * size, -(-8 * size // 5)):
        return None
    try:
        if len(value) == 2 * size:
            return algorithm, bytes.fromhex(value)
        number = int(
            value.upper().translate(_BASE32), 32
        )  # base64.b32decode takes ten times as long
        digest = (number >> (5 * len(value) - 8 * size)).to_bytes(size, "big")
    except (ValueError, OverflowError):  # other characters, or bits that are too many
        return None
    return algorithm, digest


def _digest(algorithm: str, parts: _Parts) -> bytes:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    for part in parts:
        digest.update(part)
    return digest.digest()


def _is_of_nothing(stated: str) -> bool:
    parsed = _parse(stated)
    return parsed is not None and _digest(parsed[0], ()) == parsed[1]


def _payload_parts(record: Record, message: ResponseMessage | None) -> _Parts:
    if message is not None:
        return iter_payload(cast("bytes", record.block), message)
    if is_http(record):  # a request
        head_end = bytes(record.block[:MAX_HEAD_BYTES]).find(b"\r\n\r\n")
        return (record.block[head_end + 4 :] if head_end >= 0 else b"",)
    return (record.block,)


def _other_rule(record: Record, message: ResponseMessage | None, stated: str) -> str | None:
    """Name the rule, not the standard's, by which a payload digest is right; None: by none."""
    parsed = _parse(stated)
    if parsed is None or message is None:
        return None
    body = record.block[message.head_length :]
    rules: dict[str, Callable[[], _Parts]] = {
        "the body with its chunk framing": lambda: (body,),
        "the whole block": lambda: (record.block,),
        "the body with its content coding taken off": lambda: _decoded(record),
        "nothing": lambda: (),
    }
    for name, parts in rules.items():
        if _digest(parsed[0], parts()) == parsed[1]:
            return f"payload digest taken of {name}"
    return None


def _decoded(record: Record) -> _Parts:
    if isinstance(record.block, memoryview):  # too large to be held in memory
        return ()
    try:
        return (decoded_body(record.block, max_size_bytes=_MAX_DECODED_BYTES),)
    except BodyTooLargeError:
        return ()

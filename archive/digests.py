"""Digests in the form that WARC tools verify: ``sha256:`` and the digest in base32."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from archive.records import Comment


def digest_of(parts: Iterable[bytes | memoryview]) -> str:
    """Return the SHA-256 digest of the parts, taken as one run of bytes, without joining them.

    Form: ``sha256:`` and 56 characters of base32 (RFC 4648 section 6, padding kept), the labelled
    digest of WARC 1.1 section 5.8.

    >>> digest_of([b"ab", b"c"]) == digest_of([b"abc"])
    True
    """
    sha256 = hashlib.sha256()
    for part in parts:
        sha256.update(part)
    return "sha256:" + base64.b32encode(sha256.digest()).decode("ascii")


def block_digest(block: bytes) -> str:
    """Return the digest of a record block, for ``WARC-Block-Digest`` (WARC 1.1 section 5.8)."""
    return digest_of((block,))


def payload_digest(payload: bytes) -> str:
    """Return the digest of a payload, for ``WARC-Payload-Digest`` (WARC 1.1 section 5.9).

    The payload of an HTTP response is its body with transfer coding taken off and content coding
    left on: `archive.http_message.payload` gives it.

    >>> payload_digest(b"")
    'sha256:4OYMIQUY7QOBJGX36TEJS35ZEQT24QPEMSNZGTFESWMRW6CSXBKQ===='
    """
    return digest_of((payload,))


def text_digest(text: str) -> str:
    """Return the digest of a text in UTF-8, a lone surrogate as U+FFFD, as which it is stored."""
    return digest_of((_stored(text),))


def comment_digests(comments: Iterable[Comment]) -> bytes:
    """Return short digests of author and text of comments: 8 bytes each, sorted, none twice.

    Two lists of comments say the same, whatever their order, where these are equal.
    """
    said = {
        hashlib.blake2b(_stored(f"{one.author or ''}\0{one.text}"), digest_size=8).digest()
        for one in comments
    }
    return b"".join(sorted(said))


def _stored(text: str) -> bytes:
    """Encode a text as it is stored."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()

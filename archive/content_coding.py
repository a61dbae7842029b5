"""Content codings of HTTP taken off: gzip, deflate, br, zstd; lenient and bounded."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import brotli
from isal import isal_zlib
from isal.igzip_lib import IsalError

from archive.errors import BodyTooLargeError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_CODINGS = 5
"""More codings than this on one body are left on: no server means it, only an attacker does."""

_SLICE_BYTES = 1024  # what is fed to a decoder at once
_ROOM_BYTES = 1 << 18  # what may come out of it at once
_MAX_MEMBERS = 10_000  # gzip members or zstd frames in one body
_ZSTD_WINDOW_LOG = 23  # RFC 9659: 8 MB is all that a content coding may ask a decoder to hold
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# The stubs of isal declare its error as an instance.
_DECODING_ERRORS = (cast("type[Exception]", IsalError), brotli.error, zstd.ZstdError)


class _Decoder(Protocol):
    """One stream of one coding: the libraries behind one face."""

    @property
    def left_over(self) -> int | None:
        """How many of the bytes last fed lie beyond the end of the stream; None before its end."""

    def decode(self, data: bytes | memoryview) -> bytes:
        """Decode some more, about `_ROOM_BYTES` at most; b"" asks for what is still held back."""


class _Inflate:
    """gzip, zlib or raw deflate, by the meaning that `wbits` has in `zlib`."""

    def __init__(self, wbits: int) -> None:
        self._stream = isal_zlib.decompressobj(wbits)

    @property
    def left_over(self) -> int | None:
        return len(self._stream.unused_data) if self._stream.eof else None

    def decode(self, data: bytes | memoryview) -> bytes:
        tail = self._stream.unconsumed_tail
        return self._stream.decompress(tail + bytes(data) if tail else data, _ROOM_BYTES)


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    @property
    def left_over(self) -> int | None:
        return 0 if self._stream.is_finished() else None

    def decode(self, data: bytes | memoryview) -> bytes:
        decoded: bytes = self._stream.process(data, output_buffer_limit=_ROOM_BYTES)
        return decoded


class _Zstd:
    def __init__(self) -> None:
        options = {int(zstd.DecompressionParameter.window_log_max): _ZSTD_WINDOW_LOG}
        self._stream = zstd.ZstdDecompressor(options=options)

    @property
    def left_over(self) -> int | None:
        return len(self._stream.unused_data) if self._stream.eof else None

    def decode(self, data: bytes | memoryview) -> bytes:
        return self._stream.decompress(data, max_length=_ROOM_BYTES)


@dataclass(frozen=True, slots=True)
class _Coding:
    open_stream: Callable[[], _Decoder]
    magic: bytes = b""  # how each stream begins, where several may follow each other


def decode_content(data: bytes, codings: Sequence[str], *, max_size_bytes: int) -> bytes:
    """Take codings off a body, the last one first.

    A body of which nothing can be decoded, or whose coding nobody knows, stays as it is; one that
    breaks off or turns bad gives all that came before.

    Args:
        data: the body with all its codings on.
        codings: their names, lower-case, in the order in which they were put on.
        max_size_bytes: the longest that the body may be at any stage.

    Raises:
        BodyTooLargeError: it is longer.
    """
    _check_size(len(data), max_size_bytes)
    if len(codings) <= MAX_CODINGS:
        for name in reversed(codings):
            coding = _find_coding(name, data)
            if coding and data.startswith(coding.magic):
                data = _decode(data, coding, max_size_bytes=max_size_bytes)
    return data


def _find_coding(name: str, data: bytes) -> _Coding | None:
    match name:
        case "gzip" | "x-gzip":
            return _Coding(lambda: _Inflate(31), _GZIP_MAGIC)
        case "deflate":  # is zlib by RFC 9110 section 8.4.1.2, but raw deflate is sent as well
            has_wrapper = data[:1] and data[0] & 0x0F == 8 and int.from_bytes(data[:2]) % 31 == 0
            return _Coding(lambda: _Inflate(15 if has_wrapper else -15))
        case "br":
            return _Coding(_Brotli)
        case "zstd":
            return _Coding(_Zstd, _ZSTD_MAGIC)
    return None


def _decode(
    data: bytes, coding: _Coding, *, max_size_bytes: int, fine_from: int | None = None
) -> bytes:
    """Decode one coding; what cannot be decoded at all is given back as it is.

    What a decoder had made of a slice is lost when it finds an error in it. Then all is decoded
    once more, that slice byte by byte.
    """
    pieces: list[bytes] = []
    size = 0
    position = 0
    try:
        for position, piece in _iter_decoded(data, coding, fine_from):  # noqa: B007
            size += len(piece)
            _check_size(size, max_size_bytes)
            pieces.append(piece)
    except _DECODING_ERRORS:
        if fine_from is None:
            return _decode(data, coding, max_size_bytes=max_size_bytes, fine_from=position)
        if not size:
            return data
    return b"".join(pieces)


def _iter_decoded(
    data: bytes, coding: _Coding, fine_from: int | None
) -> Iterator[tuple[int, bytes]]:
    """Yield what comes out, each with the end of the slice that it came from."""
    view = memoryview(data)
    stream = coding.open_stream()
    members = 1
    position = 0
    while position < len(view):
        is_fine = fine_from is not None and fine_from <= position < fine_from + _SLICE_BYTES
        fed = view[position : position + (1 if is_fine else _SLICE_BYTES)]
        piece = stream.decode(fed)
        while piece and stream.left_over is None:
            yield position, piece
            piece = stream.decode(b"")
        position += len(fed)
        yield position, piece
        if stream.left_over is not None:
            position -= stream.left_over
            members += 1
            # Behind the end lies another gzip member or zstd frame, or rubbish.
            another = coding.magic and data.startswith(coding.magic, position)
            if not another or members > _MAX_MEMBERS:
                return
            stream = coding.open_stream()


def _check_size(size: int, max_size_bytes: int) -> None:
    if size > max_size_bytes:
        raise BodyTooLargeError(max_size_bytes)

"""The block index of a WACZ file: what a replay program looks up first (ZipNum, ``index.idx``)."""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterator
from typing import Any

from archive.errors import PackageError
from archive.verification.plain_words import plain_words
from archive.wacz.layout import INDEXES
from archive.wacz.reader import WaczReader

_SUFFIX = ".idx"
_MAX_INDEX_BYTES = 256 << 20
_MAX_BLOCK_BYTES = 64 << 20
_GZIP_WBITS = 31


def block_problems(wacz: WaczReader) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the block indexes of a package: the file, and a message.

    Each line states key and place of a block of the compressed index. The block must be there, must
    begin with that key, and have the digest that the line may state; all blocks together must be
    the whole compressed index.
    """
    for name in wacz.names:
        if name.startswith(INDEXES) and name.endswith(_SUFFIX):
            try:
                for message in _problems(wacz, name):
                    yield name, message
            except (PackageError, ValueError, KeyError, TypeError, RecursionError) as error:
                yield name, plain_words(f"cannot be read: {error!r}")[:300]


def _problems(wacz: WaczReader, name: str) -> Iterator[str]:
    if wacz.size_of(name) > _MAX_INDEX_BYTES:
        raise ValueError("it is too long")
    lines = b"".join(wacz.iter_chunks(name)).decode("utf-8").splitlines()
    blocks = f"{name.removesuffix(_SUFFIX)}.cdx.gz"
    if lines and lines[0].startswith("!meta"):
        stated = json.loads(lines[0].split(" ", 2)[2]).get("filename", "")
        blocks = f"{INDEXES}{stated}" if stated else blocks
    start, size = wacz.place_of(blocks)
    end = 0
    fd = os.open(wacz.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        for number, line in enumerate(lines, 1):
            if line.startswith("!") or not line.strip():
                continue
            key, _, fields = line.rpartition(" {")
            place = json.loads("{" + fields)
            offset, length = int(place["offset"]), int(place["length"])
            if offset != end or length < 1 or offset + length > size:
                yield f"line {number}: no block of {blocks} is at offset {offset}, {length} bytes"
                return
            end = offset + length
            block = os.pread(fd, min(length, _MAX_BLOCK_BYTES), start + offset)
            yield from (f"line {number}: {text}" for text in _wrong(block, key, place))
    finally:
        os.close(fd)
    if end != size:
        yield f"the last {size - end:,} bytes of {blocks} are in no line"


def _wrong(block: bytes, key: str, place: dict[str, Any]) -> Iterator[str]:
    stated = place.get("digest")
    if isinstance(stated, str) and stated.startswith("sha256:"):
        computed = f"sha256:{hashlib.sha256(block).hexdigest()}"
        if stated != computed:
            yield f"digest {stated}, computed {computed}"
    try:
        first = zlib.decompressobj(_GZIP_WBITS).decompress(block, _MAX_BLOCK_BYTES)
    except zlib.error as error:
        yield plain_words(f"its block cannot be read: {error}")
        return
    if not first.decode("utf-8", "replace").startswith(f"{key} "):
        yield f"its block does not begin with {key}"

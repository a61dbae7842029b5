"""Records of a WARC file that is not compressed, judged as strictly as gzip members are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.verification.kinds import Kind
from archive.verification.members import Damage, Member, Region, Spool
from archive.warc.gzip_members import MAX_RECORD_BYTES

RECORD_START = b"WARC/"
"""How a record begins."""

_NEXT_RECORD = b"\nWARC/1."
_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\ncontent-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?\n", re.IGNORECASE)
_FIRST_READ_BYTES = 1 << 12
_MAX_HEADER_BYTES = 1 << 20
_WINDOW_BYTES = 1 << 20


def iter_plain_records(region: Region) -> Iterator[Member | Damage]:
    """Yield all that a file consists of, one after the other, nothing left out."""
    offset = 0
    while offset < region.size:
        found = _read_record(region, offset)
        yield found
        offset += found.length


def _read_record(region: Region, offset: int) -> Member | Damage:
    end = _stated_end(region, offset)
    is_whole = end is not None and end <= region.size and region.read(end - 4, 4) == _END
    if end is None or not is_whole:
        following = _find_next(region, offset)
        length = following - offset
        if following == region.size and _is_cut(region, offset, end):
            message = f"the file ends inside a record, {length:,} bytes after its start"
            return Damage(Kind.CUT_TAIL, offset, length, message)
        if end is None:
            return Damage(
                Kind.GARBAGE, offset, length, f"{length:,} bytes that belong to no record"
            )
        end = following  # what is stated leads nowhere: `parse_record` says how it is wrong
    if end - offset > MAX_RECORD_BYTES:
        message = f"longer than {MAX_RECORD_BYTES:,} bytes"
        return Damage(Kind.TOO_LARGE, offset, end - offset, message)
    spool = Spool()
    for position in range(offset, end, _WINDOW_BYTES):
        spool.add(region.read(position, min(_WINDOW_BYTES, end - position)))
    return Member(offset, end - offset, b"", spool.data())


def _is_cut(region: Region, offset: int, end: int | None) -> bool:
    """Tell whether a record begins there and the file ends before it does."""
    if end is not None:
        return end > region.size
    head = region.read(offset, _MAX_HEADER_BYTES)
    return RECORD_START.startswith(head[:5]) and _END not in head


def _stated_end(region: Region, offset: int) -> int | None:
    """Return where the record at the offset ends by its own word; None where none begins."""
    head = region.read(offset, _FIRST_READ_BYTES)
    if not head.startswith(RECORD_START):
        return None
    if _END not in head:
        head = region.read(offset, _MAX_HEADER_BYTES)
    head_end = head.find(_END)
    stated = _LENGTH.search(head, 0, head_end + 2) if head_end >= 0 else None
    return offset + head_end + len(_END) + int(stated[1]) + len(_END) if stated else None


def _find_next(region: Region, start: int) -> int:
    """Return where the next record seems to begin, or the size of the file."""
    while window := region.read(start, _WINDOW_BYTES):
        found = window.find(_NEXT_RECORD)
        if found >= 0:
            return start + found + 1
        start += max(1, len(window) - len(_NEXT_RECORD) + 1)
    return region.size

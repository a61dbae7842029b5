"""Which parts of a site map are asked for: not those that were read since they changed.

Blogs of ten years have ten parts, of which one changes. The index says when each did, some to the
day. That a post was taken off, it may not say: so all parts are read once a week.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from scraper.discovery.memory import Memory
from scraper.discovery.reading import Ask

MAX_ASKED_ANYWAY = 2  # parts, with which an unchanged blog costs a handful of requests
_READ_FOR = timedelta(days=7)
_SLACK = timedelta(days=1)  # a date without a time is of any hour of its day


def changed_parts(parts: Sequence[Ask], memory: Memory) -> list[Ask]:
    """Give the parts of a site map that may name what they did not when they were last read.

    Args:
        parts: as the index of today names them.
        memory: tells when each was read.
    """
    readings = memory.readings() if len(parts) > MAX_ASKED_ANYWAY else {}
    read = [readings[part.url] for part in parts if part.url in readings]
    if not read or memory.wants_all or memory.now - min(read) > _READ_FOR:
        return list(parts)
    return [
        part
        for part in parts
        if part.url not in readings
        or part.lastmod is None
        or part.lastmod + _SLACK >= readings[part.url]
    ]

"""Whether an XML list is whole, or broke off: programs die while they write, connections end."""

from __future__ import annotations

import re
from collections import deque

_SEARCHED_BYTES = 4096  # at the end; programs write comments, warnings and scripts behind a list
_TAG = rb"(?:[\w.-]+:)?(?:%s)(?=[\s>/])"


def is_closed(body: bytes, *roots: str) -> bool:
    """Tell whether the end tag of a root element stands at the end of a document.

    >>> is_closed(b"<urlset><url></url></urlset>", "urlset"), is_closed(b"<urlset>", "urlset")
    (True, False)
    """
    return bool(re.search(rb"</" + _named(roots), body[-_SEARCHED_BYTES:], re.I))


def ends_whole(body: bytes, *entries: str) -> bool:
    """Tell whether the last entry of a list is closed; else its address may be half of one.

    >>> ends_whole(b"<urlset><url></url><url></url>", "url"), ends_whole(b"<urlset><url>", "url")
    (True, False)
    """
    last = deque(re.finditer(rb"<(/?)" + _named(entries), body, re.I), maxlen=1)
    return bool(last and last[0][1])


def _named(names: tuple[str, ...]) -> bytes:
    return _TAG % "|".join(names).encode()

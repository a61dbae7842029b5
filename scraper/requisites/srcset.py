"""The attribute srcset: the images that a browser chooses from.

https://html.spec.whatwg.org/multipage/images.html#parsing-a-srcset-attribute
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_BEFORE_CANDIDATE = re.compile(r"[\t\n\f\r ,]*")
_URL = re.compile(r"[^\t\n\f\r ]+")
_DESCRIPTORS = re.compile(r"(?:[^,(]+|\([^)]*\)?)*")  # a comma in parentheses parts nothing


def iter_srcset(value: str) -> Iterator[str]:
    """Yield the URL of each candidate, as it is written.

    Which one a browser loads depends on its window; all of them are named here, also those whose
    descriptors a browser would refuse.

    >>> list(iter_srcset("map.png, map-2.png 2x,  /cut,600/map.png 600w"))
    ['map.png', 'map-2.png', '/cut,600/map.png']
    """
    position = 0
    while found := _URL.match(value, _end(_BEFORE_CANDIDATE, value, position)):
        position = found.end()
        if found[0].endswith(","):
            yield found[0].rstrip(",")
        else:
            yield found[0]
            position = _end(_DESCRIPTORS, value, position)


def _end(pattern: re.Pattern[str], value: str, position: int) -> int:
    found = pattern.match(value, position)
    return found.end() if found else position

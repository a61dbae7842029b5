"""Lines that say in words who wrote a post: "Posted by Ada King on 3 May 2021"."""

from __future__ import annotations

import re

_MAX_LENGTH = 120
_BYLINE = re.compile(
    r"(?:^|[\s·•|,–—-])(?:(?:written|posted|published|submitted|publicado|escrito|publié|écrit"
    r"|geschrieben|veröffentlicht|pubblicato|scritto)\s+(?:by|por|par|von|da)|by)[\s:]+"
    r"(?P<name>\S.{1,60}?)"
    r"(?=\s+(?:on|at|in|am|um|el|le|il|em|à)\s|\s*[|·•,(–—]|\s+\d|\s*$)",
    re.I,
)


def read_byline(text: str) -> str | None:
    """Give the name in a byline; None where the text is none.

    >>> read_byline("Posted by Ada King on 3 May 2021")
    'Ada King'
    >>> read_byline("The house stands by the river") is None
    True
    """
    match = _BYLINE.search(text) if len(text) <= _MAX_LENGTH else None
    if match is None or not _begins_as_name(match["name"]):
        return None
    return match["name"].strip()


def _begins_as_name(name: str) -> bool:
    return name[0].isalpha() and not name[0].islower()

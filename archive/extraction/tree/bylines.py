"""Lines that say in words who wrote a post: "Posted by Ada King on 3 May 2021"."""

from __future__ import annotations

import re

_MAX_LENGTH = 120
_WRITTEN_BY = (
    r"(?:written|posted|published|submitted|publicado|escrito|publié|écrit|geschrieben"
    r"|veröffentlicht|pubblicato|scritto)\s+(?:by|por|par|von|da)"
)
_BEGINS_WRITTEN_BY = re.compile(rf"{_WRITTEN_BY}\b", re.I)
_BYLINE = re.compile(
    rf"(?:^|[\s·•|,–—-])(?:{_WRITTEN_BY}|by)[\s:]+"
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


def begins_as_byline(text: str) -> bool:
    """Tell whether a text begins with words that say who wrote something, more than "by" alone.

    >>> begins_as_byline("Written by Ada King, who lives by a lake")
    True
    >>> begins_as_byline("by Ada King")
    False
    """
    return bool(_BEGINS_WRITTEN_BY.match(text))


def _begins_as_name(name: str) -> bool:
    return name[0].isalpha() and not name[0].islower()


_WORD = (
    r"(?:[^\W\d_a-zß-öø-ÿ][\w.'’-]*|(?:de|da|di|du|del|della|der|den|dos|das|van|von|zu|ter|ten|la|le"
    r"|bin|ibn|al|el|the)(?=\s))"
)
_NAME = rf"{_WORD}(?:[ ]{_WORD}){{0,5}}"
_WHO = re.compile(
    r"(?:^|[|·•/–—]\s*|\s)(?i:(?:(?:written|posted|published|submitted|created|words|text|story"
    r"|reporting|publicado|escrito|publié|écrit|geschrieben|veröffentlicht|pubblicato|scritto)"
    r"\s+(?:by|por|par|von|da)|^by|(?<=[|·•/–—] )by|(?<=\d )by|^von|^par|^por|^di))\s*:?\s+"
    rf"(?P<names>{_NAME}(?:(?:\s*,\s*|\s*,?\s+(?:and|und|et|y|e|&)\s+){_NAME})*)"
)
_ENDS = re.compile(r"\s*(?:$|[|·•(–—.]|(?:on|at|in|am|um|el|le|il|em|à)\s)", re.I)
_LEADING = re.compile(rf"{_NAME}(?:(?:\s*,\s*|\s*,?\s+(?:and|und|et|y|e|&)\s+){_NAME})*")


def read_names(text: str) -> str | None:
    """Give the names in a line that says who wrote the post, as they stand there.

    >>> read_names("By Ada King and Bo van Dyk | 3 May 2021")
    'Ada King and Bo van Dyk'
    >>> read_names("a house built by the river") is None
    True
    """
    match = _WHO.search(text) if len(text) <= _MAX_LENGTH else None
    if match is None or (" " not in match["names"] and not _ENDS.match(text, match.end())):
        return None  # "… by Monday we had": one word is a name where nothing goes on behind it
    return match["names"]


def leading_name(text: str) -> str:
    """Give the words at the beginning of a text that may be names; none where it begins otherwise.

    >>> leading_name("Ada King on behalf of the team")
    'Ada King'
    """
    match = _LEADING.match(text)
    return match[0] if match else ""

"""What the elements inside a comment are for: its text, its author, its date.

Told by schema.org's properties (microdata, RDFa), by microformats, by HTML's own elements, and by
the last word of class names, which blog software shares: `comment-content`, `wpd-comment-author`,
`comment_date`, `commentText`.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from lxml.etree import _Element

from archive.extraction.tree.class_names import without_hashes


class Part(Enum):
    """What an element of a comment holds."""

    TEXT = auto()
    AUTHOR = auto()
    DATE = auto()
    LINE = auto()  # date and author together, and whatever else
    NOISE = auto()  # buttons, portraits, words for screen readers


class Mark(NamedTuple):
    """A part, and how much its mark is worth: 0 the most."""

    part: Part
    rank: int


CAREFUL = 3
"""From this rank on, a text is marked by a name that is also given to the whole comment."""

_PROPERTIES = {
    "text": Mark(Part.TEXT, 0), "commentText": Mark(Part.TEXT, 0),
    "schema:text": Mark(Part.TEXT, 0), "content:encoded": Mark(Part.TEXT, 0),
    "author": Mark(Part.AUTHOR, 0), "creator": Mark(Part.AUTHOR, 0),
    "foaf:name": Mark(Part.AUTHOR, 0),
    "dateCreated": Mark(Part.DATE, 0), "datePublished": Mark(Part.DATE, 0),
    "commentTime": Mark(Part.DATE, 0), "schema:dateCreated": Mark(Part.DATE, 0),
    "dc:created": Mark(Part.DATE, 0),
}  # fmt: skip
_TOKENS = {
    "e-content": Mark(Part.TEXT, 0), "p-content": Mark(Part.TEXT, 0),
    "fn": Mark(Part.AUTHOR, 0), "p-author": Mark(Part.AUTHOR, 0), "u-author": Mark(Part.AUTHOR, 0),
    "tumblelog": Mark(Part.AUTHOR, 1), "answer_content": Mark(Part.TEXT, 0),
    "dt-published": Mark(Part.DATE, 0), "vcard": Mark(Part.AUTHOR, 2),
    "screen-reader-text": Mark(Part.NOISE, 0), "visually-hidden": Mark(Part.NOISE, 0),
    "visuallyhidden": Mark(Part.NOISE, 0), "comment-reply-link": Mark(Part.NOISE, 0),
    "sharedaddy": Mark(Part.NOISE, 0), "deleted-comment": Mark(Part.NOISE, 0),
}  # fmt: skip
_LAST_WORDS = {
    "published": Mark(Part.DATE, 0),
    **dict.fromkeys(("content", "text", "message", "copy"), Mark(Part.TEXT, 1)),
    **dict.fromkeys(("entry", "description"), Mark(Part.TEXT, 2)),
    "body": Mark(Part.TEXT, CAREFUL),
    "author": Mark(Part.AUTHOR, 1),
    **dict.fromkeys(("name", "user", "username", "nickname", "commenter"), Mark(Part.AUTHOR, 2)),
    **dict.fromkeys(("date", "time", "datetime", "timestamp"), Mark(Part.DATE, 1)),
    **dict.fromkeys(
        ("meta", "metadata", "commentmetadata", "header", "footer", "info", "submitted", "byline",
         "post", "posted", "signature", "permalink"), Mark(Part.LINE, 0)
    ),
    **dict.fromkeys(
        ("reply", "respond", "actions", "avatar", "edit", "likes", "moderation", "says",
         "share", "sharing", "toolbar", "buttons", "form", "links", "deleted"), Mark(Part.NOISE, 1)
    ),
}  # fmt: skip
_AUTHOR_OR_DATE = {"author": Mark(Part.AUTHOR, 2), "date": Mark(Part.DATE, 2)}
_FRAMES = frozenset({"block", "box", "container", "inner", "label", "link", "wrap", "wrapper"})
_TAGS = {
    "time": Mark(Part.DATE, 0), "cite": Mark(Part.AUTHOR, 2), "form": Mark(Part.NOISE, 0),
    "button": Mark(Part.NOISE, 0), "script": Mark(Part.NOISE, 0), "style": Mark(Part.NOISE, 0),
}  # fmt: skip
_BUTTON_LINK = re.compile(r"[?&]replytocom=|#(?:respond|reply|comment-?form)|/comment/reply/", re.I)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORDS = re.compile(r"[a-z]+")


def part_of(element: _Element) -> Mark | None:
    """Tell which part of a comment an element is; None where nothing says so."""
    attributes = element.attrib
    by_tag = _TAGS.get(str(element.tag))
    if not attributes or (by_tag is not None and by_tag.part is Part.NOISE):
        return by_tag
    if element.tag == "a" and _BUTTON_LINK.search(attributes.get("href", "")):
        return Mark(Part.NOISE, 0)
    for name in ("itemprop", "property"):
        for value in attributes.get(name, "").split():
            if value in _PROPERTIES:
                return _PROPERTIES[value]
    return _by_class(attributes.get("class", "")) or by_tag


@lru_cache(maxsize=4096)
def _by_class(names: str) -> Mark | None:
    """The strongest mark among the class names."""
    marks = [mark for name in without_hashes(names).split() if (mark := _by_token(name))]
    return min(marks, key=lambda mark: (mark.part is not Part.NOISE, mark.rank), default=None)


def _by_token(name: str) -> Mark | None:
    token = _CAMEL.sub("-", name).lower()
    if token.startswith("js-"):  # what scripts know it by
        return None
    if token in _TOKENS:
        return _TOKENS[token]
    words = _WORDS.findall(token)
    if not words:
        return None
    if words[-1] in _LAST_WORDS:
        return _LAST_WORDS[words[-1]]
    named = words[-2:-1] if words[-1] in _FRAMES else []
    return next((_AUTHOR_OR_DATE[word] for word in named if word in _AUTHOR_OR_DATE), None)

"""Which elements of a page hold readers' comments.

Standards and platforms mark a comment as one: schema.org's `Comment` (microdata or RDFa), the
microformats `p-comment` and `u-comment`, `li.comment#comment-12` of WordPress, Blogger, Movable
Type and Disqus' copy for readers without JavaScript, the notes of Tumblr that say something. Where
no element of a page is marked so, a box named `…comment` is one if it holds a text, and says by
whom or when it was written.
"""

from __future__ import annotations

import re
from typing import cast

from lxml import etree
from lxml.etree import _Element

from archive.extraction.threads.comment_lists import find_listed_items, own_elements
from archive.extraction.threads.comment_marks import Part, part_of

MAX_COMMENTS = 10_000
"""Of one page, no more are read."""

_MAX_CANDIDATES = 200_000
_ID = re.compile(r"^(?:li-|div-|dsq-)?c(?:omment)?-?(?:\d+|[0-9a-f]{8}[0-9a-f-]*)$", re.I)
_OWN_ID = ("comment-", "li-comment-")  # says enough where themes give no class
_TYPE = re.compile(r"schema\.org/(?:User)?Comments?$")
_RDFA_TYPES = frozenset({"schema:Comment", "sioct:Comment"})
_MICROFORMATS = frozenset({"p-comment", "u-comment"})
_NOTICES = frozenset({"pingback", "trackback"})
_ITEM_TAGS = frozenset({"li", "article", "div", "section", "dl", "dt"})
_WEAK_NAME = re.compile(
    r"(?:^|[\s_-])comment(?:[_-]{1,2}(?:item|node|entry|card|single|reply))?(?:$|\s)", re.I
)
_CANDIDATES = etree.XPath(
    "descendant-or-self::*[@*[contains(., 'omment')]]"
    " | descendant-or-self::li[contains(@class, 'note')]"
)


def find_comment_items(tree: _Element) -> list[_Element]:
    """Find the elements of readers' comments, none of which is inside another.

    Each holds one comment with the answers to it, or a notice that another site links here.
    """
    found: dict[_Element, None] = {}
    for item in find_items(tree):
        if not any(ancestor in found for ancestor in item.iterancestors()):
            found.update(dict.fromkeys(own_elements(item)))
    return list(found) or find_listed_items(tree)


def find_items(root: _Element) -> list[_Element]:
    """Find all comments in an element, itself included, in document order."""
    candidates = cast(list[_Element], _CANDIDATES(root))[:_MAX_CANDIDATES]
    sure = [element for element in candidates if _is_marked(element)]
    if sure or not candidates:
        return sure[:MAX_COMMENTS]
    return _find_boxes(candidates)[:MAX_COMMENTS]


def is_notice(item: _Element) -> bool:
    """Tell whether an item is no comment, but the notice that another site links to the post."""
    return not _NOTICES.isdisjoint((item.get("class") or "").split())


def _is_marked(element: _Element) -> bool:
    """Whether tag, class names, id and type say that an element is one comment."""
    attributes = element.attrib
    tag, name = element.tag, attributes.get("id", "")
    tokens = attributes.get("class", "").split()
    if _TYPE.search(attributes.get("itemtype", "")) or not _MICROFORMATS.isdisjoint(tokens):
        return True
    if not _RDFA_TYPES.isdisjoint(attributes.get("typeof", "").split()):
        return True
    if tag not in _ITEM_TAGS:
        return False
    if tag == "li" and (_is_note(element, tokens) or _has_own_id(name)):
        return True
    if tag == "dt":
        return "comment-author" in tokens and bool(_ID.match(name))
    if "comment" in tokens or not _NOTICES.isdisjoint(tokens):
        return bool(_ID.match(name)) or tag in ("li", "article")
    return False


def _has_own_id(name: str) -> bool:
    return name.startswith(_OWN_ID) and bool(_ID.match(name))


def _is_note(element: _Element, tokens: list[str]) -> bool:
    """Whether an item of Tumblr's list of notes says something, and not only that one likes it."""
    if "note" not in tokens:
        return False
    parent = element.getparent()
    if parent is None or "notes" not in (parent.get("class") or "").split():
        return False
    said = (e for e in element.iter("blockquote", "div", "span"))
    return any(e.tag == "blockquote" or "answer_content" in e.get("class", "") for e in said)


def _find_boxes(candidates: list[_Element]) -> list[_Element]:
    """The innermost boxes named as comments that hold a text, and say by whom or when."""
    named = [e for e in candidates if e.tag in _ITEM_TAGS and _WEAK_NAME.search(e.get("class", ""))]
    boxes, owners = set(named), dict[_Element, _Element | None]()
    said: dict[_Element, set[Part]] = {}
    for element in (e for box in named if box not in owners for e in box.iter("*")):
        if element in boxes:
            owners[element] = element
            continue
        around = element.getparent()
        owners[element] = owner = owners.get(around) if around is not None else None
        mark = part_of(element)
        if owner is not None and mark is not None:
            said.setdefault(owner, set()).add(mark.part)
    return [
        box
        for box in named
        if Part.TEXT in said.get(box, ()) and not {Part.AUTHOR, Part.DATE}.isdisjoint(said[box])
    ]

"""Which elements of a page hold readers' comments."""

from __future__ import annotations

import re

from lxml.etree import _Element
from lxml.html import HtmlElement

MAX_COMMENTS = 10_000
_ID = re.compile(r"^(?:li-|div-|dsq-)?c(?:omment)?-?(\d+)$", re.I)
_OWN_ID = ("comment-", "li-comment-")  # says enough where themes give no class
_TYPE = re.compile(r"schema\.org/(?:User)?Comments?$")
_MICROFORMATS = frozenset({"p-comment", "u-comment"})
_NOT_COMMENTS = frozenset({"pingback", "trackback"})
_ITEM_TAGS = frozenset({"li", "article", "div", "section", "dl", "dt"})


def find_comment_items(tree: HtmlElement) -> list[_Element]:
    """Find the outermost elements that hold one comment each, with the answers to it."""
    found: dict[_Element, None] = {}
    for element in tree.iter():
        attributes = element.attrib
        names, itemtype = attributes.get("class", ""), attributes.get("itemtype", "")
        name = attributes.get("id", "")
        if "comment" not in names and "comment" not in name and "Comment" not in itemtype:
            continue
        if not is_comment(str(element.tag), names.split(), name, itemtype):
            continue
        if not any(ancestor in found for ancestor in element.iterancestors()):
            found[element] = None
            if len(found) == MAX_COMMENTS:
                break
    return list(found)


def is_comment(tag: str, tokens: list[str], name: str, itemtype: str) -> bool:
    """Tell whether an element is one comment, by its tag, class names, id and schema.org type."""
    if _TYPE.search(itemtype) or not _MICROFORMATS.isdisjoint(tokens):
        return True
    if tag not in _ITEM_TAGS or not _NOT_COMMENTS.isdisjoint(tokens):
        return False
    if tag == "li" and name.startswith(_OWN_ID) and _ID.match(name):
        return True
    return "comment" in tokens and (bool(_ID.match(name)) or tag in ("li", "article"))

"""Making elements of TEI P5 (https://tei-c.org/guidelines/p5/), of text that XML can hold."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree
from lxml.etree import _Element

NAMESPACE = "http://www.tei-c.org/ns/1.0"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

# What is no Char by XML 1.0, 2.2
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: str) -> str:
    """Put U+FFFD in place of the characters that no XML document may have.

    >>> legal("form\\x0cfeed")
    'form\\ufffdfeed'
    """
    return _NO_CHARACTER.sub("\ufffd", text)


def root_element() -> _Element:
    """Make the `TEI` element."""
    namespaces: Any = {None: NAMESPACE}
    return etree.Element(f"{{{NAMESPACE}}}TEI", nsmap=namespaces)


def add(parent: _Element, tag: str, text: str | None = None, /, **attributes: str) -> _Element:
    """Add an element to another one, at its end.

    Args:
        parent: the other one.
        tag: its name in TEI.
        text: that it begins with.
        attributes: of no namespace; those of XML itself are set by `XML_ID` and the like.
    """
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")
    for name, value in attributes.items():
        element.set(name, legal(value))
    if text is not None:
        element.text = legal(text)
    return element


def add_text(parent: _Element, text: str) -> None:
    """Add text to an element, at its end."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + legal(text)
    else:
        parent.text = (parent.text or "") + legal(text)


def add_block(
    parent: _Element, tag: str, text: str | None = None, /, **attributes: str
) -> _Element:
    """Add an element on a line of its own; where it stands a line feed says nothing."""
    element = add(parent, tag, text, **attributes)
    element.tail = "\n"
    return element

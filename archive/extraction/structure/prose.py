"""Where on a page the prose stands, and how much of it is one text.

A post is one run of paragraphs; lists, shops and forums have many short texts, each in a box of
its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lxml.etree import _Element

from archive.extraction.structure.furniture import is_furniture_name
from archive.extraction.tree.blocks import PROSE_LENGTH, inline_text
from archive.extraction.tree.letters import LETTERS_AT_MOST, count_letters

_NO_PROSE = frozenset({
    "aside", "footer", "nav", "noscript", "script", "select", "style", "svg", "template",
})  # fmt: skip
_COMMENTS = re.compile(r"(?:^|[\s_-])(?:comments?|commentlist|respond|disqus)(?:$|[\s_-])", re.I)
_LONG = 2_000  # letters

Prose = Sequence[tuple[_Element, int]]
"""Elements that hold the text of a paragraph, in document order, with its length."""


@dataclass(frozen=True, slots=True)
class Run:
    """The paragraphs that stand together: `length` of `total` letters of prose of the page."""

    element: _Element | None = None
    length: int = 0
    total: int = 0


def page_prose(body: _Element, *, least: int = PROSE_LENGTH) -> Prose:
    """Find the paragraphs of a page that no name or element tells to be furniture.

    Args:
        body: the page, or a part of it.
        least: letters of a marked paragraph that counts; text outside of paragraphs always
            has to be as long as prose is.
    """
    found: list[tuple[_Element, int]] = []
    stack = list(reversed(body))
    while stack:
        element = stack.pop()
        tag = element.tag
        if not isinstance(tag, str) or tag in _NO_PROSE:
            continue
        if element.attrib and _is_beside_post(element):
            continue
        if tag == "p":
            length = count_letters(inline_text(element))
        else:
            length = _own_length(element)
            stack.extend(reversed(element))
        if length >= (least if tag == "p" else PROSE_LENGTH):
            found.append((element, length))
    return found


def longest_run(prose: Prose) -> Run:
    """Find the element with most of the prose right below it.

    A paragraph in a box of its own counts half for what holds the boxes: so are the sections of
    a post written, and so are teasers.
    """
    doubled: Counter[_Element] = Counter()
    for element, length in prose:
        holder = element.getparent() if element.tag == "p" else element
        if holder is None:
            continue
        doubled[holder] += 2 * length
        outer = holder.getparent()
        if outer is not None:
            doubled[outer] += length
    if not doubled:
        return Run()
    element = max(doubled, key=doubled.__getitem__)
    return Run(element, doubled[element] // 2, sum(length for _, length in prose))


def _own_length(element: _Element) -> int:
    """How long the paragraphs are that an element holds without marking them."""
    pieces = (element.text, *(child.tail for child in element))
    long = (piece for piece in pieces if piece and LETTERS_AT_MOST * len(piece) >= PROSE_LENGTH)
    lengths = (count_letters(piece.strip()) for piece in long)
    return sum(length for length in lengths if length >= PROSE_LENGTH)


def _is_beside_post(element: _Element) -> bool:
    """Comments; or something with the name of furniture that is too short to hold the post."""
    names = f"{element.get('class', '')} {element.get('id', '')}"
    if _COMMENTS.search(names):
        return True
    return (
        is_furniture_name(element.get("class", "")) and count_letters(inline_text(element)) < _LONG
    )

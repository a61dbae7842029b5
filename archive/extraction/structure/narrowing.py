"""From an element around a post to the element that holds its paragraphs.

`<article>` and `<main>` often hold more than the post. Where nearly all paragraphs stand in one
element inside, that element is the post, and what stands beside it is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set

from lxml.etree import _Element

from archive.extraction.tree.blocks import PROSE_LENGTH, SKIPPED_TAGS, inline_text
from archive.extraction.tree.letters import count_letters

_SHARE = 0.9  # of the length of all paragraphs
_MIN_PARAGRAPHS = 4  # fewer prove nothing: the post may have lists or pictures beside them
_PROSE_TAGS = frozenset({"p", "blockquote", "pre"})
_WRAPPERS = frozenset({"div", "section", "article", "main", "table", "tbody", "tr", "td"})


def narrow(container: _Element, dropped: Set[_Element]) -> _Element:
    """Find the innermost element that holds at least nine tenths of the container's prose.

    Args:
        container: an element that holds a post and perhaps more.
        dropped: elements in it that are known to be no part of the post.
    """
    prose = _find_prose(container, dropped)
    total = sum(prose.values())
    if len(prose) < _MIN_PARAGRAPHS:
        return container
    narrowed = container
    while True:
        held: Counter[_Element] = Counter()
        for paragraph, length in prose.items():
            child = _child_around(narrowed, paragraph)
            if child is not None:
                held[child] += length
        inner, length = held.most_common(1)[0] if held else (narrowed, 0)
        if length < _SHARE * total or inner.tag not in _WRAPPERS:
            return narrowed
        narrowed = inner


def _find_prose(container: _Element, dropped: Set[_Element]) -> dict[_Element, int]:
    """The container's paragraphs with their lengths."""
    found: dict[_Element, int] = {}
    stack = [container]
    while stack:
        element = stack.pop()
        if element in dropped or element.tag in SKIPPED_TAGS:
            continue
        if element.tag in _PROSE_TAGS:
            length = count_letters(inline_text(element))
            if length >= PROSE_LENGTH:
                found[element] = length
        else:
            stack.extend(element)
    return found


def _child_around(parent: _Element, element: _Element) -> _Element | None:
    """The child of `parent` that holds `element`, which must not be that child itself."""
    inner: _Element = element
    for ancestor in element.iterancestors():
        if ancestor is parent:
            return None if inner is element else inner
        inner = ancestor
    return None

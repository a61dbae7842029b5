"""What of a post a whole witness leaves out, though it would have it if it were the post.

Feeds leave out captions, tables, code and embedded things; plain text leaves out lists and
headings. So a block that a witness lacks is no part of the post only if it is of a form in which
the witness gives text, and in no box of a kind that feeds leave out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from lxml.etree import _Element

from archive.extraction.page_blocks import Block

_FORMS = {
    "li": "item", "dd": "item", "dt": "item", "h1": "heading", "h2": "heading", "h3": "heading",
    "h4": "heading", "h5": "heading", "h6": "heading", "blockquote": "quotation",
}  # fmt: skip
_TEXT = "text"
_SPARED_TAGS = frozenset({
    "caption", "code", "details", "figcaption", "figure", "math", "pre", "summary", "table",
})  # fmt: skip
_MEDIA_TAGS = ("img", "picture", "video", "audio", "iframe", "embed", "object", "svg", "canvas")
_CAPTION_LENGTH = 300  # characters; a box with a picture and no more text is a picture's


def find_left_out(
    blocks: Sequence[Block],
    doubted: Set[int],
    *,
    known: Set[int],
    heard: Set[int],
    outside: Set[int] = frozenset(),
) -> frozenset[int]:
    """Find the blocks that are no part of a post, as whole witnesses of it lack them.

    Args:
        blocks: of the page.
        doubted: numbers of those that no witness has.
        known: of those that some witness has, if only in part.
        heard: of those that the whole witnesses have.
        outside: of doubted ones that do not stand around the post; these need a better reason to
            stay than their form.
    """
    if not doubted:
        return frozenset()
    alive = elements_around(blocks[number].element for number in known)
    forms = {_form_of(blocks[number].element) for number in heard}
    targets = _find_targets(blocks, heard)
    boxes: dict[_Element, list[int]] = {}
    left_out: set[int] = set()
    for number in sorted(doubted):
        element = blocks[number].element
        if number not in outside:
            if _form_of(element) in forms:
                boxes.setdefault(_box_around(element, alive), []).append(number)
        elif not _is_often_left_out(element) and not _is_linked(element, targets):
            left_out.add(number)
    for box, numbers in boxes.items():
        if not _is_spared(box, sum(len(blocks[n].text) for n in numbers), targets):
            left_out.update(numbers)
    return frozenset(left_out)


def _is_often_left_out(element: _Element) -> bool:
    """Whether an element stands in a figure, a table, code, or what else feeds leave out."""
    return any(e.tag in _SPARED_TAGS for e in (element, *element.iterancestors()))


def _is_linked(element: _Element, targets: Set[str]) -> bool:
    """Whether an element stands in a place on the page that the post links to."""
    lineage = (element, *element.iterancestors())
    return bool(targets) and any(e.get("id") in targets for e in lineage)


def elements_around(elements: Iterable[_Element]) -> set[_Element]:
    """Give elements with all that they stand in."""
    around: set[_Element] = set()
    for element in elements:
        for outer in (element, *element.iterancestors()):
            if outer in around:
                break
            around.add(outer)
    return around


def _form_of(element: _Element) -> str:
    """As what a text stands: an item, a heading, a quotation, or just text."""
    lineage = (element, *element.iterancestors())
    return next((_FORMS[e.tag] for e in lineage if e.tag in _FORMS), _TEXT)


def _box_around(element: _Element, alive: Set[_Element]) -> _Element:
    """The outermost element around that holds nothing that is known to be the post."""
    box = element
    for outer in element.iterancestors():
        if outer in alive:
            break
        box = outer
    return box


def _find_targets(blocks: Sequence[Block], heard: Set[int]) -> frozenset[str]:
    """The places on the page that the post links to: footnotes, for one."""
    numbers = {block.element: number for number, block in enumerate(blocks)}
    root = blocks[0].element.getroottree().getroot()
    targets: set[str] = set()
    for link in root.iter("a"):
        _, mark, target = (link.get("href") or "").rpartition("#")
        if mark and target:
            owner = next((numbers[e] for e in link.iterancestors() if e in numbers), None)
            if owner in heard:
                targets.add(target)
    return frozenset(targets)


def _is_spared(box: _Element, length: int, targets: Set[str]) -> bool:
    """Whether a box is of a kind that feeds leave out of posts."""
    if _is_often_left_out(box):
        return True
    if any(element.tag in _SPARED_TAGS or element.get("id") in targets for element in box.iter()):
        return True
    return length <= _CAPTION_LENGTH and next(box.iter(*_MEDIA_TAGS), None) is not None

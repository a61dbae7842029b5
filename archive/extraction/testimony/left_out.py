"""What of a post a whole witness leaves out, though it would have it if it were the post.

Feeds leave out captions, tables, code and embedded things; plain text leaves out lists and
headings. So a block that a witness lacks is no part of the post only if it is of a form in which
the witness gives text, and in no box of a kind that feeds leave out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from lxml.etree import _Element

from archive.extraction.tree.lineage import Boxes, Forms, Inside, elements_around
from archive.extraction.tree.page_blocks import Block

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
    root = blocks[0].element.getroottree().getroot()
    spared = Inside([*root.iter(*_SPARED_TAGS), *_find_targets(root, blocks, heard)])
    boxes_by = Boxes(elements_around(blocks[number].element for number in known))
    forms = Forms(_FORMS, _TEXT)
    heard_forms = {forms.of(blocks[number].element) for number in heard}
    boxes: dict[_Element, list[int]] = {}
    left_out: set[int] = set()
    for number in sorted(doubted):
        element = blocks[number].element
        if number not in outside:
            if forms.of(element) in heard_forms:
                boxes.setdefault(boxes_by.of(element), []).append(number)
        elif element not in spared:
            left_out.add(number)
    for box, numbers in boxes.items():
        if not _is_spared(box, sum(len(blocks[n].text) for n in numbers), spared):
            left_out.update(numbers)
    return frozenset(left_out)


def _find_targets(root: _Element, blocks: Sequence[Block], heard: Set[int]) -> Iterator[_Element]:
    """The places on the page that the post links to: footnotes, for one."""
    numbers = {block.element: number for number, block in enumerate(blocks)}
    targets: set[str] = set()
    for link in root.iter("a"):
        _, mark, target = (link.get("href") or "").rpartition("#")
        if mark and target:
            owner = next((numbers[e] for e in link.iterancestors() if e in numbers), None)
            if owner in heard:
                targets.add(target)
    if targets:
        yield from (element for element in root.iter("*") if element.get("id") in targets)


def _is_spared(box: _Element, length: int, spared: Inside) -> bool:
    """Whether a box is of a kind that feeds leave out of posts."""
    if any(element in spared for element in box.iter("*")):
        return True
    return length <= _CAPTION_LENGTH and next(box.iter(*_MEDIA_TAGS), None) is not None

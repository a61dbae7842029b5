"""Footnotes: text below a post that the post refers to, and that refers back to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from lxml.etree import _Element

from archive.extraction.tree.page_blocks import Block

_LONGEST = 2_000  # letters of a note
_LEVELS = 3  # from the text of a note up to the element that has its name


def with_notes(blocks: Sequence[Block], kept: Sequence[bool]) -> Sequence[bool]:
    """Keep the blocks, too, that are footnotes of those that are kept.

    A note bears a name that the text links to, and links back to a name in the text: nothing else
    does both.

    Args:
        blocks: of the whole page.
        kept: of each, whether it is part of the post.
    """
    whole = [block.is_whole for block in blocks]  # so that no element is walked twice
    text = [block for block, *both in zip(blocks, kept, whole, strict=True) if all(both)]
    called = {name for block in text for name in _links_inside(block.element)}
    if not called:
        return kept
    names = {str(e.get("id")) for block in text for e in block.element.iter() if e.get("id")}
    return [
        is_kept or (is_whole and _is_note(block, called, names))
        for block, is_kept, is_whole in zip(blocks, kept, whole, strict=True)
    ]


def _is_note(block: Block, called: set[str], names: set[str]) -> bool:
    lineage = (block.element, *islice(block.element.iterancestors(), _LEVELS - 1))
    if block.letters > _LONGEST or not any(e.get("id") in called for e in lineage):
        return False
    return any(name in names for name in _links_inside(block.element))


def _links_inside(element: _Element) -> Iterator[str]:
    """The names of places on the same page that are linked to."""
    for link in element.iter("a"):
        href = link.get("href") or ""
        if len(href) > 1 and href.startswith("#"):
            yield href[1:]

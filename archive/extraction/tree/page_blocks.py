"""A page as its blocks: the pieces of text that are kept or dropped as one.

A block is the text that stands right inside one element: a paragraph, a list item, a heading, a
row of a table, loose text in a box. Every character of text that a reader may see is in exactly one
block. Which of them are the post is a `Cut`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import _Element

from archive.extraction.tree.blocks import BLOCK_TAGS, SKIPPED_TAGS
from archive.extraction.tree.class_names import without_hashes
from archive.extraction.tree.letters import count_letters

_DIGIT = re.compile(r"\d")
_BOXES = frozenset({
    "article", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "pre", "section", "table", "ul",
})  # fmt: skip


@dataclass(slots=True)
class Block:
    """A piece of text with its place on the page."""

    element: _Element
    place: str  # tags and classes from the body down, as "main/article/div.entry/p"
    text: str  # white space folded; without what stands in blocks inside of it
    linked: int = 0  # characters of the text that are links
    letters: int = 0  # the length of the text, as `count_letters` gives it
    is_whole: bool = True  # no other block stands in its element

    @property
    def linked_letters(self) -> float:
        """The part of `letters` that are links."""
        return self.linked * self.letters / len(self.text)


@dataclass(frozen=True, slots=True)
class Cut:
    """What of a page is the post: all text below `root`, but …"""

    root: _Element
    dropped: frozenset[_Element]  # … these elements with all that they hold, and …
    muted: frozenset[_Element]  # … the text right inside of these, though not the blocks in them
    source: str  # who says so: "structure", "blocks", "site-profile", …


@dataclass(slots=True)
class _Run:
    """The inline text of one element, as it is collected."""

    block: Block
    pieces: list[str]
    is_row: bool  # all that stands in the element is one block
    linked: int = 0


def read_blocks(root: _Element) -> list[Block]:
    """Cut an element into its blocks, in document order; blank ones are left out."""
    runs: list[_Run] = []
    _read_block(root, "", runs)
    return list(_finished(runs))


def is_kept(element: _Element, cut: Cut) -> bool:
    """Tell whether the block of this element is part of the post."""
    if element in cut.muted:
        return False
    lineage = (element, *element.iterancestors())
    if any(e in cut.dropped for e in lineage):
        return False
    return any(e is cut.root for e in lineage)


def cut_of(kept: list[Block], blocks: list[Block], source: str) -> Cut | None:
    """Make the cut that keeps exactly these blocks of a page; None where it keeps none.

    Args:
        kept: some of `blocks`, in their order.
        blocks: all of the page.
        source: who chose them.
    """
    if not kept:
        return None
    root = _nearest_around([block.element for block in kept])
    alive: set[_Element] = set()
    for block in kept:
        alive.update(_up_to(block.element, root))
    chosen = {block.element for block in kept}
    dropped: set[_Element] = set()
    muted: set[_Element] = set()
    for block in blocks:
        if block.element in chosen:
            continue
        lineage = list(_up_to(block.element, root))
        if lineage[-1] is not root:
            continue  # beside the root, or around it
        dead = [element for element in lineage if element not in alive]
        if dead:
            dropped.add(dead[-1])
        else:
            muted.add(block.element)
    return Cut(root, frozenset(dropped), frozenset(muted), source)


def _nearest_around(elements: list[_Element]) -> _Element:
    """The innermost element that holds them all."""
    common = [*reversed([elements[0], *elements[0].iterancestors()])]
    for element in elements[1:]:
        lineage = [*reversed([element, *element.iterancestors()])]
        same = sum(1 for a, b in zip(common, lineage, strict=False) if a is b)
        del common[same:]
    return common[-1]


def _up_to(element: _Element, root: _Element) -> Iterator[_Element]:
    """An element and those around it, the root last; all of them where the root is not around."""
    yield element
    if element is root:
        return
    for ancestor in element.iterancestors():
        yield ancestor
        if ancestor is root:
            return


def _read_block(element: _Element, outer: str, runs: list[_Run]) -> None:
    place = f"{outer}/{_step(element)}" if outer else _step(element)
    run = _Run(Block(element, place, ""), [], _is_row(element))
    runs.append(run)
    _read_inline(element, run, place, runs, in_link=False)


def _is_row(element: _Element) -> bool:
    """Tell whether an element is preformatted, or a row of data: many tables only place boxes."""
    if element.tag != "tr":
        return element.tag == "pre"
    paragraphs = 0
    for inner in element.iter():
        paragraphs += inner.tag == "p"
        if inner.tag in _BOXES:
            return False
    return paragraphs <= len(element)


def _read_inline(
    element: _Element, run: _Run, place: str, runs: list[_Run], *, in_link: bool
) -> None:
    if element.text:
        _add(run, element.text, in_link=in_link)
    for child in element:
        tag = child.tag
        if isinstance(tag, str) and tag not in SKIPPED_TAGS:
            if tag == "br":
                run.pieces.append(" ")
            elif tag in BLOCK_TAGS and not run.is_row:
                _read_block(child, place, runs)
                run.block.is_whole = False
                run.pieces.append(" ")
            else:
                if tag in BLOCK_TAGS:
                    run.pieces.append(" ")
                _read_inline(child, run, place, runs, in_link=in_link or tag == "a")
        if child.tail:
            _add(run, child.tail, in_link=in_link)


def _add(run: _Run, text: str, *, in_link: bool) -> None:
    run.pieces.append(text)
    if in_link:
        run.linked += len(text.strip())


def _finished(runs: list[_Run]) -> Iterator[Block]:
    for run in runs:
        text = " ".join("".join(run.pieces).split())
        if text:
            run.block.text, run.block.linked = text, min(run.linked, len(text))
            run.block.letters = count_letters(text)
            yield run.block


def _step(element: _Element) -> str:
    """The tag of an element with those of its classes that hold no number."""
    names = element.get("class")
    if not names:
        return str(element.tag)
    kept = sorted(name for name in set(without_hashes(names).split()) if not _DIGIT.search(name))
    return ".".join((str(element.tag), *kept))

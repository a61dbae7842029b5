"""Which blocks of a page are the post, and why: the decision, made once and told to whom asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml.etree import _Element

from archive.extraction.main_text import cut_by_structure
from archive.extraction.page_blocks import Block, Cut, is_kept, read_blocks
from archive.extraction.parsed_page import ParsedPage


@dataclass(frozen=True, slots=True)
class TextChoice:
    """What of a page is taken for the post."""

    cut: Cut | None  # None where no block is
    confidence: float  # that it is the post, and all of it; 0 to 1
    blocks: Sequence[Block]  # of the whole page, in document order
    scores: Sequence[float | None]  # one for each block: how likely it is the post's, by itself


@dataclass(frozen=True, slots=True)
class BlockVerdict:
    """One block of a page, kept or dropped, and why."""

    block: Block
    kept: bool
    score: float | None  # how likely the block is the post's, by itself; 0 to 1
    reasons: tuple[str, ...]  # the weightiest first


def choose_text(page: ParsedPage) -> TextChoice:
    """Choose the blocks of a page that are its post."""
    blocks = read_blocks(page.tree)
    cut = None
    if page.container is not None:
        cut = cut_by_structure(page.container, page.titles, page.comments)
    return TextChoice(cut, 0.9 if cut else 0.0, blocks, [None] * len(blocks))


def explain_blocks(
    page: ParsedPage, choice: TextChoice, cut: Cut | None = None
) -> list[BlockVerdict]:
    """Tell of each block of a page whether it is kept, and why.

    Args:
        page: the page.
        choice: what `choose_text` made of it.
        cut: what the text is in the end, where other evidence than the page's changed the choice.
    """
    final = cut or choice.cut
    verdicts: list[BlockVerdict] = []
    for block, score in zip(choice.blocks, choice.scores, strict=True):
        kept = final is not None and is_kept(block.element, final)
        reason = "no post was found" if final is None else _reason(block, final, kept=kept)
        verdicts.append(BlockVerdict(block, kept, score, (reason,)))
    return verdicts


def _reason(block: Block, cut: Cut, *, kept: bool) -> str:
    if kept:
        return f"inside the text, by {cut.source}"
    if block.element in cut.muted:
        return f"loose text, by {cut.source}"
    lineage: tuple[_Element, ...] = (block.element, *block.element.iterancestors())
    for element in lineage:
        if element in cut.dropped:
            return f"inside {_name(element)}, by {cut.source}"
    return f"outside the text, by {cut.source}"


def _name(element: _Element) -> str:
    names = (element.get("class") or "").split()[:3]
    return ".".join((str(element.tag), *names))

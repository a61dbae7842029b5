"""Which blocks of a page are the post: what structure says, and a trained model, weighed together.

Where standards mark the post, structure is nearly always right, and the model only drops from it
what it is sure of; where they do not, the model decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from operator import mul

from lxml.etree import _Element

from archive.extraction.parsed_page import ParsedPage
from archive.extraction.structure.container import Container, Mark
from archive.extraction.text.block_features import FEATURES, Matrix, measure_blocks
from archive.extraction.text.block_model import BlockModel, read_model
from archive.extraction.text.boxes import FAR, prose_length
from archive.extraction.text.footnotes import with_notes
from archive.extraction.text.main_text import cut_by_structure
from archive.extraction.tree.page_blocks import Block, Cut, cut_of, is_kept, read_blocks

BY_BLOCKS = "blocks"

_MOST_BLOCKS = 20_000  # of a page with more of them, only what is prose is looked at
_LIKELY = 0.3  # a score from which on the model keeps a block, or less …
_LESS_LIKELY = (0.2, 0.1)  # … where little of the page is; where nothing is …
_PART = 0.3  # … such a part of the highest score
_PLAIN = 0.1  # the same of a paragraph without links that structure keeps
_GAIN = 0.02  # so much better must the model's text be expected to be to stand for structure's …
_SURE_GAIN = 0.05  # … and so much better where standards or platforms mark the post
_SHORT = 300  # letters; beside so short a post, other posts' teasers look like the post …
_SHORT_GAIN = 0.3  # … so that it takes more …
_MUCH = 1_200  # … and so many letters of text to believe the model
_WHOLE = frozenset({"figcaption", "pre", "tr"})  # no part of a post is cut out of these


@dataclass(frozen=True, slots=True)
class TextChoice:
    """What of a page is taken for the post."""

    cut: Cut | None  # None where no block is
    confidence: float  # that it is the post, and all of it; 0 to 1
    blocks: Sequence[Block]  # of the whole page, in document order
    scores: Sequence[float | None]  # of each block: how likely it is the post's, by itself
    by_structure: Cut | None  # what the element that holds the post keeps, where one was found


def choose_text(page: ParsedPage, model: BlockModel | None = None) -> TextChoice:
    """Choose the blocks of a page that are its post.

    Args:
        page: the page.
        model: scores the blocks; the one that comes with the package if None.
    """
    blocks = read_blocks(page.tree)
    structure = None
    if page.container is not None:
        structure = cut_by_structure(page.container, page.titles, page.comments)
    if not 0 < len(blocks) <= _MOST_BLOCKS:
        kept = [block for block in blocks if prose_length(block)]
        cut = structure or cut_of(kept, blocks, BY_BLOCKS)
        return TextChoice(cut, 0.5, blocks, [None] * len(blocks), structure)
    measures = measure_blocks(page, blocks, structure)
    scores = (model or read_model()).score(measures)
    before = [structure is not None and is_kept(b.element, structure) for b in blocks]
    chances = [0.0 if says else s for says, s in zip(_says_title(measures), scores, strict=True)]
    chosen = _decide(blocks, chances, before, _barred(measures), page.container)
    after = with_notes(blocks, chosen)
    cut = _cut(blocks, before, after, structure, page.comments)
    return TextChoice(cut, expected_f1(blocks, scores, after), blocks, scores, structure)


def _column(measures: Matrix, name: str) -> Matrix:
    return measures[:, FEATURES.index(name)]


def _says_title(measures: Matrix) -> list[bool]:
    """Of each block, whether it is a heading that says the title of the page."""
    is_title, level = _column(measures, "is the title"), _column(measures, "heading")
    return [bool(says) for says in (is_title > 0) & (level > 0)]


def _barred(measures: Matrix) -> list[bool]:
    """Of each block, whether names or a comment around it forbid to add it to what is marked."""
    named, answered = _column(measures, "name: furniture"), _column(measures, "in a comment")
    return [bool(bars) for bars in (named < FAR) | (answered > 0)]


def _decide(
    blocks: Sequence[Block],
    scores: Sequence[float],
    before: Sequence[bool],
    barred: Sequence[bool],
    container: Container | None,
) -> Sequence[bool]:
    """Which blocks to keep: those the model does, or those structure does but the unlikely ones."""
    likely = _most_likely(blocks, scores)
    if not any(before):
        return likely
    likely = [a and (b or not c) for a, b, c in zip(likely, before, barred, strict=True)]
    gain = expected_f1(blocks, scores, likely) - expected_f1(blocks, scores, before)
    lengths = [block.letters for block in blocks]
    if sum(compress(lengths, before)) < _SHORT:
        added = sum(
            block.letters
            for block, b, a in zip(blocks, before, likely, strict=True)
            if a and not b and not _is_other_article(block, container)
        )
        return likely if gain > _SHORT_GAIN and added >= _MUCH else before
    whole = [b and block.element.tag in _WHOLE for b, block in zip(before, blocks, strict=True)]
    plain = [
        b and score >= _PLAIN and _is_plain(block)
        for b, score, block in zip(before, scores, blocks, strict=True)
    ]
    is_marked = container is not None and container.mark <= Mark.PLATFORM
    has_more = any(a and not b for a, b in zip(likely, before, strict=True))
    if has_more and gain > (_SURE_GAIN if is_marked else _GAIN):
        return [a or w or (is_marked and p) for a, w, p in zip(likely, whole, plain, strict=True)]
    return [
        w or p or (b and score >= _LIKELY)
        for b, w, p, score in zip(before, whole, plain, scores, strict=True)
    ]


def _most_likely(blocks: Sequence[Block], scores: Sequence[float]) -> list[bool]:
    """The blocks from one score on: from a low one where the page is strange to the model.

    There are none on a page where nothing looks like a post.
    """
    highest = max(scores)
    if _LESS_LIKELY[-1] <= highest < _LIKELY:
        return [score >= _PART * highest for score in scores]
    choices = [[score >= least for score in scores] for least in (_LIKELY, *_LESS_LIKELY)]
    return max(choices, key=lambda kept: expected_f1(blocks, scores, kept))


def _is_other_article(block: Block, container: Container | None) -> bool:
    """Whether a block stands in an `<article>` beside the one that is taken for the post."""
    if container is None or container.element.tag != "article":
        return False
    around = [*block.element.iterancestors("article")]
    return bool(around) and container.element not in around


def _is_plain(block: Block) -> bool:
    return block.element.tag == "p" and not block.linked


def _cut(
    blocks: Sequence[Block],
    before: Sequence[bool],
    after: Sequence[bool],
    structure: Cut | None,
    comments: Collection[_Element],
) -> Cut | None:
    if structure is not None and after == before:
        return structure
    kept = list(compress(blocks, after))
    cut = cut_of(kept, list(blocks), BY_BLOCKS)
    if cut is None:
        return structure
    holding = {e for block in kept for e in (block.element, *block.element.iterancestors())}
    inline = {*(structure.dropped if structure else ()), *comments} - holding
    return replace(cut, dropped=cut.dropped | inline)


def expected_f1(blocks: Sequence[Block], scores: Sequence[float], kept: Sequence[bool]) -> float:
    """Give the F1 to be expected of a text if each score is the chance of its block."""
    lengths = [block.letters for block in blocks]
    true = sum(map(mul, lengths, scores))
    both = sum(compress(map(mul, lengths, scores), kept))
    chosen = sum(compress(lengths, kept))
    return 2 * both / (chosen + true) if chosen else 0.0


@dataclass(frozen=True, slots=True)
class BlockVerdict:
    """One block of a page, kept or dropped, and why."""

    block: Block
    kept: bool
    score: float | None  # how likely the block is the post's, by itself; 0 to 1
    reasons: tuple[str, ...]  # the weightiest first


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
        reasons = tuple(_reasons(page, choice, block, score))
        if final is not None and final is not choice.cut:
            reasons = (f"decided by {final.source}", *reasons)
        verdicts.append(BlockVerdict(block, kept, score, reasons))
    return verdicts


def _reasons(
    page: ParsedPage, choice: TextChoice, block: Block, score: float | None
) -> Iterator[str]:
    """What speaks for the block, or against it."""
    structure, container = choice.by_structure, page.container
    lineage = (block.element, *block.element.iterancestors())
    if structure is not None and container is not None:
        mark = container.mark.name.lower().replace("_", " ")
        inside = any(element is container.element for element in lineage)
        yield f"{'inside' if inside else 'outside'} the container ({mark})"
        named = next((e for e in lineage if e in structure.dropped), None)
        if named is not None:
            yield f"furniture: {_name(named)}"
    if any(element in page.comments for element in lineage):
        yield "in a reader's comment"
    if score is not None:
        yield f"model {score:.2f}" + (
            ": mostly links" if 2 * block.linked > len(block.text) else ""
        )


def _name(element: _Element) -> str:
    names = (element.get("class") or "").split()[:3]
    return ".".join((str(element.tag), *names))

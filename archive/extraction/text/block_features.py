"""What is measured of each block of a page, for the model that tells which are the post's.

Measured are the form of the text (never its words), the element and those around it, the names
that authors of themes give to them, what structure takes for the post, and the blocks beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import log1p

import numpy as np
from numpy.typing import NDArray

from archive.extraction.parsed_page import ParsedPage
from archive.extraction.structure.furniture import fold
from archive.extraction.text.boxes import (
    ANCESTOR_TAGS,
    FAR,
    NAME_GROUPS,
    Box,
    build_boxes,
    prose_length,
)
from archive.extraction.tree.letters import count_letters, count_words
from archive.extraction.tree.page_blocks import Block, Cut

Matrix = NDArray[np.float32]

_TAGS = (
    "p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "div", "tr", "pre", "blockquote", "figcaption",
    "td", "dd", "dt", "section", "article", "summary", "body", "span",
)  # fmt: skip
_TAG_NUMBERS = {tag: number for number, tag in enumerate(_TAGS)}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_READ = 2_000  # characters of a block; its form shows in these
_SENTENCE = re.compile(r"[.!?…؟۔।։።]+[\"'”’»)\]]*(?:\s|$)|[。．｡！？།။។]+")
_COMMA = re.compile(r"[,;:，、；：､،؛፣]")
_END = re.compile(r"[.!?…。．｡！？؟۔।։።།။។:：][\"'”’»)\]」』）]*$")
_CAPITAL = re.compile("\\b[A-ZÀ-ÖØ-Þ\u0386-\u03ab\u0400-\u042f\u0531-\u0556]")
_NO_CASE = -1  # capitals among the words of a script that has none
_DIGIT = re.compile(r"\d")
_SYMBOL = re.compile(r"[|·•»«›‹©→←/#@&+]")
_NO_MARK = 9
_BESIDE = (-2, -1, 1, 2)
_WINDOWS = (3, 8)
_FARTHEST = 20

_TEXT = (
    "length", "words", "links", "sentences", "commas", "ends a sentence", "capitals", "digits",
    "symbols", "length of words", "begins small", "all capitals", "is the title", "heading",
    "element", "whole",
)  # fmt: skip
_PLACE = (
    "depth", "place", "text before", "blocks since the title", "blocks since a heading",
    "length around", "links around", "blocks around", "prose around", "paragraphs around",
    "length further around", "links further around", "blocks further around",
    "prose further around", "paragraphs further around", "length at third", "links at third",
    "prose at third", "prose inside", "blocks inside", "inside the container", "mark",
    "kept by structure", "in a comment", "up to the run", "down to the run", "blocks alike",
    "length alike", "links alike", "prose alike", "same text", "same text before",
)  # fmt: skip
_PAGE = ("blocks", "length of the page", "prose of the page")
_NEIGHBOUR = ("length", "links", "sentences", "ends a sentence", "heading", "element", "kept")
FEATURES: tuple[str, ...] = (
    *_TEXT,
    *_PLACE,
    *_PAGE,
    *(f"name: {group}" for group in (*NAME_GROUPS, "furniture")),
    *(f"in {tag}" for tag in ANCESTOR_TAGS),
    *(f"{name} of {place:+d}" for place in _BESIDE for name in _NEIGHBOUR),
    *(f"{name} within {n}" for n in _WINDOWS for name in ("prose", "links", "kept")),
    "prose so far",
    "prose to come",
)
"""The names of the columns of `measure_blocks`."""


def measure_blocks(page: ParsedPage, blocks: Sequence[Block], cut: Cut | None) -> Matrix:
    """Measure the blocks of a page: one row for each, one column for each of `FEATURES`.

    Args:
        page: the page.
        blocks: all of its blocks, in document order; at least one.
        cut: what structure takes for the post.
    """
    boxes = build_boxes(blocks, cut, page.comments)
    kept = [box.is_kept and not (cut and box.element in cut.muted) for box in boxes]
    measured = _Page(page, blocks, boxes)
    rows = [
        (*_measure_text(block, page), *measured.measure_place(i, is_kept=kept[i]))
        for i, block in enumerate(blocks)
    ]
    own = np.array(rows, dtype=np.float32)
    depths = np.array([[box.depth] for box in boxes], dtype=np.float32)
    named = np.array([box.named_at for box in boxes], dtype=np.float32)
    tags = np.array([box.ancestor_tags for box in boxes])[:, None] >> np.arange(len(ANCESTOR_TAGS))
    around = (measured.totals(), np.minimum(depths - named, FAR), tags & 1)
    return np.concatenate((own, *around, *_beside(own), *_windows(blocks, kept)), axis=1).astype(
        np.float32
    )


def _measure_text(block: Block, page: ParsedPage) -> tuple[float, ...]:
    text = block.text[:_READ]
    tag, words, length = str(block.element.tag), count_words(text), count_letters(text)
    has_case = text.lower() != text or text.upper() != text
    longest = max(map(len, page.titles), default=0)
    return (
        log1p(block.letters),
        log1p(words),
        block.linked / len(block.text),
        len(_SENTENCE.findall(text)),
        len(_COMMA.findall(text)) / words,
        _END.search(text) is not None,
        len(_CAPITAL.findall(text)) / words if has_case else _NO_CASE,
        len(_DIGIT.findall(text)) / length,
        len(_SYMBOL.findall(text)) / words,
        length / words,
        text[0].islower(),
        text.isupper(),
        len(text) <= 2 * longest and fold(text) in page.titles,
        _HEADINGS.get(tag, 0),
        _TAG_NUMBERS.get(tag, len(_TAGS)),
        block.is_whole,
    )


class _Page:
    """The totals of a page, against which a block is measured."""

    def __init__(self, page: ParsedPage, blocks: Sequence[Block], boxes: Sequence[Box]) -> None:
        self.blocks, self.boxes = blocks, boxes
        self.length = sum(block.letters for block in blocks)
        self.prose = sum(map(prose_length, blocks)) or 1
        self.texts = Counter(block.text for block in blocks)
        self.alike: dict[str, list[float]] = {}
        for block in blocks:
            alike = self.alike.setdefault(block.place, [0, 0, 0, 0])
            sums = (1, block.letters, block.linked_letters, prose_length(block))
            for i, value in enumerate(sums):
                alike[i] += value
        self.container = page.container.element if page.container else None
        self.mark = int(page.container.mark) if page.container else _NO_MARK
        self.title = self._find_title(page)
        self.run = _distances(_find_run(blocks, boxes))
        self.seen: Counter[str] = Counter()
        self.before = 0
        self.since_heading = _FARTHEST

    def _find_title(self, page: ParsedPage) -> int | None:
        title = page.container.title if page.container else None
        for i, block in enumerate(self.blocks):
            if block.element is title:
                return i
        return next((i for i, b in enumerate(self.blocks) if b.element.tag == "h1"), None)

    def totals(self) -> Matrix:
        """The same of every block: how much there is on the page."""
        row = (len(self.blocks), log1p(self.length), log1p(self.prose))
        return np.full((len(self.blocks), len(row)), row, dtype=np.float32)

    def measure_place(self, i: int, *, is_kept: bool) -> tuple[float, ...]:
        """Measure the place of a block; to be called for each block, in order."""
        block, box = self.blocks[i], self.boxes[i]
        around = box.parent or box
        further = around.parent or around
        third = further.parent or further
        text = block.text
        is_heading = block.element.tag in _HEADINGS
        self.since_heading = 0 if is_heading else min(self.since_heading + 1, _FARTHEST)
        up, down = self._to_run(box)
        count, alike, linked, prose = self.alike[block.place]
        values = (
            box.depth,
            i / len(self.blocks),
            self.before / self.length,
            -99 if self.title is None else i - self.title,
            self.since_heading,
            *self._measure_box(around),
            *self._measure_box(further),
            log1p(third.length),
            third.linked / max(third.length, 1),
            third.prose / self.prose,
            box.prose / self.prose,
            box.blocks,
            self._to_container(box),
            self.mark,
            is_kept,
            box.is_comment,
            up,
            down,
            count,
            log1p(alike),
            linked / alike,
            prose / self.prose,
            self.texts[text],
            self.seen[text],
        )
        self.seen[text] += 1
        self.before += block.letters
        return values

    def _measure_box(self, box: Box) -> tuple[float, ...]:
        linked = box.linked / max(box.length, 1)
        return log1p(box.length), linked, box.blocks, box.prose / self.prose, box.paragraphs

    def _to_container(self, box: Box) -> int:
        """How many elements stand between; far where the box is not in the container."""
        steps, inner = 0, box
        while inner.element is not self.container:
            if inner.parent is None:
                return _FARTHEST
            steps, inner = steps + 1, inner.parent
        return min(steps, _FARTHEST)

    def _to_run(self, box: Box) -> tuple[int, int]:
        """The way through the tree to the element with most of the prose: up, then down."""
        steps, inner = 0, box
        while inner not in self.run:
            if inner.parent is None:
                return _FARTHEST, _FARTHEST
            steps, inner = steps + 1, inner.parent
        return min(steps, _FARTHEST), min(self.run[inner], _FARTHEST)


def _find_run(blocks: Sequence[Block], boxes: Sequence[Box]) -> Box | None:
    """The box with most of the prose right below it; a paragraph in a box of its own counts half.

    See `archive.extraction.structure.prose.longest_run`.
    """
    doubled: Counter[Box] = Counter()
    for block, box in zip(blocks, boxes, strict=True):
        length = prose_length(block)
        if length and box.parent is not None:
            doubled[box.parent] += 2 * length
            if box.parent.parent is not None:
                doubled[box.parent.parent] += length
    return max(doubled, key=doubled.__getitem__) if doubled else None


def _distances(box: Box | None) -> dict[Box, int]:
    """How far above a box each of those around it is."""
    found: dict[Box, int] = {}
    while box is not None:
        found[box] = len(found)
        box = box.parent
    return found


def _beside(own: Matrix) -> list[Matrix]:
    """The same measures of the blocks before and behind."""
    columns = [FEATURES.index(name) for name in (*_NEIGHBOUR[:-1], "kept by structure")]
    measures = own[:, columns]
    found: list[Matrix] = []
    for place in _BESIDE:
        moved = np.full_like(measures, -1)
        if place < 0:
            moved[-place:] = measures[:place]
        else:
            moved[:-place] = measures[place:]
        found.append(moved)
    return found


def _windows(blocks: Sequence[Block], kept: Sequence[bool]) -> list[Matrix]:
    """The shares of prose, links and what structure keeps among the blocks around."""
    lengths = np.array([block.letters for block in blocks], dtype=np.float64)
    prose = np.array([prose_length(block) for block in blocks], dtype=np.float64)
    linked = np.array([block.linked_letters for block in blocks], dtype=np.float64)
    sums = (prose, linked, lengths * np.array(kept))
    columns = [around(s, n) / around(lengths, n) for n in _WINDOWS for s in sums]
    so_far, total = np.cumsum(prose), max(float(prose.sum()), 1.0)
    columns += [so_far / total, (prose.sum() - so_far) / total]
    return [np.stack(columns, axis=1).astype(np.float32)]


def around(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Sum up each value with so many before and behind it."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    places = np.arange(len(values))
    ends = np.minimum(places + width + 1, len(values))
    return np.asarray(sums[ends] - sums[np.maximum(places - width, 0)], dtype=np.float64)

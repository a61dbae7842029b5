"""Which blocks of a page are the post, by what its witnesses say.

A witness is believed as far as its text stands on the page, in its order. What it says and the cut
has dropped is taken in; what it leaves out in the midst of the post is dropped, where the witness
is whole and gives text of that form at all: feeds leave out captions, tables and embedded things,
plain text leaves out lists and headings. Every word of the result stands on the page; only where
the page does not hold the text at all does the witness stand in, and the row says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from html import unescape
from typing import get_args

from lxml.etree import _Element

from archive.extraction.alignment import STRETCH, Alignment, align, letters
from archive.extraction.blocks import PROSE_LENGTH
from archive.extraction.furniture import fold
from archive.extraction.left_out import elements_around, find_left_out
from archive.extraction.page_blocks import Block, Cut, cut_of, is_kept, read_blocks
from archive.extraction.witnesses import (
    Witness,
    WitnessKind,
    drop_sign_off,
    is_cut_off,
    parse_witness,
)

_KINDS = get_args(WitnessKind)
_TAG = re.compile(r"<[^<>]*>")
_MAX_LETTERS = 2_000_000  # of a page; longer ones are left as they are
_MAX_WITNESSES = 6
_CORROBORATED = 0.5  # of the witness, or of the cut, must be in the other
_BELIEVED = 0.8  # of a witness must stand on the page, for it to drop anything
_NOTE_LENGTH = 300  # letters; a box may be longer than a short post, but not than this, or …
_MOST_MISSING = 0.5  # … this share of a witness's length; what lacks more is not the whole text
_MOST_BEHIND = {"wordpress": 0.5, "feed": 0.2, "json-ld": 0.0}
"""The same of what follows its end: a feed may end before the post, JSON-LD be one field of it."""

_MOST_COMPARED = 20_000_000  # letters
_ABSENT = 0.4  # of a witness at most stands on the page that it stands in for
_LEAST_LENGTH = 200  # letters of a witness that is taken though it stands elsewhere, or nowhere
_SAME = 0.98  # of a text must be in a witness that does not differ from it
_LAST_WORDS = 80  # characters
_CONFIRMED, _REVISED, _BEGUN, _STOOD_IN = 0.98, 0.95, 0.9, 0.6  # confidence


@dataclass(frozen=True, slots=True)
class Agreement:
    """What page and witnesses say together."""

    cut: Cut  # its source is the cut's own where nothing was changed, else the witness's kind
    confidence: float
    inferred: bool = False  # the text is not on the page: the cut is one of the witness


@dataclass(frozen=True, slots=True)
class _Testimony:
    """A witness beside the page."""

    witness: Witness
    body: _Element
    said: str  # all of it, folded to letters
    alignment: Alignment
    is_whole: bool  # and does not break off


def weigh(
    blocks: Sequence[Block],
    cut: Cut | None,
    witnesses: Iterable[Witness],
    *,
    barred: Set[_Element] = frozenset(),
    titles: Set[str] = frozenset(),
) -> Agreement | None:
    """Decide by its witnesses what of a page is the post.

    Args:
        blocks: of the whole page, as `read_blocks` gives them.
        cut: what is taken for the post without them; None where nothing is.
        witnesses: any number; of each kind the first are heard.
        barred: elements of which nothing is taken in: comments, what other pages have as well.
        titles: of the post, each as `furniture.fold` gives it; they are not taken in.

    Returns:
        The cut that the witnesses support, changed or not; None where they say nothing of it.
    """
    heard = sorted(witnesses, key=lambda witness: _KINDS.index(witness.kind))[:_MAX_WITNESSES]
    if not heard or sum(len(block.text) for block in blocks) > _MAX_LETTERS:
        return None
    page = _Page(blocks, cut, barred)
    testimonies = [page.hear(witness) for witness in heard]
    for testimony in testimonies:
        if page.may_be_stood_in_for(testimony, titles):
            stood_in = Cut(testimony.body, frozenset(), frozenset(), testimony.witness.kind)
            return Agreement(stood_in, _STOOD_IN, inferred=True)
    credible = [testimony for testimony in testimonies if page.corroborates(testimony)]
    if not credible:
        misplaced = [testimony for testimony in testimonies if page.holds(testimony, titles)]
        return _revise(_Page(blocks, None, barred), misplaced[:1], titles)
    return _revise(page, credible, titles)


def is_concerned(text: str, witness: Witness) -> bool:
    """Tell whether a text and a witness of it differ, so that it is worth to weigh them.

    Args:
        text: of the post, as it was extracted.
        witness: one of the same post.
    """
    paragraphs = [letters(paragraph) for paragraph in text.split("\n\n")]
    body = parse_witness(witness)
    drop_sign_off(body, witness.url, set(paragraphs))
    parts = read_parts(body)[0]
    found = align(parts, paragraphs)
    if not witness.is_whole:
        return bool(parts) and 0 not in found.spans
    lacks = any(part and number not in found.spans for number, part in enumerate(parts))
    return lacks or (bool(parts) and found.share < _SAME)


def read_parts(body: _Element) -> tuple[tuple[str, ...], str]:
    """Give the paragraphs of a witness, folded to letters, and its last words as they stand."""
    texts = [block.text for block in read_blocks(body)]
    parts = tuple(filter(None, map(letters, texts)))
    return parts, texts[-1][-_LAST_WORDS:] if texts else ""


class _Page:
    """The blocks of a page with what is known of each."""

    def __init__(self, blocks: Sequence[Block], cut: Cut | None, barred: Set[_Element]) -> None:
        self.blocks = blocks
        self.cut = cut
        numbers = range(len(blocks)) if cut is not None else ()
        self.kept = frozenset(n for n in numbers if cut and is_kept(blocks[n].element, cut))
        self.letters = [
            letters(block.text) if n in self.kept or not _is_inside(block.element, barred) else ""
            for n, block in enumerate(blocks)
        ]
        self.kept_length = self.count(self.kept)

    def count(self, numbers: Iterable[int]) -> int:
        """Count the letters of some blocks."""
        return sum(len(self.letters[number]) for number in numbers)

    def hear(self, witness: Witness) -> _Testimony:
        """Hold a witness against the page."""
        body = parse_witness(witness)
        drop_sign_off(body, witness.url, set(self.letters))
        parts, last_words = read_parts(body)
        alignment = align(self.letters, parts, favoured=self.kept)
        said = "".join(parts)
        is_long = len(said) + _NOTE_LENGTH >= _CORROBORATED * self.kept_length
        is_cut = self._ends_midway(said, alignment) or is_cut_off(witness, last_words)
        return _Testimony(witness, body, said, alignment, is_long and not is_cut)

    def _ends_midway(self, said: str, alignment: Alignment) -> bool:
        """Whether a witness breaks off inside a block of the page."""
        if not alignment.spans:
            return False
        last = max(alignment.spans, key=lambda number: alignment.spans[number][1])
        return not said[: alignment.end].endswith(self.letters[last][-STRETCH:])

    def corroborates(self, testimony: _Testimony) -> bool:
        """Tell whether a witness is about the text that the cut keeps."""
        if not self.kept_length:
            return False
        agreed = self.count(n for n in testimony.alignment.spans if n in self.kept)
        return agreed >= _CORROBORATED * min(testimony.alignment.length, self.kept_length)

    def holds(self, testimony: _Testimony, titles: Set[str]) -> bool:
        """Tell whether all of a witness stands on the page, wherever the cut lies."""
        is_long = testimony.alignment.length >= _LEAST_LENGTH or not self.kept_length
        is_there = is_long and testimony.alignment.share >= _BELIEVED
        return is_there and testimony.is_whole and _has_title(testimony.witness, titles)

    def may_take_in(self, number: int, titles: Set[str], *, is_sure: bool) -> bool:
        """Tell whether a block that a witness has may belong to the post, too.

        Titles do not, nor what is a link: JSON-LD lists contents and neighbours as well. Before
        the text stand headline, deck and byline: there, only prose is taken in.

        Args:
            number: of the block.
            titles: of the post.
            is_sure: a whole witness has it.
        """
        block = self.blocks[number]
        if not self.kept:
            return fold(block.text) not in titles
        if 2 * block.linked > len(block.text) or fold(block.text) in titles:
            return False
        return (is_sure and number > min(self.kept)) or len(block.text) >= PROSE_LENGTH

    def may_be_stood_in_for(self, testimony: _Testimony, titles: Set[str]) -> bool:
        """Tell whether the page does not hold the text that a witness has whole."""
        length, share = testimony.alignment.length, testimony.alignment.share
        if not testimony.witness.is_whole or not testimony.is_whole or length < _LEAST_LENGTH:
            return False
        if share > _ABSENT or self.kept_length > _ABSENT * length:
            return False
        foreign = self.kept - testimony.alignment.touched - testimony.alignment.spans.keys()
        has_own_prose = any(len(self.blocks[n].text) >= PROSE_LENGTH for n in foreign)
        return not has_own_prose and _has_title(testimony.witness, titles)


def _has_title(witness: Witness, titles: Set[str]) -> bool:
    """Whether a witness does not name another post."""
    title = fold(_TAG.sub("", unescape(witness.title or "")))
    return not title or not titles or title in titles


def _revise(page: _Page, credible: Sequence[_Testimony], titles: Set[str]) -> Agreement | None:
    """Take in what witnesses say, and drop what none of them knows."""
    if not credible:
        return None
    said = {number for testimony in credible for number in testimony.alignment.spans}
    sure = {number for t in credible if t.is_whole for number in t.alignment.spans}
    added = {n for n in said - page.kept if page.may_take_in(n, titles, is_sure=n in sure)}
    dropped = _to_drop(page, credible, said)
    is_sure = bool(sure)
    if not added and not dropped and page.cut is not None:
        return Agreement(page.cut, _CONFIRMED if is_sure else _BEGUN)
    kept = [block for n, block in enumerate(page.blocks) if n in (page.kept | added) - dropped]
    cut = cut_of(kept, list(page.blocks), credible[0].witness.kind)
    if cut is None:
        return None
    return Agreement(_with_inline(cut, page, added), _REVISED if is_sure else _BEGUN)


def _with_inline(cut: Cut, page: _Page, added: Set[int]) -> Cut:
    """Keep dropped what the cut before had dropped, but for what holds a block taken in."""
    if page.cut is None:
        return cut
    alive = elements_around(page.blocks[number].element for number in added)
    return replace(cut, dropped=cut.dropped | (page.cut.dropped - alive))


def _to_drop(page: _Page, credible: Sequence[_Testimony], said: Set[int]) -> frozenset[int]:
    """Blocks of the cut that whole witnesses leave out, and would not if they were the post."""
    judges = [t for t in credible if t.is_whole and t.alignment.share >= _BELIEVED]
    if not judges:
        return frozenset()
    known = set(said).union(*(testimony.alignment.touched for testimony in credible))
    known |= _find_said(page, page.kept - known, judges)
    length = max(judge.alignment.length for judge in judges)
    if page.count(page.kept - known) > max(_NOTE_LENGTH, _MOST_MISSING * length):
        return frozenset()
    heard = set[int]().union(*(judge.alignment.spans for judge in judges))
    left_out = find_left_out(page.blocks, page.kept - known, known=known, heard=heard)
    behind = {number for number in left_out if number > max(said)}
    share = _MOST_BEHIND[judges[0].witness.kind]
    is_note = page.count(behind) <= max(_NOTE_LENGTH, share * length)
    return left_out if is_note else left_out - behind


def _find_said(page: _Page, numbers: Set[int], judges: Sequence[_Testimony]) -> set[int]:
    """Short blocks that stand anywhere in a witness: where it has no lines, it may mean them."""
    short = [number for number in numbers if len(page.letters[number]) < STRETCH]
    if len(short) * sum(len(judge.said) for judge in judges) > _MOST_COMPARED:
        return set(short)
    return {n for n in short if any(page.letters[n] in judge.said for judge in judges)}


def _is_inside(element: _Element, barred: Set[_Element]) -> bool:
    return bool(barred) and any(e in barred for e in (element, *element.iterancestors()))

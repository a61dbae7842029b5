"""Which blocks of a page are the post, by what its witnesses say.

A witness is believed as far as its text stands on the page, in its order. What it says and the cut
has dropped is taken in; what it leaves out in the midst of the post is dropped, where the witness
is whole and gives text of that form at all: feeds leave out captions, tables and embedded things,
plain text leaves out lists and headings. Every word of the result stands on the page; only where
the page does not hold the text at all does the witness stand in, and the row says so.

A witness may be an excerpt that does not look like one. So what follows in the place of the post's
own paragraphs stays, and so does what is much; only where no block of the post's own places is
missing, all that stands outside of the element around the post is dropped. An API alone has the
whole text for certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from typing import get_args

from lxml.etree import _Element

from archive.extraction.testimony.alignment import STRETCH, align, letters
from archive.extraction.testimony.hearing import (
    BELIEVED,
    NOTE_LENGTH,
    HeardPage,
    Testimony,
    read_parts,
)
from archive.extraction.testimony.left_out import find_left_out
from archive.extraction.testimony.witnesses import (
    Witness,
    WitnessKind,
    drop_sign_off,
    parse_witness,
)
from archive.extraction.tree.lineage import elements_around
from archive.extraction.tree.page_blocks import Block, Cut, cut_of

_KINDS = get_args(WitnessKind)
_MAX_LETTERS = 2_000_000  # of a page; longer ones are left as they are
_MAX_WITNESSES = 6
_MOST_MISSING = 0.5  # of a witness's length; where the cut has more beside it, it is not whole
_MOST_BEHIND = {"wordpress": 0.5, "feed": 0.2, "json-ld": 0.0}
"""The same of what follows its end: a feed may end before the post, JSON-LD be one field of it."""

_MOST_COMPARED = 20_000_000  # letters
_SAME = 0.98  # of a text must be in a witness that does not differ from it
_CONFIRMED, _REVISED, _BEGUN, _STOOD_IN = 0.98, 0.95, 0.9, 0.6  # confidence


@dataclass(frozen=True, slots=True)
class Agreement:
    """What page and witnesses say together."""

    cut: Cut  # its source is the cut's own where nothing was changed, else the witness's kind
    confidence: float
    inferred: bool = False  # the page's bytes do not hold the text: the cut is of a feed's entry


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
    page = HeardPage(blocks, cut, barred)
    testimonies = [page.hear(witness) for witness in heard]
    for testimony in testimonies:
        if page.may_be_stood_in_for(testimony, titles):
            stood_in = Cut(testimony.body, frozenset(), frozenset(), testimony.witness.kind)
            return Agreement(stood_in, _STOOD_IN, inferred=testimony.witness.kind != "json-ld")
    credible = [testimony for testimony in testimonies if page.corroborates(testimony)]
    if not credible:
        misplaced = [testimony for testimony in testimonies if page.holds(testimony, titles)]
        return _revise(HeardPage(blocks, None, barred), misplaced[:1], titles)
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


def _revise(page: HeardPage, credible: Sequence[Testimony], titles: Set[str]) -> Agreement | None:
    """Take in what witnesses say, and drop what none of them knows."""
    if not credible:
        return None
    said = {number for testimony in credible for number in testimony.alignment.spans}
    whole = [testimony for testimony in credible if testimony.is_whole]
    added = {
        number
        for number in said - page.kept
        if page.may_take_in(
            number, titles, {t.witness.kind for t in whole if number in t.alignment.spans}
        )
    }
    dropped = _to_drop(page, credible, said)
    if not added and not dropped and page.cut is not None:
        return Agreement(page.cut, _CONFIRMED if whole else _BEGUN)
    final = (page.kept | added) - dropped
    kept = [block for number, block in enumerate(page.blocks) if number in final]
    cut = cut_of(kept, list(page.blocks), credible[0].witness.kind)
    if cut is None:
        return None
    return Agreement(_with_inline(cut, page, added), _REVISED if whole else _BEGUN)


def _with_inline(cut: Cut, page: HeardPage, added: Set[int]) -> Cut:
    """Keep dropped what the cut before had dropped, but for what holds a block taken in."""
    if page.cut is None:
        return cut
    alive = elements_around(page.blocks[number].element for number in added)
    return replace(cut, dropped=cut.dropped | (page.cut.dropped - alive))


def _to_drop(page: HeardPage, credible: Sequence[Testimony], said: Set[int]) -> frozenset[int]:
    """Blocks of the cut that whole witnesses leave out, and would not if they were the post."""
    judges = [t for t in credible if t.is_whole and t.alignment.share >= BELIEVED]
    if not judges:
        return frozenset()
    known = set(said).union(*(testimony.alignment.touched for testimony in credible))
    scope = frozenset[int]().union(*(judge.scope for judge in judges))
    known |= _find_said(page, scope - known, judges)
    heard = set[int]().union(*(judge.alignment.spans for judge in judges))
    missing = page.kept - known
    places = {page.blocks[number].place for number in heard}
    outside = missing - scope
    if judges[0].witness.kind == "json-ld" or any(page.blocks[n].place in places for n in missing):
        outside = frozenset()
    left_out = find_left_out(page.blocks, missing, known=known, heard=heard, outside=outside)
    return left_out - _doubtful(page, left_out - outside, missing - outside, judges)


def _doubtful(
    page: HeardPage, left_out: Set[int], missing: Set[int], judges: Sequence[Testimony]
) -> Set[int]:
    """Of what would be dropped from around the post: what may be its rest, and so stays."""
    kind, length = judges[0].witness.kind, max(judge.alignment.length for judge in judges)
    if page.count(missing) > max(NOTE_LENGTH, _MOST_MISSING * length):
        return left_out
    heard = set[int]().union(*(judge.alignment.spans for judge in judges))
    behind = {number for number in left_out if number > max(heard)}
    if page.count(behind) > max(NOTE_LENGTH, _MOST_BEHIND[kind] * length):
        return behind
    places = {page.blocks[number].place for number in heard}
    in_place = {number for number in behind if page.blocks[number].place in places}
    return frozenset() if kind == "wordpress" else in_place


def _find_said(page: HeardPage, numbers: Set[int], judges: Sequence[Testimony]) -> set[int]:
    """Short blocks that stand anywhere in a witness: where it has no lines, it may mean them."""
    short = [number for number in numbers if len(page.letters[number]) < STRETCH]
    if len(short) * sum(len(judge.said) for judge in judges) > _MOST_COMPARED:
        return set(short)
    return {n for n in short if any(page.letters[n] in judge.said for judge in judges)}

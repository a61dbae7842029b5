"""A witness held against a page: which of its blocks it has, and how far it is to be believed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from html import unescape

from lxml.etree import _Element

from archive.extraction.structure.furniture import fold
from archive.extraction.testimony.alignment import STRETCH, Alignment, align, letters
from archive.extraction.testimony.witnesses import Witness, drop_sign_off, is_cut_off, parse_witness
from archive.extraction.tree.blocks import PROSE_LENGTH
from archive.extraction.tree.lineage import Inside
from archive.extraction.tree.page_blocks import Block, Cut, cut_of, read_blocks

BELIEVED = 0.8
"""Share of a witness that must stand on the page, for it to decide against the cut."""

NOTE_LENGTH = 300
"""Letters that are always few: a box of them may stand beside a post that is shorter still."""

LEAST_LENGTH = 200
"""Letters of a witness that is taken though it stands elsewhere on the page, or nowhere."""

_TAG = re.compile(r"<[^<>]*>")
_CORROBORATED = 0.5  # of the witness, or of the cut, must be in the other
_ABSENT = 0.4  # of a witness at most stands on the page that it stands in for
_TAIL = 3 * STRETCH  # letters of a block, from the last that were found to its end
_LAST_WORDS = 80  # characters


@dataclass(frozen=True, slots=True)
class Testimony:
    """A witness beside the page."""

    witness: Witness
    body: _Element
    said: str  # all of it, folded to letters
    alignment: Alignment
    scope: frozenset[int]  # blocks of the cut that stand in the element around those it has
    is_whole: bool  # and does not break off


def read_parts(body: _Element) -> tuple[tuple[str, ...], str]:
    """Give the paragraphs of a witness, folded to letters, and its last words as they stand."""
    texts = [block.text for block in read_blocks(body)]
    parts = tuple(filter(None, map(letters, texts)))
    return parts, texts[-1][-_LAST_WORDS:] if texts else ""


class HeardPage:
    """The blocks of a page with what is known of each."""

    def __init__(self, blocks: Sequence[Block], cut: Cut | None, barred: Set[_Element]) -> None:
        self.blocks = blocks
        self.cut = cut
        self.kept = frozenset[int]() if cut is None else _kept_numbers(blocks, cut)
        self.first_kept = min(self.kept, default=0)
        is_barred = Inside(barred)
        self.letters = [
            letters(block.text) if n in self.kept or block.element not in is_barred else ""
            for n, block in enumerate(blocks)
        ]
        self.kept_length = self.count(self.kept)

    def count(self, numbers: Iterable[int]) -> int:
        """Count the letters of some blocks."""
        return sum(len(self.letters[number]) for number in numbers)

    def hear(self, witness: Witness) -> Testimony:
        """Hold a witness against the page."""
        body = parse_witness(witness)
        drop_sign_off(body, witness.url, set(self.letters))
        parts, last_words = read_parts(body)
        alignment = align(self.letters, parts, favoured=self.kept)
        said = "".join(parts)
        scope = self._scope_of(alignment)
        is_long = len(said) + NOTE_LENGTH >= _CORROBORATED * self.count(scope)
        is_cut = self._ends_midway(said, alignment) or is_cut_off(witness, last_words)
        return Testimony(witness, body, said, alignment, scope, is_long and not is_cut)

    def _scope_of(self, alignment: Alignment) -> frozenset[int]:
        """The blocks of the cut that have the nearest element around them with a witness's own."""
        cut = cut_of([self.blocks[number] for number in sorted(alignment.spans)], [], "")
        if cut is None:
            return frozenset()
        parent = cut.root.getparent() if len(alignment.spans) == 1 else None
        around = cut.root if parent is None else parent
        is_around = Inside({around})
        return frozenset(n for n in self.kept if self.blocks[n].element in is_around)

    def _ends_midway(self, said: str, alignment: Alignment) -> bool:
        """Whether a witness breaks off inside a block of the page."""
        if not alignment.spans:
            return False
        last = max(alignment.spans, key=lambda number: alignment.spans[number][1])
        block = self.letters[last]
        found = block.rfind(said[: alignment.end][-min(STRETCH, len(block)) :])
        return found < 0 or len(block) - found > _TAIL  # marks of footnotes may follow

    def corroborates(self, testimony: Testimony) -> bool:
        """Tell whether a witness is about the text that the cut keeps."""
        if not self.kept_length:
            return False
        agreed = self.count(n for n in testimony.alignment.spans if n in self.kept)
        return agreed >= _CORROBORATED * min(testimony.alignment.length, self.kept_length)

    def holds(self, testimony: Testimony, titles: Set[str]) -> bool:
        """Tell whether all of a witness stands on the page, wherever the cut lies."""
        least = max(LEAST_LENGTH, self.kept_length) if self.kept_length else 0
        is_there = testimony.alignment.length >= least and testimony.alignment.share >= BELIEVED
        return is_there and testimony.is_whole and _has_title(testimony.witness, titles)

    def may_take_in(self, number: int, titles: Set[str], speakers: Set[str]) -> bool:
        """Tell whether a block that a witness has may belong to the post, too.

        Titles do not, nor what is a link: JSON-LD lists contents and neighbours as well. Before
        the text stand headline, deck and byline: there, only a feed is believed in what is short.

        Args:
            number: of the block.
            titles: of the post.
            speakers: the kinds of those that have it and are whole.
        """
        block = self.blocks[number]
        if not self.kept:
            return fold(block.text) not in titles
        if 2 * block.linked > len(block.text) or fold(block.text) in titles:
            return False
        if len(block.text) >= PROSE_LENGTH:
            return True
        return bool(speakers if number > self.first_kept else speakers - {"json-ld"})

    def may_be_stood_in_for(self, testimony: Testimony, titles: Set[str]) -> bool:
        """Tell whether the page does not hold the text that a witness has whole."""
        length, share = testimony.alignment.length, testimony.alignment.share
        if not testimony.witness.is_whole or not testimony.is_whole or length < LEAST_LENGTH:
            return False
        if share > _ABSENT or self.kept_length > _ABSENT * length:
            return False
        foreign = self.kept - testimony.alignment.touched - testimony.alignment.spans.keys()
        has_own_prose = any(len(self.blocks[n].text) >= PROSE_LENGTH for n in foreign)
        return not has_own_prose and _has_title(testimony.witness, titles)


def _has_title(witness: Witness, titles: Set[str]) -> bool:
    """Whether a witness does not name another post; its title may be text, or mark-up."""
    title = witness.title or ""
    forms = {fold(title), fold(_TAG.sub("", unescape(title)))}
    return not title or not titles or not forms.isdisjoint(titles)


def _kept_numbers(blocks: Sequence[Block], cut: Cut) -> frozenset[int]:
    """The blocks that `is_kept` of `page_blocks` tells to be kept."""
    inside, dropped = Inside({cut.root}), Inside(cut.dropped)
    return frozenset(
        number
        for number, block in enumerate(blocks)
        if block.element in inside
        and block.element not in dropped
        and block.element not in cut.muted
    )

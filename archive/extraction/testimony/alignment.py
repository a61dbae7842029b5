"""Where the blocks of a page stand in another text of the same post.

Compared is what is left when white space, punctuation and case are folded away: quotes, dashes and
entities differ from place to place, letters do not. A block is found by stretches of its letters
that occur once in the other text; blocks without such a stretch are looked for between two that
were found. The time taken grows with the length of page and text, not with their product.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

STRETCH = 16
"""Letters that are compared at once; a block that has fewer is found by its neighbours."""

_NOT_LETTER = re.compile(r"[\W_]+")
_LEAST_FOUND = 0.5  # of a block's stretches
_WINDOW = 4_000  # letters behind a block that was found, in which the next short one is looked for
_LEAST_IN_PLACE = 3  # letters of a block that is found by standing right behind another
_OVERLAP = 4  # letters; where a block begins or ends with other words, its place is not exact
_SLACK = 1.5  # how much longer a block may be in the other text: words are added to it there


@dataclass(frozen=True, slots=True)
class Alignment:
    """Which blocks stand in the other text, in its order."""

    spans: dict[int, tuple[int, int]]  # of a block, by its number: where in the letters it stands
    touched: frozenset[int]  # blocks of which any stretch stands there, found or not
    length: int  # letters of the other text

    @property
    def share(self) -> float:
        """How much of the other text was found, 0 to 1."""
        found = sum(end - start for start, end in self.spans.values())
        return min(1.0, found / self.length) if self.length else 0.0

    @property
    def end(self) -> int:
        """Where in the letters the last block ends."""
        return max((end for _, end in self.spans.values()), default=0)


@dataclass(frozen=True, slots=True)
class _Found:
    number: int  # of the block
    start: int
    end: int
    weight: int


def letters(text: str) -> str:
    """Fold a text to its letters and digits, of any script, in lower case.

    >>> letters("“It’s”—&nbsp;DONE…") == letters("It's - &NBSP; done")
    True
    """
    return _NOT_LETTER.sub("", unicodedata.normalize("NFKC", text).casefold())


def align(
    blocks: Sequence[str],
    parts: Sequence[str],
    *,
    favoured: Collection[int] = frozenset(),
) -> Alignment:
    """Find blocks in another text.

    Args:
        blocks: of the page in its order, each as `letters` gives it.
        parts: the paragraphs of the other text, likewise.
        favoured: numbers of the blocks that count double where a text is on the page twice.
    """
    said = "".join(parts)
    wanted = {stretch for block in blocks for _, stretch in _stretches(block)}
    places = _find_stretches(said, wanted)
    whole_parts = _find_parts(parts, Counter(blocks))
    anchors = []
    touched = set()
    for number, block in enumerate(blocks):
        if any(stretch in places for _, stretch in _stretches(block)):
            touched.add(number)
        span = _find_anchor(block, places) or whole_parts.get(block)
        if span is not None:
            weight = len(block) * (2 if number in favoured else 1)
            anchors.append(_Found(number, *span, weight))
    spans = {found.number: (found.start, found.end) for found in _in_order(anchors)}
    touched |= _fill_forwards(spans, blocks, said, _edges(parts))
    _fill_backwards(spans, blocks, said)
    return Alignment(spans, frozenset(touched), len(said))


def _stretches(block: str) -> Iterator[tuple[int, str]]:
    """Cut a block into stretches, the last one up to its end; with where each begins."""
    last = len(block) - STRETCH
    if last < 0:
        return
    for start in range(0, last, STRETCH):
        yield start, block[start : start + STRETCH]
    yield last, block[last:]


def _find_stretches(said: str, wanted: Collection[str]) -> dict[str, int]:
    """Where each stretch begins; -1 for those that occur several times."""
    places: dict[str, int] = {}
    for start in range(len(said) - STRETCH + 1):
        stretch = said[start : start + STRETCH]
        if stretch in wanted:
            places[stretch] = -1 if stretch in places else start
    return places


def _find_parts(parts: Sequence[str], counts: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Where the parts stand that occur once, on the page as well."""
    said = Counter(parts)
    found: dict[str, tuple[int, int]] = {}
    start = 0
    for part in parts:
        if said[part] == 1 and counts.get(part) == 1:
            found[part] = (start, start + len(part))
        start += len(part)
    return found


def _find_anchor(block: str, places: Mapping[str, int]) -> tuple[int, int] | None:
    """Find a block by those of its stretches that occur once."""
    total = matched = 0
    first: tuple[int, int] | None = None
    last: tuple[int, int] | None = None
    for start, stretch in _stretches(block):
        total += 1
        place = places.get(stretch)
        matched += place is not None
        if place is not None and place >= 0:
            first = first or (start, place)
            last = (start, place)
    if first is None or last is None or matched < _LEAST_FOUND * total:
        return None
    begin = max(0, first[1] - first[0])
    end = last[1] + STRETCH
    return (begin, end) if 0 < end - begin <= _SLACK * len(block) + STRETCH else None


def _in_order(anchors: Sequence[_Found]) -> list[_Found]:
    """The heaviest of the sequences that have the same order on the page and in the text.

    A text that stands on the page twice, or is quoted in a comment, is so found once. Each block
    begins where the one before has ended.
    """
    ends = sorted({found.end for found in anchors})
    best: list[tuple[int, int]] = [(0, -1)] * (len(ends) + 1)  # a Fenwick tree of maxima
    before: list[int] = []

    def heaviest(position: int) -> tuple[int, int]:
        entry = (0, -1)
        while position:
            entry = max(entry, best[position])
            position &= position - 1
        return entry

    for index, found in enumerate(anchors):
        weight, previous = heaviest(bisect_right(ends, found.start + _OVERLAP))
        before.append(previous)
        position = bisect_left(ends, found.end) + 1
        while position < len(best):
            best[position] = max(best[position], (weight + found.weight, index))
            position += position & -position
    chain: list[_Found] = []
    index = heaviest(len(ends))[1]
    while index >= 0:
        chain.append(anchors[index])
        index = before[index]
    return chain[::-1]


def _edges(parts: Sequence[str]) -> frozenset[int]:
    """Where paragraphs begin and end."""
    edges = [0]
    for part in parts:
        edges.append(edges[-1] + len(part))
    return frozenset(edges)


def _fill_forwards(
    spans: dict[int, tuple[int, int]], blocks: Sequence[str], said: str, edges: frozenset[int]
) -> set[int]:
    """Find what is short, or occurs several times, behind the blocks that were found.

    Returns:
        The blocks whose letters stand there, but maybe as a part of other words.
    """
    limits = _begin_of_next(spans, len(blocks), len(said))
    doubtful: set[int] = set()
    cursor = 0
    for number, block in enumerate(blocks if spans else ()):
        limit = min(limits[number], cursor + _WINDOW)
        if number in spans:
            cursor = max(cursor, spans[number][1])
            continue
        start = said.find(block, cursor, limit) if block else -1
        if start < 0:
            continue
        end = start + len(block)
        is_behind = start == cursor and len(block) >= _LEAST_IN_PLACE
        if is_behind or len(block) >= STRETCH or (start in edges and end in edges):
            spans[number], cursor = (start, end), end
        else:
            doubtful.add(number)
    return doubtful


def _fill_backwards(spans: dict[int, tuple[int, int]], blocks: Sequence[str], said: str) -> None:
    """Find what stands right before the blocks that were found."""
    ends = [0] * len(blocks)  # of the block found before each
    for number in range(1, len(blocks)):
        ends[number] = max(ends[number - 1], spans.get(number - 1, (0, 0))[1])
    limit = None
    for number in range(len(blocks) - 1, -1, -1):
        block = blocks[number]
        if number in spans:
            limit = spans[number][0]
        elif limit is not None and len(block) >= _LEAST_IN_PLACE:
            start = limit - len(block)
            if start >= ends[number] and said.startswith(block, start):
                spans[number], limit = (start, limit), start


def _begin_of_next(spans: dict[int, tuple[int, int]], count: int, limit: int) -> list[int]:
    """Of each block: where the next one that was found begins."""
    limits = [limit] * count
    for number in range(count - 1, -1, -1):
        limits[number] = limit
        if number in spans:
            limit = spans[number][0]
    return limits

"""Where things stand on the pages of a site, named so that the same place has one name on all.

A place is the way to an element from the outermost: tags, and those class names and identifiers
that the site gives to whatever stands there. Which these are, only several pages tell: WordPress
writes the categories of a post into the classes of its element, authors give classes to single
paragraphs. So a token counts where at least half of the pages that have such an element show it.
Elements without any name are told apart by their number, where pages have the same number of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from archive.extraction.site.sketches import Sketch, Step

_ROOT = 0x5EED
_NUMBER = 1 << 32  # beside the hashes of tokens, which are smaller: elements are numbered
_MASK = (1 << 63) - 1
_LEAST_SHARE = 0.5
_SAME_NUMBER_SHARE = 0.8
_MOST_NUMBERED = 12

Vocabulary = Mapping[int, frozenset[int]]
"""The tokens that count, by position: the name of a place and the tag of what stands in it."""


def name_steps(steps: Sequence[Step], vocabulary: Vocabulary) -> list[int]:
    """Give the name of the place of each step."""
    names: list[int] = []
    for step in steps:
        position = _position(step, names)
        names.append(_name(position, step, vocabulary.get(position, frozenset())))
    return names


def is_single(place: int, sketch: Sketch, names: Sequence[int]) -> bool:
    """Tell whether exactly one element of a page stands at a place."""
    counts = (step.count for step, name in zip(sketch.steps, names, strict=True) if name == place)
    return sum(counts) == 1


def mark_inside(sketch: Sketch, names: Sequence[int], places: Iterable[int]) -> list[bool]:
    """Tell of each step whether it stands at one of the places, or inside."""
    wanted, inside = frozenset(places), list[bool]()
    for step, name in zip(sketch.steps, names, strict=True):
        inside.append(name in wanted or (step.parent >= 0 and inside[step.parent]))
    return inside


class PlaceNames:
    """The names of the places on some pages of a site.

    Attributes:
        names: for each page the name of the place of each step.
        parents: of a place, the place around it; of the outermost, 0.
        tags: of a place, the tag.
    """

    def __init__(self, pages: Sequence[Sequence[Step]]) -> None:
        self.names: list[list[int]] = [[0] * len(steps) for steps in pages]
        self.parents: dict[int, int] = {}
        self.tags: dict[int, int] = {}
        self._vocabulary: dict[int, frozenset[int]] = {}
        self._positions: dict[int, int] = {}
        level = [(page, number) for page, steps in enumerate(pages) for number in _outer(steps)]
        inner = [_by_parent(steps) for steps in pages]
        while level:
            self._name_level(pages, level)
            level = [(page, child) for page, number in level for child in inner[page][number]]

    def vocabulary_of(self, places: Iterable[int]) -> dict[int, frozenset[int]]:
        """Give what is needed to find these places on other pages."""
        found: dict[int, frozenset[int]] = {}
        for place in places:
            while place in self.parents:
                position = self._positions[place]
                if tokens := self._vocabulary.get(position):
                    found[position] = tokens
                place = self.parents[place]
        return found

    def _name_level(
        self, pages: Sequence[Sequence[Step]], level: Sequence[tuple[int, int]]
    ) -> None:
        here = [(page, pages[page][n], _position(pages[page][n], self.names[page]), n)
                for page, n in level]  # fmt: skip
        groups: dict[int, list[tuple[int, Step]]] = defaultdict(list)
        for page, step, position, _ in here:
            groups[position].append((page, step))
        for position, members in groups.items():
            self._vocabulary[position] = _count_tokens(members)
        for page, step, position, number in here:
            name = _name(position, step, self._vocabulary[position])
            self.names[page][number] = name
            self.parents[name] = 0 if step.parent < 0 else self.names[page][step.parent]
            self.tags[name] = step.tag
            self._positions[name] = position


def _count_tokens(members: Sequence[tuple[int, Step]]) -> frozenset[int]:
    """Choose the tokens that count at one position, from the steps that stand there."""
    pages = {page for page, _ in members}
    shown = Counter(
        token for _, token in {(page, token) for page, step in members for token in step.tokens}
    )
    tokens = {token for token, number in shown.items() if number >= _LEAST_SHARE * len(pages)}
    numbered: Counter[int] = Counter()
    for page, step in members:
        if step.number:
            numbered[page] += step.count
    (most, agreeing), *_ = Counter(numbered.values()).most_common(1) or [(0, 0)]
    if 1 < most <= _MOST_NUMBERED and agreeing >= _SAME_NUMBER_SHARE * len(pages):
        tokens.add(_NUMBER)
    return frozenset(tokens)


def _outer(steps: Sequence[Step]) -> list[int]:
    return [number for number, step in enumerate(steps) if step.parent < 0]


def _by_parent(steps: Sequence[Step]) -> dict[int, list[int]]:
    inner: dict[int, list[int]] = defaultdict(list)
    for number, step in enumerate(steps):
        inner[step.parent].append(number)
    return inner


def _position(step: Step, names: Sequence[int]) -> int:
    return _mix(_ROOT if step.parent < 0 else names[step.parent], step.tag)


def _name(position: int, step: Step, tokens: frozenset[int]) -> int:
    name = _mix(position, 1)
    for token in step.tokens:
        if token in tokens:
            name = _mix(name, token)
    if step.number and _NUMBER in tokens:
        name = _mix(name, _NUMBER + step.number)
    return name


def _mix(first: int, second: int) -> int:
    """Hash two numbers; the same on every machine."""
    mixed = ((first * 0x100000001B3) ^ second) * 0x9E3779B97F4A7C15 & _MASK
    return mixed ^ (mixed >> 29)

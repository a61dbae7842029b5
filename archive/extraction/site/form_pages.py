"""The pages of one kind of a site's posts, as they are counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archive.extraction.site.sketches import Sketch, SketchedBlock

MAX_WEIGHT = 1_000
"""Of a page, in characters: of posts so long the text is told well enough."""


@dataclass(frozen=True)
class FormPage:
    """A page, with the names of the places of its steps."""

    address: int
    sketch: Sketch
    names: Sequence[int]

    def path(self, block: SketchedBlock) -> Iterator[int]:
        """Give the places around a block, from the inside out."""
        step = block.step
        while step >= 0:
            yield self.names[step]
            step = self.sketch.steps[step].parent


@dataclass(slots=True)
class PlaceTally:
    """What stands at a place, or inside, on the pages of a form."""

    pages: int = 0
    kept_on: int = 0  # pages on which something of it is kept
    at_edge: int = 0  # pages on which all of it that is kept stands at the edge of the post
    template: int = 0  # pages on which all of it that is kept is the same as on many others
    blocks: int = 0  # that are kept
    own: int = 0  # of these, what only one page says
    length: int = 0  # of all that is kept
    weight: int = 0  # of the pages
    kept_weight: int = 0  # of those on which something of it is kept
    is_heading: bool = True  # nothing but headings


@dataclass(slots=True)
class Edges:
    """Which of the kept blocks of a page stand before or behind all that only this page says."""

    kept: list[SketchedBlock]
    leading: int = 0  # number of blocks before
    trailing: int = 0  # number of the first block behind
    own: frozenset[int] = field(default_factory=frozenset)
    weight: int = 1  # of the page: the more it says by itself, the better it tells its text

    def holds(self, number: int) -> bool:
        """Tell whether a block stands at the edge, by its number among those kept."""
        return number < self.leading or number >= self.trailing

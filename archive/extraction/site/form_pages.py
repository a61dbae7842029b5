"""The pages of one kind of a site's posts, as they are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from archive.extraction.site.places import mark_inside
from archive.extraction.site.sketches import Sketch, SketchedBlock, Trait

LEAST_PAGES = 4
"""On fewer pages, what is alike may be so by chance, or because their author wrote it so."""

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

    def has_date(self, place: int) -> bool:
        """Tell whether a short block with a date stands at a place."""
        blocks = self.sketch.blocks
        return any(b.traits & Trait.DATED and self.names[b.step] == place for b in blocks)


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

    def is_dropped(self, share: float) -> bool:
        """Tell whether of the posts that have a place no more than a share keeps some of it."""
        return self.pages > LEAST_PAGES and self.kept_weight <= share * self.weight


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


def find_trailing(page: FormPage, edges: Edges, text: int) -> list[SketchedBlock]:
    """Find the blocks behind all that only a page says.

    That some pages keep such a list, and others do not, tells nothing of what it is.

    Args:
        page: the page.
        edges: of it.
        text: the place that holds the text of the posts; elsewhere, only what is kept counts.
    """
    if not edges.own:
        return []
    within = mark_inside(page.sketch, page.names, (text,))
    last, blocks = edges.kept[edges.trailing - 1], page.sketch.blocks
    start = next(n for n, block in enumerate(blocks) if block is last) + 1
    return [
        block
        for block in blocks[start:]
        if block.traits & Trait.KEPT or (within[block.step] and not block.traits & Trait.COMMENT)
    ]


def find_words(pages: Iterable[FormPage], boxes: Iterable[int], most: float) -> frozenset[int]:
    """Find the texts that repeat in boxes, as the site's own words do.

    Args:
        pages: of one form.
        boxes: the places.
        most: the number of pages that a link to another page must stand on, to count as that.
    """
    places = frozenset(boxes)
    seen: set[tuple[int, int]] = set()
    links: set[int] = set()
    for page in pages:
        within = mark_inside(page.sketch, page.names, places)
        held = [block for block in page.sketch.blocks if within[block.step]]
        seen.update((page.address, block.text) for block in held)
        links.update(block.text for block in held if block.is_furniture())
    counts = Counter(text for _, text in seen)
    return frozenset(t for t, n in counts.items() if n >= (most if t in links else LEAST_PAGES))

"""How one kind of a site's posts is built: learned from the pages that have it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from archive.extraction.site.form_pages import (
    LEAST_PAGES,
    MAX_WEIGHT,
    Edges,
    FormPage,
    PlaceTally,
    find_trailing,
    find_words,
)
from archive.extraction.site.judgement import PostForm
from archive.extraction.site.places import mark_inside
from archive.extraction.site.sketches import LINK_TO_PAGE, Known, SketchedBlock, Trait
from archive.extraction.tree.blocks import PROSE_LENGTH

_NEARLY_ALL = 0.9
_ALL = 0.95  # there is always one that is odd
_MANY = 0.5  # of the posts have what is template
_FEW = 0.1
_ODD = 0.02  # of the blocks of a box may be what no box holds
_SOME = 0.3
_BOX_LENGTH = 40  # characters; a box in the midst of a post with less is a label


def learn_form(
    text: int,
    posts: Sequence[FormPage],
    parents: Mapping[int, int],
    shared: Counter[int],
    titles: Set[int],
) -> PostForm:
    """Learn how the posts are built whose text stands at one place.

    Args:
        text: the place.
        posts: the pages with that place that were taken for posts.
        parents: of a place, the place around it.
        shared: on how many pages of the site each text stands.
        titles: of the site's posts, hashed.
    """
    return _Learning(text, posts, parents, shared, titles).learn()


class _Learning:
    def __init__(
        self,
        text: int,
        posts: Sequence[FormPage],
        parents: Mapping[int, int],
        shared: Counter[int],
        titles: Set[int],
    ) -> None:
        self._text = text
        self._posts = posts
        self._shared = shared
        self._titles = titles
        self._least = max(LEAST_PAGES, _MANY * len(posts))
        self._around = set(_lineage(text, parents))
        self._edges = [self._find_edges(page) for page in posts]
        self._pairs = self._count_pairs()
        self._standing = self._count_standing()

    def learn(self) -> PostForm:
        """Gather what was learned."""
        inside, outside = self._survey()
        silent = self._count_silent()
        left_out = {place for place, held in inside.items() if held.is_dropped(_FEW)}
        spared = frozenset(place for place in left_out if silent[place])
        boxes = frozenset(p for p, held in inside.items() if self._is_box(p, held))
        boxes |= left_out - spared
        dated = self._place_of(Trait.DATE, Known.PUBLISHED)
        is_typical = sum(p.has_date(dated) for p in self._posts) >= _ALL * len(self._posts)
        return PostForm(
            text=self._text,
            sides=frozenset(
                place
                for place, held in outside.items()
                if held.is_dropped(_SOME) or self._is_box(place, held)
            ),
            lost=self._text_places(),
            spared=spared,
            restores=True,
            boxes=boxes,
            words=find_words(self._posts, boxes, self._least),
            closings=self._find_closings(),
            tails=self._find_tails(boxes),
            title=self._place_of(Trait.TITLE, Known.TITLE),
            authors=self._place_of(Trait.AUTHOR, Known.AUTHORS),
            published=dated,
            dated=dated if is_typical else 0,
            undated=dated if is_typical else 0,
        )

    def _find_edges(self, page: FormPage) -> Edges:
        kept = self._find_kept(page)
        own = frozenset(n for n, block in enumerate(kept) if self._is_own(block))
        if not own:
            return Edges(kept)
        weight = min(MAX_WEIGHT, sum(kept[n].length for n in own))
        return Edges(kept, min(own), max(own) + 1, own, weight)

    def _find_kept(self, page: FormPage) -> list[SketchedBlock]:
        """The blocks that the page takes for the post; where it takes none: all in their place."""
        within = mark_inside(page.sketch, page.names, (self._text,))
        there = [block for block in page.sketch.blocks if within[block.step]]
        if any(block.traits & Trait.KEPT for block in there):
            return [block for block in page.sketch.blocks if block.traits & Trait.KEPT]
        return [block for block in there if not block.traits & (Trait.COMMENT | Trait.TITLE)]

    def _is_own(self, block: SketchedBlock) -> bool:
        """Tell whether only this page says it, and it is no furniture by its look."""
        return self._shared[block.text] <= 1 and not block.is_furniture()

    def _count_pairs(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Count, for each place and text, the pages that keep it, and those with it at the edge."""
        pages: Counter[tuple[int, int]] = Counter()
        at_edge: Counter[tuple[int, int]] = Counter()
        for page, edges in zip(self._posts, self._edges, strict=True):
            inner: set[tuple[int, int]] = set()
            held: set[tuple[int, int]] = set()
            for number, block in enumerate(edges.kept):
                pair = (page.names[block.step], block.text)
                held.add(pair)
                if not edges.own or not self._is_at_edge(number, block, edges):
                    inner.add(pair)
            pages.update(held)
            at_edge.update(held - inner if edges.own else held)
        return {pair: (number, at_edge[pair]) for pair, number in pages.items()}

    def _count_standing(self) -> Counter[tuple[int, int]]:
        """Count, for each place and text, the pages that have it where the posts have their text.

        Of what stands elsewhere, only what some page keeps is counted.
        """
        pages: Counter[tuple[int, int]] = Counter()
        for page in self._posts:
            within = mark_inside(page.sketch, page.names, (self._text,))
            pairs = {(page.names[b.step], b.text): within[b.step] for b in page.sketch.blocks}
            pages.update(pair for pair, inside in pairs.items() if inside or pair in self._pairs)
        return pages

    def _is_at_edge(self, number: int, block: SketchedBlock, edges: Edges) -> bool:
        """Tell whether a block stands at the edge; a heading above the text belongs to it."""
        if block.traits & Trait.HEADING and not block.traits & Trait.TITLE:
            return number >= edges.trailing
        return edges.holds(number)

    def _is_template(self, place: int, text: int) -> bool:
        return self._pairs.get((place, text), (0, 0))[0] >= self._least

    def _count_silent(self) -> Counter[int]:
        """Count, for each place, what only one page says there and does not keep."""
        found: Counter[int] = Counter()
        for page in self._posts:
            for block in page.sketch.blocks:
                if not block.traits & Trait.KEPT and self._is_own(block):
                    found.update(set(page.path(block)))
        return found

    def _find_closings(self) -> frozenset[tuple[int, int]]:
        """What nearly all that keep it have at the edge, and what most pages do not keep at all."""
        found: set[tuple[int, int]] = set()
        for pair, number in self._standing.items():
            kept_on, at_edge = self._pairs.get(pair, (0, 0))
            is_edge = kept_on >= self._least and at_edge >= _NEARLY_ALL * kept_on
            if is_edge or (number >= self._least and kept_on <= _MANY * number):
                found.add(pair)
        return frozenset(found)

    def _survey(self) -> tuple[dict[int, PlaceTally], dict[int, PlaceTally]]:
        """Sum up what stands at each place inside of the text's, and at each outside of it."""
        inside: dict[int, PlaceTally] = defaultdict(PlaceTally)
        outside: dict[int, PlaceTally] = defaultdict(PlaceTally)
        for page, edges in zip(self._posts, self._edges, strict=True):
            for part, place, numbers in self._visits(page, edges):
                held = (inside if part else outside)[place]
                held.pages += 1
                held.weight += edges.weight
                if numbers:
                    self._note(held, page, edges, numbers)
        return inside, outside

    def _visits(self, page: FormPage, edges: Edges) -> Iterator[tuple[bool, int, list[int]]]:
        """Yield the places of a page: whether inside the text's, and which kept blocks it holds."""
        within = mark_inside(page.sketch, page.names, (self._text,))
        kept = {id(block): number for number, block in enumerate(edges.kept)}
        visits: dict[tuple[bool, int], list[int]] = {}
        for block in page.sketch.blocks:
            part = within[block.step]
            for place in page.path(block):
                if place in self._around:
                    break
                numbers = visits.setdefault((part, place), [])
                if (number := kept.get(id(block))) is not None:
                    numbers.append(number)
        for (part, place), numbers in visits.items():
            yield part, place, numbers

    def _note(self, held: PlaceTally, page: FormPage, edges: Edges, numbers: Sequence[int]) -> None:
        blocks = [edges.kept[n] for n in numbers]
        held.kept_on += 1
        held.kept_weight += edges.weight
        held.blocks += len(blocks)
        held.length += sum(block.length for block in blocks)
        held.own += sum(n in edges.own for n in numbers)
        held.is_heading &= all(block.traits & Trait.HEADING for block in blocks)
        if not edges.own or all(
            self._is_at_edge(n, b, edges) for n, b in zip(numbers, blocks, strict=True)
        ):
            held.at_edge += 1
        held.template += all(self._is_template(page.names[b.step], b.text) for b in blocks)

    def _is_box(self, place: int, held: PlaceTally) -> bool:
        """Tell whether a place holds furniture only.

        That is: the same on nearly all posts that have it; or, at the edge of posts, what repeats
        on some of them, and dates, names, tags, links to other pages.
        """
        if not held.kept_on or held.pages < self._least or held.own > _ODD * held.blocks:
            return False
        if held.at_edge >= _NEARLY_ALL * held.kept_on:
            return True
        is_large = held.length >= _BOX_LENGTH * held.kept_on and not held.is_heading
        return is_large and held.template >= _NEARLY_ALL * held.kept_on

    def _text_places(self) -> frozenset[int]:
        """The places of paragraphs that nearly all posts keep."""
        seen: Counter[int] = Counter()
        kept: Counter[int] = Counter()
        for page in self._posts:
            for block in page.sketch.blocks:
                if block.length >= PROSE_LENGTH and self._is_own(block):
                    seen[page.names[block.step]] += 1
                    kept[page.names[block.step]] += bool(block.traits & Trait.KEPT)
        return frozenset(
            place
            for place, number in seen.items()
            if number >= self._least and kept[place] >= _NEARLY_ALL * number
        )

    def _find_tails(self, boxes: frozenset[int]) -> frozenset[int]:
        """The places where links to other posts end nearly every post, among other things."""
        pages: Counter[int] = Counter()
        links: Counter[int] = Counter()
        titled: Counter[int] = Counter()
        for page, edges in zip(self._posts, self._edges, strict=True):
            found: set[int] = set()
            for block in find_trailing(page, edges, self._text):
                if block.traits & LINK_TO_PAGE != LINK_TO_PAGE or boxes.intersection(
                    page.path(block)
                ):
                    continue
                place = page.names[block.step]
                found.add(place)
                links[place] += 1
                titled[place] += block.text in self._titles
            pages.update(found)
        return frozenset(
            place
            for place, number in pages.items()
            if number >= self._least
            and (titled[place] >= _MANY * links[place] or number >= _NEARLY_ALL * len(self._posts))
        )

    def _place_of(self, trait: Trait, known: Known) -> int:
        """The place where nearly all posts that say it say it, and nothing else; 0 for none."""
        posts = [page for page in self._posts if page.sketch.known & known]
        seen: Counter[int] = Counter()
        right: Counter[int] = Counter()
        for page in posts:
            found: dict[int, list[bool]] = {}
            for block in page.sketch.blocks:
                if not block.traits & Trait.COMMENT:
                    place = page.names[block.step]
                    found.setdefault(place, []).append(bool(block.traits & trait))
            seen.update(found.keys())
            right.update(place for place, values in found.items() if values == [True])
        least = max(LEAST_PAGES, _NEARLY_ALL * len(posts))
        fit = [
            place
            for place, number in right.items()
            if number >= least and number >= _NEARLY_ALL * seen[place]
        ]
        return min(fit, default=0)


def _lineage(place: int, parents: Mapping[int, int]) -> Iterable[int]:
    while place:
        yield place
        place = parents.get(place, 0)

"""One page against what the posts of its site have in common: what of it is the post."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archive.extraction.site.places import mark_inside
from archive.extraction.site.sketches import LINK_TO_PAGE, Known, Sketch, Trait
from archive.extraction.tree.blocks import PROSE_LENGTH
from archive.records import PageType

_SURE = 0.95  # of a page type: as sure is who was told it by the site itself
_RESTORED_SHARE = 0.5  # of the text that stands where posts have theirs; with less, all is taken
_PURE_SHARE = 0.8  # the same where hardly anything else stands there
_NO_PROSE = Trait.LINKED | Trait.HEADING | Trait.COMMENT | Trait.TITLE
_JUDGED_AGAIN = (PageType.PAGE, PageType.LISTING, PageType.EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostForm:
    """How one kind of post is built; places are hashes (`archive.extraction.site.places`)."""

    text: int  # the place that holds the text of the posts
    sides: frozenset[int] = frozenset()  # outside of it: never the post's
    lost: frozenset[int] = frozenset()  # inside: what stands there is text, on nearly all posts
    spared: frozenset[int] = frozenset()  # inside: never the post's
    restores: bool = False  # whether a page that keeps little of its text is given all of it
    is_pure: bool = False  # whether hardly anything else stands inside
    boxes: frozenset[int] = frozenset()  # inside: furniture, with all that it holds
    words: frozenset[int] = frozenset()  # texts that repeat in boxes
    closings: frozenset[tuple[int, int]] = frozenset()  # place and words, at the edge of posts
    tails: frozenset[int] = frozenset()  # links to other pages that end a post
    title: int = 0  # where these stand; 0: every page says them otherwise
    authors: int = 0
    published: int = 0
    dated: int = 0  # a page with a date there is a post
    undated: int = 0  # a page without one there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the site says of one page."""

    kept: frozenset[int] | None = None  # the blocks that are the post; None: as the page chose
    places: Mapping[str, int] = field(default_factory=dict)  # field -> the block that says it
    kind: PageType | None = None  # None: as the page was judged

    def __bool__(self) -> bool:
        return self.kept is not None or bool(self.places) or self.kind is not None


class Judgement:
    """One page against one form of post.

    Args:
        form: that the page has.
        sketch: of the page.
        names: of the places of its steps.

    Attributes:
        fired: the parts of the form that changed something: field, place or place and words.
        weighed: the closings that were left out of account when asked how much a page keeps.
    """

    def __init__(self, form: PostForm, sketch: Sketch, names: Sequence[int]) -> None:
        self.fired: set[tuple[str, Any]] = set()
        self.weighed: set[tuple[int, int]] = set()
        self._form = form
        self._sketch = sketch
        self._names = names
        self._inside = mark_inside(sketch, names, (form.text,))
        self._own = [n for n, b in enumerate(sketch.blocks) if b.traits & Trait.KEPT]

    def rule(self) -> Ruling:
        """Say what is to be changed."""
        kind = self._find_kind()
        if (kind or self._sketch.kind) is not PageType.ARTICLE:
            return Ruling(kind=kind)
        kept = self._find_kept()
        changed = None if kept == self._own else frozenset(kept)
        return Ruling(kept=changed, places=self._find_places(), kind=kind)

    def _find_kind(self) -> PageType | None:
        sketch, form = self._sketch, self._form
        if sketch.known & Known.HINTED or sketch.confidence >= _SURE:
            return None
        if form.dated and sketch.kind in _JUDGED_AGAIN and self._dates(form.dated):
            self.fired.add(("dated", form.dated))
            return PageType.ARTICLE
        if form.undated and sketch.kind is PageType.ARTICLE and not self._dates(form.undated):
            if sketch.known & Known.PUBLISHED:
                return None
            self.fired.add(("undated", form.undated))
            return PageType.PAGE
        return None

    def _dates(self, place: int) -> list[int]:
        """The blocks with a date at a place."""
        blocks = self._sketch.blocks
        return [n for n in self._blocks_at(place) if blocks[n].traits & Trait.DATED]

    def _blocks_at(self, place: int) -> list[int]:
        blocks = enumerate(self._sketch.blocks)
        return [n for n, block in blocks if self._names[block.step] == place]

    def _find_places(self) -> dict[str, int]:
        """Find the blocks that say what the page was not found to say otherwise."""
        known, form = self._sketch.known, self._form
        asked = (
            ("title", form.title, Known.TITLE),
            ("authors", form.authors, Known.AUTHORS),
            ("published", form.published, Known.PUBLISHED),
        )
        found: dict[str, int] = {}
        for name, place, flag in asked:
            if not place or known & flag:
                continue
            blocks = self._dates(place) if name == "published" else self._blocks_at(place)
            if len(blocks) == 1:
                found[name] = blocks[0]
                self.fired.add((name, place))
        return found

    def _find_kept(self) -> list[int]:
        kept = self._restore()
        kept = self._drop("boxes", self._form.boxes, kept)
        return self._peel(kept)

    def _is_known(self, number: int) -> bool:
        """Tell whether a block is the site's by its words, or no text by its look."""
        is_closing = self._words_at_place(number) in self._form.closings
        return is_closing or self._sketch.blocks[number].is_furniture()

    def _restore(self) -> list[int]:
        """Take in what stands where the posts have their text, and leave out what does not."""
        blocks, form = self._sketch.blocks, self._form
        ours = self._find_ours()
        inside = [n for n in self._own if self._inside[blocks[n].step]]
        outside = [n for n in self._own if not self._inside[blocks[n].step]]
        if form.restores and self._is_little():
            rest = self._trim(self._drop("sides", form.sides, outside, note=False))
            if self._length(rest) <= self._length(ours):
                self.fired.add(("restores", None))
                return ours
        if inside:
            inside = self._drop("spared", form.spared, inside) or inside
            outside = self._drop("sides", form.sides, outside)
        lost = [n for n in ours if not blocks[n].traits & Trait.KEPT and self._is_lost(n)]
        return sorted({*inside, *outside, *lost})

    def _find_ours(self) -> list[int]:
        """Find what stands where the posts have their text, but for what is the site's."""
        form = self._form
        ours = self._drop("spared", form.spared, self._text_blocks(), note=False)
        return self._trim(self._drop("boxes", form.boxes, ours, note=False))

    def weigh(self) -> tuple[int, int]:
        """Tell how much stands where the posts have their text, and how much of it is kept."""
        ours = self._find_ours()
        kept = [n for n in ours if self._sketch.blocks[n].traits & Trait.KEPT]
        return self._length(ours), self._length(kept)

    def _is_little(self) -> bool:
        """Tell whether the page keeps little of what stands where the posts have their text."""
        there, kept = self.weigh()
        return kept < (_PURE_SHARE if self._form.is_pure else _RESTORED_SHARE) * there

    def _trim(self, numbers: list[int]) -> list[int]:
        """Take off both ends what is the site's by its words, or no text by its look."""
        left = [n for n in numbers if not self._is_known(n)]
        pairs = {self._words_at_place(n) for n in numbers}
        self.weighed |= pairs & self._form.closings
        return [n for n in numbers if left and left[0] <= n <= left[-1]]

    def _text_blocks(self) -> list[int]:
        """The blocks that stand where the posts have their text."""
        none = Trait.COMMENT | Trait.TITLE
        blocks = enumerate(self._sketch.blocks)
        return [n for n, b in blocks if self._inside[b.step] and not b.traits & none]

    def _is_lost(self, number: int) -> bool:
        block = self._sketch.blocks[number]
        place = self._names[block.step]
        if place not in self._form.lost or block.length < PROSE_LENGTH or block.traits & _NO_PROSE:
            return False
        self.fired.add(("lost", place))
        return True

    def _drop(
        self, name: str, places: Iterable[int], kept: list[int], *, note: bool = True
    ) -> list[int]:
        """Leave out blocks that stand in one of these places."""
        if not places:
            return kept
        blocks = self._sketch.blocks
        marked = mark_inside(self._sketch, self._names, places)
        dropped = {n for n in kept if marked[blocks[n].step]}
        if name == "boxes":  # a list of the author's may stand where the site puts its own
            dropped -= self._find_authored(kept)
        if note:
            for step in {blocks[n].step for n in dropped}:
                self._note(name, frozenset(places), step)
            texts = {blocks[n].text for n in dropped} & self._form.words
            self.fired.update(("words", text) for text in texts)
        return [n for n in kept if n not in dropped]

    def _find_authored(self, numbers: Iterable[int]) -> set[int]:
        """Find what only this page says, and the links to other pages that stand in its midst."""
        blocks, words = self._sketch.blocks, self._form.words
        ours = [n for n in numbers if blocks[n].traits & Trait.KEPT and blocks[n].text not in words]
        own = [n for n in ours if not self._is_known(n)]
        if not own:
            return set()
        links = [n for n in ours if blocks[n].traits & LINK_TO_PAGE == LINK_TO_PAGE]
        return {*own, *(n for n in links if own[0] < n < own[-1])}

    def _note(self, name: str, places: frozenset[int], step: int) -> None:
        """Note the outermost place by which a step is left out."""
        outermost = 0
        while step >= 0:
            if self._names[step] in places:
                outermost = self._names[step]
            step = self._sketch.steps[step].parent
        self.fired.add((name, outermost))

    def _peel(self, kept: list[int]) -> list[int]:
        """Take off both ends what the site puts around its posts."""
        end = len(kept)
        while end and self._is_closing(kept[end - 1], at_end=True):
            end -= 1
        start = 0
        while start < end and self._is_closing(kept[start], at_end=False):
            start += 1
        return kept[start:end]

    def _words_at_place(self, number: int) -> tuple[int, int]:
        block = self._sketch.blocks[number]
        return self._names[block.step], block.text

    def _is_closing(self, number: int, *, at_end: bool) -> bool:
        block = self._sketch.blocks[number]
        place, _ = pair = self._words_at_place(number)
        if pair in self._form.closings:
            if not at_end and block.traits & Trait.HEADING:  # of the text that follows
                return False
            self.fired.add(("closings", pair))
            return True
        if at_end and place in self._form.tails and block.traits & LINK_TO_PAGE == LINK_TO_PAGE:
            self.fired.add(("tails", place))
            return True
        return False

    def _length(self, numbers: Iterable[int]) -> int:
        return sum(self._sketch.blocks[n].length for n in numbers)

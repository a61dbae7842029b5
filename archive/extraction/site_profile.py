"""What the pages of a site have in common, as it bears on the text of each of them.

A profile holds only what changes something on a page that it was learned from, so that it stays the
same while a site grows. It judges a page by its sketch alone: whether it has a say in a page is
known without reading the page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from archive.digests import text_digest
from archive.extraction.blocks import PROSE_LENGTH
from archive.extraction.places import Vocabulary, is_single, mark_inside, name_steps
from archive.extraction.sketches import Known, Sketch, Trait
from archive.records import PageType

_SURE = 0.95  # of a page type: as sure is who was told it by the site itself
_RESTORED_SHARE = 0.5  # of the text that stands where posts have theirs; with less, all is taken
_NO_PROSE = Trait.LINKED | Trait.HEADING | Trait.COMMENT | Trait.TITLE
_LINK_TO_PAGE = Trait.LINKED | Trait.INNER
_JUDGED_AGAIN = (PageType.PAGE, PageType.LISTING, PageType.EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostForm:
    """How one kind of post is built; places are hashes (`archive.extraction.places`)."""

    text: int  # the place that holds the text of the posts
    sides: frozenset[int] = frozenset()  # outside of it: never the post's
    lost: frozenset[int] = frozenset()  # inside: what stands there is text, on nearly all posts
    spared: frozenset[int] | None = None  # inside: never the post's; None: nothing is brought back
    boxes: frozenset[int] = frozenset()  # inside: furniture, with all that it holds
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteProfile:
    """What was learned from all pages of a site."""

    digest: str  # "sha256:…" of all that follows
    vocabulary: Vocabulary
    forms: tuple[PostForm, ...]  # those of more posts first

    def judge(self, sketch: Sketch) -> Ruling | None:
        """Say what the site knows better of a page than the page alone; None: nothing."""
        names = name_steps(sketch.steps, self.vocabulary)
        for form in self.forms:
            if is_single(form.text, sketch, names):
                ruling = Judgement(form, sketch, names).rule()
                return ruling or None
        return None

    def concerns(self, sketch: Sketch) -> bool:
        """Tell whether the profile has a say in a page."""
        return self.judge(sketch) is not None

    def to_json(self) -> dict[str, Any]:
        """Write the profile as `read_profile` reads it, without its digest."""
        names = {f"{position:016x}": sorted(tokens) for position, tokens in self.vocabulary.items()}
        return {"names": dict(sorted(names.items())), "forms": [_form(form) for form in self.forms]}


def digest_of_profile(values: Mapping[str, Any]) -> str:
    """Give the digest of a profile as JSON."""
    return text_digest(json.dumps(values, sort_keys=True))


def read_profile(digest: str, values: Mapping[str, Any]) -> SiteProfile:
    """Read a profile from JSON.

    Raises:
        ValueError: it is none.
    """
    try:
        vocabulary = {int(name, 16): frozenset(held) for name, held in values["names"].items()}
        forms = tuple(
            PostForm(**{name: _field(name, value) for name, value in form.items()})
            for form in values["forms"]
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no site profile: {error}") from error
    return SiteProfile(digest=digest, vocabulary=vocabulary, forms=forms)


class Judgement:
    """One page against one form of post.

    Args:
        form: that the page has.
        sketch: of the page.
        names: of the places of its steps.

    Attributes:
        fired: the parts of the form that changed something: field, place or place and words.
    """

    def __init__(self, form: PostForm, sketch: Sketch, names: Sequence[int]) -> None:
        self.fired: set[tuple[str, Any]] = set()
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

    def _restore(self) -> list[int]:
        """Take in what stands where the posts have their text, and leave out what does not."""
        blocks, form = self._sketch.blocks, self._form
        ours = self._drop("spared", form.spared or (), self._text_blocks(), note=False)
        ours = self._drop("boxes", form.boxes, ours, note=False)
        inside = [n for n in self._own if self._inside[blocks[n].step]]
        outside = [n for n in self._own if not self._inside[blocks[n].step]]
        if form.spared is not None and self._is_little(ours):
            rest = self._drop("sides", form.sides, outside, note=False)
            rest = self._without_closings(rest)
            if self._length(rest) <= self._length(ours):
                self.fired.add(("spared", None))
                return ours
        if inside:
            outside = self._drop("sides", form.sides, outside)
        lost = [n for n in ours if not blocks[n].traits & Trait.KEPT and self._is_lost(n)]
        return sorted({*inside, *outside, *lost})

    def _is_little(self, ours: list[int]) -> bool:
        """Tell whether the page keeps little of what stands where the posts have their text."""
        ours = self._without_closings(ours)
        kept = [n for n in ours if self._sketch.blocks[n].traits & Trait.KEPT]
        return self._length(kept) < _RESTORED_SHARE * self._length(ours)

    def _without_closings(self, numbers: list[int]) -> list[int]:
        return [n for n in numbers if self._words_at_place(n) not in self._form.closings]

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
        sketch = self._sketch
        dropped = mark_inside(sketch, self._names, places)
        if note:
            for step in {sketch.blocks[n].step for n in kept if dropped[sketch.blocks[n].step]}:
                self._note(name, frozenset(places), step)
        return [n for n in kept if not dropped[sketch.blocks[n].step]]

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
        if at_end and place in self._form.tails and block.traits & _LINK_TO_PAGE == _LINK_TO_PAGE:
            self.fired.add(("tails", place))
            return True
        return False

    def _length(self, numbers: Iterable[int]) -> int:
        return sum(self._sketch.blocks[n].length for n in numbers)


def _form(form: PostForm) -> dict[str, Any]:
    """A form as JSON, empty fields left out."""
    values = {each.name: getattr(form, each.name) for each in fields(form)}
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in values.items()
        if value or (name == "spared" and value is not None)
    }


def _field(name: str, value: Any) -> Any:
    if name == "closings":
        return frozenset((int(place), int(words)) for place, words in value)
    return frozenset(map(int, value)) if isinstance(value, list) else int(value)

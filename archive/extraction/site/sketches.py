"""The sketch of a page: what its site is learned from, without reading the page again.

For each block of the page a hash of its text and of its place, how long it is, and what it looks
like; what the page alone was taken to say of itself. Some two kilobytes, kept in the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag
from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from struct import error as StructError  # noqa: N812 - its name in lower case hides what it is

from lxml.etree import _Element

from archive.extraction.tree.class_names import without_hashes
from archive.records import PageType

VERSION = 1
"""The form of a packed sketch; one of another form is not read."""

MAX_BLOCKS = 4_000
"""A page with more blocks has an empty sketch: no post is like that, and memory is bounded."""

_MAX_STEPS = 20_000
_MAX_TOKENS = 12  # of one element
_MAX_NUMBER = 15
_LONGEST = 0xFFFF
_HEAD = Struct("<BBBBQiHH")
_STEP = Struct("<iIBBB")
_BLOCK = Struct("<HQHH")
_TOKEN = Struct("<I")
_LENGTH = Struct("<I")
_KINDS = tuple(PageType)
_DIGIT = re.compile(r"\d")
_NO_WORD = re.compile(r"[\W_]+")
_NUMBERED = frozenset({"article", "aside", "div", "main", "section", "table", "tbody", "td", "tr"})


class Trait(IntFlag):
    """What a block looks like."""

    KEPT = 1  # part of the post, by the page's own choice
    HEADING = 2
    LINKED = 4  # mostly links
    INNER = 8  # its links lead to other pages of the site
    DATED = 16  # short, and holds a date
    DATE = 32  # … the post's
    AUTHOR = 64  # the name of an author, and hardly more
    TAG = 128  # a tag of the post
    TITLE = 256  # the title of the post
    COMMENT = 512  # part of a reader's comment


LINK_TO_PAGE = Trait.LINKED | Trait.INNER
"""Of a block that only leads to another page of the site."""

_LABELS = Trait.DATE | Trait.AUTHOR | Trait.TAG | Trait.TITLE
_DATE_LENGTH = 60  # characters; a longer block with a date in it tells something


class Known(IntFlag):
    """What the page alone was found to say."""

    TITLE = 1
    AUTHORS = 2
    PUBLISHED = 4
    HINTED = 8  # a list of the site says what the page is


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way to a block; elements that look alike side by side are one step."""

    parent: int  # the step around it; -1 of the outermost
    tag: int  # hash
    number: int  # its place among its kind, where no name tells it from them; else 0
    count: int  # elements; 255 for more
    tokens: tuple[int, ...]  # hashes of classes and identifier, without those that hold numbers


@dataclass(frozen=True, slots=True)
class SketchedBlock:
    """One block."""

    step: int  # of its element
    text: int  # hash of its words
    length: int  # characters
    traits: Trait

    def is_furniture(self) -> bool:
        """Tell whether it is no text by its look: a date, a name, a tag, a link to a page."""
        if self.traits & _LABELS or self.traits & LINK_TO_PAGE == LINK_TO_PAGE:
            return True
        return bool(self.traits & Trait.DATED) and self.length <= _DATE_LENGTH


@dataclass(frozen=True, slots=True)
class Sketch:
    """One page."""

    kind: PageType  # by the page alone, as is all that follows
    confidence: float
    known: Known
    title: int  # hash of its words; 0 where there is none
    root: int  # the step that holds the text; -1 where there is none
    steps: tuple[Step, ...]
    blocks: tuple[SketchedBlock, ...]


@dataclass(frozen=True, slots=True)
class PackedSketch:
    """The sketches of the pages of one post, and what they are looked up by: of the first page."""

    packed: bytes
    is_post: bool
    title: int  # hash; 0 for none
    frame: int  # hash of the tags around the text


def hash_text(text: str) -> int:
    """Hash the words of a text: case, punctuation and white space do not matter.

    >>> hash_text("See also:") == hash_text("\u2192 SEE ALSO")
    True
    """
    words = _NO_WORD.sub(" ", text.casefold()).strip() or text
    digest = blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1  # SQLite's integers have a sign


@lru_cache(maxsize=8192)
def _hash_name(name: str) -> int:
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "little")


class StepTable:
    """The steps of a page, as they are found; each element is looked at once."""

    def __init__(self) -> None:
        self._steps: dict[tuple[int, int, int, tuple[int, ...]], int] = {}
        self._counts: list[int] = []
        self._places: dict[_Element, int] = {}
        self._numbers: dict[_Element, dict[_Element, int]] = {}

    def find(self, element: _Element) -> int:
        """Give the step of an element, and make it and those around it where they are new."""
        missing: list[_Element] = []
        above: _Element | None = element
        while above is not None and above not in self._places:
            missing.append(above)
            above = above.getparent()
        step = -1 if above is None else self._places[above]
        for inner in reversed(missing):
            step = self._add(inner, step)
        return step

    def steps(self) -> tuple[Step, ...]:
        """Give all steps, each after the one around it."""
        return tuple(
            Step(parent, tag, number, min(count, 255), tokens)
            for (parent, tag, number, tokens), count in zip(self._steps, self._counts, strict=True)
        )

    def _add(self, element: _Element, parent: int) -> int:
        tokens = _tokens(element)
        number = self._number(element) if not tokens and element.tag in _NUMBERED else 0
        key = (parent, hash_tag(str(element.tag)), number, tokens)
        step = self._steps.setdefault(key, len(self._steps))
        if step == len(self._counts):
            self._counts.append(0)
        self._counts[step] += 1
        self._places[element] = step
        return step

    def _number(self, element: _Element) -> int:
        parent = element.getparent()
        if parent is None:
            return 0
        numbers = self._numbers.get(parent)
        if numbers is None:
            self._numbers[parent] = numbers = {}
            counts: dict[object, int] = {}
            for child in parent:
                if child.tag in _NUMBERED and not _tokens(child):
                    counts[child.tag] = number = counts.get(child.tag, 0) + 1
                    numbers[child] = min(number, _MAX_NUMBER)
        return numbers[element]


def hash_tag(tag: str) -> int:
    """Hash the name of an element, as steps hold it."""
    return _hash_name(f"<{tag[:80]}")


def _tokens(element: _Element) -> tuple[int, ...]:
    return _hash_names(element.get("class") or "", element.get("id") or "")


@lru_cache(maxsize=8192)
def _hash_names(classes: str, identifier: str) -> tuple[int, ...]:
    names = without_hashes(classes).split()[:_MAX_TOKENS]
    if identifier:
        names.append(f"#{identifier[:80]}")
    return tuple(sorted({_hash_name(name) for name in names if not _DIGIT.search(name)}))


def pack_sketches(sketches: Sequence[Sketch]) -> PackedSketch:
    """Write the sketches of the pages of one post."""
    each = [_pack(sketch) for sketch in sketches]
    packed = bytes([VERSION]) + b"".join(_LENGTH.pack(len(page)) + page for page in each)
    first = sketches[0]
    return PackedSketch(packed, first.kind is PageType.ARTICLE, first.title, _frame(first))


def _frame(sketch: Sketch) -> int:
    tags: list[str] = []
    step = sketch.root
    while step >= 0:
        tags.append(f"{sketch.steps[step].tag:x}")
        step = sketch.steps[step].parent
    return hash_text(" ".join(tags))


def unpack_sketches(packed: bytes) -> tuple[Sketch, ...]:
    """Read what `pack_sketches` wrote; of another form, or damaged: no sketch at all."""
    if packed[:1] != bytes([VERSION]):
        return ()
    sketches: list[Sketch] = []
    place = 1
    try:
        while place < len(packed):
            (length,) = _LENGTH.unpack_from(packed, place)
            place += _LENGTH.size
            sketches.append(_unpack(packed[place : place + length]))
            place += length
    except (StructError, IndexError, ValueError):
        return ()
    return tuple(sketches)


def bound(sketch: Sketch) -> Sketch:
    """Empty the sketch of a page that is larger than any post."""
    if len(sketch.blocks) <= MAX_BLOCKS and len(sketch.steps) <= _MAX_STEPS:
        return sketch
    return Sketch(sketch.kind, sketch.confidence, sketch.known, sketch.title, -1, (), ())


def _pack(sketch: Sketch) -> bytes:
    parts = [
        _HEAD.pack(
            _KINDS.index(sketch.kind), round(sketch.confidence * 100), sketch.known, 0,
            sketch.title, sketch.root, len(sketch.steps), len(sketch.blocks),
        )
    ]  # fmt: skip
    for step in sketch.steps:
        head = _STEP.pack(step.parent, step.tag, step.number, step.count, len(step.tokens))
        parts += [head, *map(_TOKEN.pack, step.tokens)]
    for block in sketch.blocks:
        length = min(block.length, _LONGEST)
        parts.append(_BLOCK.pack(block.step, block.text, length, block.traits))
    return b"".join(parts)


def _unpack(packed: bytes) -> Sketch:
    kind, percent, known, _, title, root, step_count, block_count = _HEAD.unpack_from(packed)
    place = _HEAD.size
    steps: list[Step] = []
    for _ in range(step_count):
        parent, tag, number, count, token_count = _STEP.unpack_from(packed, place)
        place += _STEP.size
        end = place + token_count * _TOKEN.size
        tokens = tuple(token for (token,) in _TOKEN.iter_unpack(packed[place:end]))
        steps.append(Step(parent, tag, number, count, tokens))
        place = end
    blocks = tuple(
        SketchedBlock(step, text, length, Trait(traits))
        for step, text, length, traits in _BLOCK.iter_unpack(packed[place:])
    )
    if len(blocks) != block_count:
        raise ValueError("a sketch is cut off")
    sketch = Sketch(_KINDS[kind], percent / 100, Known(known), title, root, tuple(steps), blocks)
    _check(sketch)
    return sketch


def _check(sketch: Sketch) -> None:
    """Refuse steps that lead nowhere: the file may be damaged."""
    if any(not -1 <= step.parent < number for number, step in enumerate(sketch.steps)):
        raise ValueError("a step leads nowhere")
    if any(block.step >= len(sketch.steps) for block in sketch.blocks):
        raise ValueError("a block stands nowhere")

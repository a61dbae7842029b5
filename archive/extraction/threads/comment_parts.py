"""The text, the author and the date of one comment, from the elements that belong to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lxml.etree import _Element

from archive.extraction.threads.comment_marks import CAREFUL, Mark, Part
from archive.extraction.threads.comment_threads import Posting
from archive.extraction.tree.blocks import inline_text, text_blocks
from archive.extraction.tree.bylines import read_byline
from archive.extraction.tree.written_dates import parse_date

MAX_TEXT_LENGTH = 50_000
"""Characters; the rest of a longer comment is left out."""

_MAX_NAME_LENGTH = 100
_MACHINE_DATES = ("datetime", "content", "title")
_EPOCHS = ("data-comment-timestamp", "data-timestamp", "data-time")
_EPOCH = re.compile(r"([1-3]\d{9})(?:\d{3})?")  # of the years 2001 to 2096
_BLOGGER_DATE = re.compile(r"[?&]showComment=([1-3]\d{9})\d{3}\b")
_TIME_OF_DAY = re.compile(
    r"(?<![\d:+-])(\d{1,2})[:h](\d{2})(?::(\d{2}))?(?![\d:])(?:\s*(?P<half>[ap])\.?m\b)?", re.I
)
_NAME_CLASSES = frozenset({"fn", "p-name"})
_NAME_TAGS = frozenset({"a", "b", "strong", "cite"})
_SAID = re.compile(r"(?:\s+\S+)?\s*(?:\.{3}|…)$|[\s:,;|·•–—-]+$")  # "Ada said...", "Ada:"


@dataclass(slots=True)
class Draft:
    """One comment, while its elements are gathered."""

    item: _Element
    inside: Draft | None  # the comment that it stands in, or in the list of answers of
    marks: list[tuple[_Element, Mark]] = field(default_factory=list)
    noise: set[_Element] = field(default_factory=set)  # with all that it holds
    answers: list[_Element] = field(default_factory=list)  # comments right inside of it
    links: list[_Element] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # its identifiers
    named: list[str] = field(default_factory=list)  # identifiers of what it says that it answers
    posting: Posting | None = None

    def of(self, *parts: Part) -> list[tuple[_Element, Mark]]:
        """The elements of some parts, the best marked first, then in document order."""
        found = [(element, mark) for element, mark in self.marks if mark.part in parts]
        return sorted(found, key=lambda pair: pair[1].rank)


class Content:
    """Where the text of a comment stands.

    Args:
        draft: the comment, all its elements gathered.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        marked = draft.of(Part.TEXT)
        self.element, rank = draft.item, CAREFUL
        if marked:
            self.element, rank = marked[0][0], marked[0][1].rank
        for element, mark in marked[1:]:
            if mark.rank == rank and self.element in element.iterancestors():
                self.element = element
        self.is_sure = rank < CAREFUL

    def holds(self, element: _Element) -> bool:
        """Tell whether an element is surely part of the text, and not of what stands around it."""
        return self.is_sure and (element is self.element or self.element in element.iterancestors())

    def write(self, heads: Iterable[_Element]) -> str:
        """Write the text: its paragraphs parted by blank lines; empty where it has none.

        Args:
            heads: the elements of author and date that were found.
        """
        draft, heads = self._draft, list(heads)
        dropped = {element for element, _ in draft.of(Part.NOISE)}
        dropped.update(draft.answers, heads)
        lines = draft.of(Part.LINE) if self.is_sure else draft.of(*_AROUND)
        for element, _ in lines:
            if not self.is_sure or any(element in head.iterancestors() for head in heads):
                dropped.add(element)
        dropped -= {self.element, *self.element.iterancestors()}
        muted = frozenset() if self.is_sure else self._loose(dropped)
        return "\n\n".join(text_blocks(self.element, frozenset(dropped), muted))[:MAX_TEXT_LENGTH]

    def _loose(self, dropped: set[_Element]) -> frozenset[_Element]:
        """Words beside paragraphs are no part of a text that nothing but paragraphs marks."""
        for paragraph in self.element.iter("p", "blockquote"):
            lineage = (paragraph, *paragraph.iterancestors())
            if dropped.isdisjoint(lineage) and inline_text(paragraph):
                return frozenset({self.element})
        return frozenset()


_AROUND = (Part.AUTHOR, Part.DATE, Part.LINE)


def find_author(draft: Draft, content: Content) -> tuple[str | None, _Element | None]:
    """Find who wrote a comment, and the element that says so."""
    marked = draft.of(Part.AUTHOR)
    outside = [element for element, _ in marked if not content.holds(element)]
    inside = [e for e, _ in marked if content.holds(e) and _is_named(e)]
    noise = frozenset(element for element, mark in draft.marks if mark.part in _NO_NAME)
    for element in (*outside, *inside):
        name = _clean(_name_in(element, noise))
        if name:
            return name, element
    for element, _ in draft.of(Part.LINE):
        name = read_byline(" ".join(text_blocks(element, noise - {element})))
        if name:
            return name, None
    return None, None


def _is_named(element: _Element) -> bool:
    """Whether names mark an element, and not only its tag: readers write `cite` and `time` too."""
    return "class" in element.attrib or "itemprop" in element.attrib


_NO_NAME = (Part.NOISE, Part.DATE)


def _name_in(element: _Element, noise: frozenset[_Element]) -> str:
    """What names the person inside an element that may say more of him or of the comment."""
    if element.tag == "meta":
        return element.get("content") or ""
    inner = [e for e in element.iter("*") if e is not element and e not in noise]
    for inside in inner:
        tokens = (inside.get("class") or "").split()
        if inside.get("itemprop") == "name" or not _NAME_CLASSES.isdisjoint(tokens):
            return inside.get("content") or inline_text(inside)
    for inside in inner:
        if inside.tag in _NAME_TAGS and (name := inline_text(inside)):
            return name
    return " ".join(text_blocks(element, noise - {element}))


def _clean(name: str) -> str | None:
    shown = " ".join(name.split())
    if len(shown) > 2 * _MAX_NAME_LENGTH:
        return None
    cleaned = _SAID.sub("", shown).strip()
    return cleaned if 0 < len(cleaned) <= _MAX_NAME_LENGTH else None


def find_date(draft: Draft, content: Content) -> tuple[datetime | None, _Element | None]:
    """Find when a comment was written, and the element that says so.

    Machine-readable dates are asked first, then what names and links mark as a date, then the line
    that holds author and date.
    """
    stamp = next(_epochs(draft), None)
    if stamp is not None:
        return stamp, None
    marked = [e for e, _ in draft.of(Part.DATE) if _is_named(e) or not content.holds(e)]
    by_place = sorted(marked, key=content.holds)
    lines = [element for element, _ in draft.of(Part.LINE) if not content.holds(element)]
    links = [link for link in draft.links if "#" in (link.get("href") or "")]
    own = [link for link in links if not content.holds(link)]
    for element in (*by_place, *own, *lines):
        found = moment_in(element)
        if found is not None:
            return found, element if element in marked else None
    return None, None


def _epochs(draft: Draft) -> Iterator[datetime]:
    """Seconds since 1970, which Blogger's permalinks and Drupal's attributes give."""
    for link in draft.links:
        if match := _BLOGGER_DATE.search(link.get("href") or ""):
            yield datetime.fromtimestamp(int(match[1]), UTC)
    for element, _ in ((draft.item, None), *draft.marks):
        for name in _EPOCHS:
            if match := _EPOCH.fullmatch(element.get(name) or ""):
                yield datetime.fromtimestamp(int(match[1]), UTC)


def moment_in(element: _Element) -> datetime | None:
    """Give the date of an element, by its attributes or its text, with the time if one is there."""
    text = inline_text(element)
    shown = written_moment(text)
    for name in _MACHINE_DATES:
        value = element.get(name)
        if found := written_moment(value):
            is_day = ":" not in (value or "") and shown and shown.date() == found.date()
            return shown if is_day else found
    return shown


def written_moment(value: str | None) -> datetime | None:
    """Parse a date as `parse_date` does, and the time of day that stands beside it.

    >>> written_moment("March 3, 2021 at 5:15 PM").isoformat()
    '2021-03-03T17:15:00+00:00'
    """
    found = parse_date(value)
    if found is None or value is None or (found.hour, found.minute, found.second) != (0, 0, 0):
        return found
    match = _TIME_OF_DAY.search(value)
    if match is None:
        return found
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    if match["half"]:
        if not 1 <= hour <= 12:
            return found
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return found
    return found.replace(hour=hour, minute=minute, second=second)

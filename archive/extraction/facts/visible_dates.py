"""Dates that a reader sees beside a post: marked as its date, or standing where a date stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache

from lxml.etree import _Element

from archive.extraction.facts.sources import Found, Place
from archive.extraction.facts.surroundings import Surroundings
from archive.extraction.tree.blocks import inline_text
from archive.extraction.tree.bylines import read_byline
from archive.extraction.tree.class_names import without_hashes
from archive.extraction.tree.lines import Lines
from archive.extraction.tree.written_dates import MAX_DATE_LENGTH, parse_date

Dates = Iterator[Found[datetime]]

_MAX_NAMES_LENGTH = 500  # characters of a class attribute
_MIN_DATE_LENGTH = 8
_ALONE_LENGTH = 32  # characters: a day of the week, a day, the minutes it takes to read
_LINE_LENGTH = 80  # characters of a line between title and text: a date, a name, a label
_MAX_INNER = 2  # elements: an icon, a line break
A_ZONE_APART_DAYS = 1
"""The days between an instant's day in one time zone and in another."""

_MAX_PARTS = 10  # elements of a line with the author, the date and a few links
_PUBLISHED_CLASS = re.compile(
    r"(?<!status-)publish|publication|posted-?on|(?:post|entry|article)[-_]*(?:date|time)|pubdate"
    r"|dt-published|^date$|byline.*date|meta-date|date-time|^date-|-date$",
    re.I,
)
_LINE_CLASS = re.compile(
    r"(?:^|\s)(?:post|entry|article)?[-_]?(?:meta(?:data)?|info)(?:$|\s)", re.I
)
_NO_LINES = frozenset({"h1", "h2", "h3", "a"})
_DIGITS = re.compile(r"\d")
_MODIFIED_CLASS = re.compile(r"updated|modified", re.I)
_PUBLISHED_WORD = re.compile(r"publish|posted", re.I)


def published_dates(around: Surroundings, *, day_first: bool | None) -> Dates:
    """The dates beside the title that may be the post's: marked ones, then by how they stand.

    Args:
        around: what stands around the post.
        day_first: how the page's language writes 3/4/2021; None where that is not known.
    """
    elements, lines = around.elements, around.lines
    yield from _marked(elements, lines, day_first, modified=False)
    for element in elements:
        if found := _time_element(element, lines, day_first):
            yield Found(found, Place.MARKUP, element)
            break
    for element in elements:
        if found := _date_alone(element, lines, day_first) or _date_in_byline(
            element, lines, day_first
        ):
            yield Found(found, Place.VISIBLE_DATE, element)
            break
    for element in elements:
        if found := _date_in_line(element, lines, day_first):
            yield Found(found, Place.VISIBLE_DATE, element)
            break
    for element in around.near:
        if found := _date_of_line(element, lines, day_first, modified=False):
            yield Found(found, Place.VISIBLE_DATE, element)
            break


def date_elsewhere(around: Surroundings, *, day_first: bool | None) -> Found[datetime] | None:
    """The one date that is marked as the post's anywhere on the page; arguments as above."""
    marked = [
        element
        for element in around.elsewhere
        if _is_published(element.get("class") or "", element.get("itemprop") or "")
    ]
    found = list(_marked(marked, around.lines, day_first, modified=False))
    days = {date.date() for element in marked if (date := date_in(element))}
    return found[0] if found and days == {found[0].value.date()} else None


def modified_dates(around: Surroundings, *, day_first: bool | None) -> Dates:
    """The dates beside the title that are said to be of the last change; arguments as above."""
    elements, lines = around.elements, around.lines
    yield from _marked(elements, lines, day_first, modified=True)
    for element in elements:
        if found := _date_of_line(element, lines, day_first, modified=True):
            yield Found(found, Place.VISIBLE_DATE, element)
            break


def lone_dates(
    around: Surroundings, *, day_first: bool | None
) -> tuple[list[Found[datetime]], list[Found[datetime]]]:
    """The dates in short lines anywhere on the page that say of which of the two they are.

    Args:
        around: what stands around the post.
        day_first: as above.

    Returns:
        Those of publication, and those of the last change, in document order.
    """
    published: list[Found[datetime]] = []
    modified: list[Found[datetime]] = []
    for element in around.elsewhere:
        if found := _date_in_own_text(element, day_first):
            if _is_of_change(element, around.lines):
                modified.append(Found(found, Place.VISIBLE_DATE, element))
            elif _says_published(element, around.lines):
                published.append(Found(found, Place.VISIBLE_DATE, element))
    return published, modified


def date_in(element: _Element) -> datetime | None:
    """Read the date of an element that is known to hold one."""
    machine = element.get("datetime") or element.get("content") or _time_within(element)
    return parse_date(machine) or parse_date(inline_text(element)[:MAX_DATE_LENGTH])


def _marked(
    elements: Sequence[_Element], lines: Lines, day_first: bool | None, *, modified: bool
) -> Dates:
    for element in elements:
        names, prop = element.get("class") or "", element.get("itemprop") or ""
        if not names and not prop:
            continue
        if _is_modified(names, prop) != modified:
            continue
        if not modified and (not _is_published(names, prop) or _says_modified(element, lines)):
            continue
        machine = element.get("datetime") or element.get("content") or element.get("title")
        inner = None if machine else _time_within(element, modified=modified)
        shown = _shown_date(element, lines, day_first)
        found = parse_date(machine or inner) or shown
        if found:
            yield Found(_as_read(found, shown), _place_of(names, prop), element)
            return


def _place_of(names: str, prop: str) -> Place:
    if "date" in prop:
        return Place.MICRODATA
    return Place.MICROFORMAT if "dt-" in names else Place.MARKUP


def _shown_date(element: _Element, lines: Lines, day_first: bool | None) -> datetime | None:
    """The date in an element's text; elements that stand side by side are set off by a space."""
    parted = parse_date(lines.parted(element), day_first=day_first)
    return parted or parse_date(lines.joined(element), day_first=day_first)


def _as_read(stated: datetime, shown: datetime | None) -> datetime:
    """The day that readers see, where an instant of another zone falls on the day beside it."""
    apart = 0 if shown is None else (stated.date() - shown.date()).days
    return shown if shown is not None and abs(apart) == A_ZONE_APART_DAYS else stated


def _time_element(element: _Element, lines: Lines, day_first: bool | None) -> datetime | None:
    if element.tag != "time" or _is_modified(element.get("class"), element.get("itemprop")):
        return None
    if _says_modified(element, lines):
        return None
    shown = _shown_date(element, lines, day_first)
    found = parse_date(element.get("datetime")) or shown
    return None if found is None else _as_read(found, shown)


def _date_alone(element: _Element, lines: Lines, day_first: bool | None) -> datetime | None:
    """An element that says a day and hardly anything else, nor stands beside the word "updated"."""
    if len(element) > _MAX_INNER:
        return None
    shown = lines.joined(element)
    if not _MIN_DATE_LENGTH <= len(shown) <= _ALONE_LENGTH:
        return None
    found = parse_date(shown, day_first=day_first)
    parent = element.getparent()
    if found is None or parent is None:
        return None
    if any(_is_modified(e.get("class"), e.get("itemprop")) for e in (parent, *element.iter())):
        return None
    return None if _says_modified(element, lines) else found


def _says_modified(element: _Element, lines: Lines) -> bool:
    """Whether the word "updated" stands before a date, in its element or in the line around it."""
    shown, parent = lines.joined(element)[:MAX_DATE_LENGTH], element.getparent()
    line = "" if parent is None or len(parent) > _MAX_PARTS else lines.joined(parent)
    before = line[: 2 * MAX_DATE_LENGTH].partition(shown)[0] if shown and shown in line else ""
    label = f"{before[-_ALONE_LENGTH:]} {_DIGITS.split(shown, maxsplit=1)[0]}"
    return bool(_MODIFIED_CLASS.search(label)) and not _PUBLISHED_WORD.search(label)


def _date_in_byline(element: _Element, lines: Lines, day_first: bool | None) -> datetime | None:
    shown = lines.joined(element) if len(element) <= _MAX_PARTS else ""
    if not read_byline(shown) or _says_modified(element, lines):
        return None
    return parse_date(shown, day_first=day_first)


def _date_in_line(element: _Element, lines: Lines, day_first: bool | None) -> datetime | None:
    """The day in a sentence about the post: "This entry was posted on …"."""
    if not _LINE_CLASS.search(element.get("class") or ""):
        return None
    shown = lines.joined(element)[:MAX_DATE_LENGTH]
    return None if _MODIFIED_CLASS.search(shown) else parse_date(shown, day_first=day_first)


def _date_of_line(
    element: _Element, lines: Lines, day_first: bool | None, *, modified: bool
) -> datetime | None:
    """The day in a short line of its own, between title and text: "Feb 4, 2025 - 11 minutes"."""
    found = _date_in_own_text(element, day_first)
    return found if found and _is_of_change(element, lines) == modified else None


def _date_in_own_text(element: _Element, day_first: bool | None) -> datetime | None:
    if element.tag in _NO_LINES or len(element) > _MAX_PARTS:
        return None
    own = element.text or ""
    if len(element):
        own = " ".join(filter(None, (own, *(child.tail for child in element))))
    if len(own) < _MIN_DATE_LENGTH or not _DIGITS.search(own):
        return None
    own = " ".join(own.split())
    fits = _MIN_DATE_LENGTH <= len(own) <= _LINE_LENGTH
    return parse_date(own, day_first=day_first) if fits else None


def _is_of_change(element: _Element, lines: Lines) -> bool:
    marked = _is_modified(element.get("class"), element.get("itemprop"))
    return marked or _says_modified(element, lines)


def _time_within(element: _Element, *, modified: bool = False) -> str | None:
    """The first machine-readable date inside, without those that bear the other date's mark."""
    for inner in element.iterfind(".//time[@datetime]"):
        if modified or not _is_modified(inner.get("class"), inner.get("itemprop")):
            return inner.get("datetime")
    return None


def _says_published(element: _Element, lines: Lines) -> bool:
    names, prop = element.get("class") or "", element.get("itemprop") or ""
    return _is_published(names, prop) or bool(_PUBLISHED_WORD.search(lines.joined(element)))


def _is_published(names: str, prop: str) -> bool:
    return "datePublished" in prop or _is_called_published(names[:_MAX_NAMES_LENGTH])


@lru_cache(maxsize=4096)
def _is_called_published(names: str) -> bool:
    return any(map(_PUBLISHED_CLASS.search, without_hashes(names).split()))


def _is_modified(names: str | None, prop: str | None) -> bool:
    if not names and not prop:
        return False
    return _is_called_modified(f"{names or ''} {prop or ''}"[:_MAX_NAMES_LENGTH])


@lru_cache(maxsize=4096)
def _is_called_modified(marked: str) -> bool:
    return bool(_MODIFIED_CLASS.search(marked)) and "ublished" not in marked

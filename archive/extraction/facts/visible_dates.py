"""Dates that a reader sees beside a post: marked as its date, or standing where a date stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from lxml.etree import _Element

from archive.extraction.facts.date_labels import (
    MAX_PARTS,
    LineDates,
    is_marked_modified,
    is_marked_published,
    is_said_changed,
    label_of,
    mentions_change,
    says_publication,
    tell_apart,
)
from archive.extraction.facts.sources import Found, Place
from archive.extraction.facts.surroundings import Surroundings
from archive.extraction.tree.blocks import inline_text
from archive.extraction.tree.bylines import read_byline
from archive.extraction.tree.lines import Lines
from archive.extraction.tree.written_dates import MAX_DATE_LENGTH, parse_date, tells_of_a_day

Dates = Iterator[Found[datetime]]

_MIN_DATE_LENGTH = 8
_ALONE_LENGTH = 32  # characters: a day of the week, a day, the minutes it takes to read
_LINE_LENGTH = 80  # characters of a line between title and text: a date, a name, a label
_MAX_INNER = 2  # elements: an icon, a line break
A_ZONE_APART_DAYS = 1
"""The days between an instant's day in one time zone and in another."""

_LINE_CLASS = re.compile(
    r"(?:^|\s)(?:post|entry|article)?[-_]?(?:meta(?:data)?|info)(?:$|\s)", re.I
)
_NO_LINES = frozenset({"h1", "h2", "h3", "a"})
_DIGITS = re.compile(r"\d")


def published_dates(around: Surroundings, *, day_first: bool | None) -> Dates:
    """The dates beside the title that may be the post's: marked ones, then by how they stand.

    Args:
        around: what stands around the post.
        day_first: how the page's language writes 3/4/2021; None where that is not known.
    """
    elements, lines = around.elements, around.lines
    yield from _marked(elements, lines, day_first, modified=False)
    for element in elements:
        if (told := _told_apart(element, lines, day_first)) and told.published:
            yield Found(told.published, Place.VISIBLE_DATE, element)
            break
    if found_below := _said_elsewhere(around, day_first):
        yield found_below
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


def _said_elsewhere(around: Surroundings, day_first: bool | None) -> Found[datetime] | None:
    """The one day that is said to be of publication, where none stands at the title.

    It goes before days that are said to be of nothing: those may be of an answer below the text.
    """
    lines = around.lines
    if any(_own_date(element, lines, day_first) for element in around.near):
        return None
    said = [
        Found(found, Place.VISIBLE_DATE, element)
        for element in dict.fromkeys((*around.elements, *around.elsewhere))
        if (found := _own_date(element, lines, day_first))
        and says_publication(label_of(element, lines))
    ]
    return said[0] if len({found.value.date() for found in said}) == 1 else None


def _own_date(element: _Element, lines: Lines, day_first: bool | None) -> datetime | None:
    if element.tag == "time":
        return _time_element(element, lines, day_first)
    return _date_in_own_text(element, day_first)


def date_elsewhere(around: Surroundings, *, day_first: bool | None) -> Found[datetime] | None:
    """The one date that is marked as the post's anywhere on the page; arguments as above."""
    marked = [
        element
        for element in around.elsewhere
        if is_marked_published(element.get("class") or "", element.get("itemprop") or "")
    ]
    found = list(_marked(marked, around.lines, day_first, modified=False))
    days = {date.date() for element in marked if (date := date_in(element))}
    return found[0] if found and days == {found[0].value.date()} else None


def modified_dates(around: Surroundings, *, day_first: bool | None) -> Dates:
    """The dates beside the title that are said to be of the last change; arguments as above."""
    elements, lines = around.elements, around.lines
    yield from _marked(elements, lines, day_first, modified=True)
    for element in elements:
        if told := _told_apart(element, lines, day_first):
            yield Found(told.modified, Place.VISIBLE_DATE, element)
            return
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
        if told := _told_apart(element, around.lines, day_first):
            modified.append(Found(told.modified, Place.VISIBLE_DATE, element))
            if told.published:
                published.append(Found(told.published, Place.VISIBLE_DATE, element))
        elif found := _date_in_own_text(element, day_first):
            if _is_of_change(element, around.lines):
                modified.append(Found(found, Place.VISIBLE_DATE, element))
            elif _says_published(element, around.lines):
                published.append(Found(found, Place.VISIBLE_DATE, element))
    return published, modified


def date_in(element: _Element) -> datetime | None:
    """Read the date of an element that is known to hold one."""
    machine = element.get("datetime") or element.get("content") or _time_within(element)
    return parse_date(machine) or parse_date(inline_text(element)[:MAX_DATE_LENGTH])


def _told_apart(element: _Element, lines: Lines, day_first: bool | None) -> LineDates | None:
    """The dates of a line that has several of them, with words that tell them apart."""
    if element.tag in _NO_LINES or len(element) > MAX_PARTS:
        return None
    if any(child.tag in _NO_LINES and child.tag != "a" for child in element):
        return None
    shown = lines.parted(element)
    is_line = len(shown) <= _LINE_LENGTH or _LINE_CLASS.search(element.get("class") or "")
    return tell_apart(shown, day_first=day_first) if is_line else None


def _marked(
    elements: Sequence[_Element], lines: Lines, day_first: bool | None, *, modified: bool
) -> Dates:
    for element in elements:
        names, prop = element.get("class") or "", element.get("itemprop") or ""
        if not names and not prop:
            continue
        if is_marked_modified(names, prop) != modified:
            continue
        if not modified and (
            not is_marked_published(names, prop) or is_said_changed(element, lines)
        ):
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
    if element.tag != "time" or is_marked_modified(element.get("class"), element.get("itemprop")):
        return None
    if is_said_changed(element, lines):
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
    if found is None or parent is None or tells_of_a_day(shown):
        return None
    if any(
        is_marked_modified(e.get("class"), e.get("itemprop")) for e in (parent, *element.iter())
    ):
        return None
    return None if is_said_changed(element, lines) else found


def _date_in_byline(element: _Element, lines: Lines, day_first: bool | None) -> datetime | None:
    shown = lines.joined(element) if len(element) <= MAX_PARTS else ""
    if not read_byline(shown) or is_said_changed(element, lines):
        return None
    return parse_date(shown, day_first=day_first)


def _date_in_line(element: _Element, lines: Lines, day_first: bool | None) -> datetime | None:
    """The day in a sentence about the post: "This entry was posted on …"."""
    if not _LINE_CLASS.search(element.get("class") or ""):
        return None
    shown = lines.joined(element)[:MAX_DATE_LENGTH]
    return None if mentions_change(shown) else parse_date(shown, day_first=day_first)


def _date_of_line(
    element: _Element, lines: Lines, day_first: bool | None, *, modified: bool
) -> datetime | None:
    """The day in a short line of its own, between title and text: "Feb 4, 2025 - 11 minutes"."""
    if _told_apart(element, lines, day_first):
        return None
    found = _date_in_own_text(element, day_first)
    return found if found and _is_of_change(element, lines) == modified else None


def _date_in_own_text(element: _Element, day_first: bool | None) -> datetime | None:
    if element.tag in _NO_LINES or len(element) > MAX_PARTS:
        return None
    own = element.text or ""
    if len(element):
        own = " ".join(filter(None, (own, *(child.tail for child in element))))
    if len(own) < _MIN_DATE_LENGTH or not _DIGITS.search(own):
        return None
    own = " ".join(own.split())
    fits = _MIN_DATE_LENGTH <= len(own) <= _LINE_LENGTH
    return parse_date(own, day_first=day_first) if fits and not tells_of_a_day(own) else None


def _is_of_change(element: _Element, lines: Lines) -> bool:
    marked = is_marked_modified(element.get("class"), element.get("itemprop"))
    return marked or is_said_changed(element, lines)


def _time_within(element: _Element, *, modified: bool = False) -> str | None:
    """The first machine-readable date inside, without those that bear the other date's mark."""
    for inner in element.iterfind(".//time[@datetime]"):
        if modified or not is_marked_modified(inner.get("class"), inner.get("itemprop")):
            return inner.get("datetime")
    return None


def _says_published(element: _Element, lines: Lines) -> bool:
    names, prop = element.get("class") or "", element.get("itemprop") or ""
    return is_marked_published(names, prop) or says_publication(lines.joined(element))

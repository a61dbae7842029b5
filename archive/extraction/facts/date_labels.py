"""The words and marks of a date that say of what it is: of the publication, or of a change.

In a line with several dates each belongs to the words right before it ("Updated A, posted B"), or
to those right behind it, where the line begins with the date ("A (updated), B").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from lxml.etree import _Element

from archive.extraction.tree.class_names import without_hashes
from archive.extraction.tree.lines import Lines
from archive.extraction.tree.written_dates import MAX_DATE_LENGTH, dates_within, parse_date

MAX_PARTS = 10
"""Elements of a line with the author, the date and a few links."""

_LAST = r"(?:last|latest|zuletzt|letzte|derni[eè]re|última|ultima|laatst|senast)"
_CHANGE = re.compile(
    r"updated\b|modified|aktualisiert|\bmise? à jour|a[ck]tuali[sz]ad|aggiornat|atualizad"
    r"|bijgewerkt|uppdatera|zaktualizowan|обновлен|更新"
    # What may as well be told in a title counts only where a label begins, or after "last".
    rf"|\b{_LAST}\W+(?:edit|update)\b|(?:^|[|,;·•(]|\b{_LAST})\W*(?:edited(?!\W+by)|changed?\b"
    r"|revis(?:ed|ion)|amended|geändert|bearbeitet|überarbeitet|änderung"
    r"|modifi(?:é|cation|cad|cat)|gewijzigd|ändra|изменен)",
    re.I,
)
_PUBLICATION = re.compile(
    r"publish|publi[eé]|posted|veröffentlicht|publi[zc]"
    r"|pubbli|gepubliceerd|geplaatst|opublikowan|опубликован|公開|投稿|发布|發佈",
    re.I,
)
_ENDS_LABEL = re.compile(r"[)|;·•]")
_LETTER = re.compile(r"[^\W\d_]")
_NEVER = -1
_DIGITS = re.compile(r"\d")
_LABEL_LENGTH = 32  # characters before a date
_MAX_NAMES_LENGTH = 500  # characters of a class attribute
_PUBLISHED_CLASS = re.compile(
    r"(?<!status-)publish|publication|posted-?on|(?:post|entry|article)[-_]*(?:date|time)|pubdate"
    r"|dt-published|^date$|byline.*date|meta-date|date-time|^date-|-date$",
    re.I,
)
_MODIFIED_CLASS = re.compile(r"updated|modified", re.I)


@dataclass(frozen=True, slots=True)
class LineDates:
    """The two dates of a post that one line tells apart."""

    published: datetime | None
    modified: datetime


def is_said_changed(element: _Element, lines: Lines) -> bool:
    """Tell whether a date is said to be of a change, in its element or the line around it."""
    shown = lines.joined(element)[:MAX_DATE_LENGTH]
    for line in (shown, _line_around(element, lines)):
        if told := tell_apart(line, day_first=True):
            return parse_date(shown, day_first=True) not in (None, told.published)
    label = label_of(element, lines)
    return bool(_CHANGE.search(label)) and not _PUBLICATION.search(label)


def says_publication(label: str) -> bool:
    """Tell whether a label is of the publication, and not of a change as well."""
    return bool(_PUBLICATION.search(label)) and not _CHANGE.search(label)


def mentions_change(line: str) -> bool:
    """Tell whether a line has a word of a change anywhere."""
    return bool(_MODIFIED_CLASS.search(line) or _CHANGE.search(line))


def label_of(element: _Element, lines: Lines) -> str:
    """Give the words before a date, in its element and in the line around it."""
    shown, line = lines.joined(element)[:MAX_DATE_LENGTH], _line_around(element, lines)
    before = line[: 2 * MAX_DATE_LENGTH].partition(shown)[0] if shown and shown in line else ""
    before = before[-MAX_DATE_LENGTH:]
    before = before[max((end for _, end, _ in dates_within(before)), default=0) :]
    return f"{before[-_LABEL_LENGTH:]} {_DIGITS.split(shown, maxsplit=1)[0]}"


def _line_around(element: _Element, lines: Lines) -> str:
    parent = element.getparent()
    return "" if parent is None or len(parent) > MAX_PARTS else lines.joined(parent)


@lru_cache(maxsize=1024)
def tell_apart(line: str, *, day_first: bool | None) -> LineDates | None:
    """Tell the dates of a line apart by the words beside each of them.

    Args:
        line: as it is read, of at most `MAX_DATE_LENGTH` characters.
        day_first: how the page's language writes 3/4/2021; None where that is not known.

    Returns:
        The first that is said to be of a change, and the first of the publication, else the first
        that is said to be of nothing; None where fewer than two dates stand in the line, or none is
        said to be of a change.
    """
    if len(line) > MAX_DATE_LENGTH or not _CHANGE.search(line):
        return None
    dates = dates_within(line, day_first=day_first)
    if len(dates) < 2:
        return None
    labels = _labels(line, [(start, end) for start, end, _ in dates])
    changed = [day for (*_, day), is_change in zip(dates, labels, strict=True) if is_change]
    said = [day for (*_, day), change in zip(dates, labels, strict=True) if change is False]
    silent = [day for (*_, day), change in zip(dates, labels, strict=True) if change is None]
    return LineDates(next(iter((*said, *silent)), None), changed[0]) if changed else None


def _labels(line: str, spans: list[tuple[int, int]]) -> list[bool | None]:
    """Whether each date is of a change: False for one of the publication, None for no label."""
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(line)]
    gaps = [line[end:start] for end, start in zip(ends, starts, strict=True)]
    if _LETTER.search(gaps[0]) or not _stand_behind(gaps):
        return [_last_said(gap) for gap in gaps[:-1]]
    return [_last_said(gap) for gap in gaps[1:]]


def _stand_behind(gaps: list[str]) -> bool:
    """Whether a line that begins with a date has its labels behind the dates."""
    label = _CHANGE.search(gaps[1]) or _PUBLICATION.search(gaps[1])
    if label is None:
        return False
    closed = _ENDS_LABEL.search(gaps[1], label.end())
    return bool(closed) or _last_said(gaps[-1]) is not None


def _last_said(gap: str) -> bool | None:
    change = max((match.start() for match in _CHANGE.finditer(gap)), default=_NEVER)
    publication = max((match.start() for match in _PUBLICATION.finditer(gap)), default=_NEVER)
    return None if change == publication else change > publication


def is_marked_published(names: str, prop: str) -> bool:
    """Tell whether a class or an `itemprop` marks the date of the publication."""
    return "datePublished" in prop or _is_called_published(names[:_MAX_NAMES_LENGTH])


@lru_cache(maxsize=4096)
def _is_called_published(names: str) -> bool:
    return any(map(_PUBLISHED_CLASS.search, without_hashes(names).split()))


def is_marked_modified(names: str | None, prop: str | None) -> bool:
    """Tell whether a class or an `itemprop` marks the date of a change."""
    if not names and not prop:
        return False
    return _is_called_modified(f"{names or ''} {prop or ''}"[:_MAX_NAMES_LENGTH])


@lru_cache(maxsize=4096)
def _is_called_modified(marked: str) -> bool:
    return bool(_MODIFIED_CLASS.search(marked)) and "ublished" not in marked

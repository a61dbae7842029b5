"""When a post was published, and when it was changed: two dates that pages keep apart.

A date is taken only from a place that says which of the two it is, or that stands where a post's
date stands (beside its title). None is made up: a date in the text of the post is not the date of
the post.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from lxml.etree import _Element

from archive.extraction.blocks import inline_text
from archive.extraction.head import Head, text
from archive.extraction.surroundings import Surroundings
from archive.records import Hints

PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished",
    "parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.created", "dc.date.created",
    "dc.date", "dcterms.date", "citation_publication_date", "citation_date", "pubdate",
    "publish-date", "publish_date", "published", "publication_date", "date", "article.published",
)  # fmt: skip
MODIFIED_META = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "datemodified",
    "dcterms.modified", "dc.date.modified", "last-modified", "lastmod", "article.updated",
)  # fmt: skip
_MIN_DATE_LENGTH = 8
_ALONE_LENGTH = 32  # characters: a day of the week, a day, the minutes it takes to read
_MAX_INNER = 2  # elements: an icon, a line break
_YEARS = range(1990, 2100)
_MAX_DATE_LENGTH = 120
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)
_YEAR_FIRST = re.compile(
    r"\b((?:19|20)\d{2})\s*[./年년-]\s*(\d{1,2})\s*[./月월-]\s*(\d{1,2})(?!\d)\s*[日일]?"
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janvier januar enero gennaio janeiro января stycznia ocak",
            "feb february février februar febrero febbraio fevereiro февраля lutego şubat",
            "mar march mars märz marzo março марта marca mart",
            "apr april avril abril aprile апреля kwietnia nisan",
            "may mai mayo maggio maio мая maja mayıs",
            "jun june juin juni junio giugno junho июня czerwca haziran",
            "jul july juillet juli julio luglio julho июля lipca temmuz",
            "aug august août agosto августа sierpnia ağustos",
            "sep sept september septembre septiembre settembre setembro сентября września eylül",
            "oct october octobre oktober octubre ottobre outubro октября października ekim",
            "nov november novembre noviembre novembro ноября listopada kasım",
            "dec december décembre dezember diciembre dicembre dezembro декабря grudnia aralık",
        ),
        start=1,
    )
    for name in names.split()
}
_DAY_MONTH_YEAR = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|er|º|\.)?\s+(?:de\s+)?([^\W\d_]{3,12})\.?,?\s+(?:de\s+)?(\d{4})\b"
)
_MONTH_DAY_YEAR = re.compile(r"\b([^\W\d_]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b")
_NUMBERS = re.compile(r"\b(\d{1,2})([./-])(\d{1,2})[./-]((?:19|20)\d{2})\b")
_URL_DATE = re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?:[/-]|$)")
_PUBLISHED_CLASS = re.compile(
    r"publish|posted-?on|(?:post|entry|article)[-_]*date|pubdate|dt-published|^date$|byline.*date|meta-date|date-time|^date-|-date$",
    re.I,
)
_LINE_CLASS = re.compile(
    r"(?:^|\s)(?:post|entry|article)?[-_]?(?:meta(?:data)?|info)(?:$|\s)", re.I
)
_MODIFIED_CLASS = re.compile(r"updated|modified", re.I)


@dataclass(frozen=True, slots=True)
class PageDates:
    """The two dates of a post, as far as the page states them."""

    published: datetime | None
    modified: datetime | None


def parse_date(value: str | None) -> datetime | None:
    """Parse a date as pages write it; without a time zone it counts as UTC.

    The UTC offset that the page states is kept: its day is the day that the blog's readers saw.

    Args:
        value: an ISO 8601 date, an RFC 9110 date, or text with a day in it, its month written as a
            number or by name.

    Returns:
        An aware datetime of the years 1990 to 2099; None where the value holds none.
    """
    if not value or len(value) > _MAX_DATE_LENGTH:
        return None
    try:
        found = _parse_iso(value) or _parse_rfc(value) or _parse_day(value)
    except (ValueError, OverflowError):  # the 31st of June
        return None
    return found if found is not None and found.year in _YEARS else None


def _parse_iso(value: str) -> datetime | None:
    match = _ISO.search(value)
    if match is None:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    return datetime(
        int(year),
        int(month),
        int(day),
        int(hour or 0),
        int(minute or 0),
        min(int(second or 0), 59),
        tzinfo=_parse_zone(zone),
    )


def _parse_zone(zone: str | None) -> timezone:
    if zone is None or zone == "Z":
        return UTC
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return timezone((1 if zone[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def _parse_rfc(value: str) -> datetime | None:
    if ":" not in value or "," not in value:
        return None
    try:
        found = parsedate_to_datetime(value.strip())
    except (ValueError, IndexError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _parse_day(value: str) -> datetime | None:
    lowered = value.lower()
    if match := _YEAR_FIRST.search(lowered):
        return _day(*match.groups())
    if match := _DAY_MONTH_YEAR.search(lowered):
        day, month, year = match.groups()
        return _day(year, str(_MONTHS.get(month, 0)), day)
    if match := _MONTH_DAY_YEAR.search(lowered):
        month, day, year = match.groups()
        return _day(year, str(_MONTHS.get(month, 0)), day)
    if match := _NUMBERS.search(lowered):
        first, mark, second, year = match.groups()
        if int(first) > 12 or mark == ".":
            return _day(year, second, first)
        return _day(year, first, second) if int(second) > 12 else None  # 3/4/2021 may be either
    return None


def _day(year: str, month: str, day: str) -> datetime | None:
    return datetime(int(year), int(month), int(day), tzinfo=UTC) if int(month) else None


def find_dates(head: Head, around: Surroundings, url: str, hints: Hints) -> PageDates:
    """Find when the post was published and changed.

    Args:
        head: what the page declares.
        around: what stands around the post.
        url: of the page; a day in its path counts where the page says nothing.
        hints: what the place says where the URL was found. It fills what the page leaves open, and
            gives the time of day where the page gives the day alone.
    """
    published = (
        parse_date(text(head.article.get("datePublished")))
        or _first_date(head.all(*PUBLISHED_META))
        or _visible_date(around)
        or parse_date(text(head.page.get("datePublished")))
    )
    modified = (
        parse_date(text(head.article.get("dateModified")))
        or _first_date(head.all(*MODIFIED_META))
        or _marked_date(around, modified=True)
        or parse_date(text(head.page.get("dateModified")))
    )
    if published is None:
        published = hints.published or _date_in_path(url)
    elif hints.published is not None and _is_day(published):
        published = _with_time(published, hints.published)
    modified = modified or hints.modified
    # A feed's `updated` of a post that was never touched is the instant of its publication.
    return PageDates(published, None if modified == published else modified)


def _with_time(day: datetime, instant: datetime) -> datetime:
    """The instant, where it falls on that day in its own zone; else the day."""
    return instant if instant.date() == day.date() else day


def _is_day(value: datetime) -> bool:
    return (value.hour, value.minute, value.second) == (0, 0, 0)


def _first_date(values: tuple[str, ...]) -> datetime | None:
    return next((found for value in values if (found := parse_date(value))), None)


def _visible_date(around: Surroundings) -> datetime | None:
    """A date beside the title: marked as published, else the first that is not marked modified."""
    return (
        _marked_date(around, modified=False)
        or next(filter(None, map(_time_element, around.beside)), None)
        or next(filter(None, map(_date_alone, around.beside)), None)
        or next(filter(None, map(_date_in_line, around.beside)), None)
    )


def _time_element(element: _Element) -> datetime | None:
    if element.tag != "time" or _is_modified(element.get("class"), element.get("itemprop")):
        return None
    return parse_date(element.get("datetime")) or parse_date(inline_text(element))


def _date_alone(element: _Element) -> datetime | None:
    """An element that says a day and hardly anything else, nor stands beside the word "updated"."""
    if len(element) > _MAX_INNER:
        return None
    shown = inline_text(element)
    if not _MIN_DATE_LENGTH <= len(shown) <= _ALONE_LENGTH:
        return None
    found = parse_date(shown)
    parent = element.getparent()
    if found is None or parent is None:
        return None
    if any(_is_modified(e.get("class"), e.get("itemprop")) for e in (parent, *element.iter())):
        return None
    return None if _MODIFIED_CLASS.search(inline_text(parent)[:_MAX_DATE_LENGTH]) else found


def _date_in_line(element: _Element) -> datetime | None:
    """The day in a sentence about the post: "This entry was posted on …"."""
    if not _LINE_CLASS.search(element.get("class") or ""):
        return None
    shown = inline_text(element)[:_MAX_DATE_LENGTH]
    return None if _MODIFIED_CLASS.search(shown) else parse_date(shown)


def _marked_date(around: Surroundings, *, modified: bool) -> datetime | None:
    for element in around.beside:
        names, prop = element.get("class") or "", element.get("itemprop") or ""
        if _is_modified(names, prop) != modified:
            continue
        if not modified and not _is_published(names, prop):
            continue
        machine = element.get("datetime") or element.get("content") or element.get("title")
        inner = None if machine else _time_within(element, modified=modified)
        found = parse_date(machine or inner) or parse_date(inline_text(element))
        if found:
            return found
    return None


def _time_within(element: _Element, *, modified: bool) -> str | None:
    """The first machine-readable date inside, without those that bear the other date's mark."""
    for inner in element.iterfind(".//time[@datetime]"):
        if modified or not _is_modified(inner.get("class"), inner.get("itemprop")):
            return inner.get("datetime")
    return None


def _is_published(names: str, prop: str) -> bool:
    return "datePublished" in prop or any(map(_PUBLISHED_CLASS.search, names.split()))


def _is_modified(names: str | None, prop: str | None) -> bool:
    marked = " ".join(filter(None, (names, prop)))
    return bool(_MODIFIED_CLASS.search(marked)) and "ublished" not in marked


def _date_in_path(url: str) -> datetime | None:
    match = _URL_DATE.search(urlsplit(url).path)
    return parse_date("-".join(part.zfill(2) for part in match.groups())) if match else None

"""When a post was published, and when it was changed: two dates that pages keep apart.

A date is taken only from a place that says which of the two it is, or that stands where a post's
date stands (beside its title). None is made up: a date in the text of the post is not the date of
the post.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from lxml.etree import _Element

from archive.extraction.blocks import inline_text
from archive.extraction.bylines import read_byline
from archive.extraction.class_names import without_hashes
from archive.extraction.head import Head, text
from archive.extraction.surroundings import Surroundings
from archive.extraction.written_dates import MAX_DATE_LENGTH, parse_date
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
_MAX_PARTS = 10  # elements of a line with the author, the date and a few links
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
        or next(filter(None, map(_date_in_byline, around.beside)), None)
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
    return None if _MODIFIED_CLASS.search(inline_text(parent)[:MAX_DATE_LENGTH]) else found


def _date_in_byline(element: _Element) -> datetime | None:
    shown = inline_text(element) if len(element) <= _MAX_PARTS else ""
    return parse_date(shown) if read_byline(shown) else None


def _date_in_line(element: _Element) -> datetime | None:
    """The day in a sentence about the post: "This entry was posted on …"."""
    if not _LINE_CLASS.search(element.get("class") or ""):
        return None
    shown = inline_text(element)[:MAX_DATE_LENGTH]
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
    return "datePublished" in prop or any(
        map(_PUBLISHED_CLASS.search, without_hashes(names).split())
    )


def _is_modified(names: str | None, prop: str | None) -> bool:
    marked = " ".join(filter(None, (names, prop)))
    return bool(_MODIFIED_CLASS.search(marked)) and "ublished" not in marked


def _date_in_path(url: str) -> datetime | None:
    match = _URL_DATE.search(urlsplit(url).path)
    return parse_date("-".join(part.zfill(2) for part in match.groups())) if match else None

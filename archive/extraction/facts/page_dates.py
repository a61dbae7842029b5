"""When a post was published, and when it was changed: two dates that pages keep apart.

A date is taken only from a place that says which of the two it is, or that stands where a post's
date stands (beside its title). None is made up: a date in the text of the post is not the date of
the post, nor is the day of its last change. One that only the address tells is marked as inferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlsplit

from archive.extraction.facts.sources import Found, Place, choose
from archive.extraction.facts.surroundings import Surroundings
from archive.extraction.facts.visible_dates import (
    A_ZONE_APART_DAYS,
    date_elsewhere,
    modified_dates,
    published_dates,
)
from archive.extraction.tree.head import Head, text
from archive.extraction.tree.written_dates import parse_date, writes_day_first
from archive.records import Hints

Date = Found[datetime]

PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished",
    "parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.issued", "dcterms.created",
    "dc.date.created", "citation_publication_date", "citation_date", "citation_online_date",
    "pubdate", "publish-date", "publish_date", "published", "publication_date",
    "article.published", "dc.date", "dcterms.date", "date",
)  # fmt: skip
MODIFIED_META = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "datemodified",
    "dcterms.modified", "dc.date.modified", "last-modified", "lastmod", "article.updated",
    "updated",
)  # fmt: skip
_OPEN_GRAPH = ("article:", "og:")
_CALLED_PUBLISHED = re.compile(
    r"(?<![a-z])(?:(?:first|last)[-_.]?)?pub(?:lish|lished|lication)?[-_.:]?(?:date|time|on|at)$"
    r"|^\w+[:.]date$"
)
_URL_DATE = re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2}|[a-z]{3,9})[/-](\d{1,2})(?:[/_+-]|$)", re.I)


@dataclass(frozen=True, slots=True)
class PageDates:
    """The two dates of a post, as far as the page states them."""

    published: Date | None
    modified: Date | None


def find_dates(head: Head, around: Surroundings, url: str, hints: Hints) -> PageDates:
    """Find when the post was published and changed.

    Args:
        head: what the page declares.
        around: what stands around the post.
        url: of the page; a day in its path counts where the page says nothing.
        hints: what the place says where the URL was found. It fills what the page leaves open, and
            gives the time of day where the page gives the day alone.
    """
    day_first = writes_day_first(head.language or head.first("og:locale"))
    visible = list(published_dates(around, day_first=day_first))
    published = choose(
        (*_published(head, day_first), *visible, *_last_published(head)), _day_of
    ) or date_elsewhere(around, day_first=day_first)
    if published and visible and _is_of_another_day(published, visible[0]):
        published = visible[0]
    modified = choose(_modified(head, around, day_first), _day_of)
    if published is None and hints.published is not None:
        published = Found(hints.published, Place.DISCOVERY)
    elif published is None:
        published = _in_path(url)
    else:
        published = _with_time(published, hints.published)
        published = next((_as_shown(published, day.value) for day in visible[:1]), published)
    if modified is None and hints.modified is not None:
        modified = Found(hints.modified, Place.DISCOVERY)
    # A feed's `updated` of a post that was never touched is the instant of its publication.
    same = modified and published and modified.value == published.value
    return PageDates(published, None if same else modified)


def _published(head: Head, day_first: bool | None) -> Iterator[Date]:
    if found := parse_date(text(head.article.get("datePublished"))):
        yield Found(found, Place.JSON_LD)
    yield from _declared(head, PUBLISHED_META, day_first)
    called = tuple(name for name in head.meta if _CALLED_PUBLISHED.search(name))
    yield from sorted(_declared(head, called, day_first), key=lambda found: found.value)


def _last_published(head: Head) -> Iterator[Date]:
    if found := parse_date(text(head.page.get("datePublished"))):
        yield Found(found, Place.JSON_LD)


def _modified(head: Head, around: Surroundings, day_first: bool | None) -> Iterator[Date]:
    if found := parse_date(text(head.article.get("dateModified"))):
        yield Found(found, Place.JSON_LD)
    yield from _declared(head, MODIFIED_META, day_first)
    yield from modified_dates(around, day_first=day_first)
    if found := parse_date(text(head.page.get("dateModified"))):
        yield Found(found, Place.JSON_LD)


def _declared(head: Head, names: tuple[str, ...], day_first: bool | None) -> Iterator[Date]:
    for name in names:
        for value in head.all(name):
            if found := parse_date(value, day_first=day_first):
                yield Found(found, Place.OPEN_GRAPH if name.startswith(_OPEN_GRAPH) else Place.META)


def _is_of_another_day(declared: Date, shown: Date) -> bool:
    """Whether the page shows an older day than it declares, or the day beside that.

    A system that is published anew declares the new day; an instant is declared in another zone.
    """
    return (declared.value.date() - shown.value.date()).days >= -A_ZONE_APART_DAYS and (
        declared.value.date() != shown.value.date()
    )


def _day_of(value: datetime) -> date:
    return value.date()


def _with_time(found: Date, instant: datetime | None) -> Date:
    """The instant, where the page gives its day alone, and it falls on that day in its zone."""
    value = found.value
    if instant is None or (value.hour, value.minute, value.second) != (0, 0, 0):
        return found
    return replace(found, value=instant) if instant.date() == value.date() else found


def _as_shown(found: Date, shown: datetime) -> Date:
    """A declared instant in UTC, in the zone in which the page shows the same instant."""
    if shown != found.value or found.value.utcoffset():
        return found
    return replace(found, value=shown)


def _in_path(url: str) -> Date | None:
    match = _URL_DATE.search(urlsplit(url).path)
    if match is None:
        return None
    year, month, day = match.groups()
    found = parse_date(
        f"{year}-{month:0>2}-{day:0>2}" if month.isdigit() else f"{day} {month} {year}"
    )
    return Found(found, Place.URL, inferred=True) if found else None

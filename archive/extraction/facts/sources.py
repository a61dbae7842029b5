"""Where a value was found on a page, and how far such a place is to be believed.

The confidence of a place is measured: the share of pages whose value there is right, rounded to a
twentieth (`docs/evaluation.md` says on which pages). Two places that say the same raise it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, TypeVar

from lxml.etree import _Element

from archive.records import Source

Value = TypeVar("Value")


class Place(StrEnum):
    """The kinds of places that a field of metadata is read from; the names of a `Source`."""

    JSON_LD = "json-ld"  # schema.org in a script element
    OPEN_GRAPH = "open-graph"  # og:…, article:…
    META = "meta"  # other meta elements: Dublin Core, citation_…, twitter:…, parsely-…
    MICRODATA = "microdata"  # itemprop
    MICROFORMAT = "microformat"  # p-author, dt-published, vcard
    LINK = "link"  # rel=author, rel=tag, rel=license, rel=canonical, a link home
    MARKUP = "markup"  # a time element, a class name, the lang attribute
    HEADING = "heading"  # the heading over the post
    TITLE_ELEMENT = "title-element"
    BYLINE = "byline"  # words: "by …"
    VISIBLE_DATE = "visible-date"  # a date that stands beside the title, without a mark
    TEXT = "text"  # identified from the text itself
    URL = "url"
    DISCOVERY = "discovery"  # what the feed, sitemap or API said that named the URL


@dataclass(frozen=True, slots=True)
class Found(Generic[Value]):
    """A value, and where it was found."""

    value: Value
    place: Place
    element: _Element | None = None  # None where no element of the page's body holds it
    inferred: bool = False  # the page does not say so itself
    agreed: bool = False  # another place says the same


_CONFIDENCE: Mapping[str, Mapping[Place, float]] = {
    "title": {
        Place.HEADING: 0.85, Place.MICRODATA: 0.85, Place.JSON_LD: 0.8, Place.OPEN_GRAPH: 0.75,
        Place.META: 0.75, Place.TITLE_ELEMENT: 0.6,
    },
    "authors": {
        Place.MICROFORMAT: 0.95, Place.META: 0.9, Place.MICRODATA: 0.9, Place.JSON_LD: 0.9,
        Place.LINK: 0.9, Place.MARKUP: 0.85, Place.BYLINE: 0.8,
    },
    "published": {
        Place.URL: 0.95, Place.OPEN_GRAPH: 0.95, Place.MARKUP: 0.9, Place.VISIBLE_DATE: 0.9,
        Place.MICRODATA: 0.9, Place.JSON_LD: 0.85, Place.META: 0.85,
    },
}  # fmt: skip
_AGREED = {"title": 0.9, "authors": 0.95, "published": 0.95}
_NOT_MEASURED = 0.5
_LAST_RESORT = 0.5  # of a value that is inferred from what the page says of something else


def choose(
    candidates: Iterable[Found[Value]], key: Callable[[Value], Hashable]
) -> Found[Value] | None:
    """Take the first of several candidates, and see whether another place agrees with it.

    Args:
        candidates: in order of precedence.
        key: the form in which two values are compared.
    """
    first: Found[Value] | None = None
    for candidate in candidates:
        if first is None:
            first = candidate
        elif candidate.place is not first.place and key(candidate.value) == key(first.value):
            return replace(first, agreed=True)
    return first


def as_source(field: str, found: Found[Value]) -> Source:
    """Say of a field where its value was found, and how sure it is."""
    confidence = _CONFIDENCE.get(field, {}).get(found.place, _NOT_MEASURED)
    if found.agreed:
        confidence = max(confidence, _AGREED.get(field, confidence))
    if found.inferred and found.element is not None:
        confidence = _LAST_RESORT
    return Source(
        field=field, name=found.place.value, confidence=confidence, inferred=found.inferred
    )

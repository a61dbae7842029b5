"""What is known of a post beside its text: one place where all finders come together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml.etree import _Element

from archive.extraction.facts.page_dates import find_dates
from archive.extraction.facts.people import find_authors
from archive.extraction.facts.rights import find_license, find_rights
from archive.extraction.facts.site_name import find_site_name
from archive.extraction.facts.sources import Found, Place, as_source
from archive.extraction.facts.surroundings import Surroundings
from archive.extraction.facts.titles import find_title
from archive.extraction.structure.container import Container
from archive.extraction.tree.blocks import inline_text
from archive.extraction.tree.canonical import document_base, find_canonical, safe_join
from archive.extraction.tree.head import Head, text, texts
from archive.records import Hints, Source

_LISTS = frozenset({"authors", "tags"})
_DESCRIPTIONS = (
    ("og:description", Place.OPEN_GRAPH),
    ("description", Place.META),
    ("twitter:description", Place.META),
)
_IMAGES = (
    ("og:image", Place.OPEN_GRAPH),
    ("og:image:url", Place.OPEN_GRAPH),
    ("twitter:image", Place.META),
)
_MAX_TAGS = 50
_MAX_TAG_LENGTH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The fields of an `archive.records.Extraction` that are not text, and their places."""

    title: str | None
    authors: tuple[str, ...]
    published: datetime | None
    modified: datetime | None
    site_name: str | None
    tags: tuple[str, ...]
    description: str | None
    image: str | None
    license: str | None
    canonical_url: str | None
    rights: tuple[str, ...]
    sources: tuple[Source, ...]
    places: Mapping[str, _Element]  # by field: the element of the page that holds the value


FIELDS = tuple(name for name in Metadata.__slots__ if name not in ("sources", "places"))
"""The names that `Metadata` has in common with an `archive.records.Extraction`."""


@dataclass(frozen=True, slots=True)
class Page:
    """A parsed page with what was found on it so far."""

    tree: _Element
    url: str
    headers: Mapping[str, str]
    head: Head
    container: Container | None
    around: Surroundings


def read_metadata(page: Page, hints: Hints) -> Metadata:
    """Read the metadata of a page; hints fill what it leaves open."""
    dates = find_dates(page.head, page.around, page.url, hints)
    title = find_title(page.tree, page.head, page.container, page.url, hints)
    canonical = find_canonical(page.tree, page.url)
    found: dict[str, Found[Any] | None] = {
        "title": title,
        "authors": find_authors(page.head, page.around, page.url, hints),
        "published": dates.published,
        "modified": dates.modified,
        "site_name": find_site_name(page.tree, page.url, page.head, title.value if title else None),
        "tags": _find_tags(page, hints),
        "description": _find_description(page.head),
        "image": _find_image(page),
        "license": find_license(page.tree, page.head, page.url),
        "canonical_url": Found(canonical, Place.LINK) if canonical else None,
    }
    values: dict[str, Any] = {name: None if e is None else e.value for name, e in found.items()}
    values |= {name: () for name in _LISTS if values[name] is None}
    return Metadata(
        **values,
        rights=find_rights(page.head, page.headers),
        sources=tuple(as_source(name, entry) for name, entry in found.items() if entry),
        places={n: e.element for n, e in found.items() if e and e.element is not None},
    )


def _find_description(head: Head) -> Found[str] | None:
    for name, place in _DESCRIPTIONS:
        if value := head.first(name):
            return Found(value, place)
    value = text(head.article.get("description"))
    return Found(value, Place.JSON_LD) if value else None


def _find_image(page: Page) -> Found[str] | None:
    for name, place in _IMAGES:
        declared = page.head.first(name)
        link = safe_join(document_base(page.tree, page.url), declared) if declared else None
        if link:
            return Found(link, place)
    declared = _node_image(page.head)
    link = safe_join(document_base(page.tree, page.url), declared) if declared else None
    return Found(link, Place.JSON_LD) if link else None


def _node_image(head: Head) -> str | None:
    image = head.resolve(head.article.get("image"))
    if isinstance(image, list):
        image = head.resolve(image[0]) if image else None
    return text(image.get("url")) if isinstance(image, dict) else text(image)


def _find_tags(page: Page, hints: Hints) -> Found[tuple[str, ...]] | None:
    """Tags that are marked as such, else declared, else told by place; else those of the hints.

    Categories stand in where a post has no tags.
    """
    links, around = page.around.tags, page.around
    keywords = texts(page.head.article.get("keywords"))
    sources: tuple[tuple[Iterable[str], Place], ...] = (
        (_named(_categories(around)), Place.MICROFORMAT),
        (_named(links.marked), Place.LINK),
        (page.head.all("article:tag"), Place.OPEN_GRAPH),
        ((word for text in keywords for word in text.split(",")), Place.JSON_LD),
        (_named(links.inferred), Place.MARKUP),
        (hints.tags, Place.DISCOVERY),
        (_named(links.categories), Place.LINK),
    )
    for names, place in sources:
        if tags := _clean_tags(names):
            return Found(tags, place)
    return None


def _categories(around: Surroundings) -> list[_Element]:
    return [e for e in around.beside if "p-category" in (e.get("class") or "").split()]


def _named(elements: Iterable[_Element]) -> list[str]:
    return [inline_text(element) for element in elements]


def _clean_tags(names: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for name in names:
        tag = " ".join(name.split()).strip("# ,")
        if tag and len(tag) <= _MAX_TAG_LENGTH:
            found.setdefault(tag.casefold(), tag)
    return tuple(found.values())[:_MAX_TAGS]

"""What is known of a post beside its text: one place where all finders come together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lxml.etree import _Element
from lxml.html import HtmlElement

from archive.extraction.blocks import inline_text
from archive.extraction.canonical import document_base, find_canonical, safe_join
from archive.extraction.container import Container
from archive.extraction.head import Head, text, texts
from archive.extraction.page_dates import find_dates
from archive.extraction.people import find_authors
from archive.extraction.rights import find_license, find_rights
from archive.extraction.site_name import find_site_name
from archive.extraction.surroundings import Surroundings
from archive.extraction.titles import find_title
from archive.records import Hints

_MAX_TAGS = 50
_MAX_TAG_LENGTH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The fields of an `archive.records.Extraction` that are not text."""

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


@dataclass(frozen=True, slots=True)
class Page:
    """A parsed page with what was found on it so far."""

    tree: HtmlElement
    url: str
    headers: Mapping[str, str]
    head: Head
    container: Container | None
    around: Surroundings


def read_metadata(page: Page, hints: Hints) -> Metadata:
    """Read the metadata of a page; hints fill what it leaves open."""
    dates = find_dates(page.head, page.around, page.url, hints)
    title = find_title(page.tree, page.head, page.container, hints)
    return Metadata(
        title=title,
        authors=find_authors(page.head, page.around, hints),
        published=dates.published,
        modified=dates.modified,
        site_name=find_site_name(page.tree, page.url, page.head, title),
        tags=_find_tags(page, hints),
        description=_find_description(page.head),
        image=_find_image(page),
        license=find_license(page.tree, page.head, page.url),
        canonical_url=find_canonical(page.tree, page.url),
        rights=find_rights(page.head, page.headers),
    )


def _find_description(head: Head) -> str | None:
    return head.first("og:description", "description", "twitter:description") or text(
        head.article.get("description")
    )


def _find_image(page: Page) -> str | None:
    declared = page.head.first("og:image", "og:image:url", "twitter:image") or _node_image(
        page.head
    )
    return safe_join(document_base(page.tree, page.url), declared) if declared else None


def _node_image(head: Head) -> str | None:
    image = head.resolve(head.article.get("image"))
    if isinstance(image, list):
        image = head.resolve(image[0]) if image else None
    return text(image.get("url")) if isinstance(image, dict) else text(image)


def _find_tags(page: Page, hints: Hints) -> tuple[str, ...]:
    """Tags that are marked as such, else declared, else told by place; else those of the hints.

    Categories stand in where a post has no tags.
    """
    links = page.around.tags
    sources: tuple[Iterable[str], ...] = (
        _named(_categories(page.around) or links.marked),
        page.head.all("article:tag"),
        (word for text in texts(page.head.article.get("keywords")) for word in text.split(",")),
        _named(links.inferred),
        hints.tags,
        _named(links.categories),
    )
    return next(filter(None, map(_clean_tags, sources)), ())


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

"""Which elements beside a post name its tags: marked by standards, told by address, or by name.

The mark is rel=tag (https://microformats.org/wiki/rel-tag). Themes that mark nothing link to where
the tag's posts are listed, or call the link a tag. So do lists of all tags of a site: what stands
in a sidebar, a menu or another post is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lxml.etree import _Element

from archive.extraction.tree.blocks import inline_text, is_prose
from archive.extraction.tree.class_names import without_hashes

_TAG_ADDRESS = re.compile(
    r"(?:^|/)(?:hash)?(?:tags?|tagged|labels?|topics?|keywords?)/(?!index\.)[^/?#]+/?(?:[?#].*)?$"
    r"|[?&]tag=[^&#]",
    re.I,
)
_CATEGORY_ADDRESS = re.compile(r"(?:^|/)categor(?:y|ies)/(?!index\.)[^?#]|[?&]cat=\d", re.I)
_TAG_NAME = re.compile(
    r"(?:^|[-_])(?:hash)?tags?(?:[-_]+(?:links?|lists?|items?|labels?|names?))*$", re.I
)
_OF_THE_SITE = re.compile(r"sidebar|widget|cloud|menu|navbar|site-(?:header|footer)", re.I)
_ENTRY = re.compile(r"(?:^|\s)(?:h-?entry|post|entry)(?:$|\s)")
_COUNTED = re.compile(r"[(\[]?\d+[)\]]$")  # "bread (12)": how many posts the whole site has of it
_NAMED = ("a", "span", "li")
_MAX_NAME_LENGTH = 60
_MAX_BELOW = 200  # elements
_MAX_ROW = 1_000  # characters
_MAX_BESIDE = 30  # characters around the links of a row: "Filed under:"


@dataclass(frozen=True, slots=True)
class TagLinks:
    """The elements that name the tags of a post, by what tells that they do; each in order."""

    marked: tuple[_Element, ...] = ()
    inferred: tuple[_Element, ...] = ()
    categories: tuple[_Element, ...] = ()

    def __or__(self, other: TagLinks) -> TagLinks:
        """These, and of the others the kinds that these have none of."""
        return TagLinks(
            self.marked or other.marked,
            self.inferred or other.inferred,
            self.categories or other.categories,
        )


def find_tag_links(elements: Iterable[_Element], title: _Element | None) -> TagLinks:
    """Find what names a tag among the elements beside a post.

    Args:
        elements: those elements, in document order.
        title: the heading of the post.
    """
    of_post = set() if title is None else set(title.iterancestors())
    named = [e for e in elements if e.tag in _NAMED]
    links = [e for e in named if e.tag == "a" and e.get("href")]

    def only(chosen: Iterable[_Element], test: Callable[[_Element], bool]) -> tuple[_Element, ...]:
        return tuple(e for e in chosen if test(e) and _is_of_post(e, of_post))

    return TagLinks(
        marked=tuple(filter(_is_marked, links)),
        inferred=only(links, _leads_to_tag) or only(named, _is_called_tag),
        categories=only(links, _leads_to_category),
    )


def below_text(inner: _Element | None) -> list[_Element]:
    """Find the elements inside a post's container that stand in a row below its last paragraph."""
    below: list[_Element] = []
    for element in reversed(() if inner is None else list(inner.iter("a", "p", "span"))):
        if element.tag == "p" and is_prose(element):
            below = [e for e in below if element not in e.iterancestors()]
            break
        if element.tag != "p":
            below.append(element)
        if len(below) > _MAX_BELOW:
            break
    rows = {row: _is_row(row) for row in {e.getparent() for e in below} if row is not None}
    return [e for e in reversed(below) if (row := e.getparent()) is not None and rows[row]]


def _is_row(box: _Element) -> bool:
    """Whether an element holds links and little else."""
    text = len(inline_text(box))
    if text > _MAX_ROW:
        return False
    return text - sum(len(inline_text(e)) for e in box.iter("a", "span") if e is not box) <= (
        _MAX_BESIDE
    )


def _is_marked(link: _Element) -> bool:
    """Whether a link bears rel=tag; WordPress marks links to categories so, too."""
    relations = (link.get("rel") or "").split()
    if "tag" not in relations or "category" in relations:
        return False
    if _CATEGORY_ADDRESS.search(link.get("href") or ""):
        return False
    return not any(ancestor.tag == "aside" for ancestor in link.iterancestors())


def _leads_to_tag(link: _Element) -> bool:
    return bool(_TAG_ADDRESS.search(link.get("href") or "")) and _is_name(link)


def _leads_to_category(link: _Element) -> bool:
    marked = "category" in (link.get("rel") or "").split()
    return (marked or bool(_CATEGORY_ADDRESS.search(link.get("href") or ""))) and _is_name(link)


def _is_called_tag(element: _Element) -> bool:
    """Whether a link, or what stands in a row of tags, is called a tag by its class."""
    if not _has_tag_name(element) or not _is_name(element):
        return False
    if element.tag == "a":
        return not (element.get("href") or "").startswith(("#", "javascript:"))
    row = element.getparent()
    return row is not None and _has_tag_name(row) and len(element) == 0


def _has_tag_name(element: _Element) -> bool:
    names = element.get("class")
    return bool(names) and any(map(_TAG_NAME.search, without_hashes(names).split()))


def _is_name(element: _Element) -> bool:
    text = inline_text(element)
    return 0 < len(text) <= _MAX_NAME_LENGTH and not _COUNTED.search(text)


def _is_of_post(element: _Element, of_post: set[_Element]) -> bool:
    """Whether an element belongs to the post, not to the site or to a teaser of another post."""
    within = False
    for ancestor in element.iterancestors():
        if ancestor in of_post:
            within = True
        if ancestor.tag in ("body", "html"):
            return True
        if ancestor.tag == "aside" or (ancestor.tag == "nav" and not _has_tag_name(ancestor)):
            return False
        if not within and _is_of_others(ancestor):
            return False
    return True


def _is_of_others(box: _Element) -> bool:
    """Whether a box without the post's title is one of the site, or of a post with its own."""
    if _OF_THE_SITE.search(f"{box.get('class', '')} {box.get('id', '')}"):
        return True
    if box.tag in ("header", "footer"):
        return not any(map(_is_entry, box.iterancestors()))
    return any(heading.find(".//a") is not None for heading in box.iter("h2", "h3", "h4"))


def _is_entry(box: _Element) -> bool:
    return box.tag in ("article", "main") or bool(_ENTRY.search(box.get("class") or ""))

"""Which element of a page holds the post: chosen by the marks that standards and platforms share.

In order of strength: schema.org `articleBody`; microformats `e-content` and `entry-content`; the
class names that platforms agree on (`post-content`, `article-body` …); the `<article>` with the
page's title in it; `<main>`. Where several elements bear a mark (teasers of other posts do), the
one that lies closest to the page's title is the post.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from lxml.etree import _Element

from archive.extraction.structure.furniture import fold
from archive.extraction.structure.prose import Prose
from archive.extraction.structure.title_lines import find_title_line, leads_home
from archive.extraction.tree.blocks import inline_text
from archive.extraction.tree.class_names import without_hashes


class Mark(IntEnum):
    """By what an element is taken for the container; a lower number is stronger evidence."""

    ARTICLE_BODY = 1
    MICROFORMAT = 2
    PLATFORM = 3
    ARTICLE = 4
    MAIN = 5
    POSITION = 6


@dataclass(frozen=True, slots=True)
class Container:
    """The element that holds the post, and why it is thought so."""

    element: _Element
    mark: Mark
    title: _Element | None


_PLATFORM_TOKEN = re.compile(
    r"(?:^|[-_])(?:entry|post|article|story|blog|blogpost|gh)[-_]{0,2}(?:content|body|text)$"
    r"|^(?:prose|(?:\w+[-_])?(?:markdown(?:-body)?|rich-?text))$",
    re.I,
)
_ENTRIES = frozenset({"hentry", "h-entry"})
_POST_ID = re.compile(r"post[-_]?\d+$")
_OUTSIDE = frozenset({"nav", "footer", "aside", "a", "blockquote"})
_COMMENT_AREAS = frozenset({
    "comment-list", "commentlist", "comments", "comments-area", "comments-list", "disqus_thread",
})  # fmt: skip
_HEADINGS = ("h1", "h2", "h3")
_TEASER_LENGTH = 600  # characters; another article with less prose on this page is a teaser
_MAX_TRIED = 5


def find_container(tree: _Element, titles: frozenset[str], prose: Prose) -> Container | None:
    """Find the element that holds the post.

    Args:
        tree: the page.
        titles: the page's title in the forms that are known, each as `fold` gives it.
        prose: of the page, as `page_prose` finds it.
    """
    body = tree.find("body")
    if body is None:
        return None
    title = find_title_heading(body, titles)
    marked: dict[Mark, list[_Element]] = {}
    for element in body.iter("div", "section", "article", "main", "td", "span"):
        if element.tag == "span" and element.get("itemprop") is None:
            continue
        mark = _mark_of(element)
        if mark is not None:
            marked.setdefault(mark, []).append(element)
    lineage = [] if title is None else [*title.iterancestors()]
    for mark in sorted(marked):
        elements = [e for e in marked[mark] if not _is_outside(e, body)]
        for chosen in _by_closeness(elements, lineage):
            if is_credible(chosen, _prose_beside(chosen, title, prose)):
                return Container(chosen, mark, title)
    return None


def _mark_of(element: _Element) -> Mark | None:
    if "articleBody" in (element.get("itemprop") or "").split():
        return Mark.ARTICLE_BODY
    tokens = without_hashes(element.get("class") or "").split()
    if "e-content" in tokens or "entry-content" in tokens:
        return Mark.MICROFORMAT
    if any(_PLATFORM_TOKEN.search(token) for token in tokens) and element.tag != "span":
        return Mark.PLATFORM
    if element.tag != "span" and (element.get("role") == "article" or _is_entry(element)):
        return Mark.ARTICLE
    if element.tag == "main" or element.get("role") == "main":
        return Mark.MAIN
    return None


def _is_outside(element: _Element, body: _Element) -> bool:
    for ancestor in element.iterancestors():
        if ancestor is body:
            return False
        if ancestor.tag in _OUTSIDE or _holds_comments(ancestor):
            return True
    return False


def _holds_comments(element: _Element) -> bool:
    """Whether an element is named as the place of readers' comments."""
    if not element.attrib:
        return False
    names = f"{element.get('id') or ''} {element.get('class') or ''}".lower().split()
    return not _COMMENT_AREAS.isdisjoint(names)


def find_title_heading(body: _Element, titles: frozenset[str]) -> _Element | None:
    """Find the heading that says a declared title.

    Where none of h1 to h3 says one, it is the first h1 but the site's name; where there is no
    such h1 either, a line that says one, whatever its element.
    """
    first: _Element | None = None
    for level in _HEADINGS:
        for heading in body.iter(level):
            text = fold(inline_text(heading))
            if not text or leads_home(heading):
                continue
            if text in titles:
                return heading
            if first is None and level == "h1":
                first = heading
    return find_title_line(body, titles) if first is None else first


def _by_closeness(elements: list[_Element], lineage: list[_Element]) -> list[_Element]:
    """The marked elements, the one closest to the title first; of equals the longest."""
    filled = [e for e in elements if _has_substance(e)]
    depth = {ancestor: len(lineage) - i for i, ancestor in enumerate(lineage)}

    def closeness(element: _Element) -> tuple[int, bool, int]:
        shared = depth.get(element) or next(
            (depth[a] for a in element.iterancestors() if a in depth), 0
        )
        another = any(a.tag == "article" and a not in depth for a in element.iterancestors())
        return shared, not another, len(inline_text(element))

    return sorted(filled, key=closeness, reverse=True)[:_MAX_TRIED]


def _has_substance(element: _Element) -> bool:
    return bool(inline_text(element)) or element.find(".//img") is not None


def _prose_beside(container: _Element, title: _Element | None, prose: Prose) -> Prose:
    """The prose that may be the post's: of the entry around the title, where there is one."""
    entry = next((e for e in container.iterancestors() if _is_entry(e)), None)
    if entry is None or title is None or entry not in title.iterancestors():
        return prose
    return [item for item in prose if item[0] is entry or entry in item[0].iterancestors()]


def _is_entry(element: _Element) -> bool:
    """Whether an element is one entry: an article, by its microformat, or `.post#post-12`."""
    tokens = (element.get("class") or "").split()
    if element.tag == "article" or not _ENTRIES.isdisjoint(tokens):
        return True
    return "post" in tokens and bool(_POST_ID.match(element.get("id") or ""))


def is_credible(container: _Element, prose: Prose) -> bool:
    """Tell whether at least half of the prose, teasers of other posts aside, stands inside."""
    inside, outside = 0, 0
    teasers: dict[_Element, int] = {}
    for element, length in prose:
        article: _Element | None = None
        if element is container:
            inside += length
            continue
        for ancestor in element.iterancestors():
            if ancestor is container:
                inside += length
                break
            if ancestor.tag == "article":
                article = ancestor
        else:
            if article is None or article in container.iterancestors():
                outside += length
            else:
                teasers[article] = teasers.get(article, 0) + length
    outside += sum(length for length in teasers.values() if length > _TEASER_LENGTH)
    return outside <= max(_TEASER_LENGTH, inside)

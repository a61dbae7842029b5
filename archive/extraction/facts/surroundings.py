"""What stands beside a post and tells of it: the date line, the byline, the tags.

That is what lies around its title, outside its text, and belongs to no comment, no other post and
no list of posts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice

from lxml.etree import _Element

from archive.extraction.facts.tag_links import TagLinks, below_text, find_tag_links
from archive.extraction.structure.container import Container
from archive.extraction.tree.blocks import is_prose
from archive.extraction.tree.lines import Lines

_OTHERS = re.compile(
    r"comment|related|recent|popular|recommend|read-?more|site-footer|blogroll|archive|pagination"
    r"|post-nav|nav-links",
    re.I,
)
_WIDGET = re.compile(r"widget", re.I)  # page builders call each part of the post so, too
_METADATA = re.compile(r"(?:^|\s)(?:post|entry|article)?[-_]?meta(?:data)?(?:$|\s)", re.I)
_MAX_NAMES_LENGTH = 500  # characters
_MAX_ELEMENTS = 600
_MAX_CLIMB = 2
_MAX_BEHIND = 80  # elements that are read behind the title
_MAX_BEFORE = 30
_MAX_ELSEWHERE = 5_000
_MAX_CLIMB_BEFORE = 3
_DECKS = 1  # paragraphs between a title and its byline
_PARAGRAPHS = frozenset({"p", "blockquote", "pre"})


@dataclass(frozen=True)
class Surroundings:
    """The elements beside a post, the nearest first."""

    title: _Element | None
    near: tuple[_Element, ...]  # what is read on the way from the title to the text, title aside
    beside: tuple[_Element, ...]  # as far around the post as a date is found, or near to it
    tags: TagLinks  # the nearest to the post of each kind
    lines: Lines = field(default_factory=Lines, compare=False)

    @cached_property
    def elements(self) -> tuple[_Element, ...]:
        """Those that are near, then those beside, each once."""
        return tuple(dict.fromkeys((*self.near, *self.beside)))

    @cached_property
    def elsewhere(self) -> tuple[_Element, ...]:
        """The elements of the whole page that belong to no comment, no menu and no other post.

        They are for marks that are sure in themselves (an author's box below the text), where
        nothing beside the title tells.
        """
        return () if self.title is None else tuple(_walk_elsewhere(self.title))


def find_surroundings(tree: _Element, container: Container | None) -> Surroundings:
    """Find the elements that tell of the post.

    Args:
        tree: the page.
        container: what holds the post; without one, the elements around the title are taken.
    """
    title = container.title if container else next(tree.iter("h1"), None)
    inner = container.element if container else None
    anchor = title if title is not None else inner
    if anchor is None:
        return Surroundings(None, (), (), TagLinks())
    scope = _common_ancestor(anchor, inner) if inner is not None else anchor.getparent()
    beside: tuple[_Element, ...] = ()
    tags = TagLinks()
    inside = below_text(inner)
    dated = False
    for found in _widening(scope, inner, title):
        if not dated:
            beside += found
            dated = any(element.tag == "time" for element in found)
        tags |= find_tag_links((*found, *inside), title)
        if dated and (tags.marked or tags.inferred):
            break
        inside = []
    near = () if title is None else _near(title, inner)
    return Surroundings(title, near, beside, tags)


def _widening(
    scope: _Element | None, inner: _Element | None, title: _Element | None
) -> Iterator[tuple[_Element, ...]]:
    """The elements around the post: those next to it, then those one level further out …"""
    known: _Element | None = None
    count = 0
    for _ in range(_MAX_CLIMB + 1):
        if scope is None or scope.tag == "html":
            return
        found = tuple(_walk(scope, known, inner, title))
        count += len(found)
        if count > _MAX_ELEMENTS:
            return
        yield found
        known, scope = scope, scope.getparent()


def _walk_elsewhere(title: _Element) -> Iterator[_Element]:
    own = {title, *title.iterancestors()}
    body = next((e for e in own if e.tag == "body"), None)
    stack = [] if body is None else [body]
    count = 0
    while stack and count < _MAX_ELSEWHERE:
        element = stack.pop()
        if not isinstance(element.tag, str):
            continue
        if element not in own and (element.tag == "li" or _is_apart(element)):
            continue
        count += 1
        yield element
        stack.extend(reversed(element))


def _near(title: _Element, inner: _Element | None) -> tuple[_Element, ...]:
    """The elements on the way from the title to the text, then those before the title."""
    return (*islice(_behind(title, inner), _MAX_BEHIND), *_before(title))


def _behind(title: _Element, inner: _Element | None) -> Iterator[_Element]:
    """The elements behind the title, in document order, up to the first paragraphs of the text."""
    own = set() if inner is None else {inner, *inner.iterancestors()}
    within = inner is not None and inner in title.iterancestors()  # then the deck stands in it too
    decks = 0
    node: _Element | None = title
    while node is not None and node.tag != "body":
        stack = list(islice(node.itersiblings(), _MAX_BEHIND))[::-1]
        while stack:
            element = stack.pop()
            if not isinstance(element.tag, str) or (element not in own and _is_apart(element)):
                continue
            if element.tag in _PARAGRAPHS and is_prose(element):
                decks += 1
                if decks > _DECKS or (
                    inner is not None and not within and inner in element.iterancestors()
                ):
                    return
            yield element
            stack.extend(reversed(element))
        node = node.getparent()


def _before(title: _Element) -> Iterator[_Element]:
    """The elements before the title, the nearest first, as far as they share a box with it."""
    count = 0
    node: _Element | None = title
    for _ in range(_MAX_CLIMB_BEFORE):
        if node is None or node.tag in ("body", "article", "main"):
            return
        stack = list(islice(node.itersiblings(preceding=True), _MAX_BEFORE))[::-1]
        while stack:
            element = stack.pop()
            if not isinstance(element.tag, str) or _is_apart(element) or element.tag == "header":
                continue
            yield element
            count += 1
            if count >= _MAX_BEFORE:
                return
            stack.extend(element)
        node = node.getparent()


def _is_apart(element: _Element) -> bool:
    """Whether an element beside a title is none of the post's lines, but of the site or others."""
    return element.tag in ("nav", "aside", "footer", "form") or _belongs_to_others(
        element, between=True
    )


def _common_ancestor(first: _Element, second: _Element) -> _Element | None:
    lineage = {first, *first.iterancestors()}
    return next((e for e in (second, *second.iterancestors()) if e in lineage), None)


def _walk(
    scope: _Element, known: _Element | None, inner: _Element | None, title: _Element | None
) -> Iterator[_Element]:
    """Elements of the scope; of the post's text only what stands above its first paragraph.

    Nothing is given again of the part of the scope that is known.
    """
    own = set(inner.iterancestors()) if inner is not None else set()
    if title is not None:
        own.update(title.iterancestors())
    between = False  # behind the title, before the text: what stands there is the post's
    stack = list(reversed(scope))
    until: int | None = None  # stack height at which the post's text ends
    while stack:
        element = stack.pop()
        if until is not None and len(stack) < until:
            until = None
        if not isinstance(element.tag, str):
            continue
        if element is inner:
            until, between = len(stack), False
        elif element not in own and _belongs_to_others(element, between=between):
            continue
        if element is title:
            between = inner is not None and inner not in title.iterancestors() and until is None
        yield element
        if element is known:
            continue
        if until is not None and element.tag in _PARAGRAPHS and is_prose(element):
            stack[until:] = _lines_of_metadata(stack[until:])
            until = None
            continue
        stack.extend(reversed(element))


def _lines_of_metadata(elements: Iterable[_Element]) -> list[_Element]:
    """The one line below the text that tells of the post; several tell of several posts."""
    inner = (e for element in elements for e in element.iter("div", "footer", "p", "ul"))
    found = [e for e in inner if _METADATA.search(e.get("class") or "")]
    return found if len(found) == 1 else []


def _belongs_to_others(element: _Element, *, between: bool) -> bool:
    if element.tag in ("article", "script", "style", "noscript"):
        return True
    for names in (element.get("class"), element.get("id")):
        if names:
            others, widget = _read_names(names[:_MAX_NAMES_LENGTH])
            if others or (widget and not between):
                return True
    return False


@lru_cache(maxsize=4096)
def _read_names(names: str) -> tuple[bool, bool]:
    """Whether names tell of others than the post, and whether of a widget."""
    return bool(_OTHERS.search(names)), bool(_WIDGET.search(names))

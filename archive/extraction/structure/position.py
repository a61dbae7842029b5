"""Where the text of a post begins and ends, told by its place on the page alone.

Many blogs mark nothing: a heading, a line with date and author, then a box with the paragraphs,
then other boxes. What stands between the title and the first text is the head of the post; the box
behind it is the post.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from lxml.etree import _Element

from archive.extraction.structure.container import Container, Mark, find_title_heading, is_credible
from archive.extraction.structure.prose import Prose, page_prose
from archive.extraction.tree.blocks import PROSE_LENGTH, SKIPPED_TAGS, inline_text
from archive.extraction.tree.bylines import read_byline
from archive.extraction.tree.letters import count_letters
from archive.extraction.tree.written_dates import parse_date, tells_of_a_day

_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_FLOW = frozenset({"p", "pre", "ul", "ol", "table", "blockquote", "figure", "img", *_HEADINGS})
_WRAPPERS = frozenset({"div", "section", "article", "main"})
_LINE_TAGS = ("time", "p", "div", "span", "small", "em", "i", "li", "dd", "h2", "h4")
_NO_LINE = frozenset({"table", "pre", "blockquote", "figure", "h1", "h2", "h3"})
_LINE_LENGTH = 150  # characters of a line with date, author and a few buttons
_DATE_LENGTH = 32
_LONGER = 300  # characters; a box with so much more text than the first one is the post
_MUCH = 600  # characters of prose, or …
_BESIDE = 1_500  # characters of prose: a blurb, an invitation, the beginnings of three other posts
_PART = 0.25  # … this share of the post's text, at most, stand in boxes behind the post
_MAX_DATED_LINES = 3  # published, changed, by whom; more are the lines of a list
_MAX_TAIL = 4  # elements below the text that are looked at
_REMOTE = re.compile(r"(?:https?:)?//", re.I)


@dataclass(frozen=True, slots=True)
class Body:
    """The element with the text of a post, and what in it stands around the text."""

    element: _Element
    dropped: frozenset[_Element]


def find_container_by_position(
    tree: _Element, titles: frozenset[str], prose: Prose
) -> Container | None:
    """Find the element that holds the post on a page that marks none.

    Args:
        tree: the page.
        titles: the page's title in the forms that are known, each as `fold` gives it.
        prose: of the page, as `page_prose` finds it.
    """
    body = tree.find("body")
    title = None if body is None else find_title_heading(body, titles)
    if body is None or title is None:
        return None
    found = find_body(body, title, frozenset())
    if found is None or not is_credible(found.element, prose):
        return None
    return Container(found.element, Mark.POSITION, title)


def body_of(container: Container | None) -> Container | None:
    """Give the box with the text alone, where a container holds the title and more, too."""
    if container is None or container.title is None or container.mark < Mark.ARTICLE:
        return container
    body = find_body(container.element, container.title, frozenset())
    if body is None or body.element in container.title.iterancestors():
        return container
    return Container(body.element, container.mark, container.title)


def find_body(root: _Element, title: _Element, furniture: Set[_Element]) -> Body | None:
    """Find the text below a title.

    Args:
        root: an element that holds title and text, and perhaps more.
        title: the heading; where it stands outside of the root, all of that is below it.
        furniture: elements that are known to be no part of the post.

    Returns:
        The innermost element that holds all the text; None where nothing follows the title, or
        where most of the root's prose would be left outside.
    """
    body = _find_body(root, title, furniture)
    return body if body and _holds_most(body.element, page_prose(root, least=1)) else None


def _holds_most(element: _Element, prose: Prose) -> bool:
    """Tell whether no more prose stands outside of an element than boxes beside a post have."""
    total = sum(length for _, length in prose)
    inside = sum(n for e, n in prose if e is element or element in e.iterancestors())
    return total - inside <= max(_BESIDE, inside)


def _find_body(root: _Element, title: _Element, furniture: Set[_Element]) -> Body | None:
    if root not in title.iterancestors():
        inner = _descend(root, furniture)
        return None if inner is root else Body(inner, frozenset())
    head, start = _find_head(root, title, furniture)
    parent = None if start is None else start.getparent()
    if start is None or parent is None:
        return None
    following = [start, *start.itersiblings()]
    box = _choose(following, furniture)
    if box is None:
        return Body(parent, frozenset({*head, *_tail(parent, following)}))
    return Body(_descend(box, furniture), frozenset())


def has_dated_head(container: Container | None) -> bool:
    """Tell whether a line with a date, and no link to another post, stands beside the title.

    So begins a post; a list begins with a title and the first of many entries.
    """
    if container is None or container.title is None:
        return False
    title = container.title
    body = next(title.iterancestors("body"), None)
    if body is None or title.find(".//a") is not None or _is_linked(title):
        return False
    head, _ = _find_head(body, title, frozenset())
    lines = [e for e in head if any(_dates_post(inner) for inner in e.iter(*_LINE_TAGS))]
    return 0 < len(lines) <= _MAX_DATED_LINES


def _is_linked(title: _Element) -> bool:
    return next(title.iterancestors("a"), None) is not None


def _dates_post(element: _Element) -> bool:
    return (
        element.tag == "time"
        or _says_date(element)
        or read_byline(inline_text(element)) is not None
    )


def _find_head(
    root: _Element, title: _Element, furniture: Set[_Element]
) -> tuple[list[_Element], _Element | None]:
    """The title with the lines around it, and the element that follows them."""
    headers = [a for a in title.iterancestors("header", "hgroup") if root in a.iterancestors()]
    element = headers[-1] if headers else title
    while element is not root:
        head = [element, *filter(_is_short, element.itersiblings(preceding=True))]
        if count_letters((element.tail or "").strip()) >= PROSE_LENGTH:
            return head, None
        for sibling in element.itersiblings():
            if _is_empty(sibling) or sibling in furniture:
                continue
            if _may_be_text(sibling) and not _is_line(sibling) and not _is_deck(sibling, furniture):
                return head, sibling
            head.append(sibling)
        parent = element.getparent()
        if parent is None:
            break
        element = parent
    return [], None


def _is_deck(heading: _Element, furniture: Set[_Element]) -> bool:
    """Whether a heading has no text below it in its box: the line under a title in a header."""
    return heading.tag in _HEADINGS and not any(
        _may_be_text(e) and not _is_line(e)
        for e in heading.itersiblings()
        if not _is_empty(e) and e not in furniture
    )


def _is_empty(element: _Element) -> bool:
    if not isinstance(element.tag, str) or element.tag in SKIPPED_TAGS:
        return True
    return not inline_text(element)


def _is_short(element: _Element) -> bool:
    return isinstance(element.tag, str) and count_letters(inline_text(element)) < PROSE_LENGTH


def _may_be_text(element: _Element) -> bool:
    if element.tag in _FLOW or _has_flow(element):
        return True
    return count_letters(inline_text(element)) >= PROSE_LENGTH


def _is_line(element: _Element) -> bool:
    """Whether an element is a line with a date or an author, and no text."""
    text = inline_text(element)
    if len(text) > _LINE_LENGTH or element.tag in _NO_LINE:
        return False
    if read_byline(text) or any(e.tag == "time" for e in element.iter()):
        return True
    return any(_says_date(inner) for inner in element.iter() if isinstance(inner.tag, str))


def _says_date(element: _Element) -> bool:
    text = inline_text(element)
    if not 0 < len(text) <= _DATE_LENGTH or tells_of_a_day(text):
        return False
    return parse_date(text) is not None


def _choose(siblings: Iterable[_Element], furniture: Set[_Element]) -> _Element | None:
    """The one of several siblings that is a box around the text; None where there is no such."""
    shown = [e for e in siblings if not _is_empty(e) and e not in furniture and not _is_links(e)]
    boxes = [e for e in shown if e.tag in _WRAPPERS and _has_flow(e)]
    if not boxes:
        return None
    box, at = boxes[0], shown.index(boxes[0])
    longest = max(boxes, key=lambda e: len(inline_text(e)))
    if len(inline_text(longest)) > len(inline_text(box)) + _LONGER:
        box, at = longest, shown.index(longest)
    if any(e.tag in _FLOW or _prose_length(e) for e in shown[:at]):
        return None
    others = [e for e in shown if e is not box]
    if any(_looks_like(box, other) for other in others):
        return None
    beside = sum(len(inline_text(e)) for e in others if e.tag == "p" and _is_own(e))
    if beside >= len(inline_text(box)):  # a box at the head of the text, and not one around it
        return None
    rest = sum(map(_prose_length, others))
    return box if rest <= max(_MUCH, _PART * len(inline_text(box))) else None


def _is_own(paragraph: _Element) -> bool:
    """Whether a paragraph is no line with a date or an author, and not links for the most part."""
    linked = sum(len(inline_text(link)) for link in paragraph.iter("a"))
    return 2 * linked <= len(inline_text(paragraph)) and not _is_line(paragraph)


def _looks_like(one: _Element, other: _Element) -> bool:
    return one.tag == other.tag and one.get("class") == other.get("class")


def _has_flow(element: _Element) -> bool:
    return next(element.iter(*_FLOW), None) is not None


def _prose_length(element: _Element) -> int:
    lengths = (count_letters(inline_text(e)) for e in element.iter("p", "li", "pre", "blockquote"))
    return sum(length for length in lengths if length >= PROSE_LENGTH)


def _is_links(element: _Element) -> bool:
    """Whether an element is hardly more than links, as a table of contents is."""
    if element.tag not in {*_WRAPPERS, "ul", "ol"}:
        return False
    linked = sum(len(inline_text(link)) for link in element.iter("a"))
    return linked > len(inline_text(element)) / 2


def _descend(box: _Element, furniture: Set[_Element]) -> _Element:
    """Into the box, to the element right below which the paragraphs stand."""
    while True:
        if (box.text or "").strip() or any(child.tag in _FLOW for child in box):
            return box
        inner = _choose(box, furniture)
        if inner is None:
            return box
        box = inner


def _tail(parent: _Element, following: list[_Element]) -> Iterator[_Element]:
    """What stands below loose text: boxes of links, ways back, small print, a byline."""
    last = [e for e in following if not _is_empty(e)][1:][-_MAX_TAIL:]
    for element in reversed(last):
        if not (_is_way_out(element) or (_is_line(element) and read_byline(inline_text(element)))):
            return
        yield element


def _is_way_out(element: _Element) -> bool:
    """Whether all text is small print, or links to other pages of the site."""
    inner = [*element.iter("a", "small")]
    if any(e.tag == "a" and _REMOTE.match(e.get("href") or "") for e in inner):
        return False
    outermost = [e for e in inner if not any(a in inner for a in e.iterancestors())]
    return bool(inner) and sum(len(inline_text(e)) for e in outermost) >= len(inline_text(element))

"""Titles that no h1 to h3 marks: a short line over the text that says what the page declares.

Old themes and pages written by hand set their titles in bold or large letters, in a cell of a
table, or in a box with a class of its own. Such a line is known by its words alone, so it has to
be a line (nothing before it in its box), and must not be a link, an item of a list, or what the
site is called: that stands behind the title in `<title>`, or leads home.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from itertools import islice

from lxml.etree import _Element

from archive.extraction.structure.furniture import fold
from archive.extraction.tree.blocks import PROSE_LENGTH, SKIPPED_TAGS, inline_text

_INLINE = frozenset({"b", "strong", "span", "font", "big", "em", "i", "u"})
_TAGS = ("h4", "h5", "h6", "div", "p", "td", "th", "center", "header", *sorted(_INLINE))
_OUTSIDE = frozenset({"a", "aside", "blockquote", "button", "dl", "footer", "nav", "ol", "ul"})
_ROOT_LINK = re.compile(r"(?:https?:)?(?://[^/?#]*)?/?|\./|(?:\.\./)+|/?index\.html?", re.I)
_MAX_LENGTH = 300  # characters
_MAX_PARTS = 12  # elements in a line
_MIN_BELOW = 2 * PROSE_LENGTH  # characters; a title without text below it heads nothing


def find_title_line(body: _Element, titles: Set[str]) -> _Element | None:
    """Find the line over the text that says a declared title.

    Args:
        body: of the page.
        titles: the page's title in the forms that are known, each as `fold` gives it.

    Returns:
        Of several lines the one with the most text between it and the next.
    """
    found = {line: said for line in body.iter(*_TAGS) if (said := _said(line, titles))}
    if not found:
        return None
    links = (link for link in body.iter("a") if link.get("href") is not None and leads_home(link))
    homes = {fold(text) for link in links if (text := _short_text(link))}
    shown = {*found.values(), *homes}
    forms = {said for said in shown - homes if not _is_end(said, titles, shown)}
    lines = {line for line, said in found.items() if said in forms}
    below = _letters_below(body, lines)
    line = max(below, key=below.__getitem__, default=None)
    return line if line is not None and below[line] >= _MIN_BELOW else None


def leads_home(heading: _Element) -> bool:
    """Tell whether an element is, or is in, or holds a link to the root of the site."""
    link = heading if heading.tag == "a" else heading.find(".//a[@href]")
    if link is None:
        link = next(heading.iterancestors("a"), None)
    if link is None:
        return False
    href = link.get("href") or ""
    return "home" in (link.get("rel") or "").split() or bool(_ROOT_LINK.fullmatch(href))


def _said(line: _Element, titles: Set[str]) -> str | None:
    """The declared form of the title that an element says, where it may be a title."""
    text = _short_text(line)
    said = fold(text) if text else ""
    if said not in titles or not _is_line(line) or line.find(".//a") is not None:
        return None
    return None if any(a.tag in _OUTSIDE for a in line.iterancestors()) else said


def _short_text(element: _Element) -> str:
    """The text of an element with few others in it; bounded, as this is asked of every element."""
    if len([*islice(element.iter(), _MAX_PARTS + 1)]) > _MAX_PARTS:
        return ""
    text = inline_text(element)
    return text if len(text) <= _MAX_LENGTH else ""


def _is_line(element: _Element) -> bool:
    """Whether an element begins a line, and no sentence goes on behind it."""
    if element.tag not in _INLINE:
        return True
    previous, parent = element.getprevious(), element.getparent()
    before = previous.tail if previous is not None else None if parent is None else parent.text
    if (before or "").strip() or len((element.tail or "").strip()) >= PROSE_LENGTH:
        return False
    return previous is None or previous.tag not in {*_INLINE, "a"}


def _is_end(said: str, titles: Set[str], shown: Set[str]) -> bool:
    """Whether a form is the end of a longer one, whose beginning is not shown as the site's."""
    for title in titles:
        if len(title) > len(said) and title.endswith(said):
            start = title[: -len(said)]
            if start in titles and start not in shown:
                return True
    return False


def _letters_below(body: _Element, lines: Set[_Element]) -> dict[_Element, int]:
    """How much text stands between each line and the next; of nested lines the inner one counts."""
    below: dict[_Element, int] = {}
    current: _Element | None = None
    for element, length in _texts(body):
        if element in lines and element not in below:
            current = element
            below[current] = 0
        if current is not None:
            below[current] += length
    return below


def _texts(body: _Element) -> Iterator[tuple[_Element, int]]:
    for element in body.iter():
        if isinstance(element.tag, str) and element.tag not in SKIPPED_TAGS:
            yield element, len((element.text or "").strip()) + len((element.tail or "").strip())

"""A page as the finders need it: parsed once, with what several of them ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from lxml.etree import _Element

from archive.extraction.facts.titles import title_forms
from archive.extraction.structure.container import Container, find_container
from archive.extraction.structure.position import find_container_by_position
from archive.extraction.structure.prose import Prose, page_prose
from archive.extraction.threads.comment_items import find_comment_items
from archive.extraction.tree.blocks import PROSE_LENGTH, inline_text
from archive.extraction.tree.head import Head, read_head
from archive.extraction.tree.letters import count_letters
from archive.extraction.tree.parsing import parse_html
from archive.records import Hints

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_HIDING = ("hidden", "aria-hidden", "style")
_SKIPPED_BOXES = ("button", "dialog", "form", "label", "menu", "nav", "noscript")


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """One page: its tree, and what stands where on it."""

    tree: _Element
    url: str
    head: Head
    titles: frozenset[str]  # the page's title in the forms that are known, each folded
    prose: Prose
    container: Container | None  # the element that holds the post, where something tells it
    comments: tuple[_Element, ...]  # the outermost elements with readers' comments


def parse_page(
    html: bytes, url: str, headers: Mapping[str, str] | None = None, hints: Hints | None = None
) -> ParsedPage:
    """Parse a page and find the element that holds its post.

    Args:
        html: the body of the answer, content coding taken off.
        url: where the page was fetched.
        headers: the HTTP headers of the answer.
        hints: what the place says where the URL was found.
    """
    tree = parse_html(html, headers)
    _free_prose(tree)
    _open_panels(tree)
    head = read_head(tree)
    titles = title_forms(head, hints or Hints())
    prose = page_prose(tree)
    container = find_container(tree, titles, prose)
    if container is None:
        container = find_container_by_position(tree, titles, prose)
    comments = tuple(find_comment_items(tree))
    return ParsedPage(tree, url, head, titles, prose, container, comments)


def _free_prose(tree: _Element) -> None:
    """Make a plain box of each menu, form or button that holds most of the page's paragraphs.

    Some systems wrap the whole page in a form; a `<nav>` that is never closed swallows the post.
    """
    held: Counter[_Element] = Counter()
    total = 0
    for paragraph in tree.iter("p"):
        length = count_letters(inline_text(paragraph))
        if length >= PROSE_LENGTH:
            total += length
            held.update(dict.fromkeys(paragraph.iterancestors(*_SKIPPED_BOXES), length))
    for box, length in held.items():
        if 2 * length > total:
            box.tag = "div"


def _open_panels(tree: _Element) -> None:
    """Show what a button in a heading opens: so ARIA has the parts of a text that fold.

    See https://www.w3.org/WAI/ARIA/apg/patterns/accordion/.
    """
    opened: set[str] = set()
    for heading in tree.iter(*_HEADINGS):
        for button in heading.findall(".//button"):
            opened.update(button.get("aria-controls", "").split())
            if button.get("aria-controls") or inline_text(heading) == inline_text(button):
                button.tag = "span"  # the heading's own text, and no link beside it
    if not opened:
        return
    for element in tree.iter("*"):
        if element.get("id") in opened:
            for name in _HIDING:
                element.attrib.pop(name, "")

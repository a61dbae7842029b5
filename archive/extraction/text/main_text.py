"""The text of a post: all of it, and nothing else of the page.

Where structure says which element holds the post, that element is cut free of the furniture in it.
What is made of that: `text_choice`. Where nothing tells, trafilatura is asked, which costs most.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml.etree import _Element, tostring

from archive.extraction.structure.container import Container, Mark
from archive.extraction.structure.furniture import find_furniture, fold
from archive.extraction.structure.narrowing import narrow
from archive.extraction.structure.position import find_body
from archive.extraction.tree.blocks import text_blocks
from archive.extraction.tree.page_blocks import Cut

_HTML_TAGS = {
    "head": "h2", "list": "ul", "item": "li", "quote": "blockquote", "row": "tr", "cell": "td",
    "lb": "br", "hi": "span", "ref": "span", "del": "span", "graphic": "img",
}  # fmt: skip


def write_cut(cut: Cut) -> str:
    """Write what a cut keeps: its blocks parted by blank lines."""
    return "\n\n".join(text_blocks(cut.root, cut.dropped, cut.muted))


def read_main_text(tree: _Element, cut: Cut | None, titles: frozenset[str]) -> tuple[str, str]:
    """Write the text of the post: its blocks parted by blank lines; and say who found it.

    Args:
        tree: the page; it is left as it is.
        cut: what of the page is the post; None where nothing tells, so that trafilatura is asked.
        titles: the title in the forms that are known, folded; a heading with it is left out.
    """
    if cut is not None:
        return write_cut(cut), cut.source
    return _by_trafilatura(tree, titles), "trafilatura"


def cut_by_structure(
    container: Container, titles: frozenset[str], comments: Iterable[_Element]
) -> Cut:
    """Cut the furniture and the readers' comments out of the container."""
    element = container.element
    dropped = find_furniture(element, titles)
    dropped.update(comments)
    if container.mark >= Mark.PLATFORM:
        element = narrow(element, dropped)
        body = None if container.title is None else find_body(element, container.title, dropped)
        if body is not None:
            element = body.element
            dropped.update(body.dropped)
    return Cut(element, frozenset(dropped), frozenset(), "structure")


def _by_trafilatura(tree: _Element, titles: frozenset[str]) -> str:
    from trafilatura import bare_extraction  # half a second to import: only where it is needed

    page = tostring(tree, encoding="unicode", method="html")
    document = bare_extraction(page, include_comments=False, include_tables=True)
    if document is None or document.body is None:
        return ""
    blocks = text_blocks(_as_html(document.body))
    if blocks and fold(blocks[0]) in titles:
        del blocks[0]
    return "\n\n".join(blocks)


def _as_html(body: _Element) -> _Element:
    """Rename trafilatura's elements to those of HTML."""
    for element in body.iter("*"):
        if element.tag == "code":
            element.tag = "pre" if "\n" in "".join(map(str, element.itertext())) else "code"
        elif element.tag in _HTML_TAGS:  # broken pages have names that may not be set again
            element.tag = _HTML_TAGS[element.tag]
    return body

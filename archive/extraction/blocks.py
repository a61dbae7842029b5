"""From an element to plain text: the blocks that a reader sees, in order.

Paragraphs, headings, captions and quotations become paragraphs parted by a blank line; list items
lines that begin with ``- ``, indented as they are nested; rows of a table lines with tabs between
the cells; preformatted text keeps its lines and spaces. Marks that stand for a link (the number of
a footnote, a pilcrow beside a heading) are no text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml.etree import _Element

SKIPPED_TAGS = frozenset({
    "annotation", "annotation-xml", "audio", "button", "canvas", "datalist", "dialog", "embed",
    "form", "head", "iframe", "input", "label", "map", "menu", "meter", "nav", "noscript",
    "object", "option", "progress", "rp", "script", "select", "style", "svg", "template",
    "textarea", "video",
})  # fmt: skip
"""Elements whose text a reader of the post does not read as text of the post."""

BLOCK_TAGS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "ol", "p",
    "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
"""Elements that begin a block of their own."""

PROSE_LENGTH = 80
"""Characters; what is shorter may be a caption, a byline, a button."""

_LISTS = frozenset({"ul", "ol", "dir"})
_SPACES = re.compile(r"[ \t\n\r\f\u00a0\u200b\ufeff]+")
_AROUND_BREAK = re.compile(r" *\n *")
_PARAGRAPH_BREAK = re.compile(r"\n{2,}")
_MARK = re.compile(r"^[\W_]*$|^[\[(]?(?:\d{1,3}|[a-z*†‡])[\])]?$")
_GUTTER = frozenset({"gutter", "lineno", "linenos", "line-numbers", "lnt", "rouge-gutter"})
_BREAK = "\u2028"


@dataclass(slots=True)
class _Writer:
    """Collects inline text into blocks; every block is finished text."""

    blocks: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    dropped: frozenset[_Element] = frozenset()
    muted: frozenset[_Element] = frozenset()
    tight: bool = False  # the next block follows the last one without a blank line

    def flush(self) -> None:
        if not self.inline:
            return
        text = _tidy("".join(self.inline))
        self.inline.clear()
        for paragraph in _PARAGRAPH_BREAK.split(text):
            if paragraph:
                self.add(paragraph)

    def add(self, text: str) -> None:
        if self.tight and self.blocks:
            self.blocks[-1] += "\n" + text
        else:
            self.blocks.append(text)


def text_blocks(
    root: _Element,
    dropped: frozenset[_Element] = frozenset(),
    muted: frozenset[_Element] = frozenset(),
) -> list[str]:
    """Write an element as blocks of text.

    Args:
        root: the element; its own tail is not written.
        dropped: elements inside it that are left out with all they hold.
        muted: elements of which the text is left out, but not the blocks inside of them.

    Returns:
        The blocks, none of them empty; a list or a table is one block.
    """
    writer = _Writer(dropped=dropped, muted=muted)
    _write_children(root, writer)
    writer.flush()
    return writer.blocks


def inline_text(element: _Element) -> str:
    """Give all text of an element on one line, white space folded."""
    return " ".join("".join(map(str, element.itertext())).split())


def is_prose(element: _Element) -> bool:
    """Tell whether an element is a paragraph, or holds the text of one without marking it."""
    if element.tag in ("p", "blockquote", "pre"):
        return len(inline_text(element)) >= PROSE_LENGTH
    return len((element.text or "").strip()) >= PROSE_LENGTH


def heading_text(heading: _Element) -> str:
    """Give the text of a heading on one line, without the marks that link to it."""
    return " ".join(" ".join(text_blocks(heading)).split())


def _tidy(text: str) -> str:
    """Fold white space; a `_BREAK` becomes a line break."""
    folded = _SPACES.sub(" ", text).replace(_BREAK, "\n")
    return _AROUND_BREAK.sub("\n", folded).strip()


def _write_children(element: _Element, writer: _Writer) -> None:
    if element in writer.muted:
        _write_blocks_inside(element, writer)
        return
    if element.text:
        writer.inline.append(element.text)
    for child in element:
        if child not in writer.dropped:
            _write(child, writer)
        elif child.tag in BLOCK_TAGS:
            writer.flush()
        if child.tail:
            writer.inline.append(child.tail)


def _write_blocks_inside(element: _Element, writer: _Writer) -> None:
    for child in element:
        if child in writer.dropped or child.tag in SKIPPED_TAGS:
            continue
        if child.tag in BLOCK_TAGS:
            _write(child, writer)
        else:
            _write_blocks_inside(child, writer)


def _write(element: _Element, writer: _Writer) -> None:
    tag = element.tag
    if tag == "br":
        writer.inline.append(_BREAK)
    elif tag in SKIPPED_TAGS or not isinstance(tag, str):
        if tag in ("form", "nav"):
            writer.flush()
    elif tag not in BLOCK_TAGS:
        if not _is_mark(element):
            _write_children(element, writer)
    else:
        writer.flush()
        _write_block(element, tag, writer)
        writer.flush()


def _write_block(element: _Element, tag: str, writer: _Writer) -> None:
    if tag == "pre":
        _add_preformatted(element, writer)
    elif tag == "table":
        _write_table(element, writer)
    elif tag in _LISTS:
        _write_list(element, writer)
    elif tag == "dl":
        _write_tight(element, writer)
    else:
        _write_children(element, writer)


def _write_tight(element: _Element, writer: _Writer) -> None:
    """Write children as lines of one block."""
    blocks, outer = writer.blocks, writer.tight
    writer.blocks, writer.tight = [], True
    _write_children(element, writer)
    writer.flush()
    inner, writer.blocks, writer.tight = writer.blocks, blocks, outer
    if inner:
        writer.add("\n".join(inner))


def _write_list(element: _Element, writer: _Writer) -> None:
    lines: list[str] = []
    for child in element:
        if child in writer.dropped or not isinstance(child.tag, str):
            continue
        item = _Writer(dropped=writer.dropped, muted=writer.muted, tight=True)
        if child.tag in BLOCK_TAGS and child.tag not in _LISTS:
            _write_children(child, item)
        else:
            _write(child, item)
        item.flush()
        text = "\n".join(item.blocks)
        if text:
            mark = "  " if child.tag in _LISTS else "- "
            lines.append(mark + text.replace("\n", "\n  "))
    if lines:
        writer.add("\n".join(lines))


def _write_table(table: _Element, writer: _Writer) -> None:
    """A table of data becomes rows; one that only places blocks is written as its blocks."""
    code = table.find(".//pre")
    rows = [row for row in table.iter("tr") if _owner(row, "table") is table]
    cells = [[c for c in row if c.tag in ("td", "th") and c not in writer.dropped] for row in rows]
    caption = table.find("caption")
    if caption is not None and caption not in writer.dropped:
        _write(caption, writer)
    if code is not None or _places_blocks(table, cells):
        for row in cells:
            for cell in row:
                if not _is_gutter(cell):
                    writer.flush()
                    _write_children(cell, writer)
        return
    lines = ["\t".join(_cell_text(cell, writer.dropped) for cell in row) for row in cells]
    block = "\n".join(line for line in lines if line.strip())
    if block:
        writer.add(block)


def _places_blocks(table: _Element, cells: list[list[_Element]]) -> bool:
    """Whether a table has no data: one column, a table inside, or a cell of several paragraphs."""
    if max(map(len, cells), default=0) < 2 or table.find(".//table") is not None:
        return True
    return any(len(cell.findall(".//p")) > 1 for row in cells for cell in row)


def _cell_text(cell: _Element, dropped: frozenset[_Element]) -> str:
    return " ".join(" ".join(text_blocks(cell, dropped)).split())


def _owner(element: _Element, tag: str) -> _Element | None:
    return next(element.iterancestors(tag), None)


def _add_preformatted(element: _Element, writer: _Writer) -> None:
    parts: list[str] = []
    _collect_preformatted(element, parts, writer.dropped)
    text = "".join(parts).replace("\r\n", "\n").replace("\u00a0", " ")
    lines = [line.rstrip() for line in text.split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    if lines:
        writer.add("\n".join(lines))


def _collect_preformatted(
    element: _Element, parts: list[str], dropped: frozenset[_Element]
) -> None:
    if element.text:
        parts.append(element.text)
    for child in element:
        if child.tag == "br":
            parts.append("\n")
        elif child.tag not in SKIPPED_TAGS and child not in dropped and not _is_gutter(child):
            _collect_preformatted(child, parts, dropped)
        if child.tail:
            parts.append(child.tail)


def _is_gutter(element: _Element) -> bool:
    """Line numbers beside code, as highlighters write them."""
    return not _GUTTER.isdisjoint((element.get("class") or "").split())


def _is_mark(element: _Element) -> bool:
    """A link inside the page whose text is only a sign: footnote number, back link, pilcrow."""
    if element.tag == "sup":
        return len(element) == 1 and not (element.text or "").strip() and _is_mark(element[0])
    if element.tag != "a":
        return False
    href = element.get("href") or ""
    if "#" not in href:
        return False
    return bool(_MARK.match(inline_text(element)))

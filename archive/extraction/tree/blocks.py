"""From an element to plain text: the blocks that a reader sees, in order.

Paragraphs, headings, captions and quotations become paragraphs parted by a blank line; list items
lines that begin with ``- ``, indented as they are nested; rows of a table lines with tabs between
the cells; preformatted text keeps its lines and spaces. Marks that stand for a link (the number of
a footnote, a pilcrow beside a heading) are no text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.etree import _Element

from archive.extraction.tree.letters import count_letters
from archive.extraction.tree.tables import places_blocks, table_cells

SKIPPED_TAGS = frozenset({
    "annotation", "annotation-xml", "audio", "button", "canvas", "datalist", "dialog", "embed",
    "form", "head", "iframe", "input", "label", "map", "menu", "meter", "nav", "noscript",
    "object", "option", "progress", "script", "select", "style", "svg", "template",
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
"""Letters, as `count_letters` counts; what is shorter may be a caption, a byline, a button."""

LIST_TAGS = frozenset({"ul", "ol", "dir"})
"""Elements whose children are items."""

SHAPED_TAGS = frozenset({"pre", "table", "dl", *LIST_TAGS})
"""Elements that give what stands in them a form: lines, items, rows."""

BREAK = "\u2028"
"""What stands for a `<br>` in text that is not tidy yet."""

SPACES = re.compile(r"[ \t\n\r\f\u00a0\u200b\ufeff]+")
_AROUND_BREAK = re.compile(r" *\n *")
_PARAGRAPH_BREAK = re.compile(r"\n{2,}")
_MARK = re.compile(r"^[\W_]*$|^[\[(]?(?:\d{1,3}|[a-z*†‡])[\])]?$")
_GUTTER = frozenset({"gutter", "lineno", "linenos", "line-numbers", "lnt", "rouge-gutter"})


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
    writer = BlockWriter(dropped, muted)
    writer.write_root(root)
    return writer.blocks


def inline_text(element: _Element) -> str:
    """Give all text of an element on one line, white space folded."""
    return " ".join("".join(map(str, element.itertext())).split())


def is_prose(element: _Element) -> bool:
    """Tell whether an element is a paragraph, or holds the text of one without marking it."""
    if element.tag in ("p", "blockquote", "pre"):
        return count_letters(inline_text(element)) >= PROSE_LENGTH
    return count_letters((element.text or "").strip()) >= PROSE_LENGTH


def heading_text(heading: _Element, dropped: frozenset[_Element] = frozenset()) -> str:
    """Give the text of a heading, or a cell, on one line, without the marks that link to it."""
    return " ".join(" ".join(text_blocks(heading, dropped)).split())


class BlockWriter:
    """Walks over elements, and collects their text as blocks.

    Args:
        dropped: as for `text_blocks`.
        muted: as for `text_blocks`.
        is_tight: the next block follows the last one without a blank line.
    """

    __slots__ = ("_inline", "_is_tight", "blocks", "dropped", "muted")

    def __init__(
        self, dropped: frozenset[_Element], muted: frozenset[_Element], *, is_tight: bool = False
    ) -> None:
        self.dropped = dropped
        self.muted = muted
        self.blocks: list[str] = []
        self._inline: list[str] = []
        self._is_tight = is_tight

    def flush(self) -> None:
        """End the block at hand."""
        if not self._inline:
            return
        text = _tidy("".join(self._inline))
        self._inline.clear()
        for paragraph in _PARAGRAPH_BREAK.split(text):
            if paragraph:
                self._add(paragraph)

    def write_root(self, root: _Element) -> None:
        """Write an element to the end; of a list, a table or code its form too, as of any other."""
        if root.tag in SHAPED_TAGS:
            self.write(root)
        else:
            self.write_children(root)
        self.flush()

    def write_children(self, element: _Element) -> None:
        """Write what stands inside an element."""
        if element in self.muted:
            self._write_blocks_inside(element)
            return
        if element.text:
            self._inline.append(element.text)
        for child in element:
            if child not in self.dropped:
                self.write(child)
            elif child.tag in BLOCK_TAGS:
                self.flush()
            if child.tail:
                self._inline.append(child.tail)

    def write(self, element: _Element) -> None:
        """Write an element, without its tail."""
        tag = element.tag
        if tag == "br":
            self._inline.append(BREAK)
        elif tag in SKIPPED_TAGS or not isinstance(tag, str):
            self._pass_over(element, tag)
        elif tag not in BLOCK_TAGS:
            if is_mark(element):
                self._pass_mark(element)
            else:
                self._write_inline(element, tag)
        else:
            self.flush()
            self._write_block(element, tag)
            self.flush()

    def _add(self, text: str) -> None:
        if self._is_tight and self.blocks:
            self.blocks[-1] += "\n" + text
        else:
            self.blocks.append(text)

    def _pass_over(self, element: _Element, tag: object) -> None:
        if tag in ("form", "nav"):
            self.flush()

    def _pass_mark(self, mark: _Element) -> None:
        """A mark is no text."""

    def _write_inline(self, element: _Element, tag: str) -> None:
        self.write_children(element)

    def _write_block(self, element: _Element, tag: str) -> None:
        if tag == "pre":
            self._write_preformatted(element)
        elif tag == "table":
            self._write_table(element)
        elif tag in LIST_TAGS:
            self._write_list(element)
        elif tag == "dl":
            self._write_tight(element)
        else:
            self.write_children(element)

    def _write_blocks_inside(self, element: _Element) -> None:
        for child in element:
            if child in self.dropped or child.tag in SKIPPED_TAGS:
                continue
            if child.tag in BLOCK_TAGS:
                self.write(child)
            else:
                self._write_blocks_inside(child)

    def _write_preformatted(self, element: _Element) -> None:
        if text := preformatted_text(element, self.dropped):
            self._add(text)

    def _write_tight(self, element: _Element) -> None:
        """Write children as lines of one block."""
        blocks, outer = self.blocks, self._is_tight
        self.blocks, self._is_tight = [], True
        self.write_children(element)
        self.flush()
        inner, self.blocks, self._is_tight = self.blocks, blocks, outer
        if inner:
            self._add("\n".join(inner))

    def _write_list(self, element: _Element) -> None:
        lines: list[str] = []
        for child in self._items(element):
            item = BlockWriter(self.dropped, self.muted, is_tight=True)
            item.write_item(child)
            text = "\n".join(item.blocks)
            if text:
                mark = "  " if child.tag in LIST_TAGS else "- "
                lines.append(mark + text.replace("\n", "\n  "))
        if lines:
            self._add("\n".join(lines))

    def _items(self, element: _Element) -> Iterator[_Element]:
        return (c for c in element if c not in self.dropped and isinstance(c.tag, str))

    def write_item(self, child: _Element) -> None:
        """Write one child of a list, to the end."""
        if child.tag in BLOCK_TAGS and child.tag not in LIST_TAGS:
            self.write_children(child)
        else:
            self.write(child)
        self.flush()

    def _write_table(self, table: _Element) -> None:
        """A table of data becomes rows; one that only places blocks is written as its blocks."""
        cells = table_cells(table, self.dropped)
        caption = table.find("caption")
        if caption is not None and caption not in self.dropped:
            self.write(caption)
        if not places_blocks(table, cells):
            self._write_rows(cells)
            return
        for row in cells:
            for cell in row:
                if not _is_gutter(cell):
                    self.flush()
                    self.write_children(cell)

    def _write_rows(self, rows: list[list[_Element]]) -> None:
        lines = ["\t".join(heading_text(cell, self.dropped) for cell in row) for row in rows]
        block = "\n".join(line for line in lines if line.strip())
        if block:
            self._add(block)


def _tidy(text: str) -> str:
    """Fold white space; a `BREAK` becomes a line break."""
    folded = SPACES.sub(" ", text).replace(BREAK, "\n")
    return _AROUND_BREAK.sub("\n", folded).strip()


def preformatted_text(element: _Element, dropped: frozenset[_Element]) -> str:
    """Give the text of a `<pre>` with its lines and spaces, without blank lines around it."""
    parts: list[str] = []
    _collect_preformatted(element, parts, dropped)
    text = "".join(parts).replace("\r\n", "\n").replace("\u00a0", " ")
    lines = [line.rstrip() for line in text.split("\n")]
    return "\n".join(lines).strip("\n")


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


def is_mark(element: _Element) -> bool:
    """A link inside the page whose text is only a sign: footnote number, back link, pilcrow."""
    if element.tag == "sup":
        return len(element) == 1 and not (element.text or "").strip() and is_mark(element[0])
    if element.tag != "a":
        return False
    href = element.get("href") or ""
    if "#" not in href:
        return False
    return bool(_MARK.match(inline_text(element)))

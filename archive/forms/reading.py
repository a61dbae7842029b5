"""From the kept part of a page to its text with structure.

The walk over the elements is the one that writes the plain text (`archive.extraction.tree.blocks`),
so that each word of the one is in the other; here what the elements mean is taken down as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element

from archive.extraction.tree.blocks import (
    LIST_TAGS,
    SHAPED_TAGS,
    BlockWriter,
    is_mark,
    preformatted_text,
)
from archive.forms.folding import fold_paragraphs
from archive.forms.parts import (
    Caption,
    Cell,
    DefinitionList,
    Figure,
    Heading,
    Item,
    ItemList,
    Media,
    MediaKind,
    NoteMark,
    Paragraph,
    Part,
    Parts,
    Piece,
    Preformatted,
    Quotation,
    Rule,
    Run,
    Style,
    StyleName,
    Table,
    Term,
)

_STYLES: dict[str, StyleName] = {
    "em": "emphasis", "i": "emphasis", "cite": "emphasis", "dfn": "emphasis", "var": "emphasis",
    "strong": "strong", "b": "strong", "code": "code", "kbd": "code", "samp": "code", "tt": "code",
    "sup": "superscript", "sub": "subscript", "del": "deleted", "s": "deleted",
    "strike": "deleted", "mark": "highlighted",
}  # fmt: skip
_MEDIA: dict[object, MediaKind] = {
    "img": "image", "video": "video", "audio": "audio", "iframe": "frame",
}  # fmt: skip
_LAZY = ("data-src", "data-lazy-src", "data-original", "src")
_HEADING = re.compile(r"h([1-6])")
_LANGUAGE = re.compile(r"(?:^|\s)(?:lang(?:uage)?-|highlight-source-|brush:\s*)([\w+#.-]{1,30})")
_NAME = re.compile(r"[\w+#.-]{1,30}")
_WRAPPERS: dict[str, Callable[[Parts], Part]] = {
    "blockquote": Quotation, "figure": Figure, "figcaption": Caption, "caption": Caption,
    "dt": Term, "dl": DefinitionList,
}  # fmt: skip
_MAX_URL_LENGTH = 2_000


def read_structure(
    root: _Element,
    dropped: frozenset[_Element] = frozenset(),
    muted: frozenset[_Element] = frozenset(),
    *,
    url: str = "",
) -> Parts:
    """Read an element as text with structure.

    Args:
        root: the element; its own tail is no part of it.
        dropped: elements inside it that are left out with all they hold.
        muted: elements of which the text is left out, but not the blocks inside of them.
        url: of the page; addresses are resolved against it.
    """
    targets = frozenset(_fragment(link) for link in root.iter("a") if is_mark(link))
    reader = _StructureReader(dropped, muted, url=url, targets=targets)
    reader.write_root(root)
    return tuple(reader.parts)


class _Sign(str):
    """Stands between the pieces of inline text, and is no text itself."""

    __slots__ = ("value",)
    value: Style | Media | NoteMark | None  # None: the innermost style ends

    def __new__(cls, value: Style | Media | NoteMark | None) -> _Sign:
        sign = super().__new__(cls, "")
        sign.value = value
        return sign


class _StructureReader(BlockWriter):
    """Collects parts instead of blocks of text."""

    __slots__ = ("_heading", "_identifier", "_open", "_targets", "_url", "parts")

    def __init__(
        self,
        dropped: frozenset[_Element],
        muted: frozenset[_Element],
        *,
        url: str,
        targets: frozenset[str],
    ) -> None:
        super().__init__(dropped, muted)
        self.parts: list[Part] = []
        self._url = url
        self._targets = targets  # of the marks in the text
        self._open: list[Style] = []  # an inline element may go on over several blocks
        self._heading = 0
        self._identifier: str | None = None

    def flush(self) -> None:
        if not self._inline:
            return
        paragraphs = fold_paragraphs(self._styled(self._inline))
        self._inline.clear()
        for pieces in paragraphs:
            if self._heading:
                self.parts.append(Heading(self._heading, pieces))
            else:
                self.parts.append(Paragraph(pieces, self._identifier))
            self._identifier = None

    def _styled(self, inline: Iterable[str]) -> Iterator[Piece]:
        for text in inline:
            if not isinstance(text, _Sign):
                yield Run(text, tuple(self._open))
            elif isinstance(text.value, Style):
                self._open.append(text.value)
            elif isinstance(text.value, Media):
                media = text.value
                yield Media(media.kind, media.address, media.description, tuple(self._open))
            elif text.value is None:
                self._open.pop()
            else:
                yield text.value

    def _pass_over(self, element: _Element, tag: object) -> None:
        super()._pass_over(element, tag)
        self._take_media(element)

    def _pass_mark(self, mark: _Element) -> None:
        self._note_identifier(mark)
        link = mark if mark.tag == "a" else mark[0]
        if fragment := _fragment(link):
            self._inline.append(_Sign(NoteMark(fragment)))

    def _write_inline(self, element: _Element, tag: str) -> None:
        self._note_identifier(element)
        style = self._style(element, tag)
        self._take_media(element)
        if style is None:
            self.write_children(element)
            return
        self._inline.append(_Sign(style))
        self.write_children(element)
        self._inline.append(_Sign(None))

    def _write_block(self, element: _Element, tag: str) -> None:
        # No method more than the plain writer has: each is a frame for each level of nesting.
        self._note_identifier(element)
        if tag == "hr":
            self.parts.append(Rule())
        elif tag in _WRAPPERS:
            outer, self.parts = self.parts, []
            self.write_children(element)
            self.flush()
            inner, self.parts = self.parts, outer
            if inner:
                self.parts.append(self._wrapped(element, tag, tuple(inner)))
        elif heading := _HEADING.fullmatch(tag):
            level, self._heading = self._heading, int(heading[1])
            self.write_children(element)
            self.flush()
            self._heading = level
        elif tag in SHAPED_TAGS:
            super()._write_block(element, tag)
        else:
            self.write_children(element)

    def _wrapped(self, element: _Element, tag: str, parts: Parts) -> Part:
        if tag == "blockquote":
            return Quotation(parts, self._address(element.get("cite")))
        return _WRAPPERS[tag](parts)

    def _write_preformatted(self, element: _Element) -> None:
        text = preformatted_text(element, self.dropped)
        if not text:
            return
        names = (element.get("class") or "").split()
        is_verse = "wp-block-verse" in names or "verse" in names
        self.parts.append(Preformatted(text, _language(element), is_verse))

    def _write_list(self, element: _Element) -> None:
        items: list[Item] = []
        for child in self._items(element):
            self._note_identifier(child)
            reader = self._apart()
            reader.write_item(child)
            if reader.parts:
                items.append(Item(tuple(reader.parts), child.tag not in LIST_TAGS))
        if items:
            start = element.get("start") or ""
            first = int(start) if start.isascii() and start.isdigit() and len(start) < 8 else 1
            self.parts.append(ItemList(tuple(items), element.tag == "ol", first))

    def _write_rows(self, rows: list[list[_Element]]) -> None:
        table = tuple(tuple(map(self._cell, row)) for row in rows if row)
        if any(cell.parts for row in table for cell in row):
            self.parts.append(Table(table))

    def _cell(self, element: _Element) -> Cell:
        reader = self._apart()
        reader.muted = frozenset()  # a row is one block: none of its text is left out by itself
        reader.write_children(element)
        reader.flush()
        return Cell(tuple(reader.parts), element.tag == "th")

    def _apart(self) -> _StructureReader:
        """Make a reader that begins with no style, no heading, and parts of its own."""
        reader = _StructureReader(self.dropped, self.muted, url=self._url, targets=self._targets)
        reader._identifier, self._identifier = self._identifier, None
        return reader

    def _note_identifier(self, element: _Element) -> None:
        if self._identifier is None and element.get("id") in self._targets:
            self._identifier = element.get("id")

    def _style(self, element: _Element, tag: str) -> Style | None:
        if tag == "a":
            target = self._address(element.get("href"), ("http", "https", "mailto"))
            return None if target is None else Style("link", target)
        name = _STYLES.get(tag)
        return None if name is None else Style(name)

    def _take_media(self, element: _Element) -> None:
        kind = _MEDIA.get(element.tag)
        if kind is None or _is_pixel(element):
            return
        nested = (source.get("src") for source in element.iterfind("source"))
        named = (element.get(name) for name in _LAZY)
        for address in filter(None, map(self._address, (*named, *nested))):
            text = element.get("alt") or element.get("title") or ""
            media = Media(kind, address, " ".join(text.split()))
            self._inline.append(_Sign(media))
            return

    def _address(
        self, reference: str | None, schemes: tuple[str, ...] = ("http", "https")
    ) -> str | None:
        """The absolute address that a reference leads to; None for one of another scheme."""
        if not reference or len(reference) > _MAX_URL_LENGTH:
            return None
        try:
            address = urljoin(self._url, "".join(reference.split()))
            return address if urlsplit(address).scheme in schemes else None
        except ValueError:  # an address that is none: "http://["
            return None


def _fragment(link: _Element) -> str:
    return (link.get("href") or "").partition("#")[2]


def _is_pixel(element: _Element) -> bool:
    """Whether a picture is there to be counted, not to be seen."""
    return element.get("width") in ("0", "1") or element.get("height") in ("0", "1")


def _language(element: _Element) -> str | None:
    """The programming language that a `<pre>`, the code in it, or a box around it names."""
    near = [element, *element.iterfind("code"), *islice(element.iterancestors(), 2)]
    for candidate in near:
        if named := candidate.get("data-lang") or candidate.get("data-language"):
            return named if _NAME.fullmatch(named) else None
        if found := _LANGUAGE.search(candidate.get("class") or ""):
            return found[1]
    return None

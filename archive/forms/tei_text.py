"""The text of an article as elements of TEI: divisions by headings, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from lxml.etree import _Element

from archive.forms.parts import (
    Caption,
    DefinitionList,
    Figure,
    Heading,
    ItemList,
    Media,
    Paragraph,
    Part,
    Parts,
    Piece,
    Preformatted,
    Quotation,
    Rule,
    Table,
    Term,
)
from archive.forms.tei_elements import XML_ID, XML_SPACE, add, add_block, add_text
from archive.forms.tei_pieces import write_media, write_pieces

_STANZAS = re.compile(r"\n{2,}")


class TeiTextWriter:
    """Writes parts into an element.

    Args:
        notes: numbers of the notes by their identifiers, as `find_notes` gives them.
    """

    def __init__(self, notes: Mapping[str, int]) -> None:
        self._notes = notes
        self._written_notes: set[int] = set()

    def write_divisions(self, parent: _Element, parts: Parts) -> None:
        """Write parts; each heading begins a division inside of that of a higher heading."""
        divisions = [(0, parent)]
        for group in _captioned(parts):
            heading = group[0]
            if isinstance(heading, Heading):
                while divisions[-1][0] >= heading.level:
                    divisions.pop()
                division = add_block(divisions[-1][1], "div")
                divisions.append((heading.level, division))
                self._write_pieces(add_block(division, "head"), heading.pieces)
            else:
                self._write_group(divisions[-1][1], group)

    def _write_all(self, parent: _Element, parts: Parts) -> None:
        for group in _captioned(parts):
            self._write_group(parent, group)

    def _write_group(self, parent: _Element, group: Parts) -> None:
        if isinstance(group[-1], Table):
            self._write_table(parent, group[-1], group[:-1])
        else:
            self._write_part(parent, group[0])

    def _write_part(self, parent: _Element, part: Part) -> None:
        match part:
            case Paragraph():
                self._write_paragraph(parent, part)
            case Heading():
                label = add_block(parent, "label", type="heading", n=str(part.level))
                self._write_pieces(label, part.pieces)
            case Preformatted():
                _write_preformatted(parent, part)
            case Quotation():
                quote = add_block(parent, "quote")
                if part.source:
                    quote.set("source", part.source)
                self._write_all(quote, part.parts)
            case Figure():
                self._write_figure(parent, part)
            case ItemList():
                self._write_list(parent, part)
            case DefinitionList():
                self._write_glossary(parent, part)
            case Caption() | Term():
                self._write_all(parent, part.parts)
            case Rule():
                add_block(parent, "milestone", unit="section", rend="rule")
            case Table():
                self._write_table(parent, part, ())

    def _write_paragraph(self, parent: _Element, paragraph: Paragraph) -> None:
        number = self._notes.get(paragraph.identifier or "")
        if number is not None and number not in self._written_notes:
            self._written_notes.add(number)
            parent = add_block(parent, "note", n=str(number))
            parent.set(XML_ID, f"note-{number}")
        media = [piece for piece in paragraph.pieces if isinstance(piece, Media)]
        if len(media) == len(paragraph.pieces) and all(m.kind != "frame" for m in media):
            for picture in media:
                write_media(add_block(parent, "figure"), picture, "figDesc")
        else:
            self._write_pieces(add_block(parent, "p"), paragraph.pieces)

    def _write_figure(self, parent: _Element, figure: Figure) -> None:
        element = add_block(parent, "figure")
        for part in figure.parts:
            match part:
                case Caption():
                    self._write_heads(element, part.parts)
                case Paragraph() if all(isinstance(p, Media) for p in part.pieces):
                    for piece in part.pieces:
                        if isinstance(piece, Media) and piece.kind != "frame":
                            write_media(element, piece, "figDesc")
                        else:
                            self._write_pieces(add_block(element, "p"), (piece,))
                case Heading():
                    self._write_heads(element, (part,))
                case _:
                    self._write_part(element, part)

    def _write_heads(self, parent: _Element, parts: Parts) -> None:
        """Write a caption: its paragraphs as heads, what else it has as it is."""
        for part in parts:
            if isinstance(part, Paragraph | Heading):
                self._write_pieces(add_block(parent, "head"), part.pieces)
            elif isinstance(part, Caption):
                self._write_heads(parent, part.parts)
            else:
                self._write_part(parent, part)

    def _write_table(self, parent: _Element, table: Table, captions: Parts) -> None:
        if not all(map(_has_lines_only, captions)):
            self._write_all(parent, captions)
            captions = ()
        columns = max(map(len, table.rows))
        size = {"rows": str(len(table.rows)), "cols": str(columns)}
        element = add_block(parent, "table", **size)
        self._write_heads(element, captions)
        for row in table.rows:
            role = "label" if all(cell.is_header for cell in row) else "data"
            line = add_block(element, "row", role=role)
            for cell in row:
                entry = add_block(line, "cell", role="label" if cell.is_header else "data")
                self._write_item(entry, cell.parts)

    def _write_list(self, parent: _Element, part: ItemList) -> None:
        element = add_block(parent, "list", rend="numbered" if part.is_ordered else "bulleted")
        for number, item in enumerate(part.items, part.start):
            entry = add_block(element, "item")
            if part.is_ordered:
                entry.set("n", str(number))
            self._write_item(entry, item.parts)

    def _write_item(self, entry: _Element, parts: Parts) -> None:
        only = parts[0] if len(parts) == 1 else None
        if isinstance(only, Paragraph) and only.identifier not in self._notes:
            write_pieces(entry, only.pieces, self._notes)
        else:
            self._write_all(entry, parts)

    def _write_glossary(self, parent: _Element, part: DefinitionList) -> None:
        """Write labels and items in turn, as TEI asks for."""
        if not all(_has_lines_only(p) for p in part.parts if isinstance(p, Term)):
            self._write_all(parent, part.parts)
            return
        element = add_block(parent, "list", type="gloss")
        expects_item = False
        for is_term, group in groupby(part.parts, lambda p: isinstance(p, Term)):
            if not is_term:
                if not expects_item:
                    add_block(element, "label")
                self._write_item(add_block(element, "item"), tuple(group))
            else:
                self._write_terms(add_block(element, "label"), group)
            expects_item = is_term
        if expects_item:
            add_block(element, "item")

    def _write_terms(self, label: _Element, terms: Iterable[Part]) -> None:
        lines = [line for term in terms if isinstance(term, Term) for line in term.parts]
        for place, line in enumerate(lines):
            if place:
                add(label, "lb")
            if isinstance(line, Paragraph):
                write_pieces(label, line.pieces, self._notes)

    def _write_pieces(self, parent: _Element, pieces: tuple[Piece, ...]) -> None:
        write_pieces(parent, pieces, self._notes)


def _captioned(parts: Parts) -> Iterator[Parts]:
    """Yield each part by itself, but a table with the captions before it."""
    captions: list[Part] = []
    for part in parts:
        if isinstance(part, Caption):
            captions.append(part)
            continue
        if isinstance(part, Table):
            yield (*captions, part)
        else:
            yield from ((caption,) for caption in captions)
            yield (part,)
        captions.clear()
    yield from ((caption,) for caption in captions)


def _has_lines_only(part: Part) -> bool:
    """Whether a caption or a term has nothing but paragraphs."""
    return isinstance(part, Caption | Term) and all(isinstance(p, Paragraph) for p in part.parts)


def _write_preformatted(parent: _Element, part: Preformatted) -> None:
    if part.is_verse:
        for stanza in _STANZAS.split(part.text):
            group = add_block(parent, "lg", type="stanza")
            for line in stanza.split("\n"):
                add_block(group, "l", line.strip())
        return
    block = add_block(parent, "ab", type="preformatted")
    if part.language:
        block.set("type", "code")
        block = add(block, "code", lang=part.language)
    block.set(XML_SPACE, "preserve")
    add_text(block, part.text)

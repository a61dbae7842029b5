"""The Markdown form: CommonMark with tables, strikethrough and footnotes as GitHub reads them.

Read again by a Markdown parser it has the words of the plain form, in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from archive.forms.markdown_pieces import HARD_BREAK, HTML_BREAK, PieceWriter, escaped
from archive.forms.parts import (
    Caption,
    Cell,
    DefinitionList,
    Figure,
    Heading,
    Item,
    ItemList,
    Paragraph,
    Part,
    Parts,
    Preformatted,
    Quotation,
    Run,
    Style,
    Table,
    Term,
    find_notes,
)

_FENCE = re.compile("`{3,}")
_MAY_FOLLOW = re.compile(r"[-*] |1[.)] ")  # CommonMark 5.3: in the midst of a paragraph
_NOTE_INDENT = "    "
_RULE = "___"  # not dashes or asterisks, which in an item would be read as part of its mark


def write_markdown(parts: Parts) -> str:
    """Write a text as Markdown, without a line feed at its end."""
    return "\n\n".join(_Writer(find_notes(parts)).blocks(parts))


class _Writer:
    def __init__(self, notes: Mapping[str, int]) -> None:
        self._notes = notes
        self._pieces = PieceWriter(notes)
        self._one_line = PieceWriter(notes, is_one_line=True)
        self._in_cell = PieceWriter(notes, is_one_line=True, is_cell=True)

    def blocks(self, parts: Parts) -> list[str]:
        """Write each part as a block of lines."""
        blocks: list[str] = []
        previous: Part | None = None
        has_other_mark = False
        for part in _flat(parts):
            follows_list = isinstance(part, ItemList) and isinstance(previous, ItemList)
            has_other_mark = follows_list and not has_other_mark
            if block := self._block(part, has_other_mark=has_other_mark):
                blocks.append(block)
                previous = part
        return blocks

    def _block(self, part: Part, *, has_other_mark: bool) -> str:
        match part:
            case Paragraph():
                return self._note_start(part) + self._pieces.write(part.pieces)
            case Heading():
                return self._heading(part)
            case Preformatted():
                return _verse(part) if part.is_verse else _fenced(part)
            case Quotation():
                return _prefixed("> ", "> ", "\n\n".join(self.blocks(part.parts)))
            case ItemList():
                return self._list(part, has_other_mark=has_other_mark)
            case Table():
                return self._table(part)
            case _:
                return _RULE

    def _note_start(self, paragraph: Paragraph) -> str:
        number = self._notes.get(paragraph.identifier or "")
        return "" if number is None else f"[^{number}]: "

    def _heading(self, heading: Heading) -> str:
        text = re.sub(r"(?<!\\)#$", r"\\#", self._one_line.write(heading.pieces))
        return f"{'#' * heading.level} {text}" if text else ""

    def _list(self, part: ItemList, *, has_other_mark: bool) -> str:
        lines: list[str] = []
        number, indent = part.start, ""
        for item in part.items:
            text = self._item(item)
            if not text:
                continue
            if _is_note(item, self._notes):
                indent = _NOTE_INDENT
                lines.append(_prefixed("", indent, text))
            elif not item.is_marked and lines:
                lines[-1] += _gap(text) + _prefixed(indent, indent, text)
            else:
                dot = ")" if has_other_mark else "."
                bullet = "* " if has_other_mark else "- "
                mark = f"{number}{dot} " if part.is_ordered else bullet
                indent = " " * len(mark)
                lines.append(_prefixed(mark, indent, text))
                number += 1
        gap = "\n\n" if any(_is_note(item, self._notes) for item in part.items) else "\n"
        return gap.join(lines)

    def _item(self, item: Item) -> str:
        written = ""
        for block in self.blocks(item.parts):
            written += _gap(block) + block if written else block
        return written

    def _table(self, table: Table) -> str:
        rows = [[self._cell(cell) for cell in row] for row in table.rows]
        width = max(map(len, rows))
        if not any(cell.is_header for cell in table.rows[0]):
            rows.insert(0, [])
        padded = [[*row, *[""] * (width - len(row))] for row in rows]
        padded.insert(1, ["---"] * width)
        return "\n".join(f"| {' | '.join(row)} |" for row in padded)

    def _cell(self, cell: Cell) -> str:
        return HTML_BREAK.join(filter(None, self._lines(cell.parts)))

    def _lines(self, parts: Parts) -> Iterator[str]:
        """Write what stands in a cell, each block on a line of its own."""
        for part in _flat(parts):
            match part:
                case Paragraph() | Heading():
                    yield self._in_cell.write(part.pieces)
                case Quotation():
                    yield from self._lines(part.parts)
                case ItemList():
                    for item in part.items:
                        text = HTML_BREAK.join(self._lines(item.parts))
                        yield f"- {text}" if item.is_marked and text else text
                case Preformatted():
                    yield HTML_BREAK.join(map(escaped, part.text.split("\n")))
                case _:
                    pass


def _flat(parts: Parts) -> Iterator[Part]:
    """Dissolve what Markdown has no sign for; terms become strong."""
    for part in parts:
        match part:
            case Figure() | Caption() | DefinitionList():
                yield from _flat(part.parts)
            case Term():
                yield from map(_strong, _flat(part.parts))
            case _:
                yield part


def _strong(part: Part) -> Part:
    if not isinstance(part, Paragraph):
        return part
    strong = Style("strong")
    return replace(
        part,
        pieces=tuple(
            replace(piece, styles=(strong, *piece.styles)) if isinstance(piece, Run) else piece
            for piece in part.pieces
        ),
    )


def _gap(block: str) -> str:
    """What parts a block of an item from the one before: a list may follow on the next line."""
    return "\n" if _MAY_FOLLOW.match(block) else "\n\n"


def _is_note(item: Item, notes: Mapping[str, int]) -> bool:
    first = item.parts[0]
    return isinstance(first, Paragraph) and first.identifier in notes


def _fenced(part: Preformatted) -> str:
    longest = max(map(len, _FENCE.findall(part.text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{part.language or ''}\n{part.text}\n{fence}"


def _verse(part: Preformatted) -> str:
    """Write lines of verse as lines; the space before a line is kept by no-break spaces."""
    stanzas = re.split(r"\n{2,}", part.text)
    return "\n\n".join(map(_stanza, stanzas))


def _stanza(text: str) -> str:
    lines = []
    for line in text.split("\n"):
        verse = line.lstrip(" ")
        indent = "\u00a0" * (len(line) - len(verse))
        lines.append(indent + PieceWriter({}).write((Run(verse),)))
    return HARD_BREAK.join(lines)


def _prefixed(first: str, rest: str, text: str) -> str:
    """Put a mark before the first line of a block, and space or marks before the others."""
    if not text:
        return ""
    head, *lines = text.split("\n")
    return "\n".join([first + head, *((rest + line).rstrip() for line in lines)])

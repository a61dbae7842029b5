"""The plain form: paragraphs parted by blank lines, as an article's `main_text`."""

from __future__ import annotations

from collections.abc import Iterator

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
    Rule,
    Table,
    Term,
    pieces_text,
)


def write_plain(parts: Parts) -> str:
    """Write a text plain; it is what the extraction writes of the same elements."""
    return "\n\n".join(plain_blocks(parts))


def plain_blocks(parts: Parts) -> list[str]:
    """Write each part as a block of text; one without words is left out."""
    return [block for part in parts for block in _blocks(part) if block]


def _blocks(part: Part) -> Iterator[str]:
    match part:
        case Paragraph() | Heading():
            yield pieces_text(part.pieces)
        case Preformatted():
            yield part.text
        case Quotation() | Figure() | Caption() | Term():
            yield from plain_blocks(part.parts)
        case DefinitionList():
            yield "\n".join(plain_blocks(part.parts))
        case ItemList():
            yield "\n".join(filter(None, map(_item, part.items)))
        case Table():
            lines = ("\t".join(map(_cell, row)) for row in part.rows)
            yield "\n".join(line for line in lines if line.strip())
        case Rule():
            pass


def _item(item: Item) -> str:
    text = "\n".join(plain_blocks(item.parts))
    mark = "- " if item.is_marked else "  "
    return mark + text.replace("\n", "\n  ") if text else ""


def _cell(cell: Cell) -> str:
    return " ".join(" ".join(plain_blocks(cell.parts)).split())

"""The text of an article with its structure: what the forms are written from.

A text is a tuple of parts (paragraphs, headings, lists, …); what stands in a paragraph are pieces:
runs of text with their styles, pictures, marks of notes. The words of all runs, in order, are the
words of the plain text; everything else is structure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

StyleName = Literal[
    "emphasis", "strong", "code", "link", "superscript", "subscript", "deleted", "highlighted"
]
MediaKind = Literal["image", "video", "audio", "frame"]


@dataclass(frozen=True, slots=True)
class Style:
    """How a run of text is set off from the text around it."""

    name: StyleName
    target: str | None = None  # of a link: an absolute http(s) or mailto URL


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one style; a line feed in it is a line break."""

    text: str
    styles: tuple[Style, ...] = ()  # the outermost first


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, film, sound or frame that stands at this place of the text."""

    kind: MediaKind
    address: str  # an absolute http(s) URL
    description: str = ""  # its `alt` or `title`; no part of the text
    styles: tuple[Style, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteMark:
    """The place where the text refers to a note; its number is no part of the text."""

    identifier: str  # of the note, as its element's `id`


Piece = Run | Media | NoteMark


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, or text that stands as one."""

    pieces: tuple[Piece, ...]
    identifier: str | None = None  # `id` of its element, where a mark may refer to it


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading."""

    level: int  # 1 to 6
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Preformatted:
    """Text whose lines and spaces matter."""

    text: str
    language: str | None = None  # of a program, as the page names it
    is_verse: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the text, that parts it."""


@dataclass(frozen=True, slots=True)
class Quotation:
    """What is set off as a quotation; an embedded post is one."""

    parts: tuple[Part, ...]
    source: str | None = None  # address that the page gives for it


@dataclass(frozen=True, slots=True)
class Figure:
    """Pictures, code or a table with what is said of them."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Caption:
    """What is said of the figure or of the table that it stands with."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list."""

    parts: tuple[Part, ...]
    is_marked: bool = True  # not where a list stands right inside of a list


@dataclass(frozen=True, slots=True)
class ItemList:
    """A list."""

    items: tuple[Item, ...]
    is_ordered: bool = False
    start: int = 1  # number of the first item


@dataclass(frozen=True, slots=True)
class Term:
    """What is defined, in a list of definitions."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class DefinitionList:
    """Terms, each before what is said of it."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table."""

    parts: tuple[Part, ...]
    is_header: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of data; its caption stands before it."""

    rows: tuple[tuple[Cell, ...], ...]


Part = (
    Paragraph | Heading | Preformatted | Rule | Quotation | Figure | Caption | ItemList | Term
    | DefinitionList | Table
)  # fmt: skip
Parts = tuple[Part, ...]


def pieces_text(pieces: tuple[Piece, ...]) -> str:
    """Give the text of pieces; line breaks are line feeds."""
    return "".join(piece.text for piece in pieces if isinstance(piece, Run))


def nested_styles(piece: Piece) -> tuple[Style, ...]:
    """Give the styles of a piece as they are written: each once, and code innermost.

    In none of the forms can anything else stand inside of code.
    """
    if isinstance(piece, NoteMark):
        return ()
    styles = {style.name: style for style in reversed(piece.styles)}
    nested = [style for style in reversed(styles.values()) if style.name != "code"]
    return (*nested, *(style for style in styles.values() if style.name == "code"))


def inner_parts(part: Part) -> tuple[Parts, ...]:
    """Give the groups of parts that stand inside of a part, in order."""
    match part:
        case Quotation() | Figure() | Caption() | Term() | DefinitionList():
            return (part.parts,)
        case ItemList():
            return tuple(item.parts for item in part.items)
        case _:
            return ()


def find_notes(parts: Parts) -> dict[str, int]:
    """Number the notes of a text: paragraphs that a mark before them refers to.

    Returns:
        The number of each note by its identifier, from 1, in the order of the first marks.
    """
    marked: dict[str | None, None] = {}  # in their order
    notes: set[str] = set()
    for paragraph in _paragraphs(parts):
        if isinstance(paragraph, Paragraph) and (name := paragraph.identifier) in marked:
            notes.add(str(name))
        marks = (p.identifier for p in paragraph.pieces if isinstance(p, NoteMark))
        marked.update(dict.fromkeys(marks))
    return {str(name): number for number, name in enumerate(filter(notes.__contains__, marked), 1)}


def _paragraphs(parts: Parts) -> Iterator[Paragraph | Heading]:
    for part in parts:
        if isinstance(part, Paragraph | Heading):
            yield part
        elif not isinstance(part, Table):  # a cell has no room for a note
            for group in inner_parts(part):
                yield from _paragraphs(group)

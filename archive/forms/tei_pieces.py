"""Pieces of text as elements of TEI: highlighting, references, pictures, line breaks."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from mimetypes import guess_type
from urllib.parse import urlsplit

from lxml.etree import _Element

from archive.forms.parts import Media, Piece, Run, Style, nested_styles
from archive.forms.tei_elements import add, add_text

_RENDITIONS = {
    "emphasis": "italic", "strong": "bold", "superscript": "superscript",
    "subscript": "subscript", "highlighted": "highlighted",
}  # fmt: skip
_Styled = list[tuple[tuple[Style, ...], Piece]]


def write_pieces(parent: _Element, pieces: tuple[Piece, ...], notes: Mapping[str, int]) -> None:
    """Write pieces into an element.

    Args:
        parent: the element.
        pieces: what stands in it.
        notes: numbers of the notes that marks may refer to.
    """
    _write_nested(parent, [(nested_styles(piece), piece) for piece in pieces], 0, notes)


def write_media(parent: _Element, media: Media, description_tag: str) -> None:
    """Write a picture, film or sound, with what the page says that it shows.

    Args:
        parent: where it stands.
        media: what it is.
        description_tag: `figDesc` in a figure, where it stands beside; else it is put inside.
    """
    if media.kind == "frame":
        add(parent, "ptr", type="frame", target=media.address)
        return
    if media.kind == "image":
        element = add(parent, "graphic", url=media.address)
    else:
        kind, _ = guess_type(urlsplit(media.address).path)
        element = add(parent, "media", mimeType=kind or f"{media.kind}/*", url=media.address)
    if media.description:
        around = parent if description_tag == "figDesc" else element
        add(around, description_tag, media.description)


def _write_nested(parent: _Element, pieces: _Styled, depth: int, notes: Mapping[str, int]) -> None:
    """Write pieces that share their first styles; those are the elements around them."""
    for style, group in groupby(pieces, lambda p: p[0][depth] if len(p[0]) > depth else None):
        if style is None:
            for _, piece in group:
                _write_leaf(parent, piece, notes)
        elif style.name == "code":
            _write_code(parent, [piece for _, piece in group], notes)
        else:
            _write_nested(_styled(parent, style), list(group), depth + 1, notes)


def _styled(parent: _Element, style: Style) -> _Element:
    if style.name == "link":
        return add(parent, "ref", target=style.target or "")
    if style.name == "deleted":
        return add(parent, "del")
    return add(parent, "hi", rend=_RENDITIONS[style.name])


def _write_code(parent: _Element, pieces: list[Piece], notes: Mapping[str, int]) -> None:
    """Write code, which holds text only: a line break or a picture parts it in two."""
    for piece in pieces:
        if not isinstance(piece, Run):
            _write_leaf(parent, piece, notes)
            continue
        for place, line in enumerate(piece.text.split("\n")):
            if place:
                add(parent, "lb")
            if line:
                add(parent, "code", line)


def _write_leaf(parent: _Element, piece: Piece, notes: Mapping[str, int]) -> None:
    if isinstance(piece, Run):
        first, *lines = piece.text.split("\n")
        add_text(parent, first)
        for line in lines:
            add(parent, "lb")
            add_text(parent, line)
    elif isinstance(piece, Media):
        write_media(parent, piece, "desc")
    elif number := notes.get(piece.identifier):
        add(parent, "ptr", type="note", target=f"#note-{number}", n=str(number))

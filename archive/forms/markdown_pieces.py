"""Pieces of text in Markdown: escapes, styles, links, pictures.

CommonMark 0.31 with strikethrough, tables and footnotes as GitHub writes them. Where asterisks
around a word would not be read as emphasis (CommonMark 6.2), the HTML element stands instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby

from archive.forms.parts import Media, NoteMark, Piece, Run, Style, nested_styles, pieces_text

_ALWAYS = re.compile(r"[\\`*\[\]<>|~]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
_LINE_START = re.compile(
    r"^(?:(#{1,6}|[-+])(?=\s|$)|([-=])(?=[-=\s]*$)|(:)(?=-)|(\d{1,9})([.)])(?=\s|$))"
)
_SIGNS = {"emphasis": "*", "strong": "**", "deleted": "~~"}
_TAGS = {
    "emphasis": "em", "strong": "strong", "deleted": "del", "superscript": "sup",
    "subscript": "sub", "highlighted": "mark",
}  # fmt: skip
_BACKTICKS = re.compile(r"`+")
_UNSAFE_IN_ADDRESS = re.compile(r"[\s()<>\\]")
HARD_BREAK = "\\\n"
HTML_BREAK = "<br>"


class PieceWriter:
    """Writes pieces as one line or, with hard breaks, as several.

    Args:
        notes: numbers of the notes that marks may refer to.
        is_one_line: a line break is written as HTML, as in headings and cells.
        is_cell: bars in code are escaped: those of a table are found before the code is.
    """

    def __init__(
        self, notes: Mapping[str, int], *, is_one_line: bool = False, is_cell: bool = False
    ) -> None:
        self._notes = notes
        self._break = HTML_BREAK if is_one_line else HARD_BREAK
        self._is_cell = is_cell

    def write(self, pieces: tuple[Piece, ...]) -> str:
        """Write pieces; nothing at the start of a line is read as a mark of a block."""
        seen = (p for p in pieces if not isinstance(p, NoteMark) or p.identifier in self._notes)
        text = self._nested([(nested_styles(piece), piece) for piece in seen], 0)
        lines = text.split(HARD_BREAK)
        return HARD_BREAK.join(_LINE_START.sub(_escaped_start, line) for line in lines)

    def _nested(self, pieces: list[tuple[tuple[Style, ...], Piece]], depth: int) -> str:
        """Write pieces that share their first styles; those are written around them."""
        written = ""
        groups = groupby(pieces, lambda p: p[0][depth] if len(p[0]) > depth else None)
        grouped = [(style, list(group)) for style, group in groups]
        for place, (style, group) in enumerate(grouped):
            after = _first_character(grouped[place + 1]) if place + 1 < len(grouped) else ""
            if style is None:
                leaves = [self._leaf(piece) for _, piece in group]
                written = _joined(written, "".join(leaves))
            elif style.name == "code":
                written += self._code([piece for _, piece in group])
            else:
                inner = self._nested(group, depth + 1)
                written = _joined(written, _styled(style, inner, written[-1:], after))
        return written

    def _code(self, pieces: list[Piece]) -> str:
        text = pieces_text(tuple(pieces))
        code = self._break.join(map(_code_line, text.split("\n")))
        signs = (self._leaf(piece) for piece in pieces if not isinstance(piece, Run))
        return (code.replace("|", "\\|") if self._is_cell else code) + "".join(signs)

    def _leaf(self, piece: Piece) -> str:
        if isinstance(piece, Run):
            return self._break.join(map(escaped, piece.text.split("\n")))
        if isinstance(piece, Media):
            return f"![{escaped(piece.description)}]({_address(piece.address)})"
        return f"[^{self._notes[piece.identifier]}]"


def escaped(text: str) -> str:
    """Escape the characters of a text that Markdown would read as its signs."""
    return _ALWAYS.sub(r"\\\g<0>", text)


def _escaped_start(match: re.Match[str]) -> str:
    *signs, number, dot = match.groups()
    return f"{number}\\{dot}" if number else f"\\{next(filter(None, signs))}"


def _joined(before: str, after: str) -> str:
    """Join two pieces of text; an exclamation mark makes no picture of the link behind it."""
    if before.endswith("!") and after.startswith("["):
        return f"{before[:-1]}\\!{after}"
    return before + after


def _first_character(group: tuple[Style | None, list[tuple[tuple[Style, ...], Piece]]]) -> str:
    style, pieces = group
    first = pieces[0][1]
    if style is not None and style.name in _SIGNS:
        return "*"
    return first.text[:1] if style is None and isinstance(first, Run) else "["


def _styled(style: Style, inner: str, before: str, after: str) -> str:
    if not inner:
        return ""
    if style.name == "link":
        return f"[{inner}]({_address(style.target or '')})"
    sign = _SIGNS.get(style.name)
    if sign and inner[0].isalnum() and inner[-1].isalnum() and {before, after}.isdisjoint("*~_\\"):
        return f"{sign}{inner}{sign}"
    return f"<{_TAGS[style.name]}>{inner}</{_TAGS[style.name]}>"


def _code_line(text: str) -> str:
    if not text:
        return ""
    longest = max(map(len, _BACKTICKS.findall(text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _address(url: str) -> str:
    if not _UNSAFE_IN_ADDRESS.search(url):
        return escaped_address(url)
    return f"<{escaped_address(re.sub(r'[<>]', _percent, url))}>"


def escaped_address(url: str) -> str:
    """Escape what an address may not have: white space, backslashes, entities, pipes."""
    return re.sub(r"[\s\\|]|&(?=#?\w+;)", _percent, url)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace"))

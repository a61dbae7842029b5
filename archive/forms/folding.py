"""White space in text whose pieces have styles: folded over the borders of the pieces.

What comes out has the same characters as the plain text (`archive.extraction.tree.blocks`). A space
between two pieces has the styles that both have, so that no style begins or ends with a space.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from archive.extraction.tree.blocks import BREAK, SPACES
from archive.forms.parts import Piece, Run, Style

_TOKENS = re.compile(f"({SPACES.pattern}|{BREAK})")


def fold_paragraphs(pieces: Iterable[Piece]) -> list[tuple[Piece, ...]]:
    """Fold white space, and cut inline text into paragraphs where two line breaks follow.

    Args:
        pieces: as the page has them; a line break is a `BREAK` in a run.

    Returns:
        The paragraphs, none of them empty; a line break is a line feed in a run.
    """
    folding = _Folding()
    for piece in pieces:
        if not isinstance(piece, Run):
            folding.paragraphs[-1].append(piece)
            continue
        for token in filter(None, _TOKENS.split(piece.text)):
            if token == BREAK:
                folding.breaks += 1
            elif SPACES.fullmatch(token):
                folding.has_space = True
            else:
                folding.add(token, piece.styles)
    any(_strip(pieces, range(len(pieces)), str.lstrip) for pieces in folding.paragraphs)
    any(
        _strip(pieces, reversed(range(len(pieces))), str.rstrip)
        for pieces in reversed(folding.paragraphs)
    )
    kept = (tuple(p for p in pieces if not _is_blank(p)) for pieces in folding.paragraphs)
    return [pieces for pieces in kept if pieces]


class _Folding:
    """The paragraphs so far, and the white space since the last text."""

    def __init__(self) -> None:
        self.paragraphs: list[list[Piece]] = [[]]
        self.breaks = 0
        self.has_space = False
        self._styles: tuple[Style, ...] = ()

    def add(self, text: str, styles: tuple[Style, ...]) -> None:
        """Add text that is not white space, after the white space that came before it."""
        if self.breaks > 1:
            self.paragraphs.append([])
        elif self.breaks or self.has_space:
            self._append("\n" if self.breaks else " ", _shared(self._styles, styles))
        self._append(text, styles)
        self.breaks, self.has_space, self._styles = 0, False, styles

    def _append(self, text: str, styles: tuple[Style, ...]) -> None:
        pieces = self.paragraphs[-1]
        last = pieces[-1] if pieces else None
        if isinstance(last, Run) and last.styles == styles:
            pieces[-1] = Run(last.text + text, styles)
        else:
            pieces.append(Run(text, styles))


def _is_blank(piece: Piece) -> bool:
    return isinstance(piece, Run) and not piece.text


def _shared(before: tuple[Style, ...], after: tuple[Style, ...]) -> tuple[Style, ...]:
    number = 0
    for one, other in zip(before, after, strict=False):
        if one != other:
            break
        number += 1
    return before[:number]


def _strip(pieces: list[Piece], places: Iterable[int], strip: Callable[[str], str]) -> bool:
    """Strip the text at these places, up to one that has more than white space."""
    for place in places:
        piece = pieces[place]
        if isinstance(piece, Run):
            pieces[place] = Run(strip(piece.text), piece.styles)
            if strip(piece.text):
                return True
    return False

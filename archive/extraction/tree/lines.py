"""The first words of elements: what a date, a name or a label is looked for in."""

from __future__ import annotations

from lxml.etree import _Element

MAX_LINE_LENGTH = 250
"""Characters that are read of an element; what is longer is no line."""

_MAX_READ = 600  # characters, with white space


class Lines:
    """Reads the beginning of the elements of a page, of each one once."""

    def __init__(self) -> None:
        self._known: dict[_Element, tuple[str, str]] = {}

    def joined(self, element: _Element) -> str:
        """Give the text as it is read, white space folded, up to `MAX_LINE_LENGTH`."""
        return self._read(element)[0]

    def parted(self, element: _Element) -> str:
        """Give the same, with a space between all elements in it."""
        return self._read(element)[1]

    def _read(self, element: _Element) -> tuple[str, str]:
        found = self._known.get(element)
        if found is None:
            found = self._known[element] = _beginning(element)
        return found


def _beginning(element: _Element) -> tuple[str, str]:
    if len(element) == 0:
        line = " ".join((element.text or "")[:_MAX_READ].split())[:MAX_LINE_LENGTH]
        return line, line
    pieces: list[str] = []
    length = 0
    for string in element.itertext():
        piece = str(string)
        pieces.append(piece)
        length += 0 if piece.isspace() else len(piece)
        if length > _MAX_READ:
            break
    joined = " ".join("".join(pieces).split())[:MAX_LINE_LENGTH]
    if len(pieces) < 2:
        return joined, joined
    return joined, " ".join(" ".join(pieces).split())[:MAX_LINE_LENGTH]

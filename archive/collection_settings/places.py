"""Where in a TOML file each key and each value stands, so that an error can name its line.

`tomllib` reads the file and says where one that is malformed breaks off; of one that it has
accepted, it does not say what stands where. This module scans such a file again, and since it is
well-formed, takes no care of what could be wrong with it (https://toml.io/en/v1.0.0).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import NamedTuple

Path = tuple[str | int, ...]
"""The keys that lead to a value, and its place in each list on the way."""

_TOKEN = re.compile(
    r"""
    (?P<blank>    [ \t]+ | \#[^\n]* )
  | (?P<newline>  \r?\n )
  | (?P<text>     \"{3} (?: \\. | [^\\] )*? \"{3,5}   # up to two quotes may stand before the end
                | '{3} .*? '{3,5}
                | " (?: \\. | [^"\\\n] )* "
                | ' [^'\n]* ' )
  | (?P<mark>     [\[\]{},=.] )
  | (?P<bare>     [^\s\[\]{},=."'\#]+ )
    """,
    re.VERBOSE | re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str
    offset: int


def find_places(toml: str) -> dict[Path, int]:
    """Give the line, counted from 1, on which each key of a well-formed TOML text stands.

    An element of a list has its own line; a table has that of its first head.

    >>> find_places('a = 1\\n[b]\\nc = [\\n  "x",\\n  "y",\\n]\\n')[("b", "c", 1)]
    5
    """
    return _Scanner(toml).places


class _Scanner:
    """Reads a text from its first token to its last, and notes what it passes."""

    def __init__(self, toml: str) -> None:
        self.places: dict[Path, int] = {}
        self._toml = toml
        self._line, self._counted_to = 1, 0
        self._list_lengths: dict[Path, int] = {}  # of [[tables]]
        self._tokens = _iter_tokens(toml)
        self._next = next(self._tokens)
        self._read_document()

    def _read_document(self) -> None:
        table: Path = ()
        while self._next.kind != "end":
            if self._next.kind == "newline":
                self._advance()
            elif self._next.text == "[":
                table = self._read_head()
            else:
                self._read_pair(table)

    def _read_head(self) -> Path:
        """Read `[table]` or `[[table]]`."""
        line = self._line_of(self._advance())
        is_list = self._next.text == "["
        if is_list:
            self._advance()
        table = self._resolved(self._read_key())
        if is_list:
            number = self._list_lengths.get(table, 0)
            self._list_lengths[table] = number + 1
            table = (*table, number)
            self._advance()
        self._advance()
        self._note(table, line)
        return table

    def _read_pair(self, table: Path) -> None:
        line = self._line_of(self._next)
        path = (*table, *self._read_key())
        self._note(path, line)
        self._advance()  # the equals sign
        self._read_value(path)

    def _read_key(self) -> Path:
        parts = [_key_part(self._advance())]
        while self._next.text == ".":
            self._advance()
            parts.append(_key_part(self._advance()))
        return tuple(parts)

    def _read_value(self, path: Path) -> None:
        if self._next.text == "[":
            self._read_list(path)
        elif self._next.text == "{":
            self._read_inline_table(path)
        else:
            while self._next.kind in {"bare", "text"} or self._next.text == ".":
                self._advance()  # a date with a time has a blank in it, a number may have a point

    def _read_list(self, path: Path) -> None:
        self._advance()
        number = 0
        while self._next.text != "]":
            if self._next.text == "," or self._next.kind == "newline":
                self._advance()
                continue
            self._note((*path, number), self._line_of(self._next))
            self._read_value((*path, number))
            number += 1
        self._advance()

    def _read_inline_table(self, path: Path) -> None:
        self._advance()
        while self._next.text != "}":
            if self._next.text == "," or self._next.kind == "newline":
                self._advance()
            else:
                self._read_pair(path)
        self._advance()

    def _resolved(self, path: Path) -> Path:
        """Add to a table's path the numbers of the lists that it lies in."""
        resolved: Path = ()
        for part in path[:-1]:
            resolved = (*resolved, part)
            if length := self._list_lengths.get(resolved):
                resolved = (*resolved, length - 1)
        return (*resolved, path[-1])

    def _note(self, path: Path, line: int) -> None:
        for end in range(1, len(path) + 1):
            self.places.setdefault(path[:end], line)

    def _advance(self) -> _Token:
        token, self._next = self._next, next(self._tokens)
        return token

    def _line_of(self, token: _Token) -> int:
        self._line += self._toml.count("\n", self._counted_to, token.offset)
        self._counted_to = token.offset
        return self._line


def _iter_tokens(toml: str) -> Iterator[_Token]:
    """Yield the tokens, blanks and comments left out, and one of the kind `end`."""
    for match in _TOKEN.finditer(toml):
        kind = match.lastgroup
        assert kind is not None
        if kind != "blank":
            yield _Token(kind, match[0], match.start())
    yield _Token("end", "", len(toml))
    yield _Token("end", "", len(toml))


def _key_part(token: _Token) -> str:
    if token.kind != "text":
        return token.text
    (part,) = tomllib.loads(f"{token.text} = 0")
    return str(part)

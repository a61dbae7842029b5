"""Writes a new ``collection.toml``: what is known, and every other key as a proposal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from archive.collection_settings.schema import KEYS

_HEAD = (
    "How this blog is crawled. A line that begins with # is a proposal: take the # away.",
    "docs/reference/collection.md says more of each key.",
)
_MAX_COMMENT_LENGTH = 150


def draft_settings(
    values: Mapping[str, object], notes: Mapping[str, Iterable[str]] | None = None
) -> str:
    """Write the text of a settings file.

    Args:
        values: by key, those of tables as ``table.key``; texts, numbers, switches and lists.
        notes: further lines of comment above a key, whatever they hold; with "", at the top.
    """
    return "\n".join(_iter_lines(values, notes or {})) + "\n"


def _iter_lines(values: Mapping[str, object], notes: Mapping[str, Iterable[str]]) -> Iterator[str]:
    yield from _comments(notes.get("", ()))
    yield from _comments(_HEAD)
    table = ""
    for name, described in KEYS.items():
        own, _, key = name.rpartition(".")
        yield ""
        if own != table:
            table = own
            yield f"[{table}]"
        yield from _comments([described.description, *notes.get(name, ())])
        if name in values:
            yield f"{key} = {_toml(values[name])}"
        else:
            yield f"# {key} = {_toml(described.example, in_lines=False)}"


def _comments(lines: Iterable[str]) -> Iterator[str]:
    """Write lines as comments; what no comment can hold (controls) becomes a blank."""
    for line in lines:
        clean = "".join(letter if letter.isprintable() else " " for letter in line)
        yield f"# {' '.join(clean.split())[:_MAX_COMMENT_LENGTH]}"


def _toml(value: Any, *, in_lines: bool = True) -> str:
    """Write a value as TOML: as JSON, but that DEL is escaped, and there are no surrogates."""
    if isinstance(value, list | tuple) and in_lines:
        return "[\n" + "".join(f"    {_toml(element)},\n" for element in value) + "]"
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")
    return text.replace("\x7f", "\\u007f")

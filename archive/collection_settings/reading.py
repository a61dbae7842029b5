"""Reads ``collection.toml``, and says of each mistake in it where it stands and what to write."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from archive.collection_settings.places import find_places
from archive.collection_settings.schema import KEYS, CollectionSettings
from archive.collection_settings.values import without_password
from archive.errors import CollectionError, SettingsError

_MAX_SIZE_BYTES = 16 * 1024**2  # a list of pages that was crawled may be long
_MAX_SHOWN = 60  # characters of a value
_MAX_MISTAKES = 20
_SYNTAX = re.compile(r"(?P<what>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)", re.DOTALL)
_ADVICE = {
    "bool_type": "say true or false",
    "dict_type": "say a table",
    "frozen_set_type": "say a list",
    "int_type": "say a whole number",
    "greater_than": "say a whole number above {gt}",
    "greater_than_equal": "say {ge} or more",
    "less_than": "say less than {lt}",
    "less_than_equal": "say at most {le}",
    "literal_error": "say {expected}",
    "string_type": "say a text in quotes",
    "tuple_type": "say a list",
}


def read_settings(path: Path) -> CollectionSettings:
    """Read and check a settings file.

    Raises:
        CollectionError: it cannot be read, or is no TOML.
        SettingsError: it says what cannot be followed; of each mistake file, line, what stands
            there, what to write instead.
    """
    try:
        with path.open("rb") as file:
            octets = file.read(_MAX_SIZE_BYTES + 1)
        text = octets.decode("utf-8-sig")
    except OSError as error:
        raise CollectionError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise CollectionError(f"{path}:{line}: this is not UTF-8: save it as UTF-8") from error
    if len(octets) > _MAX_SIZE_BYTES:
        raise CollectionError(f"{path} is larger than {_MAX_SIZE_BYTES:,} bytes")
    return parse_settings(text, path)


def parse_settings(text: str, path: Path) -> CollectionSettings:
    """Parse the text of a settings file; `path` is what errors call it.

    Raises:
        CollectionError: as `read_settings`.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CollectionError(_describe_syntax(str(error), path)) from error
    except RecursionError as error:
        raise CollectionError(f"{path}: lists or tables are nested too deeply") from error
    try:
        return CollectionSettings.model_validate(document)
    except ValidationError as error:
        raise SettingsError(_describe_mistakes(error, text, path)) from error


def _describe_syntax(message: str, path: Path) -> str:
    if match := _SYNTAX.fullmatch(message):
        return f"{path}:{match['line']}:{match['column']}: not TOML: {match['what']}"
    return f"{path}: not TOML: {message}"


def _describe_mistakes(error: ValidationError, text: str, path: Path) -> Iterator[str]:
    places = find_places(text)
    mistakes = error.errors(include_url=False)
    located = [(_line_of(mistake["loc"], places), mistake) for mistake in mistakes]
    located.sort(key=lambda pair: pair[0])
    for line, mistake in located[:_MAX_MISTAKES]:
        yield f"{path}:{line}: {_describe(mistake)}"
    if len(located) > _MAX_MISTAKES:
        yield f"{path}: and {len(located) - _MAX_MISTAKES} more mistakes"


def _line_of(location: tuple[int | str, ...], places: dict[tuple[str | int, ...], int]) -> int:
    """Find the line of a value, or of the innermost that it lies in."""
    lines = (places.get(location[:end]) for end in range(len(location), 0, -1))
    return next((line for line in lines if line), 1)


def _describe(mistake: ErrorDetails) -> str:
    location = mistake["loc"]
    name = ".".join(part for part in location if isinstance(part, str))
    if mistake["type"] == "extra_forbidden":
        return f"{_shown(name)}: no such key; {_suggest(name)}"
    if mistake["type"] == "model_type":
        keys = ", ".join(_keys_below(name))
        return f"{name} = {_shown_value(mistake)}: say a table, [{name}] with {keys}"
    advice = _advice(mistake)
    if not advice.startswith("say"):  # it names the value itself
        return f"{name}: {advice}"
    example = KEYS[name].example
    such_as = example[0] if isinstance(location[-1], int) else example
    return f"{name} = {_shown_value(mistake)}: {advice}, such as {json.dumps(such_as)}"


def _advice(mistake: ErrorDetails) -> str:
    context: dict[str, Any] = mistake.get("ctx", {})
    if mistake["type"] == "value_error":
        return str(context["error"])
    return _ADVICE[mistake["type"]].format(**context).replace("'", '"')


def _suggest(name: str) -> str:
    """Name the key that was meant, wherever it belongs; else those that there are."""
    table, _, own = name.rpartition(".")
    beside = {key: f"{table}.{key}".lstrip(".") for key in _keys_below(table)}
    anywhere = {key.rpartition(".")[2]: key for key in KEYS}
    for candidates in (beside, anywhere):
        if nearest := get_close_matches(own, candidates, n=1):
            return f"do you mean {candidates[nearest[0]]}?"
    return f"there are {', '.join(beside)}"


def _keys_below(table: str) -> list[str]:
    """Name the keys of a table, with "" those of the file, tables among them."""
    start = f"{table}." if table else ""
    below = (name.removeprefix(start) for name in KEYS if name.startswith(start))
    return list(dict.fromkeys(key.partition(".")[0] for key in below))


def _shown_value(mistake: ErrorDetails) -> str:
    value = mistake["input"]
    if mistake["loc"] == ("hooks", "url"):  # whoever knows it can use it
        return '"…"'
    if isinstance(value, str) and "//" in value:
        value = without_password(value)
    return _shown(json.dumps(value, ensure_ascii=False, default=str))


def _shown(text: str) -> str:
    shown = text if text.isprintable() else repr(text)[1:-1]
    return shown if len(shown) <= _MAX_SHOWN else f"{shown[:_MAX_SHOWN]}…"

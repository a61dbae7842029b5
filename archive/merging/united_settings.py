"""What the ``collection.toml`` of a collection says that is made of several."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from archive.collection import Collection
from archive.collection_settings import draft_settings

_SEEDS = "seeds"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitedSettings:
    """The text of a new ``collection.toml``, and what was decided in it, a line each."""

    toml: str
    warnings: tuple[str, ...]


def unite_settings(sources: Sequence[Collection]) -> UnitedSettings:
    """Unite what collections say: the seeds of all; of anything else, what the first says.

    Where all files are the same, it is that file, with its comments.

    Raises:
        OSError: a file cannot be read.
    """
    texts = [source.settings_path.read_text("utf-8-sig") for source in sources]
    if len(set(texts)) == 1:
        return UnitedSettings(toml=texts[0], warnings=())
    meanings = [dict(_iter_values(source.settings.model_dump())) for source in sources]
    warnings = []
    for source, meaning in zip(sources[1:], meanings[1:], strict=True):
        differing = [name for name, value in meaning.items() if value != meanings[0][name]]
        if names := ", ".join(name for name in differing if name != _SEEDS):
            counts = f"what {sources[0].settings_path} says counts"
            warnings.append(f"{source.settings_path} differs in {names}: {counts}")
    seeds = dict.fromkeys(seed for source in sources for seed in source.seeds)
    said = {name: _plain(value) for name, value in _iter_values(tomllib.loads(texts[0]))}
    toml = draft_settings({**said, _SEEDS: list(seeds)})
    return UnitedSettings(toml=toml, warnings=tuple(warnings))


def _iter_values(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield each value with its key, that of a table as ``table.key``."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _iter_values(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _plain(value: object) -> object:
    """Give a day or a moment as a text, which means the same there."""
    return value.isoformat() if isinstance(value, date) else value

"""What the ``collection.toml`` of a collection says that is made of several."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
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
    first, *others = (dict(_iter_values(tomllib.loads(text))) for text in texts)
    warnings = []
    for source, values in zip(sources[1:], others, strict=True):
        names = sorted(n for n in first.keys() | values.keys() if first.get(n) != values.get(n))
        if differing := ", ".join(name for name in names if name != _SEEDS):
            counts = f"what {sources[0].settings_path} says counts"
            warnings.append(f"{source.settings_path} differs in {differing}: {counts}")
    seeds = dict.fromkeys(seed for source in sources for seed in source.seeds)
    toml = draft_settings({**first, _SEEDS: list(seeds)})
    return UnitedSettings(toml=toml, warnings=tuple(warnings))


def _iter_values(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield each value with its key, that of a table as ``table.key``; days become texts."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _iter_values(value, f"{prefix}{key}.")
        elif isinstance(value, date | time):  # a moment is a date, too
            yield f"{prefix}{key}", value.isoformat()
        else:
            yield f"{prefix}{key}", value

"""The name of what makes an extraction, kept with each article: another name, another result."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePath

_LIBRARIES = ("trafilatura", "lxml", "py3langid", "numpy")
_PARTS = frozenset({".py", ".json"})  # code, and the weights of models


def name_extractor() -> str:
    """Give the versions of the libraries, and a digest of the code and weights of this package."""
    digest = sha256()
    for part in _iter_parts(files(__package__)):  # in a directory, or in an egg
        digest.update(part.read_bytes())
    libraries = [f"{name} {version(name)}" for name in _LIBRARIES]
    return "; ".join((*libraries, f"sha256:{digest.hexdigest()[:16]}"))


def _iter_parts(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _iter_parts(entry)
        elif PurePath(entry.name).suffix in _PARTS:
            yield entry


EXTRACTOR = name_extractor()

"""The name of what makes an extraction, kept with each article: another name, another result."""

from __future__ import annotations

from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("trafilatura", "lxml", "py3langid", "numpy")
_PARTS = frozenset({".py", ".json"})  # code, and the weights of models


def name_extractor() -> str:
    """Give the versions of the libraries, and a digest of the code and weights of this package."""
    digest = sha256()
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in _PARTS:
            digest.update(path.read_bytes())
    libraries = [f"{name} {version(name)}" for name in _LIBRARIES]
    return "; ".join((*libraries, f"sha256:{digest.hexdigest()[:16]}"))


EXTRACTOR = name_extractor()

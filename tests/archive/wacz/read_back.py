"""Reads packages back."""

from __future__ import annotations

from pathlib import Path

from archive.wacz.reader import WaczReader
from tests.archive.wacz.sample_collections import BLOG


def unpacked(wacz: Path, directory: Path) -> list[Path]:
    """Extract the WARC files of a package."""
    with WaczReader(wacz) as reader:
        return [reader.extract_warc(name, directory) for name in reader.warc_names]


def index_lines(wacz: Path) -> list[str]:
    """Read the index of a package."""
    with WaczReader(wacz) as reader:
        return list(reader.iter_index_lines())


def articles_of(wacz: Path) -> dict[str, str | None]:
    """Read the articles of a package: text by path."""
    with WaczReader(wacz) as reader:
        return {page.url.removeprefix(BLOG): page.text for page in reader.iter_pages()}

"""The pages of tests/pages, what is expected of them, and what extraction makes of them."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from archive.extraction import extract
from archive.records import Hints

CASES = sorted(path.parent for path in Path(__file__).parents[2].glob("pages/*/expected.json"))
"""The folders, each with page.html and expected.json."""

SHORT_OF_IT: dict[str, tuple[str, ...]] = {
    "comments-as-a-definition-list": ("title", "comments"),
    "comments-without-a-class": ("authors", "comments"),
    "contents-list-and-long-post": ("main_text",),
    "cookie-banner-and-letter-box-in-the-text": ("main_text",),
    "custom-elements": ("main_text",),
    "deck-byline-and-picture-before-the-text": ("main_text",),
    "font-tags-and-double-breaks": ("page_type", "published", "main_text"),
    "nothing-but-divisions-and-spans": ("authors",),
    "page-for-phones-in-amp": ("main_text",),
    "teasers-longer-than-the-post": ("main_text",),
}
"""Pages with fields that are not yet exact: they count in the floor alone. To be shortened only."""


def read_expected(case: Path) -> dict[str, Any]:
    """Read what a careful reader finds on the page: fields of an `Extraction`, as JSON."""
    expected: dict[str, Any] = _read(case)["expect"]
    return expected


@cache
def read_found(case: Path) -> dict[str, Any]:
    """Extract a page, and give all fields as JSON."""
    given = _read(case)
    extraction = extract(
        (case / "page.html").read_bytes(),
        given["url"],
        headers=given.get("headers", {}),
        hints=_read_hints(given.get("hints", {})),
    )
    found: dict[str, Any] = json.loads(
        json.dumps(asdict(extraction), default=lambda value: value.isoformat())
    )
    return found


def _read(case: Path) -> dict[str, Any]:
    given: dict[str, Any] = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    return given


def _read_hints(values: dict[str, Any]) -> Hints:
    for name in ("published", "modified"):
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    for name in ("authors", "tags"):
        if name in values:
            values[name] = tuple(values[name])
    return Hints(**values)

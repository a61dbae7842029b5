"""Whole pages: each folder of tests/pages holds a page and what must be said of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from archive.extraction import extract
from archive.records import Hints

CASES = sorted(path.parent for path in Path(__file__).parents[2].glob("pages/*/expected.json"))


def read_hints(values: dict[str, Any]) -> Hints:
    for name in ("published", "modified"):
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    for name in ("authors", "tags"):
        if name in values:
            values[name] = tuple(values[name])
    return Hints(**values)


def as_json(value: object) -> Any:
    return json.loads(json.dumps(value, default=lambda v: v.isoformat()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_page_says_what_is_expected(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    extraction = extract(
        (case / "page.html").read_bytes(),
        expected["url"],
        headers=expected.get("headers", {}),
        hints=read_hints(expected.get("hints", {})),
    )
    found = as_json(asdict(extraction))
    assert {name: found[name] for name in expected["expect"]} == expected["expect"]


def test_there_are_pages() -> None:
    assert len(CASES) >= 10

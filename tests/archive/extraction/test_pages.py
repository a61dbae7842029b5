"""Whole pages: each folder of tests/pages holds a page and what must be said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.archive.extraction.own_pages import CASES, SHORT_OF_IT, read_expected, read_found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_page_says_what_is_expected(case: Path) -> None:
    found, scored = read_found(case), SHORT_OF_IT.get(case.name, ())
    expected = {k: v for k, v in read_expected(case).items() if k not in scored}
    assert {name: found[name] for name in expected} == expected

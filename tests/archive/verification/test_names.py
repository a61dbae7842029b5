"""The names of findings are stable and documented."""

from __future__ import annotations

from archive.verification.kinds import DIFFERENCES, Kind
from tests.markdown_page import MarkdownPage


def test_reference_page_names_every_kind_once_and_its_severity() -> None:
    page = MarkdownPage("docs/reference/verification.md")
    rows = [line.split("|") for line in page.text.splitlines() if line.startswith("| `")]
    severities = {row[1].strip(" `"): row[2].strip() for row in rows}
    assert len(rows) == len(severities)
    assert severities == {
        kind.value: "difference" if kind in DIFFERENCES else "fault" for kind in Kind
    }

"""Reads a page of the documentation: its sections, tables, links, and the examples that are run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[1]
_CODE = re.compile(r"`([^`]+)`")
_FENCE = re.compile(r"^```.*?^```$", re.S | re.M)
_EXAMPLE = re.compile(r"^<!-- (\w+) -->\n```(\w+)\n(.*?)^```$", re.S | re.M)
_HEADING = re.compile(r"^#+ (.+)$", re.M)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Example:
    """A fenced block with a comment before it that says how it is checked."""

    mark: str
    language: str
    text: str


class MarkdownPage:
    """One page, by its path in the repository."""

    def __init__(self, name: str) -> None:
        self.path = ROOT / name
        self.text = self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """The page without its fenced blocks."""
        return _FENCE.sub("", self.text)

    @cached_property
    def anchors(self) -> set[str]:
        """What `page.md#…` may name, as GitHub makes it of headings."""
        plain = (heading.replace("`", "").lower() for heading in _HEADING.findall(self.prose))
        return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}

    @property
    def relative_links(self) -> list[str]:
        """The links of the page that lead to other files, or to its own headings."""
        return [link for link in _LINK.findall(self.prose) if "://" not in link]

    @property
    def examples(self) -> list[Example]:
        """The blocks that are checked."""
        return [Example(*match) for match in _EXAMPLE.findall(self.text)]

    def section(self, heading: str) -> str:
        """The text below a heading, up to the next one."""
        _, found, rest = f"\n{self.text}".partition(f"\n## {heading}\n")
        assert found, f"{self.path.name} has no section {heading!r}"
        return rest.partition("\n## ")[0]

    def described(self, heading: str | None = None) -> list[str]:
        """The names, in code spans, in the first columns of the tables of a section."""
        text = self.text if heading is None else self.section(heading)
        rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| ")]
        return [name for cell in rows for name in _CODE.findall(cell)]

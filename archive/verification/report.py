"""What verification found, as lines for a person and as JSON for a program."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import IO

from archive.counting import counted
from archive.record_json import to_json
from archive.terminal import printable
from archive.verification.findings import Finding
from archive.verification.kinds import Severity
from archive.verification.verifying import Target, Verification

MAX_LINES = 10
"""Findings of one kind that are printed; the JSON report has them all."""

_COUNTED = (
    ("files", "WARC file"),
    ("records", "record"),
    ("captures", "capture"),
    ("index lines", "index line"),
    ("pages", "page"),
    ("articles", "article"),
)
_OF_ARTICLES = (
    ("articles extracted again", "extracted again"),
    ("articles of another extractor", "of another extractor version"),
    ("articles that cannot be extracted again", "that cannot be extracted again"),
)


def finding_lines(verification: Verification) -> Iterator[str]:
    """Yield a line for each finding, for no kind more than `MAX_LINES`, then how many were more."""
    shown: Counter[str] = Counter()
    for finding in verification.findings():
        shown[finding.kind] += 1
        if shown[finding.kind] <= MAX_LINES:
            yield _finding_line(finding)
    for kind, number in shown.items():
        if number > MAX_LINES:
            yield f"… and {number - MAX_LINES:,} more {kind}: --json FILE has them all"


def summary_lines(verification: Verification) -> Iterator[str]:
    """Yield a line for each target: what was verified, and how much was found."""
    for target in verification.targets:
        counts = verification.counts(target)
        parts = [counted(counts[name], noun) for name, noun in _COUNTED if name in counts]
        if parts and (again := _of_articles(counts)):
            parts[-1] += f" ({again})"
        what = ", ".join(parts) or "nothing in it could be read"
        yield f"{printable(target.path)}: {what}; {_verdict(verification, target)}"


def write_json(verification: Verification, file: IO[str]) -> None:
    """Write everything that was found as one JSON object, a line for each finding."""
    targets = [
        {
            "path": target.path,
            "form": target.form,
            "counts": verification.counts(target),
            **_totals(verification, target),
        }
        for target in verification.targets
    ]
    file.write('{"targets": ' + json.dumps(targets, ensure_ascii=False))
    for name, number in _totals(verification).items():
        file.write(f', "{name}": {number}')
    failed = [{"path": path, "error": error} for path, error in verification.not_verified]
    file.write(', "not_verified": ' + json.dumps(failed, ensure_ascii=False))
    file.write(', "findings": [')
    separator = "\n"
    for finding in verification.findings():
        file.write(separator + json.dumps(to_json(finding), ensure_ascii=False))
        separator = ",\n"
    file.write("\n]}\n")


def _finding_line(finding: Finding) -> str:
    place = "" if finding.offset is None else f" at offset {finding.offset}"
    line = f"{finding.severity} {finding.kind}: {finding.file}{place}: {finding.message}"
    return printable(" ".join(line.split()))


def _of_articles(counts: dict[str, int]) -> str:
    """Say what became of the articles: the numbers add up to all of them."""
    parts = [f"{counts[name]:,} {what}" for name, what in _OF_ARTICLES if counts.get(name)]
    left_out = counts.get("articles", 0) - sum(counts.get(name, 0) for name, _ in _OF_ARTICLES)
    if left_out:
        parts.append(f"{left_out:,} not extracted again")
    return ", ".join(parts)


def _verdict(verification: Verification, target: Target) -> str:
    return ", ".join(
        counted(number, severity.value)
        for severity, number in verification.severities(target).items()
    )


def _totals(verification: Verification, target: Target | None = None) -> dict[str, int]:
    severities = verification.severities(target)
    return {
        "faults": severities[Severity.FAULT],
        "differences": severities[Severity.DIFFERENCE],
    }

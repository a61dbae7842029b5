"""What verification found: one value for each fault or difference."""

from __future__ import annotations

from dataclasses import dataclass

from archive.verification.kinds import DIFFERENCES, Kind, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault or difference, and its place."""

    kind: Kind
    severity: Severity
    file: str
    offset: int | None  # in bytes, of the record or line; None where it is about the file
    message: str


def make_finding(
    kind: Kind, message: str, *, file: str, offset: int | None = None, minor: bool = False
) -> Finding:
    """Make a finding.

    Args:
        kind: its name.
        message: what exactly, on one line.
        file: where; a path, or the path of a ZIP file, an exclamation mark, and the entry in it.
        offset: where in the file.
        minor: a difference here, although its kind is a fault elsewhere.
    """
    is_difference = minor or kind in DIFFERENCES
    return Finding(
        kind=kind,
        severity=Severity.DIFFERENCE if is_difference else Severity.FAULT,
        file=file,
        offset=offset,
        message=message,
    )

"""The clock, and the two forms in which dates are written."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return this instant as an aware UTC datetime."""
    return datetime.now(UTC)


def parse_day(text: str) -> datetime:
    """Parse an ISO 8601 date or date with time; without a time zone it is UTC.

    Raises:
        ValueError: it is neither.

    >>> parse_day("2024-02-29").isoformat()
    '2024-02-29T00:00:00+00:00'
    """
    value = datetime.fromisoformat(text)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

"""The cadence "auto": how often a blog is asked, by how often it posts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from archive.schedule.cadence import LONGEST, SHORTEST, UNKNOWN_RHYTHM, auto_cadence

_NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def _every(days: float, *, count: int = 40, silent_days: float = 0) -> list[datetime]:
    return [_NOW - timedelta(days=silent_days + days * number) for number in range(count)]


@pytest.mark.parametrize(
    ("published", "cadence"),
    [
        (_every(1), timedelta(hours=12)),
        (_every(0.1), timedelta(hours=12)),
        (_every(7), timedelta(days=3.5)),
        (_every(28), timedelta(days=14)),
        (_every(365), LONGEST),
        ([], UNKNOWN_RHYTHM),
        ([_NOW], SHORTEST),
        ([_NOW + timedelta(days=900)], UNKNOWN_RHYTHM),
        ([_NOW + timedelta(days=900), *_every(7)], timedelta(days=3.5)),
        ([_NOW - timedelta(days=2)] * 500, timedelta(days=1)),
        (_every(1, count=10) + _every(1, silent_days=2000), timedelta(hours=12)),
    ],
    ids=[
        "daily", "ten a day", "weekly", "monthly", "yearly", "no dates", "one post, today",
        "only in the future", "one in the future", "all on one day", "after a long pause",
    ],
)  # fmt: skip
def test_a_blog_is_asked_twice_in_the_time_between_two_posts(
    published: Iterable[datetime], cadence: timedelta
) -> None:
    assert auto_cadence(published, _NOW) == cadence


def test_a_blog_that_falls_silent_is_asked_ever_more_rarely() -> None:
    silences = (0, 1, 5, 30, 90, 200, 299, 300, 3000)
    waits = [auto_cadence(_every(1, silent_days=days), _NOW) for days in silences]
    assert waits == sorted(waits)
    assert waits[3] == timedelta(days=3)
    assert waits[-1] == waits[-2] == LONGEST


def test_the_order_of_the_dates_does_not_matter() -> None:
    dates = _every(3, silent_days=1)
    assert auto_cadence(reversed(dates), _NOW) == auto_cadence(dates, _NOW)

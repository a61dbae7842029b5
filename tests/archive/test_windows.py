"""Time windows: when a blog may be asked, by the clock of its place."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from archive.windows import TimeTable, Window

_BERLIN = ZoneInfo("Europe/Berlin")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _table(*texts: str, timezone: ZoneInfo = _BERLIN) -> TimeTable:
    return TimeTable(tuple(map(Window.parse, texts)), timezone)


@pytest.mark.parametrize(
    ("windows", "now", "opens", "closes"),
    [
        (["01:00-06:00"], "2026-01-14T00:00", "2026-01-14T00:00", "2026-01-14T05:00"),
        (["01:00-06:00"], "2026-01-14T05:00", "2026-01-15T00:00", None),
        (["22:00-06:00"], "2026-01-14T03:00", "2026-01-14T03:00", "2026-01-14T05:00"),
        (["22:00-06:00"], "2026-01-14T12:00", "2026-01-14T21:00", None),
        (["sat,sun 00:00-24:00"], "2026-01-14T12:00", "2026-01-16T23:00", None),
        (["sat-sun 00:00-24:00"], "2026-01-17T12:00", "2026-01-17T12:00", "2026-01-18T23:00"),
        (["fri-mon 10:00-11:00"], "2026-01-13T12:00", "2026-01-16T09:00", None),
        (
            ["01:00-03:00", "02:00-06:00"],
            "2026-01-14T01:00",
            "2026-01-14T01:00",
            "2026-01-14T05:00",
        ),
        # The clock is put forward at 2:00 on 29 March, and back at 3:00 on 25 October.
        (["02:30-04:00"], "2026-03-28T12:00", "2026-03-29T01:30", None),
        (["sun 02:15-03:00"], "2026-03-28T12:00", "2026-04-05T00:15", None),
        (["01:00-06:00"], "2026-10-24T23:00", "2026-10-24T23:00", "2026-10-25T05:00"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_a_blog_is_asked_in_its_hours_and_not_outside(
    windows: list[str], now: str, opens: str, closes: str | None
) -> None:
    table = _table(*windows)
    assert table.opens(_at(now)) == _at(opens)
    if closes:
        assert table.closes(_at(now)) == _at(closes)


@pytest.mark.parametrize("windows", [[], ["00:00-24:00"], ["00:00-12:00", "12:00-24:00"]])
def test_a_blog_without_hours_may_be_asked_at_all_times(windows: list[str]) -> None:
    now = _at("2026-01-14T12:00")
    assert _table(*windows).opens(now) == now
    assert _table(*windows).closes(now) is None


@pytest.mark.parametrize(
    "text", ["", "nightly", "1-6", "25:00-26:00", "01:00-01:00", "01:00-24:30", "xyz 01:00-02:00"]
)
def test_what_is_no_window_is_said_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time window.*say for example"):
        Window.parse(text)

"""Time windows: the hours of the week in which a blog may be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Self

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "|".join(_DAYS)
_DAY_OR_RANGE = rf"(?:{_DAY})(?:-(?:{_DAY}))?"
_FORM = re.compile(
    rf"(?:(?P<days>{_DAY_OR_RANGE}(?:,{_DAY_OR_RANGE})*) +)?"
    r"(?P<h1>[01]?\d|2[0-3]):(?P<m1>[0-5]\d) *- *(?P<h2>[01]?\d|2[0-4]):(?P<m2>[0-5]\d)"
)
_MIDNIGHT = 24 * 60
_ADVICE = 'say for example "01:00-06:00", or "sat,sun 00:00-24:00", or "mon-fri 22:00-06:00"'
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of some days of the week.

    Attributes:
        days: on which it begins; 0 is Monday.
        start: in minutes after midnight.
        end: likewise, up to 1440; before `start` where it lies on the next day.
    """

    days: frozenset[int]
    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a window as it is written in ``collection.toml``.

        >>> Window.parse("sat-sun 22:00-06:00")
        Window(days=frozenset({5, 6}), start=1320, end=360)

        Raises:
            ValueError: it is none; says what to write.
        """
        match = _FORM.fullmatch(text.strip().lower())
        if match is None:
            raise ValueError(f"{text!r} is no time window: {_ADVICE}")
        hours_and_minutes = (int(match[name]) for name in ("h1", "m1", "h2", "m2"))
        h1, m1, h2, m2 = hours_and_minutes
        start, end = h1 * 60 + m1, h2 * 60 + m2
        if end > _MIDNIGHT or start == end:
            raise ValueError(f"{text!r} is no time window that begins and ends: {_ADVICE}")
        return cls(frozenset(_parse_days(match["days"])), start, end)

    def on(self, day: date, timezone: tzinfo) -> tuple[datetime, datetime] | None:
        """Give beginning and end, in UTC, of the stretch that begins on a day; None: none does."""
        if day.weekday() not in self.days:
            return None
        last = day if self.end > self.start else day + timedelta(days=1)
        start, end = _moment(day, self.start, timezone), _moment(last, self.end, timezone)
        return (
            (start, end) if start < end else None
        )  # an hour that a change of the clock leaves out


@dataclass(frozen=True, slots=True)
class TimeTable:
    """All windows of a collection; without any it is open at all times."""

    windows: tuple[Window, ...]
    timezone: tzinfo = UTC

    def opens(self, now: datetime) -> datetime:
        """Tell when it is open: `now` where it is open already, else the next opening."""
        if not self.windows:
            return now
        return next(max(start, now) for start, end in self._stretches(now) if now < end)

    def closes(self, now: datetime) -> datetime | None:
        """Tell when it closes next, given that it is open now; None: never."""
        if not self.windows:
            return None
        end = next(end for start, end in self._stretches(now) if now < end)
        return None if end - now >= _WEEK else end

    def _stretches(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the stretches from yesterday to two weeks ahead, joined where they touch."""
        today = now.astimezone(self.timezone).date()
        days = [today + timedelta(days=number) for number in range(-1, 15)]
        pieces = sorted(
            stretch
            for window in self.windows
            for day in days
            if (stretch := window.on(day, self.timezone))
        )
        start, end = pieces[0]
        for next_start, next_end in pieces[1:]:
            if next_start > end:
                yield start, end
                start, end = next_start, next_end
            end = max(end, next_end)
        yield start, end


def _parse_days(text: str | None) -> Iterator[int]:
    if text is None:
        yield from range(7)
        return
    for part in text.split(","):
        first, _, last = part.partition("-")
        number = _DAYS.index(first)
        yield number
        while last and _DAYS[number] != last:
            number = (number + 1) % 7
            yield number


def _moment(day: date, minutes: int, timezone: tzinfo) -> datetime:
    """Give the instant of a time by the clock on the wall; one that is left out comes later."""
    if minutes == _MIDNIGHT:
        day, minutes = day + timedelta(days=1), 0
    wall = datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=timezone)
    return wall.astimezone(UTC)

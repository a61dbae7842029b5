"""The values of ``collection.toml`` that TOML has no type for: addresses, stretches of time, days.

Each `parse_` function takes whatever stands in the file, and raises a ValueError that says what to
write instead; it begins with "say".
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from archive.dates import parse_day
from archive.windows import Window

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DURATION = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?) ?(ms|s|m|h|d|w)")
_SHORTEST = timedelta(milliseconds=1)  # nothing here is measured more finely
_LONGEST = timedelta(weeks=520)
_SHORTEST_CADENCE = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(days=1)
_WRONG_CADENCE = "say a minute or more, and at most ten years"
_CREDENTIALS = re.compile(r"[^/?#]*//[^/?#]*@")
_PASSWORD = re.compile(r".*:.*@", re.DOTALL)  # also one with a slash in it, which ends the host


def parse_address(value: object) -> str:
    """Parse a web address as people write it; one without a scheme is of https.

    >>> parse_address("blog.example")
    'https://blog.example/'

    Raises:
        ValueError: it is none, or has a user name or a password in it.
    """
    word = value.strip() if isinstance(value, str) else ""
    if not word:
        raise ValueError("say a web address")
    url = word if "://" in word else f"https://{word}"
    if _CREDENTIALS.match(url):
        raise ValueError(
            "an address with a user name or password before its host is not taken, because it "
            "would stand in every file; say for example https://example.org/blog/"
        )
    if not _is_web_address(url):
        raise ValueError(
            f"{without_password(word)!r} is not a web address; "
            "say for example https://example.org/blog/"
        )
    return url if urlsplit(url).path else f"{url}/"


def without_password(address: str) -> str:
    """Write what may be an address without what may be a password in it.

    >>> without_password("https://ada:secret@blog.example/")
    '…@blog.example/'
    """
    return _PASSWORD.sub("…@", address)


def parse_duration(value: object, units: str = "ms s m h d w") -> timedelta:
    """Parse a stretch of time above 0: a number and a unit.

    >>> parse_duration("1.5h")
    datetime.timedelta(seconds=5400)

    Args:
        value: what stands in the file.
        units: those that are taken, parted by blanks.

    Raises:
        ValueError: it is none, or longer than ten years.
    """
    taken = units.split()
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[2] not in taken:
        raise ValueError(f"say a number and {', '.join(taken[:-1])} or {taken[-1]}, in quotes")
    seconds = float(match[1]) * _UNITS[match[2]].total_seconds()
    if not 0 < seconds <= _LONGEST.total_seconds():
        raise ValueError("say more than 0, and at most ten years")
    if seconds < _SHORTEST.total_seconds():
        raise ValueError("say a millisecond or more")
    return timedelta(seconds=seconds)


def parse_wait(value: object) -> timedelta:
    """Parse a stretch of time up to a day; 0 with a unit is none at all.

    Raises:
        ValueError: it is none, or longer.
    """
    if isinstance(value, str) and re.fullmatch(r"0+ ?(?:ms|s|m)", value.strip()):
        return timedelta()
    wait = parse_duration(value, "ms s m h d")
    if wait > _LONGEST_WAIT:
        raise ValueError("say at most a day")
    return wait


def parse_cadence(value: object) -> timedelta | str:
    """Parse how often a blog is due: "auto", "off", or a stretch of hours, days or weeks.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(value, str) and value.strip() in {"auto", "off"}:
        return value.strip()
    try:
        cadence = parse_duration(value, "h d w")
    except ValueError as error:
        if "number" not in str(error):
            raise ValueError(_WRONG_CADENCE) from error
        raise ValueError('say "auto", "off" or a number and h, d or w') from error
    if cadence < _SHORTEST_CADENCE:
        raise ValueError(_WRONG_CADENCE)
    return cadence


def parse_moment(value: object) -> datetime:
    """Parse a day, or a day with a time, as TOML has it or in quotes; without a zone it is UTC.

    Raises:
        ValueError: it is neither.
    """
    try:
        if isinstance(value, datetime):
            return parse_day(value.isoformat())
        if isinstance(value, date):
            return datetime.combine(value, time(), tzinfo=UTC)
        if isinstance(value, str):
            return parse_day(value.strip())
    except (ValueError, OverflowError):  # the latter: before the year 1 in UTC
        pass
    raise ValueError("say a day")


def parse_contact(value: object) -> str:
    """Parse where whoever runs the crawler can be reached: a web or an e-mail address.

    Raises:
        ValueError: it is neither.
    """
    word = value.strip() if isinstance(value, str) else ""
    if word.isprintable() and (_is_web_address(word) or "@" in word):
        return word
    raise ValueError("say a web address or an e-mail address")


def parse_webhook(value: object) -> str:
    """Parse the web address of a program that is told of crawls; it may have a password in it.

    Raises:
        ValueError: it is none.
    """
    word = value.strip() if isinstance(value, str) else ""
    if _is_web_address(word):
        return word
    raise ValueError("say a web address that begins with https:// or http://")


def parse_window(value: object) -> Window:
    """Parse hours of the day in which a crawl may run.

    Raises:
        ValueError: they are none.
    """
    try:
        if isinstance(value, str):
            return Window.parse(value)
    except ValueError:
        pass
    raise ValueError("say times of day, with days of the week before them or without")


def parse_timezone(value: object) -> ZoneInfo:
    """Parse the name of a time zone of the IANA database.

    Raises:
        ValueError: it has no such zone.
    """
    try:
        if isinstance(value, str) and value.strip():
            return ZoneInfo(value.strip())
    except (KeyError, ValueError, OSError):  # no such name, no name at all, a directory
        pass
    raise ValueError("say the name of a time zone in quotes")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    is_written_well = url.isprintable() and " " not in url
    return is_written_well and parts.scheme in {"http", "https"} and bool(parts.hostname)

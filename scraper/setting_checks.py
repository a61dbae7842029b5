"""Settings (``-s NAME=VALUE``), checked before a crawl begins and anything is on the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import NamedTuple, get_args

from scrapy.settings import default_settings

from archive.recorder import Deduplication
from archive.warc.writer import PREFIX_FORM
from scraper import settings as own_settings


class SettingError(ValueError):
    """A setting that cannot be used: says which, why, and what to write instead."""


class _Number(NamedTuple):
    kind: type[int] | type[float]
    largest: int
    may_be_zero: bool = False


_BYTES = _Number(int, 2**60)
_COUNT = _Number(int, 2**31)
_COUNT_OR_NONE = _Number(int, 2**31, may_be_zero=True)
_WAIT_S = _Number(float, 86_400, may_be_zero=True)

_NUMBERS = {
    "AUTOTHROTTLE_MAX_DELAY": _WAIT_S,
    "AUTOTHROTTLE_START_DELAY": _WAIT_S,
    "COMMENT_PAGES_MAX": _COUNT,
    "CONCURRENT_ITEMS": _COUNT,
    "CONCURRENT_REQUESTS_PER_DOMAIN": _COUNT,
    "CRAWL_DELAY_MAX_S": _WAIT_S,
    "CRAWL_GRACE_S": _Number(float, 86_400),
    "CRAWL_MAX_S": _Number(float, 10 * 86_400),
    "DOWNLOAD_DELAY": _WAIT_S,
    "DOWNLOAD_DELAY_JITTER": _Number(float, 1, may_be_zero=True),
    "DOWNLOAD_MAXSIZE": _Number(int, 2**60, may_be_zero=True),
    "DOWNLOAD_TIMEOUT": _Number(float, 86_400),
    "DOWNLOAD_WARNSIZE": _Number(int, 2**60, may_be_zero=True),
    "EXTRACTION_DEADLINE_S": _Number(float, 86_400),
    "EXTRACTION_MEMORY_LIMIT_BYTES": _BYTES,
    "EXTRACTION_PROCESSES": _Number(int, 1_000),
    "REDIRECT_MAX_TIMES": _COUNT_OR_NONE,
    "REQUISITES_MAX_PER_CRAWL": _COUNT,
    "REQUISITES_MAX_PER_PAGE": _COUNT,
    "REQUISITE_MAX_SIZE_BYTES": _BYTES,
    "RETRY_AFTER_MAX_S": _WAIT_S,
    "RETRY_TIMES": _COUNT_OR_NONE,
    "URLLENGTH_LIMIT": _COUNT_OR_NONE,
    "WARC_MAX_SIZE_BYTES": _BYTES,
}
_LEVELS = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG")
_WORDS = {
    "DEDUPLICATE": get_args(Deduplication),
    "DEFAULT_DROPITEM_LOG_LEVEL": _LEVELS,
    "LOG_LEVEL": _LEVELS,
    "RETRY_GIVE_UP_LOG_LEVEL": _LEVELS,
}
_SWITCHES = (
    "ALLOW_PRIVATE_NETWORKS", "AUTOTHROTTLE_ENABLED", "COOKIES_ENABLED",
    "DOWNLOAD_FAIL_ON_DATALOSS", "EXTRACTION_ENABLED", "OBEY_NOARCHIVE", "REDACT_CREDENTIALS",
    "REMOTE_CONTROL_ENABLED", "ROBOTSTXT_OBEY", "STATS_DUMP", "TELNETCONSOLE_ENABLED",
)  # fmt: skip
_ON_OR_OFF = {"True", "true", "1", "False", "false", "0"}  # what Scrapy reads
_TEXTS = ("CONTACT", "ROBOTSTXT_USER_AGENT", "USER_AGENT")  # they go into headers
_ALIKE = 0.8  # of two names, from 0 to 1: a few letters apart


def check_settings(get: Callable[[str], object]) -> None:
    """Check the settings of which a wrong value would be noticed late, or never.

    Args:
        get: gives the value of a setting by its name.

    Raises:
        SettingError: one cannot be worked with.
    """
    for name, words in _WORDS.items():
        if get(name) not in words:
            raise SettingError(f"{_given(name, get)} is none of {', '.join(words)}")
    for name in _SWITCHES:
        if str(get(name)) not in _ON_OR_OFF:
            raise SettingError(f"{_given(name, get)} is neither True nor False")
    for name, number in _NUMBERS.items():
        if not _fits(get(name), number):
            raise SettingError(f"{_given(name, get)} is not {_describe(number)}")
    for name in _TEXTS:
        if not str(get(name) or "").isprintable():
            raise SettingError(f"{_given(name, get)} holds characters that no header can hold")
    if not PREFIX_FORM.fullmatch(str(get("WARC_PREFIX"))):
        raise SettingError(
            f"{_given('WARC_PREFIX', get)} cannot begin a file name: use up to 100 letters, "
            "digits, '.', '_' and '-', a letter or digit first"
        )


def refuse_misspelt(names: Iterable[str]) -> None:
    """Refuse a setting that nobody reads and whose name is nearly that of one of the project's.

    Other unknown names pass: add-ons and extensions of Scrapy bring settings of their own.

    Raises:
        SettingError: one of the names is a slip, such as ``REDACT_CREDENTIAL``.
    """
    own = [name for name in dir(own_settings) if name.isupper()]
    for name in names:
        if name in own or hasattr(default_settings, name):
            continue
        if nearest := get_close_matches(name.upper(), own, n=1, cutoff=_ALIKE):
            raise SettingError(f"-s {name}=…: no such setting; do you mean {nearest[0]}?")


def _fits(value: object, number: _Number) -> bool:
    try:
        given = number.kind(str(value))
    except ValueError:
        return False
    return 0 < given <= number.largest or (number.may_be_zero and given == 0)


def _describe(number: _Number) -> str:
    what = "a number" if number.kind is float else "a whole number"
    zero = "0 or " if number.may_be_zero else ""
    return f"{zero}{what} above 0, up to {number.largest}"


def _given(name: str, get: Callable[[str], object]) -> str:
    """Write a setting as it was given, on one line."""
    text = str(get(name))
    return f"{name}={text if text.isprintable() else repr(text)}"

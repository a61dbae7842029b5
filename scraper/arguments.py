"""What a crawl is told (``-a name=value``, ``-s NAME=VALUE``), checked before it begins."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

from archive.collection import default_name
from archive.dates import parse_day
from archive.recorder import Deduplication

_LARGEST = {
    "EXTRACTION_PROCESSES": 1_000,
    "EXTRACTION_DEADLINE_S": 86_400,
    "EXTRACTION_MEMORY_LIMIT_BYTES": 2**60,
    "WARC_MAX_SIZE_BYTES": 2**60,
    "REQUISITE_MAX_SIZE_BYTES": 2**60,
    "REQUISITES_MAX_PER_PAGE": 2**31,
    "REQUISITES_MAX_PER_CRAWL": 2**31,
}
_WORDS = {"DEDUPLICATE": get_args(Deduplication)}
_NUMBER = re.compile(r"0*[1-9][0-9]*")
_MAX_LIMIT_DIGITS = 9


class ArgumentError(ValueError):
    """An argument or setting that cannot be used: says which, why, and what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogArguments:
    """What `scrapy crawl blog` was asked to do."""

    seeds: tuple[str, ...]
    collection: str
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None
    requisites: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesArguments:
    """What `scrapy crawl pages` was asked to do."""

    seeds: tuple[str, ...]
    collection: str
    requisites: bool = False


def parse_blog_arguments(given: Mapping[str, str]) -> BlogArguments:
    """Parse the arguments of the spider `blog`.

    Raises:
        ArgumentError: one is unknown, missing or malformed.
    """
    _refuse_unknown(given, {"url", "urls", "collection", "since", "until", "limit", "requisites"})
    seeds = _seeds(given)
    since, until = (_day(given, name) for name in ("since", "until"))
    if since and until and since >= until:
        raise ArgumentError(f"since={given['since']} is not before until={given['until']}")
    return BlogArguments(
        seeds=seeds,
        collection=_collection(given, seeds),
        since=since,
        until=until,
        limit=_limit(given),
        requisites=_requisites(given),
    )


def parse_pages_arguments(given: Mapping[str, str]) -> PagesArguments:
    """Parse the arguments of the spider `pages`.

    Raises:
        ArgumentError: one is unknown, missing or malformed.
    """
    _refuse_unknown(given, {"url", "urls", "collection", "requisites"})
    seeds = _seeds(given)
    return PagesArguments(
        seeds=seeds, collection=_collection(given, seeds), requisites=_requisites(given)
    )


def check_settings(get: Callable[[str], object]) -> None:
    """Check the settings of which a wrong value would be noticed late, or never.

    Args:
        get: gives the value of a setting by its name.

    Raises:
        ArgumentError: one cannot be worked with.
    """
    for name, words in _WORDS.items():
        if get(name) not in words:
            raise ArgumentError(f"{name}={get(name)} is none of {', '.join(words)}")
    for name, largest in _LARGEST.items():
        kind = float if name.endswith("_S") else int
        try:
            is_usable = 0 < kind(str(get(name))) <= largest
        except ValueError:
            is_usable = False
        if not is_usable:
            what = "number" if kind is float else "whole number"
            raise ArgumentError(f"{name}={get(name)} is not a {what} above 0, up to {largest}")


def _refuse_unknown(given: Mapping[str, str], known: set[str]) -> None:
    for name in given:
        if name not in known:
            raise ArgumentError(
                f"-a {name}=…: no such argument; there are {', '.join(sorted(known))}"
            )


def _seeds(given: Mapping[str, str]) -> tuple[str, ...]:
    words = [word.strip() for word in given.get("url", "").split(",")]
    if "urls" in given:
        words += _read_lines(given["urls"])
    seeds = tuple(dict.fromkeys(_seed(word) for word in words if word))
    if not seeds:
        raise ArgumentError(
            "nothing to crawl: say -a url=https://example.org/blog/ or -a urls=FILE"
        )
    return seeds


def _read_lines(name: str) -> list[str]:
    try:
        text = _read_text(name)
    except (OSError, ValueError) as error:
        raise ArgumentError(f"urls={name}: cannot be read ({error})") from error
    return [line.strip() for line in text.splitlines() if not line.lstrip().startswith("#")]


@cache  # the command checks what the spider reads again, and a pipe can be read only once
def _read_text(name: str) -> str:
    octets = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    return octets.decode("utf-8-sig")


def _seed(word: str) -> str:
    url = word if "://" in word else f"https://{word}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        usable = usable and parts.username is None  # a password would stand in every file
        _ = parts.port
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        raise ArgumentError(
            f"{word!r} is not a web address; say for example https://example.org/blog/"
        )
    return url if parts.path else f"{url}/"


def _collection(given: Mapping[str, str], seeds: tuple[str, ...]) -> str:
    if name := given.get("collection", "").strip():
        return _usable_name(name)
    if len(seeds) > 1:
        raise ArgumentError("several addresses: name the collection they go to, -a collection=NAME")
    return default_name(seeds[0])


def _usable_name(name: str) -> str:
    if name.startswith("-"):  # no command would take it for a name
        raise ArgumentError(f"collection={name} looks like an option; say ./{name} for the path")
    if not name.isprintable():
        raise ArgumentError(f"collection={name!r} holds characters that cannot be written")
    return name


def _day(given: Mapping[str, str], name: str) -> datetime | None:
    if not (text := given.get(name, "").strip()):
        return None
    try:
        return parse_day(text)
    except (ValueError, OverflowError) as error:  # the latter: before the year 1 in UTC
        raise ArgumentError(
            f"{name}={text} is not a date; say for example {name}=2024-02-29"
        ) from error


def _requisites(given: Mapping[str, str]) -> bool:
    word = given.get("requisites", "").strip().lower() or "no"
    if word not in {"yes", "no"}:
        raise ArgumentError(f"requisites={word} is neither yes nor no")
    return word == "yes"


def _limit(given: Mapping[str, str]) -> int | None:
    if not (text := given.get("limit", "").strip()):
        return None
    if len(text) > _MAX_LIMIT_DIGITS and text.isdecimal():
        raise ArgumentError(
            f"limit={text[:_MAX_LIMIT_DIGITS]}… is more posts than there are; leave it out for all"
        )
    if not _NUMBER.fullmatch(text):
        raise ArgumentError(f"limit={text} is not a number of posts; say for example limit=20")
    return int(text)

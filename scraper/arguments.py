"""What a crawl is told (``-a name=value``), checked before it begins."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from archive.collection import Collection
from archive.collection_names import default_name
from archive.collection_settings import CollectionSettings, parse_address
from archive.dates import parse_day
from archive.errors import CollectionError
from archive.urls import urlkey

_NUMBER = re.compile(r"0*[1-9][0-9]*")
_MAX_LIMIT_DIGITS = 9
_NOTHING = "nothing to crawl: say -a url=https://example.org/blog/ or -a urls=FILE"
_OF_PAGES = frozenset({"url", "urls", "collection", "mode", "comments", "requisites"})
_OF_SCRAPYD = frozenset({"_job"})  # it passes the number of its job, which no spider needs

Mode = Literal["incremental", "check", "full"]
"""What of a collection that has been crawled before is asked for again."""
_MODES: Mapping[str, Mode] = {mode: mode for mode in get_args(Mode)}


class ArgumentError(ValueError):
    """An argument that cannot be used: says which, why, and what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogArguments:
    """What `scrapy crawl blog` was asked to do, or its collection says.

    Attributes:
        settings: what the ``collection.toml`` says that the crawl follows; None: it follows none.
    """

    seeds: tuple[str, ...]
    collection: str
    mode: Mode = "incremental"
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None
    comments: bool = True
    requisites: bool = False
    settings: CollectionSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesArguments:
    """What `scrapy crawl pages` was asked to do."""

    seeds: tuple[str, ...]
    collection: str
    mode: Mode = "incremental"
    comments: bool = True
    requisites: bool = False


def parse_blog_arguments(given: Mapping[str, str]) -> BlogArguments:
    """Parse the arguments of the spider `blog`.

    Where no address is given, or only seeds of a collection that exists, what its
    ``collection.toml`` says stands for all that is not given.

    Raises:
        ArgumentError: one is unknown, missing or malformed, or ``collection.toml`` is.
    """
    _refuse_unknown(given, _OF_PAGES | {"since", "until", "limit"})
    seeds = _given_seeds(given)
    name = _collection(given, seeds)
    settings = _followed(name, seeds)
    file = settings or CollectionSettings()
    since = _day(given, "since") or file.since
    until = _day(given, "until") or file.until
    if since and until and since >= until:
        raise ArgumentError(f"since={since:%Y-%m-%d} is not before until={until:%Y-%m-%d}")
    return BlogArguments(
        seeds=seeds or file.seeds,
        collection=name,
        mode=_mode(given),
        since=since,
        until=until,
        limit=_limit(given) or file.limits.posts,
        comments=_yes_or_no(given, "comments", default=file.comments is not False),
        requisites=_yes_or_no(given, "requisites", default=bool(file.requisites)),
        settings=settings,
    )


def parse_pages_arguments(given: Mapping[str, str]) -> PagesArguments:
    """Parse the arguments of the spider `pages`.

    Raises:
        ArgumentError: one is unknown, missing or malformed.
    """
    _refuse_unknown(given, _OF_PAGES)
    seeds = _given_seeds(given)
    if not seeds:
        raise ArgumentError(_NOTHING)
    return PagesArguments(
        seeds=seeds,
        collection=_collection(given, seeds),
        mode=_mode(given),
        comments=_yes_or_no(given, "comments", default=True),
        requisites=_yes_or_no(given, "requisites", default=False),
    )


def _refuse_unknown(given: Mapping[str, str], known: frozenset[str]) -> None:
    for name in given:
        if name not in known | _OF_SCRAPYD:
            raise ArgumentError(
                f"-a {name}=…: no such argument; there are {', '.join(sorted(known))}"
            )


def _followed(name: str, seeds: tuple[str, ...]) -> CollectionSettings | None:
    """Read the ``collection.toml`` that a crawl of these seeds follows; None where there is none.

    Raises:
        ArgumentError: it cannot be followed, or it is to name the seeds, and names none.
    """
    try:
        if seeds and not Collection.exists(name):
            return None
        collection = Collection.open(name)
    except CollectionError as error:
        raise ArgumentError(str(error)) from error
    if not (seeds or collection.seeds):
        raise ArgumentError(f"{collection.settings_path} names no seeds: add them, or say -a url=…")
    own = set(map(urlkey, collection.seeds))
    return collection.settings if own.issuperset(map(urlkey, seeds)) else None


def _given_seeds(given: Mapping[str, str]) -> tuple[str, ...]:
    words = [word.strip() for word in given.get("url", "").split(",")]
    if "urls" in given:
        words += _read_lines(given["urls"])
    try:
        return tuple(dict.fromkeys(parse_address(word) for word in words if word))
    except ValueError as error:
        raise ArgumentError(str(error)) from error


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


def _collection(given: Mapping[str, str], seeds: tuple[str, ...]) -> str:
    if name := given.get("collection", "").strip():
        return _usable_name(name)
    if not seeds:
        raise ArgumentError(_NOTHING)
    if len(seeds) > 1:
        raise ArgumentError("several addresses: name the collection they go to, -a collection=NAME")
    return default_name(seeds[0])


def _usable_name(name: str) -> str:
    if name.startswith("-"):  # no command would take it for a name
        raise ArgumentError(f"collection={name} looks like an option; say ./{name} for the path")
    if not name.isprintable():
        raise ArgumentError(f"collection={name!r} holds characters that cannot be written")
    return name


def _mode(given: Mapping[str, str]) -> Mode:
    word = given.get("mode", "").strip().lower() or "incremental"
    if word not in _MODES:
        raise ArgumentError(f"mode={word} is none of {', '.join(_MODES)}")
    return _MODES[word]


def _day(given: Mapping[str, str], name: str) -> datetime | None:
    if not (text := given.get(name, "").strip()):
        return None
    try:
        return parse_day(text)
    except (ValueError, OverflowError) as error:  # the latter: before the year 1 in UTC
        raise ArgumentError(
            f"{name}={text} is not a date; say for example {name}=2024-02-29"
        ) from error


def _yes_or_no(given: Mapping[str, str], name: str, *, default: bool) -> bool:
    word = given.get(name, "").strip().lower()
    if word not in {"yes", "no", ""}:
        raise ArgumentError(f"{name}={word} is neither yes nor no")
    return word == "yes" if word else default


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

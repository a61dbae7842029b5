"""What each blog platform publishes about its posts: one module per platform.

A module says how it recognises the platform from the seed page, what to ask, and how to read the
answer. `attempts` are alternatives: the next is asked only where the one before gave no `Reading`.
"""

from __future__ import annotations

from typing import Protocol

from archive.records import Method
from scraper.discovery.links import Page
from scraper.discovery.platforms import (
    blogger,
    ghost,
    medium,
    squarespace,
    substack,
    tumblr,
    wordpress,
)
from scraper.discovery.reading import Answer, Ask, Reading
from scraper.scope import Scope


class Platform(Protocol):
    """What each module here offers."""

    NAME: Method
    SITEMAPS: tuple[str, ...]
    FEEDS: tuple[str, ...]

    def recognises(self, page: Page) -> bool:
        """Whether the seed page was made by this platform."""

    def attempts(self, page: Page, scope: Scope) -> list[Ask]:
        """What to ask for, best first."""

    def read(self, answer: Answer, ask: Ask) -> Reading | None:
        """Read an answer to one of the attempts; None where it is not what was asked for."""


PLATFORMS: tuple[Platform, ...] = (
    wordpress, blogger, ghost, substack, tumblr, squarespace, medium,
)  # fmt: skip


def recognise(page: Page) -> Platform | None:
    """Name the platform that made a page; None where no module knows it."""
    return next((platform for platform in PLATFORMS if platform.recognises(page)), None)


def platform_named(name: str) -> Platform | None:
    """Give the module of a method name; None where the method is no platform."""
    return next((platform for platform in PLATFORMS if name == platform.NAME), None)

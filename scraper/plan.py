"""What a spider asks of the plan that it follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from archive.records import AskedList, Discovery
from scraper.discovery import Answer, Fetch


class Plan(Protocol):
    """What decides on the URLs of one seed; `scraper.discovery.plan.SitePlan` is the blog's."""

    @property
    def discoveries(self) -> Mapping[str, Discovery]:
        """Every page that was found, by its URL."""
        ...

    @property
    def skipped(self) -> Mapping[str, str]:
        """The rule that kept a URL from being fetched, by its URL."""
        ...

    @property
    def declared_total(self) -> tuple[str, int] | None:
        """What the site itself says of its number of posts: source, number."""
        ...

    @property
    def asked_lists(self) -> Mapping[str, AskedList]:
        """What became of each list that was asked for, by its URL."""
        ...

    @property
    def unlisted(self) -> frozenset[str]:
        """Known posts that a list has named before, and that no list names any more."""
        ...

    def knows(self, url: str) -> bool:
        """Whether earlier crawls have captured the page at an address."""
        ...

    def take_unsaved(self) -> list[Discovery]:
        """The pages found since this was last asked, those left out that are known already."""
        ...

    def start(self) -> list[Fetch]:
        """The first things to fetch."""
        ...

    def answered(self, fetch: Fetch, answer: Answer) -> list[Fetch]:
        """Tell what came back; gives what to fetch next."""
        ...

    def call_witness(self) -> list[Fetch]:
        """Ask for a known post that was not asked for, if there is any; gives one at most."""
        ...

    def failed(self, fetch: Fetch, reason: str) -> list[Fetch]:
        """Tell that nothing came back; gives what to fetch next."""
        ...

    def redirected(self, fetch: Fetch, target: str) -> str | None:
        """Tell where an answer points; gives the URL to follow, or None to stop there."""
        ...

    def claim(self, url: str, canonical: str | None) -> str | None:
        """Take an address for an article; gives the address that has it already, if any."""
        ...

    def discovery(self, url: str) -> Discovery:
        """All ways in which a URL was found so far."""
        ...

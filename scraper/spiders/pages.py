"""The spider `pages`: a list of addresses in, just those pages out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.records import AskedList, Discovery
from archive.urls import urlkey
from scraper.arguments import parse_pages_arguments
from scraper.catalogue_memory import CatalogueMemory
from scraper.discovery import Answer, Fetch
from scraper.plan import Plan
from scraper.plan_spider import PlanSpider


class ListPlan:
    """A plan that fetches what it was given and looks for nothing else."""

    def __init__(self, urls: tuple[str, ...], memory: CatalogueMemory | None = None) -> None:
        self._memory = memory
        self.discoveries: Mapping[str, Discovery] = {
            url: Discovery(url=url, methods=("list",)) for url in urls
        }
        self.skipped: Mapping[str, str] = {}
        self.asked_lists: Mapping[str, AskedList] = {}
        self.declared_total: tuple[str, int] | None = None
        self.unlisted: frozenset[str] = frozenset()
        self._unsaved = list(self.discoveries.values())
        self._claims: dict[str, str] = {}

    def knows(self, url: str) -> bool:
        """Whether earlier crawls have captured it."""
        return self._memory is not None and self._memory.has_captured(url)

    def take_unsaved(self) -> list[Discovery]:
        """Everything, once."""
        unsaved, self._unsaved = self._unsaved, []
        return unsaved

    def start(self) -> list[Fetch]:
        """Everything."""
        return [
            Fetch(discovery=discovery, purpose="candidate", source=None, priority=0)
            for discovery in self.discoveries.values()
        ]

    def answered(self, fetch: Fetch, answer: Answer) -> list[Fetch]:
        """Nothing follows."""
        return []

    def failed(self, fetch: Fetch, reason: str) -> list[Fetch]:
        """Nothing follows."""
        return []

    def call_witness(self) -> list[Fetch]:
        """Nothing is asked for but what was named."""
        return []

    def redirected(self, fetch: Fetch, target: str) -> str | None:
        """Follow wherever it leads: the address was named by a person."""
        return target

    def claim(self, url: str, canonical: str | None) -> str | None:
        """The first address of a page has it."""
        owner = self._claims.setdefault(urlkey(canonical or url), url)
        return None if owner == url else owner

    def discovery(self, url: str) -> Discovery:
        """The line of the list."""
        return self.discoveries[url]


class PagesSpider(PlanSpider):
    """Archives the pages of a list.

    Arguments (``-a name=value``): urls (a file, or ``-``), url, collection, mode,
    comments, requisites; see `docs/reference/commands.md`.

    Raises:
        ArgumentError: one of them is unknown, missing or malformed.
    """

    name = "pages"
    parse_arguments = staticmethod(parse_pages_arguments)
    expects_answers = False

    def __init__(self, **given: Any) -> None:
        super().__init__(self.name)
        arguments = parse_pages_arguments(given)
        self.seeds = arguments.seeds
        self.collection = arguments.collection
        self.mode = arguments.mode
        self.comments = arguments.comments
        self.requisites = arguments.requisites
        self.plans = []

    def make_plans(self) -> list[Plan]:
        """Make one plan for all of the list."""
        return [ListPlan(self.seeds, self.memory)]

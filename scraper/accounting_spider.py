"""What a crawl tells of itself: all that it found, and what is known only when all is answered."""

from __future__ import annotations

import logging

from scrapy import Spider

from archive.catalogue import FoundUrl, skipped
from archive.catalogue.chains import (
    ENDS,
    SILENT_PAGES_STAT,
    UNANSWERED_LISTS_STAT,
    UNANSWERED_SEEDS_STAT,
)
from archive.earlier_answers import UNCONFIRMED
from archive.records import AskedList, Discovery
from archive.unheeded import STAND_IN
from archive.urls import urlkey
from scraper.absences import Absences, Silence
from scraper.catalogue_memory import CatalogueMemory
from scraper.collection_keeper import CollectionKeeper
from scraper.discovery.known import OUT_OF_SCOPE
from scraper.plan import Plan

logger = logging.getLogger(__name__)


class AccountingSpider(Spider):
    """Gives account of what its plans found (`scraper.collecting_spider.CollectingSpider`).

    Attributes:
        plans: of this crawl; none before it has begun.
        absences: for each plan, what its answers tell of pages that are not there any more.
        silence: tells when a server does not answer.
    """

    name: str
    collection: str
    seeds: tuple[str, ...]
    plans: list[Plan]
    memory: CatalogueMemory | None = None  # None: nothing was crawled before

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.silence = Silence()
        self.absences: dict[Plan, Absences] = {}

    @property
    def keeper(self) -> CollectionKeeper:
        """The book of outcomes."""
        keeper = self.crawler.get_extension(CollectionKeeper)
        assert keeper is not None
        return keeper

    def count(self, stat: str) -> None:
        """Count something in the stats of the crawl."""
        self.crawler.stats.inc_value(stat)

    def take_unsaved(self) -> list[Discovery]:
        """The pages that were found since this was last asked."""
        return [discovery for plan in self.plans for discovery in plan.take_unsaved()]

    def count_not_due(self) -> int | None:
        """Count the known pages that were not asked for; None where nothing was known."""
        if self.memory is None:
            return None
        told = {urlkey(line.discovery.url): line.discovery.url for line in self.found()}
        return self.memory.count_captured() - sum(map(self.memory.has_captured, told.values()))

    def settle(self, reason: str) -> None:
        """Say of the pages that may be gone what all answers tell; a crawl ends with that.

        Args:
            reason: of the end. Of a crawl that was broken off, who takes it up asks for them again.
        """
        for plan in self.plans:
            for url in plan.unlisted:
                self.keeper.keep_unlisted(url)
        if reason in ENDS:
            for absences in self.absences.values():
                self._settle_lost(absences)
        if self.silence.is_total():
            self.count(UNANSWERED_LISTS_STAT)

    def _settle_lost(self, absences: Absences) -> None:
        for url, gone_for in absences.verdicts():
            if self.keeper.outcomes.get(url) != skipped(UNCONFIRMED):
                continue
            if gone_for:
                self.keeper.keep_gone(url, gone_for)
            else:
                self.keeper.keep_failure(url, "fetch", STAND_IN, "it leads to what is no post")
        if absences.is_site_away():
            self.count(SILENT_PAGES_STAT)
        for seed in absences.doubtful_seeds():
            self.count(UNANSWERED_SEEDS_STAT)
            self.keeper.keep_failure(seed, "fetch", STAND_IN, "it names no post")
            logger.error("%s: %s in place of the blog", seed, STAND_IN)

    def found(self) -> list[FoundUrl]:
        """Every page that was found; with an outcome where a rule kept it from being fetched."""
        lines = [FoundUrl(discovery=d) for plan in self.plans for d in plan.discoveries.values()]
        for plan in self.plans:
            for url, rule in plan.skipped.items():
                if self._is_to_be_told(url, rule):
                    discovery = plan.discovery(url)
                    lines.append(FoundUrl(discovery=discovery, outcome=skipped(rule)))
        return lines

    def _is_to_be_told(self, url: str, rule: str) -> bool:
        """Tell whether a crawl says of a page that it was left out: it says so once."""
        is_news = self.memory is None or url in self.keeper.outcomes or not self.memory.find(url)
        return is_news and rule != OUT_OF_SCOPE

    def declared_totals(self) -> list[tuple[str, int]]:
        """What the sites themselves say of their number of posts: source, number."""
        return [plan.declared_total for plan in self.plans if plan.declared_total]

    def asked_lists(self) -> list[AskedList]:
        """What became of each list that was asked for."""
        return [asked for plan in self.plans for asked in plan.asked_lists.values()]

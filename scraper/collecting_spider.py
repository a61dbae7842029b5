"""What a spider has to be like for its crawl to go into a collection, and the crawl it begins."""

from __future__ import annotations

from typing import Protocol

from scrapy.settings import BaseSettings

from archive.catalogue import FoundUrl
from archive.dates import utc_now
from archive.digests import text_digest
from archive.records import AskedList, Crawl, Discovery
from scraper.identity import name_versions


class CollectingSpider(Protocol):
    """What the keeper asks of a spider; one without these is left alone (`scrapy shell`)."""

    name: str
    collection: str
    seeds: tuple[str, ...]

    def settle(self, reason: str) -> None:
        """Say what can be said of a page only when all is answered; called once, at the end."""
        ...

    def found(self) -> list[FoundUrl]:
        """Every page that was found; with an outcome where a rule kept it from being fetched."""
        ...

    def take_unsaved(self) -> list[Discovery]:
        """The pages that were found since this was last asked."""
        ...

    def count_not_due(self) -> int | None:
        """Count the known pages that were not asked for; None where nothing was known."""
        ...

    def declared_totals(self) -> list[tuple[str, int]]:
        """What the sites themselves say of their number of posts: source, number."""
        ...

    def asked_lists(self) -> list[AskedList]:
        """What became of each list that was asked for."""
        ...


def begin_crawl(spider: CollectingSpider, settings: BaseSettings) -> Crawl:
    """Make the row of a crawl that begins now.

    Args:
        spider: that runs.
        settings: of the crawl; those that differ from Scrapy's are in its digest.
    """
    started = utc_now()
    changed = sorted(
        f"{name}={settings[name]!r}" for name in settings if settings.getpriority(name) or 0
    )
    return Crawl(
        crawl_id=started.strftime("%Y%m%d%H%M%S%f"),
        spider=spider.name,
        seeds=spider.seeds,
        started=started,
        versions=name_versions(),
        settings_digest=text_digest("\n".join(changed)),
    )

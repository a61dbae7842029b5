"""Catalogues of crawls that came again and again, as their logs leave them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from archive.catalogue import Catalogue
from archive.catalogue.folding import fold_crawls
from archive.catalogue.pages import KnownPage, find_page
from archive.records import Crawl, Discovery
from tests.archive.sample_records import BLOG, START, make_crawl, make_failure


@dataclass
class Watched:
    """A blog that was crawled some days, and what its catalogue says now."""

    path: Path
    now: datetime = START + timedelta(days=1000)

    def crawl(self, day: float, outcomes: dict[str, str | None], **said: Any) -> Crawl:
        """Add a crawl; what it says of itself, and an `error` of what failed, are in `said`."""
        error, lastmod = said.pop("error", "timeout"), said.pop("lastmod", None)
        started = START + timedelta(days=day)
        crawl = make_crawl(
            crawl_id=f"{started:%Y%m%d%H%M%S}", started=started, finished=started, **said
        )
        with Catalogue(self.path) as catalogue:
            catalogue.add_crawl(replace(crawl, finished=None, reason=None))
            fold_crawls(catalogue, self.now)
            for name, outcome in outcomes.items():
                found = Discovery(
                    url=f"{BLOG}{name}", methods=("sitemap",), via=f"{BLOG}map.xml", lastmod=lastmod
                )
                catalogue.add_discovery(found, crawl_id=crawl.crawl_id, outcome=outcome)
                if outcome == "failed":
                    failure = make_failure(found.url, error, crawl_id=crawl.crawl_id)
                    catalogue.add_failure(failure)
            catalogue.add_crawl(crawl)
            fold_crawls(catalogue, self.now)
        return crawl

    def page(self, name: str) -> KnownPage:
        """Find what is known of a page."""
        with Catalogue(self.path) as catalogue:
            page = find_page(catalogue, f"{BLOG}{name}")
        assert page is not None, name
        return page

    def rows(self) -> list[tuple[Any, ...]]:
        """List the rows of all pages, as they stand."""
        with Catalogue(self.path) as catalogue:
            return [tuple(row) for row in catalogue.query("SELECT * FROM pages ORDER BY urlkey")]


def day(number: float) -> datetime:
    """Give the date of the crawl of a day."""
    return START + timedelta(days=number)

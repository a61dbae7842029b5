"""The spider `blog`: a blog's address in, its posts out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from scrapy import Request
from scrapy.exceptions import CloseSpider

from scraper.arguments import parse_blog_arguments
from scraper.discovery import SitePlan
from scraper.plan import Plan
from scraper.plan_spider import PlanSpider

# What a plan may name when so many posts are wanted: some of it turns out to be no post. The crawl
# ends with the last post that is wanted; `scraper.post_limit` sees to it that no more is sent.
_PAGES_PER_POST = 3
_OTHER_PAGES = 100


class BlogSpider(PlanSpider):
    """Finds every post of the blogs that it is given, and archives them.

    Arguments (``-a name=value``): url, urls, collection, mode, since, until, limit,
    comments, requisites; see `docs/reference/commands.md`.

    Raises:
        ArgumentError: one of them is unknown, missing or malformed.
    """

    name = "blog"
    parse_arguments = staticmethod(parse_blog_arguments)

    def __init__(self, **given: Any) -> None:
        super().__init__(self.name)
        arguments = parse_blog_arguments(given)
        self.seeds = arguments.seeds
        self.collection = arguments.collection
        self.mode = arguments.mode
        self.comments = arguments.comments
        self.requisites = arguments.requisites
        self.since, self.until, self.limit = arguments.since, arguments.until, arguments.limit
        self.plans = []

    async def start(self) -> AsyncIterator[Request]:
        """Yield the first requests; none where an interrupted crawl had come to its limit."""
        archived = self.keeper.archived_before
        if self.limit is not None and archived >= self.limit and not self.requisites:
            raise CloseSpider("limit")
        async for request in super().start():
            yield request

    def make_plans(self) -> list[Plan]:
        """Make a plan for each blog."""
        asked = None if self.limit is None else self.limit * _PAGES_PER_POST + _OTHER_PAGES
        return [
            SitePlan(
                seed,
                since=self.since,
                until=self.until,
                limit=asked,
                memory=self.memory.of_blog(seed) if self.memory else None,
            )
            for seed in self.seeds
        ]

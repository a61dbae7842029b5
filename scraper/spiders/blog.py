"""The spider `blog`: a blog's address in, its posts out."""

from __future__ import annotations

from typing import Any

from scraper.arguments import parse_blog_arguments
from scraper.discovery import SitePlan
from scraper.plan_spider import PlanSpider


class BlogSpider(PlanSpider):
    """Finds every post of the blogs that it is given, and archives them.

    Arguments (``-a name=value``): url, urls, collection, since, until, limit; see
    `docs/reference/commands.md`.

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
        self.since, self.until = arguments.since, arguments.until
        self.plans = [
            SitePlan(seed, since=arguments.since, until=arguments.until, limit=arguments.limit)
            for seed in arguments.seeds
        ]

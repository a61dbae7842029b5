"""The argument `limit`: so many posts, and no page fetched that could be one too many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.core.scheduler import Scheduler

from scraper.collection_keeper import CollectionKeeper

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class PostLimit:
    """Scrapy extension that counts the posts that the spider's attribute `limit` allows."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._filed = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build it as Scrapy does."""
        return cls(crawler)

    def count_post(self) -> None:
        """Take one post off what is wanted."""
        self._filed += 1

    @property
    def wanted(self) -> int | None:
        """How many more posts are wanted, those of crawls taken up counted; None: all there are."""
        limit = getattr(self.crawler.spider, "limit", None)
        if limit is None:
            return None
        keeper = self.crawler.get_extension(CollectionKeeper)
        assert keeper is not None
        return max(0, int(limit) - keeper.archived_before - self._filed)

    @property
    def is_reached(self) -> bool:
        """Whether all posts that are wanted are there."""
        return self.wanted == 0

    def may_send(self, under_way: int) -> bool:
        """Tell whether one more request may be sent while others are under way or being read.

        Each of those may bring a post. When all are there, only requisites are still sent.
        """
        if self.is_reached:
            return bool(getattr(self.crawler.spider, "requisites", False))
        return self.wanted is None or under_way < self.wanted


class LimitedScheduler(Scheduler):
    """Scrapy's scheduler, which keeps back what a crawl with a limit need not ask for."""

    def next_request(self) -> Request | None:
        """Give the request whose turn it is; None while what is under way may be enough."""
        assert self.crawler is not None
        limit = self.crawler.get_extension(PostLimit)
        slot = self.crawler.engine._slot  # Scrapy has no other count of what is sent and not read
        if limit and slot and not limit.may_send(len(slot.inprogress)):
            return None
        return super().next_request()

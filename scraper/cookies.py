"""Scrapy's cookies, without the download that it makes for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy.downloadermiddlewares import cookies

from scraper.sharding import public_suffixes

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class OfflineCookies(cookies.CookiesMiddleware):
    """Knows public suffixes from the list that is installed.

    Scrapy would fetch a newer one from a server of its own choosing: past the private network
    guard and the archive, and in vain where there is no such network.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build it as Scrapy does.

        Raises:
            NotConfigured: cookies are switched off.
        """
        made = super().from_crawler(crawler)
        cookies._split_domain = public_suffixes()
        return made

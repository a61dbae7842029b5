"""A part with a mistake in it, for a test to put into a crawl."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from scrapy.http import Response


class FailingMiddleware:
    """A spider middleware that fails over the page ``/charts/``."""

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Pass on what the spider gives.

        Raises:
            LookupError: it is that page.
        """
        async for each in result:
            if response.url.endswith("/charts/"):
                raise LookupError("a mistake")
            yield each

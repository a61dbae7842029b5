"""Downloader middleware that looks at each request once more before it is sent."""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from scraper.requisites.fetching import RequisiteFetcher


class RequisiteGate:
    """Turns away what need not be fetched any more, as `RequisiteFetcher.check` says.

    Its place is between RetryMiddleware (550) and the wire, so that it sees each attempt.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build it as Scrapy does."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Let the request pass, or raise what says why not."""
        self._fetcher.check(request)

    def process_response(self, request: Request, response: Response) -> Response:
        """Note that there is an answer."""
        self._fetcher.note_answer(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Note that there is none."""
        self._fetcher.note_silence(request, exception)

    @property
    def _fetcher(self) -> RequisiteFetcher:
        fetcher = self._crawler.get_extension(RequisiteFetcher)
        assert fetcher is not None
        return fetcher

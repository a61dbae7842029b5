"""Downloader middleware that takes answers from the archive, and asks only for what has changed.

A crawl that takes up an interrupted one runs its plan again from the start. What that one has
captured is given back from its WARC files: no request is made, nothing is waited for, and nothing
is written again. So the plan comes to where it was, without a file of its own that a killed process
could have left half written.

A page that may be unchanged (``revalidate`` in the request's meta) is asked for with the validators
of its last answer (RFC 9110 §13.1). Where the server says 304, the archived answer is given on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Self
from urllib.parse import urldefrag

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from archive.dates import utc_now
from archive.earlier_answers import Asked, EarlierAnswer, EarlierAnswers
from archive.http_message import payload, split_response
from archive.records import Discovery
from scraper.answers import ARCHIVED
from scraper.collection_keeper import CollectionKeeper

LISTS_FRESH_FOR = timedelta(hours=24)
"""How long a list, a listing page, the seed and robots.txt are taken from an interrupted crawl."""

LISTS_TRUSTED_FOR = timedelta(days=7)
"""After a list has been "not modified" for so long, all of it is asked for once."""
PAGES_TRUSTED_FOR = timedelta(days=90)
"""Likewise of a page, so that one whose validators never change is read anew all the same."""

_LISTING = frozenset({"seed", "robots", "source", "listing"})  # purposes of a plan's requests
_MARKS = (
    "capture", "exchange", "crawl_id", "from_archive", "settled", "not_modified", "validators"
)  # fmt: skip


class ArchivedAnswers:
    """Gives what a collection has already, as `scraper.capture_handler` gives what it downloads.

    Its place is next to the wire: past robots.txt and retries, and before what decodes bodies. The
    request's meta then has, beside "capture" and "exchange": "from_archive", with which no request
    was made; "crawl_id", the crawl that made it; "settled", what became of the page then; and
    "not_modified", with which the server said that the answer is the archived one.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build it as Scrapy does."""
        return cls(crawler)

    async def process_request(self, request: Request) -> Response | None:
        """Answer a request that an interrupted crawl made, or add conditions to it.

        Raises:
            WriteFailed: the catalogue cannot be used any more; the crawl ends.
        """
        # A retried or redirected request carries what was noted about the one before it.
        for mark in _MARKS:
            request.meta.pop(mark, None)
        for name in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(name, None)
        keeper = self._keeper
        if keeper is None or request.method != "GET" or request.meta.get("unconditional"):
            return None
        if keeper.chain:
            answer = await keeper.look_up(EarlierAnswers.find, _asked(request))
            if answer is not None:
                return self._give(request, answer)
        if request.meta.get("revalidate"):
            await self._add_conditions(request, keeper)
        return None

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        """Turn a 304 into the archived answer; where there is none, ask again for all of it.

        Raises:
            WriteFailed: the catalogue cannot be used any more; the crawl ends.
        """
        if response.status != 304:
            return response
        keeper, validators = self._keeper, request.meta.get("validators")
        message = None
        if keeper and validators:
            message = await keeper.look_up(EarlierAnswers.read, validators.capture_id)
        if message:
            self._count("not-modified")
            exchange = replace(request.meta["exchange"], response=message)
            request.meta.update(exchange=exchange, not_modified=True)
            return _response(exchange.target_uri, message)
        if request.meta.get("unconditional"):
            return response  # which the spider takes for a failure
        return request.replace(meta=request.meta | {"unconditional": True}, dont_filter=True)

    async def _add_conditions(self, request: Request, keeper: CollectionKeeper) -> None:
        url = urldefrag(request.url).url
        since = utc_now() - (LISTS_TRUSTED_FOR if _is_list(request) else PAGES_TRUSTED_FOR)
        validators = await keeper.look_up(EarlierAnswers.find_validators, url, since)
        if validators is None:
            return
        request.meta["validators"] = validators
        if validators.etag:
            request.headers["If-None-Match"] = validators.etag.encode("latin-1")
        if validators.last_modified:
            request.headers["If-Modified-Since"] = validators.last_modified.encode("latin-1")

    def _give(self, request: Request, answer: EarlierAnswer) -> Response:
        self._count("from-archive")
        request.meta.update(
            capture=answer.capture,
            exchange=answer.exchange,
            crawl_id=answer.crawl_id,
            from_archive=True,
            settled=answer.settled,
            not_modified=answer.not_modified,
        )
        return _response(answer.capture.target_uri, answer.exchange.response)

    def _count(self, name: str) -> None:
        self._crawler.stats.inc_value(f"answers/{name}")

    @property
    def _keeper(self) -> CollectionKeeper | None:
        return self._crawler.get_extension(CollectionKeeper)


def _asked(request: Request) -> Asked:
    return Asked(
        url=urldefrag(request.url).url,
        discovery=request.meta.get("discovery") or Discovery(url=request.url, methods=()),
        role=request.meta.get("role", "source"),
        since=utc_now() - LISTS_FRESH_FOR if _is_list(request) else None,
    )


def _is_list(request: Request) -> bool:
    is_source = request.meta.get("role", "source") == "source"
    return is_source or request.meta.get("purpose") in _LISTING


def _response(url: str, message: bytes) -> Response:
    """Make the response that Scrapy's download handler would: chunks joined, codings left on."""
    head = split_response(message)
    assert head.status is not None  # else it would not have been found
    headers = Headers()
    for name, value in head.headers:
        if name.lower() != "transfer-encoding":
            headers.appendlist(name, value.encode("latin-1"))
    body = payload(message)
    kind = responsetypes.from_args(headers=headers, url=url, body=body)
    return kind(url=url, status=head.status, headers=headers, body=body, flags=[ARCHIVED])

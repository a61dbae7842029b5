"""Download handler that keeps every HTTP exchange of a crawl as the bytes that crossed the wire.

It is Scrapy's own HTTP/1.1 handler with a wire tap (`scraper.exchange_tape`). Whatever becomes of
a request — an answer, a redirect, a timeout, an answer that Scrapy refuses — the exchange goes to
the crawler's `ExchangeSink` first; then Scrapy goes on as if nothing had happened.
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol
from urllib.parse import urldefrag

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, DownloadTimeoutError
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached
from twisted.web.client import URI

from archive.records import Capture, Exchange
from scraper.exchange_tape import (
    Tape,
    TapedFactory,
    TapedPool,
    UnsupportedScrapyError,
    check_supported_versions,
    record_next,
)
from scraper.failed_answers import put_into_words


class ExchangeSink(Protocol):
    """Where exchanges are kept: the attribute `exchange_sink` of the crawler."""

    async def keep(self, exchange: Exchange, request: Request) -> Capture:
        """Store the exchange that came of `request`, and say where it lies."""
        ...


class CaptureHandler(HTTP11DownloadHandler):
    """Downloads over HTTP/1.1 and gives each exchange to `crawler.exchange_sink`.

    What was kept is in `request.meta`: the `Exchange` under "exchange", the `Capture` under
    "capture". Without a sink on the crawler (as in `scrapy shell`) nothing is recorded.

    At most DOWNLOAD_MAXSIZE bytes of an answer (and 64 kB for its head) are held; past that the
    connection is cut and the exchange is kept with `truncated="length"`. DOWNLOAD_TIMEOUT bounds
    the whole exchange, however slowly it drips (`truncated="time"`).

    Raises:
        UnsupportedScrapyError: at start-up, when Scrapy or Twisted is not a supported version.
    """

    def __init__(self, crawler: Crawler) -> None:
        check_supported_versions()
        super().__init__(crawler)
        if not hasattr(self, "_pool"):
            raise UnsupportedScrapyError("HTTP11DownloadHandler._pool")
        from twisted.internet import reactor

        pool = TapedPool(reactor, persistent=True)
        pool.maxPersistentPerHost = self._pool.maxPersistentPerHost
        pool._factory = TapedFactory
        self._pool = pool

    async def download_request(self, request: Request) -> Response:
        """Download `request` as Scrapy does, and have the exchange kept before returning.

        Raises:
            Exception: whatever Scrapy's handler raises, in words (`scraper.failed_answers`) and
                once the exchange is kept; and what the sink raises, as an exchange that cannot be
                kept must not count as archived.
        """
        # A retried or redirected request carries the meta of the one before it.
        request.meta.pop("capture", None)
        request.meta.pop("exchange", None)
        sink: ExchangeSink | None = getattr(self._crawler, "exchange_sink", None)
        if sink is None:
            return await super().download_request(request)
        tape = Tape(request.meta.get("download_maxsize", self._default_maxsize))
        record_next(tape)
        async with _Recording(tape, request, sink):
            return await super().download_request(request)


class _Recording:
    """Has the exchange kept at the end of a download, whichever way it ends."""

    def __init__(self, tape: Tape, request: Request, sink: ExchangeSink) -> None:
        self._tape = tape
        self._request = request
        self._sink = sink

    async def __aenter__(self) -> None:
        """Nothing to prepare: the tape begins to run when a connection is there."""

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        task_is_ending = error is not None and not isinstance(error, Exception)
        if task_is_ending:
            return
        if self._tape.reached_server:
            await self._keep(error)
        if in_words := put_into_words(error):
            raise in_words from error

    async def _keep(self, error: BaseException | None) -> None:
        exchange = _exchange(self._tape, self._request, error)
        self._request.meta["exchange"] = exchange
        self._request.meta["capture"] = await self._sink.keep(exchange, self._request)
        if error is not None and exchange.truncated == "length":
            # Scrapy takes our cut for a lost connection, and would fetch the answer once more.
            raise DownloadCancelledError(
                f"more than {self._tape.max_response_bytes} bytes, or no end of the head"
            ) from error


def _exchange(tape: Tape, request: Request, error: BaseException | None) -> Exchange:
    assert tape.date is not None
    truncated = tape.truncated
    if truncated is not None and isinstance(error, DownloadTimeoutError):
        truncated = "time"
    elif truncated is not None and isinstance(error, DownloadCancelledError):
        truncated = "length"
    proxied = bool(request.meta.get("proxy"))
    sent = bytes(tape.request)
    if proxied and urlparse_cached(request).scheme == "http":
        sent = _origin_form(sent)
    return Exchange(
        target_uri=urldefrag(request.url)[0],
        date=tape.date,
        request=sent,
        response=bytes(tape.response),
        ip_address=None if proxied else tape.ip_address,
        tls=tape.tls,
        truncated=truncated,
    )


def _origin_form(request: bytes) -> bytes:
    """Turn a request as sent to a proxy into the one that the proxy passes on.

    The request target loses scheme and authority (RFC 9112, section 3.2.1), and the credentials
    for the proxy, which are nobody else's business, go.
    """
    head, blank, body = request.partition(b"\r\n\r\n")
    request_line, *fields = head.split(b"\r\n")
    method, target, version = request_line.split(b" ")
    lines = [b" ".join((method, URI.fromBytes(target).originForm, version))]
    lines += [field for field in fields if not field.lower().startswith(b"proxy-authorization:")]
    return b"\r\n".join(lines) + blank + body

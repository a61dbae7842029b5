"""Runs a real crawl in a process of its own, and tells what was kept and what Scrapy made of it.

A reactor starts once in a process, so the crawl runs in a child: `crawl` is the parent's side, and
this module run as a script is the child's. Requests go in and outcomes come out as JSON.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import scrapy
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Response
from scrapy.resolver import HostResolution
from scrapy.settings import Settings
from twisted.internet.abstract import isIPAddress
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver
from twisted.python.failure import Failure
from zope.interface import implementer

from archive.catalogue import FoundUrl
from archive.records import AskedList, Capture, Discovery, Exchange, Tls

HANDLER = "scraper.capture_handler.CaptureHandler"
SETTINGS: dict[str, Any] = {
    "DOWNLOAD_HANDLERS": {"http": HANDLER, "https": HANDLER},
    "DOWNLOAD_TIMEOUT": 20,
    "HTTPERROR_ALLOW_ALL": True,
    "LOG_LEVEL": "ERROR",
    "REMOTE_CONTROL_ENABLED": False,
    "RETRY_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
}
COLLECTING: dict[str, Any] = {
    "ADDONS": {},
    "DOWNLOAD_DELAY": 0,
    "DOWNLOADER_MIDDLEWARES": {},
    "EXTENSIONS": {"scraper.collection_keeper.CollectionKeeper": 10},
    "ITEM_PIPELINES": {},
    "ROBOTSTXT_OBEY": False,
    "TWISTED_DNS_RESOLVER": "scrapy.resolver.CachingThreadedResolver",
}
"""Leaves of the project's settings those that say what goes into a collection."""


@dataclass(frozen=True, slots=True)
class Get:
    """A request to make; `name` finds its outcome again."""

    name: str
    url: str
    method: str = "GET"
    body: str = ""
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What became of one `Get`: all exchanges kept for it, and what the spider was given."""

    exchanges: list[Exchange] = field(default_factory=list)
    capture: str | None = None  # record_id of meta["capture"] at the end
    status: int | None = None
    body: bytes = b""
    ip_address: str | None = None
    certificate: bool = False
    flags: list[str] = field(default_factory=list)
    error: str | None = None  # class name of the exception
    message: str = ""


def crawl(gets: Sequence[Get], settings: Mapping[str, Any] | None = None) -> dict[str, Outcome]:
    """Crawl `gets` in a child process; `settings` come on top of SETTINGS.

    Three settings are of this module: RECORD=False crawls without a sink; COLLECTION=path crawls
    into a collection, by the project's own settings, and keeps no exchanges for the outcomes; HOSTS
    maps host names to addresses, as /etc/hosts does, and is asked in place of the system's
    resolver.
    """
    order = {"gets": [asdict(get) for get in gets], "settings": dict(settings or {})}
    child = subprocess.run(
        [sys.executable, "-W", "error", "-m", __name__],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert child.returncode == 0, child.stderr
    assert "Traceback" not in child.stderr, child.stderr
    return {name: _outcome(told) for name, told in json.loads(child.stdout).items()}


def _outcome(told: dict[str, Any]) -> Outcome:
    exchanges = [_exchange(exchange) for exchange in told.pop("exchanges")]
    return Outcome(exchanges=exchanges, **{**told, "body": base64.b64decode(told["body"])})


def _exchange(told: dict[str, Any]) -> Exchange:
    tls = Tls(**told["tls"]) if told["tls"] else None
    octets = {name: base64.b64decode(told[name]) for name in ("request", "response")}
    return Exchange(**{**told, **octets, "tls": tls, "date": datetime.fromisoformat(told["date"])})


class MemorySink:
    """Keeps exchanges in a dict, by the name of the `Get` that they belong to."""

    def __init__(self) -> None:
        self.exchanges: dict[str, list[Exchange]] = {}

    async def keep(self, exchange: Exchange, request: scrapy.Request) -> Capture:
        """Keep the exchange; the Capture is numbered within its name."""
        kept = self.exchanges.setdefault(request.meta["name"], [])
        kept.append(exchange)
        return Capture(
            record_id=f"urn:test:{request.meta['name']}:{len(kept)}",
            record_type="response",
            target_uri=exchange.target_uri,
            urlkey="",
            date=datetime.now(UTC),
            status=None,
            mime=None,
            payload_digest="",
            filename="",
            offset=0,
            length=0,
        )


class RecordingSpider(scrapy.Spider):
    """Makes the requests it is given and notes how each ended."""

    name = "recording"
    gets: Sequence[dict[str, Any]] = ()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Give the crawler its sink, as a collection would."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.outcomes = {}
        spider.sink = MemorySink()
        if path := crawler.settings.get("COLLECTION"):
            spider.collection = path
        elif crawler.settings.getbool("RECORD", True):
            crawler.exchange_sink = spider.sink  # type: ignore[attr-defined]
        return spider

    outcomes: dict[str, Outcome]
    sink: MemorySink
    collection: str  # not set where there is none: what the keeper of a collection looks at
    seeds = ()

    def settle(self, reason: str) -> None:
        """Nothing is left to say."""

    def found(self) -> list[FoundUrl]:
        """Nothing: this spider is told what to fetch."""
        return []

    def take_unsaved(self) -> list[Discovery]:
        """Nothing."""
        return []

    def count_not_due(self) -> int | None:
        """Nothing is known."""
        return None

    def declared_totals(self) -> list[tuple[str, int]]:
        """None."""
        return []

    def asked_lists(self) -> list[AskedList]:
        """None."""
        return []

    async def start(self) -> AsyncIterator[Any]:
        """Make the requests, in order."""
        for number, get in enumerate(self.gets):
            yield scrapy.Request(
                get["url"],
                self.answered,
                method=get["method"],
                body=get["body"],
                meta={"name": get["name"], **get["meta"]},
                errback=self.failed,
                dont_filter=True,
                priority=-number,
            )

    def answered(self, response: Response) -> None:
        """Note an answer."""
        outcome = self._note(response.meta)
        outcome.status = response.status
        outcome.body = response.body
        outcome.ip_address = str(response.ip_address) if response.ip_address else None
        outcome.certificate = response.certificate is not None
        outcome.flags = response.flags

    def failed(self, failure: Failure) -> None:
        """Note a failure."""
        outcome = self._note(failure.request.meta)
        outcome.error = type(failure.value).__name__
        outcome.message = str(failure.value)

    def _note(self, meta: dict[str, Any]) -> Outcome:
        capture = meta.get("capture")
        outcome = Outcome(exchanges=self.sink.exchanges.get(meta["name"], []))
        outcome.capture = capture.record_id if capture else None
        assert ("exchange" in meta) == (capture is not None)
        self.outcomes[meta["name"]] = outcome
        return outcome


@implementer(IHostnameResolver)
class HostsTable:
    """A resolver that knows the names of a table and no others."""

    def __init__(self, hosts: Mapping[str, Sequence[str]]) -> None:
        self._hosts = hosts

    def resolveHostName(  # noqa: N802
        self, receiver: Any, name: str, port: int = 0, *args: Any, **kwargs: Any
    ) -> Any:
        """Give the table's addresses for a name, and an address for itself."""
        receiver.resolutionBegan(HostResolution(name))
        for address in [name] if isIPAddress(name) else self._hosts.get(name.lower(), ()):
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, port))
        receiver.resolutionComplete()
        return receiver


def _as_json(value: object) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def main() -> None:
    """Crawl what standard input asks for, and print the outcomes."""
    order = json.load(sys.stdin)
    settings = Settings()
    if "COLLECTION" in order["settings"]:
        settings.setmodule("scraper.settings", priority="default")
        settings.setdict(COLLECTING)
    settings.setdict({**SETTINGS, **order["settings"]})
    process = AsyncCrawlerProcess(settings)
    if hosts := process.settings.get("HOSTS"):
        from twisted.internet import reactor

        reactor.installNameResolver(HostsTable(hosts))  # below the one that the settings name
    crawler = process.create_crawler(RecordingSpider)
    process.crawl(crawler, gets=order["gets"])
    process.start()
    assert isinstance(crawler.spider, RecordingSpider)
    outcomes = {name: asdict(outcome) for name, outcome in crawler.spider.outcomes.items()}
    json.dump(outcomes, sys.stdout, default=_as_json)


if __name__ == "__main__":
    main()

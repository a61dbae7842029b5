"""How not to be a burden: robots.txt with its Crawl-delay, AutoThrottle above it, Retry-After."""

from __future__ import annotations

import logging
import math
from datetime import timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.utils.asyncio import call_later
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.misc import build_from_crawler
from twisted.internet.defer import Deferred

from archive.dates import utc_now
from archive.schedule.due import say_when
from archive.schedule.history import RETRY_AFTER, RETRY_AFTER_STAT
from scraper.addresses import site_of
from scraper.discovery.reading import Answer

if TYPE_CHECKING:
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.robotstxt import RobotParser

logger = logging.getLogger(__name__)


_SHORTEST_DELAY_S = 0.001
_MAX_RETRY_AFTER_S = 30 * 86_400.0
_MAX_DIGITS = 9  # of seconds: thirty years


class RobotsForbidden(IgnoreRequest):
    """The site's robots.txt does not let this crawler fetch the URL."""


class RobotsUnanswered(RobotsForbidden):
    """The site's robots.txt had no answer, or 500 and more: for now nothing may be fetched."""


class RobotsUnreachable(IgnoreRequest):
    """The site's robots.txt could not be fetched."""


class RobotsMiddleware(RobotsTxtMiddleware):
    """Obeys robots.txt as RFC 9309 reads it, and applies its Crawl-delay.

    Scrapy reads rules out of whatever comes back. Here an answer counts only when it is a
    robots.txt: an error below 500 or a page of HTML allows everything (RFC 9309 §2.3.1.3), an
    error of 500 or more, or none at all, forbids everything after Scrapy's retries (§2.3.1.4).

    One fetch serves both sides: a request for /robots.txt itself, which the discovery of
    sitemaps makes, is answered with the response that was fetched for the rules.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._answers: dict[str, Response] = {}
        self._reasons: dict[str, str] = {}  # why nothing of a host may be fetched
        self._max_delay_s = crawler.settings.getfloat("CRAWL_DELAY_MAX_S")

    async def process_request(self, request: Request) -> Response | None:  # type: ignore[override]
        """Let the request pass, or raise `RobotsForbidden`."""
        parts = urlsplit(request.url)
        if parts.path == "/robots.txt" and request.meta.get("robots_for_discovery"):
            await self.robot_parser(request)
            answer = self._answers.get(parts.netloc)
            return answer and answer.replace(request=request)
        try:
            await super().process_request(request)
        except IgnoreRequest as refusal:
            if reason := self._reasons.get(parts.netloc):
                raise RobotsUnanswered(reason) from refusal
            raise RobotsForbidden("robots.txt does not allow it") from refusal
        return None

    async def robot_parser(self, request: Request, spider: object = None) -> RobotParser | None:
        """Give the rules of a host; None where there are none.

        Of several requests that wait for the same rules, Scrapy gives them to the first two and
        lets the others pass (as of 2.19): each waiter takes the result off the one it waits on.
        """
        await super().robot_parser(request)
        rules = self._parsers[urlsplit(request.url).netloc]
        assert not isinstance(rules, Deferred)  # it is settled before any waiter goes on
        return rules

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Turn what kept a robots.txt from being fetched into `RobotsUnreachable`."""
        if request.meta.get("dont_obey_robotstxt") and not isinstance(exception, IgnoreRequest):
            raise RobotsUnreachable(f"{type(exception).__name__}: {exception}") from exception

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        self._answers[netloc] = response
        if response.status >= 500:
            rules = self._forbid_all(netloc, f"HTTP {response.status}")
        else:
            rules = response.body if _is_robots_txt(response) else b""
        other = self._share(response, netloc, rules)
        await super()._parse_robots(response.replace(body=rules), netloc, request)
        for host in filter(None, (netloc, other)):
            await self._apply_crawl_delay(host, request)

    def _share(self, response: Response, netloc: str, rules: bytes) -> str | None:
        """Give the rules to the host whose own robots.txt a redirect led to; says which that is."""
        led_to = urlsplit(response.url)
        if led_to.path != "/robots.txt" or led_to.netloc in self._parsers:
            return None
        self._answers[led_to.netloc] = response
        self._parsers[led_to.netloc] = build_from_crawler(self._parserimpl, self.crawler, rules)
        if why := self._reasons.get(netloc):
            self._reasons[led_to.netloc] = why
        return led_to.netloc

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        # Where the host itself cannot be found or asked, the request says so better.
        unreachable = isinstance(exc, RobotsUnreachable)
        if unreachable and not isinstance(exc.__cause__, CannotResolveHostError):
            rules = self._forbid_all(netloc, str(exc))
            waiting: Any = self._parsers[netloc]
            parser = build_from_crawler(self._parserimpl, self.crawler, rules)
            self._parsers[netloc] = parser
            waiting.callback(parser)
        else:
            super()._robots_error(exc, netloc)

    def _forbid_all(self, netloc: str, why: str) -> bytes:
        """Note why nothing may be fetched, and give the rules that say so."""
        self._reasons[netloc] = f"robots.txt of {netloc}: {why}, so nothing is fetched"
        logger.warning("%s", self._reasons[netloc])
        return b"User-agent: *\nDisallow: /\n"

    async def _apply_crawl_delay(self, netloc: str, request: Request) -> None:
        parser = await self.robot_parser(request)
        agent = self._robotstxt_useragent or self._default_useragent
        delay = parser.crawl_delay(agent) if parser else None
        if not delay or delay <= 0:
            return
        delay = min(delay, self._max_delay_s)
        downloader = self.crawler.engine.downloader
        host = urlsplit(f"//{netloc}").hostname or ""
        floor = max(delay, downloader.per_slot_settings.get(host, {}).get("delay", 0.0))
        downloader.per_slot_settings[host] = {"delay": floor, "concurrency": 1, "jitter": 0.0}
        if slot := downloader.slots.get(host):
            slot.delay, slot.jitter = max(slot.delay, floor), 0.0
        self.crawler.stats.set_value(f"politeness/crawl_delay_s/{host}", floor)


class PoliteThrottle(AutoThrottle):
    """AutoThrottle that never goes below a host's Crawl-delay."""

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        host = urlsplit(response.url).hostname or ""
        floors = self.crawler.engine.downloader.per_slot_settings
        slot.delay = max(slot.delay, floors.get(host, {}).get("delay", 0.0))


class OneAtATime:
    """Keeps Scrapy from beginning all that is queued for a host at once where there is no delay.

    It begins transfers in tasks of their own, and counts them once they run (as of Scrapy 2.19).
    With a delay, however short, it begins one and looks again.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> OneAtATime:
        """Build it, and have it see each request before it is queued."""
        extension = cls(crawler)
        signal = signals.request_reached_downloader
        crawler.signals.connect(extension.read_request, signal=signal)
        return extension

    def read_request(self, request: Request) -> None:
        """Give the host's queue a delay."""
        slot = self.crawler.engine.downloader.slots[request.meta["download_slot"]]
        slot.delay = slot.delay or _SHORTEST_DELAY_S


class RetryAfter:
    """Leaves a host alone until its Retry-After is over (RFC 9110 §10.2.3).

    The whole host waits, with all that is queued for it, not only the request that was answered
    429 or 503; Scrapy's retry of that one waits in the same queue.

    Where the blog itself asks for longer than RETRY_AFTER_MAX_S, the crawl ends in order, and the
    schedule comes again when that time is over. What other hosts ask for, as of requisites, is cut
    to that maximum; so is what a single page asks for, which may be of that page alone: one such
    page would end each crawl before what comes after it.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._max_wait_s = crawler.settings.getfloat("RETRY_AFTER_MAX_S")
        self._not_before: dict[str, float] = {}  # host -> monotonic seconds
        self._blog_hosts: set[str] = set()  # without `www.`
        self._pages: set[str] = set()  # addresses of pages of the blog that ask for too long

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RetryAfter:
        """Build it, and have it see each response before the next request is sent."""
        extension = cls(crawler)
        crawler.signals.connect(extension.note_blog, signal=signals.spider_opened)
        crawler.signals.connect(extension.read_response, signal=signals.response_downloaded)
        return extension

    def note_blog(self, spider: Spider) -> None:
        """Take down on which host the blog is; of a list of many hosts, none is the blog's."""
        hosts = {site_of(seed)[0] for seed in getattr(spider, "seeds", ())}
        self._blog_hosts = hosts if len(hosts) == 1 else set()

    def read_response(self, response: Response, request: Request) -> None:
        """Hold the host's queue for as long as the response asks, or end the crawl."""
        host = request.meta.get("download_slot", "")
        slot = self.crawler.engine.downloader.slots.get(host)
        if response.status not in {429, 503} or slot is None:
            return
        wait_s = parse_retry_after(response)
        if wait_s > self._max_wait_s and self._is_of_blog(response, request):
            self._end_crawl(host, wait_s)
            return
        wait_s = min(wait_s, self._max_wait_s)
        not_before = monotonic() + wait_s
        if wait_s > 0 and not_before > self._not_before.get(host, 0.0):
            self._not_before[host] = not_before
            self._hold(slot, wait_s)
            self.crawler.stats.inc_value("politeness/retry_after_waits")
            logger.info("%s asks us to wait %.0f s", host, wait_s)

    def _is_of_blog(self, response: Response, request: Request) -> bool:
        """Tell whether an answer speaks for the whole blog; a seed may redirect to where it is."""
        purpose, role = request.meta.get("purpose"), request.meta.get("role")
        if not self._blog_hosts or role == "requisite":
            return False
        if purpose == "seed":
            return True
        if site_of(response.url)[0] not in self._blog_hosts:
            return False
        if role == "page":
            self._pages.add(response.url)
        return role != "page" or len(self._pages) > 1

    def _end_crawl(self, host: str, wait_s: float) -> None:
        until = utc_now() + timedelta(seconds=wait_s)
        logger.warning("%s asks to be left alone until %s UTC", host, say_when(until))
        self.crawler.stats.set_value(RETRY_AFTER_STAT, math.ceil(wait_s))
        deferred_from_coro(self.crawler.engine.close_spider_async(reason=RETRY_AFTER))

    def _hold(self, slot: Slot, wait_s: float) -> None:
        slot.close()  # a wait that ends earlier
        slot.latercall = call_later(wait_s, self.crawler.engine.downloader._latercall, slot)
        slot.lastseen = monotonic() + wait_s  # else Scrapy forgets a slot that rests for a minute


def parse_retry_after(response: Response) -> float:
    """Parse Retry-After: seconds from now, 0 where it says nothing, thirty days at most."""
    raw = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if raw.isascii() and raw.isdigit():
        return min(float(raw[:_MAX_DIGITS]), _MAX_RETRY_AFTER_S)
    try:
        until = parsedate_to_datetime(raw)
    except ValueError:
        return 0.0
    if until.tzinfo is None:
        return 0.0
    return min(max((until - utc_now()).total_seconds(), 0.0), _MAX_RETRY_AFTER_S)


def _is_robots_txt(response: Response) -> bool:
    """Tell rules from the home page or an error page that some sites send instead."""
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    answer = Answer(
        url=response.url,
        status=response.status,
        headers={"content-type": content_type},
        body=response.body,
    )
    return response.status == 200 and not answer.is_html

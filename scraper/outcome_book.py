"""The book of outcomes: what has become of each page that a crawl has found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure as TwistedFailure

from archive.catalogue import EARLIER, UNCHANGED, UNLISTED, UNREAD, SketchRow, gone, skipped
from archive.dates import utc_now
from archive.earlier_answers import UNCONFIRMED
from archive.recorder import Recorder
from archive.records import Article, Capture, Crawl, Discovery, Failure, PageType, Stage
from scraper.recording_thread import RecordingThread

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_Params = ParamSpec("_Params")
_MAX_MESSAGE_LENGTH = 500


class OutcomeBook:
    """Keeps the account of a crawl, and hands what is to be kept to the recorder.

    Attributes:
        outcomes: what became of a found URL: see `archive.catalogue.FoundUrl`.
        crawl: the run; set when it begins.
    """

    crawl: Crawl

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.outcomes: dict[str, str] = {}
        self._thread: RecordingThread | None = None

    def keep_article(self, found_url: str, article: Article, sketch: SketchRow | None) -> None:
        """File an article that came of a URL that was found."""
        self._settle(found_url, PageType.ARTICLE, article.crawl_id)
        self._count(f"pages/{PageType.ARTICLE}")
        self._post(Recorder.keep_article, article, sketch)

    def keep_page_type(
        self,
        found_url: str,
        capture: Capture,
        page_type: PageType,
        sketch: SketchRow | None = None,
        *,
        crawl_id: str | None = None,
    ) -> None:
        """Note that a page, captured by this crawl or the one named, is no article."""
        self._settle(found_url, page_type, crawl_id)
        self._count(f"pages/{page_type}")
        self._post(Recorder.keep_page_type, capture.record_id, page_type, sketch)

    def keep_skipped(self, found_url: str, rule: str) -> None:
        """Note that a page is left out, although it is captured."""
        self.outcomes[found_url] = skipped(rule)
        self._count(f"pages/{skipped(rule)}")

    def keep_unchanged(self, found_url: str, *, crawl_id: str | None = None) -> None:
        """Note that a page, captured by this crawl or the one named, is what it was before."""
        self._settle(found_url, UNCHANGED, crawl_id)
        self._count(f"pages/{UNCHANGED}")

    def keep_gone(self, found_url: str, reason: str) -> None:
        """Note that a known page is no longer there."""
        self.outcomes[found_url] = gone(reason)
        self._count("pages/gone")

    def keep_unconfirmed(self, found_url: str) -> None:
        """Note at once that a known page may be gone: until the crawl ends, nobody can tell."""
        self.outcomes[found_url] = skipped(UNCONFIRMED)
        self._post(Recorder.keep_outcome, found_url, skipped(UNCONFIRMED), self.crawl.crawl_id)

    def keep_found(self, discoveries: Iterable[Discovery]) -> None:
        """Note pages that were found, before anything has become of them."""
        self._post(Recorder.keep_found, discoveries)

    def keep_unlisted(self, found_url: str) -> None:
        """Note of a page that is still there that no list names it any more."""
        if self.outcomes.get(found_url) in (UNCHANGED, PageType.ARTICLE):
            self.keep_gone(found_url, UNLISTED)

    def keep_earlier(self, found_url: str) -> None:
        """Note that an interrupted crawl, which this one takes up, has settled a page."""
        self.outcomes[found_url] = EARLIER
        self._count(f"pages/{EARLIER}")

    def keep_unread(self, found_url: str) -> None:
        """Note that a page is captured, and that nobody has read it."""
        self.outcomes[found_url] = UNREAD
        self._count(f"pages/{UNREAD}")

    def keep_failure(self, url: str, stage: Stage, error: str, message: str) -> None:
        """Note what did not work, whether it was a page or a list of pages."""
        self.outcomes[url] = "failed"
        self._count(f"failures/{stage}")
        self.note_failure(url, stage, error, message)

    def note_failure(self, url: str, stage: Stage, error: str, message: str) -> None:
        """Note what did not work, and settles no page: it stays out of the account of pages."""
        failure = Failure(
            url=url,
            stage=stage,
            error=error,
            message=message[:_MAX_MESSAGE_LENGTH],
            date=utc_now(),
            crawl_id=self.crawl.crawl_id,
        )
        self._post(Recorder.keep_failure, failure)

    def note_mistake(self, failure: TwistedFailure, response: Response | TwistedFailure) -> None:
        """Note a page that was lost to a mistake of ours, which Scrapy has logged in full."""
        request: Request | None = getattr(response, "request", None)
        discovery = request.meta.get("discovery") if request else None
        if self._thread is not None and discovery is not None:
            name = type(failure.value).__name__
            self.keep_failure(discovery.url, "extract", name, str(failure.value))

    def _settle(self, found_url: str, outcome: str, crawl_id: str | None) -> None:
        """Note what became of a page in the account of the crawl that captured it."""
        if crawl_id in (None, self.crawl.crawl_id):
            self.outcomes[found_url] = outcome
        else:
            self.outcomes[found_url] = EARLIER
            self._post(Recorder.keep_outcome, found_url, outcome, crawl_id)

    def _count(self, name: str) -> None:
        self.crawler.stats.inc_value(name)

    def _post(
        self,
        method: Callable[Concatenate[Recorder, _Params], None],
        *args: _Params.args,
        **kwargs: _Params.kwargs,
    ) -> None:
        assert self._thread is not None
        self._thread.post(method, *args, **kwargs)

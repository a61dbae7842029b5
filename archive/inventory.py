"""What the WARC files of a collection hold: captures, crawls with their logs, pages to extract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from archive.articles.store import ArchivedPage, file_stem
from archive.catalogue import Catalogue, FoundUrl
from archive.cdxj import CdxjIndex
from archive.errors import WarcError
from archive.record_json import from_json_line, to_json_line
from archive.records import AskedList, Capture, Crawl, Discovery, Failure, Origin
from archive.warc.captures import CrawlLog, StoredCapture, iter_stored_captures, read_logs
from archive.warc.file import sealed_path
from archive.warc.gzip_members import Loss

_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_COMMIT_CAPTURES = 10_000
IMPORT_SPIDER = "import"  # of the row of an import, which is no crawl
UNKNOWN_SPIDER = "unknown"  # of a crawl of which there are captures only
_ASKED_AGAIN = frozenset({408, 429})  # as is every 5xx: such an answer may not be the last
KILLED = "killed"  # reason of a crawl that could not say why it ended
NO_LOGS = "no logs in the WARC files"  # reason of a crawl of which nothing says how it began


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPage:
    """A captured page, and what continues it."""

    page: ArchivedPage
    continuations: Mapping[str, Capture]  # by the address asked for, in the order of the archive
    refused: frozenset[str]  # addresses of further pages that were answered with something else


@dataclass(slots=True)
class _CrawlTrace:
    """What the captures of a crawl say about it, for one whose logs are missing."""

    started: datetime
    last: datetime  # its last capture
    seeds: list[str] = field(default_factory=list)


class Inventory:
    """Takes in WARC files one after the other; `iter_pages` then lists the pages.

    Captures, crawls, failures, found URLs and lists go into the catalogue, captures into the index
    as well. What waits for the second pass lies in a file: memory holds crawls, continuations and
    redirects only.

    Args:
        catalogue: to be filled.
        index: to be filled.
        pages_path: where the list of pages goes.
    """

    def __init__(self, catalogue: Catalogue, index: CdxjIndex, pages_path: Path) -> None:
        self.capture_count = 0
        self.page_count = 0
        self.failure_count = 0
        self.warnings: list[str] = []
        self._catalogue = catalogue
        self._index = index
        self._pages_path = pages_path
        pages_path.touch()
        self._traces: dict[str, _CrawlTrace] = {}
        self._crawls: dict[str, Crawl] = {}  # what the crawls' own logs say of them
        self._logged: set[str] = set()
        self._ended: set[str] = set()  # before this
        self._continuations: dict[tuple[str, str], dict[str, Capture]] = {}
        self._refused: dict[tuple[str, str], set[str]] = {}
        self._answers: dict[tuple[str, str], str] = {}  # of redirected URLs: the last record_id

    def take(self, path: Path, *, skip_damaged: bool) -> None:
        """Read one WARC file to its end.

        Args:
            path: of the file.
            skip_damaged: what cannot be read becomes a warning.

        Raises:
            WarcError: the file is damaged.
        """
        losses: list[Loss] | None = [] if skip_damaged else None
        name = sealed_path(path).name
        places: dict[str, tuple[int, int]] = {}
        is_known = self._catalogue.has_captures_in(name)  # it may have been repaired since
        try:
            with self._pages_path.open("ab") as pages:
                crawl_id = file_stem(name)
                for stored in iter_stored_captures(path, losses=losses):
                    # A crawl has files of its own: one that does not say is of the one before.
                    crawl_id = stored.crawl_id or crawl_id
                    self._take_capture(_as_page(stored, crawl_id), pages)
                    if is_known:
                        capture = stored.capture
                        places[capture.record_id] = (capture.offset, capture.length)
            for log in read_logs(path, losses=[] if skip_damaged else None):  # the same once more
                self._take_log(log, path)
        except WarcError as error:  # with `skip_damaged`, only of a file that cannot be opened
            if not skip_damaged:
                raise
            self.warnings.append(str(error))
        if is_known:
            self._catalogue.place_captures(name, places)
        self.warnings.extend(_loss_line(loss) for loss in losses or ())
        self._catalogue.commit()

    def is_logged(self, crawl_id: str) -> bool:
        """Tell whether the crawl's own log of its pages was found."""
        return crawl_id in self._logged

    @property
    def crawl_ids(self) -> list[str]:
        """The crawls that have captures, in the order of their first."""
        return list(self._traces)

    @property
    def unlogged(self) -> frozenset[str]:
        """The crawls that have captures, had not ended, and have no log of their pages."""
        return frozenset(self._traces.keys() - self._logged - self._ended)

    def finish(self) -> None:
        """Write the rows of the crawls: until now, those that are new were marked as running.

        A crawl without a log of its end was killed, where log or catalogue tell of its begin; else
        nobody knows.
        """
        for crawl_id in {**self._crawls, **self._traces}:
            self._end_crawl(crawl_id)
        self._catalogue.commit()

    def _end_crawl(self, crawl_id: str) -> None:
        known, trace = self._catalogue.find_crawl(crawl_id), self._traces.get(crawl_id)
        crawl = self._crawls.get(crawl_id) or known
        assert crawl is not None  # of what was captured, there is a row since `take`
        if not _has_ended(crawl):
            if known and _has_ended(known):
                return
            last = max(trace.last, crawl.started) if trace else crawl.started
            crawl = replace(crawl, finished=last, reason=KILLED)
            if crawl.spider == UNKNOWN_SPIDER:
                seeds = tuple(dict.fromkeys(trace.seeds if trace else ()))
                crawl = replace(crawl, seeds=seeds, finished=None, reason=NO_LOGS)
        self._catalogue.add_crawl(crawl)

    def iter_pages(self) -> Iterator[ListedPage]:
        """Yield the captures of pages in the order of the archive, redirects left out."""
        with self._pages_path.open("rb") as lines:
            for line in lines:
                page = from_json_line(ArchivedPage, line)
                url = page.origin.discovery.url
                answer = self._answers.get((page.crawl_id, url), page.capture.record_id)
                if answer == page.capture.record_id:
                    yield self._listed(page)

    def _listed(self, page: ArchivedPage) -> ListedPage:
        key = (page.crawl_id, page.capture.target_uri)
        captures = self._continuations.get(key, {})
        identifiers = tuple(capture.record_id for capture in captures.values())
        return ListedPage(
            page=replace(page, continuation_ids=identifiers),
            continuations=captures,
            refused=frozenset(self._refused.get(key, ())),
        )

    def _take_capture(self, stored: ArchivedPage, pages: BinaryIO) -> None:
        capture, origin, crawl_id = stored.capture, stored.origin, stored.crawl_id
        self._catalogue.add_capture(capture, crawl_id=crawl_id, role=origin.role)
        self._index.append(capture)
        self.capture_count += 1
        if self.capture_count % _COMMIT_CAPTURES == 0:
            self._catalogue.commit()
        trace = self._trace(crawl_id, capture)
        discovery = origin.discovery
        if "seed" in discovery.methods and origin.role == "page":
            trace.seeds.append(discovery.url)
        if capture.status == 304:  # nothing was sent
            return
        if origin.role == "continuation" and discovery.via:
            self._take_continuation((crawl_id, discovery.via), discovery.url, capture)
        elif origin.role == "page":
            if discovery.url != capture.target_uri:
                self._answers[crawl_id, discovery.url] = capture.record_id
            pages.write(to_json_line(stored).encode() + b"\n")
            self.page_count += 1

    def _take_continuation(self, key: tuple[str, str], address: str, capture: Capture) -> None:
        status = capture.status
        is_unmodified = status is None and capture.record_type == "revisit"
        if status == 200 or is_unmodified:
            self._continuations.setdefault(key, {})[address] = capture
        elif status is not None and status < 500 and status not in _ASKED_AGAIN:
            self._refused.setdefault(key, set()).add(address)

    def _trace(self, crawl_id: str, capture: Capture) -> _CrawlTrace:
        if trace := self._traces.get(crawl_id):
            trace.last = max(trace.last, capture.date)
            return trace
        self._begin_crawl(crawl_id, capture.date)
        return self._traces.setdefault(
            crawl_id, _CrawlTrace(started=capture.date, last=capture.date)
        )

    def _begin_crawl(self, crawl_id: str, started: datetime) -> None:
        """Give a crawl that is new a row without an end, by which recovery knows it."""
        crawl = self._catalogue.find_crawl(crawl_id)
        if crawl is None:
            self._catalogue.add_crawl(
                Crawl(crawl_id=crawl_id, spider=UNKNOWN_SPIDER, seeds=(), started=started)
            )
        elif _has_ended(crawl):
            self._ended.add(crawl_id)

    def _take_log(self, log: CrawlLog, path: Path) -> None:
        if log.name == "discoveries.jsonl":
            self._logged.add(log.crawl_id)
        elif log.name == "failures.jsonl":  # the catalogue may hold some of them
            self._catalogue.forget_failures(log.crawl_id)
        for number, line in enumerate(log.body.splitlines(), 1):
            try:
                self._take_log_line(log, line)
            except ValueError as error:
                self.warnings.append(f"{path}: line {number} of {log.name}: {error}")

    def _take_log_line(self, log: CrawlLog, line: bytes) -> None:
        match log.name:
            case "crawl.json":
                crawl = from_json_line(Crawl, line)
                if _has_ended(crawl):  # it is logged when it begins, too
                    self._crawls[log.crawl_id] = crawl
                else:
                    self._crawls.setdefault(log.crawl_id, crawl)
            case "discoveries.jsonl":
                found = from_json_line(FoundUrl, line)
                self._catalogue.add_discovery(
                    found.discovery, crawl_id=log.crawl_id, outcome=found.outcome
                )
            case "lists.jsonl":
                asked = from_json_line(AskedList, line)
                self._catalogue.add_asked_list(asked, crawl_id=log.crawl_id)
            case "failures.jsonl":
                failure = from_json_line(Failure, line)
                if failure.stage != "extract":  # pages are extracted again
                    self._catalogue.add_failure(failure)
                    self.failure_count += 1


def _has_ended(crawl: Crawl) -> bool:
    return crawl.finished is not None or crawl.reason is not None


def _loss_line(loss: Loss) -> str:
    size = loss.end - loss.start
    return f"{loss.path}: {size:,} bytes from offset {loss.start} to {loss.end} lost: {loss.reason}"


def _as_page(stored: StoredCapture, crawl_id: str) -> ArchivedPage:
    """Give a capture its crawl and origin; of one without, guess: an HTML answer is a page."""
    capture = stored.capture
    origin = stored.origin
    if origin is None:
        is_page = capture.status == 200 and capture.mime in _HTML_TYPES
        discovery = Discovery(url=capture.target_uri, methods=())
        origin = Origin(role="page" if is_page else "source", discovery=discovery)
    return ArchivedPage(capture=capture, origin=origin, crawl_id=crawl_id)

"""Extracts the pages of WARC files, and files each as what it is.

Worker processes run the code that a crawl uses; a page becomes an article, a page of another type,
or a failure. What was known before stays.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

from archive.articles.store import ArchivedPage, ArticleStore, file_stem, make_article
from archive.catalogue import (
    FAILED,
    GONE,
    SKIPPED,
    UNCHANGED,
    UNLISTED,
    UNREAD,
    Catalogue,
    gone,
    skipped,
)
from archive.catalogue.sites import has_sketch
from archive.errors import CaptureNotFoundError, ExtractionError, WarcError
from archive.extraction import EXTRACTOR
from archive.extraction.reading import Reading
from archive.extraction.workers import ExtractionJob, ExtractionPool
from archive.inventory import Inventory, ListedPage
from archive.records import Extraction, Failure, PageType, Stage
from archive.repeated_payloads import repeats_payload
from archive.sketched_pages import sketch_row
from archive.split_posts import INCOMPLETE, PostReader
from archive.urls import urlkey
from archive.warc.file import sealed_path

_DEADLINE_S = 60.0  # for one page, as in a crawl
_MEMORY_LIMIT_BYTES = 2 * 1024**3  # of one worker, as in a crawl
_COMMIT_PAGES = 500
_PAGES_IN_FLIGHT = 4  # for each process: enough to keep it busy


class PageFiling:
    """Extracts pages in worker processes, and files them in their order.

    Args:
        posts: reads the pages.
        catalogue: knows their captures.
        inventory: lists them.
        store: gets the articles.
    """

    def __init__(
        self,
        posts: PostReader,
        catalogue: Catalogue,
        inventory: Inventory,
        store: ArticleStore,
    ) -> None:
        self.read_count = 0
        self.unread_count = 0
        self.failure_count = 0
        self._incomplete_count = 0
        self._posts = posts
        self._catalogue = catalogue
        self._inventory = inventory
        self._store = store
        self._waiting: deque[tuple[ArchivedPage, bool, Future[Reading]]] = deque()
        self._claims: dict[int, int] = {}  # hashes: (crawl, urlkey) -> the first URL; memory counts

    def enter_stored(self, paths: Iterable[Path]) -> None:
        """Enter the articles that the store holds already, and doubt all others of these files."""
        for path in paths:
            name = sealed_path(path).name
            self._catalogue.doubt_articles(name)
            self._store.relocate(file_stem(name), self._catalogue.find_offset)
            for article in self._store.iter_file(file_stem(name)):
                self._catalogue.add_article(article)
            self._catalogue.commit()

    def run(self, pages: Iterable[ListedPage], processes: int) -> None:
        """Extract and file every page that nobody has read; the articles are to be sealed then."""
        unread = (
            listed
            for listed in pages
            if self._is_to_be_read(listed.page) or (processes and self._lacks_sketch(listed.page))
        )
        if processes:
            self._extract(unread, processes)
        else:
            for listed in unread:
                self._leave_unread(listed)

    def warnings(self) -> Iterator[str]:
        """Say what was left out that a crawl might have filed, a line each."""
        count = self._incomplete_count
        if count:
            posts, them = ("1 post is", "it") if count == 1 else (f"{count:,} posts are", "them")
            yield (
                f"{posts} split over several pages of which not all were captured: no article is"
                f" made of {them}; the next crawl fetches {them} whole"
            )

    def _leave_unread(self, listed: ListedPage) -> None:
        try:
            is_whole = self._posts.is_whole(listed, self._posts.read(listed))
        except (CaptureNotFoundError, WarcError):  # whoever reads it will say so
            is_whole = True
        if is_whole:
            self._settle(listed.page, UNREAD)
            self.unread_count += 1
        else:
            self._leave_out(listed.page)

    def _extract(self, pages: Iterable[ListedPage], processes: int) -> None:
        waiting = self._waiting
        limit = _PAGES_IN_FLIGHT * processes
        with ExtractionPool(
            processes,
            deadline_s=_DEADLINE_S,
            memory_limit_bytes=_MEMORY_LIMIT_BYTES,
            max_pending=limit,
        ) as pool:
            for number, listed in enumerate(pages, 1):
                if len(waiting) == limit:
                    self._file(*waiting.popleft())
                waiting.append((listed.page, *self._submit(listed, pool)))
                if number % _COMMIT_PAGES == 0:
                    self._catalogue.commit()
            while waiting:
                self._file(*waiting.popleft())

    def _is_to_be_read(self, page: ArchivedPage) -> bool:
        """Tell whether a page has to be extracted; what is known of it is restored."""
        known = self._known_outcome(page)
        self._restore(page, is_known=known is not None)
        if known is None:
            return not (self._is_left_out(page) or self._is_repeated(page))
        if known == PageType.ARTICLE:
            self._catalogue.doubt_versions(page.capture.record_id)  # it may be no new one
            self._claim(page, self._catalogue.find_canonical(page.capture.record_id))
        self._settle(page, known)
        return False

    def _lacks_sketch(self, page: ArchivedPage) -> bool:
        """Tell whether an article is in the store, but its sketch was killed on its way."""
        record_id = page.capture.record_id
        page_type = self._catalogue.get_capture(record_id).page_type
        return page_type is PageType.ARTICLE and not has_sketch(self._catalogue, record_id)

    def _known_outcome(self, page: ArchivedPage) -> str | None:
        """Return what became of a page when it was read before this run; None where it was not."""
        record_id = page.capture.record_id
        page_type = self._catalogue.get_capture(record_id).page_type
        if page_type is not None:
            return page_type
        url = page.origin.discovery.url
        has_failed = self._catalogue.has_failure(url, crawl_id=page.crawl_id, stage="extract")
        return FAILED if has_failed else None

    def _restore(self, page: ArchivedPage, *, is_known: bool) -> None:
        """Of a crawl without logs: what its captures say of what it found and what failed."""
        if self._inventory.is_logged(page.crawl_id):
            return
        discovery, status = page.origin.discovery, page.capture.status
        noted = self._catalogue.find_outcome(discovery.url, crawl_id=page.crawl_id)
        self._catalogue.add_discovery(discovery, crawl_id=page.crawl_id, outcome=noted)
        if is_known or _is_unmodified(page) or (status is not None and status < 400):
            return
        if self._catalogue.has_failure(discovery.url, crawl_id=page.crawl_id, stage="fetch"):
            self._settle(page, FAILED)
        else:
            self._fail(page, "fetch", f"HTTP {status}", page.capture.target_uri)

    def _is_left_out(self, page: ArchivedPage) -> bool:
        """Tell whether a page is no answer, or one that the crawl itself left out."""
        url, crawl_id, status = page.origin.discovery.url, page.crawl_id, page.capture.status
        outcome = self._catalogue.find_outcome(url, crawl_id=crawl_id) or ""
        if outcome == PageType.DUPLICATE:
            self._catalogue.set_page_type(page.capture.record_id, PageType.DUPLICATE)
            return True
        is_answer = _is_unmodified(page) or (status is not None and 200 <= status < 300)
        if not is_answer or outcome.startswith(SKIPPED):
            return True
        if outcome == FAILED:  # it was no answer to what was asked for
            return self._catalogue.has_failure(url, crawl_id=crawl_id, stage="fetch")
        return outcome.startswith(GONE) and outcome != gone(UNLISTED)

    def _is_repeated(self, page: ArchivedPage) -> bool:
        """Tell whether the bytes of a page were read when its address sent them before."""
        if page.capture.record_type != "revisit":
            return False
        original = self._catalogue.find_original(page.capture)
        if original is None:
            return False
        while any(each.capture.record_id == original.record_id for each, _, _ in self._waiting):
            self._file(*self._waiting.popleft())
        if not repeats_payload(self._catalogue, page.capture, page.continuation_ids):
            return False
        self._claim(page, self._catalogue.find_canonical(original.record_id))
        self._settle(page, UNCHANGED)
        return True

    def _submit(self, listed: ListedPage, pool: ExtractionPool) -> tuple[bool, Future[Reading]]:
        """Hand a page to the workers, and tell whether it is whole.

        One whose bytes are not to be had fails at its turn.
        """
        try:
            blocks = self._posts.read(listed)
        except (CaptureNotFoundError, WarcError) as error:
            failed: Future[Reading] = Future()
            failed.set_exception(error)
            return True, failed
        url, hints = listed.page.capture.target_uri, listed.page.origin.discovery.hints
        is_whole = self._posts.is_whole(listed, blocks)
        return is_whole, pool.submit(ExtractionJob(url=url, blocks=blocks, hints=hints))

    def _file(self, page: ArchivedPage, is_whole: bool, future: Future[Reading]) -> None:
        if self._lacks_sketch(page):
            self._add_sketch(page, future)
            return
        self.read_count += 1
        self._catalogue.forget_article(page.capture.record_id)  # its text is not in the store
        try:
            reading = future.result()
        except (ExtractionError, WarcError) as error:
            name = type(error).__name__.removesuffix("Error")
            self._fail(page, "extract", name, str(error))
            return
        except CaptureNotFoundError as error:
            message = f"the original of this revisit is not in the collection: {error}"
            self._fail(page, "extract", "OriginalNotFound", message)
            return
        extraction, page_type = reading.extraction, reading.extraction.page_type
        if self._is_duplicate(page, extraction):
            page_type = PageType.DUPLICATE
        elif not is_whole:
            self._leave_out(page)
            return
        if page_type is PageType.ARTICLE:
            article = make_article(extraction, page, extractor=EXTRACTOR)
            self._store.reopen(file_stem(article.warc_file))
            self._store.append(article)
            self._catalogue.add_article(article)
        else:
            self._catalogue.set_page_type(page.capture.record_id, page_type)
        if page_type is not PageType.DUPLICATE:
            self._add_sketch(page, future)
        self._settle(page, page_type)

    def _add_sketch(self, page: ArchivedPage, future: Future[Reading]) -> None:
        """Add the sketch of a page that is filed."""
        with suppress(ExtractionError, WarcError, CaptureNotFoundError):  # it was read once
            sketch = sketch_row(page, future.result(), extractor=EXTRACTOR)
            if sketch is not None:
                self._catalogue.add_sketch(sketch)

    def _is_duplicate(self, page: ArchivedPage, extraction: Extraction) -> bool:
        """Without the crawl's word for it, the first of several addresses of a post counts.

        A page that a list of the site names as a post is believed to be one of its own.
        """
        if self._inventory.is_logged(page.crawl_id) or extraction.page_type is PageType.NOT_HTML:
            return False
        is_first = self._claim(page, extraction.canonical_url)
        return not is_first and page.origin.discovery.hints.kind != "post"

    def _claim(self, page: ArchivedPage, canonical_url: str | None) -> bool:
        """Note the addresses of a page; tell whether no other page has them."""
        url = page.capture.target_uri
        keys = {hash((page.crawl_id, urlkey(name))) for name in (url, canonical_url or url)}
        return {self._claims.setdefault(key, hash(url)) for key in keys} == {hash(url)}

    def _fail(self, page: ArchivedPage, stage: Stage, error: str, message: str) -> None:
        failure = Failure(
            url=page.origin.discovery.url,
            stage=stage,
            error=error,
            message=message,
            date=page.capture.date,
            crawl_id=page.crawl_id,
        )
        self._catalogue.add_failure(failure)
        self.failure_count += 1
        self._settle(page, FAILED)

    def _leave_out(self, page: ArchivedPage) -> None:
        """Do with a part of a post what a crawl does that ends before the rest has come."""
        self._incomplete_count += 1
        self._settle(page, skipped(INCOMPLETE))

    def _settle(self, page: ArchivedPage, outcome: str) -> None:
        url, crawl_id = page.origin.discovery.url, page.crawl_id
        logged = self._catalogue.find_outcome(url, crawl_id=crawl_id) or ""
        if not logged.startswith(GONE):  # the crawl knew that no list names it any more
            self._catalogue.set_outcome(url, outcome, crawl_id=crawl_id)


def _is_unmodified(page: ArchivedPage) -> bool:
    """Tell whether the server said that a page is what it was before, and sent nothing else."""
    return page.capture.record_type == "revisit" and page.capture.status is None

"""Reads pages again with what no page alone can tell: what its site has in common, and witnesses.

It comes after the pages are filed, and before a crawl counts as ended. From the sketches of all
pages of a collection the profile of each site is learned; the pages that it concerns, and those of
which feeds say something else, are extracted once more, and filed as what they then are. What was
settled stands in the catalogue, so that whatever stops this, the next time does the rest. The
outcome depends on the captures of the collection alone, not on the crawls in which they came.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from time import monotonic

from archive.articles.store import ArticleStore, file_stem
from archive.catalogue import Catalogue, SketchRow
from archive.catalogue.sites import (
    get_sketch,
    list_sketched_pages,
    sketched_sites,
)
from archive.digests import text_digest
from archive.errors import CaptureNotFoundError, ExtractionError, WarcError
from archive.extraction import EXTRACTOR
from archive.extraction.reading import Reading
from archive.extraction.site.site_profile import SiteProfile
from archive.extraction.site.sketches import unpack_sketches
from archive.extraction.testimony.witnesses import Witness
from archive.extraction.workers import ExtractionJob, ExtractionPool
from archive.learning import learn_site
from archive.records import Article, PageType
from archive.sketched_pages import file_again
from archive.stored_messages import MessageReader
from archive.witnesses import WitnessFinder

_DEADLINE_S = 60.0  # for one page, as in a crawl
_MEMORY_LIMIT_BYTES = 2 * 1024**3  # of one worker, as in a crawl
_PAGES_IN_FLIGHT = 4  # for each process: enough to keep it busy
_COMMIT_PAGES = 200
_OTHERS = frozenset({"wordpress", "feed", "teaser"})  # witnesses that are not on the page
_ALONE = "-"  # asked, and nothing else had a say

Track = Callable[[Iterable["_Again"], int], Iterable["_Again"]]
"""Shows how far it is: given what is to be read, and how much that is, yields it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What came of it."""

    read_count: int  # pages that were read again
    left_count: int  # pages that are still to be read again: the time was up, or it failed


@dataclass(frozen=True, slots=True)
class _Again:
    """A page that is to be read again."""

    record_id: str
    site: SiteProfile | None
    witnesses: bool  # whether they are to be heard
    settled: str  # what then had a say


class Settling:
    """Settles the pages of a collection that the caller has locked.

    Args:
        catalogue: of the collection.
        store: its articles; what is written waits there to be sealed.
        messages: reads its pages.
        processes: that extract.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        store: ArticleStore,
        messages: MessageReader,
        *,
        processes: int,
    ) -> None:
        self._catalogue = catalogue
        self._store = store
        self._messages = messages
        self._processes = processes
        self._read_count = 0
        self._profiles: set[str] = set()
        self._is_alone = False  # some pages were read alone that had been read with more

    def run(
        self,
        *,
        renew: bool = False,
        limit_s: float | None = None,
        track: Track = lambda pages, _: pages,
    ) -> Settled:
        """Learn, and read again what has to be.

        Args:
            renew: read all pages again first that were read by another version of the code.
            limit_s: no page is begun after so many seconds; the rest is left for the next time.
            track: is shown what is read again.

        Raises:
            ArchiveError: index, articles or catalogue cannot be used.
            OSError: the disk is full or refuses.
        """
        until = None if limit_s is None else monotonic() + limit_s
        with WitnessFinder(self._catalogue, self._messages) as finder:
            plan = list(self._stale()) if renew else []
            if plan:
                self._read(track(plan, len(plan)), finder, until)
            plan += self._read_all(finder, track, until)
            if self._is_alone:  # what is now of the page alone can be compared
                plan += self._read_all(finder, track, until)
        left_count = len(plan) - self._read_count
        if not left_count:
            self._catalogue.keep_site_profiles(self._profiles)
        self._store.sync()
        self._catalogue.commit()
        return Settled(read_count=self._read_count, left_count=left_count)

    def _read_all(self, finder: WitnessFinder, track: Track, until: float | None) -> list[_Again]:
        """Read what has to be read again, and tell what that was."""
        plan = list(self._plan(finder))
        self._is_alone = not all(again.settled for again in plan)
        self._catalogue.commit()
        if plan:
            self._read(track(plan, len(plan)), finder, until)
        return plan

    def _stale(self) -> Iterator[_Again]:
        """Find the pages that were read by another version of the code."""
        for site in sketched_sites(self._catalogue):
            for page in list_sketched_pages(self._catalogue, site):
                if page.extractor != EXTRACTOR:
                    yield _Again(page.record_id, None, False, "")

    def _plan(self, finder: WitnessFinder) -> Iterator[_Again]:
        """Find the pages whose rows were made without something that is known now."""
        for site in sketched_sites(self._catalogue):
            profile = learn_site(self._catalogue, site)
            self._profiles.update([profile.digest] if profile else [])
            unheard: dict[str, SiteProfile | None] = {}
            stems: dict[str, None] = {}
            for page in list_sketched_pages(self._catalogue, site):
                ours = self._concerned(page.record_id, profile)
                if not page.settled and page.page_type == PageType.ARTICLE:
                    unheard[page.record_id] = ours
                    stems[file_stem(page.filename)] = None
                    continue
                heard = page.settled.partition(" ")[2]
                if not page.settled and page.page_type == PageType.EMPTY:
                    heard = self._ask_of_empty(page.record_id, finder)
                again = _again(page.record_id, ours, heard)
                if again.settled != (page.settled or _ALONE):
                    yield again
                elif not page.settled:
                    self._catalogue.set_settled(page.record_id, _ALONE)
            yield from self._ask(unheard, stems, finder)

    def _concerned(self, record_id: str, profile: SiteProfile | None) -> SiteProfile | None:
        """Give the profile where it has a say in a page."""
        if profile is None:
            return None
        sketches = unpack_sketches(get_sketch(self._catalogue, record_id).sketch)
        return profile if any(map(profile.concerns, sketches)) else None

    def _ask(
        self, unheard: dict[str, SiteProfile | None], stems: Iterable[str], finder: WitnessFinder
    ) -> Iterator[_Again]:
        """Ask the witnesses of articles whose rows are those of the pages alone."""
        rows = (article for stem in stems for article in self._store.iter_file(stem))
        for article in (row for row in rows if row.capture_id in unheard):
            ours = unheard.pop(record_id := article.capture_id)
            if not _is_of_page_alone(article):
                yield _Again(record_id, None, False, "")
                continue
            again = _again(record_id, ours, _differing(finder, article))
            if again.settled != _ALONE:
                yield again
            else:
                self._catalogue.set_settled(record_id, _ALONE)
        for record_id in unheard:  # its row was taken out by a process that was killed then
            yield _Again(record_id, None, False, "")

    def _ask_of_empty(self, record_id: str, finder: WitnessFinder) -> str:
        """Ask the witnesses of a page without text, which a script may load."""
        capture = self._catalogue.get_capture(record_id)
        return _digest(finder.find_differing(capture.crawl_id, capture.target_uri, None, ""))

    def _read(self, plan: Iterable[_Again], finder: WitnessFinder, until: float | None) -> None:
        waiting: deque[tuple[_Again, SketchRow, Future[Reading]]] = deque()
        limit = _PAGES_IN_FLIGHT * self._processes
        with ExtractionPool(
            self._processes,
            deadline_s=_DEADLINE_S,
            memory_limit_bytes=_MEMORY_LIMIT_BYTES,
            max_pending=limit,
        ) as pool:
            for again in plan:
                if until is not None and monotonic() > until:
                    break
                if len(waiting) == limit:
                    self._file(*waiting.popleft())
                row = get_sketch(self._catalogue, again.record_id)
                job = self._make_job(again, row, finder)
                if job is not None:
                    waiting.append((again, row, pool.submit(job)))
            while waiting:
                self._file(*waiting.popleft())

    def _make_job(
        self, again: _Again, row: SketchRow, finder: WitnessFinder
    ) -> ExtractionJob | None:
        """Read the page; one that is lost stays as it is, and verification says so."""
        capture = self._catalogue.get_capture(again.record_id)
        try:
            blocks = tuple(map(self._messages.read, (again.record_id, *row.continuation_ids)))
        except (CaptureNotFoundError, WarcError):
            return None
        witnesses: tuple[Witness, ...] = ()
        if again.witnesses:
            canonical = self._catalogue.find_canonical(again.record_id)
            witnesses = finder.find(capture.crawl_id, capture.target_uri, canonical)
        return ExtractionJob(
            url=capture.target_uri,
            blocks=blocks,
            hints=row.origin.discovery.hints,
            site=again.site,
            witnesses=witnesses,
        )

    def _file(self, again: _Again, row: SketchRow, future: Future[Reading]) -> None:
        try:
            reading = future.result()
        except ExtractionError:  # what the page alone has given stays
            return
        file_again(self._catalogue, self._store, row, reading, settled=again.settled)
        self._read_count += 1
        if self._read_count % _COMMIT_PAGES == 0:
            self._store.sync()  # what the catalogue calls settled is on the disk
            self._catalogue.commit()


def _again(record_id: str, site: SiteProfile | None, heard: str) -> _Again:
    said = (site.digest if site else _ALONE, heard)
    return _Again(record_id, site, bool(heard), " ".join(filter(None, said)))


def _is_of_page_alone(article: Article) -> bool:
    """Tell whether a row is what the page alone gives; a killed process may have filed another."""
    named = any(
        source.field == "main_text" and source.name in _OTHERS for source in article.sources
    )
    return article.site_profile is None and not named


def _differing(finder: WitnessFinder, article: Article) -> str:
    """Give the digest of the witnesses of an article that say something else; '' for none."""
    return _digest(
        finder.find_differing(
            article.crawl_id, article.url, article.canonical_url, article.main_text
        )
    )


def _digest(witnesses: tuple[Witness, ...]) -> str:
    return text_digest("\0".join(map(repr, witnesses))) if witnesses else ""

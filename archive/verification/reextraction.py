"""Extracts articles again from their archived bytes, and compares."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from archive.catalogue import CatalogueReader
from archive.catalogue.sites import find_site_profile, get_sketch
from archive.errors import CaptureNotFoundError, CatalogueError, ExtractionError, WarcError
from archive.extraction import EXTRACTOR
from archive.extraction.reading import Reading
from archive.extraction.site.site_profile import SiteProfile, digest_of_profile, read_profile
from archive.extraction.testimony.witnesses import Witness
from archive.extraction.workers import ExtractionJob, ExtractionPool
from archive.record_json import from_json_line
from archive.records import Article, Extraction, Hints
from archive.stored_messages import MessageReader
from archive.verification.findings import make_finding
from archive.verification.kinds import Kind
from archive.verification.ledger import Ledger
from archive.verification.plain_words import plain_words
from archive.witnesses import WitnessFinder

_DEADLINE_S = 60.0  # for one page, as in a crawl
_MEMORY_LIMIT_BYTES = 2 * 1024**3  # of one worker, as in a crawl
_PAGES_IN_FLIGHT = 4  # for each process: enough to keep it busy


@dataclass(frozen=True, slots=True)
class _Waiting:
    path: Path
    article: Article
    has_sound_text: bool
    reading: Future[Reading]


class Reextraction:
    """Worker processes that extract, and the comparison of what they give.

    Rows of another extractor version are only counted: `archive rebuild` makes them anew.

    Args:
        messages: gives the archived answers.
        catalogue: knows what else than the pages had a say in the rows.
        ledger: holds the hints of the pages, and gets what is found.
        target: the collection.
        processes: that extract.
    """

    def __init__(
        self,
        messages: MessageReader,
        catalogue: CatalogueReader,
        ledger: Ledger,
        target: int,
        *,
        processes: int,
    ) -> None:
        self._messages = messages
        self._catalogue = catalogue
        self._finder = WitnessFinder(catalogue, messages)
        self._profiles: dict[str, SiteProfile] = {}
        self._ledger = ledger
        self._target = target
        self._limit = _PAGES_IN_FLIGHT * processes
        self._waiting: deque[_Waiting] = deque()
        self._others: dict[str, tuple[Path, int]] = {}  # extractor -> file of the first, number
        self._lost: dict[bool, tuple[Path, Exception, int]] = {}  # by whether it is minor
        self._pool = ExtractionPool(
            processes,
            deadline_s=_DEADLINE_S,
            memory_limit_bytes=_MEMORY_LIMIT_BYTES,
            max_pending=self._limit,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.close()
        self._finder.close()

    def add(self, path: Path, article: Article, *, has_sound_text: bool) -> None:
        """Take a row; what it is compared with comes later."""
        if article.extractor != EXTRACTOR:
            first, number = self._others.get(article.extractor, (path, 0))
            self._others[article.extractor] = first, number + 1
            return
        try:
            blocks = tuple(
                map(self._messages.read, (article.capture_id, *article.continuation_ids))
            )
            site, witnesses = self._site_profile(article.site_profile), self._witnesses(article)
        except (WarcError, CaptureNotFoundError) as error:  # lost, which is reported of the record
            self._note_lost(path, error, minor=True)
            return
        except CatalogueError as error:
            self._note_lost(path, error, minor=False)
            return
        if len(self._waiting) == self._limit:
            self._settle(self._waiting.popleft())
        job = ExtractionJob(
            url=article.url,
            blocks=blocks,
            hints=self._hints(article),
            site=site,
            witnesses=witnesses,
        )
        self._waiting.append(_Waiting(path, article, has_sound_text, self._pool.submit(job)))

    def finish(self) -> None:
        """Wait for the last results, and report rows of other extractors."""
        while self._waiting:
            self._settle(self._waiting.popleft())
        for extractor, (path, number) in self._others.items():
            message = (
                f"{number:,} articles were made by another extractor ({extractor}), here first"
            )
            self._report(Kind.ARTICLE_EXTRACTOR, f"{message}: `archive rebuild`", path)
            self._ledger.count(self._target, "articles of another extractor", number)

        for minor, (path, error, number) in self._lost.items():
            what = "1 article" if number == 1 else f"{number:,} articles"
            reason = plain_words(str(error))
            message = f"{what} could not be extracted again, here first: {reason}"
            finding = make_finding(Kind.ARTICLE_NOT_EXTRACTED, message, file=str(path), minor=minor)
            self._ledger.report(self._target, finding)

    def _note_lost(self, path: Path, error: Exception, *, minor: bool) -> None:
        """Note a row whose bytes are not to be had: by a loss, or because the catalogue errs."""
        self._ledger.count(self._target, "articles that cannot be extracted again", 1)
        first, reason, number = self._lost.get(minor, (path, error, 0))
        self._lost[minor] = first, reason, number + 1

    def _site_profile(self, digest: str | None) -> SiteProfile | None:
        """Give the profile that had a say in a row.

        Raises:
            CatalogueError: the catalogue has none of that digest.
        """
        if digest is None:
            return None
        if digest not in self._profiles:
            values = find_site_profile(self._catalogue, digest)
            if values is None or digest_of_profile(values) != digest:
                message = f"{self._catalogue.path} lacks the site profile {digest}"
                raise CatalogueError(f"{message}: `archive reextract` learns it anew")
            self._profiles[digest] = read_profile(digest, values)
        return self._profiles[digest]

    def _witnesses(self, article: Article) -> tuple[Witness, ...]:
        """Give the witnesses that were heard when a row was made."""
        try:
            settled = get_sketch(self._catalogue, article.capture_id).settled
        except CaptureNotFoundError:  # a killed process knows no more of it
            return ()
        if not settled.partition(" ")[2]:
            return ()
        return self._finder.find(article.crawl_id, article.url, article.canonical_url)

    def _hints(self, article: Article) -> Hints:
        rows = self._ledger.query(
            "SELECT hints FROM origins WHERE target = ? AND capture_id = ?",
            self._target,
            article.capture_id,
        )
        return next((from_json_line(Hints, row["hints"]) for row in rows), Hints())

    def _settle(self, waiting: _Waiting) -> None:
        article = waiting.article
        self._ledger.count(self._target, "articles extracted again", 1)
        try:
            extraction = waiting.reading.result().extraction
        except ExtractionError as error:
            self._report(Kind.ARTICLE_EXTRACTION, f"cannot be extracted: {error}", waiting.path)
            return
        names = [field.name for field in fields(Extraction)]
        if not waiting.has_sound_text:  # reported already
            names.remove("main_text")
        wrong = [name for name in names if getattr(article, name) != getattr(extraction, name)]
        if wrong:
            message = f"{article.url}: the archived page gives another {', '.join(wrong)}"
            self._report(Kind.ARTICLE_EXTRACTION, message, waiting.path)

    def _report(self, kind: Kind, message: str, path: Path) -> None:
        self._ledger.report(self._target, make_finding(kind, message, file=str(path)))

"""The recorder: everything that one crawl writes into its collection, on one thread.

Exchanges go to the WARC file, their captures to the index and the catalogue, articles to the
article store. `close` seals it all: the crawl's own logs go into the last WARC file first, so that
`archive rebuild` finds there what no page says (failures, and how each URL was found).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Literal

from archive.articles.store import ArticleStore, file_stem
from archive.catalogue import Catalogue, FoundUrl, SketchRow
from archive.catalogue.folding import fold_crawls
from archive.cdxj import CdxjIndex
from archive.collection import Collection
from archive.crawl_logs import write_begin, write_crawl_logs
from archive.dates import utc_now
from archive.earlier_answers import EarlierAnswers
from archive.finishing import Finishing
from archive.originals import OriginalFinder
from archive.records import (
    Article,
    AskedList,
    Capture,
    Crawl,
    Discovery,
    Exchange,
    Failure,
    Origin,
    PageType,
)
from archive.settling import Track
from archive.stored_messages import MessageReader
from archive.warc.fields import Original
from archive.warc.writer import WarcWriter

_HURRY_S = 5.0  # for reading pages again at the end of a crawl that was stopped

Deduplication = Literal["collection", "crawl", "off"]
"""Where a payload may lie already, so that it is not written again."""


class Recorder:
    """Writes one crawl into a collection that the caller has locked.

    Args:
        collection: where to.
        crawl: the run; row and log of its begin are written at once.
        warc_writer: open, and writing into the collection's `warc_dir`.
        processes: that read pages again at the end, knowing their site; 0 leaves them as they are.
        deduplicate: what a payload may be a revisit of: any capture of the collection, or one of
            this crawl only, whose WARC files then need no others.
        chain: identifiers of the interrupted crawls that this one takes up, oldest first.

    Raises:
        WarcError, CatalogueError, OSError: from every method, when the disk is full or refuses.
    """

    def __init__(  # noqa: PLR0913 - all but three by keyword
        self,
        collection: Collection,
        crawl: Crawl,
        warc_writer: WarcWriter,
        *,
        processes: int = 0,
        deduplicate: Deduplication = "collection",
        chain: tuple[str, ...] = (),
    ) -> None:
        self.collection = collection
        self._processes = processes
        self.crawl = crawl
        self._warc = warc_writer
        self._index = CdxjIndex(collection.index_path)
        self._store = ArticleStore(collection.articles_dir)
        self._catalogue = Catalogue(collection.catalogue_path)
        self._find_original = self._original_finder(deduplicate)
        self.earlier_answers = EarlierAnswers(
            collection.warc_dir,
            self._catalogue,
            crawl_id=crawl.crawl_id,
            chain=chain,
            may_refer=deduplicate == "collection",
        )
        self._failures: list[Failure] = []
        self._catalogue.add_crawl(crawl)
        self._catalogue.commit()
        write_begin(warc_writer, crawl)

    def keep_exchange(
        self, exchange: Exchange, origin: Origin, *, not_modified: Original | None = None
    ) -> Capture:
        """Write an exchange into the WARC file and index it.

        Args:
            exchange: what crossed the wire.
            origin: how it came about.
            not_modified: the response whose validators the request had.
        """
        capture = self._warc.write_exchange(
            exchange,
            origin,
            crawl_id=self.crawl.crawl_id,
            find_original=self._find_original,
            not_modified=not_modified,
        )
        self._index.append(capture)
        self._catalogue.add_capture(capture, crawl_id=self.crawl.crawl_id, role=origin.role)
        return capture

    def keep_found(self, discoveries: Iterable[Discovery]) -> None:
        """Note pages that were found, before anything has become of them."""
        for discovery in discoveries:
            self._catalogue.add_discovery(discovery, crawl_id=self.crawl.crawl_id)

    def keep_article(self, article: Article, sketch: SketchRow | None = None) -> None:
        """File an article, with the sketch of its page; its capture may be an earlier crawl's."""
        self._store.reopen(file_stem(article.warc_file))
        self._store.append(article)
        self._catalogue.add_article(article)
        if sketch is not None:
            self._catalogue.add_sketch(sketch)

    def keep_page_type(
        self, capture_id: str, page_type: PageType, sketch: SketchRow | None = None
    ) -> None:
        """Note what a page is that is no article, with its sketch where it is one of HTML."""
        self._catalogue.set_page_type(capture_id, page_type)
        if sketch is not None:
            self._catalogue.add_sketch(sketch)

    def keep_outcome(self, url: str, outcome: str, crawl_id: str) -> None:
        """Note what became of a page before its crawl ends, or of one that another crawl found."""
        self._catalogue.set_outcome(url, outcome, crawl_id=crawl_id)

    def keep_failure(self, failure: Failure) -> None:
        """Note what did not work."""
        self._failures.append(failure)
        self._catalogue.add_failure(failure)

    def sync(self) -> None:
        """Return when every exchange is on the disk itself; costs nothing where it is already.

        Many who wait for it are served by one fsync: the first brings the bytes of all there.
        """
        self._warc.sync()

    def commit(self) -> None:
        """Make what was kept outlast a power cut (exchanges), and visible to readers (the rest).

        Index, articles and catalogue are derived; what a power cut takes of them is made again from
        the WARC files, which are therefore on the disk first.
        """
        self.sync()
        self._catalogue.commit()

    def close(
        self,
        crawl: Crawl,
        found: Iterable[FoundUrl],
        asked: Iterable[AskedList] = (),
        *,
        track: Track = lambda pages, _: pages,
    ) -> None:
        """Seal the crawl: logs, WARC file, article files, index, catalogue, in that order.

        Where one of these fails, the others are sealed all the same. Before the article files are
        sealed, pages are read again of which their site tells more (`archive.finishing`); when the
        crawl was told to end, only for some seconds, and the rest the next time.

        Args:
            crawl: the same run, now with its end.
            found: every page that was found, and what became of it.
            asked: the lists that were asked for.
            track: is shown what is read again, as in `Settling.run`; it may end early.
        """
        found, asked = list(found), list(asked)
        with ExitStack() as last_first:
            last_first.callback(self._catalogue.close)
            last_first.callback(fold_crawls, self._catalogue, utc_now())
            last_first.push(partial(self._end_crawl, crawl))
            last_first.callback(self._index.close)
            last_first.callback(self._seal_articles)
            last_first.callback(self._finish_pages, crawl, track)
            last_first.callback(self._add_logs, crawl, found, asked)
            last_first.callback(self._warc.close)
            write_crawl_logs(self._warc, crawl, found, self._failures, asked)

    def _end_crawl(
        self,
        crawl: Crawl,
        kind: type[BaseException] | None,
        *_: BaseException | TracebackType | None,
    ) -> None:
        """Let the crawl count as ended if nothing failed; else all of it is taken in once more."""
        if kind is None:
            self._catalogue.add_crawl(crawl)

    def _original_finder(
        self, deduplicate: Deduplication
    ) -> Callable[[str, bool], Original | None] | None:
        if deduplicate == "off":
            return None
        crawl_id = self.crawl.crawl_id if deduplicate == "crawl" else None
        finder = OriginalFinder(self.collection.warc_dir, self._catalogue, crawl_id=crawl_id)
        return finder.find

    def _finish_pages(self, crawl: Crawl, track: Track) -> None:
        finishing = Finishing(
            catalogue=self._catalogue,
            store=self._store,
            messages=MessageReader(self.collection.warc_dir, self._catalogue),
            processes=self._processes,
        )
        finishing.run(
            crawl_ids=[crawl.crawl_id],
            limit_s=_HURRY_S if crawl.reason == "shutdown" else None,
            track=track,
        )

    def _add_logs(
        self, crawl: Crawl, found: Iterable[FoundUrl], asked: Iterable[AskedList]
    ) -> None:
        self._catalogue.forget_discoveries(crawl.crawl_id)  # noted while they were found
        for line in found:
            self._catalogue.add_discovery(
                line.discovery, crawl_id=crawl.crawl_id, outcome=line.outcome
            )
        for each in asked:
            self._catalogue.add_asked_list(each, crawl_id=crawl.crawl_id)
        self._catalogue.commit()

    def _seal_articles(self) -> None:
        self._store.close()
        for stem in self._store.open_stems():
            self._store.seal(stem)

"""A collection: its WARC files, and all that is derived from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.errors import CatalogueError
from archive.missing import find_missing
from archive.stored_messages import MessageReader
from archive.verification.article_checks import ArticleChecks
from archive.verification.catalogue_checks import CatalogueChecks
from archive.verification.crawl_checks import CrawlChecks
from archive.verification.findings import make_finding
from archive.verification.index_checks import check_index, read_index
from archive.verification.kinds import Kind
from archive.verification.ledger import Ledger
from archive.verification.reextraction import Reextraction
from archive.verification.version_checks import check_versions
from archive.verification.warc_checks import WarcSource
from archive.warc.file import OPEN_SUFFIX, WARC_SUFFIX, sealed_path

_ARTICLE_SUFFIXES = (".parquet", ".jsonl")


class CollectionChecks:
    """Verifies one collection, which nobody writes meanwhile.

    Args:
        collection: to be verified.
        ledger: gets what is found.
        target: its number in the ledger.
    """

    def __init__(self, collection: Collection, ledger: Ledger, target: int) -> None:
        self._collection = collection
        self._ledger = ledger
        self._target = target
        self._stand_ins: set[str] = set()  # WARC files in whose place something else is

    def warc_sources(self, first_number: int) -> Iterator[WarcSource]:
        """Yield the WARC files in the order of their names; reports what lies beside them."""
        number = first_number
        for path in sorted(self._collection.warc_dir.glob("*")):
            name = sealed_path(path).name
            if not name.endswith(WARC_SUFFIX):
                message = "no WARC file by its name, and not looked at"
                self._report(Kind.NOT_CHECKED, message, str(path))
                continue
            if not path.is_file():
                what = "a link that leads nowhere" if path.is_symlink() else "no regular file"
                message = f"{what} stands where a WARC file should"
                self._report(Kind.WARC_FILE_MISSING, message, str(path))
                self._stand_ins.add(name)
                continue
            yield WarcSource(
                number=number,
                target=self._target,
                path=path,
                label=str(path),
                name=name,
                is_open=path.name.endswith(OPEN_SUFFIX),
            )
            number += 1

    def note_ends(self) -> None:
        """Note, before records are compared, what the catalogue knows of the ends of crawls."""
        with suppress(CatalogueError), CatalogueReader(self._collection.catalogue_path) as known:
            CrawlChecks(known, self._ledger, self._target).note_ends()

    def check_derived(self, *, extraction_processes: int) -> None:
        """Compare index, article files and catalogue with the WARC files, which were read.

        Args:
            extraction_processes: that extract the articles again; 0 leaves that out.
        """
        for name in sorted({*find_missing(self._collection)} - self._stand_ins):
            message = "the WARC file is missing; index, articles or catalogue were made from it"
            self._report(Kind.WARC_FILE_MISSING, message, str(self._collection.warc_dir / name))
        self._check_index()
        self._check_strays()
        with ExitStack() as stack:
            articles = ArticleChecks(self._collection.articles_dir, self._ledger, self._target)
            catalogue = self._open_catalogue(stack)
            self._take_articles(articles, catalogue, extraction_processes)
            articles.check_rows()
            check_versions(self._ledger, self._target)
            if catalogue is not None:
                checks = CatalogueChecks(catalogue, self._ledger, self._target)
                checks.check_captures()
                checks.check_articles()
                checks.check_search()
                unknown = CrawlChecks(catalogue, self._ledger, self._target).check()
                checks.check_pages(unknown=unknown)
            articles.check_expected()

    def _check_index(self) -> None:
        path = self._collection.index_path
        tail = path.with_name(path.name + OPEN_SUFFIX)
        counts = self._ledger.counts(self._target)
        if tail.exists():
            message = "left open by a crawl that was killed: `archive repair`"
            self._report(Kind.NOT_SEALED, message, str(tail))
            read_index(tail, self._target, self._ledger, is_sorted=False)
        if path.exists():
            read_index(path, self._target, self._ledger)
        elif counts.get("captures") and not tail.exists():
            message = "there is no index: `archive rebuild` makes it anew"
            self._report(Kind.INDEX_MISSING, message, str(path))
            return
        check_index(self._ledger, self._target, str(path), is_ours=True)

    def _check_strays(self) -> None:
        """Name what lies beside index and article files, and is neither."""
        index = self._collection.index_path
        known = {index.name, index.name + OPEN_SUFFIX}
        strays = [path for path in sorted(index.parent.glob("*")) if path.name not in known]
        for path in sorted(self._collection.articles_dir.glob("*")):
            if path.suffix not in _ARTICLE_SUFFIXES:
                strays.append(path)
        for path in strays:
            message = "neither index nor articles by its name, and not looked at"
            self._report(Kind.NOT_CHECKED, message, str(path))

    def _open_catalogue(self, stack: ExitStack) -> CatalogueReader | None:
        """Open the catalogue, if it can be trusted to be read."""
        path = self._collection.catalogue_path
        try:
            catalogue = stack.enter_context(CatalogueReader(path))
            (verdict,) = next(catalogue.query("PRAGMA quick_check(1)"))
            if verdict != "ok":
                raise CatalogueError(f"damaged: {verdict}")
            return catalogue
        except CatalogueError as error:
            if path.exists() or self._ledger.counts(self._target).get("records"):
                self._report(Kind.CATALOGUE_UNREADABLE, str(error), str(path))
            return None

    def _take_articles(
        self, articles: ArticleChecks, catalogue: CatalogueReader | None, processes: int
    ) -> None:
        """Read every row, and extract it again; without a catalogue nothing finds its parts."""
        with ExitStack() as stack:
            reextraction = None
            if processes and catalogue is not None:
                messages = MessageReader(self._collection.warc_dir, catalogue)
                reextraction = stack.enter_context(
                    Reextraction(
                        messages, catalogue, self._ledger, self._target, processes=processes
                    )
                )
            number = 0
            for path, article in articles.iter_articles():
                is_sound = articles.take(path, article)
                number += 1
                if reextraction is not None:
                    reextraction.add(path, article, has_sound_text=is_sound)
            if reextraction is not None:
                reextraction.finish()
            self._ledger.count(self._target, "articles", number)

    def _report(self, kind: Kind, message: str, file: str) -> None:
        self._ledger.report(self._target, make_finding(kind, message, file=file))

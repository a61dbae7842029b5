"""Reads the pages of a collection again with today's code, and files them as what they now are."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b

from rich.console import Console
from rich.progress import Progress

from archive.articles.store import ArticleStore
from archive.catalogue import Catalogue
from archive.catalogue.folding import fold_crawls
from archive.collection import Collection
from archive.dates import utc_now
from archive.finishing import Finishing
from archive.record_json import to_json
from archive.records import Article
from archive.stored_messages import MessageReader

_NOT_SAID = frozenset({"extractor", "site_profile", "version", "former"})  # by the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Reextracted:
    """What came of it."""

    article_count: int
    changed_count: int  # articles that say something else than before
    new_count: int  # pages that have become articles
    gone_count: int  # articles that are none any more
    left_count: int  # pages that could not be read again, and stay as they were


def reextract(collection: Collection, *, processes: int) -> Reextracted:
    """Extract again what other code has extracted, and settle it; the caller holds the lock.

    Index and WARC files stay as they are. What was done stays done when it is stopped; the same
    call then does the rest.

    Args:
        collection: whose pages are read.
        processes: that extract.

    Raises:
        ArchiveError: catalogue, articles or WARC files cannot be used.
        OSError: the disk is full or refuses.
    """
    console = Console(stderr=True)
    with (
        Catalogue(collection.catalogue_path) as catalogue,
        closing(ArticleStore(collection.articles_dir)) as store,
        Progress(console=console, disable=not console.is_terminal, transient=True) as progress,
    ):
        before, were = _digests(store), _article_ids(catalogue)
        messages = MessageReader(collection.warc_dir, catalogue)
        finishing = Finishing(
            catalogue=catalogue, store=store, messages=messages, processes=processes
        )
        settled = finishing.run(
            renew=True,
            track=lambda pages, total: progress.track(
                pages, total, description="extracting pages again"
            ),
        )
        for stem in store.open_stems():
            store.seal(stem)
        fold_crawls(catalogue, utc_now())
        after, are = _digests(store), _article_ids(catalogue)
    return Reextracted(
        article_count=len(after),
        changed_count=sum(before[name] != after[name] for name in before.keys() & after.keys()),
        new_count=len(are - were),
        gone_count=len(were - are),
        left_count=settled.left_count,
    )


def _article_ids(catalogue: Catalogue) -> set[str]:
    """Name the captures that are articles, those that repeat another included."""
    return {row["capture_id"] for row in catalogue.query("SELECT capture_id FROM articles")}


def _digests(store: ArticleStore) -> dict[str, bytes]:
    """Digest what each article says, by its capture; some hundred bytes each."""
    return {article.capture_id: _digest(article) for article in store.iter_articles()}


def _digest(article: Article) -> bytes:
    said = {name: value for name, value in to_json(article).items() if name not in _NOT_SAID}
    return blake2b(repr(said).encode("utf-8", "replace"), digest_size=8).digest()

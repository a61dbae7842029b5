"""Collections with crawls of which it is known how they ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.catalogue import UNREAD, Catalogue
from archive.catalogue.chains import UNANSWERED_SEEDS_STAT
from archive.collection import Collection
from archive.records import Crawl, Discovery
from archive.schedule.history import STAMP_FORMAT

NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)
SEED = "https://blog.example/"
DOWN = "down"  # as the reason of a crawl: it came to its end, and its seed gave no answer
EMPTY = "empty"  # likewise, and there was no post


def make_kept(
    path: Path, crawls: Sequence[tuple[timedelta, str | None]] = (), *, settings: str = ""
) -> Collection:
    """Make a collection with crawls: how long ago each began, and its reason; all took a minute.

    A negative time ago is in the future. Each found a post, whose text was not read, except those
    that were down or empty.
    """
    collection = Collection.create(path, toml=f'seeds = ["{SEED}"]\n{settings}')
    if crawls:
        with Catalogue(collection.catalogue_path) as catalogue:
            for ago, reason in crawls:
                crawl = _crawl(NOW - ago, reason)
                catalogue.add_crawl(crawl)
                if reason not in (DOWN, EMPTY):
                    post = Discovery(url=f"{SEED}post/", methods=("sitemap",))
                    catalogue.add_discovery(post, crawl_id=crawl.crawl_id, outcome=UNREAD)
    return collection


def _crawl(started: datetime, reason: str | None) -> Crawl:
    return Crawl(
        crawl_id=started.strftime(STAMP_FORMAT),
        spider="blog",
        seeds=(SEED,),
        started=started,
        finished=started + timedelta(minutes=1) if reason else None,
        reason="finished" if reason in (DOWN, EMPTY) else reason,
        stats=((UNANSWERED_SEEDS_STAT, 1),) if reason == DOWN else (),
    )

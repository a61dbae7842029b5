"""Collections with crawls of which it is known how they ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.catalogue import Catalogue
from archive.catalogue.chains import UNANSWERED_SEEDS_STAT
from archive.collection import Collection
from archive.records import Crawl
from archive.schedule.history import STAMP_FORMAT

NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)
SEED = "https://blog.example/"
DOWN = "down"  # as the reason of a crawl: it came to its end, and its seed gave no answer


def make_kept(
    path: Path, crawls: Sequence[tuple[timedelta, str | None]] = (), *, settings: str = ""
) -> Collection:
    """Make a collection with crawls: how long ago each began, and its reason; all took a minute."""
    collection = Collection.create(path, toml=f'seeds = ["{SEED}"]\n{settings}')
    if crawls:
        with Catalogue(collection.catalogue_path) as catalogue:
            for ago, reason in crawls:
                catalogue.add_crawl(_crawl(NOW - ago, reason))
    return collection


def _crawl(started: datetime, reason: str | None) -> Crawl:
    return Crawl(
        crawl_id=started.strftime(STAMP_FORMAT),
        spider="blog",
        seeds=(SEED,),
        started=started,
        finished=started + timedelta(minutes=1) if reason else None,
        reason="finished" if reason == DOWN else reason,
        stats=((UNANSWERED_SEEDS_STAT, 1),) if reason == DOWN else (),
    )

"""How the crawls of a collection went: all that settles when the next one is due."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from archive.catalogue import CatalogueReader
from archive.catalogue.chains import complete_crawls
from archive.collection import Collection
from archive.records import Crawl
from archive.schedule.cadence import POSTS_HEARD

LOG_SUFFIX = ".log"
FAILED_SUFFIX = ".failed.log"  # of a run that ended before it had begun a crawl
STAMP_FORMAT = "%Y%m%d%H%M%S%f"  # of a crawl_id, and of the name of a log
_CRAWLS_HEARD = 20
_POSTS_A_DAY = 4  # on an average, by those that are dated at all
STOPPED_REASONS = ("shutdown", "closespider_")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlHistory:
    """How the crawls of a collection went.

    Attributes:
        created: when its ``collection.toml`` was written.
        last: the last crawl, however it ended; None where there was none.
        last_complete: the last one that ended as it should and missed nothing.
        last_end: when the last crawl, or the last attempt at one, ended or was last heard of.
        failures: in a row: crawls since the last one that ended as it should or was stopped in
            order, and attempts that ended before they had begun.
        published: dates of the last posts, the latest first.
    """

    created: datetime
    last: Crawl | None = None
    last_complete: Crawl | None = None
    last_end: datetime | None = None
    failures: int = 0
    published: tuple[datetime, ...] = ()


def read_history(collection: Collection, now: datetime) -> CrawlHistory:
    """Read how the crawls of a collection went.

    It costs the same however many pages there are.

    Raises:
        CatalogueError: the catalogue cannot be read.
        OSError: the directory cannot be read.
    """
    created = datetime.fromtimestamp(collection.settings_path.stat().st_mtime, UTC)
    if not collection.catalogue_path.exists():
        return _after_false_starts(CrawlHistory(created=created), collection.logs_dir)
    with CatalogueReader(collection.catalogue_path) as catalogue:
        crawls = catalogue.last_crawls(_CRAWLS_HEARD)
        complete = complete_crawls(catalogue, last=_CRAWLS_HEARD)
        published = catalogue.last_published(now, count=POSTS_HEARD * _POSTS_A_DAY)
        last = crawls[0] if crawls else None
        history = CrawlHistory(
            created=created,
            last=last,
            last_complete=catalogue.find_crawl(complete[-1]) if complete else None,
            last_end=(last.finished or last.started) if last else None,
            failures=count_failures(crawls, frozenset(complete)),
            published=tuple(published),
        )
    return _after_false_starts(history, collection.logs_dir)


def count_failures(crawls: Iterable[Crawl], complete: Set[str]) -> int:
    """Count the failures in a row that the last crawl ends; 0 where it is none.

    A crawl that was killed is no failure, since its machine may just have been switched off; the
    second and each further one in a row is.

    Args:
        crawls: the last one first.
        complete: identifiers of those that ended as they should and missed nothing.
    """
    failed = killed = 0
    for crawl in crawls:
        if crawl.crawl_id in complete or (crawl.reason or "").startswith(STOPPED_REASONS):
            break
        if crawl.reason in (None, "killed"):
            killed += 1
        else:
            failed += 1
    return failed + max(0, killed - 1)


def new_log_path(collection: Collection, now: datetime) -> Path:
    """Name the log of a run that begins now."""
    return collection.logs_dir / f"{now.strftime(STAMP_FORMAT)}{LOG_SUFFIX}"


def mark_false_start(log_path: Path) -> Path:
    """Rename the log of a run that ended before it had begun a crawl: no catalogue tells of it."""
    stamp = log_path.name.removesuffix(LOG_SUFFIX)
    return log_path.replace(log_path.with_name(stamp + FAILED_SUFFIX))


def _after_false_starts(history: CrawlHistory, logs_dir: Path) -> CrawlHistory:
    """Count the attempts since the last crawl that ended before they had begun another."""
    starts = _false_starts(logs_dir, after=history.last.started if history.last else None)
    if not starts:
        return history
    return replace(history, failures=history.failures + len(starts), last_end=max(starts))


def _false_starts(directory: Path, *, after: datetime | None) -> list[datetime]:
    """Read from the names of the logs when runs ended before they had begun a crawl."""
    found = []
    for path in directory.glob(f"*{FAILED_SUFFIX}"):
        stamp = path.name.removesuffix(FAILED_SUFFIX)
        try:
            begun = datetime.strptime(stamp, STAMP_FORMAT).replace(tzinfo=UTC)
        except ValueError:  # some other file
            continue
        if after is None or begun > after:
            found.append(begun)
    return found

"""How the crawls of a collection went: all that settles when the next one is due."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.catalogue import UNCHANGED, UNREAD, CatalogueReader
from archive.catalogue.chains import complete_crawls, last_right_date
from archive.collection import Collection
from archive.inventory import KILLED, NO_LOGS
from archive.records import Crawl, PageType
from archive.schedule.cadence import POSTS_HEARD

LOG_SUFFIX = ".log"
FAILED_SUFFIX = ".failed.log"  # of a run that ended before it had begun a crawl
STAMP_FORMAT = "%Y%m%d%H%M%S%f"  # of a crawl_id, and of the name of a log
_CRAWLS_HEARD = 20
_POSTS_A_DAY = 4  # on an average, by those that are dated at all
RETRY_AFTER = "retry_after"
"""The reason of a crawl whose blog asked to be left alone for longer than a crawl waits."""

RETRY_AFTER_STAT = "politeness/retry_after_s"
"""A stat of such a crawl: for how many seconds."""

_STOPPED_REASONS = ("shutdown", "closespider_")
_GAINS = frozenset({f"pages/{PageType.ARTICLE}", f"pages/{UNCHANGED}", f"pages/{UNREAD}"})
_MAX_PUT_OFF_S = 30 * 86_400
_PAGES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlHistory:
    """How the crawls of a collection went; those in the future are passed over.

    Attributes:
        created: when its ``collection.toml`` was written.
        crawls: the last ones, however they ended, the latest first.
        complete: identifiers of those that ended as they should and missed nothing.
        last_end: when the last crawl, or the last attempt at one, ended or was last heard of.
        failures: in a row: crawls since the last one that ended as it should or was stopped in
            order, and attempts that ended before they had begun.
        misses: how often in a row the page failed that failed least, of those that no crawl has
            captured and that the next one is to ask for; 0 where there is none.
        put_off: for how long after the last crawl its blog asked to be left alone.
        published: dates of the last posts, the latest first.
        archived_nothing: the last crawl came to its end and missed nothing, but neither it nor any
            other has archived a post: it counts as a failure.
        pages: addresses of pages of the blog that were captured last, at most 200, in any order.
            A blog that redirects is on their hosts, too.
    """

    created: datetime
    crawls: tuple[Crawl, ...] = ()
    complete: frozenset[str] = frozenset()
    last_end: datetime | None = None
    failures: int = 0
    misses: int = 0
    put_off: timedelta = timedelta()
    published: tuple[datetime, ...] = ()
    archived_nothing: bool = False
    pages: tuple[str, ...] = ()

    @property
    def last(self) -> Crawl | None:
        """The last crawl; None where there was none."""
        return self.crawls[0] if self.crawls else None

    def is_complete(self, crawl: Crawl) -> bool:
        """Tell whether a crawl ended as it should and missed nothing."""
        return crawl.crawl_id in self.complete

    def find_begun(self, begun: datetime, now: datetime) -> Crawl | None:
        """Find the crawl of a process that was begun then; None: it came to begin none.

        It need not be the last one: a clock may have been put back since that one.
        """
        since = (crawl for crawl in reversed(self.crawls) if begun <= crawl.started <= now)
        return next(since, None)


def read_history(collection: Collection, now: datetime) -> CrawlHistory:
    """Read how the crawls of a collection went.

    It costs the same however many pages there are.

    Raises:
        CatalogueError: the catalogue cannot be read.
        OSError: the directory cannot be read.
    """
    history = CrawlHistory(created=_created(collection, now))
    if collection.catalogue_path.exists():
        with CatalogueReader(collection.catalogue_path) as catalogue:
            history = _with_crawls(history, catalogue, now)
    return _after_false_starts(history, collection.logs_dir, now)


def _created(collection: Collection, now: datetime) -> datetime:
    try:
        modified = collection.settings_path.stat().st_mtime
    except FileNotFoundError:  # taken away since it was opened
        return now
    return min(datetime.fromtimestamp(modified, UTC), now)


def _with_crawls(history: CrawlHistory, catalogue: CatalogueReader, now: datetime) -> CrawlHistory:
    """Add what the catalogue says."""
    crawls = catalogue.last_crawls(_CRAWLS_HEARD, until=last_right_date(now))
    if not crawls:
        return history
    last = crawls[0]
    ended = complete_crawls(catalogue, now, last=_CRAWLS_HEARD)
    complete = frozenset(ended if _has_archived(catalogue, ended) else ())
    published = catalogue.last_published(now, count=POSTS_HEARD * _POSTS_A_DAY)
    has_end = last.finished is not None and last.finished <= last_right_date(now)
    return replace(
        history,
        crawls=tuple(crawls),
        complete=complete,
        last_end=last.finished if has_end else last.started,
        failures=count_failures(crawls, complete),
        misses=_count_misses(catalogue),
        put_off=put_off(last),
        published=tuple(published),
        archived_nothing=last.crawl_id in ended and not complete,
        pages=_captured_pages(catalogue, crawls),
    )


def _has_archived(catalogue: CatalogueReader, crawl_ids: Iterable[str]) -> bool:
    """Tell whether there is any article, or a page that one of these crawls left unread."""
    if next(catalogue.query("SELECT 1 FROM articles LIMIT 1"), None) is not None:
        return True
    unread = "SELECT 1 FROM discoveries WHERE crawl_id = ? AND outcome = ? LIMIT 1"
    return any(next(catalogue.query(unread, each, UNREAD), None) for each in crawl_ids)


def _count_misses(catalogue: CatalogueReader) -> int:
    """Count the failures of the new page that failed least, for a reason that may pass."""
    missed = (
        "SELECT ifnull(min(fail_count), 0) AS number FROM pages"
        " WHERE next_check = '' AND check_count = 0 AND fail_count > 0"
    )
    return int(next(catalogue.query(missed))["number"])


def _captured_pages(catalogue: CatalogueReader, crawls: Iterable[Crawl]) -> tuple[str, ...]:
    """List pages of the last crawl that captured any: none answers while a blog is down."""
    pages = "SELECT target_uri FROM captures WHERE crawl_id = ? AND role = 'page' LIMIT ?"
    for crawl in (each for each in crawls if each.spider == "blog"):  # not of a list of pages
        if found := [row["target_uri"] for row in catalogue.query(pages, crawl.crawl_id, _PAGES)]:
            return tuple(found)
    return ()


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
        if crawl.crawl_id in complete or was_stopped(crawl):
            break
        if crawl.reason in (None, KILLED, NO_LOGS):
            killed += 1
        else:
            failed += 1
    return failed + max(0, killed - 1)


def was_stopped(crawl: Crawl) -> bool:
    """Tell whether a crawl was stopped in order, so that the next one takes it up.

    One that its blog has put off was, if it got on; else the blog may be down.
    """
    if crawl.reason == RETRY_AFTER:
        return any(name in _GAINS for name, _ in crawl.stats)
    return (crawl.reason or "").startswith(_STOPPED_REASONS)


def put_off(crawl: Crawl) -> timedelta:
    """Tell for how long after a crawl its blog asked to be left alone, up to thirty days."""
    return timedelta(seconds=min(dict(crawl.stats).get(RETRY_AFTER_STAT, 0), _MAX_PUT_OFF_S))


def new_log_path(collection: Collection, now: datetime) -> Path:
    """Name the log of a run that begins now."""
    return collection.logs_dir / f"{now.strftime(STAMP_FORMAT)}{LOG_SUFFIX}"


def mark_false_start(log_path: Path) -> Path:
    """Rename the log of a run that ended before it had begun a crawl: no catalogue tells of it."""
    stamp = log_path.name.removesuffix(LOG_SUFFIX)
    return log_path.replace(log_path.with_name(stamp + FAILED_SUFFIX))


def _after_false_starts(history: CrawlHistory, logs_dir: Path, now: datetime) -> CrawlHistory:
    """Count the attempts since the last crawl that ended before they had begun another."""
    after = history.last.started if history.last else None
    starts = [date for date in _false_starts(logs_dir, after=after) if date <= last_right_date(now)]
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

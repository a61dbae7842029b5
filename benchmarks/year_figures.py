"""What a year of crawls came to: waits, misses, and requests that brought nothing new."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from benchmarks.living_blog import START, LivingBlog, Post
from benchmarks.living_server import Served
from tests.scraper.crawl import path_of

Tell = Callable[[Served], int]

_DAY = timedelta(days=1)
_LISTS = {"/robots.txt": "robots.txt", "/sitemap.xml": "site map", "/feed.xml": "feed",
          "/": "home page"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """What a collection knew after one crawl."""

    date: datetime
    next_checks: dict[str, datetime]  # by path: when its turn comes
    gone: frozenset[str]  # paths of pages that are called gone


@dataclass(slots=True)
class Year:
    """A blog, and all that was asked of it under one policy."""

    blog: LivingBlog
    kind: str
    policy: str
    path: Path
    end: datetime
    looks: list[Look] = field(default_factory=list)  # after each crawl
    served: list[Served] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long events of one kind waited until a crawl saw them, in days."""

    count: int  # that were to be seen before the year was over
    seen: int
    in_time: int  # by the next crawl or, on known pages, when the turn of the page came
    days: tuple[float, ...]  # sorted


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one year; requests and bytes are those after the first crawl."""

    kind: str
    policy: str
    crawls: int
    requests: int
    needless: int  # that brought nothing which was not known
    by_purpose: dict[str, tuple[int, int]]  # requests, and how many of them needless
    size_bytes: int  # sent by the server
    stored_bytes: int  # in WARC files, the first crawl included
    new_posts: Waits
    edits: Waits
    comments: Waits
    deletions: Waits
    returns: Waits
    written: int  # texts that posts had, be it for a minute
    texts: int  # of these, texts that a crawl was sent
    versions: int  # that the collection holds
    spurious: int  # of these, with no change of the text
    requests_by_day: tuple[int, ...]


def figures_of(year: Year) -> Figures:
    """Compare what was served with what had happened."""
    later = [answer for answer in year.served if answer.date > year.looks[0].date]
    purposes = list(_judged(year))
    counts: dict[str, tuple[int, int]] = {}
    for purpose, is_needless in purposes:
        requests, needless = counts.get(purpose, (0, 0))
        counts[purpose] = requests + 1, needless + is_needless
    texts, versions, spurious = _count_versions(year)
    by_day = Counter((answer.date - START).days for answer in year.served)
    return Figures(
        kind=year.kind,
        policy=year.policy,
        crawls=len(year.looks),
        requests=len(later),
        needless=sum(is_needless for _, is_needless in purposes),
        by_purpose=counts,
        size_bytes=sum(answer.size_bytes for answer in later),
        stored_bytes=sum(file.stat().st_size for file in (year.path / "archive").iterdir()),
        new_posts=_waits(year, _new_posts(year)),
        edits=_waits(year, _changes(year, lambda post: post.edits, lambda a: a.version)),
        comments=_waits(
            year,
            _changes(year, lambda post: [r.date for r in post.remarks], lambda a: a.remark_count),
        ),
        deletions=_waits(year, _deletions(year)),
        returns=_waits(year, _returns(year)),
        written=sum(1 + len(post.edits) for post in year.blog.posts),
        texts=texts,
        versions=versions,
        spurious=spurious,
        requests_by_day=tuple(by_day[day] for day in range((year.end - START).days)),
    )


@dataclass(frozen=True, slots=True)
class _Event:
    """Something that happened, and when a crawl saw it."""

    happened: datetime
    seen: datetime | None
    due: datetime  # the crawl at which it was to be seen


def _waits(year: Year, events: Iterable[_Event]) -> Waits:
    """Sum events up."""
    happened = list(events)
    waits = [(e.seen - e.happened) / _DAY for e in happened if e.seen]
    return Waits(
        count=len(happened),
        seen=len(waits),
        in_time=sum(event.seen is not None and event.seen <= event.due for event in happened),
        days=tuple(sorted(round(wait, 3) for wait in waits)),
    )


def _new_posts(year: Year) -> Iterator[_Event]:
    held = _archived(year)
    for post in year.blog.new_posts:
        due = _next_crawl(year, post.published)
        if due and post.is_there(due):
            yield _Event(post.published, held.get(post.path), due)


def _changes(year: Year, dates: Callable[[Post], list[datetime]], told: Tell) -> Iterator[_Event]:
    """Yield what changed on pages that had been archived before, and are there to be asked for.

    Args:
        year: of crawls.
        dates: of the changes of a post.
        told: how many of them an answer shows.
    """
    answers: dict[str, list[Served]] = {}
    for answer in year.served:
        answers.setdefault(answer.path, []).append(answer)
    for post in year.blog.posts:
        heard = [answer for answer in answers.get(post.path, ()) if answer.is_post]
        for number, date in enumerate(dates(post), 1):
            due = _turn(year, post, date)
            if heard and heard[0].date < date and due and post.is_there(due):
                seen = next((answer.date for answer in heard if told(answer) >= number), None)
                yield _Event(date, seen, due)


def _deletions(year: Year) -> Iterator[_Event]:
    for post in year.blog.posts:
        for since, until in post.absences:
            due = _turn(year, post, since)
            if since > year.looks[0].date and due and due < until:
                seen = (look.date for look in year.looks if post.path in look.gone)
                yield _Event(
                    since, next((date for date in seen if since < date < until), None), due
                )


def _returns(year: Year) -> Iterator[_Event]:
    for post in year.blog.posts:
        for _, until in post.absences:
            before = [look for look in year.looks if look.date < until]
            due = _next_crawl(year, until)
            if due and before and post.path in before[-1].gone:
                later = (look for look in year.looks if look.date >= until)
                seen = next((look.date for look in later if post.path not in look.gone), None)
                yield _Event(until, seen, due)


def _next_crawl(year: Year, date: datetime) -> datetime | None:
    return next((look.date for look in year.looks if look.date >= date), None)


def _turn(year: Year, post: Post, date: datetime) -> datetime | None:
    """Tell at which crawl it was a page's turn after that date; None: not before the end."""
    before = [look for look in year.looks if look.date < date]
    planned = before[-1].next_checks.get(post.path, date) if before else date
    return _next_crawl(year, max(planned, date))


def _archived(year: Year) -> dict[str, datetime]:
    """Tell which crawl captured each page first, by its path."""
    with CatalogueReader(Collection.open(year.path).catalogue_path) as catalogue:
        rows = catalogue.query(
            "SELECT target_uri AS url, min(date) AS first FROM captures"
            " WHERE role = 'page' AND status = 200 GROUP BY target_uri"
        )
        captured = {path_of(row["url"]): datetime.fromisoformat(row["first"]) for row in rows}
    crawls = [look.date for look in year.looks]
    return {path: crawls[bisect_right(crawls, date) - 1] for path, date in captured.items()}


def _count_versions(year: Year) -> tuple[int, int, int]:
    """Count the texts that were served, the versions that are held, and those held in excess."""
    served: dict[str, set[int]] = {}
    for answer in year.served:
        if answer.is_post:
            served.setdefault(answer.path, set()).add(answer.version)
    with CatalogueReader(Collection.open(year.path).catalogue_path) as catalogue:
        rows = catalogue.query("SELECT url, max(version) AS held FROM articles GROUP BY urlkey")
        held = {path_of(row["url"]): int(row["held"]) for row in rows}
    excess = sum(max(0, count - len(served.get(path, ()))) for path, count in held.items())
    return sum(map(len, served.values())), sum(held.values()), excess


def _judged(year: Year) -> Iterator[tuple[str, bool]]:
    """Yield the purpose of each request after the first crawl, and whether it was needless.

    A post says something new with another text, with more comments, when it is gone, and when it is
    there again; anything else with other bytes.
    """
    told: dict[str, object] = {}
    for answer in year.served:
        says: object = answer.etag
        if answer.is_post:
            says = (answer.version, answer.remark_count)
        if answer.date > year.looks[0].date:
            yield _purpose(year, answer.path), told.get(answer.path, "") == says
        told[answer.path] = says


def _purpose(year: Year, path: str) -> str:
    if path in _LISTS:
        return _LISTS[path]
    if path.startswith("/page/"):
        return "listing"
    return "post" if any(post.path == path for post in year.blog.posts) else "other"


def print_table(paths: Sequence[Path]) -> None:
    """Print the figures of some years, written as JSON, as a table."""
    years: list[dict[str, Any]] = [json.loads(path.read_text()) for path in paths]
    columns = [f"{year['kind']}, {year['policy']}" for year in years]
    print(f"| | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for name, cell in _ROWS.items():
        print(f"| {name} | {' | '.join(map(cell, years))} |")


def _waited(kind: str) -> Callable[[dict[str, Any]], str]:
    """Write how many events were seen at their turn, and the median and the longest wait."""

    def cell(year: dict[str, Any]) -> str:
        waits = year[kind]
        if not waits["days"]:
            return f"{waits['in_time']}/{waits['count']}"
        middle, worst = median(waits["days"]), waits["days"][-1]
        return f"{waits['in_time']}/{waits['count']}; {middle:.1f} / {worst:.1f} d"

    return cell


def _asked(*, posts: bool) -> Callable[[dict[str, Any]], str]:
    """Write how many requests went to posts, or to all else, and the share in vain."""

    def cell(year: dict[str, Any]) -> str:
        counts = [count for name, count in year["by_purpose"].items() if (name == "post") == posts]
        requests, needless = map(sum, zip(*counts, strict=True))
        return f"{requests:,} ({needless / requests:.0%})"

    return cell


_ROWS: dict[str, Callable[[dict[str, Any]], str]] = {
    "crawls": lambda year: f"{year['crawls']:,}",
    "new posts": _waited("new_posts"),
    "edits": _waited("edits"),
    "comments": _waited("comments"),
    "deletions": _waited("deletions"),
    "posts that came back": _waited("returns"),
    "texts written, and sent to a crawl": lambda year: f"{year['written']}, {year['texts']}",
    "versions held, and too many": lambda year: (
        f"{year['versions']}, {year['spurious']}" if year["versions"] else "not read"
    ),
    "requests for posts (in vain)": _asked(posts=True),
    "requests for all else (in vain)": _asked(posts=False),
    "requests a crawl": lambda year: f"{year['requests'] / max(1, year['crawls'] - 1):.1f}",
    "MB sent": lambda year: f"{year['size_bytes'] / 1e6:.1f}",
    "MB in WARC files": lambda year: f"{year['stored_bytes'] / 1e6:.1f}",
}

"""A year of crawls of a blog that lives: what is missed, what is late, and what was asked in vain.

    benchmarks/year.py --keep figures/                          # about an hour
    benchmarks/year.py --days 30 --policies daily --blogs dated

The blog is simulated and its clock moved; crawls are those of a user, each a process of its own,
over HTTP. Policies: the blog is crawled daily, or as often as the cadence "auto" has it, each page
being asked for when its turn has come; against that, all of it is fetched once a week. Blogs: one
whose site map says when each post was edited, and one whose does not, and whose pages all change
with each new post, since they list the latest ones.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

if sys.path[0] == str(Path(__file__).parent):  # where "archive" would be the program beside this
    sys.path[0] = str(Path(__file__).parent.parent)

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.schedule.state import Unusable, read_state
from benchmarks.living_blog import START, LivingBlog
from benchmarks.living_server import LivingServer
from benchmarks.year_figures import Look, Year, figures_of, print_table
from tests.scraper.crawl import PROJECT, QUICK, environment, path_of

_HOUR = timedelta(hours=3)  # of the day at which crawls begin
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Policy:
    """How often the blog is crawled, and how."""

    mode: str
    next_crawl: Callable[[Path, datetime], datetime]  # of a collection that was crawled then
    is_read: bool = True  # else pages are captured only, which is what they cost


def _auto(path: Path, now: datetime) -> datetime:
    """Ask the scheduler, as `scrapy crawl_due` does."""
    state = read_state(path, now)
    if isinstance(state, Unusable) or state.due.since is None:
        raise SystemExit(f"{path}: {state}")
    return max(state.due.since, now + timedelta(minutes=1))


POLICIES = {
    "daily": Policy("incremental", lambda _, now: now + timedelta(days=1)),
    "auto": Policy("incremental", _auto),
    "all weekly": Policy("full", lambda _, now: now + _WEEK, is_read=False),
}
BLOGS = {"dated": {"dated": True, "sidebar": False}, "undated": {"dated": False, "sidebar": True}}


def main() -> None:
    """Let the years pass one after the other, and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--policies", nargs="+", choices=POLICIES, default=list(POLICIES))
    parser.add_argument("--blogs", nargs="+", choices=BLOGS, default=list(BLOGS))
    parser.add_argument("--keep", type=Path, help="collections and figures.json stay here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = options.keep or Path(scratch)
        place.mkdir(parents=True, exist_ok=True)
        for blog in options.blogs:
            for name in options.policies:
                path = place / f"{blog}-{name.replace(' ', '-')}"
                year = live(LivingBlog(options.seed), blog, name, path, days=options.days)
                found = place / f"{path.name}.json"
                found.write_text(json.dumps(asdict(figures_of(year)), default=str, indent=1))
        print_table(sorted(place.glob("*.json")))


def live(blog: LivingBlog, kind: str, name: str, path: Path, *, days: int) -> Year:
    """Crawl a blog for so many days by one policy."""
    policy, now, end = POLICIES[name], START + _HOUR, START + timedelta(days=days)
    year = Year(blog=blog, kind=kind, policy=name, path=path, end=end)
    with LivingServer(blog, **BLOGS[kind]) as server, Crawler(path, policy) as crawler:
        while now < end:
            server.advance(now)
            crawler.crawl(server.url, now)
            year.looks.append(_look(path, now))
            print(f"{path.name} {now:%Y-%m-%d %H:%M}", len(server.served), file=sys.stderr)
            now = policy.next_crawl(path, now)
        year.served = server.served
    return year


class Crawler:
    """Crawls into a collection at simulated moments; use as a context manager.

    Args:
        path: of the collection.
        policy: how it is crawled.
    """

    def __init__(self, path: Path, policy: Policy) -> None:
        self._path = path
        self._policy = policy
        self._terminal = path.with_suffix(".log")
        program = [sys.executable, str(Path(__file__).with_name("crawl_at.py"))]
        self._process = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT,
            env=environment(),
        )  # fmt: skip

    def __enter__(self) -> Crawler:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.communicate()  # closes its input, and so ends it

    def crawl(self, url: str, now: datetime) -> None:
        """Crawl the blog at that moment."""
        words = ["crawl", "blog", "-a", f"url={url}", "-a", f"collection={self._path}"]
        words += ["-a", f"mode={self._policy.mode}", "-L", "ERROR"]
        for setting, value in ({**QUICK, "EXTRACTION_ENABLED": str(self._policy.is_read)}).items():
            words += ["-s", f"{setting}={value}"]
        order = {"date": now.isoformat(), "words": words, "terminal": str(self._terminal)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(order)}\n")
        self._process.stdin.flush()
        status, said = self._process.stdout.readline().strip(), self._terminal.read_text()
        if status != "0" or "Traceback" in said:
            raise SystemExit(f"{now}: the crawl ended with status {status}:\n{said}")


def _look(path: Path, now: datetime) -> Look:
    """Note what the collection knows of each page after a crawl."""
    with CatalogueReader(Collection.open(path).catalogue_path) as catalogue:
        rows = list(catalogue.query("SELECT url, gone, next_check FROM pages"))
    planned = {path_of(row["url"]): row["next_check"] or "" for row in rows}
    return Look(
        date=now,
        next_checks={path: datetime.fromisoformat(at) for path, at in planned.items() if at},
        gone=frozenset(path_of(row["url"]) for row in rows if row["gone"]),
    )


if __name__ == "__main__":
    main()

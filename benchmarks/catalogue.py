"""How a catalogue grows: what a recrawl asks of it, at ten thousand URLs, and at a million.

    benchmarks/catalogue.py                             # 10⁴, 10⁵ and 10⁶ URLs; some minutes
    benchmarks/catalogue.py --urls 10000 --json figures.json

The catalogues are generated: a blog that posted evenly over ten years, crawled once as a whole and
then again, with captures and articles, but no text. Each task runs in a process of its own, which
says what CPU seconds it took and how much memory that process had at most; then come the ratios
between one size and the one before. What a task looks at besides the pages it needs would show
there: tasks that need one page, or those that are due, cost the same at every size.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

if sys.path[0] == str(Path(__file__).parent):  # where "archive" would be the program beside this
    sys.path[0] = str(Path(__file__).parent.parent)

from archive.catalogue import Catalogue, CatalogueReader
from archive.catalogue.chains import last_complete_crawl, open_chain
from archive.catalogue.folding import fold_crawls
from archive.catalogue.pages import find_page, iter_due_pages, iter_live_articles
from archive.collection import Collection
from archive.records import AskedList, Crawl
from archive.schedule.state import Unusable, read_state
from archive.schedule.status import read_status
from scraper.catalogue_memory import CatalogueMemory

BLOG = "https://blog.example/"
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_LOOKUPS = 1_000
_CHANGED = 300  # pages of the second crawl

# The i-th page: eight in ten are posts of the last ten years.
_PAGES = """
WITH RECURSIVE number(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM number WHERE i < :last),
page AS (
    SELECT i, strftime('%Y-%m-%dT%H:%M:%S+00:00', :started, '-' || (i % 3650) || ' days',
            '-' || (i % 86400) || ' seconds') AS published,
        strftime('%Y/%m', :started, '-' || (i % 3650) || ' days') || '/post-' || i AS path,
        CASE WHEN i % 10 < 8 THEN 'article' WHEN i % 1000 = 999 THEN 'failed'
             WHEN i % 10 = 8 THEN 'listing' ELSE 'skipped:calendar' END AS outcome,
        printf('urn:uuid:%s-%d', :crawl_id, i) AS record_id
    FROM number
)
"""
_DISCOVERIES = """
INSERT INTO discoveries
SELECT :crawl_id, :blog || path, '["sitemap", "link"]',
    :blog || 'sitemap-' || (i / 50000) || '.xml', 2, published,
    json_object('kind', NULL, 'title', NULL, 'authors', json_array(), 'published', NULL,
        'modified', NULL, 'tags', json_array(), 'language', NULL, 'fingerprint', NULL),
    CASE WHEN :again AND outcome = 'article' AND i % 3 THEN 'unchanged' ELSE outcome END
FROM page
"""
_CAPTURES = """
INSERT INTO captures
SELECT record_id, :crawl_id, 'response', :blog || path, 'example,blog)/' || path, :started, 200,
    'text/html', printf('sha256:%052d', i), printf('blog-%05d.warc.gz', i / 20000), i * 10000,
    9000, NULL, NULL, NULL, NULL, 'page', outcome
FROM page WHERE outcome IN ('article', 'listing')
"""
_ARTICLES = """
INSERT INTO articles (capture_id, crawl_id, url, urlkey, title, authors, published, tags, captured,
    word_count, comment_count, text_digest, comment_digests, warc_file, warc_offset, version,
    former, repeats, is_numbered)
SELECT record_id, :crawl_id, :blog || path, 'example,blog)/' || path, 'Post number ' || i,
    '["Ada Example"]', published, '[]', :started, 500, 3, printf('sha256:%052d', i), zeroblob(24),
    printf('blog-%05d.warc.gz', i / 20000), i * 10000, 1, NULL, 0, 1
FROM page WHERE outcome = 'article'
"""


def grow(directory: Path, urls: int) -> Collection:
    """Make a collection of so many URLs, crawled twice; `pages` is still to be folded."""
    collection = Collection.create(directory / f"blog-{urls}", seeds=[BLOG])
    with Catalogue(collection.catalogue_path) as catalogue:
        _add_crawl(catalogue, FIRST, range(urls))
        _add_crawl(catalogue, FIRST + timedelta(days=1), range(urls - _CHANGED, urls + _CHANGED))
    return collection


def _add_crawl(catalogue: Catalogue, started: datetime, pages: range) -> Crawl:
    crawl = Crawl(
        crawl_id=f"{started:%Y%m%d%H%M%S%f}",
        spider="blog",
        seeds=(BLOG,),
        started=started,
        finished=started + timedelta(hours=1),
        reason="finished",
        stats=(("pages/article", len(pages)),),
    )
    values = {
        "crawl_id": crawl.crawl_id, "started": started.isoformat(), "blog": BLOG,
        "first": pages.start, "last": pages.stop - 1, "again": started != FIRST,
    }  # fmt: skip
    for statement in (_DISCOVERIES, _CAPTURES, _ARTICLES):
        into, select = statement.split("\n", 2)[1:]
        catalogue.write(f"{_PAGES}{into}\n{select}", **values)
    for number in range(pages.stop // 50_000 + 1):
        asked = AskedList(
            url=f"{BLOG}sitemap-{number}.xml", taken_for="sitemap", announced=True, named=50_000
        )
        catalogue.add_asked_list(asked, crawl_id=crawl.crawl_id)
    catalogue.add_crawl(crawl)
    return crawl


def _now(days: float) -> datetime:
    return FIRST + timedelta(days=days)


def fold_all(collection: Collection) -> int:
    """Fold both crawls from scratch, as a rebuild does."""
    with Catalogue(collection.catalogue_path) as catalogue:
        catalogue.write("DELETE FROM folded_crawls")
        fold_crawls(catalogue, _now(days=2))
        return _count(catalogue, "SELECT count(*) FROM pages")


def fold_recrawl(collection: Collection) -> int:
    """Add the log of a third crawl, of six hundred pages, and fold it, as the end of one does."""
    with Catalogue(collection.catalogue_path) as catalogue:
        _add_crawl(catalogue, FIRST + timedelta(days=2), range(_CHANGED, 3 * _CHANGED))
        fold_crawls(catalogue, _now(days=2))
    return 2 * _CHANGED


def open_catalogue(collection: Collection) -> int:
    """Open the catalogue, and find out which crawls there were."""
    with CatalogueReader(collection.catalogue_path) as catalogue:
        last = last_complete_crawl(catalogue, _now(days=2), spider="blog", seed=BLOG)
        assert last is not None
        return len(open_chain(catalogue, last))


def find_pages(collection: Collection) -> int:
    """Look up a thousand pages, here and there."""
    with CatalogueReader(collection.catalogue_path) as catalogue:
        total = _count(catalogue, "SELECT max(rowid) FROM captures")
        urls = random.Random(1).choices(range(total), k=_LOOKUPS)
        found = (f"{BLOG}{_path(number)}" for number in urls)
        return sum(find_page(catalogue, url) is not None for url in found)


def _path(number: int) -> str:
    published = FIRST - timedelta(days=number % 3650)
    return f"{published:%Y/%m}/post-{number}"


def list_due(collection: Collection) -> int:
    """List the pages whose time has come a day after the last crawl."""
    with CatalogueReader(collection.catalogue_path) as catalogue:
        return _length(iter_due_pages(catalogue, _now(2)))


def plan(collection: Collection) -> int:
    """Ask all that the plan of a recrawl asks before it knows what the lists of today say."""
    with CatalogueReader(collection.catalogue_path) as catalogue:
        memory = CatalogueMemory(catalogue, "incremental", _now(2)).of_blog(BLOG)
        return sum(map(_length, (memory.wanted(), memory.lists(), memory.listings()))) + (
            memory.count_captured()
        )


def list_articles(collection: Collection) -> int:
    """List all articles that are there, as the plan does that looks for those that vanished."""
    with CatalogueReader(collection.catalogue_path) as catalogue:
        return _length(iter_live_articles(catalogue))


def tell_status(collection: Collection) -> int:
    """Answer what `archive status` asks of a collection."""
    state = read_state(collection.path, _now(2))
    if isinstance(state, Unusable):
        raise SystemExit(state.problem)
    return read_status(state).articles


TASKS: dict[str, Callable[[Collection], int]] = {
    "fold all": fold_all,
    "open": open_catalogue,
    "find 1,000 pages": find_pages,
    "list due pages": list_due,
    "plan": plan,
    "list live articles": list_articles,
    "status": tell_status,
    "fold a recrawl": fold_recrawl,
}


def _count(catalogue: CatalogueReader, statement: str) -> int:
    return int(next(catalogue.query(statement))[0])


def _length(items: Iterable[object]) -> int:
    return sum(1 for _ in items)


def run_task(name: str, path: Path) -> dict[str, Any]:
    """Run one task in this process, and say what it took."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cpu, wall = time.process_time(), time.perf_counter()
    rows = TASKS[name](Collection.open(path))
    return {
        "task": name,
        "rows": rows,
        "cpu_s": round(time.process_time() - cpu, 3),
        "wall_s": round(time.perf_counter() - wall, 3),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "memory_before_mb": round(before / 1024, 1),
    }


def measure(urls: int, directory: Path) -> dict[str, Any]:
    """Make a catalogue, and run all tasks on it, each in a process of its own."""
    collection = grow(directory, urls)
    figures = []
    for name in TASKS:
        command = [sys.executable, __file__, "--task", name, "--collection", str(collection.path)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        figures.append(json.loads(done.stdout))
    size = collection.catalogue_path.stat().st_size
    return {"urls": urls, "size_mb": round(size / 1e6, 1), "tasks": figures}


def print_table(sizes: list[dict[str, Any]]) -> None:
    """Print CPU seconds and memory of each task at each size, and the ratios between sizes."""
    head = "".join(f"{size['urls']:>14,}" for size in sizes)
    print(f"{'URLs':<20}{head}   times as much")
    _print_line("file, MB", [size["size_mb"] for size in sizes])
    for number, name in enumerate(TASKS):
        done = [size["tasks"][number] for size in sizes]
        _print_line(f"{name}, CPU s", [each["cpu_s"] for each in done])
        _print_line("  memory, MB", [each["memory_mb"] for each in done])
        print(f"{'  rows':<20}" + "".join(f"{each['rows']:>14,}" for each in done))


def _print_line(label: str, values: list[float]) -> None:
    ratios = [round(b / a, 1) if a else 0 for a, b in itertools.pairwise(values)]
    print(f"{label:<20}" + "".join(f"{value:>14,}" for value in values) + f"   {ratios}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--urls", type=int, nargs="+", default=[10**4, 10**5, 10**6])
    parser.add_argument("--json", type=Path, help="where the figures go as well")
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    parser.add_argument("--collection", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        print(json.dumps(run_task(given.task, given.collection)))
        return
    with tempfile.TemporaryDirectory() as directory:
        sizes = [measure(urls, Path(directory)) for urls in sorted(given.urls)]
    print_table(sizes)
    if given.json:
        given.json.write_text(json.dumps(sizes, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

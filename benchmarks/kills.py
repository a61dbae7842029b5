"""What a crawl loses that is killed at a random moment: SIGKILL, restart, and a count.

    benchmarks/kills.py                     # a hundred kills
    benchmarks/kills.py --kills 20 --seed 7

A blog is served on the loopback interface and crawled into a fresh collection. The crawl is killed
at a random moment, often several times in a row: so the repair of an earlier kill is killed, too.
Then the same command runs to its end, and the collection is compared with that of a crawl that
nobody disturbed. Exits with 1 where anything was lost.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

if sys.path[0] == str(Path(__file__).parent):  # where "archive" would be the benchmark of it
    sys.path[0] = str(Path(__file__).parent.parent)

from tests.blog_server import BlogServer
from tests.scraper.killed_crawls import (
    PHASES,
    CrawlUnderTest,
    Undisturbed,
    archived_urls,
    faults_of,
    latest_articles,
    undisturbed,
    unhurried_blog,
)

_POSTS = 25
_PAUSE_S = 0.05  # of the server before each answer


def main() -> None:
    """Kill, restart, compare, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--in-a-row", type=int, default=5, help="at most, before a crawl may end")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    print(f"{options.kills} kills, seed {options.seed}, {_POSTS} posts")
    routes = unhurried_blog(_POSTS, pause_s=_PAUSE_S)
    with BlogServer(routes) as server, tempfile.TemporaryDirectory() as scratch:
        model = undisturbed(CrawlUnderTest(server, Path(scratch) / "undisturbed"))
        print(f"undisturbed: {model.start_s:.1f} s to start, {model.rest_s:.1f} s to crawl")
        crawls: list[CrawlUnderTest] = []
        wrong = 0
        while (left := options.kills - sum(map(_count_kills, crawls))) > 0:
            crawl = CrawlUnderTest(server, Path(scratch) / str(len(crawls)))
            for _ in range(min(left, chance.randint(1, options.in_a_row))):
                crawl.kill(*model.pick_moment(chance, chance.random()))
            crawl.run()
            crawls.append(crawl)
            wrong += _judge(crawl, model)
    _print_table(crawls)
    print(f"{len(crawls)} collections, {wrong} of them wrong")
    sys.exit(1 if wrong else 0)


def _count_kills(crawl: CrawlUnderTest) -> int:
    """Count the kills that hit a running crawl."""
    return sum(kill.phase != "ended" for kill in crawl.kills)


def _judge(crawl: CrawlUnderTest, model: Undisturbed) -> bool:
    """Say what is wrong with a collection once its last crawl has ended."""
    faults = faults_of(crawl.path)
    faults += [f"reported and lost: {url}" for url in crawl.reported - archived_urls(crawl.path)]
    if latest_articles(crawl.path) != model.articles:
        faults.append("the articles are not those of an undisturbed crawl")
    phases = " ".join(f"{kill.phase} ({len(kill.reported)})" for kill in crawl.kills)
    print(f"  {crawl.path.parent.name:>3}  {phases}", flush=True)
    for fault in faults:
        print(f"       {fault}", flush=True)
    return bool(faults)


def _print_table(crawls: list[CrawlUnderTest]) -> None:
    kills = [kill for crawl in crawls for kill in crawl.kills]
    counts = Counter(kill.phase for kill in kills)
    print(f"{'killed in':12}{'kills':>8}{'pages reported':>16}")
    for phase in PHASES:
        reported = sum(len(kill.reported) for kill in kills if kill.phase == phase)
        print(f"{phase:12}{counts[phase]:>8}{reported:>16}")


if __name__ == "__main__":
    main()

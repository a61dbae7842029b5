"""What a crawl asks for twice that is killed and taken up again: SIGKILL, restart, and a count.

    benchmarks/resumes.py                     # fifty kills, ten collections
    benchmarks/resumes.py --kills 20 --delay 0.25

Each collection has a server of its own on the loopback interface, with a site map in parts and the
latency of a server that is far away, and is crawled as politely as by default: one request a
second. The crawl is killed several times at random moments, the first of them while it still looks
for posts; then the same command runs to its end. The server counts what it was asked for.
Exits with 1 where an article is missing or another one, or where anything reported was lost.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

if sys.path[0] == str(Path(__file__).parent):  # where "archive" would be the benchmark of it
    sys.path[0] = str(Path(__file__).parent.parent)

from tests.blog_server import BlogServer, ReceivedRequest, Route, respond
from tests.scraper.killed_crawls import (
    PHASES,
    CrawlUnderTest,
    Kill,
    Undisturbed,
    archived_urls,
    faults_of,
    latest_articles,
    slowly,
    undisturbed,
)
from tests.scraper.small_blog import post

_POSTS = 100
_POSTS_PER_MAP = 10
_MEDIAN_LATENCY_S = 0.08
_TIME_LIMIT_S = 900.0


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one collection."""

    kills: list[Kill]
    requests: int
    twice: Counter[str]  # requests beyond the first, by path
    captured_twice: int
    faults: list[str]


def main() -> None:
    """Kill, take up, compare, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--in-a-row", type=int, default=5, help="of each collection")
    parser.add_argument("--delay", type=float, default=1.0, help="DOWNLOAD_DELAY, in seconds")
    parser.add_argument("--jobs", type=int, default=5, help="collections at a time")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    settings = {"DOWNLOAD_DELAY": str(options.delay)}
    rows = [options.in_a_row] * (options.kills // options.in_a_row)
    rows += [rest] if (rest := options.kills % options.in_a_row) else []
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(options.jobs) as jobs:
        with BlogServer(_blog(options.seed)) as server:
            directory = Path(scratch) / "undisturbed"
            model = undisturbed(
                CrawlUnderTest(server, directory, settings=settings, time_limit_s=_TIME_LIMIT_S)
            )
            asked = len(server.requests)
        print(
            f"undisturbed: {asked} requests, {len(model.articles)} articles, {model.rest_s:.0f} s"
        )
        trial = _Trial(model, Path(scratch), settings, options.seed)
        outcomes = list(jobs.map(trial.run, range(len(rows)), rows))
    _print_figures(outcomes)
    sys.exit(1 if any(outcome.faults for outcome in outcomes) else 0)


def _blog(seed: int) -> dict[str, Route]:
    """Make a blog whose posts stand in a site map of several parts."""
    chance = random.Random(seed)
    paths = [f"/post-{number}/" for number in range(_POSTS)]
    parts = [paths[first : first + _POSTS_PER_MAP] for first in range(0, _POSTS, _POSTS_PER_MAP)]
    routes: dict[str, Route] = {path: post(path.strip("/")) for path in paths}
    routes["/"] = respond(b"<html><body><h1>Slipway</h1><p>Notes from a pier.</p></body></html>")
    routes["/robots.txt"] = respond(b"User-agent: *\nAllow: /\n", content_type="text/plain")
    names = [f"/sitemap-{number}.xml" for number in range(len(parts))]
    routes["/sitemap.xml"] = partial(_site_map, "sitemapindex", "sitemap", names)
    for name, part in zip(names, parts, strict=True):
        routes[name] = partial(_site_map, "urlset", "url", part)
    latency = chance.lognormvariate
    return {
        path: slowly(route, _MEDIAN_LATENCY_S * latency(0, 0.6)) for path, route in routes.items()
    }


def _site_map(kind: str, entry: str, paths: list[str], request: ReceivedRequest) -> bytes:
    base = f"http://{request.header('Host')}"
    entries = "".join(f"<{entry}><loc>{base}{path}</loc></{entry}>" for path in paths)
    namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
    xml = f'<{kind} xmlns="{namespace}">{entries}</{kind}>'
    return respond(xml.encode(), content_type="application/xml")


@dataclass(frozen=True, slots=True)
class _Trial:
    """The same blog, to be crawled into one collection after the other."""

    model: Undisturbed
    scratch: Path
    settings: dict[str, str]
    seed: int

    def run(self, number: int, kills: int) -> _Outcome:
        """Crawl one collection with so many kills, and judge it."""
        directory = self.scratch / str(number)
        with BlogServer(_blog(self.seed)) as server:
            crawl = CrawlUnderTest(
                server, directory, settings=self.settings, time_limit_s=_TIME_LIMIT_S
            )
            self._kill(crawl, kills, random.Random(f"{self.seed}-{number}"))
            crawl.run()
            counts = Counter(request.path for request in server.requests)
        captures = len((crawl.path / "indexes" / "index.cdxj").read_text().splitlines())
        outcome = _Outcome(
            kills=crawl.kills,
            requests=counts.total(),
            twice=Counter({path: count - 1 for path, count in counts.items() if count > 1}),
            captured_twice=captures - len(archived_urls(crawl.path)),
            faults=self._judge(crawl),
        )
        _print_outcome(number, outcome)
        return outcome

    def _kill(self, crawl: CrawlUnderTest, kills: int, chance: random.Random) -> None:
        """Kill so many runs: the first while it looks for posts, the others anywhere after."""
        while (count := _count_kills(crawl)) < kills:
            part = 0.2 if count == 0 else 1.2 / kills
            crawl.kill(after_opening=True, delay_s=chance.random() * part * self.model.rest_s)

    def _judge(self, crawl: CrawlUnderTest) -> list[str]:
        """Say what is wrong with a collection once its last crawl has ended."""
        faults = faults_of(crawl.path)
        lost = crawl.reported - archived_urls(crawl.path)
        faults += [f"reported and lost: {url}" for url in sorted(lost)]
        if latest_articles(crawl.path) != self.model.articles:
            faults.append("the articles are not those of an undisturbed crawl")
        return faults


def _count_kills(crawl: CrawlUnderTest) -> int:
    """Count the kills that hit a running crawl."""
    return sum(kill.phase != "ended" for kill in crawl.kills)


def _print_outcome(number: int, outcome: _Outcome) -> None:
    phases = " ".join(kill.phase for kill in outcome.kills)
    twice = " ".join(sorted(outcome.twice)) or "nothing"
    print(f"  {number:>3}  {phases}; {outcome.requests} requests, twice: {twice}", flush=True)
    for fault in outcome.faults:
        print(f"       {fault}", flush=True)


def _print_figures(outcomes: list[_Outcome]) -> None:
    phases = Counter(kill.phase for outcome in outcomes for kill in outcome.kills)
    print("kills: " + ", ".join(f"{phases[phase]} in {phase}" for phase in PHASES if phases[phase]))
    requests = sum(outcome.requests for outcome in outcomes)
    twice = sum(outcome.twice.total() for outcome in outcomes)
    captured = sum(outcome.captured_twice for outcome in outcomes)
    wrong = sum(bool(outcome.faults) for outcome in outcomes)
    print(f"requests: {requests}, beyond the first for a URL: {twice} ({twice / requests:.2%})")
    print(f"archived twice: {captured}; the others were under way when the crawl was killed")
    print(f"{len(outcomes)} collections, {wrong} of them wrong")


if __name__ == "__main__":
    main()

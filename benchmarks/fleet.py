"""What `scrapy crawl_due` does with hundreds of blogs, some of them down, slow or busy.

    benchmarks/fleet.py                        # 200 collections, 8 at a time
    benchmarks/fleet.py --blogs 40 --jobs 4

The blogs are served on as many addresses of the loopback interface; some two share a host. A run
is killed in the middle, with everything that it has started, and begun again. Then another run
follows at once. Printed is what became of the collections, how long it took, and from the
servers' own log how the hosts were treated. Exits with 1 where a blog that is up was not archived
whole, a host was asked by two crawls at a time or too often, or the last run began anything.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median
from typing import Any

if sys.path[0] == str(Path(__file__).parent):  # where "archive" would be the benchmark of it
    sys.path[0] = str(Path(__file__).parent.parent)

from archive.articles.store import ArticleStore
from archive.collection import Collection
from tests.blog_server import Answer, BlogServer, ReceivedRequest, Route, Wait, html, respond
from tests.scraper.small_blog import post

_DELAY_S = 1.0
_TOLERANCE_S = 0.1  # of the clock between two processes on a busy machine
_MAX_BURST = 2  # where the machine is so busy that the first of them leaves late
_RETRY_AFTER_S = 3
_SLOW_S = 1.5
_POSTS = ("ropes", "sails", "tides")
_ONE_IN = {"down": 20, "slow": 20, "busy": 20, "shared": 10}
_SETTINGS = {
    "ALLOW_PRIVATE_NETWORKS": "True",
    "CONTACT": "mailto:operator@blog.example",
    "EXTRACTION_PROCESSES": "1",
    "DOWNLOAD_DELAY": str(_DELAY_S),
    "LOG_LEVEL": "ERROR",
}
_BUSY = respond(b"", f"Retry-After: {_RETRY_AFTER_S}", status="429 Too Many Requests")


@dataclass(frozen=True, slots=True)
class Blog:
    """One blog, its kind, and the collection that keeps it."""

    kind: str  # plain, down, slow, busy, shared
    collection: Collection
    server: BlogServer | None
    folder: str

    @property
    def is_whole(self) -> bool:
        """Tell whether all of its posts are archived."""
        articles = ArticleStore(self.collection.articles_dir).iter_articles()
        return len({article.url for article in articles}) == len(_POSTS)


def main() -> None:
    """Serve, crawl, kill, crawl again, and print the account."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--blogs", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=8)
    options = parser.parse_args()
    with ExitStack() as servers, tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "collections"
        blogs = list(_serve(options.blogs, root, servers))
        killed_s = _run_and_kill(root, options.jobs, blogs)
        whole = sum(blog.is_whole for blog in blogs)
        print(f"killed after {killed_s:.0f} s, {whole} of {len(blogs)} blogs whole", flush=True)
        second, second_s = _run(root, options.jobs)
        print(f"begun again, {second_s:.0f} s: {_counts(second)}", flush=True)
        third, third_s = _run(root, options.jobs)
        print(f"and at once again, {third_s:.1f} s: {_counts(third)}", flush=True)
        _time_status(root)
        faults = [*_faults_of(blogs), *_treatment(blogs)]
        if third["due"]:
            faults.append("the last run began crawls")
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


def _serve(count: int, root: Path, servers: ExitStack) -> Iterator[Blog]:
    shared: BlogServer | None = None
    for number in range(count):
        kind = _kind(number)
        host = f"127.1.{number // 250}.{number % 250 + 1}"
        folder, server, seed = "", None, f"http://{host}:9/"
        if kind == "shared" and shared is not None:
            folder, server, shared = "/second", shared, None
        elif kind != "down":
            folder = "/first" if kind == "shared" else ""
            server = servers.enter_context(BlogServer(host=host))
            shared = server if kind == "shared" else shared
        if server is not None:
            server.routes.update(_routes(kind, folder))
            seed = server.url(f"{folder}/")
        collection = Collection.create(root / f"blog-{number:03}", seeds=[seed])
        yield Blog(kind, collection, server, folder)


def _kind(number: int) -> str:
    if number % _ONE_IN["shared"] in (0, 1) and number // _ONE_IN["shared"] % 2 == 0:
        return "shared"
    for offset, kind in enumerate(("down", "slow", "busy"), 4):
        if number % _ONE_IN[kind] == offset:
            return kind
    return "plain"


def _routes(kind: str, folder: str) -> dict[str, Route]:
    links = "".join(f'<li><a href="{folder}/{slug}/">{slug}</a></li>' for slug in _POSTS)
    routes: dict[str, Route] = {f"{folder}/": html(f"<h1>Slipway</h1><ul>{links}</ul>")}
    for slug in _POSTS:
        routes[f"{folder}/{slug}/"] = post(slug)
    if kind == "slow":
        return {path: [Wait(_SLOW_S), _as_bytes(answer)] for path, answer in routes.items()}
    if kind == "busy":
        return {path: _busy_at_first(_as_bytes(answer)) for path, answer in routes.items()}
    return routes


def _as_bytes(answer: Route) -> bytes:
    assert isinstance(answer, bytes)
    return answer


def _busy_at_first(answer: bytes) -> Route:
    """Answer 429 the first time, and then as usual."""
    asked: list[ReceivedRequest] = []

    def respond_in_turn(request: ReceivedRequest) -> Answer:
        asked.append(request)
        return _BUSY if len(asked) == 1 else answer

    return respond_in_turn


def _command(root: Path, jobs: int) -> list[str]:
    line = [sys.executable, "-m", "scrapy", "crawl_due", "--json", "--root", str(root)]
    line += ["--jobs", str(jobs)]
    for name, value in _SETTINGS.items():
        line += ["-s", f"{name}={value}"]
    return line


def _run(root: Path, jobs: int) -> tuple[dict[str, Any], float]:
    began = time.monotonic()
    ended = subprocess.run(
        _command(root, jobs), check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    document: dict[str, Any] = json.loads(ended.stdout)
    return document, time.monotonic() - began


def _run_and_kill(root: Path, jobs: int, blogs: Sequence[Blog]) -> float:
    """Run until half of the blogs have been asked; then kill the run and all that it started."""
    began = time.monotonic()
    process = subprocess.Popen(
        _command(root, jobs), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and 2 * sum(map(_is_asked, blogs)) < len(blogs):
        time.sleep(0.2)
    for pid in (*_descendants(process.pid), process.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    return time.monotonic() - began


def _is_asked(blog: Blog) -> bool:
    return blog.server is not None and bool(_requests_for(blog))


def _requests_for(blog: Blog) -> list[ReceivedRequest]:
    assert blog.server is not None
    return [request for request in blog.server.requests if request.path.startswith(blog.folder)]


def _descendants(pid: int) -> list[int]:
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, children.read_text().split()):
                found += [child, *_descendants(child)]
    return found


def _counts(document: dict[str, Any]) -> str:
    names = ("due", "finished", "stopped", "failed", "skipped", "not_begun", "not_due")
    return ", ".join(f"{name} {document[name]}" for name in names)


def _time_status(root: Path) -> None:
    began = time.monotonic()
    archive = Path(sys.executable).with_name("archive")
    subprocess.run([archive, "status", "--root", root], check=True, stdout=subprocess.DEVNULL)
    print(f"archive status: {time.monotonic() - began:.1f} s")


def _faults_of(blogs: Sequence[Blog]) -> Iterator[str]:
    for blog in blogs:
        if blog.kind != "down" and not blog.is_whole:
            yield f"{blog.collection.name} ({blog.kind}) is not archived whole"


def _treatment(blogs: Sequence[Blog]) -> Iterator[str]:
    """Print how the hosts were treated; yields what was wrong with it."""
    servers = {id(blog.server): blog for blog in blogs if blog.server is not None}
    gaps: list[float] = []
    bursts = []
    for blog in servers.values():
        assert blog.server is not None
        times = [request.received for request in blog.server.requests]
        gaps += [later - earlier for earlier, later in pairwise(times)]
        bursts.append(_longest_burst(times))
        if blog.kind == "shared" and (count := _stretches(blog.server)) > 3:
            yield f"two crawls at a time on {blog.server.authority} ({count} stretches)"
        if blog.kind == "busy" and not _waited(blog.server):
            yield f"{blog.server.authority} was not left alone for its Retry-After"
    early = sum(gap < _DELAY_S - _TOLERANCE_S for gap in gaps)
    print(
        f"{len(servers)} hosts, {len(gaps) + len(servers)} requests. Between two to one host:"
        f" {min(gaps):.2f} s at least, {median(gaps):.2f} s in the median,"
        f" {early} times less than {_DELAY_S - _TOLERANCE_S:g} s;"
        f" at most {max(bursts)} in {_DELAY_S:g} s, on {bursts.count(max(bursts))} hosts"
    )
    if max(bursts) > _MAX_BURST:
        yield f"a host got {max(bursts)} requests within {_DELAY_S:g} s"


def _longest_burst(times: Sequence[float]) -> int:
    """Count the most requests that came within one delay, less what the clock may err."""
    window = _DELAY_S - _TOLERANCE_S
    return max(sum(start <= each < start + window for each in times) for start in times)


def _stretches(server: BlogServer) -> int:
    """Count how often another of two crawls had its turn; one that was killed has two."""
    turns = (request.path.split("/")[1] for request in server.requests)
    return len(list(groupby(turn for turn in turns if turn in {"first", "second"})))


def _waited(server: BlogServer) -> bool:
    return all(
        later.received - earlier.received >= _RETRY_AFTER_S - _TOLERANCE_S
        for earlier, later in pairwise(server.requests)
        if bytes(earlier.sent) == _BUSY
    )


if __name__ == "__main__":
    main()

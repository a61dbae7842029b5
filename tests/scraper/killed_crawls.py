"""Crawls that are killed at random moments, and what is to hold of their collection afterwards."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from warcio.archiveiterator import ArchiveIterator

from archive.articles.store import ArticleStore
from archive.collection import Collection
from tests.blog_server import Answer, BlogServer, ReceivedRequest, Route, Wait
from tests.patience import TIME_LIMIT_S
from tests.scraper.crawl import QUICK, command, environment, path_of
from tests.scraper.small_blog import small_blog

Phase = Literal["start", "repair", "discovery", "pages", "closing", "ended"]
PHASES: tuple[Phase, ...] = get_args(Phase)

_BIN = Path(sys.executable).parent
_POLL_S = 0.002
_WARC_SIZE_BYTES = "8000"  # so that a crawl is killed with some of its files sealed
_OPENED, _CLOSING = "Spider opened", "Closing spider"
_REPORTED = re.compile(r"(?:Crawled \(\d+\)|Scraped from) <(?:GET|\d+) ([^>]+)>")
_FAILING = re.compile(r" (?:ERROR|CRITICAL): .*|^Traceback.*", re.M)


@dataclass(frozen=True, slots=True)
class Kill:
    """One crawl that was killed: when, and which URLs it had reported that none before it had."""

    phase: Phase
    reported: frozenset[str]


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """The same crawl without a kill: how long its parts take, and what it archives."""

    start_s: float  # from the start of the process until it begins to crawl
    rest_s: float
    articles: dict[str, tuple[str | None, str]]  # title and text digest by path

    def pick_moment(self, chance: random.Random, part: float) -> tuple[bool, float]:
        """Pick a moment: whether it counts from the start of the crawl proper, and how late it is.

        Every tenth falls into the start of the process; the others into the part from 0 to 1 of the
        rest, and a little past its end.
        """
        if chance.random() < 0.1:
            return False, chance.random() * self.start_s
        return True, part * self.rest_s * 1.1


class CrawlUnderTest:
    """One blog and the command that crawls it into one collection.

    Args:
        server: of the blog.
        directory: where the collection goes, and the logs.
        settings: of the crawl, on top of those of a quick one.
        time_limit_s: for a run to its end.
    """

    def __init__(
        self,
        server: BlogServer,
        directory: Path,
        *,
        settings: Mapping[str, str] | None = None,
        time_limit_s: float = TIME_LIMIT_S,
    ) -> None:
        directory.mkdir()
        self.path = directory / "c"
        self.kills: list[Kill] = []
        self._directory = directory
        self._server = server
        self._settings = {**QUICK, "WARC_MAX_SIZE_BYTES": _WARC_SIZE_BYTES, **(settings or {})}
        self._time_limit_s = time_limit_s
        self._runs = 0

    @property
    def reported(self) -> set[str]:
        """The URLs that any run said it had captured before it was killed."""
        return {url for kill in self.kills for url in kill.reported}

    def run(self) -> tuple[float, float]:
        """Crawl to the end; gives the seconds until the crawl began, and those after that."""
        process, log = self._begin()
        began = time.monotonic()
        _wait_for(process, log, _OPENED)
        opened = time.monotonic()
        status = process.wait(self._time_limit_s)
        assert status == 0, f"status {status}: {log.read_text()[-3000:]}"
        assert not _FAILING.search(log.read_text()), log.read_text()[-3000:]
        return opened - began, time.monotonic() - opened

    def kill(self, after_opening: bool, delay_s: float) -> Kill:
        """Crawl, and send SIGKILL so long after its start, or after the crawl proper began."""
        process, log = self._begin()
        if after_opening:
            _wait_for(process, log, _OPENED)
        time.sleep(delay_s)
        has_ended = process.poll() is not None
        process.kill()
        process.wait(TIME_LIMIT_S)
        said = log.read_text(encoding="utf-8") if log.exists() else ""
        reported = self._filed().union(_REPORTED.findall(said)) - self.reported
        kill = Kill("ended" if has_ended else self._phase(said), reported)
        self.kills.append(kill)
        return kill

    def _begin(self) -> tuple[subprocess.Popen[bytes], Path]:
        self._runs += 1
        log = self._directory / f"{self._runs}.log"
        arguments = [f"url={self._server.url()}", f"collection={self.path}"]
        words = ["crawl", "blog", "-L", "DEBUG", "--logfile", str(log)]
        words += ["-o", str(self._directory / f"{self._runs}.jsonl")]
        line = command(*words, settings=self._settings, arguments=arguments)
        quiet = subprocess.DEVNULL
        return subprocess.Popen(line, stdout=quiet, stderr=quiet, env=environment()), log

    def _phase(self, said: str) -> Phase:
        if _CLOSING in said:
            return "closing"
        if _OPENED not in said:
            return "start"
        reported = _REPORTED.findall(said)
        if self.kills and not reported:
            return "repair"  # of what the kill before it left behind
        return "pages" if any("/post-" in url for url in reported) else "discovery"

    def _filed(self) -> frozenset[str]:
        """The URLs of the rows in files that are read before a crawl has ended."""
        files = [*self.path.glob("articles/*.jsonl"), *self._directory.glob("*.jsonl")]
        lines = [line for file in files for line in file.read_bytes().splitlines(keepends=True)]
        return frozenset(json.loads(line)["url"] for line in lines if line.endswith(b"\n"))


def unhurried_blog(post_count: int, *, pause_s: float) -> dict[str, Route]:
    """Give a blog that takes its time for each answer, so that a kill falls between any two."""
    routes = small_blog(*(f"post-{number}" for number in range(post_count)))
    return {path: slowly(route, pause_s) for path, route in routes.items()}


def slowly(route: Route, pause_s: float) -> Route:
    """Give a route that pauses before its answer."""

    def answer(request: ReceivedRequest) -> Answer:
        given = route(request) if callable(route) else route
        return [Wait(pause_s), *([given] if isinstance(given, bytes) else given)]

    return answer


def undisturbed(crawl: CrawlUnderTest) -> Undisturbed:
    """Crawl once without a kill, to know what is to come out."""
    start_s, rest_s = crawl.run()
    assert faults_of(crawl.path) == []
    return Undisturbed(start_s, rest_s, latest_articles(crawl.path))


def latest_articles(path: Path) -> dict[str, tuple[str | None, str]]:
    """Give title and text digest of the latest row of each article, by the path of its URL."""
    rows = ArticleStore(Collection.open(path).articles_dir).iter_articles()
    ordered = sorted(rows, key=lambda row: row.captured)
    return {path_of(row.url): (row.title, row.text_digest) for row in ordered}


def archived_urls(path: Path) -> set[str]:
    """Give the target URIs of all answers in the WARC files, as another tool reads them."""
    found: set[str] = set()
    for file in path.glob("archive/*.warc.gz"):
        with file.open("rb") as stream:
            found.update(
                record.rec_headers["WARC-Target-URI"]
                for record in ArchiveIterator(stream, no_record_parse=True)
                if record.rec_type in ("response", "revisit")
            )
    return found


def faults_of(path: Path) -> list[str]:
    """Say what is wrong with a collection that no crawl is writing."""
    faults = [f"left open: {file}" for file in path.rglob("*.open")]
    faults += [f"left over: {file}" for file in path.glob("articles/*.jsonl")]
    files = sorted(map(str, path.glob("archive/*")))
    faults += _said_of(["gzip", "-t", *files])
    lines = subprocess.check_output([_BIN / "cdxj-indexer", *files], text=True).splitlines()
    if sorted(lines) != (path / "indexes" / "index.cdxj").read_text().splitlines():
        faults.append("the index is not that of cdxj-indexer")
    return faults + _said_of([str(_BIN / "archive"), "verify", str(path), "--processes", "1"])


def _said_of(line: Iterable[str]) -> list[str]:
    """Give what a judge says against it; nothing where it exits with status 0."""
    ended = subprocess.run(
        list(line), check=False, capture_output=True, text=True, env=environment()
    )
    return [ended.stdout + ended.stderr] if ended.returncode else []


def _wait_for(process: subprocess.Popen[bytes], log: Path, words: str) -> None:
    give_up = time.monotonic() + TIME_LIMIT_S
    while time.monotonic() < give_up and process.poll() is None:
        if log.exists() and words in log.read_text(encoding="utf-8"):
            return
        time.sleep(_POLL_S)
    raise AssertionError(f"never logged {words!r}: {log.read_text()[-3000:]}")

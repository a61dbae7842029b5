"""Runs the command `scrapy` in a process of its own, and reads what it leaves behind."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.articles.store import ArticleStore
from archive.collection import Collection
from archive.records import Article
from tests.blog_server import BlogServer
from tests.patience import TIME_LIMIT_S
from tests.scraper.ready_scrapy import run_ready

PROJECT = Path(__file__).parents[2]
QUICK: Mapping[str, str] = {
    "ALLOW_PRIVATE_NETWORKS": "True",
    "AUTOTHROTTLE_ENABLED": "False",
    "CONTACT": "mailto:operator@blog.example",
    "DOWNLOAD_DELAY": "0",
    "EXTRACTION_PROCESSES": "1",
    "RETRY_TIMES": "0",
}
"""A crawl of the loopback interface without any pause."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    status: int
    output: str
    errors: str
    seconds: float

    def messages(self, level: str) -> list[str]:
        """Give what was logged at a level, without time and name of the logger."""
        mark = f" {level}: "
        return [line.partition(mark)[2] for line in self.errors.splitlines() if mark in line]


@dataclass(frozen=True, slots=True)
class Crawled(Ended):
    """A crawl that has ended, and the collection that it wrote."""

    path: Path

    @property
    def report(self) -> dict[str, Any]:
        """The report of the last crawl."""
        newest = max((self.path / "reports").glob("*.json"))
        report: dict[str, Any] = json.loads(newest.read_text(encoding="utf-8"))
        return report

    @property
    def failures(self) -> dict[str, str]:
        """What went wrong by the path of its URL."""
        return {path_of(row["url"]): row["error"] for row in self.report["failures"]}

    @property
    def articles(self) -> dict[str, Article]:
        """The articles by the path of their URL."""
        store = ArticleStore(Collection.open(self.path).articles_dir)
        return {path_of(row.url): row for row in store.iter_articles()}

    def warc_bytes(self) -> bytes:
        """Give all that was archived; fails where a file is not sealed or not whole."""
        files = sorted((self.path / "archive").iterdir())
        assert all(file.name.endswith(".warc.gz") for file in files), files
        return b"".join(gzip.decompress(file.read_bytes()) for file in files)


def has_filed(path: Path) -> bool:
    """Tell whether the crawl into the collection at `path` has filed an article."""
    return any(file.stat().st_size for file in path.glob("articles/*.jsonl"))


def path_of(url: str) -> str:
    """Give path and query of an absolute URL."""
    return "/" + url.split("/", 3)[3]


def command(
    *words: str, settings: Mapping[str, str] | None = None, arguments: Sequence[str] = ()
) -> list[str]:
    """Spell a command: `settings` go in with -s, spider arguments with -a."""
    line = [str(Path(sys.executable).with_name("scrapy")), *words]
    for name, value in (settings or {}).items():
        line += ["-s", f"{name}={value}"]
    for argument in arguments:
        line += ["-a", argument]
    return line


def run(
    line: Sequence[str],
    *,
    cwd: Path | None = None,
    given: bytes = b"",
    env: Mapping[str, str] | None = None,
) -> Ended:
    """Run a command to its end, with `given` on its standard input."""
    began = time.monotonic()
    if Path(line[0]).name == "scrapy" and not env:
        ready = run_ready(line, cwd=cwd or PROJECT, given=given, env=environment())
        status, output, errors = ready
        return Ended(status, output.decode(), errors.decode(), time.monotonic() - began)
    ended = subprocess.run(
        line,
        check=False,
        capture_output=True,
        timeout=TIME_LIMIT_S,
        input=given,
        cwd=cwd or PROJECT,
        env={**environment(), **(env or {})},
    )
    seconds = time.monotonic() - began
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode(), seconds)


def environment() -> dict[str, str]:
    """Give the environment of the commands: the project's own, wherever they run."""
    return os.environ | {"SCRAPY_SETTINGS_MODULE": "scraper.settings", "PYTHONPATH": str(PROJECT)}


def crawl_blog(
    server: BlogServer,
    path: Path,
    *arguments: str,
    settings: Mapping[str, str] | None = None,
) -> Crawled:
    """Crawl the blog on a server into the collection at `path`."""
    given = [f"url={server.url()}", f"collection={path}", *arguments]
    line = command("crawl", "blog", settings={**QUICK, **(settings or {})}, arguments=given)
    ended = run(line)
    assert "Traceback" not in ended.errors, ended.errors[-3000:]
    return Crawled(ended.status, ended.output, ended.errors, ended.seconds, path)

"""A crawl whose workers never answer can be stopped, and what it has captured is not lost."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from archive.collection import Collection
from archive.rebuild import rebuild
from tests.blog_server import BlogServer
from tests.patience import TIME_LIMIT_S, wait_until
from tests.scraper.crawl import (
    PROJECT,
    QUICK,
    Crawled,
    command,
    crawl_blog,
    environment,
)
from tests.scraper.small_blog import small_blog

_SLUGS = tuple(f"walk-{number}" for number in range(30))
_GZIP_HEAD = b"\x1f\x8b\x08"
_HANGING_WORKER = """
import os, sys, time
if "archive.extraction.worker" in sys.orig_argv:
    crawl = os.getppid()
    while os.getppid() == crawl:
        time.sleep(0.1)
    sys.exit()
"""


def _stop(server: BlogServer, tmp_path: Path, how: signal.Signals, deadline_s: float) -> Crawled:
    """Crawl with workers that never answer, and send a signal once everything is asked for."""
    (tmp_path / "sitecustomize.py").write_text(_HANGING_WORKER)
    arguments = [f"url={server.url()}", f"collection={tmp_path / 'c'}"]
    settings = {**QUICK, "EXTRACTION_DEADLINE_S": str(deadline_s)}
    line = command("crawl", "blog", settings=settings, arguments=arguments)
    env = environment() | {"PYTHONPATH": f"{tmp_path}:{PROJECT}"}
    with (tmp_path / "errors").open("wb") as errors:
        crawl = subprocess.Popen(line, stderr=errors, env=env)
    try:
        wait_until(lambda: len(_posts(server)) == len(_SLUGS))
        wait_until(lambda: _record_count(tmp_path / "c") >= 2 * len(_SLUGS))
        crawl.send_signal(how)
        crawl.wait(TIME_LIMIT_S)
    finally:
        crawl.kill()
        crawl.wait()
    said = (tmp_path / "errors").read_text()
    return Crawled(crawl.returncode, "", said, 0.0, tmp_path / "c")


def _posts(server: BlogServer) -> set[str]:
    return {request.path for request in server.requests if request.path.startswith("/walk-")}


def _record_count(path: Path) -> int:
    """Count the records on the disk, of which most are the request or the answer of a post."""
    return sum(file.read_bytes().count(_GZIP_HEAD) for file in path.glob("archive/*"))


def _articles_after_a_rebuild(crawled: Crawled) -> set[str]:
    with (collection := Collection.open(crawled.path)).lock():
        rebuild(collection, processes=1)
    return set(crawled.articles)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_does_not_wait_for_all_of_them(tmp_path: Path, how: signal.Signals) -> None:
    with BlogServer(small_blog(*_SLUGS)) as server:
        crawled = _stop(server, tmp_path, how, 0.5)
    assert "Traceback" not in crawled.errors
    report = crawled.report
    assert report["unread"] > 0  # for each page that is waited for a deadline passes
    assert report["failed"].keys() == {"ExtractionTimeout"}
    assert report["next_command"].startswith("archive rebuild ")
    assert _articles_after_a_rebuild(crawled) == {f"/{slug}/" for slug in _SLUGS}


def test_the_next_crawl_reads_what_a_killed_one_left(tmp_path: Path) -> None:
    with BlogServer(small_blog(*_SLUGS)) as server:
        killed = _stop(server, tmp_path, signal.SIGKILL, 60.0)
        again = crawl_blog(server, killed.path, "limit=1")
    (line,) = [said for said in again.messages("WARNING") if "now read, " in said]
    made_count = int(line.rpartition("now read, ")[2].split()[0])
    assert made_count > len(_SLUGS) / 2  # the last answers were perhaps not yet on the disk
    assert len(again.articles) >= made_count
    assert _articles_after_a_rebuild(killed) == set(again.articles)


def test_the_next_crawl_leaves_pages_unread_where_it_reads_none(tmp_path: Path) -> None:
    with BlogServer(small_blog(*_SLUGS)) as server:
        killed = _stop(server, tmp_path, signal.SIGKILL, 60.0)
        again = crawl_blog(server, killed.path, "limit=1", settings={"EXTRACTION_ENABLED": "False"})
    (line,) = [said for said in again.messages("WARNING") if "captured and not yet read: `" in said]
    assert f"`archive rebuild {killed.path}` reads them" in line
    unread_count = int(line.split()[0])
    assert unread_count > len(_SLUGS) / 2
    assert len(_articles_after_a_rebuild(killed)) >= unread_count - 1  # one is the home page

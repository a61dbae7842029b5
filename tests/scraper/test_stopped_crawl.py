"""A crawl that is told to end does so soon, whatever its workers do."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from archive.collection import Collection
from archive.rebuild import rebuild
from tests.blog_server import BlogServer, ReceivedRequest
from tests.scraper.crawl import PROJECT, QUICK, TIME_LIMIT_S, Crawled, command, environment
from tests.scraper.small_blog import post, small_blog

_SLUGS = tuple(f"walk-{number}" for number in range(30))
_HANGING_WORKER = """
import sys, time
if "archive.extraction.worker" in sys.orig_argv:
    time.sleep(3600)
"""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_crawl_whose_workers_never_answer_can_be_stopped(
    tmp_path: Path, sent: signal.Signals
) -> None:
    (tmp_path / "sitecustomize.py").write_text(_HANGING_WORKER)
    reached = threading.Event()

    def last(_: ReceivedRequest) -> bytes:
        reached.set()
        return post(_SLUGS[-1])

    with BlogServer(small_blog(*_SLUGS) | {f"/{_SLUGS[-1]}/": last}) as server:
        arguments = [f"url={server.url()}", f"collection={tmp_path / 'c'}"]
        settings = {**QUICK, "EXTRACTION_DEADLINE_S": "0.5"}
        line = command("crawl", "blog", settings=settings, arguments=arguments)
        env = environment() | {"PYTHONPATH": f"{tmp_path}:{PROJECT}"}
        crawl = subprocess.Popen(line, stderr=subprocess.PIPE, env=env)
        assert reached.wait(TIME_LIMIT_S)
        began = time.monotonic()
        crawl.send_signal(sent)
        errors = crawl.communicate(timeout=TIME_LIMIT_S)[1].decode()
        seconds = time.monotonic() - began
    crawled = Crawled(crawl.returncode, "", errors, seconds, tmp_path / "c")
    assert seconds < 5  # three deadlines and the end of the crawl; all pages would take 15
    assert "Traceback" not in errors
    report = crawled.report
    assert report["unread"] > 0
    assert report["failed"].keys() == {"ExtractionTimeout"}
    assert report["next_command"].startswith("archive rebuild ")
    with (collection := Collection.open(crawled.path)).lock():
        rebuild(collection, processes=1)
    assert crawled.articles.keys() == {f"/{slug}/" for slug in _SLUGS}

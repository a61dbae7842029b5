"""The line that a person sees on a terminal while a crawl runs."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from scraper.progress import track_settling
from tests.blog_server import BlogServer
from tests.patience import TIME_LIMIT_S
from tests.scraper.crawl import QUICK, command, environment
from tests.scraper.small_blog import small_blog

_SLUGS = ("ropes", "charts", "lamps", "tides", "ferries", "anchors")
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LINE = re.compile(r"(\d+) posts archived · (\d+) answers · (\d+) waiting · 0 failed")


def _crawl_on_a_terminal(server: BlogServer, path: Path) -> str:
    """Give all that a crawl has written on its terminal."""
    ours, theirs = os.openpty()
    arguments = [f"url={server.url()}", f"collection={path}"]
    settings = {**QUICK, "DOWNLOAD_DELAY": "0.25"}
    line = command("crawl", "blog", settings=settings, arguments=arguments)
    env = environment() | {"TERM": "xterm", "COLUMNS": "120"}
    crawl = subprocess.Popen(line, stdin=theirs, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 65536):
            written += chunk
    except OSError:  # the last who could write has gone
        pass
    os.close(ours)
    assert crawl.wait(TIME_LIMIT_S) == 0
    return written.decode()


def test_the_line_counts_what_waits_and_what_is_archived(tmp_path: Path) -> None:
    with BlogServer(small_blog(*_SLUGS)) as server:
        written = _crawl_on_a_terminal(server, tmp_path / "c")
    shown = [tuple(map(int, m)) for m in _LINE.findall(_COLOUR.sub("", written))]
    archived, answers, waiting = zip(*shown, strict=True)
    assert list(archived) == sorted(archived)
    assert list(answers) == sorted(answers)
    assert 0 < max(archived) <= len(_SLUGS)
    assert 3 <= max(waiting) <= len(_SLUGS) + 2
    assert waiting[-1] < max(waiting)


def test_what_is_read_again_ends_when_the_crawl_is_told_to() -> None:
    read: list[int] = []
    for page in track_settling(lambda: len(read) == 3, range(2_000), 2_000):
        read.append(page)
    assert read == [0, 1, 2]

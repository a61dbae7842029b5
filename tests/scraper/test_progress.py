"""The line that a person sees on a terminal while a crawl runs."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from scraper.progress import track_settling
from tests.blog_server import BlogServer, once
from tests.patience import TIME_LIMIT_S
from tests.scraper.crawl import QUICK, command, environment
from tests.scraper.small_blog import post, small_blog

_SLUGS = ("ropes", "charts", "lamps", "tides", "ferries", "anchors")
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LINE = re.compile(r"(\d+) posts archived · (\d+) answers · (\d+) waiting · 0 failed")


class _Shown(NamedTuple):
    archived: int
    answers: int
    waiting: int


def _lines(written: bytearray) -> list[_Shown]:
    """Give what the line has shown so far."""
    text = _COLOUR.sub("", written.decode(errors="replace"))
    return [_Shown(*map(int, figures)) for figures in _LINE.findall(text)]


def _crawl_on_a_terminal(server: BlogServer, path: Path, written: bytearray) -> None:
    """Crawl, and add to `written` all that comes to the terminal."""
    ours, theirs = os.openpty()
    arguments = [f"url={server.url()}", f"collection={path}"]
    line = command("crawl", "blog", settings=QUICK, arguments=arguments)
    env = environment() | {"TERM": "xterm", "COLUMNS": "120"}
    crawl = subprocess.Popen(line, stdin=theirs, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    try:
        while chunk := os.read(ours, 65536):
            written += chunk
    except OSError:  # the last who could write has gone
        pass
    os.close(ours)
    assert crawl.wait(TIME_LIMIT_S) == 0


def test_the_line_counts_what_waits_and_what_is_archived(tmp_path: Path) -> None:
    written = bytearray()
    first, *_, last = _SLUGS

    def are_all_waiting() -> bool:
        return any(shown.waiting >= len(_SLUGS) for shown in _lines(written))

    def is_one_archived() -> bool:
        return any(shown.archived for shown in _lines(written))

    routes = small_blog(*_SLUGS)
    routes[f"/{first}/"] = once(are_all_waiting, post(first))
    routes[f"/{last}/"] = once(is_one_archived, post(last))
    with BlogServer(routes) as server:
        _crawl_on_a_terminal(server, tmp_path / "c", written)
    archived, answers, waiting = zip(*_lines(written), strict=True)
    assert list(archived) == sorted(archived)
    assert list(answers) == sorted(answers)
    assert 0 < max(archived) <= len(_SLUGS)
    assert len(_SLUGS) <= max(waiting) <= len(_SLUGS) + 2
    assert waiting[-1] < max(waiting)


def test_what_is_read_again_ends_when_the_crawl_is_told_to() -> None:
    read: list[int] = []
    for page in track_settling(lambda: len(read) == 3, range(2_000), 2_000):
        read.append(page)
    assert read == [0, 1, 2]

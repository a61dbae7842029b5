"""One crawl at a time on each host, also when the schedule that began it is no more."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from archive.catalogue import Catalogue
from archive.schedule.state import CollectionState, read_state
from scraper.schedule.hosts import HostLocks, hosts_of, hosts_of_blog
from tests.archive.sample_records import make_capture
from tests.archive.schedule.kept_collections import DOWN, NOW, SEED, make_kept
from tests.patience import TIME_LIMIT_S


@pytest.mark.parametrize(
    ("seeds", "hosts"),
    [
        (["https://blog.example/", "http://www.blog.example:8080/x"], {"blog.example"}),
        (["https://Bücher.example./"], {"xn--bcher-kva.example"}),
        (["http://[::1]:80/", "http://127.0.0.1/"], {"[::1]", "127.0.0.1"}),
        (["https://a.platform.example/", "https://b.platform.example/"],
         {"a.platform.example", "b.platform.example"}),
    ],
    ids=["spellings", "letters", "addresses", "platform"],
)  # fmt: skip
def test_spellings_of_one_host_are_one(seeds: list[str], hosts: set[str]) -> None:
    assert hosts_of(seeds) == hosts


def test_a_blog_that_redirects_is_on_the_host_that_answers_too(tmp_path: Path) -> None:
    crawls = [(timedelta(days=1), "finished"), (timedelta(hours=1), DOWN)]
    collection = make_kept(tmp_path / "c", crawls)
    with Catalogue(collection.catalogue_path) as catalogue:
        crawl_id = catalogue.crawls()[0].crawl_id
        for number, url in enumerate((SEED, "https://www.platform.example/blog/")):
            capture = make_capture(number, url)
            catalogue.add_capture(capture, crawl_id=crawl_id, role="page")
        font = make_capture(7, "https://fonts.example/a.css")
        catalogue.add_capture(font, crawl_id=crawl_id, role="requisite")
    state = read_state(collection.path, NOW)
    assert isinstance(state, CollectionState)
    assert hosts_of_blog(state) == {"blog.example", "platform.example"}


def test_a_host_is_locked_until_it_is_released(tmp_path: Path) -> None:
    first, second = HostLocks(tmp_path), HostLocks(tmp_path)
    with ExitStack() as held, ExitStack() as others:
        assert first.take(["a.example", "b.example"], held)
        assert second.take(["b.example", "c.example"], others) is None
        assert second.take(["c.example"], others)  # the refusal left it free
    with ExitStack() as held:
        assert second.take(["a.example", "b.example"], held)


@pytest.mark.parametrize("host", ["..", "a" * 300, "[::1]"])
def test_any_host_has_a_lock_below_the_root(tmp_path: Path, host: str) -> None:
    with ExitStack() as held:
        assert HostLocks(tmp_path).take([host], held)
        (path,) = (tmp_path / ".hosts").iterdir()
        assert path.is_file()


def test_a_crawl_holds_its_host_after_the_schedule_has_let_go(tmp_path: Path) -> None:
    locks = HostLocks(tmp_path)
    with ExitStack() as held:
        descriptors = locks.take(["a.example"], held)
        assert descriptors
        crawl = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=descriptors
        )
    with crawl, ExitStack() as held:
        assert locks.take(["a.example"], held) is None
        crawl.communicate(b"\n", timeout=TIME_LIMIT_S)
        assert locks.take(["a.example"], held)

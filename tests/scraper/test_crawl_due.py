"""`scrapy crawl_due` with real crawls of blogs on this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import groupby
from pathlib import Path

import pytest

from archive.articles.store import ArticleStore
from archive.collection import Collection
from archive.dates import utc_now
from archive.schedule.finding import find_collections
from archive.schedule.history import FAILED_SUFFIX
from archive.schedule.status import read_statuses
from tests.blog_server import BlogServer, Route, html, once
from tests.patience import TIME_LIMIT_S, wait_until
from tests.scraper.crawl import PROJECT, QUICK, command, environment, run
from tests.scraper.fleet import (
    add_collection,
    crawl_due,
    end_due,
    has_logged,
    start_due,
    stop_due,
)
from tests.scraper.small_blog import post, small_blog

_HANGING_CRAWL = """
import sys, time
if "crawl" in sys.argv or "crawl" in sys.orig_argv:
    time.sleep(600)
"""


def _article_count(collection: Collection) -> int:
    return sum(1 for _ in ArticleStore(collection.articles_dir).iter_articles())


def test_each_due_collection_is_crawled_once_and_the_rest_is_accounted_for(tmp_path: Path) -> None:
    root = tmp_path / "root"
    with (
        BlogServer(small_blog("ropes", "sails"), host="127.1.0.1") as server,
        BlogServer(small_blog("tides"), host="127.1.0.2") as other,
    ):
        up = add_collection(root, "up", server.url())
        add_collection(root, "deeper/down", "http://127.1.0.3:9/")
        add_collection(root, "nothing", server.url("/no-such-blog/"))
        add_collection(root, "off", other.url(), 'cadence = "off"')
        wrong = add_collection(root, "wrong", other.url())
        wrong.settings_path.write_text("seeds = [")
        with add_collection(root, "busy", other.url()).lock():
            first = crawl_due(root, "--jobs", "2")
        asked = len(server.requests)
        second = crawl_due(root, "--jobs", "2", "--dry-run")
        statuses, _ = read_statuses(find_collections(root), utc_now())
        assert len(server.requests) == asked
    assert first.status == 1
    assert first.outcomes == {
        "up": "finished", "down": "failed", "nothing": "failed", "wrong": "failed",
        "busy": "skipped",
    }  # fmt: skip
    assert first.document["not_due"] == 1
    assert first.why("down").startswith("http://127.1.0.3:9/: ")
    assert "Connection refused" in first.why("down")
    assert first.why("nothing").startswith("archived nothing: http://127.1.0.1")
    assert "collection.toml" in first.why("wrong")
    nothing = {each.state.collection.name: each for each in statuses}["nothing"]
    assert (nothing.ended, nothing.state.history.failures) == ("archived nothing", 1)
    assert _article_count(up) == 2
    due = {Path(row["collection"]).name for row in second.planned if row["is_due"]}
    assert due == {"busy"}


def test_two_blogs_on_one_host_are_crawled_one_after_the_other(tmp_path: Path) -> None:
    slugs = ("ropes", "sails", "tides")
    routes: dict[str, Route] = {}
    for folder in "ab":
        links = "".join(f'<li><a href="/{folder}/{slug}/">{slug}</a></li>' for slug in slugs)
        routes[f"/{folder}/"] = html(f"<ul>{links}</ul>")
        routes |= {f"/{folder}/{slug}/": post(slug) for slug in slugs}
    with BlogServer(routes, host="127.1.0.4") as server:
        for folder in "ab":
            add_collection(tmp_path, folder, server.url(f"/{folder}/"))
        ended = crawl_due(tmp_path, "--jobs", "2")
        visits = [request.path[1] for request in server.requests if request.path in routes]
    assert ended.outcomes == {"a": "finished", "b": "finished"}
    assert len(visits) >= 8
    assert len(list(groupby(visits))) == 2


def test_a_blog_is_not_asked_outside_its_hours(tmp_path: Path) -> None:
    hour = (utc_now() + timedelta(hours=12)).hour
    with BlogServer(small_blog("ropes"), host="127.1.0.5") as server:
        window = f'windows = ["{hour:02}:00-{hour:02}:30"]'
        add_collection(tmp_path, "night", server.url(), window)
        assert crawl_due(tmp_path).document["not_due"] == 1
        assert server.requests == []


def _gated_blog(*slugs: str, is_open: Callable[[], object]) -> dict[str, Route]:
    """Give a blog that answers for no post before something is so."""
    return small_blog(*slugs) | {f"/{slug}/": once(is_open, post(slug)) for slug in slugs}


def _is_asked_for_posts(server: BlogServer) -> bool:
    return any("knot" in request.path for request in server.requests)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_run_ends_in_order_and_the_next_one_goes_on(
    tmp_path: Path, number: signal.Signals
) -> None:
    slugs = [f"knot-{number}" for number in range(6)]
    with BlogServer(host="127.1.0.6") as server:
        running = add_collection(tmp_path, "a-running", server.url())
        server.routes = _gated_blog(*slugs, is_open=lambda: has_logged(running, "Received SIG"))
        waiting = add_collection(tmp_path, "b-waiting", server.url("/elsewhere/"))
        os.utime(running.settings_path, (0, 0))  # so it is the longest overdue
        process = start_due(tmp_path, "--jobs", "1")
        wait_until(lambda: _is_asked_for_posts(server))
        stopped = stop_due(process, number)
        shutil.rmtree(waiting.path)
        server.routes.update(small_blog(*slugs))
        again = crawl_due(tmp_path, "--jobs", "1")
        posts = [request.path for request in server.requests if "knot" in request.path]
    assert stopped.status == 128 + number
    assert stopped.outcomes == {"a-running": "stopped", "b-waiting": "not_begun"}
    assert again.outcomes["a-running"] == "finished"
    assert _article_count(running) == len(slugs)
    assert len(posts) <= len(slugs) + 1  # the one that was under way may be asked for again


def test_a_killed_run_leaves_its_crawls_whole_and_the_next_one_completes(tmp_path: Path) -> None:
    slugs = [f"knot-{number}" for number in range(6)]
    gate = threading.Event()
    with BlogServer(_gated_blog(*slugs, is_open=gate.is_set), host="127.1.0.7") as server:
        orphaned = add_collection(tmp_path, "orphaned", server.url())
        process = start_due(tmp_path)
        wait_until(lambda: _is_asked_for_posts(server))
        stop_due(process, signal.SIGKILL)
        meanwhile = crawl_due(tmp_path)
        gate.set()
        wait_until(lambda: not orphaned.is_locked())
        after = crawl_due(tmp_path)
    assert meanwhile.outcomes == {"orphaned": "skipped"}
    assert meanwhile.status == 0
    assert after.document["due"] == 0
    assert _article_count(orphaned) == len(slugs)


def test_a_crawl_stops_at_its_limit_and_the_next_run_takes_it_up(tmp_path: Path) -> None:
    slugs = [f"knot-{number}" for number in range(5)]
    with BlogServer(host="127.1.0.8") as server:
        long = add_collection(tmp_path, "long", server.url(), "[limits]\nduration = '1s'")
        server.routes = _gated_blog(*slugs, is_open=lambda: has_logged(long, "Closing spider"))
        first = crawl_due(tmp_path)
        server.routes.update(small_blog(*slugs))
        toml = long.settings_path.read_text()
        long.settings_path.write_text(toml.replace("1s", "1h"))  # a second may not be enough
        second = crawl_due(tmp_path)
    assert first.outcomes == {"long": "stopped"}
    assert first.why("long").startswith("closespider_timeout")
    assert first.status == 0
    assert second.outcomes == {"long": "finished"}
    assert _article_count(long) == len(slugs)


def test_a_crawl_that_hangs_is_ended_and_left_alone_for_a_while(tmp_path: Path) -> None:
    root = tmp_path / "root"
    collection = add_collection(root, "hanging", "http://127.1.0.9:9/")
    (tmp_path / "sitecustomize.py").write_text(_HANGING_CRAWL)
    path = {"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}"}
    hurried = {"CRAWL_MAX_S": "4", "CRAWL_GRACE_S": "0.1"}
    ended = crawl_due(root, settings=hurried, env=path)
    assert ended.outcomes == {"hanging": "failed"}
    assert ended.why("hanging") == "it did not end in time, and was ended"
    (log,) = collection.logs_dir.iterdir()
    assert log.name.endswith(FAILED_SUFFIX)
    assert crawl_due(root).document["due"] == 0


def test_each_machine_crawls_its_part(tmp_path: Path) -> None:
    for number in range(4):
        add_collection(tmp_path, f"c{number}", f"https://blog-{number}.example/")
    parts = [
        {Path(row["collection"]).name for row in part.planned}
        for part in (crawl_due(tmp_path, "--dry-run", "--shard", f"{n}/2") for n in (1, 2))
    ]
    assert sorted(name for part in parts for name in part) == [f"c{n}" for n in range(4)]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--jobs", "0"], "--jobs 0: say a number from 1 to 1000"),
        (["--root", "no/such/place"], "there is no directory"),
        (["map-room"], "'map-room' is too much"),
        (["-s", "CRAWL_MAX_S=soon"], "CRAWL_MAX_S=soon is not a number above 0"),
    ],
    ids=["jobs", "root", "argument", "setting"],
)
def test_bad_arguments_get_one_line_and_status_2(
    words: list[str], line: str, tmp_path: Path
) -> None:
    (tmp_path / "collections").mkdir()
    ended = run(command("crawl_due", *words), cwd=tmp_path)
    assert ended.status == 2
    (said,) = ended.errors.splitlines()
    assert said.startswith(f"scrapy crawl_due: {line}")


@pytest.mark.parametrize("words", [[], ["--json"]], ids=["table", "json"])
def test_a_full_disk_behind_standard_output_is_one_line(words: list[str], tmp_path: Path) -> None:
    add_collection(tmp_path, "c", "https://blog.example/")
    line = command("crawl_due", "--root", str(tmp_path), "--dry-run", *words)
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            line, stdout=full, stderr=subprocess.PIPE, cwd=PROJECT, env=environment(), text=True,
            timeout=TIME_LIMIT_S, check=False,
        )  # fmt: skip
    assert ended.returncode == 1
    reason = "cannot write to standard output: No space left on device"
    assert ended.stderr == f"scrapy crawl_due: {reason}\n"


def test_a_single_collection_is_counted_as_one(tmp_path: Path) -> None:
    add_collection(tmp_path, "c", "https://blog.example/")
    ended = run(command("crawl_due", "--root", str(tmp_path), "--dry-run"))
    assert ended.output.splitlines()[-1] == "1 collection: 1 due, 0 not"


def test_a_second_run_leaves_all_to_the_first_which_skips_what_was_crawled_by_hand(
    tmp_path: Path,
) -> None:
    gate = threading.Event()
    with (
        BlogServer(_gated_blog("ropes", is_open=gate.is_set), host="127.1.0.10") as slow,
        BlogServer(small_blog("tides"), host="127.1.0.11") as quick,
    ):
        first = add_collection(tmp_path, "a-first", slow.url())
        second = add_collection(tmp_path, "b-second", quick.url())
        os.utime(first.settings_path, (0, 0))
        process = start_due(tmp_path, "--jobs", "1")
        wait_until(lambda: bool(slow.requests))
        other = crawl_due(tmp_path)
        by_hand = [f"collection={second.path}"]
        assert run(command("crawl", "blog", settings=QUICK, arguments=by_hand)).status == 0
        asked = len(quick.requests)
        gate.set()
        ended = end_due(process)
        assert len(quick.requests) == asked
    assert (other.status, other.outcomes) == (0, {})
    assert other.errors == f"scrapy crawl_due: another run is crawling {tmp_path}\n"
    assert ended.outcomes == {"a-first": "finished", "b-second": "skipped"}
    assert ended.why("b-second") == "it has been crawled meanwhile"

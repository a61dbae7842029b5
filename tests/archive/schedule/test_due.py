"""When a collection is due: told from its settings and its crawls alone."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from archive.catalogue import Catalogue
from archive.catalogue.folding import fold_crawls
from archive.collection import Collection
from archive.records import Discovery
from archive.schedule.due import Due, retry_delay, say_why
from archive.schedule.history import (
    RETRY_AFTER,
    RETRY_AFTER_STAT,
    CrawlHistory,
    mark_false_start,
    new_log_path,
)
from archive.schedule.state import CollectionState, Unusable, read_state
from archive.schedule.verdict import judge_crawl
from tests.archive.sample_records import make_failure
from tests.archive.schedule.kept_collections import DOWN, EMPTY, NOW, SEED, make_kept

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def _due(collection: Collection) -> Due:
    state = read_state(collection.path, NOW)
    assert isinstance(state, CollectionState)
    return state.due


@pytest.mark.parametrize(
    ("crawls", "wait", "why"),
    [
        ([], None, "never crawled"),
        ([(_DAY, "finished")], -15 * _MINUTE, "cadence"),
        ([(20 * _HOUR, "finished")], 4 * _HOUR - 15 * _MINUTE, "cadence"),
        ([(20 * _HOUR, "limit")], 4 * _HOUR - 15 * _MINUTE, "cadence"),
        ([(9 * _DAY, "finished")], -8 * _DAY - 15 * _MINUTE, "cadence"),
        ([(_HOUR, "shutdown")], -59 * _MINUTE, "interrupted"),
        ([(_HOUR, "closespider_timeout")], -59 * _MINUTE, "interrupted"),
        ([(_HOUR, None)], -_HOUR, "interrupted"),
        ([(_HOUR, "killed")], -59 * _MINUTE, "interrupted"),
        ([(20 * _HOUR, "finished"), (_HOUR, "shutdown")], -59 * _MINUTE, "interrupted"),
        ([(_MINUTE, DOWN)], 15 * _MINUTE, "failed"),
        ([(_MINUTE, "cannot_write")], 15 * _MINUTE, "failed"),
        ([(2 * _HOUR, DOWN), (_MINUTE, DOWN)], 30 * _MINUTE, "failed"),
        ([(2 * _HOUR, "killed"), (_MINUTE, "killed")], 15 * _MINUTE, "failed"),
        ([(n * _HOUR, DOWN) for n in (90, 60, 50, 40, 30)], -26 * _HOUR + _MINUTE, "failed"),
        ([(2 * _HOUR, DOWN), (_HOUR, "finished")], 23 * _HOUR - 15 * _MINUTE, "cadence"),
        ([(_MINUTE, EMPTY)], 15 * _MINUTE, "failed"),
        ([(2 * _HOUR, EMPTY), (_MINUTE, EMPTY)], 30 * _MINUTE, "failed"),
        ([(20 * _HOUR, "finished"), (_MINUTE, EMPTY)], _DAY - 16 * _MINUTE, "cadence"),
    ],
    ids=[
        "never crawled", "a day ago", "20 hours ago", "limited", "after downtime", "stopped",
        "at its limit", "killed", "killed and repaired", "stopped after a complete one", "down",
        "disk full", "down twice", "killed twice", "down five times", "up again", "empty",
        "empty twice", "nothing new",
    ],
)  # fmt: skip
def test_a_collection_is_due_by_how_its_crawls_ended(
    tmp_path: Path, crawls: list[tuple[timedelta, str]], wait: timedelta | None, why: str
) -> None:
    due = _due(make_kept(tmp_path / "c", sorted(crawls, reverse=True), settings='cadence = "1d"'))
    assert due.why == why
    assert due.since is not None
    if wait is not None:
        assert due.since - NOW == wait
        assert due.may_start(NOW) is (wait <= timedelta())


@pytest.mark.parametrize(
    ("asked_s", "stats", "wait", "why"),
    [
        (3_600, (("pages/article", 3),), _HOUR, "interrupted"),
        (3_600, (), _HOUR, "failed"),
        (400, (), 15 * _MINUTE, "failed"),
        (10**12, (("pages/unchanged", 1),), 7 * _DAY, "interrupted"),
    ],
    ids=["got on", "down", "back-off is longer", "beyond reason"],
)
def test_a_blog_that_asked_to_be_left_alone_is(
    tmp_path: Path, asked_s: int, stats: tuple[tuple[str, int], ...], wait: timedelta, why: str
) -> None:
    collection = make_kept(tmp_path / "c", [(_MINUTE, RETRY_AFTER)], settings='cadence = "1d"')
    with Catalogue(collection.catalogue_path) as catalogue:
        (crawl,) = catalogue.crawls()
        catalogue.add_crawl(replace(crawl, stats=((RETRY_AFTER_STAT, asked_s), *stats)))
    state = read_state(collection.path, NOW)
    assert isinstance(state, CollectionState)
    assert (state.due.since, state.due.why) == (NOW + wait, why)
    verdict = judge_crawl(state, state.history.crawls[0])
    assert verdict.ending == {"interrupted": "stopped", "failed": "failed"}[why]
    assert verdict.why.startswith("its host asks to be left alone until 2026-")


def test_back_off_doubles_up_to_the_cadence_and_to_a_week() -> None:
    waits = [retry_delay(failures, 30 * _DAY) for failures in range(1, 40)]
    assert waits[0] == 15 * _MINUTE
    assert all(later == min(2 * earlier, 7 * _DAY) for earlier, later in pairwise(waits))
    assert retry_delay(20, 6 * _HOUR) == 6 * _HOUR


def test_a_run_that_ended_before_it_began_a_crawl_is_a_failure(tmp_path: Path) -> None:
    collection = make_kept(tmp_path / "c", [(_DAY, "finished")], settings='cadence = "1h"')
    collection.logs_dir.mkdir()
    for ago in (3 * _MINUTE, _MINUTE):
        log = new_log_path(collection, NOW - ago)
        log.write_text("")
        mark_false_start(log)
    assert _due(collection).since == NOW + 29 * _MINUTE
    for log in collection.logs_dir.iterdir():
        log.unlink()
    assert _due(collection).may_start(NOW)


def test_a_false_start_counts_until_the_next_crawl(tmp_path: Path) -> None:
    collection = make_kept(tmp_path / "c", [(_MINUTE, "finished")], settings='cadence = "1h"')
    collection.logs_dir.mkdir()
    log = new_log_path(collection, NOW - 2 * _MINUTE)
    log.write_text("")
    mark_false_start(log)
    assert _due(collection).why == "cadence"


def test_a_crawl_waits_for_its_time_window(tmp_path: Path) -> None:
    settings = 'cadence = "1d"\nwindows = ["01:00-06:00"]\ntimezone = "Europe/Berlin"'
    due = _due(make_kept(tmp_path / "c", [(2 * _DAY, "finished")], settings=settings))
    assert due.start == NOW + 11 * _HOUR
    assert not due.may_start(NOW)


@pytest.mark.parametrize("settings", ['cadence = "off"', 'windows = []\ncadence = "off"'])
def test_a_collection_that_is_off_is_never_due(tmp_path: Path, settings: str) -> None:
    due = _due(make_kept(tmp_path / "c", [(900 * _DAY, "finished")], settings=settings))
    assert due.start is None
    assert not due.may_start(NOW)


def test_a_collection_without_seeds_is_never_due_and_says_so(tmp_path: Path) -> None:
    due = _due(Collection.create(tmp_path / "c"))
    assert due.start is None
    assert say_why(due, CrawlHistory(created=NOW)) == "names no seeds"


def _miss(collection: Collection, error: str, *, times: int = 1) -> None:
    """Note that the last crawls found a new post that failed."""
    with Catalogue(collection.catalogue_path) as catalogue:
        post = Discovery(url=f"{SEED}new/", methods=("sitemap",))
        for crawl in catalogue.crawls()[-times:]:
            catalogue.add_discovery(post, crawl_id=crawl.crawl_id, outcome="failed")
            catalogue.add_failure(make_failure(post.url, error, crawl_id=crawl.crawl_id))
        fold_crawls(catalogue, NOW)


@pytest.mark.parametrize(
    ("error", "times", "wait"),
    [
        ("HTTP 503", 1, 15 * _MINUTE),
        ("HTTP 503", 2, 30 * _MINUTE),
        ("HTTP 503", 4, 30 * _DAY - 16 * _MINUTE),
        ("HTTP 404", 1, 30 * _DAY - 16 * _MINUTE),
    ],
    ids=["once", "twice", "for good", "not there"],
)
def test_a_new_post_that_gave_no_answer_is_asked_for_soon(
    tmp_path: Path, error: str, times: int, wait: timedelta
) -> None:
    crawls = [(n * _MINUTE, "finished") for n in range(4, 0, -1)]
    collection = make_kept(tmp_path / "c", crawls, settings='cadence = "30d"')
    _miss(collection, error, times=times)
    assert _due(collection).since == NOW + wait


_FIVE_YEARS = 5 * 365 * _DAY


@pytest.mark.parametrize("reason", ["finished", DOWN, "shutdown", None])
@pytest.mark.parametrize("is_entered_last", [False, True], ids=["before", "after"])
def test_a_crawl_in_the_future_says_nothing_in_whatever_order_it_was_entered(
    tmp_path: Path, reason: str | None, *, is_entered_last: bool
) -> None:
    right = [(20 * _HOUR, "finished"), (_MINUTE, reason)]
    wrong = [(-n * _FIVE_YEARS / 30, "finished") for n in range(1, 31)]
    crawls = [*right, *wrong] if is_entered_last else [*wrong, *right]
    undisturbed = make_kept(tmp_path / "a", right, settings='cadence = "1d"')
    misled = make_kept(tmp_path / "b", crawls, settings='cadence = "1d"')
    assert _due(misled) == _due(undisturbed)


def test_a_collection_with_crawls_in_the_future_alone_is_due(tmp_path: Path) -> None:
    collection = make_kept(tmp_path / "c", [(-_FIVE_YEARS, "finished")], settings='cadence = "1d"')
    assert _due(collection).may_start(NOW)


def test_a_crawl_is_found_though_the_clock_was_put_back_since_the_last(tmp_path: Path) -> None:
    collection = make_kept(tmp_path / "c", [(-40 * _MINUTE, "finished"), (_MINUTE, "finished")])
    state = read_state(collection.path, NOW)
    assert isinstance(state, CollectionState)
    crawl = state.history.find_begun(NOW - 2 * _MINUTE, NOW)
    assert crawl is not None
    assert crawl.started == NOW - _MINUTE
    assert judge_crawl(state, crawl).ending == "complete"


def test_a_clock_put_right_during_a_crawl_or_after_the_settings_were_written(
    tmp_path: Path,
) -> None:
    new, stopped = make_kept(tmp_path / "a"), make_kept(tmp_path / "b", [(_HOUR, "shutdown")])
    later = (NOW + _FIVE_YEARS).timestamp()
    os.utime(new.settings_path, (later, later))
    with Catalogue(stopped.catalogue_path) as catalogue:
        (crawl,) = catalogue.crawls()
        catalogue.add_crawl(replace(crawl, finished=NOW + _FIVE_YEARS))
    assert _due(new).may_start(NOW)
    assert _due(stopped).may_start(NOW)


def test_a_new_collection_is_due_since_it_was_made(tmp_path: Path) -> None:
    collection = make_kept(tmp_path / "c")
    made = (NOW - 3 * _DAY).timestamp()
    os.utime(collection.settings_path, (made, made))
    assert _due(collection).since == NOW - 3 * _DAY


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("collection.toml", 'cadence = "often"', "cadence"),
        ("catalogue.sqlite", "no database at all", "archive rebuild"),
    ],
)
def test_a_collection_that_cannot_be_read_says_why(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    collection = make_kept(tmp_path / "c", [(_DAY, "finished")])
    (collection.path / name).write_text(text)
    state = read_state(collection.path, NOW)
    assert isinstance(state, Unusable)
    assert told in state.problem

"""What a run that goes on takes up: what becomes due while a long crawl holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from archive.dates import utc_now
from scraper.schedule.agenda import Agenda
from scraper.schedule.crawl_process import RunLimits
from scraper.schedule.fleet import Fleet, FleetOptions
from scraper.schedule.plan import make_plan
from scraper.schedule.results import Outcome, Result
from scraper.schedule.run_lock import hold_run
from scraper.sharding import Shard
from tests.archive.schedule.kept_collections import DOWN, NOW, make_kept
from tests.blog_server import BlogServer, once
from tests.patience import TIME_LIMIT_S
from tests.scraper.crawl import QUICK
from tests.scraper.fleet import add_collection
from tests.scraper.small_blog import post, small_blog

_HOUR = timedelta(hours=1)


class _Guest:
    """Adds a collection once a crawl runs, and notes what has ended."""

    def __init__(self, root: Path, seed: str) -> None:
        self._root, self._seed = root, seed
        self.ended_names: list[str] = []

    def expects(self, count: int) -> None:
        """Take no notice."""

    def begun(self, path: Path) -> None:
        if path.name == "slow":
            add_collection(self._root, "guest", self._seed)

    def ended(self, result: Result) -> None:
        self.ended_names.append(result.path.name)

    def told(self, path: Path, problems: Iterable[str]) -> None:
        """Take no notice."""


def _options() -> FleetOptions:
    given = tuple(word for pair in QUICK.items() for word in ("-s", "=".join(pair)))
    limits = RunLimits(duration=timedelta(seconds=TIME_LIMIT_S), grace=_HOUR)
    return FleetOptions(jobs=2, arguments=given, limits=limits)


def test_what_becomes_due_while_a_crawl_runs_does_not_wait_for_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scraper.schedule.agenda._AT_MOST_EVERY_S", 0.5)
    monkeypatch.setattr("scraper.schedule.agenda._AT_LEAST_EVERY_S", 0.5)
    with (
        BlogServer(small_blog("ropes"), host="127.1.0.13") as slow,
        BlogServer(small_blog("tides"), host="127.1.0.14") as quick,
    ):
        guest = _Guest(tmp_path, quick.url())
        slow.routes["/ropes/"] = once(lambda: "guest" in guest.ended_names, post("ropes"))
        add_collection(tmp_path, "slow", slow.url())
        look = partial(make_plan, tmp_path)
        fleet = Fleet(tmp_path, Agenda(look(utc_now()), look), _options(), guest)
        results = asyncio.run(fleet.run())
    assert guest.ended_names == ["guest", "slow"]
    assert {result.outcome for result in results} == {Outcome.FINISHED}


def _agenda(root: Path) -> Agenda:
    """Make the agenda of a run that began at `NOW`, and looks again six hours later."""
    later = NOW + 6 * _HOUR

    return Agenda(make_plan(root, NOW), lambda now: make_plan(root, later))


def _names(agenda: Agenda) -> list[str]:
    return [state.collection.name for state in agenda.waiting]


def test_what_was_crawled_rests_and_what_has_come_due_waits_for_its_turn(tmp_path: Path) -> None:
    daily = 'cadence = "1d"'
    stopped = make_kept(tmp_path / "stopped", [(_HOUR, "shutdown")], settings=daily)
    running = make_kept(tmp_path / "running", [(30 * _HOUR, "finished")], settings=daily)
    make_kept(tmp_path / "later", [(20 * _HOUR, "finished")], settings=daily)
    make_kept(tmp_path / "down", [(timedelta(minutes=5), DOWN)], settings=daily)
    make_kept(tmp_path / "resting", [(_HOUR, "finished")], settings=daily)
    make_kept(tmp_path / "broken").settings_path.write_text("seeds = 3")
    agenda = _agenda(tmp_path)
    assert _names(agenda) == ["running", "stopped"]
    assert [each.path.name for each in agenda.unusable] == ["broken"]
    agenda.unusable.clear()
    agenda.begin(running.path)
    agenda.settle(stopped.path)
    asyncio.run(agenda.look())
    assert _names(agenda) == ["down", "later"]
    assert [path.name for path in agenda.not_due] == ["resting"]
    assert agenda.unusable == []


@pytest.mark.parametrize(
    ("window", "least_s", "most_s"),
    [("12:10-13:00", 590, 600), ("12:00-13:00", 880, 900), ("18:00-19:00", 880, 900)],
    ids=["soon", "open", "late"],
)
def test_it_is_time_to_look_when_the_next_one_is_due(
    tmp_path: Path, window: str, least_s: float, most_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scraper.schedule.agenda.utc_now", lambda: NOW)
    make_kept(tmp_path / "c", [(30 * _HOUR, "finished")], settings=f"windows = ['{window}']")
    assert least_s <= _agenda(tmp_path).wait_s() <= most_s


def test_one_run_of_a_root_and_shard_goes_on_at_a_time(tmp_path: Path) -> None:
    with hold_run(tmp_path) as first, hold_run(tmp_path, Shard(1, 2)) as part:
        assert (first, part) == (True, True)
        with hold_run(tmp_path) as second, hold_run(tmp_path, Shard(1, 2)) as same_part:
            assert (second, same_part) == (False, False)
    with hold_run(tmp_path) as after:
        assert after

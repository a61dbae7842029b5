"""What a schedule says of collections: each told apart, in words that steer no terminal."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

from archive.collection import Collection
from archive.record_json import json_line
from archive.schedule.state import CollectionState, Unusable, read_state
from scraper.schedule.account import plan_document, plan_table, result_line
from scraper.schedule.plan import Plan
from scraper.schedule.results import Outcome, Result
from tests.archive.schedule.kept_collections import NOW, make_kept
from tests.scraper.crawl import command, run
from tests.scraper.fleet import add_collection, crawl_due


def test_two_of_one_name_are_told_apart_by_where_they_lie(tmp_path: Path) -> None:
    hooks = '[hooks]\ncommand = ["/no/such/program"]'
    for name in ("ada/blog", "bob/blog"):
        add_collection(tmp_path, name, "http://127.1.0.3:9/", hooks)
    broken = add_collection(tmp_path, "eve/blog", "http://127.1.0.3:9/").settings_path
    broken.write_text("seeds = [")
    planned = run(command("crawl_due", "--root", str(tmp_path), "--dry-run"))
    names = [row.split()[0] for row in planned.output.splitlines()[1:-1]]
    assert sorted(names) == ["ada/blog", "bob/blog", "eve/blog"]
    told = crawl_due(tmp_path).errors
    for name in ("ada/blog", "bob/blog", "eve/blog"):
        assert f"failed: {name}, " in told
    assert "hook failed: ada/blog, the hook /no/such/program cannot be run" in told


def test_what_is_being_crawled_is_running_and_what_has_no_seeds_says_so(tmp_path: Path) -> None:
    collection = make_kept(tmp_path / "c", [(timedelta(hours=1), None)])
    state = read_state(collection.path, NOW)
    empty = read_state(Collection.create(tmp_path / "empty").path, NOW)
    assert isinstance(state, CollectionState)
    assert isinstance(empty, CollectionState)
    plan = Plan(due=[state], not_due=[empty], unusable=[])
    with collection.lock():
        running = _rows(plan, tmp_path)
        assert [row["why"] for row in plan_document(plan)] == ["running", "no seeds"]
    assert running == [
        ("c", "running", "it is being crawled"),
        ("empty", "never", "names no seeds"),
    ]
    assert _rows(plan, tmp_path)[0] == ("c", "now", "the last crawl was cut short (killed)")


def _rows(plan: Plan, root: Path) -> list[tuple[object, ...]]:
    return list(zip(*(column.cells for column in plan_table(plan, NOW, root).columns), strict=True))


def test_no_name_of_a_collection_steers_the_terminal_or_breaks_the_json(tmp_path: Path) -> None:
    state = read_state(make_kept(tmp_path / os.fsdecode(b"a\nb\x1b\xff")).path, NOW)
    assert isinstance(state, CollectionState)
    plan = Plan(
        due=[state], not_due=[], unusable=[Unusable(path=state.collection.path, problem="")]
    )
    result = Result(path=state.collection.path, outcome=Outcome.FAILED, why="two\nlines")
    assert [row[0] for row in _rows(plan, tmp_path)] == ["a\ufffdb\ufffd\ufffd"] * 2
    assert result_line(result, tmp_path) == "failed: a\ufffdb\ufffd\ufffd, two\ufffdlines"
    written = json_line(plan_document(plan)).encode()
    assert json.loads(written)[0]["collection"] == str(state.collection.path)

"""`archive status`: how collections stand, in a table and as data."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from archive.catalogue import Catalogue, gone
from archive.cli import app
from archive.collection import Collection
from archive.records import Discovery
from tests.archive.sample_records import make_sample
from tests.archive.schedule.kept_collections import DOWN, EMPTY, NOW, make_kept

_HOUR = timedelta(hours=1)


def _status(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["status", *map(str, words)])


def _rows(*words: str | Path) -> dict[str, dict[str, Any]]:
    ended = _status("--json", *words)
    rows = json.loads(ended.stdout)["collections"]
    return {Path(row["collection"]).name: row for row in rows}


def _add_outcomes(collection: Collection, *outcomes: str) -> None:
    with Catalogue(collection.catalogue_path) as catalogue:
        (crawl,) = catalogue.crawls()
        for number, outcome in enumerate(outcomes):
            found = Discovery(url=f"https://blog.example/{number}/", methods=("sitemap",))
            catalogue.add_discovery(found, crawl_id=crawl.crawl_id, outcome=outcome)


def test_each_collection_says_how_its_last_crawl_ended_and_when_the_next_is(tmp_path: Path) -> None:
    ends = {
        "complete": "finished",
        "shutdown": "shutdown",
        "killed": None,
        "down": DOWN,
        "empty": EMPTY,
    }
    for name, reason in ends.items():
        make_kept(tmp_path / name, [(_HOUR, reason)], settings='cadence = "1d"')
    make_kept(tmp_path / "new")
    rows = _rows("--root", tmp_path)
    assert {name: row["ended"] for name, row in rows.items()} == {
        "complete": "complete", "shutdown": "shutdown", "killed": "killed", "down": "unanswered",
        "empty": "archived nothing", "new": None,
    }  # fmt: skip
    assert rows["down"]["failures_in_a_row"] == rows["empty"]["failures_in_a_row"] == 1
    assert rows["complete"]["last_started"] == (NOW - _HOUR).isoformat()
    assert rows["complete"]["cadence_s"] == 86_400
    with Collection.open(tmp_path / "killed").lock():
        assert _rows("--root", tmp_path)["killed"]["ended"] == "running"


def test_what_the_last_crawl_found_and_the_size_are_counted(tmp_path: Path) -> None:
    collection = make_kept(tmp_path / "c", [(_HOUR, "finished")])
    _add_outcomes(collection, "article", "article", gone("HTTP 404"), "failed", "unchanged")
    with Catalogue(collection.catalogue_path) as catalogue:
        catalogue.add_article(make_sample(1))
        catalogue.add_article(make_sample(2))
    (collection.warc_dir / "x.warc.gz").write_bytes(b"x" * 5_000_000)
    (row,) = _rows("--root", tmp_path).values()
    assert row["articles"] == 2
    counts = row["last_counts"]
    assert {name: counts[name] for name in ("new", "failed")} == {"new": 2, "failed": 1}
    assert 5_000_000 < row["size_bytes"] < 6_000_000


def test_the_table_has_a_row_for_each_and_one_for_all(tmp_path: Path) -> None:
    for name in ("ropes", "sails"):
        make_kept(tmp_path / name, [(_HOUR, DOWN)])
    head, *rows, total = _status("--root", tmp_path).stdout.splitlines()
    assert head.split()[:3] == ["collection", "last", "crawl"]
    assert [row.split()[0] for row in rows] == ["ropes", "sails"]
    assert total.startswith("2 collections")
    assert "2 failing" in total


def test_what_is_never_crawled_says_why(tmp_path: Path) -> None:
    Collection.create(tmp_path / "imported")
    make_kept(tmp_path / "resting", settings='cadence = "off"')
    _, imported, resting, _ = _status("--root", tmp_path).stdout.splitlines()
    assert "names no seeds" in imported
    assert "off" in resting.split()


def test_only_the_collections_that_are_named_are_shown(tmp_path: Path) -> None:
    for name in ("ropes", "sails", "tides"):
        make_kept(tmp_path / name)
    assert list(_rows("tides", tmp_path / "ropes", "--root", tmp_path)) == ["tides", "ropes"]


def test_one_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    make_kept(tmp_path / "good")
    make_kept(tmp_path / "bad").settings_path.write_text("seeds = 3")
    ended = _status("--root", tmp_path)
    assert ended.exit_code == 1
    assert "good" in ended.stdout
    assert "collection.toml" in ended.stderr
    assert "problem" in _rows("--root", tmp_path)["bad"]


def test_two_of_one_name_are_told_apart_by_where_they_lie(tmp_path: Path) -> None:
    for name in ("ada/blog", "bob/blog"):
        make_kept(tmp_path / name, [(_HOUR, DOWN)])
    _, *rows, _ = _status("--root", tmp_path).stdout.splitlines()
    assert [row.split()[0] for row in rows] == ["ada/blog", "bob/blog"]
    (_, row) = _status("--root", tmp_path / "ada" / "blog").stdout.splitlines()
    assert row.split()[0] == "blog"
    (_, row) = _status(tmp_path / "bob" / "blog", "--root", tmp_path / "ada").stdout.splitlines()
    assert row.split()[0] == str(tmp_path / "bob" / "blog")


def test_several_mistakes_in_one_file_stand_on_one_line_each_to_be_read(tmp_path: Path) -> None:
    path = make_kept(tmp_path / "bad").settings_path
    path.write_text('cadence = "dayly"\ndelay = "1s"\n')
    ended = _status("--root", tmp_path)
    (said,) = ended.stderr.splitlines()
    assert said.startswith(f"archive: {path}:1: cadence = ")
    assert said.endswith(f"; {path}:2: delay: no such key; do you mean politeness.delay?")
    assert _rows("--root", tmp_path)["bad"]["problem"] == said.removeprefix("archive: ")


def test_names_that_are_no_text_stand_on_one_line_and_in_the_json(tmp_path: Path) -> None:
    make_kept(tmp_path / os.fsdecode(b"a\nb\xff"))
    make_kept(tmp_path / "c\nd").settings_path.write_text("seeds = 3")
    ended = _status("--root", tmp_path)
    assert len(ended.stdout.splitlines()) == 2
    assert "a\ufffdb\ufffd" in ended.stdout
    (said,) = ended.stderr.splitlines()
    assert "c\ufffdd" in said
    assert set(_rows("--root", tmp_path)) == {os.fsdecode(b"a\nb\xff"), "c\nd"}


def test_one_that_lost_its_settings_is_named(tmp_path: Path) -> None:
    make_kept(tmp_path / "deeper" / "lost", [(_HOUR, "finished")]).settings_path.unlink()
    ended = _status("--root", tmp_path)
    assert ended.exit_code == 1
    assert "lost has lost its collection.toml" in ended.stderr


def test_a_root_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    ended = _status("--root", tmp_path / "nowhere")
    assert ended.exit_code == 1
    assert "there is no directory" in str(ended.exception)

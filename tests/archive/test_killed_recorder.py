"""A process that is killed at any step of writing loses nothing that it has reported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.warc.reader import iter_records
from tests.archive.dying_crawl import REPORTED
from tests.archive.order import assert_in_order, assert_sealed, captures_of, settle
from tests.archive.recorded_crawls import RecordedCrawl, html, response
from tests.archive.sample_records import BLOG

_MIN_STEPS = 12


def _die_at_each_step(*arguments: Path) -> list[Collection]:
    """Make collections of which each was being written by a process that died one step later."""
    command = [sys.executable, "-m", "tests.archive.dying_crawl", *map(str, arguments)]
    subprocess.run(command, check=True, timeout=300)
    *killed, finished = sorted(path / "c" for path in arguments[0].glob("[0-9]*"))
    assert settle(Collection.open(finished)) == []  # the last one came to its end
    assert len(killed) >= _MIN_STEPS
    return [Collection.open(path) for path in killed]


def _articles(collection: Collection) -> set[str | None]:
    with CatalogueReader(collection.catalogue_path) as catalogue:
        return {row.title for row in catalogue.iter_articles()}


def test_a_crawl_killed_at_any_step_is_brought_back(tmp_path: Path) -> None:
    for collection in _die_at_each_step(tmp_path):
        settle(collection)
        assert_sealed(collection)
        reported = collection.path.parent / REPORTED
        captures = captures_of(collection)
        wanted = set(reported.read_text().split()) if reported.exists() else set()
        assert wanted <= {capture.record_id for capture in captures}, collection.path
        pages = {capture.target_uri.split("/")[3] for capture in captures}
        assert _articles(collection) == pages & {"ferry", "split", "gull", "pier"}, collection.path
    assert_in_order(collection)


def test_a_recovery_killed_at_any_step_is_done_again(tmp_path: Path) -> None:
    running = RecordedCrawl(Collection.create(tmp_path / "running", seeds=[BLOG]))
    for name in ("ferry", "gull", "pier"):
        running.keep(f"{name}/", "article", response(html(name)))
    killed = Collection.create(tmp_path / "killed", seeds=[BLOG])
    running.leave(killed)
    (path,) = killed.warc_dir.iterdir()
    records = [record for record in iter_records(path) if record.target_uri == f"{BLOG}gull/"]
    with path.open("r+b") as file:  # a hole: every place behind it changes
        file.seek(records[0].offset)
        file.write(bytes(sum(record.length for record in records)))
    for collection in _die_at_each_step(tmp_path / "steps", killed.path):
        settle(collection)
        assert_sealed(collection)
        assert _articles(collection) == {"ferry", "pier"}, collection.path
        assert len(list(collection.warc_dir.glob("*.damaged"))) == 1
    assert_in_order(collection)

"""What cannot be brought back is told as it is, and so is what to do about it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from scrapy.settings import Settings

from archive.articles.store import ArticleStore
from archive.catalogue import Catalogue, CatalogueReader
from archive.collection import Collection
from archive.errors import CollectionError
from archive.inventory import KILLED
from archive.missing import ADVICE_ON_LOSS
from archive.rebuild import rebuild
from archive.warc.captures import iter_stored_captures
from scraper.recording_thread import open_recorder
from tests.archive.killed_crawl import NAMES, PROGRAM, leave, titles
from tests.archive.order import assert_in_order, settle
from tests.archive.recorded_crawls import RecordedCrawl, html, response
from tests.archive.sample_records import BLOG, CRAWL_ID, make_crawl


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "c", seeds=[BLOG])


def _spoil(path: Path, content: bytes | None) -> bytes:
    """Replace the content of a file; where none is given, by zeros and its torn end."""
    if content is None:
        content = bytes(path.stat().st_size - 30) + path.read_bytes()[-30:]
    path.write_bytes(content)
    return content


@pytest.mark.parametrize("content", [None, b"\x1f\x8b", b""], ids=["zeros", "torn", "empty"])
def test_nothing_is_said_to_be_kept_of_a_file_without_a_whole_record(
    collection: Collection, content: bytes | None
) -> None:
    (path,) = leave(collection)
    with Catalogue(collection.catalogue_path) as catalogue:
        for stored in iter_stored_captures(path):
            catalogue.add_capture(stored.capture, crawl_id=CRAWL_ID, role="page")
        for article in ArticleStore(collection.articles_dir).iter_articles():
            catalogue.add_article(article)
    left = _spoil(path, content)
    lines = settle(collection)
    aside = path.with_name(path.name.replace(".open", ".damaged"))
    said = f"holds no whole record: nothing of it is in the collection; it is kept as {aside}"
    assert any(line.endswith(said if left else "is empty: it is removed") for line in lines)
    assert any("3 captures of which nothing is left" in line for line in lines)
    assert any("did not end: 0 captures and 0 articles are kept" in line for line in lines)
    kept = {file: file.read_bytes() for file in collection.warc_dir.iterdir()}
    assert kept == ({aside: left} if left else {})
    assert titles(collection) == set()
    assert list(collection.articles_dir.iterdir()) == []
    assert "warc.gz" not in collection.index_path.read_text()
    with CatalogueReader(collection.catalogue_path) as catalogue:
        (crawl,) = catalogue.crawls()
    assert crawl.reason == KILLED
    assert settle(collection) == []
    verified = subprocess.run(
        [*PROGRAM, "verify", str(collection.path)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")


def test_a_repair_that_was_stopped_after_it_put_a_file_aside_is_done_again(
    collection: Collection,
) -> None:
    (path,) = leave(collection)
    with Catalogue(collection.catalogue_path) as catalogue:
        for stored in iter_stored_captures(path):
            catalogue.add_capture(stored.capture, crawl_id=CRAWL_ID, role="page")
    path.rename(path.with_name(path.name.replace(".open", ".damaged")))
    assert any("3 captures of which nothing is left" in line for line in settle(collection))
    assert list(collection.articles_dir.iterdir()) == []
    assert settle(collection) == []


def test_the_report_that_a_full_disk_has_prevented_is_written(collection: Collection) -> None:
    crawl = RecordedCrawl(collection)
    crawl.keep("ferry/", "article", response(html("ferry")))
    crawl.close()
    for path in collection.reports_dir.iterdir():
        path.unlink()
    half = collection.reports_dir / f"{CRAWL_ID}.json.new"
    half.touch()
    removed, written = settle(collection)
    assert removed == f"{half} was left half made: it is removed"
    as_html, as_json = sorted(collection.reports_dir.iterdir())
    assert written.endswith(f" had no report: it is written: {as_html}")
    report = json.loads(as_json.read_text())
    assert report["archived"] == 1
    assert [asked["named"] for asked in report["lists"]][:1] == [9]
    assert report["lists"][0]["url"] in as_html.read_text()
    assert settle(collection) == []


@pytest.mark.parametrize(
    ("size_bytes", "refused", "why"),
    [(1_000, "catalogue.sqlite", "disk I/O error"), (400_000, "", "File too large")],
    ids=["catalogue", "index"],
)
def test_a_disk_that_refuses_is_told_with_the_file_and_what_to_do(
    collection: Collection, size_bytes: int, refused: str, why: str
) -> None:
    leave(collection)
    (tail,) = collection.index_path.parent.iterdir()
    lines = tail.read_bytes()
    tail.write_bytes(lines + lines.replace(b".warc.gz", b"-other.warc.gz") * 1_000)
    # The size of any one file is limited, which looks to the program as a full disk does.
    command = ["prlimit", f"--fsize={size_bytes}", *PROGRAM, "repair", str(collection.path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    advice = f"if the disk is full, make room; then run `archive repair {collection.path}`"
    assert ended.returncode == 1
    assert ended.stderr == f"archive: {collection.path / refused}: {why}: {advice}\n"
    tail.write_bytes(lines)
    settle(collection)
    assert titles(collection) == set(NAMES)
    assert_in_order(collection)


def test_a_disk_that_has_no_room_for_the_lock_is_told_with_what_to_do(
    collection: Collection,
) -> None:
    (collection.path / ".lock").symlink_to("/dev/full")
    with pytest.raises(CollectionError, match=f"cannot lock {collection.path}: .*: make room, and"):
        settle(collection)


@pytest.mark.parametrize("lost", ["index", "catalogue"])
def test_what_repair_does_not_bring_back_is_told(collection: Collection, lost: str) -> None:
    crawl = RecordedCrawl(collection)
    for name in NAMES:
        crawl.keep(f"{name}/", "article", response(html(name)))
    crawl.close()
    if lost == "index":
        collection.index_path.unlink()
        what = "the index lacks lines of 3 captures"
    else:
        (path,) = collection.warc_dir.iterdir()
        first = next(iter_stored_captures(path)).capture
        with Catalogue(collection.catalogue_path) as catalogue:
            catalogue.place_captures(first.filename, {first.record_id: (0, 1)})
        what = "the catalogue lacks rows of 2 captures"
    command = [*PROGRAM, "repair", str(collection.path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    advice = f"`archive rebuild {collection.path}` makes both anew"
    assert ended.stderr == f"archive: {collection.path}: {what}: {advice}\n"
    with collection.lock():
        rebuild(collection, processes=1)
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout == f"{collection.path}: nothing to repair\n"


def test_a_warc_file_that_is_lost_is_told_by_repair_and_by_the_next_crawl(
    collection: Collection, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (1, 2):
        crawl = RecordedCrawl(collection, crawl_id=f"{CRAWL_ID}-{number}")
        crawl.keep(f"{NAMES[number]}/", "article", response(html(NAMES[number])))
        crawl.close()
    lost, _ = sorted(collection.warc_dir.iterdir())
    lost.unlink()
    told = f"WARC files missing in {collection.warc_dir}: {lost.name}. {ADVICE_ON_LOSS}"
    command = [*PROGRAM, "repair", str(collection.path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, f"archive: {told}\n")
    settings = Settings()
    settings.setmodule("scraper.settings")
    with collection.lock():
        begun = make_crawl(crawl_id="20270101000000", finished=None, reason=None)
        recorder = open_recorder(collection, begun, settings, software="tests")
        recorder.close(replace(begun, finished=begun.started, reason="finished"), [])
    assert told in caplog.messages

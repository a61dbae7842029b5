"""What a killed crawl left is put in order: whole files, and whatever was missing made again."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from archive.articles.store import ArticleStore
from archive.catalogue import Catalogue, CatalogueReader, account
from archive.catalogue.pages import iter_asked_lists
from archive.collection import Collection
from archive.crawl_logs import write_crawl_logs
from archive.inventory import KILLED
from archive.rebuild import rebuild
from archive.records import AskedList, Failure, PageType
from archive.warc.captures import iter_stored_captures
from archive.warc.reader import iter_records
from archive.warc.writer import WarcWriter
from tests.archive.killed_crawl import NAMES, PROGRAM, leave, titles
from tests.archive.order import assert_in_order, captures_of, settle
from tests.archive.recorded_crawls import RecordedCrawl, html, response, tables
from tests.archive.sample_records import BLOG, CRAWL_ID, make_failure


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "c", seeds=[BLOG])


def test_pages_that_were_captured_and_not_read_are_read(collection: Collection) -> None:
    (path,) = leave(collection, None)
    lines = settle(collection)
    assert lines[0].startswith(f"{collection.path} was left unfinished: 1 WARC file (")
    assert lines[1] == f"{path} was left open: 11 whole records kept; it is sealed"
    assert lines[2] == "3 pages had been captured and not yet read: now read, 3 articles made"
    assert "did not end: 3 captures and 3 articles are kept; report: " in lines[3]
    report = Path(lines[3].rpartition("report: ")[2])
    assert "ferry" in report.read_text()
    assert len(lines) == 4
    with CatalogueReader(collection.catalogue_path) as catalogue:
        (crawl,) = catalogue.crawls()
        assert account(catalogue, CRAWL_ID).archived == 3
    assert (crawl.spider, crawl.reason) == ("blog", KILLED)
    assert crawl.finished is not None
    assert titles(collection) == set(NAMES)
    assert_in_order(collection)


def test_articles_that_were_filed_are_not_made_again(collection: Collection) -> None:
    leave(collection)
    (lines,) = collection.articles_dir.glob("*.jsonl")
    first, second, _ = lines.read_text().splitlines()
    marked = second.replace("The ferry left", "The ferry, once read, left")
    assert marked != second
    lines.write_text(f'{first}\n{marked}\n{{"url": "https://blog.exa')
    said = settle(collection)
    assert "1 page had been captured and not yet read: now read, 1 article made" in said
    store = ArticleStore(collection.articles_dir)
    texts = {row.title: row.main_text for row in store.iter_articles()}
    assert texts.keys() == set(NAMES)
    assert "once read" in texts["gull"]
    with CatalogueReader(collection.catalogue_path) as catalogue:
        assert [row.title for row in catalogue.search("title: pier")] == ["pier"]


def test_what_is_known_of_a_page_is_not_asked_again(collection: Collection) -> None:
    leave(collection, None)
    (path,) = collection.warc_dir.iterdir()
    captures = [stored.capture for stored in iter_stored_captures(path)]
    with Catalogue(collection.catalogue_path) as catalogue:
        for capture in captures:
            catalogue.add_capture(capture, crawl_id=CRAWL_ID, role="page")
        catalogue.set_page_type(captures[0].record_id, PageType.LISTING)
        catalogue.add_failure(
            Failure(
                url=captures[1].target_uri,
                stage="extract",
                error="ExtractionTimeout",
                message="it took longer than 60 s",
                date=captures[1].date,
                crawl_id=CRAWL_ID,
            )
        )
    assert "1 page had been captured and not yet read: now read, 1 article made" in settle(
        collection
    )
    with CatalogueReader(collection.catalogue_path) as catalogue:
        counts = account(catalogue, CRAWL_ID)
    assert (counts.archived, counts.not_posts) == (1, {"listing": 1})
    assert counts.failed == {"ExtractionTimeout": 1}


def test_what_a_killed_crawl_has_noted_outlives_a_rebuild(collection: Collection) -> None:
    leave(collection, None)
    with Catalogue(collection.catalogue_path) as catalogue:
        catalogue.add_failure(make_failure(f"{BLOG}unreachable/", "DNSLookupError"))
    settle(collection)
    rows = tables(collection.catalogue_path)
    assert len(rows["failures"]) == 1
    (logs,) = collection.warc_dir.glob("recovery-*.warc.gz")
    info = next(iter_records(logs))
    assert b"software: test/1\r\n" in info.block
    with collection.lock():
        rebuild(collection, processes=1)
    assert tables(collection.catalogue_path) == rows
    assert settle(collection) == []


def test_a_recovery_that_was_killed_before_the_logs_is_done_again(collection: Collection) -> None:
    leave(collection)
    settle(collection)
    rows = tables(collection.catalogue_path)
    (logs,) = collection.warc_dir.glob("recovery-*.warc.gz")
    logs.unlink()
    for report in collection.reports_dir.iterdir():
        report.unlink()
    settle(collection)
    assert len([*collection.warc_dir.glob("recovery-*.warc.gz")]) == 1
    assert tables(collection.catalogue_path) == rows
    assert_in_order(collection)
    assert tables(collection.catalogue_path) == rows
    assert settle(collection) == []


@pytest.mark.parametrize("log_count", [1, 2, 3])
def test_a_crawl_killed_between_its_logs_is_brought_back(
    collection: Collection, log_count: int
) -> None:
    running = RecordedCrawl(Collection.create(collection.path.with_name("running"), seeds=[BLOG]))
    running.keep("ferry/", "article", response(html("Ferry")))
    running.leave(collection)
    (whole,), (left_open,) = running.collection.warc_dir.iterdir(), collection.warc_dir.iterdir()
    *_, last = list(iter_records(whole))[: 5 + log_count]
    left_open.write_bytes(whole.read_bytes()[: last.offset + last.length])
    settle(collection)
    rows = tables(collection.catalogue_path)
    assert [row[-1] for row in rows["discoveries"]] == ["article"]
    assert_in_order(collection)
    assert tables(collection.catalogue_path) == rows


def test_a_crawl_whose_first_record_is_damaged_is_brought_back(collection: Collection) -> None:
    (path,) = leave(collection)
    with path.open("r+b") as file:
        file.write(bytes(40))
    settle(collection)
    assert titles(collection) == set(NAMES)
    assert_in_order(collection)


def test_without_extraction_the_line_names_the_command_that_reads(collection: Collection) -> None:
    leave(collection, None)
    lines = settle(collection, processes=0)
    said = "3 pages captured and not yet read: "
    assert f"{said}`archive rebuild {collection.path}` reads them" in lines
    with CatalogueReader(collection.catalogue_path) as catalogue:
        assert account(catalogue, CRAWL_ID).unread == 3
    assert settle(collection, processes=0) == []


def test_a_torn_page_without_its_metadata_is_read_all_the_same(collection: Collection) -> None:
    (path,) = leave(collection, None)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 10)
    assert "bytes of a torn record cut off; it is sealed" in settle(collection)[1]
    assert titles(collection) == set(NAMES)
    with CatalogueReader(collection.catalogue_path) as catalogue:
        assert {row.crawl_id for row in catalogue.iter_articles()} == {CRAWL_ID}
    assert_in_order(collection)


def test_what_the_catalogue_knows_and_no_file_holds_goes(collection: Collection) -> None:
    """A power cut takes the end of the WARC file, and not what SQLite wrote."""
    (path,) = leave(collection)
    with Catalogue(collection.catalogue_path) as catalogue:
        for stored in iter_stored_captures(path):
            catalogue.add_capture(last := stored.capture, crawl_id=CRAWL_ID, role="page")
        for article in ArticleStore(collection.articles_dir).iter_articles():
            catalogue.add_article(article)
    with path.open("r+b") as file:
        file.truncate(last.offset + last.length // 2)
        file.seek(0, 2)
        file.write(bytes(9_000))
    settle(collection)
    assert titles(collection) == {"ferry", "gull"}
    with CatalogueReader(collection.catalogue_path) as catalogue:
        assert catalogue.search("title: pier") == []
    assert_in_order(collection)


def test_a_hole_costs_its_page_and_every_place_is_corrected(collection: Collection) -> None:
    (path,) = leave(collection)
    captures = [stored.capture for stored in iter_stored_captures(path)]
    with path.open("r+b") as file:
        file.seek(captures[1].offset)
        file.write(bytes(captures[1].length))
    damaged = path.read_bytes()
    lines = settle(collection)
    aside = path.with_name(path.name.replace(".open", ".damaged"))
    assert f"is damaged in one place: 10 whole records are now in {path.stem}" in lines[1]
    assert lines[1].endswith(f"the damaged file is kept as {aside}")
    assert aside.read_bytes() == damaged
    assert titles(collection) == {"ferry", "pier"}
    assert captures_of(collection)[1].offset < captures[2].offset
    assert_in_order(collection)


def test_rubbish_in_the_lines_of_index_and_articles_is_left_out(collection: Collection) -> None:
    leave(collection)
    for path in (
        *collection.articles_dir.glob("*.jsonl"),
        collection.index_path.with_name("index.cdxj.open"),
    ):
        first, *rest = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(first[:-40] + bytes(40) + b"".join(rest) + bytes(3_000) + b'\n{"a')
    settle(collection)
    assert titles(collection) == set(NAMES)
    assert_in_order(collection)


def test_files_that_were_half_made_are_removed_and_named(collection: Collection) -> None:
    crawl = RecordedCrawl(collection)
    crawl.keep("ferry/", "article", response(html("ferry")))
    crawl.close()
    (stem,) = (path.stem for path in collection.articles_dir.iterdir())
    half_made = [
        collection.index_path.with_name("index.cdxj.new"),
        collection.articles_dir / f"{stem}.parquet.open",
        collection.articles_dir / f"{stem}.jsonl.new",
        collection.warc_dir / f"{stem}.warc.gz.mended",
    ]
    for path in half_made:
        path.write_bytes(b"half")
    work = collection.path / ".rebuild-stopped"
    (work / "collection").mkdir(parents=True)
    lines = settle(collection)
    assert {line.partition(" was left half made")[0] for line in lines} == {
        str(path) for path in (*half_made, work)
    }
    assert_in_order(collection)


def test_a_sealed_file_that_nothing_names_is_taken_in(collection: Collection) -> None:
    crawl = RecordedCrawl(collection)
    crawl.keep("ferry/", "article", response(html("ferry")))
    crawl.close()
    (path,) = collection.warc_dir.iterdir()
    for file in (
        collection.index_path,
        collection.catalogue_path,
        *collection.articles_dir.iterdir(),
    ):
        file.unlink()
    lines = settle(collection)
    assert f"{path} was missing in the catalogue: its captures are entered" in lines
    assert titles(collection) == {"ferry"}
    assert_in_order(collection)


def test_a_file_that_cannot_be_sealed_is_named_and_left(collection: Collection) -> None:
    (path,) = leave(collection)
    path.with_suffix("").write_bytes(b"another")
    lines = settle(collection)
    assert any("the file is there already; it is left as it is" in line for line in lines)
    assert path.exists()


def test_a_collection_in_order_is_not_touched(collection: Collection) -> None:
    assert settle(collection) == []
    assert not collection.catalogue_path.exists()


def test_a_crawl_of_logs_alone_is_not_read_again(collection: Collection) -> None:
    RecordedCrawl(collection).close()
    assert len(list(collection.warc_dir.iterdir())) == 1
    assert settle(collection) == []


def test_of_logs_alone_no_more_is_read_than_shows_that_they_are(collection: Collection) -> None:
    pages = Random(1).randbytes(4_000_000)
    with WarcWriter(collection.warc_dir, prefix="z", software="t", robots="obey") as writer:
        for name, body in (("crawl", b"{}"), ("crawl", b"{}"), ("discoveries", pages)):
            writer.write_log(f"{name}.json", body, "application/json", crawl_id=CRAWL_ID)
    before = _bytes_read()
    assert settle(collection) == []
    assert _bytes_read() - before < len(pages)


def _bytes_read() -> int:
    """Give what this process has read from files until now."""
    counts = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(counts[0].removeprefix("rchar: "))


def test_the_command_says_what_it_did_and_that_nothing_is_left(collection: Collection) -> None:
    leave(collection)
    command = [*PROGRAM, "repair", str(collection.path), "--processes", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "11 whole records kept; it is sealed" in done.stdout
    assert done.stdout.endswith(f"{collection.path}: repaired\n")
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"{collection.path}: nothing to repair\n"
    with collection.lock():
        refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "being written by process" in refused.stderr


def test_logs_in_a_file_of_their_own_are_found_again(collection: Collection) -> None:
    leave(collection)
    settle(collection)
    with Catalogue(collection.catalogue_path) as catalogue:
        (crawl,) = catalogue.crawls()
        # So it is left when a recovery is killed that has sealed the file, and not read it.
        catalogue.add_crawl(replace(crawl, finished=None, reason=None))
    asked = AskedList(url=f"{BLOG}map.xml", taken_for="sitemap", announced=True, named=3)
    ended = replace(crawl, reason="finished")
    with WarcWriter(collection.warc_dir, prefix="z", software="t", robots="obey") as writer:
        write_crawl_logs(writer, ended, [], [], [asked])
    settle(collection)
    with CatalogueReader(collection.catalogue_path) as reader:
        assert [each.reason for each in reader.crawls()] == ["finished"]
        assert list(iter_asked_lists(reader, CRAWL_ID)) == [asked]

"""Pages, their further pages and feeds that a server calls unmodified count as what they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.articles.store import ArticleStore
from archive.catalogue import UNCHANGED, CatalogueReader, FoundUrl, account
from archive.cdxj import cdxj_line
from archive.collection import Collection
from archive.rebuild import rebuild
from archive.records import Capture, Discovery, Origin
from archive.stored_messages import MessageReader
from archive.wacz.checking import iter_faults
from archive.wacz.packaging import PackageOrder, package
from archive.wacz.reader import WaczReader
from archive.wacz.selection import Selection
from archive.warc.captures import iter_stored_captures
from archive.witnesses import WitnessFinder
from tests.archive.kept_exchanges import TOOLS, judge
from tests.archive.recorded_crawls import RecordedCrawl, files, html, response, source, tables
from tests.archive.sample_records import BLOG

FIRST, SECOND = "20240101000000-aaaaaa", "20240102000000-bbbbbb"
FEED = (
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><item>'
    f"<title>Ferry</title><link>{BLOG}ferry/</link><content:encoded>&lt;p&gt;The ferry left at"
    " seven, and nobody on the pier had slept.&lt;/p&gt;</content:encoded></item></channel></rss>"
).encode()


def page(path: str) -> Origin:
    return Origin(role="page", discovery=Discovery(url=BLOG + path, methods=("sitemap",)))


def further(path: str) -> Origin:
    found = Discovery(url=f"{BLOG}{path}2/", methods=("link",), via=BLOG + path)
    return Origin(role="continuation", discovery=found)


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """Make two crawls: in the second, only the first page of a post of two pages has changed."""
    collection = Collection.create(tmp_path / "c", seeds=[BLOG])
    first = RecordedCrawl(collection, crawl_id=FIRST)
    first.capture(source("feed/"), response(FEED))
    first.keep("ferry/", "article", response(html("Ferry"), "200 OK", 'ETag: "1"'))
    second_page = response(html("In two parts", words="Two"))
    first.keep("split/", "article", response(html("In two parts", words="One")), second_page)
    first.close()
    feed, ferry, _, second_part = first.record_ids
    second = RecordedCrawl(collection, crawl_id=SECOND)
    second.revalidate(source("feed/"), feed)
    second.revalidate(page("ferry/"), ferry)
    second.found.append(FoundUrl(discovery=page("ferry/").discovery, outcome=UNCHANGED))
    changed = response(html("In two parts", words="Uno"))
    captures = [second.capture(page("split/"), changed)]
    captures.append(second.revalidate(further("split/"), second_part))
    second.file_article(page("split/"), captures, (changed, second_page))
    second.found.append(FoundUrl(discovery=page("split/").discovery, outcome="article"))
    second.close()
    return collection


def captured(collection: Collection) -> list[Capture]:
    return [
        stored.capture
        for path in sorted(collection.warc_dir.iterdir())
        for stored in iter_stored_captures(path)
    ]


def test_a_rebuild_makes_the_same_of_them(collection: Collection) -> None:
    rebuild(collection, processes=1)  # which hears the feed, as these crawls did not
    before, rows = files(collection.path), tables(collection.catalogue_path)
    assert sum(capture.status is None for capture in captured(collection)) == 3
    for path in (*collection.articles_dir.iterdir(), collection.catalogue_path):
        path.unlink()
    collection.index_path.unlink()
    assert rebuild(collection, processes=1).warnings == ()
    after = files(collection.path)
    assert {name for name in before if after[name] != before[name]} <= {"catalogue.sqlite"}
    assert tables(collection.catalogue_path) == rows


def test_a_post_of_two_pages_is_whole_where_one_of_them_was_not_modified(
    collection: Collection,
) -> None:
    rebuild(collection, processes=1)
    with CatalogueReader(collection.catalogue_path) as catalogue:
        row = catalogue.find_article(f"{BLOG}split/")
        counts = account(catalogue, SECOND)
    assert row is not None
    assert row.crawl_id == SECOND
    article = ArticleStore(collection.articles_dir).read_article(row.warc_file, row.warc_offset)
    assert 0 <= article.main_text.find("Uno The ferry") < article.main_text.find("Two The ferry")
    assert (counts.found, counts.unchanged) == (2, 1)


def test_a_feed_is_heard_again(collection: Collection) -> None:
    with CatalogueReader(collection.catalogue_path) as catalogue:
        messages = MessageReader(collection.warc_dir, catalogue)
        with WitnessFinder(catalogue, messages) as finder:
            heard = [finder.find(crawl_id, f"{BLOG}ferry/") for crawl_id in (FIRST, SECOND)]
    assert heard[0] == heard[1] != ()


def test_the_index_is_that_of_cdxj_indexer(collection: Collection) -> None:
    paths = sorted(collection.warc_dir.iterdir())
    lines = judge(TOOLS / "cdxj-indexer", "--sort", *paths).splitlines()
    assert collection.index_path.read_text(encoding="utf-8").splitlines() == lines
    assert sorted(map(cdxj_line, captured(collection))) == lines


def test_a_package_of_a_part_brings_their_originals_and_lists_them(
    collection: Collection, tmp_path: Path
) -> None:
    target = tmp_path / "part.wacz"
    order = PackageOrder(selection=Selection(crawl_ids=frozenset({SECOND})))
    packaged = package(collection, target, order)
    assert packaged.warnings == ()
    with WaczReader(target) as reader:
        assert list(iter_faults(reader)) == []
        listed = {entry.url for name in reader.page_list_names for entry in reader.iter_pages(name)}
        assert any(name.endswith("-originals.warc.gz") for name in reader.warc_names)
    assert listed == {f"{BLOG}ferry/", f"{BLOG}split/"}


def test_a_package_of_all_lists_each_page_once(collection: Collection, tmp_path: Path) -> None:
    target = tmp_path / "all.wacz"
    assert package(collection, target).warnings == ()
    with WaczReader(target) as reader:
        listed = [entry.url for name in reader.page_list_names for entry in reader.iter_pages(name)]
    assert listed.count(f"{BLOG}ferry/") == 1

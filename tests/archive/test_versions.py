"""A post that is captured again has a new row only where it says something new."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.articles.store import ArticleStore
from archive.catalogue import UNCHANGED, Catalogue, CatalogueReader
from archive.collection import Collection
from archive.rebuild import rebuild
from archive.records import Discovery, Hints, Origin
from archive.reextract import reextract
from archive.taking_in import take_in
from tests.archive.made_site import SITE, page, prose
from tests.archive.order import assert_in_order, assert_sealed, settle
from tests.archive.recorded_crawls import RecordedCrawl, files, response, tables
from tests.archive.sample_records import BLOG
from tests.archive.versioned_blog import FERRY, crawl, outcomes, post, rows_of

_SIGNATURE = "Written at the kitchen table; letters to the usual address."


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "c", seeds=[BLOG])


def _assert_rebuilt_the_same(collection: Collection) -> None:
    """A rebuild gives the same rows and the same tables."""
    rows = tables(collection.catalogue_path)
    assert_in_order(collection)
    assert tables(collection.catalogue_path) == rows


def test_another_text_or_title_is_a_new_version_linked_to_the_one_before(
    collection: Collection,
) -> None:
    crawl(collection, "one", ferry=post("Ferry"))
    crawl(collection, "two", ferry=post("Ferry", words="At dawn"))
    crawl(collection, "three", ferry=post("The ferry", words="At dawn"))
    crawl(collection, "four", ferry=post("Ferry", design="<i>new</i>"))
    rows = rows_of(collection)
    assert [row.version for row in rows] == [1, 2, 3, 4]
    assert [row.former for row in rows] == [None, *(row.capture_id for row in rows[:3])]
    assert rows[3].text_digest == rows[0].text_digest
    assert set(outcomes(collection).values()) == {"article"}
    with CatalogueReader(collection.catalogue_path) as catalogue:
        (listed,) = catalogue.iter_articles()
        found = catalogue.find_article(FERRY)
        assert catalogue.search("dawn") == []  # the text as it was last has no such word
        assert [row.version for row in catalogue.iter_versions(FERRY)] == [1, 2, 3, 4]
    assert found == listed
    assert listed.capture_id == rows[3].capture_id
    _assert_rebuilt_the_same(collection)


def test_the_same_text_in_another_design_is_a_capture_and_no_version(
    collection: Collection,
) -> None:
    crawl(collection, "one", ferry=post("Ferry"))
    crawl(collection, "two", ferry=post("Ferry", design="<nav><a href=/>Home</a></nav>"))
    crawl(collection, "three", ferry=post("Ferry"))
    crawl(collection, "four", ferry=post("Ferry"))
    (row,) = rows_of(collection)
    assert (row.version, row.former, row.crawl_id) == (1, None, "one")
    assert [*outcomes(collection).values()] == ["article", "unchanged", "unchanged", "unchanged"]
    with CatalogueReader(collection.catalogue_path) as catalogue:
        kinds = [capture.page_type for capture in catalogue.iter_captures(FERRY)]
        assert [kind and str(kind) for kind in kinds] == [None, "article", "article", "article"]
        assert [found.url for found in catalogue.search("ferry")] == [FERRY]
    _assert_rebuilt_the_same(collection)


def test_new_comments_are_kept_without_a_new_version(collection: Collection) -> None:
    first, second = "Ada: Lovely.", "Bo: I was there, too."
    crawl(collection, "one", ferry=post("Ferry", comments=(first,)))
    crawl(collection, "two", ferry=post("Ferry", comments=(first, second)))
    crawl(collection, "three", ferry=post("Ferry", comments=(second,)))  # one is deleted
    rows = rows_of(collection)
    assert [(row.version, row.crawl_id) for row in rows] == [(1, "one"), (1, "two")]
    assert rows[1].former == rows[0].capture_id
    assert [comment.author for comment in rows[1].comments] == ["Ada", "Bo"]
    assert outcomes(collection)["three"] == "unchanged"
    _assert_rebuilt_the_same(collection)


def test_what_one_crawl_captures_twice_counts_once(collection: Collection) -> None:
    run = RecordedCrawl(collection, crawl_id="one", processes=1)
    run.keep("ferry/", "article", post("Ferry"))
    twice = Origin(role="page", discovery=Discovery(url=f"{BLOG}FERRY-2/", methods=("link",)))
    answer = post("Ferry")  # read before the crawl knew that these bytes had been read
    run.file_article(twice, [run.capture(twice, answer, FERRY)], (answer,))
    run.keep("ferry", "article", post("Ferry", design="<i>x</i>"))
    run.close()
    assert [row.url for row in rows_of(collection)] == [FERRY]
    assert outcomes(collection, f"{BLOG}ferry") == {"one": "unchanged"}
    with CatalogueReader(collection.catalogue_path) as catalogue:
        kinds = [capture.page_type for capture in catalogue.iter_captures(FERRY)]
    assert [kind and str(kind) for kind in kinds] == ["article", None, "article"]
    _assert_rebuilt_the_same(collection)


def test_a_file_that_comes_in_between_brings_back_what_only_repeated(
    collection: Collection, tmp_path: Path
) -> None:
    other = Collection.create(tmp_path / "other", seeds=[BLOG])
    crawl(other, "unrelated", gull=post("Gull"))
    crawl(other, "between", ferry=post("Ferry", words="At dawn"))
    crawl(collection, "first", ferry=post("Ferry"))
    crawl(collection, "unrelated-too", gull=post("Gull"))
    crawl(collection, "last", ferry=post("Ferry", design="<i>x</i>"))
    assert [row.crawl_id for row in rows_of(collection)] == ["first"]
    (path,) = (path for path in other.warc_dir.iterdir() if b"between" in _inside(path))
    taken = collection.warc_dir / f"blog-20260101000000-{path.name}"
    shutil.copy(path, taken)

    with collection.lock():
        assert take_in([taken], collection, processes=1).article_count == 2

    settle(collection)  # writes the report that the other crawl has no longer
    rows = rows_of(collection)
    assert [(row.version, row.crawl_id) for row in rows] == [
        (1, "first"), (2, "between"), (3, "last"),
    ]  # fmt: skip
    assert outcomes(collection)["last"] == "article"
    _assert_rebuilt_the_same(collection)


def test_a_post_that_goes_back_to_what_it_said_is_read(
    collection: Collection, tmp_path: Path
) -> None:
    other = Collection.create(tmp_path / "other", seeds=[BLOG])
    crawl(other, "unrelated", gull=post("Gull"))
    crawl(other, "between", ferry=post("Ferry", words="At dawn"))
    crawl(collection, "first", ferry=post("Ferry"))
    crawl(collection, "unrelated-too", gull=post("Gull"))
    crawl(collection, "last", ferry=post("Ferry"))  # the same bytes, which nobody reads
    assert outcomes(collection)["last"] == "unchanged"
    (path,) = (path for path in other.warc_dir.iterdir() if b"between" in _inside(path))
    taken = collection.warc_dir / f"blog-20260101000000-{path.name}"
    shutil.copy(path, taken)

    with collection.lock():
        take_in([taken], collection, processes=1)
    settle(collection)
    assert [row.crawl_id for row in rows_of(collection)] == ["first", "between", "last"]
    crawl(collection, "again", ferry=post("Ferry", words="At dawn"))
    crawl(collection, "and-again", ferry=post("Ferry", words="At dawn"))
    crawl(collection, "back", ferry=post("Ferry"))
    rows = rows_of(collection)
    assert [(row.version, row.crawl_id) for row in rows] == [
        (1, "first"), (2, "between"), (3, "last"), (4, "again"), (5, "back"),
    ]  # fmt: skip
    assert outcomes(collection)["and-again"] == "unchanged"
    _assert_rebuilt_the_same(collection)


def _inside(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def _crawl_signed(collection: Collection, crawl_id: str, numbers: range, head: str = "") -> None:
    """Capture posts with a signature under each, which only their site gives away."""
    run = RecordedCrawl(collection, crawl_id=crawl_id, processes=1)
    for n in numbers:
        answer = response(page(n, f"{prose(n)}<p>{_SIGNATURE}</p>", head=head))
        run.keep(f"{n}/", "article", answer, url=f"{SITE}{n}/", hints=Hints(kind="post"))
    run.close()


def test_versions_are_told_by_what_is_said_once_the_site_is_known(collection: Collection) -> None:
    _crawl_signed(collection, "one", range(1, 4))
    _crawl_signed(collection, "two", range(1, 3), head="<!-- another design -->")
    signed = [row.main_text for row in rows_of(collection, f"{SITE}1/")]
    _crawl_signed(collection, "three", range(3, 14), head="<!-- another design -->")
    settled = [row.main_text for row in rows_of(collection, f"{SITE}1/")]
    assert [len(signed), len(settled)] == [1, 1]
    assert _SIGNATURE in signed[0]
    assert _SIGNATURE not in settled[0]
    assert [row.version for n in range(1, 14) for row in rows_of(collection, f"{SITE}{n}/")] == (
        [1] * 13
    )
    assert outcomes(collection, f"{SITE}3/") == {"one": "article", "two": None, "three": UNCHANGED}
    _assert_rebuilt_the_same(collection)


def test_a_file_that_is_lost_brings_back_what_only_repeated(collection: Collection) -> None:
    crawl(collection, "one", ferry=post("Ferry"))
    (lost,) = collection.warc_dir.iterdir()
    crawl(collection, "two", ferry=post("Ferry", design="<i>x</i>"))
    lost.unlink()
    with collection.lock():
        rebuild(collection, processes=1, forget_missing=True)
    (row,) = rows_of(collection)
    assert (row.version, row.former, row.crawl_id) == (1, None, "two")
    assert outcomes(collection)["two"] == "article"


_STEPS = [
    pytest.param(1, Catalogue, "number_article", id="before the first is numbered"),
    pytest.param(3, Catalogue, "number_article", id="between articles"),
    pytest.param(7, ArticleStore, "append", id="before a row is taken out"),
    pytest.param(8, ArticleStore, "append", id="between rows that are corrected"),
    pytest.param(2, ArticleStore, "sync", id="before the catalogue knows"),
    pytest.param(1, ArticleStore, "seal", id="before sealing"),
    pytest.param(2, ArticleStore, "seal", id="between two files that are sealed"),
]


@pytest.mark.parametrize(("count", "owner", "name"), _STEPS)
def test_numbering_that_is_killed_is_done_again(
    collection: Collection, count: int, owner: type, name: str
) -> None:
    crawl(collection, "one", ferry=post("Ferry"), gull=post("Gull"), crab=post("Crab"))
    changed = post("Crab", comments=("Ada: Oh.",))
    again = post("Ferry", design="<i>x</i>")
    crawl(collection, "two", ferry=again, gull=post("Gull", words="A"), crab=changed)
    before, rows = files(collection.articles_dir), tables(collection.catalogue_path)
    with sqlite3.connect(collection.catalogue_path) as catalogue:
        catalogue.execute("UPDATE sketches SET extractor = 'older', sketch = x'00'")
    catalogue.close()

    def work() -> None:
        _die_after(count, owner, name)
        reextract(collection, processes=1)

    assert _run_apart(work) == signal.SIGKILL
    settle(collection)
    reextract(collection, processes=1)
    assert files(collection.articles_dir) == before
    assert tables(collection.catalogue_path) == rows
    assert_sealed(collection)


def _die_after(count: int, owner: type, name: str) -> None:
    """Kill this process at the so-many-th call of a method."""
    method: Callable[..., object] = getattr(owner, name)
    calls = 0

    def dying(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        if calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return method(*args, **kwargs)

    setattr(owner, name, dying)


def _run_apart(work: Callable[[], None]) -> int:
    """Run in a process of its own, and tell the signal by which it ended."""
    if (child := os.fork()) == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])

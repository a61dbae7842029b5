"""What came in part, or of a post that is gone, is no version where the whole is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.catalogue import CatalogueReader, FoundUrl, gone
from archive.collection import Collection
from tests.archive.order import assert_in_order
from tests.archive.recorded_crawls import RecordedCrawl, tables
from tests.archive.sample_records import BLOG
from tests.archive.versioned_blog import FERRY, crawl, outcomes, post, rows_of

_WHOLE = post("Ferry", words="Herons")


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "c", seeds=[BLOG])


def _crawl_unlisted(collection: Collection, crawl_id: str, answer: bytes) -> None:
    """Crawl a post that no list names any more, and that answers all the same."""
    run = RecordedCrawl(collection, crawl_id=crawl_id, processes=1)
    run.keep("ferry/", "article", answer)
    run.found[-1:] = [FoundUrl(discovery=run.found[-1].discovery, outcome=gone("unlisted"))]
    run.close()


def _crawl_cut(
    collection: Collection, crawl_id: str, answer: bytes, day: float | None = None
) -> None:
    """Crawl a post whose connection is closed before all has come."""
    run = RecordedCrawl(collection, crawl_id=crawl_id, processes=1, day=day)
    sent = answer[: int(len(answer) * 0.7)]
    run.keep("ferry/", "article", sent, truncated="disconnect")
    run.close()


def _versions(collection: Collection) -> list[tuple[int, str]]:
    return [(row.version, row.crawl_id) for row in rows_of(collection)]


def _assert_rebuilt_the_same(collection: Collection) -> None:
    rows = tables(collection.catalogue_path)
    assert_in_order(collection)
    assert tables(collection.catalogue_path) == rows


def test_a_page_that_was_cut_off_is_no_version_of_a_whole_post(collection: Collection) -> None:
    crawl(collection, "one", ferry=_WHOLE)
    _crawl_cut(collection, "two", post("Ferry", words="At dawn"))
    _crawl_cut(collection, "three", post("Ferry", words="At dusk"))
    assert _versions(collection) == [(1, "one")]
    assert [*outcomes(collection).values()] == ["article", "failed", "failed"]
    with CatalogueReader(collection.catalogue_path) as catalogue:
        assert [(row.error, row.url) for row in catalogue.iter_failures("two")] == [
            ("cut off", FERRY)
        ]
    crawl(collection, "four", ferry=post("Ferry", words="At dawn"))
    assert _versions(collection) == [(1, "one"), (2, "four")]
    _assert_rebuilt_the_same(collection)


def test_what_is_cut_off_alike_on_the_next_day_is_all_that_there_is(collection: Collection) -> None:
    """A server may begin to state a wrong length for ever; one that is overloaded recovers."""
    dawn, minutes = post("Ferry", words="At dawn"), 1 / 24 / 60
    crawl(collection, "one", ferry=_WHOLE)
    _crawl_cut(collection, "two", dawn, day=1)
    _crawl_cut(collection, "three", dawn, day=1 + 15 * minutes)
    assert _versions(collection) == [(1, "one")]
    assert [*outcomes(collection).values()] == ["article", "failed", "failed"]
    _crawl_cut(collection, "four", dawn, day=2)
    _crawl_cut(collection, "five", dawn, day=2 + 15 * minutes)
    assert _versions(collection) == [(1, "one"), (2, "four")]
    assert [*outcomes(collection).values()][1:] == ["failed", "failed", "article", "unchanged"]
    _assert_rebuilt_the_same(collection)


def test_of_a_post_that_never_came_whole_what_came_is_kept(collection: Collection) -> None:
    """A server may state a wrong length for ever: then that is what the post is."""
    for crawl_id in ("one", "two"):
        _crawl_cut(collection, crawl_id, _WHOLE)
    assert _versions(collection) == [(1, "one")]
    assert [*outcomes(collection).values()] == ["failed", "unchanged"]
    _crawl_cut(collection, "three", post("Ferry", words="At dawn"))
    crawl(collection, "four", ferry=post("Ferry", words="At dawn"))
    assert _versions(collection) == [(1, "one"), (2, "three"), (3, "four")]
    assert [*outcomes(collection).values()] == ["failed", "unchanged", "failed", "article"]
    _assert_rebuilt_the_same(collection)


def test_what_a_post_says_that_no_list_names_is_no_version(collection: Collection) -> None:
    crawl(collection, "one", ferry=_WHOLE)
    _crawl_unlisted(collection, "two", post("Oops", words="Nothing is here."))
    assert _versions(collection) == [(1, "one")]
    assert outcomes(collection)["two"] == gone("unlisted")
    crawl(collection, "three", ferry=_WHOLE)
    assert _versions(collection) == [(1, "one")]
    assert outcomes(collection)["three"] == "unchanged"
    _assert_rebuilt_the_same(collection)


def test_a_post_that_is_listed_again_and_says_it_still_has_changed(collection: Collection) -> None:
    crawl(collection, "one", ferry=_WHOLE)
    _crawl_unlisted(collection, "two", post("Ferry", words="At dawn"))
    assert _versions(collection) == [(1, "one")]
    crawl(collection, "three", ferry=post("Ferry", words="At dawn"))
    assert _versions(collection) == [(1, "one"), (2, "two")]
    _assert_rebuilt_the_same(collection)


def test_what_one_post_said_that_is_gone_is_no_version_of_another(collection: Collection) -> None:
    lost = post("Oops", words="Nothing is here.")
    crawl(collection, "one", ferry=_WHOLE, lamps=post("Lamps", words="Oil"))
    _crawl_unlisted(collection, "two", lost)
    crawl(collection, "three", lamps=lost)
    assert outcomes(collection, f"{BLOG}lamps/")["three"] == "failed"
    _assert_rebuilt_the_same(collection)

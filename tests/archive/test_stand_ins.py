"""A page that a site sends in place of several posts is a version of none of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from archive.catalogue import CatalogueReader, account
from archive.catalogue.pages import find_page
from archive.collection import Collection
from archive.taking_in import take_in
from archive.unheeded import STAND_IN
from tests.archive.order import assert_in_order
from tests.archive.recorded_crawls import RecordedCrawl, response, tables
from tests.archive.sample_records import BLOG
from tests.archive.versioned_blog import crawl, outcomes, post, rows_of

POSTS = {"ferry": "Herons", "lamps": "Oil", "tar": "Pitch"}


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "c", seeds=[BLOG])


def _posts(**other: bytes) -> dict[str, bytes]:
    return {slug: post(slug.title(), words=word) for slug, word in POSTS.items()} | other


def _notice(slug: str, code: str = "a1b2", sentence: str = "Back soon, we are mending") -> bytes:
    """Make what a site on its bad day sends for a post: each time with other bytes."""
    body = (
        f"<!doctype html><html><head><title>{sentence}</title>"
        f'<meta property="og:type" content="article"></head><body><article><h1>{sentence}</h1>'
        f"<p>{sentence} the pumps of this house, and ask you to be patient with the plumbers.</p>"
        f"<p>You asked for /{slug}/ and this was request {code}.</p></article></body></html>"
    )
    return response(body.encode())


def _versions(collection: Collection) -> Mapping[str, list[int]]:
    return {slug: [row.version for row in rows_of(collection, f"{BLOG}{slug}/")] for slug in POSTS}


def _failures(collection: Collection, crawl_id: str) -> dict[str, str]:
    with CatalogueReader(collection.catalogue_path) as catalogue:
        return {row.url: row.error for row in catalogue.iter_failures(crawl_id)}


def _assert_told_by_the_captures(collection: Collection, tmp_path: Path) -> None:
    """A rebuild, and taking the files in one by one in another order, give the same."""
    rows = tables(collection.catalogue_path)
    assert_in_order(collection)
    assert tables(collection.catalogue_path) == rows
    other = Collection.create(tmp_path / "other", seeds=[BLOG])
    first, second, *later = sorted(collection.warc_dir.iterdir())
    with other.lock():
        for path in (first, *later, second):
            target = other.warc_dir / path.name
            target.write_bytes(path.read_bytes())
            take_in([target], other, processes=1)
    assert tables(other.catalogue_path) == rows


def test_a_bad_day_makes_no_versions_and_is_over_when_it_is_over(
    collection: Collection, tmp_path: Path
) -> None:
    crawl(collection, "one", **_posts())
    crawl(collection, "two", **{slug: _notice(slug, f"{n}f") for n, slug in enumerate(POSTS)})
    assert _failures(collection, "two") == {f"{BLOG}{slug}/": STAND_IN for slug in POSTS}
    with CatalogueReader(collection.catalogue_path) as catalogue:
        page = find_page(catalogue, f"{BLOG}ferry/")
        books = account(catalogue, "two")
    assert page is not None
    assert (page.kind, page.check_count, page.change_count, page.fail_count) == ("article", 1, 0, 1)
    assert page.next_check is None  # at once
    assert (books.failed, books.archived, books.unchanged) == ({STAND_IN: 3}, 0, 0)
    crawl(collection, "three", **_posts(tar=post("Tar", words="Resin")))
    assert _versions(collection) == {"ferry": [1], "lamps": [1], "tar": [1, 2]}
    assert [*outcomes(collection).values()] == ["article", "failed", "unchanged"]
    _assert_told_by_the_captures(collection, tmp_path)


def test_the_same_bytes_on_the_next_bad_day_do_not_count_as_unchanged(
    collection: Collection, tmp_path: Path
) -> None:
    bad = {slug: _notice(slug, "7") for slug in POSTS}
    for crawl_id, answers in zip(("one", "two", "three"), (_posts(), bad, bad), strict=True):
        crawl(collection, crawl_id, **answers)
    assert [*outcomes(collection).values()] == ["article", "failed", "failed"]
    assert _failures(collection, "three") == {f"{BLOG}{slug}/": STAND_IN for slug in POSTS}
    _assert_told_by_the_captures(collection, tmp_path)


def test_another_notice_on_the_next_day_is_no_version_either(collection: Collection) -> None:
    crawl(collection, "one", **_posts())
    for number, sentence in enumerate(("Back soon, we mend", "Tomorrow at the latest we end")):
        bad = {slug: _notice(slug, sentence=sentence) for slug in POSTS}
        crawl(collection, f"two{number}", **bad)
    assert _versions(collection) == {slug: [1] for slug in POSTS}
    assert [*outcomes(collection).values()] == ["article", "failed", "failed"]


def test_what_stood_in_for_several_is_known_of_a_single_post(
    collection: Collection, tmp_path: Path
) -> None:
    crawl(collection, "one", **_posts())
    crawl(collection, "two", **_posts(ferry=_notice("ferry", "1")))
    assert _versions(collection)["ferry"] == [1, 2]  # nothing tells yet what it is
    crawl(collection, "three", **_posts(lamps=_notice("lamps", "2"), tar=_notice("tar", "3")))
    assert _versions(collection) == {slug: [1] for slug in POSTS}
    assert [*outcomes(collection).values()] == ["article", "failed", "unchanged"]
    crawl(collection, "four", **_posts(tar=_notice("tar", "4")))
    assert outcomes(collection, f"{BLOG}tar/")["four"] == "failed"
    _assert_told_by_the_captures(collection, tmp_path)


def test_a_notice_that_is_no_article_leaves_the_pages_known_as_articles(
    collection: Collection, tmp_path: Path
) -> None:
    crawl(collection, "one", **_posts())
    run = RecordedCrawl(collection, crawl_id="two", processes=1)
    for number, slug in enumerate(POSTS):
        blank = f"<!doctype html><title>Wait</title><body><!-- {number} --></body>"
        run.keep(f"{slug}/", "empty", response(blank.encode()))
    run.close()
    assert outcomes(collection)["two"] == "failed"
    with CatalogueReader(collection.catalogue_path) as catalogue:
        page = find_page(catalogue, f"{BLOG}ferry/")
    assert page is not None
    assert (page.kind, page.change_count, page.fail_count) == ("article", 0, 1)
    _assert_told_by_the_captures(collection, tmp_path)


def test_posts_that_say_the_same_by_rights_keep_their_versions(collection: Collection) -> None:
    """One post at two addresses, posts of one sentence, and a post that moved."""
    ferry = post("Ferry", words="Herons")
    crawl(collection, "one", ferry=ferry, lamps=ferry, tar=post("Tar", words="Pitch"))
    again = post("Ferry", words="At dawn")
    crawl(collection, "two", ferry=again, lamps=again, tar=post("Tar", words="Resin"))
    again = post("Ferry", words="At dusk")
    crawl(collection, "three", ferry=again, lamps=again, moved=post("Tar", words="Pitch"))
    assert _versions(collection) == {"ferry": [1, 2, 3], "lamps": [1, 2, 3], "tar": [1, 2]}

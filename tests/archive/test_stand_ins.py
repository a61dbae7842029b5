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
from tests.archive.versioned_blog import crawl, crawl_on, outcomes, post, rows_of

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


def _assert_told_by_the_captures(collection: Collection, tmp_path: Path, *, late: int = 1) -> None:
    """A rebuild, and taking the files in one by one, but for a late one, give the same."""
    rows = tables(collection.catalogue_path)
    assert_in_order(collection)
    assert tables(collection.catalogue_path) == rows
    other = Collection.create(tmp_path / "other", seeds=[BLOG])
    paths = sorted(collection.warc_dir.iterdir())
    paths.append(paths.pop(late))
    with other.lock():
        for path in paths:
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


_CAPTION = "Photograph by the author, please do ask before you use it anywhere else at all."
_RESULTS = {
    "ferry": "Final score 3:1, half time 2:0, attendance 2114, goals in minutes 12, 44 and 71.",
    "lamps": "Final score 0:0, half time 0:0, attendance 981, goals in minutes 0.",
    "tar": "Final score 2:5, half time 1:1, attendance 1340, goals in minutes 3, 9, 50 and 80.",
}
_OTHERS = {slug: post(slug.title(), words=slug) for slug in ("quay", "reed", "sand")}


def _short(title: str, text: str) -> bytes:
    page = (
        f"<!doctype html><html><head><title>{title}</title>"
        f'<meta property="og:type" content="article"></head><body><article><h1>{title}</h1>'
        f'<div class="entry-content"><p>{text}</p></div></article></body></html>'
    )
    return response(page.encode())


@pytest.mark.parametrize(
    "texts", [dict.fromkeys(POSTS, _CAPTION), _RESULTS], ids=["one text", "but for numbers"]
)
def test_what_posts_say_for_fourteen_days_they_say(
    collection: Collection, tmp_path: Path, texts: dict[str, str]
) -> None:
    """Captions of photographs, contests that are over, matches that were played."""
    said = {slug: _short(slug, text) for slug, text in texts.items()}
    crawl_on(collection, "one", 0, **_posts(), **_OTHERS)
    crawl_on(collection, "two", 1, **said, **_OTHERS)
    crawl_on(collection, "three", 14, **said, **_OTHERS)
    assert _versions(collection)["ferry"] == [1]
    assert outcomes(collection)["three"] == "failed"
    crawl_on(collection, "four", 15, **said, **_OTHERS)
    assert [(row.version, row.crawl_id) for row in rows_of(collection)] == [(1, "one"), (2, "two")]
    assert [*outcomes(collection).values()] == ["article", "article", "unchanged", "unchanged"]
    assert _failures(collection, "two") == _failures(collection, "three") == {}
    crawl_on(collection, "five", 16, **said | {"tar": _short("Tar, rewritten", texts["tar"])})
    assert _versions(collection) == {"ferry": [1, 2], "lamps": [1, 2], "tar": [1, 2, 3]}
    _assert_told_by_the_captures(collection, tmp_path, late=2)


def test_a_post_that_comes_to_it_later_has_fourteen_days_of_its_own(collection: Collection) -> None:
    over = {slug: _short(slug, "This contest has ended, with thanks to all.") for slug in POSTS}
    crawl_on(collection, "one", 0, **_posts(), **_OTHERS)
    first = _posts(ferry=over["ferry"], lamps=over["lamps"])
    crawl_on(collection, "two", 1, **first, **_OTHERS)
    for number, day in enumerate((10, 15, 23)):
        crawl_on(collection, f"three{number}", day, **over, **_OTHERS)
    assert _versions(collection) == {"ferry": [1, 2], "lamps": [1, 2], "tar": [1]}
    crawl_on(collection, "four", 24, **over, **_OTHERS)
    assert [row.crawl_id for row in rows_of(collection, f"{BLOG}tar/")] == ["one", "three0"]


def test_a_wall_that_is_up_for_long_is_no_version(collection: Collection, tmp_path: Path) -> None:
    """A domain that is parked sends it for all posts; only a few are as they were."""
    wall = {slug: _notice(slug) for slug in POSTS}
    crawl_on(collection, "one", 0, **_posts(), **_OTHERS)
    for day in (1, 20, 40):
        crawl_on(collection, f"wall{day}", day, **wall, quay=_OTHERS["quay"], reed=_OTHERS["reed"])
    assert _versions(collection) == {slug: [1] for slug in POSTS}
    assert [*outcomes(collection).values()] == ["article", *["failed"] * 3]
    _assert_told_by_the_captures(collection, tmp_path, late=2)


def test_a_wall_of_every_weekend_is_never_a_version(collection: Collection, tmp_path: Path) -> None:
    wall = {slug: _notice(slug) for slug in POSTS}
    crawl_on(collection, "one", 0, **_posts(), **_OTHERS)
    for week in range(3):
        crawl_on(collection, f"wall{week}", 7 * week + 5, **wall, **_OTHERS)
        crawl_on(collection, f"week{week}", 7 * week + 7, **_posts(), **_OTHERS)
    assert _versions(collection) == {slug: [1] for slug in POSTS}
    assert {*outcomes(collection).values()} == {"article", "failed", "unchanged"}
    # What it said before the wall was gone is none of its fourteen days.
    crawl_on(collection, "again", 26, **wall, **_OTHERS)
    crawl_on(collection, "still", 39, **wall, **_OTHERS)
    assert _versions(collection) == {slug: [1] for slug in POSTS}
    crawl_on(collection, "forgood", 40, **wall, **_OTHERS)
    assert [row.crawl_id for row in rows_of(collection)] == ["one", "again"]
    _assert_told_by_the_captures(collection, tmp_path, late=2)

"""Of a post that is split over several pages, no part is taken for the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.articles.store import ArticleStore
from archive.catalogue import Catalogue, CatalogueReader
from archive.collection import Collection
from archive.rebuild import rebuild
from archive.records import Discovery, Origin
from tests.archive.killed_crawl import titles
from tests.archive.order import assert_in_order, settle
from tests.archive.recorded_crawls import RecordedCrawl, html, response
from tests.archive.sample_records import BLOG, CRAWL_ID, make_failure

_PARTS = '<p class="page-links">' + "".join(f'<a href="{n}/">{n}</a>' for n in (2, 3)) + "</p>"


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "c", seeds=[BLOG])


def _split(words: str) -> bytes:
    return response(html("Split", words=words).replace(b"</article>", _PARTS.encode()))


@pytest.mark.parametrize("processes", [0, 1])
@pytest.mark.parametrize("part_count", [1, 2])
def test_no_article_is_made_of_a_part_of_a_post(
    collection: Collection, part_count: int, processes: int
) -> None:
    running = RecordedCrawl(Collection.create(collection.path.with_name("running"), seeds=[BLOG]))
    running.keep("ferry/", None, response(html("ferry")))
    running.keep("split/", None, *map(_split, ("One", "Two", "Three")[:part_count]))
    running.leave(collection)
    lines = settle(collection, processes=processes)
    said = "1 post is split over several pages of which not all were captured: no article is made"
    assert f"{said} of it; the next crawl fetches it whole" in lines
    for _ in range(2):
        with CatalogueReader(collection.catalogue_path) as catalogue:
            assert (
                catalogue.find_outcome(f"{BLOG}split/", crawl_id=CRAWL_ID) == "skipped:incomplete"
            )
        assert titles(collection) <= {"ferry"}
        with collection.lock():
            rebuild(collection, processes=1)
    assert titles(collection) == {"ferry"}


@pytest.mark.parametrize("third", ["captured", "gone", "failed"])
def test_a_split_post_of_which_all_has_come_is_read(collection: Collection, third: str) -> None:
    running = RecordedCrawl(Collection.create(collection.path.with_name("running"), seeds=[BLOG]))
    gone = response(b"gone", "404 Not Found")
    last = {"captured": [_split("Three")], "gone": [gone], "failed": []}[third]
    running.keep("split/", None, _split("One"), _split("Two"), *last)
    running.leave(collection)
    if third == "failed":
        with Catalogue(collection.catalogue_path) as catalogue:
            catalogue.add_failure(make_failure(f"{BLOG}split/3/", "TimeoutError"))
    settle(collection)
    (article,) = ArticleStore(collection.articles_dir).iter_articles()
    assert "Two The ferry left" in article.main_text
    assert ("Three The ferry left" in article.main_text) is (third == "captured")
    assert_in_order(collection)


def _discussed(number: int) -> bytes:
    """A post with one remark on each page of its comments; its own page shows the third."""
    own = f"{BLOG}talk/comment-page-{number}/#comment-{number}"
    links = "".join(f'<a href="{BLOG}talk/comment-page-{n}/#comments">{n}</a>' for n in (1, 2))
    remark = (
        f'<li class="comment" id="comment-{number}"><a href="{own}">x</a><p>No. {number}</p></li>'
    )
    area = f'<section id="comments"><ol>{remark}</ol>{links}</section>'
    return response(html("Talk", words="All").replace(b"</article>", f"</article>{area}".encode()))


@pytest.mark.parametrize("pages", [(), (1,), (1, 2)], ids=["none", "one", "all"])
def test_a_post_does_not_wait_for_pages_of_its_comments(
    collection: Collection, pages: tuple[int, ...]
) -> None:
    running = RecordedCrawl(Collection.create(collection.path.with_name("running"), seeds=[BLOG]))
    running.keep("talk/", None, _discussed(3))
    for number in pages:
        url = f"{BLOG}talk/comment-page-{number}/"
        further = Discovery(url=url, methods=("link",), via=f"{BLOG}talk/")
        running.capture(Origin(role="continuation", discovery=further), _discussed(number))
    running.leave(collection)
    settle(collection)
    (article,) = ArticleStore(collection.articles_dir).iter_articles()
    assert [comment.text for comment in article.comments] == [f"No. {n}" for n in (*pages, 3)]
    assert article.main_text.count("All The ferry left") == 1
    assert_in_order(collection)
    with collection.lock():
        rebuild(collection, processes=1)
    assert list(ArticleStore(collection.articles_dir).iter_articles()) == [article]

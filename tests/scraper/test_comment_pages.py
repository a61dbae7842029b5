"""Comments that are split over pages become one thread of one article."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.collection import Collection
from archive.rebuild import rebuild
from tests.blog_server import BlogServer, ReceivedRequest, Route, redirect, respond
from tests.scraper.crawl import Crawled, crawl_blog
from tests.scraper.killed_crawls import faults_of
from tests.scraper.small_blog import post, small_blog

_PER_PAGE = 2
_COUNT = 6


def _comment(number: int, page: int, answered: int | None = None) -> str:
    link = f"/ropes/comment-page-{page}/#comment-{number}"
    reply = f'<a class="u-in-reply-to" href="#comment-{answered}">in reply</a>' if answered else ""
    return (
        f'<li class="comment" id="comment-{number}"><cite class="fn">Reader {number}</cite>{reply}'
        f'<a href="{link}"><time datetime="2024-03-0{number}">x</time></a>'
        f'<div class="comment-content"><p>Remark number {number}.</p></div></li>'
    )


def _page(page: int, *, last: int = _COUNT // _PER_PAGE) -> bytes:
    """The post with one page of its comments, oldest first; the sixth answers the first."""
    numbers = range(_PER_PAGE * (page - 1) + 1, _PER_PAGE * page + 1)
    items = "".join(_comment(number, page, 1 if number == 6 else None) for number in numbers)
    links = "".join(
        f'<a href="/ropes/comment-page-{other}/#comments">x</a>'
        for other in (page - 1, page + 1)
        if 1 <= other <= last
    )
    area = f'<section id="comments"><ol>{items}</ol><nav>{links}</nav></section>'
    return post("ropes").replace(b"</article>", f"</article>{area}".encode())


def _answer(page: int) -> bytes:
    body = _page(page).partition(b"\r\n\r\n")[2]
    return respond(body)


def _routes() -> dict[str, Route]:
    """A post whose own page shows the last page of its comments, as WordPress does."""
    pages: dict[str, Route] = {f"/ropes/comment-page-{n}/": _answer(n) for n in (1, 2, 3)}
    return small_blog("ropes", "charts") | pages | {"/ropes/": _answer(3)}


def _rebuilt(crawled: Crawled) -> Crawled:
    collection = Collection.open(crawled.path)
    with collection.lock():
        rebuild(collection, processes=1)
    return crawled


def _remarks(crawled: Crawled) -> list[int]:
    return [int(c.text[:-1].split()[-1]) for c in crawled.articles["/ropes/"].comments]


def test_all_pages_of_comments_make_one_thread(tmp_path: Path) -> None:
    with BlogServer(_routes()) as server:
        crawled = crawl_blog(server, tmp_path / "c")
        asked = [request.path for request in server.requests if "comment-page" in request.path]
    assert sorted(asked) == ["/ropes/comment-page-1/", "/ropes/comment-page-2/"]
    article = crawled.articles["/ropes/"]
    assert _remarks(crawled) == [1, 2, 3, 4, 5, 6]
    assert [comment.parent for comment in article.comments] == [None] * 5 + [0]
    assert article.main_text.count("before the tide had turned") == 6
    assert "Remark" not in article.main_text
    assert len(article.continuation_ids) == 2
    assert crawled.report["archived"] == crawled.report["found"] - 1  # the seed is no post
    assert crawled.failures == {}
    articles = crawled.articles
    assert _rebuilt(crawled).articles == articles
    assert faults_of(crawled.path) == []


def test_pages_of_comments_are_not_asked_for_when_unwanted(tmp_path: Path) -> None:
    with BlogServer(_routes()) as server:
        crawled = crawl_blog(server, tmp_path / "c", "comments=no")
        assert not [r for r in server.requests if "comment-page" in r.path]
    assert _remarks(crawled) == [5, 6]
    assert crawled.articles["/ropes/"].continuation_ids == ()
    articles = crawled.articles
    assert _rebuilt(crawled).articles == articles


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error"])
def test_a_page_of_comments_that_fails_costs_its_comments_only(tmp_path: Path, status: str) -> None:
    routes = _routes() | {"/ropes/comment-page-2/": respond(b"gone", status=status)}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c")
        assert len(server.requests_for("/ropes/comment-page-2/")) == 1
    assert crawled.status == 0
    assert crawled.failures == {"/ropes/comment-page-2/": f"HTTP {status[:3]}"}
    assert _remarks(crawled) == [1, 2, 5, 6]
    articles = crawled.articles
    assert _rebuilt(crawled).articles == articles


def test_a_page_of_comments_that_leads_back_to_the_post_is_no_failure(tmp_path: Path) -> None:
    routes = _routes() | {"/ropes/comment-page-1/": redirect("/ropes/#comments")}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c")
    assert crawled.failures == {}
    assert _remarks(crawled) == [3, 4, 5, 6]


def test_what_robots_txt_forbids_is_not_followed(tmp_path: Path) -> None:
    rules = respond(b"User-agent: *\nDisallow: /ropes/comment-page-2/\n", content_type="text/plain")
    with BlogServer(_routes() | {"/robots.txt": rules}) as server:
        crawled = crawl_blog(server, tmp_path / "c")
        assert server.requests_for("/ropes/comment-page-2/") == []
    assert _remarks(crawled) == [1, 2, 5, 6]
    assert crawled.failures == {"/ropes/comment-page-2/": "robots.txt"}


def test_pages_of_comments_without_end_are_left_at_the_limit(tmp_path: Path) -> None:
    def endless(request: ReceivedRequest) -> bytes:
        number = int(request.path.rpartition("=")[2]) if "=" in request.path else 0
        more = f'<div id="comments"><a rel="next" href="/ropes/?after={number + 1}">x</a></div>'
        return post("ropes", text=more)

    routes = small_blog("ropes") | {"/ropes/": endless}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c", settings={"COMMENT_PAGES_MAX": "5"})
        assert len([r for r in server.requests if "after=" in r.target]) == 5
    assert len(crawled.articles["/ropes/"].continuation_ids) == 5

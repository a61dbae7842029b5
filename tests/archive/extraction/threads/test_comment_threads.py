"""Comments of several pages in one thread: in order, each once, answers below what they answer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.extraction.threads.comment_threads import Posting, comment_key, join_postings
from archive.records import Comment


def posting(
    text: str,
    *,
    day: int | None = None,
    page: int | None = None,
    answers: str = "",
    depth: int | None = None,
) -> Posting:
    published = None if day is None else datetime(2024, 3, day, tzinfo=UTC)
    return Posting(
        comment=Comment(author="Ada", published=published, text=text),
        keys=(text,),
        answers=(answers,) if answers else (),
        depth=depth,
        page=page,
    )


def texts(*pages: list[Posting]) -> str:
    return "".join(comment.text for comment in join_postings(pages))


def test_pages_stand_in_the_order_of_their_numbers() -> None:
    assert texts([posting("c", page=3)], [posting("a")], [posting("b", page=2)]) == "abc"


def test_pages_without_numbers_stand_in_the_order_of_time() -> None:
    newest = [posting("c", day=5), posting("d", day=6)]
    assert texts(newest, [posting("a", day=1), posting("b", day=2)]) == "abcd"


def test_pages_that_begin_with_the_newest_stay_as_they_are() -> None:
    newest = [posting("a", day=6), posting("b", day=5)]
    assert texts(newest, [posting("c", day=2), posting("d", day=1)]) == "abcd"


def test_pages_without_dates_stay_as_they_are() -> None:
    assert texts([posting("a")], [posting("b", day=1)]) == "ab"


def test_a_comment_on_two_pages_counts_once() -> None:
    answer = posting("b", answers="a")
    found = join_postings([[posting("a")], [posting("a"), answer]])
    assert [(comment.text, comment.parent) for comment in found] == [("a", None), ("b", 0)]


def test_an_answer_finds_what_it_answers_on_another_page() -> None:
    found = join_postings([[posting("a")], [posting("b"), posting("c", answers="a")]])
    assert [comment.parent for comment in found] == [None, None, 0]


def test_an_answer_that_is_listed_first_comes_after_what_it_answers() -> None:
    found = join_postings([[posting("b", answers="a"), posting("a")]])
    assert [(comment.text, comment.parent) for comment in found] == [("a", None), ("b", 0)]


def test_depths_tell_who_answers_whom() -> None:
    flat = [posting(text, depth=depth) for text, depth in zip("abcd", (1, 2, 3, 2), strict=True)]
    assert [comment.parent for comment in join_postings([flat])] == [None, 0, 1, 0]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("comment-12", "12"),
        ("c12", "12"),
        ("comment12", "12"),
        ("https://blog.example/soup/#comment-12", "12"),
        ("/comment/12", "12"),
        ("comment-6a00d8341c562c53ef", "6a00d8341c562c53ef"),
        ("0", None),
        ("respond", None),
        ("", None),
    ],
)
def test_what_tells_comments_apart(name: str, key: str | None) -> None:
    assert comment_key(name) == key

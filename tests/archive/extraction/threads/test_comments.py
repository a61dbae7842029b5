"""Comments in the forms of several platforms."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from archive.extraction import extract
from archive.extraction.threads.comment_items import MAX_COMMENTS, find_comment_items
from archive.extraction.threads.comment_threads import join_postings
from archive.extraction.threads.comments import read_postings
from archive.extraction.tree.parsing import parse_html
from archive.records import Comment
from tests.archive.extraction.threads.comment_forms import FORMS

_UNDATED = {"disqus"}


def comments_of(html: str) -> tuple[Comment, ...]:
    return join_postings([read_postings(find_comment_items(parse_html(html.encode())))])


@pytest.mark.parametrize("name", FORMS)
def test_a_thread_is_read_whatever_software_wrote_it(name: str) -> None:
    first, second = comments_of(FORMS[name])
    assert (first.author, first.text, first.parent) == ("Ada", "One.\n\nTwo.", None)
    assert (second.author, second.text, second.parent) == ("Bea", "Answer.", 0)
    day = None if first.published is None else first.published.date()
    assert day == (None if name in _UNDATED else date(2020, 1, 2))
    assert second.published is None


@pytest.mark.parametrize("name", FORMS)
def test_no_comment_is_in_the_text(name: str) -> None:
    sentence = "The soup of this house is cooked from what the garden gave in the morning. "
    page = (
        "<html><head><title>Soup</title></head><body><article><h1>Soup</h1>"
        f'<div class="entry-content"><p>{sentence * 3}</p></div>{FORMS[name]}</article>'
    )
    found = extract(page.encode(), "https://blog.example/soup/")
    assert found.main_text == (sentence * 3).strip()
    assert len(found.comments) == 2


def test_notes_of_tumblr_are_comments_where_they_say_something() -> None:
    found = comments_of("""
        <ol class="notes"><li class="note like tumblelog_cem"><span class="action"><a>cem</a> liked
        this</span></li><li class="note reply"><span class="action"><a class="tumblelog" href="/a">
        ada</a> said: <span class="answer_content">Nice one</span></span></li>
        <li class="note reblog with_commentary"><span class="action"><a class="tumblelog" href="/b">
        bea</a> reblogged this from <a>ada</a> and added:</span><blockquote><a href="/b">So true</a>
        </blockquote></li></ol>""")
    assert [(c.author, c.text) for c in found] == [("ada", "Nice one"), ("bea", "So true")]


def test_comments_that_only_json_ld_states() -> None:
    page = """<title>Soup</title><script type="application/ld+json">{"@type": "BlogPosting",
        "headline": "Soup", "comment": [{"@type": "Comment", "author": {"@type": "Person", "name":
        "Ada"}, "dateCreated": "2020-01-02T13:00:00Z", "text": "Salt &amp; pepper?",
        "comment": {"@type": "Comment", "author": "Bea", "text": "&lt;p&gt;Salt.&lt;/p&gt;"}},
        {"@type": "Comment", "text": ""}]}</script><article><p>Soup.</p></article>"""
    assert extract(page.encode(), "https://blog.example/soup/").comments == (
        Comment(
            author="Ada", published=datetime(2020, 1, 2, 13, tzinfo=UTC), text="Salt & pepper?"
        ),
        Comment(author="Bea", published=None, text="Salt.", parent=0),
    )


def test_what_a_comment_quotes_is_text_and_no_author() -> None:
    (found,) = comments_of("""
        <li class="comment" id="comment-1"><b class="fn">Ada</b><div class="comment-content">
        <blockquote><cite>Cem</cite><p>Salt.</p></blockquote><p>Where? On <time
        datetime="1999-01-01">that day</time>?<br>Here?</p><ul><li>a</li><li>b</li></ul></div></li>
        """)
    assert found.author == "Ada"
    assert found.text.startswith("Cem\n\nSalt.\n\nWhere? On that day?\nHere?\n\n")
    assert "- a\n- b" in found.text


def test_the_oldest_themes_have_bare_paragraphs() -> None:
    (found,) = comments_of("""
        <ol class="commentlist"><li class="alt" id="comment-12"><cite><a href="/ada">Ada</a></cite>
        Says:<br><small class="commentmetadata"><a href="#comment-12">January 2nd, 2007 at 1:00 pm
        </a></small><p>One.</p></li></ol>""")
    at = datetime(2007, 1, 2, 13, tzinfo=UTC)
    assert found == Comment(author="Ada", published=at, text="One.")


def test_an_answer_to_a_deleted_comment_hangs_below_the_one_above_it() -> None:
    def item(number: int, text: str, inner: str = "") -> str:
        return (
            f'<li class="comment" id="comment-{number}"><b class="fn">Reader {number}</b>'
            f'<div class="comment-content">{text}</div><ol class="children">{inner}</ol></li>'
        )

    found = comments_of(item(1, "One.", item(2, "", item(3, "Three."))))
    assert [(c.text, c.parent) for c in found] == [("One.", None), ("Three.", 0)]


def test_two_readers_who_say_the_same_are_two() -> None:
    same = '<div class="comment"><span class="author">Guest</span><p class="text">Thanks</p></div>'
    assert len(comments_of(f"<div>{same}{same}</div>")) == 2


@pytest.mark.parametrize("parents", [(2, 3, 1), (3, 1, 2), (1, 2, 3)])
def test_comments_that_answer_one_another_in_a_circle_are_all_kept(
    parents: tuple[int, ...],
) -> None:
    items = "".join(
        f'<li class="comment" id="comment-{n}" data-parent="{parent}"><p>Words {n}</p></li>'
        for n, parent in enumerate(parents, 1)
    )
    found = comments_of(f"<ol>{items}</ol>")
    assert {comment.text for comment in found} == {"Words 1", "Words 2", "Words 3"}
    assert all(c.parent is None or c.parent < place for place, c in enumerate(found))


def test_a_page_of_nothing_but_comments_is_read_up_to_the_limit() -> None:
    items = "".join(
        f'<li class="comment" id="comment-{n}"><p>Words</p></li>' for n in range(MAX_COMMENTS + 50)
    )
    assert len(comments_of(f"<ol>{items}</ol>")) == MAX_COMMENTS


def test_a_list_of_recent_comments_is_no_comment() -> None:
    assert (
        comments_of("""<aside><ol class="wp-block-latest-comments">
        <li class="wp-block-latest-comments__comment"><article>Ada on Soup</article></li></ol>
        <ul><li class="recentcomments">Bea on Stew</li></ul></aside>""")
        == ()
    )


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("March 3, 2021 at 5:15 PM", 17),
        ("March 3rd, 2021 at 12:15 a.m.", 0),
        ("3 March 2021, 17:15", 17),
        ("2021-03-03 at 17:15", 17),
    ],
    ids=["half-days", "midnight", "comma", "at"],
)
def test_the_time_of_day_is_read_where_it_is_written(written: str, hour: int) -> None:
    (comment,) = comments_of(
        f"""<ul><li class="comment" id="comment-1"><cite class="author">Ada</cite>
        <span class="date">{written}</span><div class="comment-body"><p>Good.</p></div></li></ul>"""
    )
    assert comment.published == datetime(2021, 3, 3, hour, 15, tzinfo=UTC)

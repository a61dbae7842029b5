"""Comments in the forms of several platforms."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.extraction.comment_items import find_comment_items
from archive.extraction.comments import read_comments
from archive.extraction.parsing import parse_html
from archive.records import Comment


def comments_of(html: str) -> tuple[Comment, ...]:
    return read_comments(find_comment_items(parse_html(html.encode())))


def test_block_theme_comments_with_answers() -> None:
    found = comments_of("""
        <div class="wp-block-comments"><ol><li id="comment-1" class="comment depth-1">
        <div class="wp-block-comment-author-name">Ada</div>
        <div class="wp-block-comment-date"><time datetime="2022-02-16T13:51:00+01:00">x</time></div>
        <div class="wp-block-comment-content"><p>One<br>two</p></div>
        <ol><li id="comment-2" class="comment depth-2"><div class="wp-block-comment-author-name">Bea
        </div><div class="wp-block-comment-content"><p>Three</p></div></li></ol></li></ol></div>""")
    assert found == (
        Comment(author="Ada", published=datetime(2022, 2, 16, 12, 51, tzinfo=UTC), text="One\ntwo"),
        Comment(author="Bea", published=None, text="Three", parent=0),
    )


def test_blogger_comments_in_threads() -> None:
    found = comments_of("""
        <div id="comment-holder"><ol id="top-ra"><li class="comment" id="c77"><div class="avatar">
        </div><div class="comment-block"><div class="comment-header"><cite class="user"><a>Ada</a>
        </cite><span class="datetime"><a>5 March 2021</a></span></div>
        <p class="comment-content">Lovely.</p></div><div class="comment-replies"><ol>
        <li class="comment" id="c78"><cite class="user">Bea</cite>
        <p class="comment-content">Thanks.</p></li></ol></div></li></ol></div>""")
    assert [(c.author, c.text, c.parent) for c in found] == [
        ("Ada", "Lovely.", None),
        ("Bea", "Thanks.", 0),
    ]
    assert found[0].published == datetime(2021, 3, 5, tzinfo=UTC)


def test_disqus_comments_for_readers_without_javascript() -> None:
    found = comments_of("""
        <div id="disqus_thread"><ul id="dsq-comments"><li class="comment" id="dsq-comment-5">
        <div id="dsq-comment-header-5" class="dsq-comment-header"><cite>Ada</cite></div>
        <div class="dsq-comment-body"><div class="dsq-comment-message"><p>Hm.</p></div></div>
        </li></ul></div>""")
    assert [(c.author, c.text) for c in found] == [("Ada", "Hm.")]


def test_schema_org_comments_inside_list_items() -> None:
    found = comments_of("""
        <ul><li class="comment"><div itemscope itemtype="https://schema.org/Comment">
        <span itemprop="author" itemscope><span itemprop="name">Ada</span></span>
        <time itemprop="dateCreated" datetime="2020-01-02">x</time>
        <div itemprop="text">Yes.</div></div></li></ul>""")
    assert [(c.author, c.text, c.parent) for c in found] == [("Ada", "Yes.", None)]


def test_a_list_of_recent_comments_is_no_comment() -> None:
    assert (
        comments_of("""<aside><ol class="wp-block-latest-comments">
        <li class="wp-block-latest-comments__comment"><article>Ada on Soup</article></li></ol>
        <ul><li class="recentcomments">Bea on Stew</li></ul></aside>""")
        == ()
    )

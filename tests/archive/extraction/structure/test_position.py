"""Posts on pages that mark nothing: the text is told by its place below the title."""

import pytest

from archive.extraction import extract
from archive.records import PageType

URL = "https://blog.example.org/on-hedges"
HEAD = "<head><title>On hedges | Field notes</title></head>"
SHORT = "<p>The hedge is down.</p>"
LONG = "<p>" + "Whoever lays a hedge has to wait ten years to see what came of it. " * 4 + "</p>"
BIO = "<div class='who'><p>Ada King walks along the hedges of the county and draws them.</p></div>"


def text_of(body: str) -> str:
    """Extract the main text of a page."""
    return extract(f"<html>{HEAD}<body>{body}</body></html>".encode(), URL).main_text


@pytest.mark.parametrize(
    "body",
    [
        f"<div><h1>On hedges</h1><div>Ada King</div><p>3 May 2021</p><div class=c>{SHORT}</div>"
        f"{BIO}<div class=z><h3>More</h3><a href='/a'>On walls and ditches</a></div></div>",
        f"<p><a href='/'>Home</a></p><h1>On hedges</h1><p><i>3 May 2021</i></p>{SHORT}"
        "<p><a href='/all'>Back to all</a></p><hr><p><small>Made by hand.</small></p>",
        f"<main><h1>On hedges</h1><p>3 May 2021</p>{SHORT}</main>",
        "<article><div><div><h1>On hedges</h1><div><p>Ada King</p><p>Follow</p>"
        f"<span>3 May 2021</span></div></div>{SHORT}</div></article>",
        f"<article><header><h1>On hedges</h1><p>3 minutes</p></header><section>{SHORT}</section>"
        "<section class=s><h4>Share</h4><a href='https://x.example'>X</a></section></article>",
        f"<h2>On hedges</h2><div>Posted by Ada King on 3 May 2021</div><div>{SHORT}</div>",
    ],
    ids=["boxes", "loose", "main", "nested-head", "header", "h2"],
)
def test_short_post_is_told_from_what_stands_around_it(body: str) -> None:
    assert text_of(body) == "The hedge is down."


@pytest.mark.parametrize(
    "body",
    [
        f"<article><h1>On hedges</h1><p>3 May 2021</p><section>{LONG}</section>"
        "<section><p>Then it was cut.</p></section></article>",
        f"<main><h1>On hedges</h1><p>3 May 2021</p>{LONG}<div class=b><p>Then it was cut.</p>"
        "</div></main>",
        f"<main><h1>On hedges</h1><p>3 May 2021</p><div class=a>{LONG}</div>"
        f"<div class=b><p>Then it was cut.</p>{LONG * 3}</div></main>",
    ],
    ids=["alike", "loose-then-box", "intro"],
)
def test_text_in_several_boxes_is_kept(body: str) -> None:
    text = text_of(body)
    assert "ten years" in text
    assert "Then it was cut." in text


def test_date_and_author_in_words_make_a_page_a_post() -> None:
    body = "<h1>On hedges</h1><span>Posted by <a href='#'>Ada King</a> on May 3, 2021</span>"
    page = extract(f"<html>{HEAD}<body><div>{body}</div><p>Down.</p></body></html>".encode(), URL)
    assert page.page_type is PageType.ARTICLE
    assert page.authors == ("Ada King",)
    assert page.published is not None
    assert page.published.isoformat()[:10] == "2021-05-03"


def test_links_to_other_posts_below_a_dated_post_make_no_list_of_it() -> None:
    more = "".join(f"<a href='/{n}'><h3>Post {n}</h3><p>Of {n}</p></a>" for n in range(4))
    body = f"<div><h1>On hedges</h1><p>3 May 2021</p></div><div>{SHORT}</div><div>{more}</div>"
    page = extract(f"<html>{HEAD}<body>{body}</body></html>".encode(), URL)
    assert page.page_type is PageType.ARTICLE


def test_dated_rows_below_a_title_are_a_list() -> None:
    rows = "".join(
        f"<div><span>{n} May 2021</span> <h3><a href='/{n}'>Post {n}</a></h3></div>"
        for n in range(1, 8)
    )
    page = extract(f"<html>{HEAD}<body><h1>On hedges</h1>{rows}</body></html>".encode(), URL)
    assert page.page_type is PageType.LISTING


def test_post_below_an_address_of_archives_is_a_post() -> None:
    body = "<h1><a href='/'>Field notes</a></h1><h2>3 May 2021</h2><div class=post-body>"
    html = f"<html>{HEAD}<body>{body}<h3>On hedges</h3>{LONG}</div></body></html>".encode()
    page = extract(html, "https://blog.example.org/archives/000136.html")
    assert page.page_type is PageType.ARTICLE


def test_hashes_of_build_tools_hide_no_name() -> None:
    body = (
        "<div class='Post_root__a8Xz1'><h1>On hedges</h1><span class='Post_author__k1x9Q'>Ada King"
        f"</span><div class='Post_markdown__Kd2ff'>{SHORT}</div>{BIO}</div>"
    )
    page = extract(f"<html>{HEAD}<body>{body}</body></html>".encode(), URL)
    assert page.authors == ("Ada King",)
    assert page.main_text == "The hedge is down."


def test_day_of_the_week_settles_which_number_is_the_month() -> None:
    body = f"<h1>On hedges</h1><p>Thu, 03/04/2021 - 10:15</p><div>{LONG}</div>"
    page = extract(f"<html>{HEAD}<body>{body}</body></html>".encode(), URL)
    assert page.published is not None
    assert page.published.isoformat()[:10] == "2021-03-04"


def test_button_for_subscribers_is_no_text() -> None:
    button = "<p><a class='button primary' href='/s'><span>Sign up now</span></a></p>"
    assert text_of(f"<h1>On hedges</h1><div class='entry-content'>{SHORT}{button}</div>") == (
        "The hedge is down."
    )


def test_a_small_box_below_the_title_is_not_taken_for_a_long_post() -> None:
    def section(part: int) -> str:
        lines = "".join(
            f"<p>Boat {part}-{n} went out in every weather, and all winter came back late.</p>"
            for n in range(12)
        )
        return f"<section class='part-{part}'><h2>Part {part}</h2><div>{lines}</div></section>"

    lead = "<div class='box'><div class='lead'><p>In four parts.</p></div></div>"
    text = text_of(f"<div><h1>On hedges</h1>{lead}{''.join(map(section, range(4)))}</div>")
    assert all(f"Boat {part}-{n} went" in text for part in range(4) for n in range(12))


def test_box_at_the_head_of_a_short_post_is_not_the_post() -> None:
    box = "<div class=box><h3>Update</h3><p>The coal came.</p></div>"
    text = "<p>The lamp is lit again.</p><p>We had three days of fog.</p><p>Nobody came by.</p>"
    head = "<header><h1>On hedges</h1><time datetime=2021-05-03>3 May 2021</time></header>"
    page = extract(f"<html>{HEAD}<body><article>{head}{box}{text}</article>".encode(), URL)
    assert page.main_text.split("\n\n") == [
        "Update", "The coal came.", "The lamp is lit again.", "We had three days of fog.",
        "Nobody came by.",
    ]  # fmt: skip

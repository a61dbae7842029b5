"""Comments that only the box around them marks."""

from __future__ import annotations

import pytest

from archive.extraction import extract
from archive.records import Extraction

_TEXT = "The soup of this house is cooked from what the garden gave in the morning. " * 3
_DATED = "2021-03-03T17:15"
_ONE, _TWO = "Mine is cooked twice.", "With salt, I hope: it needs some."
_BODIES = {
    "italic-name-underlined-date": (
        '<div class="{0}"><h3>Two</h3>'
        '<div class="comment"><i>Ada</i> <u>3 March 2021, 17:15</u>'
        "<blockquote>{1}</blockquote></div>"
        '<div class="comment"><i>bea99</i> <u>4 March 2021</u>'
        "<blockquote>{2}</blockquote></div></div>"
    ),
    "line-then-paragraph": (
        '<div id="{0}"><div><p><b>Ada</b> wrote on March 3, 2021 at 5:15 PM:</p><p>{1}</p></div>'
        "<div><p><b>bea99</b> wrote on March 4, 2021:</p><p>{2}</p></div></div>"
    ),
    "definition-list": (
        '<dl class="{0}"><dt>Ada, 3 March 2021, 17:15</dt><dd>{1}</dd>'
        "<dt><b>bea99</b> says (4 March 2021):</dt><dd>{2}</dd></dl>"
    ),
    "plain-items": (
        '<ol class="{0}"><li>Ada (2021-03-03 at 17:15): {1}</li>'
        '<li><cite>bea99</cite> <time datetime="2021-03-04">4 March</time> {2}</li></ol>'
    ),
    "lines-of-their-own": (
        '<ul class="{0}"><li><p>Ada</p><p>3 March 2021, 5:15 pm</p><p>{1}</p></li>'
        "<li><span>Posted by <b>bea99</b> on 4 March 2021</span><p>{2}</p></li></ul>"
    ),
    "framed-lines": (
        '<section id="{0}"><h2>Two</h2><div><div>Ada<br>3 March 2021 17:15<p>{1}</p></div>'
        "<div><b>bea99</b><br>4 March 2021<p>{2}</p></div></div></section>"
    ),
}


def read(below: str, post: str = _TEXT) -> Extraction:
    page = (
        '<html lang="en"><head><title>Soup</title></head><body><div class="post"><h1>Soup</h1>'
        f"<p>{post}</p></div>{below}</body></html>"
    )
    return extract(page.encode(), "https://blog.example/soup/")


@pytest.mark.parametrize("name", ["comments", "responses", "kommentare", "reacties"])
@pytest.mark.parametrize("form", _BODIES)
def test_items_that_begin_with_name_and_date_are_comments(form: str, name: str) -> None:
    found = read(_BODIES[form].format(name, _ONE, _TWO))
    assert [(c.author, c.text) for c in found.comments] == [("Ada", _ONE), ("bea99", _TWO)]
    dates = [c.published.isoformat()[:16] for c in found.comments if c.published]
    assert dates == [_DATED, "2021-03-04T00:00"]
    assert _ONE not in found.main_text
    assert _TEXT.strip() in found.main_text


@pytest.mark.parametrize(
    "below",
    [
        pytest.param(
            '<div class="feedback"><div><h2>What Ada said</h2><p>On 3 May 2021 we put salt in.</p>'
            "</div><div><h2>What we left</h2><p>The spoons are as they were.</p></div></div>",
            id="sections-about-feedback",
        ),
        pytest.param(
            '<ul class="reactions"><li>Version 2, 3 March 2021: salt</li>'
            "<li>Version 3, 4 March 2021: more salt</li></ul>",
            id="versions",
        ),
        pytest.param(
            f'<ul class="reactions"><li>Ada, 3 March 2021: salt</li><li>Bea, 4 March 2021: no'
            f"</li></ul><p>{_TEXT}</p>",
            id="the-post-goes-on",
        ),
        pytest.param(
            '<ul class="comments"><li>Ada on <a href="/bread">Bread</a></li></ul>', id="recent"
        ),
        pytest.param(
            '<aside><ul class="comments"><li>Ada, 3 March 2021: Nice</li></ul></aside>', id="aside"
        ),
    ],
)
def test_other_lists_are_no_comments(below: str) -> None:
    assert read(below).comments == ()


def test_a_post_about_feedback_keeps_its_sections() -> None:
    sections = "".join(
        f"<div><h2>{name}</h2><p>On {day} May 2021 {name} told us this. {_TEXT}</p></div>"
        for day, name in enumerate(("Ada", "Bea", "Cem"), start=1)
    )
    found = read(f'<div class="feedback">{sections}</div>')
    assert found.comments == ()
    assert all(f"{name} told us this." in found.main_text for name in ("Ada", "Bea", "Cem"))


def test_a_box_with_most_of_the_page_is_no_list_of_comments_unless_it_says_so() -> None:
    items = "".join(f"<li><b>Ada</b>, {day} May 2021: {_TEXT}</li>" for day in range(1, 6))
    assert read(f'<ol class="discussion">{items}</ol>').comments == ()
    assert len(read(f'<ol class="comments">{items}</ol>').comments) == 5

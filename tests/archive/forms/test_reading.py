"""The text with its structure has the words of the plain text, in their order."""

from __future__ import annotations

from random import Random

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.extraction.tree.blocks import text_blocks
from archive.forms.parts import (
    Caption,
    DefinitionList,
    Figure,
    Heading,
    ItemList,
    Media,
    NoteMark,
    Paragraph,
    Preformatted,
    Quotation,
    Rule,
    Run,
    Style,
    Table,
    Term,
    find_notes,
)
from archive.forms.plain import plain_blocks, write_plain
from archive.forms.reading import read_structure
from tests.archive.forms.samples import PAGES, elements, page_of, parts_of

STRONG, EMPHASIS = Style("strong"), Style("emphasis")


@pytest.mark.parametrize("name", PAGES)
def test_plain_form_is_the_plain_text_of_the_extraction(name: str) -> None:
    body = page_of(PAGES[name])
    assert plain_blocks(read_structure(body)) == text_blocks(body)


@settings(max_examples=300, deadline=None)
@given(elements())
def test_plain_form_is_the_plain_text_of_any_page(html: str) -> None:
    body = page_of(html)
    assert plain_blocks(read_structure(body)) == text_blocks(body)


@settings(max_examples=100, deadline=None)
@given(elements(), st.randoms(use_true_random=False))
def test_what_is_dropped_or_muted_is_in_no_form(html: str, random: Random) -> None:
    body = page_of(html)
    inside = list(body.iterdescendants())
    dropped = frozenset(random.sample(inside, len(inside) // 5))
    muted = frozenset(random.sample(inside, len(inside) // 5))
    expected = text_blocks(body, dropped, muted)
    assert plain_blocks(read_structure(body, dropped, muted)) == expected


def test_styles_of_a_paragraph_hold_no_space_at_their_ends() -> None:
    (paragraph,) = parts_of("<p>One <b>two </b>three<i> <b> four</b></i>.</p>")
    assert paragraph == Paragraph((
        Run("One "), Run("two", (STRONG,)), Run(" three "), Run("four", (EMPHASIS, STRONG)),
        Run("."),
    ))  # fmt: skip


def test_style_goes_on_in_the_next_block() -> None:
    link = Style("link", "https://blog.example/x")
    first, second = parts_of("<a href='/x'>Here<div>and there</div></a>")
    assert first == Paragraph((Run("Here", (link,)),))
    assert second == Paragraph((Run("and there", (link,)),))


def test_headings_quotations_and_rules_are_told_apart() -> None:
    parts = parts_of(
        "<h2>Head</h2><blockquote cite='/from'><p>Said.</p></blockquote><hr><pre>a\n  b</pre>"
    )
    assert parts == (
        Heading(2, (Run("Head"),)),
        Quotation((Paragraph((Run("Said."),)),), "https://blog.example/from"),
        Rule(),
        Preformatted("a\n  b"),
    )


@pytest.mark.parametrize(
    "html",
    [
        "<pre class='language-python'>x</pre>",
        "<pre><code class='hljs lang-python'>x</code></pre>",
        "<div class='highlight-source-python'><pre>x</pre></div>",
        "<pre data-lang='python'>x</pre>",
    ],
    ids=["class", "class-of-code", "class-around", "data"],
)
def test_language_of_code_is_the_one_that_the_page_names(html: str) -> None:
    assert parts_of(html) == (Preformatted("x", "python"),)


def test_list_in_a_list_belongs_to_it() -> None:
    (part,) = parts_of("<ol start='3'><li>a<ul><li>b</ul><li>c</ol>")
    assert isinstance(part, ItemList)
    assert (part.is_ordered, part.start, len(part.items)) == (True, 3, 2)
    assert isinstance(part.items[0].parts[1], ItemList)


def test_terms_stand_before_what_is_said_of_them() -> None:
    (part,) = parts_of("<dl><dt>Sea<dd>Water.<dt>Sand<dd>Stone.</dl>")
    assert isinstance(part, DefinitionList)
    assert [type(inner) for inner in part.parts] == [Term, Paragraph, Term, Paragraph]
    assert write_plain((part,)) == "Sea\nWater.\nSand\nStone."


def test_table_of_data_has_cells_and_its_caption_before_it() -> None:
    caption, table = parts_of(
        "<table><caption>Rain</caption><tr><th>Day<th>mm<tr><td>1<td>0.5</table>"
    )
    assert isinstance(caption, Caption)
    assert isinstance(table, Table)
    assert [[cell.is_header for cell in row] for row in table.rows] == [[True] * 2, [False] * 2]


def test_picture_has_an_address_and_what_it_shows_but_no_words() -> None:
    (figure,) = parts_of(
        "<figure><img data-src='/a.jpg' src='data:image/gif;base64,R0' alt=' A  boat '>"
        "<figcaption>The boat</figcaption></figure>"
    )
    picture = Media("image", "https://blog.example/a.jpg", "A boat")
    assert isinstance(figure, Figure)
    assert figure.parts[0] == Paragraph((picture,))
    assert write_plain((figure,)) == "The boat"


@pytest.mark.parametrize(
    "html",
    [
        "<img src='javascript:alert(1)'>",
        "<img src='http://['>",
        "<img src='/p.gif' width=1 height=1>",
        f"<img src='/{'a' * 3000}'>",
    ],
    ids=["script", "no-address", "counting-pixel", "endless"],
)
def test_picture_that_nobody_should_see_is_left_out(html: str) -> None:
    assert parts_of(html) == ()


def test_link_that_runs_a_script_is_no_link() -> None:
    (paragraph,) = parts_of("<p><a href='javascript:x()'>One</a> <a href='b'>two</a></p>")
    assert paragraph == Paragraph((
        Run("One "), Run("two", (Style("link", "https://blog.example/post/b"),)),
    ))  # fmt: skip


def test_note_is_what_a_mark_before_it_refers_to() -> None:
    parts = parts_of(
        "<p id='back'>Text<sup><a href='#n1'>1</a></sup> and<sup><a href='#n2'>2</a></sup>.</p>"
        "<ol><li id='n1'>First. <a href='#back'>↩</a></li><li id='n2'><p>Second.</p></li></ol>"
    )
    assert find_notes(parts) == {"n1": 1, "n2": 2}
    paragraph = parts[0]
    assert isinstance(paragraph, Paragraph)
    assert [p.identifier for p in paragraph.pieces if isinstance(p, NoteMark)] == ["n1", "n2"]


def test_sign_that_links_to_a_heading_is_no_note() -> None:
    parts = parts_of("<h2 id='a'>Head <a href='#a'>¶</a></h2><p>Text.</p>")
    assert find_notes(parts) == {}


def test_deeply_nested_page_is_read() -> None:
    html = "<div>" * 200 + "<p>Deep.</p>"
    assert write_plain(read_structure(lxml.html.fromstring(html))) == "Deep."

"""A page as blocks, and what is written of it when some of them are kept."""

from __future__ import annotations

import pytest

from archive.extraction.tree.blocks import text_blocks
from archive.extraction.tree.page_blocks import cut_of, is_kept, read_blocks
from archive.extraction.tree.parsing import parse_html

PAGE = b"""<body><div class="box b12">loose <b>words</b><p>one <a href="/">two</a></p> tail
<ul><li>first<li>second<ul><li>inner</ul></ul>
<table><tr><td>1<td>2</table><pre>a
  b</pre></div><p>foot</p>"""


def test_every_text_stands_in_one_block() -> None:
    blocks = read_blocks(parse_html(PAGE))
    assert [(block.place, block.text) for block in blocks] == [
        ("html/body/div.box", "loose words tail"),
        ("html/body/div.box/p", "one two"),
        ("html/body/div.box/ul/li", "first"),
        ("html/body/div.box/ul/li", "second"),
        ("html/body/div.box/ul/li/ul/li", "inner"),
        ("html/body/div.box/table/tr", "1 2"),
        ("html/body/div.box/pre", "a b"),
        ("html/body/p", "foot"),
    ]
    assert [block.linked for block in blocks] == [0, 3, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("kept", "written"),
    [
        (["one two"], ["one two"]),
        (["loose words tail", "foot"], ["loose words", "tail", "foot"]),
        (["one two", "inner"], ["one two", "- - inner"]),
        (["first", "second", "1 2"], ["- first\n- second", "1\t2"]),
        (["a b", "foot"], ["a\n  b", "foot"]),
    ],
)
def test_a_cut_keeps_the_chosen_blocks_alone(kept: list[str], written: list[str]) -> None:
    blocks = read_blocks(parse_html(PAGE))
    cut = cut_of([block for block in blocks if block.text in kept], blocks, "test")
    assert cut is not None
    assert text_blocks(cut.root, cut.dropped, cut.muted) == written
    assert [block.text for block in blocks if is_kept(block.element, cut)] == kept


def test_a_cut_of_nothing_is_none() -> None:
    assert cut_of([], read_blocks(parse_html(PAGE)), "test") is None

"""Markdown is read again by a parser of CommonMark, and says what the text says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from archive.extraction.tree.blocks import text_blocks
from archive.forms.markdown import write_markdown
from archive.forms.plain import write_plain
from archive.forms.reading import read_structure
from tests.archive.forms.samples import PAGES, elements, page_of, parts_of, words_of

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# The parser knows no footnotes: the text of a note is read as an item, which is as far indented.
_NOTE = re.compile(r"(?m)^([ >]*)\[\^\d+\]: ")
_HREF = re.compile(r' href="[^"]*"')
_MARK = re.compile(r"(?<!\\)((?:\\\\)*)\[\^\d+\]")


def _html(markdown: str) -> str:
    return str(_PARSER.render(_MARK.sub(r"\1<i></i>", _NOTE.sub(r"\g<1>1.  ", markdown))))


def _read_again(markdown: str) -> list[str]:
    html = _HREF.sub("", _html(markdown))  # a sign that is a link would be taken for a mark again
    return words_of("\n\n".join(text_blocks(page_of(html))))


@pytest.mark.parametrize("name", PAGES)
def test_markdown_reads_back_as_the_same_words(name: str) -> None:
    parts = parts_of(PAGES[name])
    assert _read_again(write_markdown(parts)) == words_of(write_plain(parts))


@settings(max_examples=400, deadline=None)
@given(elements())
def test_markdown_of_any_page_reads_back_as_the_same_words(html: str) -> None:
    parts = parts_of(html)
    assert _read_again(write_markdown(parts)) == words_of(write_plain(parts))


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>Head</h2><p>Text.</p>", "## Head\n\nText."),
        ("<p>an <em>old</em> <strong>house</strong></p>", "an *old* **house**"),
        ("<p><strong>Note:</strong>this</p>", "<strong>Note:</strong>this"),
        ("<p><a href='/a b(c)'>here</a></p>", "[here](<https://blog.example/ab(c)>)"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "- a\n  - b\n- c"),
        ("<ol start=9><li>a<li>b</ol>", "9. a\n10. b"),
        ("<ul><li>a</ul><ul><li>b</ul>", "- a\n\n* b"),
        ("<ol><li>a</li><ul><li>b</ul></ol>", "1. a\n   - b"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<pre class='lang-c'>int x;</pre>", "```c\nint x;\n```"),
        ("<pre>```</pre>", "````\n```\n````"),
        ("<p>a<br>b</p><hr>", "a\\\nb\n\n___"),
        ("<p><img src='/p.png' alt='A [dog]'></p>", "![A \\[dog\\]](https://blog.example/p.png)"),
        ("<p>1. no item</p>", "1\\. no item"),
        ("<p># no heading</p>", "\\# no heading"),
        (
            "<table><tr><th>a<th>b|c<tr><td>d<td><code>e|f</code></table>",
            "| a | b\\|c |\n| --- | --- |\n| d | `e\\|f` |",
        ),
        (
            "<p>a<a href='#n'>1</a></p><ol><li id=n><p>b</p><p>c</p></ol>",
            "a[^1]\n\n[^1]: b\n\n    c",
        ),
    ],
    ids=[
        "heading", "emphasis", "no-emphasis-beside-a-word", "address-with-brackets",
        "list-in-a-list", "numbers", "lists-in-a-row", "list-right-inside-a-list",
        "quotation", "code", "code-of-backticks",
        "lines", "picture", "number-of-a-sentence", "sign-of-a-number", "table", "note",
    ],
)  # fmt: skip
def test_structure_is_written_as_people_write_it(html: str, markdown: str) -> None:
    assert write_markdown(parts_of(html)) == markdown


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("lists", {"ul", "ol", "li", "pre", "code", "hr", "img"}),
        ("quotation", {"blockquote", "ul", "li", "h3"}),
        ("styles", {"strong", "em", "code", "sup", "s", "mark", "a"}),
        ("table", {"table", "th", "td", "code", "br"}),
        ("figure", {"a", "img", "strong"}),
        ("signs-of-markdown", {"p", "br"}),
    ],
    ids=["lists", "quotation", "styles", "table", "figure", "signs"],
)
def test_structure_is_what_a_parser_sees(name: str, tags: set[str]) -> None:
    body = page_of(_html(write_markdown(parts_of(PAGES[name]))))
    seen = {str(element.tag) for element in body.iterdescendants()}
    assert tags <= seen
    assert seen <= tags | {"p", "thead", "tbody", "tr"}


def test_markdown_of_nothing_is_nothing() -> None:
    assert write_markdown(read_structure(page_of("<p> </p>"))) == ""

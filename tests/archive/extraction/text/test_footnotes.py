"""Footnotes belong to the text that refers to them."""

from __future__ import annotations

import pytest

from archive.extraction import extract

TEXT = (
    "The bridge was built in the winter of that year, when the river was low enough to wade, and"
    " the masons slept in the mill because no inn would have them."
)
NOTE = "See the parish book."


def page(call: str, note: str) -> bytes:
    body = f"<h1>The bridge</h1><p>{TEXT}{call}</p><p>{TEXT}</p><p>{TEXT}</p>"
    menu = "<ul><li id=m1><a href='/a'>First</a><li id=m2><a href='/b'>Second</a></ul>"
    return f"<title>The bridge</title><body>{menu}<div>{body}</div>{note}</body>".encode()


@pytest.mark.parametrize(
    "note",
    [
        f"<div><ol><li id=fn1><p>{NOTE} <a href='#r1'>↩</a></p></ol></div>",
        f"<section><p id=fn1><a href='#r1'>1</a> {NOTE}</p></section>",
        f"<aside id='fn1'><p><a href='#r1'>^</a> {NOTE}</p></aside>",
    ],
    ids=["list", "paragraph", "aside"],
)
def test_short_note_is_part_of_the_text(note: str) -> None:
    found = extract(page("<sup id=r1><a href='#fn1'>1</a></sup>", note), "https://b.example/1")
    assert NOTE in found.main_text
    assert "First" not in found.main_text


def test_what_the_text_links_to_and_does_not_link_back_is_no_note() -> None:
    links = page(" <a href='#m1'>Menu</a>", f"<div id=m9>{NOTE} <a href='#top'>Up</a></div>")
    found = extract(links, "https://b.example/1")
    assert found.main_text.startswith("The bridge was built")
    assert "First" not in found.main_text
    assert "Up" not in found.main_text

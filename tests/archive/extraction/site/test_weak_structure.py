"""Sites that mark nothing: what is text is told by place and repetition, from the long posts."""

from __future__ import annotations

import pytest

from tests.archive.made_site import learn_from, read, sentence, title_of

_POSTS = range(1, 25)
_SHORT = {7: "Gone fishing.", 15: "One thousand readers. Thank you."}
_FOOT = "<div><p>Printed on recycled electrons.</p></div>"


def _paragraphs(number: int) -> list[str]:
    if number in _SHORT:
        return [_SHORT[number]]
    return [sentence(number * 20 + n, 40) for n in range(5)]


def _text(number: int) -> str:
    return "".join(f"<p>{paragraph}</p>" for paragraph in _paragraphs(number))


def _teasers(number: int) -> str:
    """Make three cards of other posts, as they stand under every post, each with a long text."""
    others = [n for n in (1, 2, 3, 4) if n != number][:3]
    cards = (
        f"<div><h2><a href='/{n}/'>{title_of(n)}</a></h2><div>{sentence(n * 20, 40)}</div></div>"
        for n in others
    )
    return f"<div>{''.join(cards)}</div>"


def _comments(number: int) -> str:
    """Make readers' words under every fifth post."""
    if number % 5:
        return "<div><h3>Write to us</h3></div>"
    words = "".join(
        f"<div><div>Reader {n} says:</div><p>{sentence(5_000 + number * 9 + n, 25)}</p></div>"
        for n in range(4)
    )
    return f"<div><h3>4 answers</h3><div>{words}</div><h3>Write to us</h3></div>"


def _page(number: int, body: str) -> bytes:
    title = title_of(number)
    return (
        f"<!doctype html><title>{title}</title><body>"
        f"<div><a href='/'>Home</a> <a href='/about'>About us</a></div>{body}{_FOOT}</body>"
    ).encode()


def _in_boxes(number: int) -> str:
    return f"<div><div><h1>{title_of(number)}</h1></div><div>{_text(number)}</div></div>"


def _flat(number: int) -> str:
    return (
        f"<p><a href='/'>Ada writes</a> | <a href='/all'>Archive</a></p><h1>{title_of(number)}</h1>"
        f"<p>{number % 28 + 1} May 2021</p>{_text(number)}"
        "<p><a href='/all'>Back to the list</a></p>"
        "<p>Last built by a shell script. Mail is welcome at all times.</p>"
    )


def _neighbours(number: int) -> str:
    links = "".join(
        f"<li>{label} <a href='/{n}/'>{title_of(n)}</a></li>"
        for label, n in (("Previous", number - 1), ("Next", number + 1))
    )
    return (
        f"<div><h1>{title_of(number)}</h1><ul><li>{number % 28 + 1} May 2021</li></ul>"
        f"{_text(number)}<ul>{links}</ul></div>"
    )


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(_flat, id="nothing but paragraphs in one box"),
        pytest.param(_neighbours, id="lists before and behind the text"),
        pytest.param(lambda n: _in_boxes(n) + _teasers(n), id="teasers longer than short posts"),
        pytest.param(
            lambda n: f"<div>{_in_boxes(n)}{_comments(n)}</div>", id="comments that nothing marks"
        ),
    ],
)
def test_short_posts_are_cut_as_the_long_ones_are(make: object) -> None:
    assert callable(make)
    pages = {n: _page(n, make(n)) for n in _POSTS}
    site = learn_from(read(pages))
    found = {n: each.extraction.main_text for n, each in read(pages, site).items()}
    assert found == {n: "\n\n".join(_paragraphs(n)) for n in _POSTS}


def test_a_list_is_whole_where_the_posts_hold_nothing_but_text() -> None:
    """On a page alone, the teasers under it look more like a post than its short items."""
    lines = ("Two maps", "Rain jacket", "Socks", "One hat", "Bread", "A notebook")
    items = "".join(f"<li>{line}</li>" for line in lines)
    packing = f"<p>What we took along, all of us.</p><ul>{items}</ul><p>{sentence(9_999, 30)}</p>"
    pages = {n: _page(n, _in_boxes(n) + _teasers(n)) for n in _POSTS}
    body = f"<div><div><h1>{title_of(30)}</h1></div><div>{packing}</div></div>{_teasers(30)}"
    pages[30] = _page(30, body)
    site = learn_from(read(pages))
    text = read(pages, site)[30].extraction.main_text
    assert all(line in text for line in lines)
    assert sentence(20, 40) not in text

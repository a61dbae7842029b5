"""Lists of the author's, in the same place as the site's list of other posts."""

from __future__ import annotations

import pytest

from tests.archive.made_site import prose, sentence, texts, title_of

_POSTS = range(1, 41)
_SIGNATURE = "Written at the kitchen table; letters to the usual address."


def _links(*numbers: int) -> str:
    items = "".join(f"<li><a href='/{n}/'>{title_of(n)}</a></li>" for n in numbers)
    return f"<ul>{items}</ul>"


def _end(number: int, *, is_static: bool = False) -> str:
    """Make what ends every post: nothing marks it, and the links differ from post to post."""
    others = (1, 2, 3) if is_static else [(number + step) % 40 + 1 for step in (1, 4, 6)]
    return f"<p>{_SIGNATURE}</p><p>You may also like</p>{_links(*others)}"


def _list(*items: str) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


_BEFORE, _AFTER = sentence(4_000), sentence(4_001)
_ITEMS = ("Rise at five and wind the clock.", "Read the glass and write it down.")
_AWAY = "<a href='https://other.example/{}'>{}</a>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            f"<p>{_BEFORE}</p>{_list(*_ITEMS)}<p>{_AFTER}</p>",
            (_BEFORE, *_ITEMS, _AFTER),
            id="in the midst of the text",
        ),
        pytest.param(f"<p>{_BEFORE}</p>{_list(*_ITEMS)}", (_BEFORE, *_ITEMS), id="behind the text"),
        pytest.param(f"{_list(*_ITEMS)}<p>{_BEFORE}</p>", (*_ITEMS, _BEFORE), id="before the text"),
        pytest.param(
            f"<p>To buy:</p>{_list('coal', 'slates')}", ("To buy:", "coal", "slates"), id="short"
        ),
        pytest.param(
            "<p>夜のうちに風が北に変わり、屋根から瓦が二枚飛んだ。</p>" + _list("米", "味噌"),
            ("夜のうちに風が北に変わり、屋根から瓦が二枚飛んだ。", "米", "味噌"),
            id="in another script",
        ),
        pytest.param(
            "<p>Links of the week.</p>"
            + _list(_AWAY.format("a", "A history of slates"), _AWAY.format("b", "Northern coal")),
            ("Links of the week.", "A history of slates", "Northern coal"),
            id="links to other sites",
        ),
        pytest.param(
            f"<p>{_BEFORE}</p>{_links(11, 12)}<p>{_AFTER}</p>",
            (_BEFORE, title_of(11), title_of(12), _AFTER),
            id="links to own posts in the midst",
        ),
    ],
)
def test_an_own_list_stays_where_the_site_has_its_links(
    body: str, expected: tuple[str, ...]
) -> None:
    bodies = {n: prose(n) + _end(n) for n in _POSTS}
    bodies[40] = body + _end(40)
    found = texts(bodies)
    assert found[40].replace("- ", "").split() == " ".join(expected).split()
    assert found[7] == "\n\n".join(sentence(70 + n) for n in range(3))


@pytest.mark.parametrize("is_static", [False, True], ids=["links that differ", "links alike"])
def test_what_ends_the_posts_goes_where_several_have_own_lists(is_static: bool) -> None:
    bodies = {n: prose(n) for n in range(1, 21)}
    own = _list(*_ITEMS)
    bodies |= {21: f"<p>{_BEFORE}</p>{own}<p>{_AFTER}</p>", 22: f"<p>{sentence(4_002)}</p>{own}"}
    bodies |= {23: f"{own}{prose(23)}", 24: f"{prose(24)}<h3>You need</h3>{own}{prose(25)}"}
    found = texts({n: body + _end(n, is_static=is_static) for n, body in bodies.items()})
    for n, text in found.items():
        assert all(item in text for item in _ITEMS) == (n > 20)
        assert not any(words in text for words in (_SIGNATURE, "You may also like", "of day"))


def test_the_sites_own_words_in_such_a_list_go_with_it() -> None:
    menu = _list("Printed with <b>care</b> since last spring", "No cookies are served here")
    bodies = {n: prose(n) + menu for n in _POSTS}
    bodies[40] = f"<p>{_BEFORE}</p>{_list(*_ITEMS)}{menu}"
    found = texts(bodies)
    assert all(item in found[40] for item in _ITEMS)
    assert not any("cookies" in text or "care since" in text for text in found.values())

"""What only the pages of a site together can tell, and what must not be taken for that."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from archive.extraction.page import PageReading
from archive.extraction.site.site_profile import SiteProfile, read_profile
from archive.extraction.site.sketches import Known, pack_sketches, unpack_sketches
from archive.records import PageType
from tests.archive.made_site import (
    learn_from,
    page,
    prose,
    read,
    sentence,
    texts,
    title_of,
)

_POSTS = range(1, 13)
_SIGNATURE = "Written at the kitchen table; letters to the usual address."
_CALL = "Members read every entry two days early, and it costs less than one coffee."


def _links(number: int) -> str:
    others = [(number + step) % len(_POSTS) + 1 for step in (1, 4, 6)]
    return "".join(f"<li><a href='/{n}/'>{title_of(n)}</a></li>" for n in others)


def _expected(number: int, paragraphs: int = 3) -> str:
    return "\n\n".join(sentence(number * 10 + n) for n in range(paragraphs))


@pytest.mark.parametrize(
    "addition",
    [
        pytest.param(f"<p>{_SIGNATURE}</p>", id="signature in a paragraph like all others"),
        pytest.param(f"<div><em>{_SIGNATURE}</em></div>", id="signature in a box"),
        pytest.param("<p>See also</p><ul>{links}</ul>", id="list of other posts"),
        pytest.param("<p class='n'><a href='/{next}/'>{title}</a></p>", id="neighbour"),
        pytest.param("<h3>More of this</h3><div class='t'>{links}</div>", id="teasers"),
    ],
)
def test_what_follows_every_post_is_the_sites(addition: str) -> None:
    bodies = {}
    for n in _POSTS:
        other = n % len(_POSTS) + 1
        filled = addition.replace("{links}", _links(n)).replace("{next}", str(other))
        bodies[n] = prose(n) + filled.replace("{title}", title_of(other))
    assert texts(bodies) == {n: _expected(n) for n in _POSTS}


def test_a_box_in_the_midst_of_every_post_is_the_sites() -> None:
    box = f"<div class='x'><h4>Join us</h4><p>{_CALL}</p></div>"
    bodies = {n: f"<p>{sentence(n * 10)}</p>{box}<p>{sentence(n * 10 + 1)}</p>" for n in _POSTS}
    assert texts(bodies) == {n: _expected(n, 2) for n in _POSTS}


def test_what_varies_before_the_text_is_the_sites_where_it_is_never_prose() -> None:
    bodies = {
        n: f"<div class='m'><span>March {n % 9 + 1}, 2021</span> {n % 4 + 1} min</div>{prose(n)}"
        for n in _POSTS
    }
    assert texts(bodies) == {n: _expected(n) for n in _POSTS}


@pytest.mark.parametrize(
    ("make", "kept"),
    [
        pytest.param(
            lambda n: f"<p>{sentence(n * 10)}</p><h2>Ingredients</h2><p>{sentence(n * 10 + 1)}</p>",
            "Ingredients",
            id="heading between paragraphs",
        ),
        pytest.param(
            lambda n: f"<h2>Ingredients</h2>{prose(n)}", "Ingredients", id="heading above the text"
        ),
        pytest.param(
            lambda n: (
                prose(n)
                + "<dl><dt>Rating</dt><dd>"
                + sentence(n * 10 + 7, 5)
                + "</dd></dl>"
                + prose(n + 50)
            ),
            "Rating",
            id="label of values that vary",
        ),
        pytest.param(
            lambda n: f"<p>{sentence(n * 10)}</p><p>* * *</p><p>{sentence(n * 10 + 1)}</p>",
            "* * *",
            id="break between parts",
        ),
    ],
)
def test_what_repeats_between_what_is_unique_is_the_posts(make: object, kept: str) -> None:
    assert callable(make)
    found = texts({n: make(n) + f"<p>{_SIGNATURE}</p>" for n in _POSTS})
    assert all(kept in text for text in found.values())
    assert not any(_SIGNATURE in text for text in found.values())


def test_a_paragraph_that_two_posts_share_stays() -> None:
    shared = "<p>The ferry timetable is as follows, and has not changed since last spring.</p>"
    bodies = {n: prose(n) + (shared if n in (3, 7) else "") for n in _POSTS}
    found = texts(bodies)
    assert [n for n in _POSTS if "ferry timetable" in found[n]] == [3, 7]


def test_a_post_may_say_what_the_site_says_elsewhere() -> None:
    cart = "<div class='cart'>No products in the cart.</div>"
    bodies = {n: prose(n) + cart for n in _POSTS}
    bodies[5] = f"{prose(5)}<p>No products in the cart.</p>{cart}"
    found = texts(bodies)
    assert found[5] == f"{_expected(5)}\n\nNo products in the cart."
    assert found[6] == _expected(6)


def test_a_signature_quoted_inside_a_post_stays() -> None:
    bodies = {n: f"{prose(n)}<p>{_SIGNATURE}</p>" for n in _POSTS}
    bodies[4] = f"<p>{sentence(40)}</p><p>{_SIGNATURE}</p><p>{sentence(41)}</p><p>{_SIGNATURE}</p>"
    assert texts(bodies)[4] == f"{sentence(40)}\n\n{_SIGNATURE}\n\n{sentence(41)}"


def test_poems_are_no_furniture_though_they_are_short_and_alike() -> None:
    lines = {n: [sentence(n * 10 + k, 3) for k in range(4)] for n in _POSTS}
    bodies = {n: "".join(f"<div>{line}</div>" for line in lines[n]) for n in _POSTS}
    assert texts(bodies) == {n: "\n\n".join(lines[n]) for n in _POSTS}


def test_where_posts_have_their_text_a_short_one_has_it_too() -> None:
    """On a page alone, the long side bar looks more like a post than a post of a few words."""
    side = "".join(f"<p>{sentence(9_000 + n, 40)}</p>" for n in range(4))
    pages = {n: page(n, prose(n, 8)) for n in _POSTS}
    pages[13] = page(13, "<p>Gone fishing.</p>")
    pages = {
        n: html.replace(b"<div class='foot'>", f"<div class='s'>{side}</div><div>".encode())
        for n, html in pages.items()
    }
    alone = read(pages)
    found = read(pages, learn_from(alone))
    assert found[13].extraction.main_text == "Gone fishing."
    assert found[1].extraction.main_text == _expected(1, 8)


def test_a_date_that_only_the_place_tells_is_read_there() -> None:
    body = "<div class='top'><p>Day: 0{day}/25/2021</p></div>{text}"
    pages = {
        n: page(
            n,
            body.format(day=n % 9 + 1, text=prose(n)),
            date="2021-0{}-25" if n % 4 else None,
        )
        for n in _POSTS
    }
    site = learn_from(read(pages))
    for n, reading in read(pages, site).items():
        said = reading.extraction
        assert said.published is not None
        assert said.published.date().isoformat() == f"2021-0{n % 9 + 1}-25"


def test_the_profile_does_not_depend_on_the_order_nor_on_two_posts_more() -> None:
    pages = {n: page(n, f"{prose(n)}<p>{_SIGNATURE}</p>") for n in range(1, 31)}
    readings = read(pages)
    site = learn_from(readings)
    assert site is not None
    shuffled = list(readings.items())
    random.Random(4).shuffle(shuffled)
    assert learn_from(dict(shuffled)) == site
    fewer = {n: reading for n, reading in readings.items() if n < 29}
    smaller = learn_from(fewer)
    assert smaller is not None
    assert smaller.digest == site.digest


def test_a_profile_has_a_say_exactly_where_it_says_so() -> None:
    bodies = {n: prose(n) + (f"<p>{_SIGNATURE}</p>" if n % 3 else "") for n in _POSTS}
    pages = {n: page(n, body) for n, body in bodies.items()}
    alone = read(pages)
    site = learn_from(alone)
    assert site is not None
    for n, reading in read(pages, site).items():
        sketch = alone[n].sketch
        assert sketch is not None
        assert reading.sketch == sketch
        assert site.concerns(sketch) == (n % 3 > 0)
        assert reading.extraction.site_profile == (site.digest if n % 3 else None)
        assert (reading.extraction == alone[n].extraction) == (n % 3 == 0)


def test_a_site_of_a_few_pages_or_without_faults_has_no_profile() -> None:
    signed = {n: page(n, f"{prose(n)}<p>{_SIGNATURE}</p>") for n in (1, 2, 3)}
    assert learn_from(read(signed)) is None
    plain = {n: page(n, prose(n)) for n in _POSTS}
    assert learn_from(read(plain)) is None


def _dated(numbers: range) -> dict[int, PageReading]:
    """Read posts that all have their date in one place."""
    bodies = {n: f"<h5>May {n % 9 + 1}, 2021</h5>{prose(n)}" for n in numbers}
    return read({n: page(n, body, date="2021-05-0{}") for n, body in bodies.items()})


@pytest.mark.parametrize("kind", [PageType.PAGE, PageType.LISTING])
def test_a_page_that_is_built_like_the_posts_is_one(kind: PageType) -> None:
    readings = _dated(range(1, 30))
    sketch = readings[7].sketch
    assert sketch is not None
    doubted = replace(sketch, kind=kind, confidence=0.7, known=Known.TITLE)
    site = learn_from({**readings, 7: replace(readings[7], sketch=doubted)})
    assert site is not None
    ruling = site.judge(doubted)
    assert ruling is not None
    assert ruling.kind is PageType.ARTICLE
    assert not site.concerns(replace(doubted, confidence=0.97))  # the site's software says so
    assert not site.concerns(replace(doubted, known=Known.TITLE | Known.HINTED))


def test_a_page_without_the_date_that_all_posts_have_is_none() -> None:
    readings = _dated(range(1, 40))
    (about,) = read({40: page(40, prose(40, 12), date=None)}).values()
    assert about.sketch is not None
    doubted = replace(about.sketch, confidence=0.7, known=Known.TITLE)
    site = learn_from({**readings, 40: replace(about, sketch=doubted)})
    assert site is not None
    ruling = site.judge(doubted)
    assert ruling is not None
    assert ruling.kind is PageType.PAGE
    assert not site.concerns(replace(doubted, known=Known.TITLE | Known.PUBLISHED))


def test_a_profile_and_a_sketch_are_read_back_as_they_were_written() -> None:
    pages = {n: page(n, f"{prose(n)}<p>{_SIGNATURE}</p><ul>{_links(n)}</ul>") for n in _POSTS}
    readings = read(pages)
    site = learn_from(readings)
    assert isinstance(site, SiteProfile)
    written = json.loads(json.dumps(site.to_json()))
    assert read_profile(site.digest, written) == site
    sketch = readings[1].sketch
    assert sketch is not None
    packed = pack_sketches([sketch]).packed
    assert unpack_sketches(packed) == (sketch,)
    for end in range(len(packed)):  # a damaged file says nothing, and stops nobody
        assert unpack_sketches(packed[:end]) in ((), (sketch,))
    with pytest.raises(ValueError, match="no site profile"):
        read_profile("sha256:", {"forms": []})

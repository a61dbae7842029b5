"""Titles, authors and dates of single pages, and where each was found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.extraction import extract
from archive.extraction.facts.sources import Place
from archive.records import Extraction, Hints, Source

URL = "https://press.example/2021/05/kites/"


def page(head: str = "", body: str = "", lang: str = "en-US") -> Extraction:
    prose = (
        "<p>" + "Kites are flown on the hill behind the church, and seldom come down. " * 4 + "</p>"
    )
    html = f'<html lang="{lang}"><head>{head}</head><body>{body}'
    return extract(f'{html}<div class="entry-content">{prose}</div></body></html>'.encode(), URL)


def source(found: Extraction, field: str) -> Source:
    return next(source for source in found.sources if source.field == field)


@pytest.mark.parametrize(
    ("head", "heading", "title"),
    [
        pytest.param(
            '<meta property="og:title" content="Kites for Beginners: 9 Kites Compared | Press">',
            "Nine kites compared", "Nine kites compared", id="heading before search words",
        ),
        pytest.param(
            '<meta property="og:title" content="Nine kites compared | press.example">',
            "Contact us", "Nine kites compared", id="heading about something else",
        ),
        pytest.param(
            '<meta property="og:title" content="Nine kites"><title>Nine kites</title>',
            "May 3, 2021 Nine kites", "Nine kites", id="date in the heading",
        ),
        pytest.param(
            '<meta property="og:title" content="Kites &amp;#8230; again">',
            "", "Kites … again", id="escaped twice",
        ),
    ],
)  # fmt: skip
def test_title_is_what_readers_see_where_it_is_about_the_same(
    head: str, heading: str, title: str
) -> None:
    assert page(head, f"<h1>{heading}</h1>" if heading else "").title == title


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        pytest.param("<p>By Ada King and Bo Lind | 5 min</p>", ("Ada King", "Bo Lind"), id="by"),
        pytest.param(
            '<p class="author">Ada King, Ph.D.</p>', ("Ada King, Ph.D.",), id="letters after a name"
        ),
        pytest.param('<a href="/author/ada">Ada King</a>', ("Ada King",), id="an author's address"),
        pytest.param(
            '<i class="author">Ada King</i><p>Reviewed by <i class="author">Bo Lind</i></p>',
            ("Ada King",), id="reviewer",
        ),
        pytest.param('<a rel="author">View more posts</a>', (), id="words of a link"),
        pytest.param("<p>A kite made by the river</p>", (), id="no byline"),
    ],
)  # fmt: skip
def test_authors_stand_between_title_and_text(byline: str, authors: tuple[str, ...]) -> None:
    assert page("", f"<h1>Nine kites</h1>{byline}").authors == authors


@pytest.mark.parametrize(
    ("below", "authors"),
    [
        pytest.param("<h3>Written by Ada King</h3>", ("Ada King",), id="in words"),
        pytest.param("<p>It was written by Ada King.</p>", (), id="in a sentence"),
        pytest.param('<a href="/author/ada">Ada King</a>', ("Ada King",), id="link"),
        pytest.param('<a href="/profile/me">profile</a>', (), id="no name"),
        pytest.param(
            "<h3>Written by Ada King</h3><h3>Written by Bo Dyk</h3>", (), id="of two posts"
        ),
    ],
)
def test_one_person_named_far_from_the_title_is_the_author(
    below: str, authors: tuple[str, ...]
) -> None:
    prose = f"<p>{'Kites fly. ' * 30}</p>"
    post = f"<h1>Kites</h1><div class='entry-content'>{prose}{prose}</div>"
    html = f"<html><body>{'<div>' * 4}{post}{'</div>' * 4}"
    found = extract(f"{html}<section>{below}</section></body></html>".encode(), URL)
    assert found.authors == authors


def test_note_of_the_microformats_has_no_title() -> None:
    note = '<main class="h-entry"><div class="e-content p-name"><p>Ice on the inside.</p></div>'
    html = f"<html><head><title>Ada King</title></head><body>{note}</main></body></html>"
    assert extract(html.encode(), URL).title is None


def test_person_comes_before_the_site_as_author() -> None:
    node = '{"@type":"BlogPosting","author":{"@type":"Organization","name":"Press & Sons"}}'
    head = f'<script type="application/ld+json">{node}</script>'
    assert page(head, "<h1>Nine kites</h1><p>By Ada King</p>").authors == ("Ada King",)
    assert page(head, "<h1>Nine kites</h1>").authors == ("Press & Sons",)


def test_box_below_the_text_names_the_author_where_nothing_else_does() -> None:
    box = '<div><h4 class="author-box__name">Ada King</h4></div>'
    html = f"<html><body><h1>Nine kites</h1><p>{'Kites fly. ' * 30}</p>{box}</body></html>"
    assert extract(html.encode(), URL).authors == ("Ada King",)


@pytest.mark.parametrize(
    ("line", "lang", "day"),
    [
        pytest.param("Feb 4, 2021 - 11 minutes", "en", "2021-02-04", id="minutes to read"),
        pytest.param("Published on: 04-ago-2021", "es", "2021-08-04", id="short month"),
        pytest.param("3/4/2021", "en-US", "2021-03-04", id="month first"),
        pytest.param("3/4/2021", "fr", "2021-04-03", id="day first"),
        pytest.param("3/4/2021", "en", None, id="neither known"),
        pytest.param("Updated Feb 4, 2021", "en", None, id="only changed"),
        pytest.param("Feb 4, 2021. Updated Mar 5, 2021", "en", "2021-02-04", id="changed later"),
        pytest.param('<time datetime="2021-02-04"></time>', "en", "2021-02-04", id="empty"),
        pytest.param('<i class="date"> </i>Feb 4, 2021', "en", "2021-02-04", id="empty mark"),
    ],
)
def test_date_stands_between_title_and_text(line: str, lang: str, day: str | None) -> None:
    found = extract(
        f'<html lang="{lang}"><body><h1>Kites</h1><div><span>{line}</span></div>'
        f"<div class='entry-content'><p>{'Kites fly. ' * 30}</p></div></body></html>".encode(),
        "https://press.example/kites/",
    )
    assert (found.published and found.published.date().isoformat()) == day


def test_older_day_that_is_shown_is_the_day_of_publication() -> None:
    head = '<meta property="article:published_time" content="2024-06-24T00:00:00Z">'
    found = page(head, '<h1>Nine kites</h1><p class="date">May 3, 2021</p>')
    assert found.published == datetime(2021, 5, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("declared", "line", "day"),
    [
        pytest.param(
            "2021-05-04T02:30:00Z",
            '<p class="post-date">May 3, 2021</p>',
            "2021-05-03",
            id="declared in another zone",
        ),
        pytest.param(
            "2021-05-03T02:30:00Z",
            '<p class="post-date"><b>May 3, 2021</b><b>Updated: May 4, 2022</b></p>',
            "2021-05-03",
            id="two dates without a space",
        ),
        pytest.param(
            "2021-05-03",
            '<div class="post status-publish"><time datetime="2021-05-01">1 May</time></div>',
            "2021-05-01",
            id="time element",
        ),
    ],
)
def test_day_that_readers_see_comes_first(declared: str, line: str, day: str) -> None:
    head = f'<meta property="article:published_time" content="{declared}">'
    found = page(head, f"<h1>Nine kites</h1>{line}")
    assert found.published is not None
    assert found.published.date().isoformat() == day


def test_printed_day_of_a_time_element_comes_before_its_instant() -> None:
    line = '<time class="published" datetime="2021-05-04T02:30:00Z">May 3, 2021</time>'
    found = page("", f"<h1>Nine kites</h1>{line}")
    assert found.published == datetime(2021, 5, 3, tzinfo=UTC)


def test_post_that_shows_its_last_change_alone_is_of_that_day_by_inference() -> None:
    head = '<meta property="og:type" content="article"><meta name="author" content="Ada King">'
    found = page(head, "<h1>Nine kites</h1><p>Updated <span>May 3, 2021</span></p>")
    assert found.published == found.modified == datetime(2021, 5, 3, tzinfo=UTC)
    assert source(found, "published").inferred
    assert source(found, "published").confidence <= 0.5


def test_last_change_that_is_only_declared_is_no_day_of_publication() -> None:
    head = '<meta property="article:modified_time" content="2021-05-04T08:00:00Z">'
    assert page(head, "<h1>Nine kites</h1><p>by Ada King</p>").published is None


def test_every_field_says_where_it_was_found() -> None:
    head = (
        '<title>Nine kites</title><meta property="og:title" content="Nine kites">'
        '<meta property="og:site_name" content="Press"><meta name="description" content="Wind.">'
        '<meta property="og:image" content="/k.png"><link rel="canonical" href="/2021/05/kites/">'
        '<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">'
        '<meta property="article:published_time" content="2021-05-03T08:00:00Z">'
        '<meta property="article:modified_time" content="2021-05-04T08:00:00Z">'
        '<meta name="author" content="Ada King"><meta property="article:tag" content="wind">'
    )
    found = page(head, "<h1>Nine kites</h1>")
    names = {source.field: source.name for source in found.sources}
    assert names == names | {
        "title": "heading", "authors": "meta", "published": "open-graph", "language": "markup",
        "modified": "open-graph", "site_name": "open-graph", "description": "meta",
        "image": "open-graph", "canonical_url": "link", "license": "link", "tags": "open-graph",
    }  # fmt: skip
    metadata = [
        source for source in found.sources if source.field not in ("main_text", "page_type")
    ]
    assert {source.name for source in metadata} <= {place.value for place in Place}


def test_every_place_is_documented() -> None:
    reference = (Path(__file__).parents[4] / "docs/reference/records.md").read_text("utf-8")
    assert [place for place in Place if f"| `{place}` |" not in reference] == []


def test_agreement_makes_a_title_surer() -> None:
    alone = page("", "<h1>Nine kites</h1>")
    agreed = page("<title>Nine kites</title>", "<h1>Nine kites</h1>")
    assert source(agreed, "title").confidence > source(alone, "title").confidence


@pytest.mark.parametrize("path", ["2021/05/03/kites/", "2021/may/03/kites", "2021-05-03+Kites"])
def test_day_of_the_address_is_marked_as_inferred(path: str) -> None:
    html = f"<html><body><h1>Kites</h1><p>{'Kites fly. ' * 30}</p></body></html>".encode()
    found = extract(html, f"https://press.example/{path}")
    assert found.published == datetime(2021, 5, 3, tzinfo=UTC)
    assert (source(found, "published").name, source(found, "published").inferred) == ("url", True)


def test_what_the_feed_says_is_named_so() -> None:
    html = f"<html><body><h1>Kites</h1><p>{'Kites fly. ' * 30}</p></body></html>".encode()
    found = extract(html, "https://press.example/kites/", hints=Hints(authors=("Ada King",)))
    assert found.authors == ("Ada King",)
    assert source(found, "authors").name == "discovery"

"""The two dates of a post, told apart by the words beside them."""

from __future__ import annotations

import pytest

from archive.extraction import extract
from archive.records import Extraction

URL = "https://press.example/notes/kites.html"
PROSE = (
    "<p>Kites are flown on the hill behind the church, and seldom come down before the evening,"
    " when the wind turns and the bells are rung for those who are late.</p>"
) * 3
BLOG_POST = (
    '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "BlogPosting",'
    ' "headline": "On kites"}</script>'
)


def page(line: str, below: str = "", lang: str = "en", head: str = "") -> Extraction:
    html = (
        f'<html lang="{lang}"><head><title>On kites</title>{head}</head><body><main>'
        f"<h1>On kites</h1>{line}{PROSE}{below}</main></body></html>"
    )
    return extract(html.encode(), URL)


def days(found: Extraction) -> tuple[str, str]:
    return str(found.published)[:10], str(found.modified)[:10]


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        pytest.param("en", "Last updated 9 April 2022 | Published 3 May 2021", id="bar"),
        pytest.param("en", "Last updated 2022-04-09 | Published 2021-05-03 | by Ada King", id="by"),
        pytest.param("en", "Last change 2022-04-09, first written 2021-05-03", id="last change"),
        pytest.param("en", "Last edited 9 April 2022, posted 3 May 2021", id="last edited"),
        pytest.param("en", "Edited: 9 April 2022 · 3 May 2021", id="published is unlabelled"),
        pytest.param("en", "Posted 3 May 2021, revised 9 April 2022", id="published first"),
        pytest.param("en", "3 May 2021 (updated 9 April 2022)", id="update in brackets"),
        pytest.param("en", "2022-04-09 (updated), 2021-05-03 (published)", id="labels behind"),
        pytest.param("en", "2022-04-09 updated, 2021-05-03 published", id="labels behind, bare"),
        pytest.param("de", "Aktualisiert am 09.04.2022, veröffentlicht am 03.05.2021", id="de"),
        pytest.param("de", "Zuletzt geändert am 9. April 2022, erstellt am 3. Mai 2021", id="de 2"),
        pytest.param("fr", "Mis à jour le 9 avril 2022, publié le 3 mai 2021", id="fr"),
        pytest.param(
            "es", "Actualizado el 9 de abril de 2022, publicado el 3 de mayo de 2021", id="es"
        ),
    ],
)
def test_each_date_of_a_line_belongs_to_its_words(lang: str, line: str) -> None:
    assert days(page(f'<div class="meta">{line}</div>', lang=lang)) == ("2021-05-03", "2022-04-09")


def test_dates_in_elements_of_their_own_belong_to_the_words_before_them() -> None:
    line = (
        '<p>Last edited <time datetime="2022-04-09">9 April 2022</time>,'
        ' posted <time datetime="2021-05-03">3 May 2021</time></p>'
    )
    assert days(page(line)) == ("2021-05-03", "2022-04-09")


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("Zuletzt geändert am 9. April 2022", id="de"),
        pytest.param("Mis à jour le 9 avril 2022", id="fr"),
        pytest.param("Last edited 9 April 2022", id="en"),
    ],
)
def test_day_of_a_change_alone_is_only_inferred_to_be_of_the_publication(line: str) -> None:
    found = page(f"<p>{line}</p>", head=BLOG_POST)
    assert days(found) == ("2022-04-09", "2022-04-09")
    assert [source.inferred for source in found.sources if source.field == "published"] == [True]


def test_editor_is_no_sign_of_a_change() -> None:
    assert days(page("<p>Edited by Bo Lind, 3 May 2021</p>")) == ("2021-05-03", "None")


@pytest.mark.parametrize(
    "posted",
    [
        pytest.param("<p>Posted 3 May 2021</p>", id="line"),
        pytest.param('<p>Posted on <time datetime="2021-05-03">3 May 2021</time></p>', id="time"),
    ],
)
@pytest.mark.parametrize("answers_first", [False, True], ids=["above answers", "below answers"])
def test_day_said_to_be_of_publication_goes_before_days_of_answers(
    posted: str, answers_first: bool
) -> None:
    answers = (
        '<section><h2>Replies</h2><div><b>Ann</b> <time datetime="2023-06-07">7 June 2023</time>'
        "<p>Mine never came down at all.</p></div></section>"
    )
    below = answers + posted if answers_first else posted + answers
    assert days(page("", below))[0] == "2021-05-03"


def test_first_day_counts_where_a_remark_on_the_last_change_stands_behind_it() -> None:
    remark = "(This text was last modified: 2022-04-09, 09:15 PM by Ada King of the kites)"
    line = f'<span class="post_date">2021-05-03, 09:14 PM <span>{remark}</span></span>'
    assert days(page(line))[0] == "2021-05-03"


def test_title_about_an_update_does_not_make_its_day_one_of_a_change() -> None:
    html = f"<main><div><h1>Kite update</h1><span>3 May 2021</span></div>{PROSE}</main>"
    assert days(extract(html.encode(), URL)) == ("2021-05-03", "None")


@pytest.mark.parametrize("first", ["On 3 May 1999 the storm came.", "3 May 1999 was a bad day."])
def test_day_in_the_first_sentence_of_a_text_is_not_its_date(first: str) -> None:
    text = "<p>It took the roof of the barn and the boat beside it, and nobody saw where to.</p>"
    html = f"<title>The storm</title><body><article><h1>The storm</h1><p>{first}</p>{text * 3}"
    page = extract(html.encode(), "https://blog.example/the-storm")
    assert page.published is None
    assert page.main_text.startswith(first)

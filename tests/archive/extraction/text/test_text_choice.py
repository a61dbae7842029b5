"""What is taken for the post of a page, and what is said of why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.extraction import choose_text, explain_blocks, extract, parse_page
from archive.extraction.text import block_model as model_module
from archive.extraction.text.block_model import build_model

URL = "https://blog.example/2021/05/on-hedges/"
PROSE = [
    f"Hedge number {n} was planted in the year after the flood, and it has been cut by hand, "
    "twice each summer, by the people of the two farms that it parts from one another."
    for n in range(9)
]
SIDE = "".join(f'<li><a href="/{n}/">Another post, number {n}</a></li>' for n in range(8))


def page(text: str) -> bytes:
    return (
        "<html><head><title>On hedges</title></head><body><div><ul>"
        f"<li><a href='/'>Home</a></li><li><a href='/about/'>About</a></li></ul></div>{text}"
        f"<div><h3>More to read</h3><ul>{SIDE}</ul></div></body></html>"
    ).encode()


def paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def test_post_that_nothing_marks_is_found_by_its_blocks() -> None:
    body = "<div>" + paragraphs(PROSE) + "</div>"
    said = extract(page(f"<table><tr><td>{body}</td></tr></table>"), URL)
    assert said.main_text.split("\n\n") == PROSE
    assert [s.name for s in said.sources if s.field == "main_text"] == ["blocks"]


@pytest.mark.parametrize(
    "sentence",
    [
        "第{}道树篱是洪水过后那一年种下的，每年夏天由两家农户的人用手修剪两次。",
        "{}番目の生垣は洪水の翌年に植えられ、毎年夏に二度、二軒の農家の人が手で刈ってきた。",
        "{}번째 울타리는 홍수 이듬해에 심었고, 여름마다 두 번 두 농가 사람들이 손으로 깎는다.",
        "แนวรั้วที่{}ปลูกในปีหลังน้ำท่วมและคนจากสองฟาร์มตัดแต่งด้วยมือสองครั้งทุกฤดูร้อน",
        "زُرع السياج رقم {} في السنة التي تلت الفيضان، ويقلمه أهل المزرعتين باليد مرتين كل صيف.",
        "Изгородь номер {} посадили через год после потопа, и её дважды за лето стригут вручную.",
    ],
    ids=["chinese", "japanese", "korean", "thai", "arabic", "russian"],
)
def test_post_that_nothing_marks_is_found_in_any_script(sentence: str) -> None:
    texts = [sentence.format(n) * 2 for n in range(9)]
    said = extract(page(f"<table><tr><td><div>{paragraphs(texts)}</div></td></tr></table>"), URL)
    assert said.main_text.split("\n\n") == texts


def test_heading_that_says_the_title_is_no_text() -> None:
    lead = "<div><h2>On hedges</h2><p>By the two farms</p></div>"
    said = extract(page(f"{lead}<table><tr><td>{paragraphs(PROSE)}</td></tr></table>"), URL)
    assert "On hedges" not in said.main_text.split("\n\n")
    assert PROSE[-1] in said.main_text


@pytest.mark.parametrize(
    ("inner", "kept"),
    [
        ("<p>Gone fishing.</p>", "Gone fishing."),
        ("<figure><img src='a.jpg'><figcaption>The gate</figcaption></figure>", "The gate"),
        ("<p>A hedge<br>is a wall<br>that grows.</p>", "A hedge\nis a wall\nthat grows."),
        ("<p>短い日記。</p>", "短い日記。"),
        ("<pre>cut --all\ncut --none</pre>", "cut --all\ncut --none"),
    ],
    ids=["few words", "one picture", "poem", "cjk", "code"],
)
def test_short_post_in_a_marked_element_is_whole(inner: str, kept: str) -> None:
    teasers = "".join(f"<div><h3>Post {n}</h3><p>{PROSE[n]}</p></div>" for n in range(4))
    text = f"<article><h1>On hedges</h1><div class='entry-content'>{inner}</div></article>{teasers}"
    assert extract(page(text), URL).main_text == kept


def test_verdicts_say_why_a_block_is_kept_or_dropped() -> None:
    share = "<div class='sharedaddy'>Share this text with all of your friends</div>"
    text = f"<h1>On hedges</h1><div class='entry-content'>{paragraphs(PROSE)}{share}</div>"
    parsed = parse_page(page(text), URL)
    verdicts = {v.block.text: v for v in explain_blocks(parsed, choose_text(parsed))}
    assert verdicts[PROSE[3]].kept
    assert "inside the container (microformat)" in verdicts[PROSE[3]].reasons
    dropped = verdicts["Share this text with all of your friends"]
    assert not dropped.kept
    assert "furniture: div.sharedaddy" in dropped.reasons
    assert not verdicts["Another post, number 3"].kept


def test_weights_for_other_measures_are_refused() -> None:
    path = Path(model_module.__file__).with_name("block_model.json")
    weights = json.loads(path.read_text(encoding="utf-8"))
    weights["features"] = weights["features"][1:]
    with pytest.raises(ValueError, match="train them anew"):
        build_model(weights)


def test_nav_that_is_never_closed_does_not_swallow_the_post() -> None:
    text = f"<nav><a href='/'>Home</a><div><h1>On hedges</h1>{paragraphs(PROSE)}</div>"
    assert PROSE[4] in extract(page(text), URL).main_text

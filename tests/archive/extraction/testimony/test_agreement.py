"""What a feed or the JSON-LD of a page says of its text, beside what stands on the page."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from lxml.etree import _Element

from archive.extraction.structure.furniture import fold
from archive.extraction.testimony.agreement import Agreement, is_concerned, weigh
from archive.extraction.testimony.witnesses import Witness
from archive.extraction.text.main_text import write_cut
from archive.extraction.tree.page_blocks import cut_of, read_blocks
from archive.extraction.tree.parsing import parse_html

ONE = "The lighthouse at the end of the spit has been dark since the autumn storms took its lamp."
TWO = (
    "We rowed out on Tuesday with a new one wrapped in two blankets and the better half of a sail."
)
THREE = (
    "It is not a large lamp, but the keeper says that a small light in the right place is enough."
)
FOUR = "By midnight the first boat had found its way home, and the second was ringing its bell."
BOX = "Our own honey is back in the shop, in three sizes, and the post goes out every Thursday."
OTHER = "A recipe for barley soup needs an onion, a bone, and somebody who is not in any hurry."
TITLE = "A new lamp"
POST = "https://blog.example/a-new-lamp/"


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def feed(body: str, **values: object) -> Witness:
    given = {"kind": "feed", "title": TITLE, "url": POST} | values
    return Witness(body=body, **given)  # type: ignore[arg-type]


def json_ld(body: str) -> Witness:
    return Witness(kind="json-ld", body=body, title=TITLE)


def weighed(page: str, *witnesses: Witness) -> Agreement | None:
    """Weigh a page of which the blocks in elements with a `kept` attribute are the cut."""
    tree = parse_html(page.encode(), {"content-type": "text/html; charset=utf-8"})
    blocks = read_blocks(tree)
    kept = [b for b in blocks if any("kept" in e.attrib for e in lineage(b.element))]
    comments = frozenset(tree.iter("article"))
    return weigh(
        blocks,
        cut_of(kept, blocks, "structure"),
        witnesses,
        barred=comments,
        titles=frozenset({fold(TITLE)}),
    )


def lineage(element: _Element) -> list[_Element]:
    return [element, *element.iterancestors()]


def written(page: str, *witnesses: Witness) -> tuple[str, list[str]]:
    agreement = weighed(page, *witnesses)
    assert agreement is not None
    return agreement.cut.source, write_cut(agreement.cut).split("\n\n")


def test_a_paragraph_that_the_theme_hides_is_taken_in() -> None:
    page = f"<div><p kept>{ONE}<p kept>{TWO}<div class=more><p>{THREE}</div><p kept>{FOUR}</div>"
    assert written(page, feed(paragraphs(ONE, TWO, THREE, FOUR))) == (
        "feed",
        [ONE, TWO, THREE, FOUR],
    )


def test_a_box_in_the_text_that_the_feed_lacks_is_dropped() -> None:
    page = f"<div kept><p>{ONE}<p>{TWO}<div><p>{BOX}</div><p>{THREE}<p>{FOUR}</div>"
    assert written(page, feed(paragraphs(ONE, TWO, THREE, FOUR))) == (
        "feed",
        [ONE, TWO, THREE, FOUR],
    )


def test_boxes_before_and_behind_the_text_are_dropped() -> None:
    page = f"<div kept><p>{BOX}</p><p>{ONE}<p>{TWO}<p>{THREE}<p>{FOUR}<div>{OTHER}</div></div>"
    assert written(page, feed(paragraphs(ONE, TWO, THREE, FOUR)))[1] == [ONE, TWO, THREE, FOUR]


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param(
            "<figure><img src=a><figcaption>The old lamp</figcaption></figure>", id="figure"
        ),
        pytest.param("<div><a href=a><img src=a></a><p>The old lamp</p></div>", id="captioned"),
        pytest.param("<table><tr><td>Oil</td><td>4 pints</td></tr></table>", id="table"),
        pytest.param("<pre>while dark:\n    ring()</pre>", id="code"),
        pytest.param(
            "<blockquote><p>Seen from the ferry, it is splendid.</p></blockquote>", id="quote"
        ),
        pytest.param("<ul><li>a wick</li><li>some oil</li></ul>", id="list"),
        pytest.param("<h2>How we got there</h2>", id="heading"),
    ],
)
def test_what_feeds_leave_out_of_a_post_stays(inside: str) -> None:
    page = f"<div kept><p>{ONE}<p>{TWO}</p>{inside}<p>{THREE}<p>{FOUR}</div>"
    agreement = weighed(page, feed(paragraphs(ONE, TWO, THREE, FOUR)))
    assert agreement is not None
    assert agreement.cut.source == "structure"


def test_footnotes_that_the_text_links_to_stay() -> None:
    page = (
        f"<div kept><p>{ONE}<a href='#n1'>1</a><p>{TWO}<p>{THREE}<p>{FOUR}"
        f"<div><p id=n1>{OTHER}</p></div></div>"
    )
    assert written(page, feed(paragraphs(ONE, TWO, THREE, FOUR)))[1][-1] == OTHER


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(paragraphs(ONE, TWO[:50] + " […]"), id="ellipsis-in-brackets"),
        pytest.param(paragraphs(ONE, TWO[:50]), id="ends-in-a-sentence"),
        pytest.param(paragraphs(ONE), id="ends-with-a-paragraph"),
        pytest.param(paragraphs(ONE, "<a href='" + POST + "'>Go on</a>"), id="link-to-the-rest"),
        pytest.param(paragraphs(ONE, TWO, THREE), id="all-but-the-last-paragraph"),
    ],
)
def test_an_excerpt_never_shortens_a_post(body: str) -> None:
    page = f"<div kept>{paragraphs(ONE, TWO, THREE, FOUR)}</div>"
    agreement = weighed(page, feed(body))
    if agreement is not None:
        assert write_cut(agreement.cut).split("\n\n") == [ONE, TWO, THREE, FOUR]


def test_a_summary_says_where_the_text_begins() -> None:
    page = f"<div><div><p>{ONE}</div><div kept>{paragraphs(TWO, THREE, FOUR)}</div></div>"
    teaser = feed(paragraphs(ONE, TWO), kind="teaser", is_whole=False)
    assert written(page, teaser) == ("teaser", [ONE, TWO, THREE, FOUR])


def test_what_the_feed_adds_is_never_text() -> None:
    page = f"<div kept><p>{ONE}<p>{TWO}</div><footer><p>{BOX}</p></footer>"
    promo = f'<p>The post <a href="{POST}">{TITLE}</a> appeared first on <a href="/">Spit</a>.</p>'
    body = paragraphs(ONE, TWO, "Win a boat: write to us before the end of the week!") + promo
    assert written(page, feed(body)) == ("structure", [ONE, TWO])


def test_the_sign_off_of_a_feed_does_not_keep_it_from_being_believed() -> None:
    page = f"<div kept><p>{ONE}<div><p>{BOX}</div><p>{TWO}</div>"
    promo = (
        f'<p>The post <a href="{POST}?utm_source=rss">{TITLE}</a> appeared first, on the Spit.</p>'
    )
    assert written(page, feed(paragraphs(ONE, TWO) + promo)) == ("feed", [ONE, TWO])


def test_a_feed_of_another_post_says_nothing() -> None:
    page = f"<div kept>{paragraphs(ONE, TWO, THREE)}</div>"
    other = paragraphs(OTHER, BOX, "Soup is patient, and so is anyone who has ever made it well.")
    assert weighed(page, feed(other)) is None


def test_a_paragraph_that_two_posts_share_does_not_bring_the_other_post_in() -> None:
    page = f"<div kept>{paragraphs(ONE, TWO, THREE)}</div>"
    neighbour = feed(paragraphs(ONE, OTHER, BOX), title="Soup")
    assert weighed(page, neighbour) is None


def test_a_page_that_was_edited_after_the_feed_keeps_its_own_words() -> None:
    new = FOUR.replace("the first boat", "every boat but one")
    page = f"<div kept>{paragraphs(ONE, TWO, THREE, new, 'Update: the lamp is out again.')}</div>"
    agreement = weighed(page, feed(paragraphs(ONE, TWO, THREE, FOUR)))
    assert agreement is not None
    assert new in write_cut(agreement.cut)


def test_a_quotation_in_a_comment_and_a_second_copy_are_not_taken_in() -> None:
    copy = f"<div class=phone>{paragraphs(ONE, TWO)}</div>"
    page = f"{copy}<div kept>{paragraphs(ONE, TWO)}</div><article><p>{TWO}</p></article>"
    assert written(page, feed(paragraphs(ONE, TWO)))[1] == [ONE, TWO]


def test_a_link_to_the_next_post_is_not_taken_for_words_of_this_one() -> None:
    page = f"<div kept>{paragraphs(ONE, TWO, THREE)}</div><nav><p>{TWO[:40]}</p></nav>"
    assert written(page, feed(paragraphs(ONE, TWO)))[1] == [ONE, TWO, THREE]


def test_a_cut_that_took_the_whole_page_is_narrowed() -> None:
    page = (
        f"<body kept><header><p>The Spit</p><ul><li>Home</li></ul></header><main><h1>{TITLE}</h1>"
        f"<div><p>{ONE}<a href='#n1'>1</a></p></div><figure>The lamp</figure></main>"
        f"<div><p id=n1>{TWO}</p></div><footer><h2>Shop</h2><div>{BOX}</div></footer>"
    )
    noted = [f"{ONE}", "The lamp", TWO]
    assert written(page, feed(f"<p>{ONE}</p>")) == ("feed", noted)


def test_the_title_is_not_taken_in() -> None:
    page = f"<div><h1>{TITLE}</h1><div kept>{paragraphs(ONE, TWO)}</div></div>"
    assert written(page, json_ld(f"{TITLE}\n{ONE}\n{TWO}"))[1] == [ONE, TWO]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"{ONE} {TWO} {THREE}", id="one-line"),
        pytest.param(f"&lt;p&gt;{ONE}&lt;/p&gt;&lt;p&gt;{TWO} {THREE}&lt;/p&gt;", id="escaped"),
        pytest.param(f"[caption id='a' width='9']{ONE}[/caption]\n{TWO}\n{THREE}", id="shortcodes"),
        pytest.param(f"{ONE}\r\n\r\n{TWO}\r\n{THREE}".upper(), id="upper-case"),
    ],
)
def test_json_ld_brings_back_what_the_cut_lost(body: str) -> None:
    page = f"<section><p kept>{ONE}<p kept>{TWO}</section><section><p>{THREE}</section>"
    assert written(page, json_ld(body)) == ("json-ld", [ONE, TWO, THREE])


def test_typographic_signs_and_entities_do_not_part_texts() -> None:
    page = (
        "<div><p>“It’s dark” — that’s all she said…</p><p kept>" + ONE + "<p kept>" + TWO + "</div>"
    )
    plain = (
        "&quot;It's dark&quot; -- that's all she said... " + "And said it again, and again. " * 2
    )
    page = page.replace(
        "said…", "said… And said it again, and again. And said it again, and again."
    )
    assert len(written(page, feed(paragraphs(plain, ONE, TWO)))[1]) == 3


def test_text_without_spaces_is_found() -> None:
    one, two, three = (
        "岬の先の灯台は、秋の嵐に灯を奪われてから、ずっと暗いままである。",
        "火曜日、私たちは新しい灯を二枚の毛布にくるみ、小舟で運び出した。",
        "大きな灯ではないが、番人によれば、正しい場所の小さな光で足りるという。",
    )
    page = f"<div><p kept>{one}<p>{two}<p kept>{three}</div>"
    assert written(page, feed(paragraphs(one, two, three)))[1] == [one, two, three]


def test_a_cut_that_took_another_text_is_corrected() -> None:
    post = paragraphs(ONE, TWO, THREE, FOUR)
    page = f"<div>{post}</div><aside kept>{paragraphs(OTHER, BOX)}</aside>"
    assert written(page, feed(post)) == ("feed", [ONE, TWO, THREE, FOUR])


def test_a_post_of_few_words_is_found() -> None:
    page = "<header>The Spit</header><div><p>Fog.</p><p kept>No boats.</div><footer>2024</footer>"
    assert written(page, feed(paragraphs("Fog.", "No boats."))) == ("feed", ["Fog.", "No boats."])


@pytest.mark.parametrize(
    ("make", "inferred"), [(feed, True), (json_ld, False)], ids=["feed", "json-ld"]
)
def test_a_text_that_a_script_loads_is_taken_from_the_witness(
    make: Callable[[str], Witness], inferred: bool
) -> None:
    agreement = weighed("<div id=app></div><nav><p>Home</nav>", make(paragraphs(ONE, TWO, THREE)))
    assert agreement is not None
    assert write_cut(agreement.cut).split("\n\n") == [ONE, TWO, THREE]
    assert agreement.inferred is inferred  # JSON-LD is in the bytes of the page, a feed is not
    assert agreement.confidence < 0.9


@pytest.mark.parametrize(
    "witness",
    [
        pytest.param(feed(paragraphs(ONE, TWO, THREE), title="Soup"), id="another-title"),
        pytest.param(feed(paragraphs(ONE, TWO, THREE) + "<p>…</p>"), id="cut-off"),
        pytest.param(feed(paragraphs(ONE, TWO, THREE), kind="teaser", is_whole=False), id="teaser"),
    ],
)
def test_an_unfit_witness_does_not_stand_in(witness: Witness) -> None:
    assert weighed("<div id=app></div><nav><p>Home</nav>", witness) is None


def test_no_witness_stands_in_for_a_text_that_is_there() -> None:
    page = f"<div kept><p>{OTHER}</p></div>"
    assert weighed(page, feed(paragraphs(ONE, TWO, THREE, FOUR))) is None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<div>" * 50_000 + ONE, id="deep"),
        pytest.param("﷽" * 200_000, id="letters-that-unfold"),
        pytest.param("the same words again " * 100_000, id="repeats"),
        pytest.param("<p>a</p>" * 40_000, id="many-paragraphs"),
        pytest.param("&amp;" * 300_000, id="entities"),
        pytest.param("[a b=c " * 150_000, id="shortcodes-without-end"),
        pytest.param("\ud800\0" * 1_000, id="half-characters"),
    ],
)
def test_a_hostile_witness_costs_little(body: str) -> None:
    page = f"<div kept>{paragraphs(ONE, TWO)}{'<p>a</p>the same words again' * 2_000}</div>"
    began = time.process_time()
    for witness in (feed(body), json_ld(body)):
        weighed(page, witness)
    assert time.process_time() - began < 20


def test_a_deep_page_of_many_blocks_costs_little() -> None:
    words = "".join(f"<p>word {number}</p>" for number in range(3_000))
    page = f"{'<div>' * 200}<div kept>{words}</div>{paragraphs(ONE) * 3_000}"
    began = time.process_time()
    assert weighed(page, feed(words)) is not None
    assert time.process_time() - began < 20


def test_only_a_witness_that_differs_makes_a_text_worth_another_look() -> None:
    text = f"{ONE}\n\n- {TWO}\n- {THREE}\n\n{FOUR}"
    promo = f'<p>The post <a href="{POST}">{TITLE}</a> appeared first on the Spit.</p>'
    same = f"<p>{ONE}</p><ul><li>{TWO}</li><li>{THREE}</li></ul><p>{FOUR}</p>"
    assert not is_concerned(text, feed(same + promo))
    assert not is_concerned(text, feed(paragraphs(ONE), kind="teaser", is_whole=False))
    assert is_concerned(text, feed(same.replace(f"<li>{TWO}</li>", "")))
    assert is_concerned(text, feed(same + paragraphs(BOX)))
    assert is_concerned("", feed(same))

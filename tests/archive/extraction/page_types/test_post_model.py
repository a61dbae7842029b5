"""The model tells posts that say little of themselves from what is no post, and how sure it is."""

from __future__ import annotations

import pytest

from archive.extraction import extract
from archive.extraction.page_types.post_model import PostModel, load_model
from archive.records import Extraction, Hints, PageType

SENTENCE = "The kettle had been on the stove since noon, and nobody had thought of tea. "
MENU = "<nav><a href='/'>Home</a> <a href='/about/'>About</a></nav>"
DATE = "<p><time datetime='2021-02-03'>3 February 2021</time></p>"
BODIES = {
    "three words": "<p>No tea today.</p>",
    "poem": "<p>The kettle sings<br>the rain is long<br>a cup has cracks<br>tea is strong</p>",
    "picture": "<figure><img src='/kettle.jpg' alt=''><figcaption>The kettle</figcaption></figure>",
    "table": "<table><tr><td>Green</td><td>3</td></tr><tr><td>Black</td><td>5</td></tr></table>",
    "link": "<p>Worth a look: <a href='https://tea.example/'>tea</a>, poured as it was.</p>",
    "Chinese": "<p>水已沸,茶未成。</p>",
    "Arabic": "<p>الماء يغلي والشاي لم يجهز بعد.</p>",
}


def read(body: str, path: str, head: str = "") -> Extraction:
    page = f"<html><head><title>Kettle | Tea</title>{head}</head><body>{MENU}{body}</body></html>"
    return extract(page.encode(), f"https://tea.example{path}")


@pytest.mark.parametrize("wrapper", ["article", "div"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_post_of_hardly_any_words_is_a_post_where_a_date_stands_over_it(
    body: str, wrapper: str
) -> None:
    entry = f"<{wrapper}><h1>Kettle</h1>{DATE}<div>{body}</div></{wrapper}>"
    assert read(entry, "/kettle/").page_type is PageType.ARTICLE


@pytest.mark.parametrize(
    ("body", "path"),
    [
        pytest.param(
            f"<main><h1>About</h1><p>{SENTENCE * 2}</p></main>", "/about/", id="about page"
        ),
        pytest.param(
            "<main><h1>Contact</h1><form><input><textarea></textarea><button>Send</button></form>"
            f"<p>{SENTENCE}</p></main>",
            "/contact/",
            id="contact form",
        ),
        pytest.param(
            "<main class='product'><h1>Kettle</h1><p class='price'>€ 30</p>"
            "<form class='cart'><button class='add-to-cart'>Buy</button></form>"
            f"<p>{SENTENCE * 3}</p><div class='related products'>"
            + "<div class='product'><a href='/p/1'>Cup</a><p class='price'>€ 4</p></div>" * 6
            + "</div></main>",
            "/product/kettle/",
            id="shop",
        ),
        pytest.param(
            "<main><h1>Which kettle?</h1>"
            + f"<div class='post reply'><div class='author'>Ada</div><p>{SENTENCE * 2}</p></div>"
            * 8
            + "</main>",
            "/forum/threads/which-kettle.812/",
            id="forum",
        ),
    ],
)
def test_what_is_no_post_is_none(body: str, path: str) -> None:
    assert read(body, path).page_type is not PageType.ARTICLE


def test_the_more_speaks_for_a_post_the_surer_it_is() -> None:
    text = f"<p>{SENTENCE * 4}</p>" * 8
    plain = read(f"<div><h1>Kettle</h1>{DATE}{text}</div>", "/kettle/")
    told = read(
        f"<article class='post'><h1>Kettle</h1>{DATE}<div class='entry-content'>{text}</div>"
        "</article>",
        "/blog/2021/02/the-kettle-on-the-stove/",
        '<meta property="og:type" content="article">'
        '<script type="application/ld+json">{"@type": "BlogPosting", "headline": "Tea"}</script>',
    )
    assert plain.page_type is told.page_type is PageType.ARTICLE
    assert 0.5 <= plain.confidence < told.confidence <= 1


def test_the_weights_that_are_shipped_fit_together() -> None:
    model = load_model()
    count = len(model.names)
    assert count == len(model.means) == len(model.scales) == len(model.weights)
    assert 0 < model.probability(dict.fromkeys(model.names, 0.0)) < 1


def test_a_tree_is_followed_to_its_leaf() -> None:
    model = PostModel(
        names=["length", "dated"],
        means=[0.0, 0.0],
        scales=[1.0, 1.0],
        weights=[0.0, 0.0],
        bias=0.0,
        trees=[[0, 5.0, [1, 0.5, -9.0, 9.0], 0.0]],
        linear_share=0.0,
    )
    assert model.probability({"length": 5.0, "dated": 1.0}) > 0.99
    assert model.probability({"length": 5.0, "dated": 0.0}) < 0.01
    assert model.probability({"length": 6.0, "dated": 0.0}) == 0.5


def test_a_page_of_wordpress_is_a_post_only_where_all_speaks_for_it() -> None:
    text = f"<p>{SENTENCE * 4}</p>" * 8

    def kind(entry: str, path: str, head: str, hints: Hints | None = None) -> PageType:
        body = f"<body class='page page-id-7'>{MENU}<article>{entry}</article></body>"
        page = f"<html><head><title>Kettle | Tea</title>{head}</head>{body}</html>"
        return extract(page.encode(), f"https://tea.example{path}", hints=hints).page_type

    post = f"<h1>Kettle</h1>{DATE}<div class='entry-content'>{text}</div>"
    told = '<script type="application/ld+json">{"@type": "Article", "headline": "Tea"}</script>'
    about = f"<h1>About</h1><div class='entry-content'>{text}</div>"
    assert kind(post, "/guides/the-kettle-on-the-stove/", told) is PageType.ARTICLE
    assert kind(about, "/about/", "") is PageType.PAGE
    listed = Hints(kind="page")
    assert kind(post, "/guides/the-kettle-on-the-stove/", told, listed) is PageType.PAGE

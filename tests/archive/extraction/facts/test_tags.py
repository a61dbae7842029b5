"""The tags of a post, wherever a page names them, and never those of the site."""

from __future__ import annotations

import pytest

from archive.extraction import extract
from archive.records import Hints

URL = "https://blog.example/soup/"
TEXT = "<p>" + "We cooked a soup of leeks and barley, and it lasted for three days. " * 3 + "</p>"


def tags(
    *, head: str = "", above: str = "", below: str = "", inside: str = "", outside: str = ""
) -> tuple[str, ...]:
    page = (
        f"<html><head><title>Soup</title>{head}</head><body><div id='page'><main><article>"
        f"<h1>Soup</h1>{above}<div class='entry-content'>{TEXT * 3}{inside}</div>{below}</article>"
        f"</main>{outside}</div></body></html>"
    )
    return extract(page.encode(), URL, hints=Hints(tags=("from the feed",))).tags


@pytest.mark.parametrize(
    "links",
    [
        '<a rel="tag" href="/x/1">Leeks</a>, <a rel="tag" href="/x/2">Barley</a>',
        '<a href="/tags/leeks/">Leeks</a> <a href="https://blog.example/tag/barley">Barley</a>',
        '<a href="../tag/leeks.html">#Leeks</a> <a href="../tag/barley.html">#Barley</a>',
        '<a href="/search/label/Leeks">Leeks</a> <a href="/search/label/Barley">Barley</a>',
        '<a href="/?tag=leeks">Leeks</a> <a href="/?tag=barley">Barley</a>',
        '<a class="post-tag" href="/l/">Leeks</a> <a class="Post_tag__x3fA9" href="/b/">Barley</a>',
        '<nav class="tags"><span class="x-tag">Leeks</span><span class="x-tag">Barley</span></nav>',
    ],
)
@pytest.mark.parametrize("place", ["above", "below", "inside"])
def test_tags_beside_the_text(links: str, place: str) -> None:
    assert tags(**{place: f"<div>Filed under: {links}</div>"}) == ("Leeks", "Barley")


@pytest.mark.parametrize(
    "outside",
    [
        '<aside><a href="/tags/fish/">fish</a></aside>',
        '<nav><a href="/tags/fish/">fish</a></nav>',
        '<div class="tag-cloud"><a href="/tags/fish/">fish</a></div>',
        '<ul><li><a href="/tags/fish/">fish (12)</a></li></ul>',
        '<footer><a href="/tags/fish/">fish</a></footer>',
        '<div><h3><a href="/fish/">Fish</a></h3><a class="tag" href="/tags/fish/">fish</a></div>',
        '<div><a href="/tags/">All tags</a> <a href="/tags/index.html">tags</a></div>',
        '<div class="price-tag-box"><span class="tag">New</span></div>',
    ],
)
def test_tags_of_the_site_and_of_other_posts_are_not_those_of_the_post(outside: str) -> None:
    assert tags(outside=outside) == ("from the feed",)


def test_a_tag_that_the_text_speaks_of_is_none() -> None:
    said = '<p>More of this is to be found under <a href="/tags/fish/">fish</a>, as before.</p>'
    assert tags(inside=said) == ("from the feed",)


def test_what_the_page_declares_goes_before_what_its_links_look_like() -> None:
    head = (
        '<meta property="article:tag" content="Leeks"><meta property="article:tag" content="Rye">'
    )
    assert tags(head=head, below='<p><a href="/tag/leeks/">Leeks</a></p>') == ("Leeks", "Rye")


def test_categories_stand_in_where_nothing_else_is_named() -> None:
    below = '<p>In <a href="/category/food/">Food</a></p>'
    assert tags(below=f'{below}<p><a href="/tag/rye/">Rye</a></p>') == ("Rye",)
    page = f"<article><h1>Soup</h1>{TEXT * 3}{below}</article>".encode()
    assert extract(page, URL).tags == ("Food",)

"""The name of the site, where a page says it, and no other words."""

from __future__ import annotations

import pytest

from archive.extraction import extract

URL = "https://blog.example/soup/"


def site_name(*, title: str = "Soup", head: str = "", above: str = "") -> str | None:
    page = (
        f"<html><head><title>{title}</title>{head}</head><body><header>{above}</header><article>"
        "<h1>Soup</h1><p>We cooked a soup of leeks, and it lasted for three days.</p></article>"
        '<p><a href="/">Back to the start</a></p></body></html>'
    )
    return extract(page.encode(), URL).site_name


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="og:site_name" content="The Ladle">',
        '<meta name="application-name" content="The Ladle">',
        '<script type="application/ld+json">{"@type": "WebSite", "name": "The Ladle"}</script>',
        '<script type="application/ld+json">{"@type": "BlogPosting", "headline": "Soup",'
        ' "isPartOf": {"@type": "Blog", "name": "The Ladle"}}</script>',
        '<script type="application/ld+json">{"@type": "BlogPosting", "headline": "Soup",'
        ' "publisher": {"@type": "Organization", "name": "The Ladle"}}</script>',
    ],
)
def test_declared_name(head: str) -> None:
    assert site_name(head=head, title="Soup | Another") == "The Ladle"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Soup | The Ladle", "The Ladle"),
        ("Soup &#8211; The Ladle", "The Ladle"),
        ("The Ladle » Soup", "The Ladle"),
        ("Soup: the whole truth", None),
        ("Soup | Cooking | The Ladle", None),
        ("Stew | The Ladle", None),
        ("Soup", None),
    ],
)
def test_name_is_the_part_of_the_title_beside_that_of_the_post(
    title: str, name: str | None
) -> None:
    assert site_name(title=title) == name


def test_address_of_the_publisher_is_no_name() -> None:
    node = '{"@type": "BlogPosting", "publisher": {"url": "https://press.example"}}'
    head = f'<script type="application/ld+json">{node}</script>'
    assert site_name(head=head, title="Soup | The Ladle") == "The Ladle"


@pytest.mark.parametrize("title", ["The Ladle: Soup", "Soup | Cooking | The Ladle", "Soup"])
def test_link_home_confirms_the_name_or_gives_it(title: str) -> None:
    assert site_name(title=title, above='<a rel="home" href="/">The Ladle</a>') == "The Ladle"


@pytest.mark.parametrize(
    ("above", "name"),
    [
        ('<h1><a href="https://blog.example">The Ladle</a></h1>', "The Ladle"),
        ('<a class="site-title" href="../">The Ladle</a>', "The Ladle"),
        ('<a class="logo" href="/"><img src="l.png" alt="The Ladle"></a>', "The Ladle"),
        ('<a class="logo" href="https://builder.example/">Builder</a>', None),
        ('<a class="logo" href="/">Home</a>', None),
        ('<nav><a class="home-link" href="/">All about us</a></nav>', None),
        ('<p><a href="/">See all posts</a></p>', None),
    ],
)
def test_name_on_the_link_home(above: str, name: str | None) -> None:
    assert site_name(above=above) == name

"""A blog whose theme loses text and adds boxes that nothing marks, and whose feed has the posts."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest

from archive.collection import Collection
from archive.rebuild import rebuild
from archive.records import Article, Source
from tests.blog_server import BlogServer, ReceivedRequest, Route, respond
from tests.scraper.crawl import Crawled, crawl_blog
from tests.scraper.small_blog import small_blog

_FIRST = "The lighthouse at the end of the spit has been dark since the storms took its lamp."
_SECOND = "We rowed out on {} with a new one wrapped in two blankets and half of a sail."
_THIRD = "It is not a large lamp, but a small light in the right place is enough for anyone."
_LAST = "By midnight the first boat had found its way home, and the second rang its bell."
_BOX = "Our own honey is back in the shop, in three sizes, and the post goes on Thursdays."
_SLUGS = ("plain", "hidden", "boxed", "scripted")


def _paragraphs(slug: str) -> list[str]:
    return [_FIRST, _SECOND.format(f"{slug} day"), _THIRD, _LAST]


def _page(slug: str) -> bytes:
    first, second, third, last = (f"<p>{text}</p>" for text in _paragraphs(slug))
    bodies = {
        "plain": first + second + third + last,
        "hidden": f'{first}{second}<div class="promo">{third}</div>{last}',
        "boxed": f'{first}<div class="k7"><p>{_BOX}</p></div>{second}{third}{last}',
    }
    body = f'<div class="entry-content">{bodies.get(slug)}</div>' if slug in bodies else ""
    title = slug.title()
    html = (
        f'<!doctype html><html lang="en"><head><title>{title}</title>'
        '<meta property="og:type" content="article">'
        '<meta property="article:published_time" content="2024-03-01"></head>'
        f'<body><article><h1>{title}</h1>{body}</article><script src="/app.js"></script>'
    )
    return respond(html.encode())


def _feed(request: ReceivedRequest) -> bytes:
    """Every post in full, with the line that feeds put below it."""
    base = f"http://{request.header('Host')}"
    items = []
    for slug in _SLUGS:
        link = f"{base}/{slug}/"
        body = "".join(f"<p>{text}</p>" for text in _paragraphs(slug))
        body += f'<p>The post <a href="{link}">{slug.title()}</a> appeared first on the Spit.</p>'
        items.append(
            f"<item><title>{slug.title()}</title><link>{link}</link>"
            f"<pubDate>Fri, 01 Mar 2024 10:00:00 GMT</pubDate>"
            f"<content:encoded>{escape(body)}</content:encoded></item>"
        )
    rss = (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>The Spit</title>{''.join(items)}</channel></rss>"
    )
    return respond(rss.encode(), content_type="application/rss+xml")


def _routes(*, with_feed: bool) -> dict[str, Route]:
    links = "".join(f'<li><a href="/{slug}/">{slug}</a></li>' for slug in _SLUGS)
    alternate = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    home = f"<html><head><title>The Spit</title>{alternate}</head><body><ul>{links}</ul>"
    routes: dict[str, Route] = {**small_blog(*_SLUGS), "/": respond(home.encode())}
    routes |= {f"/{slug}/": _page(slug) for slug in _SLUGS}
    return routes | ({"/feed.xml": _feed} if with_feed else {})


def _source(article: Article) -> Source:
    return next(source for source in article.sources if source.field == "main_text")


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    with BlogServer(_routes(with_feed=True)) as server:
        return crawl_blog(server, tmp_path_factory.mktemp("witnessed") / "c")


@pytest.mark.parametrize("slug", _SLUGS)
def test_with_the_feed_each_text_is_that_of_the_post(crawled: Crawled, slug: str) -> None:
    assert crawled.articles[f"/{slug}/"].main_text == "\n\n".join(_paragraphs(slug))


def test_the_row_names_the_witness_that_changed_it(crawled: Crawled) -> None:
    sources = {path: _source(article) for path, article in crawled.articles.items()}
    assert sources["/plain/"].name != "feed"
    assert sources["/hidden/"].name == sources["/boxed/"].name == "feed"
    assert not sources["/hidden/"].inferred
    assert sources["/scripted/"].name == "feed"
    assert sources["/scripted/"].inferred


def test_a_rebuild_hears_the_same_witnesses(crawled: Crawled) -> None:
    before = crawled.articles
    collection = Collection.open(crawled.path)
    with collection.lock():
        rebuild(collection, processes=1)
    assert crawled.articles == before


def test_without_the_feed_the_texts_are_what_the_theme_made_of_them(tmp_path: Path) -> None:
    with BlogServer(_routes(with_feed=False)) as server:
        articles = crawl_blog(server, tmp_path / "c").articles
    assert _THIRD not in articles["/hidden/"].main_text
    assert _BOX in articles["/boxed/"].main_text
    assert "/scripted/" not in articles

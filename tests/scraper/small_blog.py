"""A small honest blog: a home page, a sitemap, and posts."""

from __future__ import annotations

from collections.abc import Iterable

from tests.blog_server import ReceivedRequest, Route, html, respond

_SENTENCE = "The {} were carried down to the water before the tide had turned that evening. "


def small_blog(*slugs: str, pages: Iterable[str] = ()) -> dict[str, Route]:
    """Give the routes of a blog with a post for each slug.

    Args:
        slugs: of the posts; the sitemap names them all, the first one last.
        pages: further paths that the sitemap names; their routes are for the test to add.
    """
    paths = [*pages, *(f"/{slug}/" for slug in reversed(slugs))]

    def sitemap(request: ReceivedRequest) -> bytes:
        base = f"http://{request.header('Host')}"
        urls = "".join(f"<url><loc>{base}{path}</loc></url>" for path in paths)
        xml = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
        return respond(xml.encode(), content_type="application/xml")

    links = "".join(f'<li><a href="/{slug}/">{slug}</a></li>' for slug in slugs)
    posts: dict[str, Route] = {f"/{slug}/": post(slug) for slug in slugs}
    posts["/"] = html(f"<h1>Slipway</h1><ul>{links}</ul>", title="Slipway")
    posts["/sitemap.xml"] = sitemap
    return posts


def post(
    slug: str, *headers: str, head: str = "", text: str = "", published: str = "2024-03-01"
) -> bytes:
    """Give a page that is a post; `head` goes into its head, `text` follows its own text."""
    title = slug.title()
    body = (
        f'<!doctype html><html lang="en"><head><title>{title}</title>{head}'
        '<meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="{published}"></head>'
        f'<body><article><h1>{title}</h1><div class="entry-content">'
        f"<p>{_SENTENCE.format(slug) * 6}</p>{text}</div></article></body></html>"
    )
    return respond(body.encode(), *headers)

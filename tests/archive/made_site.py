"""Pages of made-up sites, for what only several pages of a site can tell.

The marks that standards and platforms share are left out on purpose: a page alone takes the whole
box for the post.
"""

from __future__ import annotations

from archive.extraction.page import PageReading, read_page
from archive.extraction.site.site_learning import LearnedPage, learn
from archive.extraction.site.site_profile import SiteProfile
from archive.extraction.site.sketches import hash_text
from archive.records import Hints, PageType

SITE = "https://site.example/"
_WORDS = [
    "harbour", "lantern", "orchard", "velvet", "copper", "thunder", "meadow", "ribbon",
    "anchor", "pepper", "glacier", "saddle", "walnut", "canyon", "feather", "marble",
    "tunnel", "blanket", "compass", "kettle", "pebble", "garden", "mirror", "violin",
]  # fmt: skip


def sentence(number: int, length: int = 18) -> str:
    """Make words that no other number gives."""
    words = [_WORDS[(number * 7 + n * (number % 5 + 1)) % len(_WORDS)] for n in range(length)]
    return f"Entry {number} tells of " + " ".join(words) + "."


def prose(number: int, paragraphs: int = 3) -> str:
    return "".join(f"<p>{sentence(number * 10 + n)}</p>" for n in range(paragraphs))


def page(number: int, body: str, *, head: str = "", date: str | None = "2021-03-0{}") -> bytes:
    """Make a post of the site: its head says what it is, nothing says where its text stands."""
    if date:
        stated = date.format(number % 9 + 1)
        head += f'<meta property="article:published_time" content="{stated}T08:00:00Z">'
    title = title_of(number)
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{title}">'
        f"{head}</head><body class='page{number} topic-{_WORDS[number % 24]}'>"
        f"<div class='bar'><a href='/'>Home</a> <a href='/about'>About us</a></div>"
        f"<main class='c{_WORDS[number % 24]}'><h1>{title}</h1>"
        f"<div class='words'>{body}</div></main>"
        "<div class='foot'>All pages are printed on recycled electrons.</div></body></html>"
    ).encode()


def title_of(number: int) -> str:
    return f"The {_WORDS[number % 24]} of day {number}"


def read(pages: dict[int, bytes], site: SiteProfile | None = None) -> dict[int, PageReading]:
    hints = Hints(kind="post")
    return {
        number: read_page(html, f"{SITE}{number}/", hints=hints, site=site)
        for number, html in pages.items()
    }


def learn_from(readings: dict[int, PageReading]) -> SiteProfile | None:
    learned = [
        LearnedPage(hash_text(str(number)), reading.sketch)
        for number, reading in readings.items()
        if reading.sketch is not None
    ]
    posts = [page.sketch for page in learned if page.sketch.kind is PageType.ARTICLE]
    return learn(learned, {sketch.title for sketch in posts})


def texts(bodies: dict[int, str]) -> dict[int, str]:
    """Give the text of each page, its site known."""
    pages = {number: page(number, body) for number, body in bodies.items()}
    site = learn_from(read(pages))
    return {number: each.extraction.main_text for number, each in read(pages, site).items()}

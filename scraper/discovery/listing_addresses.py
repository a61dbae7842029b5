"""What an address alone tells of the page behind it: that it lists posts, and which part it is."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from scraper.urls import Verdict, canonicalize_url, judge

_HUB_DEPTH = 2  # path segments; deeper, such a word is the name of a post
_HUB_WORDS = frozenset({
    "blog", "posts", "post", "articles", "article", "writing", "writings", "archive", "archives",
    "all", "all-posts", "news", "journal", "notes", "essays", "stories", "entries", "weblog",
    "index", "texts", "archiv", "archivio", "archivo", "beitraege", "artikel", "billets",
})  # fmt: skip
_NUMBERS = (
    re.compile(r"/(?:page|seite|pagina|pag)[/:_-]?(\d+)(?:\.html?)?/?(?=$|\?)", re.I),
    re.compile(r"/index[_-]?(\d+)\.html?(?=$|\?)", re.I),
    re.compile(r"[?&](?:paged?|pg|page_num)=(\d+)", re.I),
    re.compile(r"[?&](?:offset|skip|from|start)=(\d+)", re.I),
    re.compile(r"/(\d{1,4})/?(?=$|\?)"),
)
_OLDER_THAN = re.compile(r"[?&](updated-max|before|after)=", re.I)


def series_of(url: str) -> tuple[str, int | None]:
    """Give the listing that a page of a listing belongs to, and its number; None: no number.

    >>> series_of("https://example.org/blog/page/3/")
    ('https://example.org/blog', 3)
    >>> series_of("https://example.org/blog/")
    ('https://example.org/blog', None)
    """
    if _OLDER_THAN.search(url):
        return canonicalize_url(url.partition("?")[0]), None
    for pattern in _NUMBERS:
        match = pattern.search(url)
        if match and len(match[1]) < 9:
            rest = url[: match.start()] + ("/" if match[0].startswith("/") else "")
            return canonicalize_url(rest + url[match.end() :]), int(match[1])
    return canonicalize_url(url), None


def page_at(url: str, number: int) -> str | None:
    """Give the address of a page of a listing, made from that of its second page; else None.

    >>> page_at("https://example.org/blog/page/2/", 7)
    'https://example.org/blog/page/7/'
    """
    if _OLDER_THAN.search(url):
        return None
    match = next((found for pattern in _NUMBERS if (found := pattern.search(url))), None)
    if match is None or match[1] != "2":
        return None
    return f"{url[: match.start(1)]}{number}{url[match.end(1) :]}"


def is_hub(url: str) -> bool:
    """Whether an address names a place where blogs list their posts: /blog/, /archive, /posts/.

    >>> is_hub("https://example.org/writing/"), is_hub("https://example.org/about/")
    (True, False)
    """
    *folders, last = urlsplit(canonicalize_url(url)).path.lower().split("/")[1:]
    return len(folders) < _HUB_DEPTH and last.partition(".")[0] in _HUB_WORDS


def is_listing(url: str) -> bool:
    """Whether an address alone shows that its page lists posts.

    >>> is_listing("https://example.org/page/2/"), is_listing("https://example.org/on-maps/")
    (True, False)
    """
    return judge(url).verdict is Verdict.LISTING or is_hub(url) or series_of(url)[1] is not None

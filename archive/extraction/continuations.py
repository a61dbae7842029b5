"""The further pages of a post that is split over several.

WordPress (`<!--nextpage-->`) gives `/slug/2/` or `?p=12&page=2` with the links in `.page-links` (or
`.post-nav-links`); others give `?page=2`, `slug-2.html` or `<link rel="next">`. The same link forms
lead through listings, through the comments and from a post to its neighbours, so a link counts only
if its address is this page's own address plus a page number, it does not stand among the comments
(`archive.extraction.comment_pages`), and the page looks like one post.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urldefrag, urlsplit

from lxml.etree import _Element

from archive.extraction.comment_pages import is_comment_page_link
from archive.extraction.page_types.page_type import looks_like_listing
from archive.extraction.tree.canonical import document_base, is_root, safe_join, site_host

MAX_CONTINUATIONS = 50
"""More pages than this no post has; a longer row of them is a trap."""
MAX_PARTS = 50
"""Of a split post, with its first page, no more are gathered."""

_PAGE_PARAMETERS = frozenset({"page", "pg", "paged"})
_NUMBER = re.compile(r"(?:page/?)?(\d{1,3})")
_LAST_TWO = re.compile(r"^(.*\D)2(\D*)$")


def find_continuations(tree: _Element, url: str) -> list[str]:
    """Find the other pages of the post whose first page this is.

    Args:
        tree: the page, as `parse_html` gives it.
        url: where it was fetched.

    Returns:
        Absolute URLs of pages 2, 3 …, in order, each once, at most `MAX_CONTINUATIONS`; empty where
        the page is not split, is itself a later page, or lists several posts.
    """
    if is_root(url):
        return []
    base = document_base(tree, url)
    found: dict[int, str] = {}
    for element in tree.iter("a", "link"):
        if element.tag == "link" and "next" not in (element.get("rel") or "").split():
            continue
        link = safe_join(base, element.get("href") or "")
        number = None if link is None else _page_number(link, url)
        if link is not None and number is not None and not is_comment_page_link(element, link):
            found.setdefault(number, urldefrag(link).url)
    pages = _without_gaps(found)
    return [] if not pages or looks_like_listing(tree, url) else pages


def _page_number(link: str, url: str) -> int | None:
    """The number that makes the page's own address this link, as a path segment or a parameter."""
    if site_host(link) != site_host(url):
        return None
    own, other = urlsplit(url), urlsplit(link)
    own_query, other_query = parse_qsl(own.query), parse_qsl(other.query)
    own_path, other_path = unquote(own.path).rstrip("/"), unquote(other.path).rstrip("/")
    number = None
    if own_path == other_path and own_query == other_query[:-1] and other_query:
        name, value = other_query[-1]
        number = value if name in _PAGE_PARAMETERS and value.isdecimal() else None
    elif own_query == other_query and own_path and other_path.startswith(own_path + "/"):
        match = _NUMBER.fullmatch(other_path[len(own_path) + 1 :])
        number = match.group(1) if match else None
    return int(number) if number and 2 <= int(number) <= MAX_CONTINUATIONS + 1 else None


def _without_gaps(found: dict[int, str]) -> list[str]:
    """Pages 2, 3 … to the last that is linked; those that `1 2 3 … 9` leaves out are put in."""
    if 2 not in found:
        return []
    pages: list[str] = []
    for number in range(2, max(found) + 1):
        pages.append(found.get(number) or _LAST_TWO.sub(rf"\g<1>{number}\g<2>", found[2]))
    return pages

"""The name of the site a post belongs to: declared, or beside the title, or on the link home.

Only what stands in one of those places is believed: a part of the `<title>` is the site's name when
the other part is the title of the post, the words of a link are when it leads to the root of the
site from outside of menus and text, and is marked or placed as the name of a site is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice

from lxml.etree import _Element

from archive.extraction.facts.sources import Found, Place
from archive.extraction.facts.titles import SEPARATOR, declared_site_name
from archive.extraction.structure.furniture import fold
from archive.extraction.tree.blocks import inline_text
from archive.extraction.tree.canonical import document_base, is_root, safe_join, site_host
from archive.extraction.tree.head import Head, text

_MAX_LENGTH = 80
_MAX_LINKS = 60  # the link home is one of the first of a page
_LINK_HOME = re.compile(
    r"(?:site|blog|home)[-_]{0,2}(?:title|name|logo|brand|link)|(?:^|[\s_-])(?:logo|brand)(?:$|[\s_-])",
    re.I,
)
_MAY_BE_ROOT = re.compile(
    r"(?:(?:https?:)?//[^/?#]+)?/?(?:index\.\w+)?|\.|(?:\.\.?/)+(?:\.\.)?", re.I
)
_NO_NAMES = frozenset({
    "accueil", "back", "blog", "home", "homepage", "index", "inicio", "logo", "main", "start",
    "startseite", "главная",
})  # fmt: skip
_OUTSIDE = frozenset({"nav", "ul", "ol", "article", "main", "footer", "aside"})
_HEADINGS = frozenset({"h1", "h2", "h3"})


def find_site_name(tree: _Element, url: str, head: Head, title: str | None) -> Found[str] | None:
    """Find what a page calls its site.

    Args:
        tree: the page.
        url: where it was fetched.
        head: what it declares.
        title: the title of the post.
    """
    if declared := declared_site_name(head):
        return Found(declared, _place_of(declared, head))
    if whole := _name_of_whole(head):
        return Found(whole, Place.JSON_LD)
    linked = [name for name in _linked_home(tree, url) if fold(name) != fold(title or "")]
    beside = _beside_title(head.title, title or "", {fold(name) for name in linked})
    if beside:
        return Found(beside, Place.TITLE_ELEMENT)
    return Found(linked[0], Place.LINK) if linked else None


def _place_of(declared: str, head: Head) -> Place:
    if head.first("og:site_name") == declared:
        return Place.OPEN_GRAPH
    named = head.all("application-name", "apple-mobile-web-app-title")
    return Place.META if declared in named else Place.JSON_LD


def _name_of_whole(head: Head) -> str | None:
    """The name of what JSON-LD says the post is part of."""
    whole = head.resolve(head.article.get("isPartOf") or head.page.get("isPartOf"))
    return text(whole.get("name")) if isinstance(whole, dict) else None


def _beside_title(declared: str, title: str, linked: set[str]) -> str | None:
    """The part of a `<title>` that is not the post's; one in doubt must stand on the link home."""
    declared, rests = unescape(declared), []
    for separator in SEPARATOR.finditer(declared):
        before, after = declared[: separator.start()].strip(), declared[separator.end() :].strip()
        is_sure = ":" not in separator.group()
        if title and fold(before) == fold(title):
            rests.append((after, is_sure))
        elif title and fold(after) == fold(title):
            rests.append((before, is_sure))
    for rest, is_sure in rests:
        parts = [part for part in SEPARATOR.split(rest) if fold(part) in linked]
        if parts:
            return parts[0].strip()
        if is_sure and fold(rest) and len(rest) <= _MAX_LENGTH and not SEPARATOR.search(rest):
            return rest
    return None


def _linked_home(tree: _Element, url: str) -> Iterator[str]:
    """The words of the links home that bear the name of the site."""
    base = document_base(tree, url)
    for link in islice(tree.iter("a"), _MAX_LINKS):
        href = link.get("href") or ""
        rel_home = "home" in (link.get("rel") or "").split()
        if not rel_home and not (_MAY_BE_ROOT.fullmatch(href) and _is_home(href, base, url)):
            continue
        name = inline_text(link) or _alternative(link)
        if not fold(name) or len(name) > _MAX_LENGTH or fold(name) in _NO_NAMES:
            continue
        if rel_home or _is_placed_as_name(link):
            yield name


def _is_home(href: str, base: str, url: str) -> bool:
    home = safe_join(base, href)
    return home is not None and is_root(home) and site_host(home) == site_host(url)


def _alternative(link: _Element) -> str:
    """The words that stand for the picture in a link."""
    return next((" ".join(image.get("alt", "").split()) for image in link.iter("img")), "")


def _is_placed_as_name(link: _Element) -> bool:
    """Whether a link is a heading, or called the name of the site, and in no menu or text."""
    ancestors = list(link.iterancestors())
    if any(ancestor.tag in _OUTSIDE for ancestor in ancestors):
        return False
    if ancestors and ancestors[0].tag in _HEADINGS:
        return True
    return any(_LINK_HOME.search(box.get("class") or "") for box in (link, *ancestors[:2]))

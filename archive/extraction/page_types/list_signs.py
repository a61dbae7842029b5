"""What tells a list of posts from one post: its address, and the posts that it leads to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import log1p
from urllib.parse import urldefrag, urlsplit

from lxml.etree import _Element

from archive.extraction.page_types.post_signs import Evidence, is_declared_post
from archive.extraction.structure.container import Mark
from archive.extraction.tree.blocks import inline_text
from archive.extraction.tree.canonical import is_root, safe_join, site_host
from archive.extraction.tree.head import Head

_LISTING_PATH = re.compile(
    r"/(?:tags?|categor(?:y|ies)|authors?|search|labels?|topics?)(?:/|\.html|$)"
    r"|/archives?(?:\.html?)?/?$|/index\d+\.html?$"
    r"|/page/?\d+/?$|^/(?:[^/]+/)?(?:19|20)\d{2}(?:/\d{1,2}){0,2}/?$|^/(?:index\.\w+)?$",
    re.I,
)
_LISTING_QUERY = re.compile(r"(?:^|&)(?:(?:paged|cat|tag|author|s|m|q|search)=|page=\d+(?:&|$))")
_BESIDE = re.compile(
    r"related|recent|sidebar|widget|popular|recommend|read-?more|comment|footer|blogroll"
    r"|(?:^|[-_ ])nav",
    re.I,
)
_SKIPPED = frozenset({"head", "nav", "aside", "footer", "script", "style", "noscript", "form"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_LONGEST_NAMES = 1_000  # characters of class and id
_MANY_TEASERS = 3
_TEASER_PARAGRAPHS = 3
_MANY_LINKS = 5
_MOSTLY = 0.6  # share of the text
_LONG_POST = 1_500  # letters


def list_signs(tree: _Element, url: str, evidence: Evidence) -> Mapping[str, float]:
    """Give what tells a list of posts from one post, under the names of the model's features.

    Args:
        tree: the page.
        url: where it was fetched.
        evidence: what the finders found on it.
    """
    is_one_text = _is_one_text(evidence, url)
    teasers = 0 if is_one_text else _count_teasers(tree, url)
    return {
        "one text": is_one_text,
        "teasers": log1p(teasers),
        "listing": _is_listing(url, evidence.head, teasers),
        "named listing": names_listing(url),
        "declared": is_declared_post(evidence),
    }


def _is_one_text(evidence: Evidence, url: str) -> bool:
    """Whether standards mark one long text, or the prose is one: it is no list, for all links."""
    container, run = evidence.container, evidence.run
    marked = container is not None and container.mark < Mark.MAIN
    if marked and evidence.size >= _LONG_POST:
        return True
    if not names_listing(url) and evidence.dated_head:
        return True
    if run.element is None or run.length < max(_LONG_POST, _MOSTLY * run.total):
        return False
    return _count_teasers(run.element, url) < _MANY_TEASERS


def lists_posts(tree: _Element, url: str, head: Head) -> bool:
    """Tell from the page's links and address alone whether it lists several posts."""
    return _is_listing(url, head, _count_teasers(tree, url))


def _is_listing(url: str, head: Head, teasers: int) -> bool:
    if head.article and "headline" in head.article and teasers < 2 * _MANY_TEASERS:
        return False
    if is_root(url) or teasers >= _MANY_TEASERS:
        return True
    return (teasers > 0 and names_listing(url)) or (head.is_listing and not head.article)


def names_listing(url: str) -> bool:
    """Tell whether an address is one that blogs give to lists of posts."""
    parts = urlsplit(url)
    if parts.query:
        return bool(_LISTING_QUERY.search(parts.query))
    return bool(_LISTING_PATH.search(parts.path))


def is_list_of_links(tree: _Element, url: str) -> bool:
    """Tell whether the main part of a page is hardly more than links into its own site."""
    main = tree.find(".//main")
    if main is None:
        return False
    links = [
        link
        for link in main.iter("a")
        if (joined := safe_join(url, link.get("href") or ""))
        and site_host(joined) == site_host(url)
    ]
    linked = sum(len(inline_text(link)) for link in links)
    return len(links) >= _MANY_LINKS and linked > _MOSTLY * len(inline_text(main))


def _count_teasers(root: _Element, url: str) -> int:
    """Count the posts that a page leads to by a heading, or by a date, with a link.

    Navigation, side bars, lists of related posts and comments do not count.
    """
    own, host = _address(url), site_host(url)
    found: set[str] = set()
    stack = list(reversed(root))
    while stack:
        element = stack.pop()
        if not isinstance(element.tag, str) or element.tag in _SKIPPED:
            continue
        if element.attrib and _is_beside(f"{element.get('class', '')} {element.get('id', '')}"):
            continue
        link = _teaser_link(element)
        if link is not None:
            joined = safe_join(url, link)
            same_site = joined is not None and site_host(joined) == host
            if joined and same_site and not is_root(joined) and _address(joined) != own:
                found.add(_address(joined))
            continue
        stack.extend(reversed(element))
    return len(found)


@lru_cache(maxsize=8_192)
def _is_beside(names: str) -> bool:
    """Whether a name is of what stands beside posts; the pages of a site share most names."""
    return bool(_BESIDE.search(names[:_LONGEST_NAMES]))


def _teaser_link(element: _Element) -> str | None:
    """The address behind a heading that is a link, a heading in a link, or a dated list item."""
    tag = element.tag
    if tag in _HEADINGS:
        link = element.find(".//a[@href]")
        if link is not None and len(inline_text(link)) * 2 > len(inline_text(element)):
            return str(link.get("href"))
    elif tag == "a" and element.get("href") and any(c.tag in _HEADINGS for c in element.iter()):
        return str(element.get("href"))
    elif tag == "article":
        link = element.find(".//a[@href]")
        heading = next(element.iter(*_HEADINGS), None)
        if link is not None and heading is not None and _is_teaser(element):
            inner = heading.find(".//a[@href]")
            return str((link if inner is None else inner).get("href"))
    elif tag in ("li", "div", "section", "tr") and element.find("time") is not None:
        link = element.find("a[@href]")
        if link is not None and inline_text(link):
            return str(link.get("href"))
    return None


def _is_teaser(article: _Element) -> bool:
    """Whether an article is too short for a post and leads to one post at most."""
    linked = sum(heading.find(".//a[@href]") is not None for heading in article.iter(*_HEADINGS))
    return linked <= 1 and len(list(article.iter("p"))) <= _TEASER_PARAGRAPHS


def _address(url: str) -> str:
    parts = urlsplit(urldefrag(url).url)
    return f"{parts.path.rstrip('/')}?{parts.query}"

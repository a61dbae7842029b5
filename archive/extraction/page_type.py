"""What a page is: one post, a list of posts, a page that stands alone, something closed or empty.

The strongest evidence is what the software itself says (the body classes of WordPress and Ghost,
JSON-LD types, `og:type`) and what the site's own lists say (hints). Where neither speaks, a model
weighs what stands on the page, as numbers (see `page_features`): it decides post or not; and what
is no post is a list where it leads to several posts, or bears the address of one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import log1p
from urllib.parse import urldefrag, urlsplit

from lxml.etree import _Element

from archive.extraction.blocks import inline_text
from archive.extraction.canonical import is_root, safe_join, site_host
from archive.extraction.container import Mark
from archive.extraction.head import Head, read_head
from archive.extraction.page_features import page_features
from archive.extraction.post_model import post_probability
from archive.extraction.post_signs import Evidence, is_declared_post
from archive.records import Hints, PageType

_LISTING_PATH = re.compile(
    r"/(?:tags?|categor(?:y|ies)|authors?|search|labels?|topics?)(?:/|\.html|$)"
    r"|/archives?(?:\.html?)?/?$"
    r"|/page/?\d+/?$|^/(?:[^/]+/)?(?:19|20)\d{2}(?:/\d{1,2}){0,2}/?$|^/(?:index\.\w+)?$",
    re.I,
)
_LISTING_QUERY = re.compile(r"(?:^|&)(?:paged|cat|tag|author|s|m|q|search)=")
_BESIDE = re.compile(
    r"related|recent|sidebar|widget|popular|recommend|read-?more|comment|footer|blogroll"
    r"|(?:^|[-_ ])nav",
    re.I,
)
_SKIPPED = frozenset({"head", "nav", "aside", "footer", "script", "style", "noscript", "form"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_ENOUGH = 0.5  # probability
_ENOUGH_OF_A_PAGE = 0.7  # where the software calls it a page: some sites write all their texts so
_MANY_TEASERS = 3
_TEASER_PARAGRAPHS = 3
_MANY_LINKS = 5
_MOSTLY = 0.6  # share of the text
_LONG_POST = 1_500  # characters
_CLOSED_LENGTH = 400  # characters; a page with more text than this shows its post
_NOT_HTML_TYPES = re.compile(
    r"^(?:image|audio|video|font)/|^application/(?!xhtml|xml|octet)|^text/(?!html|plain|xml)|\b(?:rss|atom)\b",
    re.I,
)
_NOT_HTML_START = re.compile(
    rb"^(?:%PDF|\x89PNG|\xff\xd8\xff|GIF8|PK\x03\x04|RIFF|\x1f\x8b|\{|\[)"
    rb"|^(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:rss|feed|urlset|sitemapindex|rdf:RDF|svg|opml)\b",
    re.I | re.S,
)


def is_html(body: bytes, headers: Mapping[str, str]) -> bool:
    """Tell whether an answer is an HTML page, by its bytes and by what the server calls it."""
    start = body[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if _NOT_HTML_START.match(start):
        return False
    sent = next((v for k, v in headers.items() if k.lower() == "content-type"), "").strip()
    if not sent or not _NOT_HTML_TYPES.search(sent):
        return True
    return bool(re.search(rb"<(?:!doctype html|html|body)\b", start, re.I))


def is_protected(tree: _Element, container: _Element | None, main_text: str) -> bool:
    """Tell whether a page asks for a password before it shows its post.

    A form to log in stands on many pages beside the post; it counts only in the post's place.
    """
    for form in tree.iter("form"):
        if "post-password-form" in (form.get("class") or "").split():
            return True
    if len(main_text) > _CLOSED_LENGTH or (container is None and main_text):
        return False
    fields = (tree if container is None else container).iter("input")
    return any((field.get("type") or "").lower() == "password" for field in fields)


def classify(tree: _Element, url: str, evidence: Evidence, hints: Hints) -> tuple[PageType, float]:
    """Tell posts, lists of posts and pages that stand alone apart.

    Args:
        tree: the page.
        url: where it was fetched.
        evidence: what the finders found on it.
        hints: what the place says where the URL was found.

    Returns:
        `ARTICLE`, `LISTING` or `PAGE`, and how sure that is, from 0 to 1.
    """
    said = said_by_software(tree)
    if said is not None and (said is not PageType.PAGE or hints.kind is not None):
        return said, 0.97
    lists = _list_signs(tree, url, evidence)
    listing = bool(lists["listing"])
    if hints.kind == "post":
        return (PageType.ARTICLE, 0.7) if listing else (PageType.ARTICLE, 0.95)
    if hints.kind == "page":
        return PageType.PAGE, 0.95
    declared = bool(lists["declared"])
    if hints.kind == "listing" and (listing or lists["teasers"] or not declared):
        return PageType.LISTING, 0.95
    probability = post_probability({**page_features(tree, url, evidence), **lists})
    enough = _ENOUGH if said is None else _ENOUGH_OF_A_PAGE
    if probability >= enough and not (listing and is_root(url)):
        return PageType.ARTICLE, probability
    if said is not None:
        return said, max(1 - probability, _ENOUGH)
    is_list = listing or lists["named listing"]
    is_list = is_list or (not evidence.dated and _is_list_of_links(tree, url))
    return (PageType.LISTING if is_list else PageType.PAGE), max(1 - probability, _ENOUGH)


def page_signs(tree: _Element, url: str, evidence: Evidence) -> Mapping[str, float]:
    """Give all that the model of posts weighs, under the names of its features."""
    return {**page_features(tree, url, evidence), **_list_signs(tree, url, evidence)}


def _list_signs(tree: _Element, url: str, evidence: Evidence) -> Mapping[str, float]:
    """What tells a list of posts from one post."""
    is_one_text = _is_one_text(evidence, url)
    teasers = 0 if is_one_text else count_teasers(tree, url)
    return {
        "one text": is_one_text,
        "teasers": log1p(teasers),
        "listing": _is_listing(url, evidence.head, teasers),
        "named listing": _names_listing(url),
        "declared": is_declared_post(evidence),
    }


def _is_one_text(evidence: Evidence, url: str) -> bool:
    """Whether standards mark one long text, or the prose is one: it is no list, for all links."""
    container, run = evidence.container, evidence.run
    marked = container is not None and container.mark < Mark.MAIN
    if container and marked and len(inline_text(container.element)) >= _LONG_POST:
        return True
    if not _names_listing(url) and evidence.dated_head:
        return True
    if run.element is None or run.length < max(_LONG_POST, _MOSTLY * run.total):
        return False
    return count_teasers(run.element, url) < _MANY_TEASERS


def looks_like_listing(tree: _Element, url: str) -> bool:
    """Tell from the page alone whether it lists several posts."""
    said = said_by_software(tree)
    if said is not None:
        return said is PageType.LISTING
    return _is_listing(url, read_head(tree), count_teasers(tree, url))


def said_by_software(tree: _Element) -> PageType | None:
    """Give what the body classes of WordPress and Ghost say the page is."""
    body = tree.find("body")
    tokens = set(() if body is None else (body.get("class") or "").split())
    if "single-post" in tokens and any(t.startswith("postid-") for t in tokens):
        return PageType.ARTICLE
    if any(t.startswith("page-id-") for t in tokens) and "blog" not in tokens:
        return PageType.PAGE
    if {"archive", "search-results"} & tokens and {
        "category",
        "tag",
        "author",
        "date",
        "search",
        "paged",
    } & tokens:
        return PageType.LISTING
    if {"blog", "home"} <= tokens or {"blog", "paged"} <= tokens:
        return PageType.LISTING
    ghost = {
        "post-template": PageType.ARTICLE,
        "page-template": PageType.PAGE,
        "home-template": PageType.LISTING,
        "tag-template": PageType.LISTING,
        "author-template": PageType.LISTING,
    }
    if "page-template-default" in tokens or "post-template-default" in tokens:
        return None
    return next((kind for token, kind in ghost.items() if token in tokens), None)


def _is_listing(url: str, head: Head, teasers: int) -> bool:
    if head.article and "headline" in head.article and teasers < 2 * _MANY_TEASERS:
        return False
    if is_root(url) or teasers >= _MANY_TEASERS:
        return True
    return (teasers > 0 and _names_listing(url)) or (head.is_listing and not head.article)


def _names_listing(url: str) -> bool:
    """Whether an address is one that blogs give to lists of posts."""
    parts = urlsplit(url)
    if parts.query:
        return bool(_LISTING_QUERY.search(parts.query))
    return bool(_LISTING_PATH.search(parts.path))


def _is_list_of_links(tree: _Element, url: str) -> bool:
    """Whether the main part of a page is hardly more than links into its own site."""
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


def count_teasers(root: _Element, url: str) -> int:
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
        if _BESIDE.search(f"{element.get('class', '')} {element.get('id', '')}"):
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

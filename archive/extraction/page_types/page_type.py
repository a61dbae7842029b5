"""What a page is: one post, a list of posts, a page that stands alone, something closed or empty.

The strongest evidence is what the software itself says (the body classes of WordPress and Ghost),
what the site's own lists say (hints), and how a post is built: a dated head over an entry. Where
none of them speaks, a model weighs what stands on the page, as numbers (see `page_features`): it
decides post or not; and what is no post is a list where it leads to several posts, or bears the
address of one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lxml.etree import _Element

from archive.extraction.page_types.list_signs import is_list_of_links, list_signs, lists_posts
from archive.extraction.page_types.page_features import page_features
from archive.extraction.page_types.post_model import post_probability
from archive.extraction.page_types.post_signs import Evidence, gather_evidence, is_built_as_post
from archive.extraction.parsed_page import ParsedPage
from archive.extraction.tree.canonical import is_root
from archive.extraction.tree.head import read_head
from archive.extraction.tree.page_blocks import Block
from archive.records import Hints, PageType

_ENOUGH = 0.5  # probability; of a page of which nothing is known but itself
_ENOUGH_ON_A_BLOG = 0.35  # most pages of a blog are posts, and one lost is worse than one too many
_ENOUGH_OF_A_PAGE = 0.7  # where the software calls it a page: some sites write all their texts so
_SAID = 0.97  # confidence of what the software says …
_LISTED = 0.95  # … what the site's lists say …
_BUILT = 0.95  # … and of the way a post is built
_LISTED_AS_POST = 0.7  # where the page looks like a list
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


class Ground(StrEnum):
    """What decides on the type of a page; the names of its `Source`."""

    BODY_CLASS = "body-class"  # of WordPress and Ghost
    HINT = "hint"  # what the feed, sitemap or API says that named the address
    DATED_HEAD = "dated-head"  # an entry under a title with a date
    MODEL = "model"
    LIST = "list"  # no post by the model, and it leads to several, or its address is of a list
    SITE_PROFILE = "site-profile"
    PASSWORD = "password"  # noqa: S105 - it asks for one
    NO_TEXT = "no-text"
    BYTES = "bytes"  # they, or the header, are of no HTML page


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a page is, how sure that is, from 0 to 1, and what decides it."""

    kind: PageType
    confidence: float
    ground: Ground


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


def classify(
    page: ParsedPage, blocks: Sequence[Block], hints: Hints | None, *, dated: bool, signed: bool
) -> Verdict:
    """Tell posts, lists of posts and pages that stand alone apart.

    Args:
        page: the page.
        blocks: all of its blocks.
        hints: what the place says where the URL was found; None: it is not known to be of a blog.
        dated: whether a publication date was found.
        signed: whether an author was found.

    Returns:
        `ARTICLE`, `LISTING` or `PAGE`.
    """
    said = said_by_software(page.tree)
    kind = None if hints is None else hints.kind
    if said is not None and (said is not PageType.PAGE or kind is not None):
        return Verdict(said, _SAID, Ground.BODY_CLASS)
    evidence = gather_evidence(page, blocks, dated=dated, signed=signed)
    lists = list_signs(page.tree, page.url, evidence)
    hinted = _by_hint(kind, lists)
    if hinted is not None:
        return hinted
    is_list = bool(lists["listing"] or lists["named listing"])
    if said is None and not is_list and is_built_as_post(evidence):
        return Verdict(PageType.ARTICLE, _BUILT, Ground.DATED_HEAD)
    probability = post_probability({**page_features(page, blocks, evidence), **lists})
    no_post = max(1 - probability, _ENOUGH)
    enough = _ENOUGH if hints is None or is_list else _ENOUGH_ON_A_BLOG
    if probability >= (enough if said is None else _ENOUGH_OF_A_PAGE) and not (
        lists["listing"] and is_root(page.url)
    ):
        return Verdict(PageType.ARTICLE, probability, Ground.MODEL)
    if said is not None:
        return Verdict(said, no_post, Ground.BODY_CLASS)
    if is_list or (not dated and is_list_of_links(page.tree, page.url)):
        return Verdict(PageType.LISTING, no_post, Ground.LIST)
    return Verdict(PageType.PAGE, no_post, Ground.MODEL)


def _by_hint(kind: str | None, lists: Mapping[str, float]) -> Verdict | None:
    """What the place says where the URL was found, as far as the page does not speak against it."""
    if kind == "post":
        confidence = _LISTED_AS_POST if lists["listing"] else _LISTED
        return Verdict(PageType.ARTICLE, confidence, Ground.HINT)
    if kind == "page":
        return Verdict(PageType.PAGE, _LISTED, Ground.HINT)
    if kind == "listing" and (lists["listing"] or lists["teasers"] or not lists["declared"]):
        return Verdict(PageType.LISTING, _LISTED, Ground.HINT)
    return None


def page_signs(
    page: ParsedPage, blocks: Sequence[Block], evidence: Evidence
) -> Mapping[str, float]:
    """Give all that the model of posts weighs, under the names of its features."""
    signs = page_features(page, blocks, evidence)
    return {**signs, **list_signs(page.tree, page.url, evidence)}


def looks_like_listing(tree: _Element, url: str) -> bool:
    """Tell from the page alone whether it lists several posts."""
    said = said_by_software(tree)
    if said is not None:
        return said is PageType.LISTING
    return lists_posts(tree, url, read_head(tree))


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

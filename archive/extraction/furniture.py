"""What stands inside a post's container and is no part of the post.

Told by structure and by names that platforms and plug-ins share (HTML elements, ARIA roles, rel values,
microformats, words in class names), never by what a text says: a post about a shop may quote "No products in the cart."
and keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from lxml.etree import _Element

from archive.extraction.blocks import inline_text

_ROLES = frozenset(
    "navigation complementary search form banner contentinfo dialog alertdialog menu menubar toolbar"
    " tooltip tablist doc-backlink doc-toc doc-pagelist status".split()
)
_TAGS = frozenset({"nav", "form", "aside", "dialog", "button", "address"})
_TOKENS = frozenset(
    # for screen readers, for nobody
    "screen-reader-text sr-only visually-hidden visuallyhidden noprint no-print robots-nocontent"
    # WordPress, Blogger, Ghost, Hexo, Hugo … name the parts around a post like this
    " entry-meta entry-footer entry-utility post-meta post-metadata post-info post-footer post-tags"
    " article-meta article-footer article-tags postmeta postmetadata byline dateline posted-on posted-by"
    " cat-links tags-links tag-links entry-tags entry-categories post-categories post-taxonomies"
    " tags tag-list taglist tags-list category-list author-box author-bio author-info"
    " about-author post-author entry-author article-author post-date entry-date published-date"
    " p-author dt-published dt-updated p-category u-url h-card vcard read-time reading-time"
    " comments comment-list commentlist comments-area comment-respond comment-form comments-section"
    " page-links post-nav-links nav-links prev-next prevnext nextprev post-navigation pagination"
    " paginav pager breadcrumb breadcrumbs toc table-of-contents wp-block-post-terms"
    " wp-block-comments wp-block-post-comments wp-block-post-date wp-block-post-author"
    " sidebar widget-area adsbygoogle ad ads instagram-media".split()
)
_WORDS = frozenset(
    "share shares sharing sharedaddy sharethis shareaholic addtoany addthis social socials sociable"
    " related relatedposts yarpp outbrain taboola zergnet newsletter newsletters subscribe subscription"
    " signup optin mc4wp mailchimp mailpoet convertkit disqus nextprev breadcrumb breadcrumbs"
    " advert adverts advertisement advertisements sponsored promo promos cookie gdpr paywall toc".split()
)
_NAMES = re.compile(
    r"(?:^|[\s_-])(?:author|writer)s?[_-]{1,2}(?:box|bio|info|card|block|profile|about|description)"
    r"|about[_-]the[_-]author|more[_-]like[_-]this|you[_-](?:may|might)[_-](?:also[_-])?like"
    r"|(?:^|[\s_-])read[_-](?:next|also|more)(?:$|[\s_-])|(?:^|[\s_-])prev[_-]?next"
    r"|(?:^|[\s_-])(?:cta|ctabox|call-to-action)(?:$|[\s_-])|comments?[_-]{1,2}(?:section|wrapper)"
)
_ITEMPROPS = frozenset({"author", "datePublished", "dateModified", "keywords", "publisher"})
_RELS = frozenset({"author", "tag", "category", "prev", "next", "bookmark"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_NOT_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_PROSE_LENGTH = 80  # characters; a text block as long as this is a paragraph of the post
_MOST = 0.5  # what holds more than this share of the container's text …
_LONG = 2_000  # … and more than so many characters is the post, whatever its name
_HEAD_LENGTH = 500  # characters; a `<header>` with more text holds more than title and date


def find_furniture(container: _Element, titles: frozenset[str] = frozenset()) -> set[_Element]:
    """Find the elements inside a post's container that are not the post.

    Args:
        container: the element that holds the post.
        titles: the post's title in the forms that are known, each as `fold` gives it.

    Returns:
        The outermost of those elements.
    """
    limit = max(_LONG, _MOST * len(inline_text(container)))
    found: set[_Element] = set()
    for element in _descend(container, found):
        if _is_furniture(element, container) and len(inline_text(element)) <= limit:
            found.add(element)
    found.update(_head_matter(container, titles, found))
    return found


def fold(text: str) -> str:
    """Fold a heading for comparison: letters and digits of any script, in lower case."""
    return "".join(character for character in text.casefold() if character.isalnum())


def _descend(container: _Element, found: set[_Element]) -> Iterator[_Element]:
    """All elements below the container that are not inside one that was found."""
    stack = list(reversed(container))
    while stack:
        element = stack.pop()
        if isinstance(element.tag, str):
            yield element
            if element not in found:
                stack.extend(reversed(element))


def _is_furniture(element: _Element, container: _Element) -> bool:
    tag = element.tag
    if tag in _TAGS:
        return True
    if tag == "footer":
        return not any(a.tag in ("blockquote", "figure") for a in element.iterancestors())
    attributes = element.attrib
    if not attributes:
        return False
    if attributes.get("role") in _ROLES or "hidden" in attributes:
        return True
    if attributes.get("aria-hidden") == "true" or _NOT_STYLE.search(attributes.get("style", "")):
        return True
    return is_furniture_name(attributes.get("class", "")) or (
        "id" in attributes and attributes["id"].lower() in _TOKENS
    )


@lru_cache(maxsize=4096)
def is_furniture_name(names: str) -> bool:
    """Tell whether a class attribute names something that stands beside a post."""
    tokens = names.split()
    if not _TOKENS.isdisjoint(token.lower().replace("_", "-") for token in tokens):
        return True
    separated = _CAMEL.sub("-", names).lower()
    return not _WORDS.isdisjoint(_NOT_WORD.split(separated)) or bool(_NAMES.search(separated))


def _head_matter(
    container: _Element, titles: frozenset[str], found: set[_Element]
) -> Iterable[_Element]:
    """Title, date line and byline above the first paragraph of the post."""
    for element in _descend(container, found):
        if element in found:
            continue
        text = inline_text(element)
        if element.tag in ("h1", "h2", "h3", "header", "hgroup") and (
            (element.tag == "header" and len(text) < _HEAD_LENGTH)
            or element.tag == "h1"
            or fold(text) in titles
        ):
            yield element
            found.add(element)
        elif _is_metadata(element) and len(text) < _PROSE_LENGTH:
            yield element
            found.add(element)
        elif len(text) >= _PROSE_LENGTH and element.tag in (
            "p",
            "blockquote",
            "ul",
            "ol",
            "table",
            "pre",
        ):
            return


def _is_metadata(element: _Element) -> bool:
    if element.tag == "time":
        return True
    if element.get("itemprop") in _ITEMPROPS:
        return True
    return element.tag == "a" and not _RELS.isdisjoint((element.get("rel") or "").split())

"""What stands inside a post's container and is no part of the post.

Told by structure and by names that platforms and plug-ins share (HTML elements, ARIA roles, rel
values, microformats, words in class names), never by what a text says: a post about a shop may
quote "No products in the cart." and keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml.etree import _Element

from archive.extraction.tree.blocks import PROSE_LENGTH, inline_text, is_prose
from archive.extraction.tree.class_names import without_hashes
from archive.extraction.tree.letters import count_letters

_ROLES = frozenset({
    "alertdialog", "banner", "complementary", "contentinfo", "dialog", "doc-backlink",
    "doc-pagelist", "doc-toc", "form", "menu", "menubar", "navigation", "search", "status",
    "tablist", "toolbar", "tooltip",
})  # fmt: skip
_TAGS = frozenset({"nav", "form", "dialog", "button"})
_TOKENS = frozenset({
    "about-author", "ad", "ads", "adsbygoogle", "article-author", "article-footer", "article-meta",
    "article-tags", "author-bio", "author-box", "author-info", "breadcrumb", "breadcrumbs",
    "byline", "cat-links", "category-list", "comment-form", "comment-list", "comment-respond",
    "commentlist", "comments", "comments-area", "comments-section", "dateline", "dt-published",
    "dt-updated", "entry-author", "entry-categories", "entry-date", "entry-footer", "entry-meta",
    "entry-tags", "entry-utility", "h-card", "instagram-media", "nav-links", "nextprev",
    "no-print", "noprint", "p-author", "p-category", "page-links", "pager", "pagination",
    "paginav", "post-author", "post-categories", "post-date", "post-footer", "post-info",
    "post-meta", "post-metadata", "post-nav-links", "post-navigation", "post-tags",
    "post-taxonomies", "posted-by", "posted-on", "postmeta", "postmetadata", "prev-next",
    "prevnext", "published-date", "read-time", "reading-time", "robots-nocontent",
    "screen-reader-text", "sidebar", "sr-only", "table-of-contents", "tag-links", "tag-list",
    "taglist", "tags", "tags-links", "tags-list", "toc", "u-url", "vcard", "visually-hidden",
    "visuallyhidden", "widget-area", "wp-block-comments", "wp-block-post-author",
    "wp-block-post-comments", "wp-block-post-date", "wp-block-post-terms",
})  # fmt: skip
_WORDS = frozenset({
    "addthis", "addtoany", "advert", "advertisement", "advertisements", "adverts", "breadcrumb",
    "breadcrumbs", "convertkit", "cookie", "disqus", "gdpr", "mailchimp", "mailpoet", "mc4wp",
    "newsletter", "newsletters", "nextprev", "optin", "outbrain", "paywall", "promo", "promos",
    "related", "relatedposts", "share", "shareaholic", "sharedaddy", "shares", "sharethis",
    "sharing", "signup", "sociable", "social", "socials", "sponsored", "subscribe", "subscription",
    "taboola", "toc", "yarpp", "zergnet",
})  # fmt: skip
_NAMES = re.compile(
    r"(?:^|[\s_-])(?:author|writer)s?[_-]{1,2}(?:box|bio|info|card|block|profile|about|description)"
    r"|about[_-]the[_-]author|more[_-]like[_-]this|you[_-](?:may|might)[_-](?:also[_-])?like"
    r"|(?:^|[\s_-])read[_-](?:next|also|more)(?:$|[\s_-])|(?:^|[\s_-])prev[_-]?next"
    r"|(?:^|[\s_-])(?:cta|ctabox|call-to-action)(?:$|[\s_-])|comments?[_-]{1,2}(?:section|wrapper)"
)
_ITEMPROPS = frozenset({"author", "datePublished", "dateModified", "keywords", "publisher"})
_RELS = frozenset({"author", "tag", "category", "prev", "next", "bookmark"})
_BUTTONS = frozenset({"btn", "button"})
_SHARE_LINK = re.compile(
    r"/sharer?(?:\.php)?/?\?|/share(?:-offsite)?/?\?|/intent/(?:tweet|post)|/pin/create"
    r"|/shareArticle|/submit\?|/add_to/|^(?:whatsapp|fb-messenger|viber|tg):|[?&]share=\w",
    re.I,
)
_FORM_NAME = re.compile(r"(?:^|[\s_-])form(?:$|\s)")
_BESIDE_FORM = 300  # characters; the words around the fields of a form to sign up
_PERSON = re.compile(r"https?://schema\.org/Person$")
_BOXES = frozenset({"aside", "div", "section"})
_ROWS = frozenset({"div", "p", "section", "span", "ul"})
_ROW_OF_PAGES = 60  # characters: "Pages: 1 2 3"
_PAGE_NUMBER = re.compile(r"[1-9]\d?")
_AD = 60  # characters; the words that a frame has around an advertisement
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_TITLE_TAGS = frozenset({"h2", "h3", "hgroup"})
_OTHER_PROSE = frozenset({"ul", "ol", "table"})
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
        if _is_furniture(element) and len(inline_text(element)) <= limit:
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


def _is_furniture(element: _Element) -> bool:
    tag = element.tag
    if tag in _TAGS or (tag == "a" and _is_button(element)):
        return True
    if tag == "aside":
        links = sum(len(inline_text(link)) for link in element.iter("a"))
        return 2 * links > len(inline_text(element)) or _is_named(element)
    if tag == "footer":
        return not any(a.tag in ("blockquote", "figure") for a in element.iterancestors())
    if tag in _BOXES and (_is_person(element) or _is_form(element) or _is_ad(element)):
        return True
    return (bool(element.attrib) and _is_named(element)) or _is_row_of_links(element)


def _is_button(link: _Element) -> bool:
    return link.get("role") == "button" or not _BUTTONS.isdisjoint(
        (link.get("class") or "").lower().split()
    )


def _is_person(element: _Element) -> bool:
    """Whether an element is a box about a person, as schema.org's microdata mark it."""
    attributes = element.attrib
    return attributes.get("itemprop") in ("author", "creator") or bool(
        _PERSON.match(attributes.get("itemtype", ""))
    )


def _is_form(element: _Element) -> bool:
    """Whether an element calls itself a form, and is one with a few words around it."""
    if not _FORM_NAME.search(element.get("class", "").lower()):
        return False
    form = element.find(".//form")
    return form is not None and (len(inline_text(element)) - len(inline_text(form)) <= _BESIDE_FORM)


def _is_ad(element: _Element) -> bool:
    """Whether an element is the frame of an advertisement."""
    ad = element.find(".//ins[@class]")
    named = ad is not None and is_furniture_name(ad.get("class", ""))
    return named and len(inline_text(element)) <= _AD


def _is_row_of_links(element: _Element) -> bool:
    """Whether an element holds only links that share the page, or to the pages of the post."""
    if element.tag not in _ROWS:
        return False
    links = element.findall(".//a[@href]")
    if not links:
        return False
    if all(_SHARE_LINK.search(link.get("href") or "") for link in links):
        return fold(inline_text(element)) == fold("".join(map(inline_text, links)))
    short = len(inline_text(element)) <= _ROW_OF_PAGES
    return short and inline_text(links[-1]) != "1" and all(map(_leads_to_page, links))


def _leads_to_page(link: _Element) -> bool:
    """Whether a link says a number that its address ends in; the first page has none in it."""
    number, href = inline_text(link), (link.get("href") or "").rstrip("/")
    if not _PAGE_NUMBER.fullmatch(number) or "#" in href:
        return False
    return number == "1" or bool(re.search(rf"[/=]{number}$", href))


def _is_named(element: _Element) -> bool:
    """Whether an element's attributes say that it is furniture, or hidden."""
    attributes = element.attrib
    if attributes.get("role") in _ROLES or "hidden" in attributes:
        return True
    if attributes.get("aria-hidden") == "true" or _HIDDEN.search(attributes.get("style", "")):
        return True
    return is_furniture_name(attributes.get("class", "")) or (
        "id" in attributes and attributes["id"].lower() in _TOKENS
    )


@lru_cache(maxsize=4096)
def is_furniture_name(names: str) -> bool:
    """Tell whether a class attribute names something that stands beside a post."""
    names = without_hashes(names)
    tokens = names.split()
    if not _TOKENS.isdisjoint(token.lower().replace("_", "-") for token in tokens):
        return True
    separated = _CAMEL.sub("-", names).lower()
    return not _WORDS.isdisjoint(_NOT_WORD.split(separated)) or bool(_NAMES.search(separated))


def _head_matter(
    container: _Element, titles: frozenset[str], found: set[_Element]
) -> Iterator[_Element]:
    """Title, date line and byline above the first paragraph of the post."""
    titled = False
    for element in _descend(container, found):
        if element in found:
            continue
        text = inline_text(element)
        is_title = _is_title(element, text, titles)
        titled |= is_title
        stands_below = titled and element.tag == "small"  # where old themes put date and byline
        length = count_letters(text)
        if is_title or (length < PROSE_LENGTH and (stands_below or _is_metadata(element))):
            yield element
            found.add(element)
        elif is_prose(element) or (element.tag in _OTHER_PROSE and length >= PROSE_LENGTH):
            return


def _is_title(element: _Element, text: str, titles: frozenset[str]) -> bool:
    if element.tag == "header":
        return len(text) < _HEAD_LENGTH
    return element.tag == "h1" or (element.tag in _TITLE_TAGS and fold(text) in titles)


def _is_metadata(element: _Element) -> bool:
    if element.tag == "time":
        return True
    if element.get("itemprop") in _ITEMPROPS:
        return True
    return element.tag == "a" and not _RELS.isdisjoint((element.get("rel") or "").split())

"""The title of a post, without the name of its site.

Two sides are heard: what the page shows (its heading) and what it declares (JSON-LD, Open Graph,
`<title>`). A title element often carries the site's name, a heading may have lost what looked like
a tag, and the first h1 of many themes is the site's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from lxml.html import HtmlElement

from archive.extraction.blocks import heading_text
from archive.extraction.container import Container
from archive.extraction.furniture import fold
from archive.extraction.head import Head, node_types, text
from archive.records import Hints

SEPARATOR = re.compile(r"\s+[|–—·»«•:›‹~/-]+\s+|\s*[|»›]\s*|:\s+|\s+::\s+")
"""What stands between a title and the name of a site."""

_MAX_TITLE_LENGTH = 500
_SAME_ENDS = 6  # characters


def title_forms(head: Head, hints: Hints) -> frozenset[str]:
    """All forms in which the page declares its title, each folded, to recognise its heading."""
    forms: set[str] = set()
    for declared in (*_declared(head), head.title, hints.title or ""):
        forms.add(fold(declared))
        for separator in SEPARATOR.finditer(declared):
            forms.add(fold(declared[: separator.start()]))
            forms.add(fold(declared[separator.end() :]))
    forms.discard("")
    site = declared_site_name(head)
    if site:
        forms.discard(fold(site))
    return frozenset(forms)


def find_title(
    tree: HtmlElement, head: Head, container: Container | None, hints: Hints
) -> str | None:
    """Find the title that the page's heading and its declarations agree on."""
    site = declared_site_name(head) or ""
    element = container.title if container else next(tree.iter("h1"), None)
    shown = heading_text(element) if element is not None else ""
    claims = [without_site(claim, site) for claim in (*_declared(head), hints.title or "") if claim]
    for claim in claims:
        agreed = _agree(shown, claim)
        if agreed:
            return agreed[:_MAX_TITLE_LENGTH]
    if shown and head.title and fold(shown) in fold(head.title):
        return shown[:_MAX_TITLE_LENGTH]
    agreed = _agree(shown, without_site(head.title, site))
    best = agreed or next(iter(claims), "") or shown or without_site(head.title, site)
    return best[:_MAX_TITLE_LENGTH] or None


def declared_site_name(head: Head) -> str | None:
    """Find the name that the page declares for its site."""
    for name in ("og:site_name", "application-name", "apple-mobile-web-app-title"):
        if value := head.first(name):
            return value
    for node in head.nodes:
        if "website" in node_types(node) and (value := text(node.get("name"))):
            return value
    publisher = text(head.resolve(head.article.get("publisher")))
    return None if publisher and publisher.startswith(("http:", "https:")) else publisher


def without_site(title: str, site: str) -> str:
    """Take the site's name, if it is known, off the end or the beginning of a title."""
    if not site:
        return title
    for separator in SEPARATOR.finditer(title):
        before, after = title[: separator.start()].strip(), title[separator.end() :].strip()
        if before and fold(after) == fold(site):
            return before
        if after and fold(before) == fold(site):
            return after
    return title


def _declared(head: Head) -> Iterator[str]:
    for value in (
        text(head.article.get("headline")),
        head.first("og:title"),
        head.first("twitter:title"),
        head.first("headline"),
    ):
        if value:
            yield unescape(value)  # many plug-ins escape it once more, in JSON too


def _agree(shown: str, claim: str) -> str | None:
    """The fuller of two forms of one title; None where they are two titles."""
    one, other = fold(shown), fold(claim)
    if not one or not other:
        return None
    if one == other:
        return shown
    if _is_followed_by_separator(shown, claim):
        return shown
    same_ends = one[:_SAME_ENDS] == other[:_SAME_ENDS] and one[-_SAME_ENDS:] == other[-_SAME_ENDS:]
    if same_ends and (_is_subsequence(one, other) or _is_subsequence(other, one)):
        return max(shown, claim, key=len)
    return None


def _is_followed_by_separator(shown: str, claim: str) -> bool:
    """Whether a claim is the heading and, set off from it, something else (a site's name)."""
    return any(
        fold(shown) in (fold(claim[: s.start()]), fold(claim[s.end() :]))
        for s in SEPARATOR.finditer(claim)
    )


def _is_subsequence(short: str, long: str) -> bool:
    characters = iter(long)
    return all(character in characters for character in short)

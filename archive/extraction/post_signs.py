"""What on a page speaks for a post, and what against it, weighed against each other.

A date is enough where nothing speaks against it. No sign is needed: many blogs print no date, many
themes mark nothing. The weights are small round numbers, set by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from archive.extraction.container import Container, Mark
from archive.extraction.head import Head, node_types
from archive.extraction.position import has_dated_head
from archive.extraction.prose import Run

ENOUGH = 5
"""The sum of weights from which on a page is a post."""

_POST_TYPES = frozenset({
    "advertisercontentarticle", "analysisnewsarticle", "article", "backgroundnewsarticle",
    "blogposting", "liveblogposting", "newsarticle", "opinionnewsarticle", "report",
    "reportagenewsarticle", "review", "reviewnewsarticle", "scholarlyarticle",
    "socialmediaposting", "recipe",
})  # fmt: skip
_OTHER_TYPES = frozenset({
    "aboutpage", "apireference", "collectionpage", "contactpage", "course",
    "discussionforumposting", "event", "itempage", "jobposting", "offercatalog", "product",
    "productgroup", "profilepage", "qapage", "searchresultspage", "service",
    "softwareapplication", "techarticle",
})  # fmt: skip
_OTHER_OPEN_GRAPH = ("product", "profile", "place", "business")
_H_ENTRY = frozenset({"h-entry", "hentry"})
_RUN_LENGTHS = (500, 500, 1_000, 2_000, 4_000)  # characters of one text; each is one more sign
_MARKED = {Mark.ARTICLE_BODY: 3, Mark.MICROFORMAT: 3, Mark.PLATFORM: 3, Mark.ARTICLE: 2}
_ITEM_TAGS = ("html", "body", "main", "article", "section", "div")
_SCHEMA = re.compile(r"https?://schema\.org/(\w+)$")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found on a page that tells posts from other pages."""

    head: Head
    dated: bool  # a publication date stands on the page, or where it was found
    signed: bool  # it names an author
    container: Container | None
    run: Run


def weigh(tree: HtmlElement, evidence: Evidence) -> int:
    """Sum up the signs that a page is a post; `ENOUGH` and more is one."""
    return sum(_weights(tree, evidence))


def is_declared_post(tree: HtmlElement, head: Head) -> bool:
    """Tell whether schema.org types or Open Graph's publication date call the page a post."""
    types = _types(tree, head)
    if types & _OTHER_TYPES:
        return False
    return bool(types & _POST_TYPES) or "article:published_time" in head.meta


def _weights(tree: HtmlElement, evidence: Evidence) -> Iterator[int]:
    head, types = evidence.head, _types(tree, evidence.head)
    yield 3 * bool(types & _POST_TYPES)
    yield -8 * bool(types & _OTHER_TYPES)
    graph = (head.first("og:type") or "").lower()
    yield 2 * (graph == "article") - 4 * graph.startswith(_OTHER_OPEN_GRAPH)
    yield 5 * evidence.dated + 2 * evidence.signed
    yield _MARKED.get(evidence.container.mark, 0) if evidence.container else 0
    yield _is_h_entry(evidence.container)
    yield 2 * has_dated_head(evidence.container)
    yield sum(evidence.run.length > length for length in _RUN_LENGTHS)


def _types(tree: HtmlElement, head: Head) -> set[str]:
    """The schema.org types of the page's JSON-LD and of its larger microdata items."""
    items = (_SCHEMA.match(element.get("itemtype") or "") for element in tree.iter(*_ITEM_TAGS))
    found = {match[1].lower() for match in items if match}
    return found.union(*(node_types(node) for node in head.nodes))


def _is_h_entry(container: Container | None) -> bool:
    if container is None:
        return False
    lineage = (container.element, *container.element.iterancestors())
    return any(not _H_ENTRY.isdisjoint((e.get("class") or "").split()) for e in lineage)

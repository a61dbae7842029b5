"""What on a page speaks for a post, and what against it, weighed against each other.

No sign is needed: many blogs print no date, many themes mark nothing. The weights are small round
numbers, set by hand: what blogs have in common. Their sum is one of the features that the model
of `archive.extraction.page_types.post_model` weighs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from archive.extraction.page_types.census import Census, take_census
from archive.extraction.parsed_page import ParsedPage
from archive.extraction.structure.container import Container, Mark
from archive.extraction.structure.position import has_dated_head
from archive.extraction.structure.prose import Prose, Run, longest_run
from archive.extraction.tree.head import Head, node_types
from archive.extraction.tree.page_blocks import Block

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
_RUN_LENGTHS = (500, 500, 1_000, 2_000, 4_000)  # letters of one text; each is one more sign
_MARKED = {Mark.ARTICLE_BODY: 3, Mark.MICROFORMAT: 3, Mark.PLATFORM: 3, Mark.ARTICLE: 2}
_SCHEMA = re.compile(r"https?://schema\.org/(\w+)$")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found on a page that tells posts from other pages."""

    head: Head
    census: Census
    types: Set[str]  # of schema.org, as `schema_types` finds them
    dated: bool  # a publication date stands on the page, or where it was found
    signed: bool  # it names an author
    container: Container | None
    dated_head: bool  # a date of publication, or a byline, stands between its title and its text
    prose: Prose
    run: Run
    comments: int  # that readers left
    size: int  # letters of text in the container …
    linked: float  # … of those the links …
    prose_inside: int  # … and those of its prose


def gather_evidence(
    page: ParsedPage, blocks: Sequence[Block], *, dated: bool, signed: bool
) -> Evidence:
    """Gather what tells whether a page is a post.

    Args:
        page: the page.
        blocks: all of its blocks.
        dated: whether a publication date was found.
        signed: whether an author was found.
    """
    within = frozenset(() if page.container is None else page.container.element.iter())
    census = take_census(page.tree)
    inside = [block for block in blocks if block.element in within]
    return Evidence(
        head=page.head,
        census=census,
        types=schema_types(census, page.head),
        dated=dated,
        signed=signed,
        container=page.container,
        dated_head=(dated or signed) and has_dated_head(page.container),
        prose=page.prose,
        run=longest_run(page.prose),
        comments=len(page.comments),
        size=sum(block.letters for block in inside),
        linked=sum(block.linked_letters for block in inside),
        prose_inside=sum(length for element, length in page.prose if element in within),
    )


def weigh(evidence: Evidence) -> int:
    """Sum up the signs that a page is a post; a date alone gives 5."""
    return sum(_weights(evidence))


def is_declared_post(evidence: Evidence) -> bool:
    """Tell whether schema.org types or Open Graph's publication date call the page a post."""
    if evidence.types & _OTHER_TYPES:
        return False
    return bool(evidence.types & _POST_TYPES) or "article:published_time" in evidence.head.meta


def is_built_as_post(evidence: Evidence) -> bool:
    """Tell whether a page is built as posts are: a dated head over an entry, and nothing else.

    Standards or platforms mark the entry, and no declared type calls the page something else.
    """
    container = evidence.container
    if container is None or container.mark > Mark.ARTICLE or evidence.types & _OTHER_TYPES:
        return False
    graph = (evidence.head.first("og:type") or "").lower()
    return evidence.dated and evidence.dated_head and not graph.startswith(_OTHER_OPEN_GRAPH)


def _weights(evidence: Evidence) -> Iterator[int]:
    head, types = evidence.head, evidence.types
    yield 3 * bool(types & _POST_TYPES)
    yield -8 * bool(types & _OTHER_TYPES)
    graph = (head.first("og:type") or "").lower()
    yield 2 * (graph == "article") - 4 * graph.startswith(_OTHER_OPEN_GRAPH)
    yield 5 * evidence.dated + 2 * evidence.signed
    yield _MARKED.get(evidence.container.mark, 0) if evidence.container else 0
    yield is_h_entry(evidence.container)
    yield 2 * evidence.dated_head
    yield sum(evidence.run.length > length for length in _RUN_LENGTHS)


def schema_types(census: Census, head: Head) -> Set[str]:
    """Give the schema.org types of JSON-LD and of the larger microdata items, in lower case."""
    items = map(_SCHEMA.match, census.item_types)
    found = {match[1].lower() for match in items if match}
    return found.union(*(node_types(node) for node in head.nodes))


def is_h_entry(container: Container | None) -> bool:
    """Tell whether a container lies in an entry of the microformats."""
    if container is None:
        return False
    lineage = (container.element, *container.element.iterancestors())
    return any(not _H_ENTRY.isdisjoint((e.get("class") or "").split()) for e in lineage)

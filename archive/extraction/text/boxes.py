"""The elements around the blocks of a page, with what is known of each: totals, names, places.

Each element is looked at once, however many blocks stand in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from lxml.etree import _Element

from archive.extraction.structure.furniture import is_furniture_name
from archive.extraction.tree.blocks import PROSE_LENGTH
from archive.extraction.tree.class_names import without_hashes
from archive.extraction.tree.page_blocks import Block, Cut

NAME_GROUPS = {
    "content": r"content|entry|body|text|prose|markdown|richtext|story|copy",
    "post": r"article|post|blog|single|page|main",
    "comment": r"comments?|respond|reply|disqus|replies|discussion",
    "side": r"sidebar|side|aside|rail|secondary|widget|column",
    "foot": r"footer|foot|colophon|copyright|bottom|legal",
    "head": r"header|head|masthead|banner|hero|top|brand|logo",
    "nav": r"nav|navigation|navbar|menu|breadcrumbs?|pagination|pager|toc|tabs?",
    "related": r"related|recommend\w*|more|similar|recent|latest|popular|trending|next|prev|also"
    r"|suggest\w*|teaser|cards?|grid|feed|list|carousel|slider|item",
    "share": r"share|sharing|socials?|follow|icons?|buttons?|btn",
    "meta": r"meta|metadata|byline|author|date|tags?|category|categories|info|published|time|bio"
    r"|avatar|profile|credits?",
    "promo": r"promo|cta|subscribe|newsletter|signup|optin|ads?|advert\w*|sponsor\w*|banner|offer"
    r"|donate|product|price|cart|shop|form|contact|subscription|paywall|login",
    "overlay": r"modal|popup|overlay|cookie|consent|gdpr|dialog|lightbox|notice|alert|hidden|hide"
    r"|sr|screen|skip|tooltip|dropdown|offcanvas",
    "title": r"title|headline|subtitle|deck|dek|standfirst|summary|excerpt|intro|lead|subheading",
    "picture": r"caption|figure|image|photo|gallery|media|thumb\w*",
    "inset": r"quote|callout|highlight|box|note|tip|faq|accordion|toggle|list|table|code",
}
"""Words in class names and ids that authors of themes use for the same thing."""

FAR = 12
"""Elements; what is further away, or is not there, counts as that far."""

ANCESTOR_TAGS = (
    "article", "main", "section", "aside", "footer", "header", "ul", "ol", "table", "blockquote",
    "figure", "dl", "details",
)  # fmt: skip
_ANCESTOR_BITS = {tag: 1 << i for i, tag in enumerate(ANCESTOR_TAGS)}
_PATTERNS = tuple(re.compile(pattern) for pattern in NAME_GROUPS.values())
_FURNITURE = len(NAME_GROUPS)  # place, in a box's distances, of the nearest name of furniture
_NONE = (-FAR,) * (len(NAME_GROUPS) + 1)
_NOT_LETTERS = re.compile(r"[^a-z]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Box:
    """An element with text in it; lengths are in letters."""

    __slots__ = (
        "ancestor_tags",
        "blocks",
        "depth",
        "element",
        "is_comment",
        "is_kept",
        "length",
        "linked",
        "named_at",
        "paragraphs",
        "parent",
        "prose",
    )

    def __init__(self, element: _Element, parent: Box | None) -> None:
        """Begin a box with nothing in it."""
        self.element, self.parent = element, parent
        self.depth: int = parent.depth + 1 if parent else 0
        self.length = self.prose = self.blocks = self.paragraphs = 0
        self.linked = 0.0
        outer = parent.ancestor_tags if parent else 0
        self.ancestor_tags: int = outer | _ANCESTOR_BITS.get(str(element.tag), 0)
        self.named_at: Sequence[int] = parent.named_at if parent else _NONE
        groups = 0 if element.tag in ("html", "body") else _name_groups(element)
        if groups:  # the depth at which an element with such a name was last met
            named = list(self.named_at)
            for i in range(len(named)):
                if groups >> i & 1:
                    named[i] = self.depth
            self.named_at = named
        self.is_comment: bool = bool(parent and parent.is_comment)
        self.is_kept = False  # inside what structure takes for the post

    def count(self, block: Block) -> None:
        """Add one block that stands right in this box."""
        prose = prose_length(block)
        self.length += block.letters
        self.linked += block.linked_letters
        self.prose += prose
        self.blocks += 1
        self.paragraphs += prose > 0


def prose_length(block: Block) -> int:
    """Give the letters of a block that is prose; 0 of one that is short or mostly links."""
    is_prose = block.letters >= PROSE_LENGTH and 2 * block.linked < len(block.text)
    return block.letters if is_prose else 0


def build_boxes(
    blocks: Sequence[Block], cut: Cut | None, comments: Sequence[_Element]
) -> list[Box]:
    """Build the boxes around the blocks of a page.

    Args:
        blocks: of the whole page, in document order.
        cut: what structure takes for the post.
        comments: the elements with readers' comments.

    Returns:
        For each block the box it stands in.
    """
    known: dict[_Element, Box] = {}
    marked = frozenset(comments)
    for block in blocks:
        _enter(block.element, known, cut, marked)
    inner = [known[block.element] for block in blocks]
    for block, box in zip(blocks, inner, strict=True):
        box.count(block)
    for box in reversed(known.values()):  # the inner before the outer ones
        parent = box.parent
        if parent is not None:
            parent.length += box.length
            parent.linked += box.linked
            parent.prose += box.prose
            parent.blocks += box.blocks
            parent.paragraphs += box.paragraphs
    return inner


def _enter(
    element: _Element, known: dict[_Element, Box], cut: Cut | None, comments: frozenset[_Element]
) -> None:
    lineage: list[_Element] = []
    inner: _Element | None = element
    while inner is not None and inner not in known:
        lineage.append(inner)
        inner = inner.getparent()
    parent = None if inner is None else known[inner]
    for entered in reversed(lineage):
        box = Box(entered, parent)
        box.is_comment |= entered in comments
        if cut is not None:
            inside = entered is cut.root or bool(parent and parent.is_kept)
            box.is_kept = inside and entered not in cut.dropped
        known[entered] = parent = box


def _name_groups(element: _Element) -> int:
    names, name = element.get("class") or "", element.get("id") or ""
    if not names and not name:
        return 0
    groups = _groups_of(f"{names} {name}")
    return groups | is_furniture_name(names) << _FURNITURE if names else groups


@lru_cache(maxsize=8192)
def _groups_of(names: str) -> int:
    separated = _CAMEL.sub("-", without_hashes(names)).lower()
    groups = 0
    for word in set(_NOT_LETTERS.split(separated)):
        groups |= _groups_of_word(word)
    return groups


@lru_cache(maxsize=8192)
def _groups_of_word(word: str) -> int:
    return sum(1 << i for i, pattern in enumerate(_PATTERNS) if pattern.fullmatch(word))

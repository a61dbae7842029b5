"""What a page is made of: its elements, class names and declared items, counted in one pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from itertools import islice

from lxml.etree import _Element

_MOST_ELEMENTS = 100_000  # of a page; what stands behind them is not counted
_ITEM_TAGS = frozenset({"html", "body", "main", "article", "section", "div"})


@dataclass(frozen=True, slots=True)
class Census:
    """How often each occurs on a page."""

    tags: Mapping[str, int]
    classes: Mapping[str, int]  # whole class attributes, as they are written
    item_types: Set[str]  # of the larger microdata items, as they are written


def take_census(tree: _Element) -> Census:
    """Count the elements of a page."""
    tags: list[str] = []
    classes: list[str] = []
    item_types: set[str] = set()
    for element in islice(tree.iter("*"), _MOST_ELEMENTS):
        tag = element.tag
        tags.append(tag)
        names = element.get("class")
        if names:
            classes.append(names)
        if tag in _ITEM_TAGS:
            item_types.add(element.get("itemtype") or "")
    return Census(Counter(tags), Counter(classes), item_types)

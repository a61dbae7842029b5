"""What a page declares about itself: meta elements, links and JSON-LD, read once.

Sources: the HTML standard's metadata names, the Open Graph protocol (https://ogp.me/), Dublin Core,
schema.org in JSON-LD (https://json-ld.org/).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml.etree import _Element

Node = Mapping[str, object]

MAX_JSON_LD_BYTES = 1_000_000
MAX_NODES = 500
_MAX_TITLE_LENGTH = 1_000  # characters; a `<title>` that is not closed takes in the whole page
_MAX_VALUE_LENGTH = 5_000
_ARTICLE_ENDINGS = ("article", "posting", "report", "review", "recipe")
_LISTING_TYPES = frozenset({"collectionpage", "searchresultspage", "blog", "itemlist"})


@dataclass(frozen=True, slots=True)
class Head:
    """The declarations of one page."""

    meta: Mapping[str, tuple[str, ...]]  # by name or property in lower case, in document order
    title: str  # of the <title> element
    language: str | None  # of the <html> element
    nodes: tuple[Node, ...]  # of all JSON-LD, `@graph` unfolded

    def first(self, *names: str) -> str | None:
        """The first value of the first of those meta names that the page has."""
        return next((self.meta[name][0] for name in names if name in self.meta), None)

    def all(self, *names: str) -> tuple[str, ...]:
        """All values of all those meta names."""
        return tuple(value for name in names for value in self.meta.get(name, ()))

    @property
    def article(self) -> Node:
        """The JSON-LD node that describes a post (an Article, BlogPosting …), or an empty one."""
        found = [n for n in self.nodes if any(t.endswith(_ARTICLE_ENDINGS) for t in node_types(n))]
        return next((n for n in found if "headline" in n), next(iter(found), {}))

    @property
    def page(self) -> Node:
        """The JSON-LD node that describes the page itself (a WebPage …), or an empty one."""
        return next((n for n in self.nodes if any("page" in t for t in node_types(n))), {})

    @property
    def is_listing(self) -> bool:
        """Whether the JSON-LD calls the page itself a list of posts."""
        return any(not _LISTING_TYPES.isdisjoint(node_types(n)) for n in self.nodes[:3])

    def resolve(self, value: object) -> object:
        """A reference to another node (``{"@id": …}``) becomes that node."""
        if isinstance(value, dict) and set(value) == {"@id"}:
            same = (n for n in self.nodes if n.get("@id") == value["@id"] and len(n) > 1)
            return next(same, value)
        return value


def read_head(tree: _Element) -> Head:
    """Read what the page declares; broken declarations are passed over."""
    meta: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        value = (element.get("content") or "").strip()
        name = element.get("property") or element.get("name") or element.get("itemprop")
        if value and name and len(value) <= _MAX_VALUE_LENGTH:
            for token in name.lower().split():  # itemprop may name several properties
                meta.setdefault(token, []).append(" ".join(value.split()))
    title = tree.find(".//title")
    return Head(
        meta={name: tuple(values) for name, values in meta.items()},
        title=""
        if title is None
        else " ".join("".join(map(str, title.itertext())).split())[:_MAX_TITLE_LENGTH],
        language=tree.get("lang") or tree.get("xml:lang"),
        nodes=tuple(_json_ld(tree)),
    )


def node_types(node: Node) -> list[str]:
    """The `@type` values of a node in lower case."""
    return [text.rpartition("/")[2].lower() for text in texts(node.get("@type"))]


def texts(value: object) -> list[str]:
    """The strings in a JSON-LD value: a string, a list of them, objects with a `name`."""
    if isinstance(value, str):
        return [" ".join(value.split())] if value.strip() else []
    if isinstance(value, list):
        return [text for item in value[:MAX_NODES] for text in texts(item)]
    if isinstance(value, dict):
        return texts(value.get("name") or value.get("@value") or value.get("url"))
    return []


def text(value: object) -> str | None:
    """The first string in a JSON-LD value."""
    return next(iter(texts(value)), None)


def _json_ld(tree: _Element) -> Iterator[Node]:
    count = 0
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        source = (script.text or "").strip()
        if not source or len(source) > MAX_JSON_LD_BYTES:
            continue
        try:
            value = json.loads(source, strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _unfold(value):
            yield node
            count += 1
            if count >= MAX_NODES:
                return


def _unfold(value: object) -> Iterator[Node]:
    if isinstance(value, list):
        for item in value:
            yield from _unfold(item)
    elif isinstance(value, dict):
        if "@graph" in value:
            yield from _unfold(value["@graph"])
        if "@type" in value or "@id" in value:
            yield value
        if isinstance(value.get("mainEntity"), dict):
            yield from _unfold(value["mainEntity"])

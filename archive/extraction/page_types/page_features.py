"""A page in numbers: what a model weighs to tell posts from other pages.

Nothing here reads what a text says. Counted are elements, lengths, places, addresses, declared
types, and the words of class names. The names of the features are those of the model's weights.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import log1p
from urllib.parse import urlsplit

from archive.extraction.page_types.census import Census
from archive.extraction.page_types.page_words import (
    CLASS_GROUPS,
    CLASS_WORDS,
    PATH_WORDS,
    SCHEMA_TYPES,
)
from archive.extraction.page_types.post_signs import Evidence, is_h_entry, weigh
from archive.extraction.parsed_page import ParsedPage
from archive.extraction.structure.container import Mark
from archive.extraction.tree.page_blocks import Block

Feature = tuple[str, float]

_OPEN_GRAPH = ("article", "website", "product", "profile", "video", "blog", "place", "business")
_ARTICLE_KEYS = ("headline", "datePublished", "author", "articleBody", "wordCount", "publisher")
_META = {
    "published": ("article:published_time", "og:article:published_time", "datepublished", "date",
                  "pubdate", "parsely-pub-date", "sailthru.date", "dc.date", "dc.date.issued"),
    "modified": ("article:modified_time", "og:updated_time"),
    "section": ("article:section",),
    "tag": ("article:tag", "news_keywords", "parsely-tags"),
    "author": ("author", "article:author", "dc.creator", "parsely-author", "twitter:creator"),
    "citation": ("citation_title", "citation_author", "citation_doi"),
    "price": ("product:price:amount", "og:price:amount", "product:availability"),
}  # fmt: skip
_TAGS = (
    "p", "h1", "h2", "h3", "h4", "a", "li", "ul", "ol", "dl", "table", "tr", "form", "input",
    "select", "button", "img", "picture", "video", "iframe", "pre", "code", "blockquote", "time",
    "article", "section", "figure", "figcaption", "nav", "aside", "main", "div", "span", "svg",
    "details", "cite", "em", "label", "textarea", "address",
)  # fmt: skip
_SHORT = 25  # letters
_LONG = 200  # letters
_LONGEST_NAMES = 1_000  # characters of a class attribute
_WORD = re.compile(r"[a-z]+")
_TITLE_PARTS = re.compile(r"\s[|–—·»:-]\s|: ")
_EXTENSION = re.compile(r"\.\w{2,5}$")
_HTML = re.compile(r"\.[sp]?html?$", re.I)
_SCRIPT = re.compile(r"\.(?:php|aspx?|cfm|jsp)$", re.I)
_DATE = re.compile(r"(?:19|20)\d{2}[/-]?(?:[01]\d|\d(?!\d)|[a-z]{3}(?=[/-]))", re.I)
_YEAR = re.compile(r"(?:19|20)\d\d(?!\d)")
_PUNCTUATION = {
    "sentences": (". ", "。", ".\n", "।"), "questions": ("?", "？", "؟"),
    "exclamations": ("!", "！"), "quotes": ("“", "«", "「"),
    "currencies": ("$", "€", "£", "¥", "₹"),
}  # fmt: skip


def page_features(
    page: ParsedPage, blocks: Sequence[Block], evidence: Evidence
) -> Mapping[str, float]:
    """Count what tells posts from other pages; the same names on every page.

    Args:
        page: the page.
        blocks: all of its blocks.
        evidence: what the finders found on it.
    """
    found: dict[str, float] = {}
    for group in (
        _declared(evidence),
        _of_address(page.url),
        _of_class_names(evidence.census),
        _of_elements(evidence.census),
        _of_text(blocks),
        _of_place(evidence),
        _of_container(evidence),
        _of_prose(evidence),
    ):
        found.update(group)
    return found


def _declared(evidence: Evidence) -> Iterator[Feature]:
    head, types = evidence.head, evidence.types
    for name, pattern in SCHEMA_TYPES.items():
        yield f"type {name}", sum(bool(pattern.search(kind)) for kind in types)
    yield "types", log1p(len(types))
    article = head.article
    for key in _ARTICLE_KEYS:
        yield f"article {key}", key in article
    graph = (head.first("og:type") or "").lower()
    yield "graph any", bool(graph)
    for name in _OPEN_GRAPH:
        yield f"graph {name}", graph.startswith(name)
    for name, keys in _META.items():
        yield f"meta {name}", any(key in head.meta for key in keys)
    yield "title length", len(head.title)
    yield "title parts", len(_TITLE_PARTS.findall(head.title))
    yield "description length", len(head.first("og:description", "description") or "")


def _of_address(url: str) -> Iterator[Feature]:
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    last = segments[-1] if segments else ""
    slug = _EXTENSION.sub("", last)
    digits = sum(character.isdigit() for character in slug)
    yield "path depth", len(segments)
    yield "path length", len(parts.path)
    yield "slug length", len(slug)
    yield "slug words", _word_count(slug)
    yield "longest segment words", max(map(_word_count, segments), default=0)
    yield "slug digits", digits
    yield "slug digit share", digits / max(1, len(slug))
    yield "path date", bool(_DATE.search(parts.path))
    yield "query length", len(parts.query)
    yield "path html", bool(_HTML.search(last))
    yield "path script", bool(_SCRIPT.search(last))
    yield "path slash", parts.path.endswith("/")
    yield "path upper", parts.path != parts.path.lower()
    for name, words in PATH_WORDS.items():
        hits = [bool(words.fullmatch(segment)) for segment in segments]
        yield f"path {name}", sum(hits)
        yield f"path {name} first", any(hits[:1])
        yield f"path {name} last", any(hits[-1:])


def _word_count(segment: str) -> int:
    return len([word for word in re.split(r"[-_+]|%20", segment) if word])


def _of_class_names(census: Census) -> Iterator[Feature]:
    found: Counter[str] = Counter()
    for names, times in census.classes.items():
        for group in _groups(names):
            found[group] += times
    total = max(1, sum(found.values()))
    for group in CLASS_GROUPS:
        yield f"class {group}", log1p(found[group])
        yield f"class share {group}", found[group] / total


@lru_cache(maxsize=8_192)
def _groups(names: str) -> tuple[str, ...]:
    """The groups of the words in a class attribute; the pages of a site share most of those."""
    if len(names) > _LONGEST_NAMES:
        return ()
    return tuple(CLASS_WORDS[w] for w in _WORD.findall(names.lower()) if w in CLASS_WORDS)


def _of_elements(census: Census) -> Iterator[Feature]:
    yield "elements", log1p(sum(census.tags.values()))
    for tag in _TAGS:
        yield f"tag {tag}", log1p(census.tags.get(tag, 0))


def _of_text(blocks: Sequence[Block]) -> Iterator[Feature]:
    """How much text there is, in how many pieces, and what share of it is in which elements."""
    joined = "\n".join(block.text for block in blocks) + "\n"
    for name, marks in _PUNCTUATION.items():
        yield name, log1p(sum(map(joined.count, marks)))
    yield "years", log1p(len(_YEAR.findall(joined)))
    lengths = [block.letters for block in blocks]
    total, count = sum(lengths), max(1, len(lengths))
    yield "text", log1p(total)
    yield "texts", log1p(len(lengths))
    yield "mean text", log1p(total / count)
    yield "short texts", sum(length < _SHORT for length in lengths) / count
    yield "text in links", sum(block.linked_letters for block in blocks) / max(1, total)
    paragraphs = sum(block.letters for block in blocks if block.element.tag == "p")
    yield "text in paragraphs", paragraphs / max(1, total)


def _of_container(evidence: Evidence) -> Iterator[Feature]:
    size, prose = evidence.size, evidence.prose_inside
    headings = pictures = 0
    if evidence.container is not None:
        element = evidence.container.element
        headings = sum(1 for _ in element.iter("h2", "h3", "h4"))
        pictures = sum(1 for _ in element.iter("img"))
    yield "inside", log1p(size)
    yield "inside links", evidence.linked / max(1, size)
    yield "inside per heading", log1p(size / (1 + headings))
    yield "inside pictures", log1p(pictures)
    yield "inside prose share", prose / max(1, size)
    yield "inside of prose", prose / max(1, evidence.run.total)


def _of_place(evidence: Evidence) -> Iterator[Feature]:
    container = evidence.container
    for mark in Mark:
        yield f"mark {mark.name.lower()}", container is not None and container.mark is mark
    yield "mark", len(Mark) + 1 if container is None else container.mark
    yield "title", container is not None and container.title is not None
    yield "dated", evidence.dated
    yield "signed", evidence.signed
    yield "dated head", evidence.dated_head
    yield "h-entry", is_h_entry(container)
    yield "comments", log1p(evidence.comments)
    yield "weight", weigh(evidence)


def _of_prose(evidence: Evidence) -> Iterator[Feature]:
    run = evidence.run
    lengths = sorted(length for _, length in evidence.prose)
    holders = {element.getparent() for element, _ in evidence.prose}
    yield "run", log1p(run.length)
    yield "prose", log1p(run.total)
    yield "run share", run.length / max(1, run.total)
    yield "paragraphs", log1p(len(lengths))
    yield "long paragraphs", log1p(sum(length > _LONG for length in lengths))
    yield "longest paragraph", log1p(lengths[-1] if lengths else 0)
    yield "median paragraph", log1p(lengths[len(lengths) // 2] if lengths else 0)
    yield "holders", log1p(len(holders))
    yield "holder share", len(holders) / max(1, len(lengths))

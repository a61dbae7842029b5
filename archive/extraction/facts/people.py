"""Who wrote a post: people's names, never an account name, a link's caption or a commenter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import islice

from lxml.etree import _Element

from archive.extraction.facts.sources import Found, Place, choose
from archive.extraction.facts.surroundings import Surroundings
from archive.extraction.facts.titles import declared_site_name
from archive.extraction.structure.furniture import fold
from archive.extraction.tree.blocks import inline_text
from archive.extraction.tree.bylines import begins_as_byline, leading_name, read_names
from archive.extraction.tree.canonical import site_host
from archive.extraction.tree.class_names import without_hashes
from archive.extraction.tree.head import Head, node_types, texts
from archive.extraction.tree.lines import Lines
from archive.extraction.tree.names import clean_names, is_of_another, strip_by
from archive.records import Hints

Authors = Found[tuple[str, ...]]

_NAME_CLASS = re.compile(
    r"authors?$|author[-_\w]*?[-_]*(?:name|title|link|url)$|byline[-_]*(?:name|author)?$", re.I
)
_ADDRESS = re.compile(
    r"/(?:authors?|contributors?|writers?|profiles?|people|staff|team|users?|by)/[^/?#]+/?(?:[?#]|$)"
    r"|^https?://(?:[\w-]+\.)*(?:medium|substack)\.com/@[^/?#]+/?(?:[?#]|$)",
    re.I,
)
_SEPARATORS = re.compile(r"\s*[|·•–—/]\s+|\s{2,}")
_NAMED_META = (
    "author", "parsely-author", "sailthru.author", "citation_author", "dc.creator",
    "dcterms.creator", "article:author", "article_author", "cxenseparse:author",
)  # fmt: skip
_MAX_LINE = 120  # characters
_MAX_NAMES_LENGTH = 500  # characters of a class attribute
_MAX_PIECES = 12
_MAX_TIERS = 3  # ancestors that the names of one byline share


def find_authors(head: Head, around: Surroundings, url: str, hints: Hints) -> Authors | None:
    """Find the people who wrote the post, in the order the page names them.

    What declares a person is asked first, then what marks the byline, then words ("posted by").
    An organisation, or the site itself, stands as author where nothing names a person.
    """
    site = fold(declared_site_name(head) or "")
    candidates = [found for found in _candidates(head, around, url, hints) if found.value]
    is_site = [all(fold(name) == site for name in found.value) for found in candidates]
    people = [found for found, alike in zip(candidates, is_site, strict=True) if not alike]
    rest = [found for found, alike in zip(candidates, is_site, strict=True) if alike]
    return choose((*people, *rest), _key) or _in_box(around, url) or _in_words_elsewhere(around)


def _key(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold, names))


def _candidates(head: Head, around: Surroundings, url: str, hints: Hints) -> Iterator[Authors]:
    elements, lines = around.elements, around.lines
    people, organisations = _declared(head)
    yield Found(clean_names(people), Place.JSON_LD)
    yield _marked(elements, lines, _is_microdata, Place.MICRODATA)
    yield _marked(elements, lines, _is_person, Place.MICROFORMAT)
    yield Found(_from_meta(head), Place.META)
    yield _marked(elements, lines, _is_author_link, Place.LINK)
    yield _marked(elements, lines, _is_author_class, Place.MARKUP)
    yield _marked(elements, lines, partial(_leads_to_author, site_host(url)), Place.LINK)
    yield _in_words(elements, lines)
    yield Found(clean_names(organisations, listed=False), Place.JSON_LD)
    yield Found(clean_names(hints.authors), Place.DISCOVERY)


def _declared(head: Head) -> tuple[list[str], list[str]]:
    """The names that JSON-LD gives: of people, and of organisations."""
    value = head.resolve(head.article.get("author") or head.article.get("creator"))
    people: list[str] = []
    organisations: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        node = head.resolve(item)
        kinds = node_types(node) if isinstance(node, dict) else []
        (organisations if "organization" in kinds else people).extend(texts(node))
    return people, organisations


def _from_meta(head: Head) -> tuple[str, ...]:
    for name in _NAMED_META:
        if found := clean_names(head.all(name)):
            return found
    if "written by" in (head.first("twitter:label1") or "").lower():
        return clean_names(head.all("twitter:data1"))
    return ()


def _marked(
    elements: Sequence[_Element],
    lines: Lines,
    is_marked: Callable[[_Element], bool],
    place: Place,
) -> Authors:
    """The names in the first element with a mark, and in those beside it with the same mark."""
    names: list[str] = []
    first: _Element | None = None
    tiers: set[_Element] = set()
    for element in elements:
        if not is_marked(element):
            continue
        name = _name_of(element)
        if not clean_names([name]) or is_of_another(_words_before(element, name, lines)):
            continue
        if first is None:
            first = element
            tiers = set(list(element.iterancestors())[:_MAX_TIERS])
        elif tiers.isdisjoint(element.iterancestors()):
            continue
        names.append(name)
    return Found(clean_names(names), place, first)


def _in_box(around: Surroundings, url: str) -> Authors | None:
    """The one person that marks name anywhere else on the page: in a box below the text."""
    marks = (_is_person, _is_author_link, _is_author_class)
    leads = partial(_leads_to_author, site_host(url))
    boxes: list[Authors] = []
    for element in around.elsewhere:
        is_marked = any(mark(element) for mark in marks)
        if is_marked or leads(element):
            names = clean_names([_name_of(element)])
            if is_marked or any(" " in name for name in names):  # no "profile", no "team"
                boxes.append(Found(names, Place.MARKUP, element))
    return _only(boxes)


def _in_words_elsewhere(around: Surroundings) -> Authors | None:
    """The one person that a line anywhere else on the page begins with as the author."""
    lines = (e for e in around.elsewhere if begins_as_byline((e.text or "").lstrip()))
    return _only(_in_words((e,), around.lines) for e in lines)


def _only(candidates: Iterable[Authors]) -> Authors | None:
    """The first of several that name the same people; None where they name others."""
    found: Authors | None = None
    for candidate in candidates:
        if candidate.value and found is not None and _key(candidate.value) != _key(found.value):
            return None
        if candidate.value and found is None:
            found = candidate
    return found


def _words_before(element: _Element, name: str, lines: Lines) -> str:
    """What stands before a name in the line around it."""
    parent = element.getparent()
    line = _line_of(parent, lines) if parent is not None else ""
    return line.partition(name)[0] if name in line else ""


def _in_words(elements: Iterable[_Element], lines: Lines) -> Authors:
    """The names after "by", in the first line that says so."""
    for element in elements:
        text = _line_of(element, lines)
        if text and (names := read_names(text)) and (found := clean_names([names])):
            return Found(found, Place.BYLINE, element)
    return Found((), Place.BYLINE)


def _line_of(element: _Element, lines: Lines) -> str:
    """The text of an element if it is one line, its parts set off from each other."""
    text = lines.parted(element)
    return text if len(text) <= _MAX_LINE else ""


def _is_microdata(element: _Element) -> bool:
    return "author" in (element.get("itemprop") or "").split()


def _is_person(element: _Element) -> bool:
    tokens = (element.get("class") or "").split()
    return "p-author" in tokens or ("vcard" in tokens and "author" in tokens)


def _is_author_link(element: _Element) -> bool:
    return "author" in (element.get("rel") or "").split()


def _is_author_class(element: _Element) -> bool:
    names = element.get("class")
    return names is not None and _is_called_author(names[:_MAX_NAMES_LENGTH])


@lru_cache(maxsize=4096)
def _is_called_author(names: str) -> bool:
    return any(map(_NAME_CLASS.search, without_hashes(names).split()))


def _leads_to_author(host: str, element: _Element) -> bool:
    href = element.get("href") or ""
    if element.tag != "a" or not _ADDRESS.search(href):
        return False
    return not href.startswith(("http:", "https:", "//")) or host in href or "/@" in href


def _name_of(element: _Element) -> str:
    """The name that an element about a person holds, not its portrait or his description."""
    if element.get("content"):
        return str(element.get("content"))
    for inner in element.iter():
        tokens = (inner.get("class") or "").split()
        if inner.get("itemprop") == "name" or "fn" in tokens or "p-name" in tokens:
            return str(inner.get("content") or inline_text(inner))
    for inner in element.iter("strong", "b", "a"):
        if inner is not element and (name := _visible_name(inner)):
            return name
    return _visible_name(element)


def _visible_name(element: _Element) -> str:
    """The names that the first words of an element are."""
    pieces = [
        piece
        for string in islice(element.itertext(), _MAX_PIECES)
        for piece in _SEPARATORS.split(" ".join(str(string)[:_MAX_LINE].split()))
    ]
    for piece in pieces:
        names = clean_names([leading_name(strip_by(piece))])
        if any(" " in name for name in names):
            return leading_name(strip_by(piece))
    line = strip_by(_line_of(element, Lines()))
    name = leading_name(line)
    if len(line) - len(name) <= 1:
        return name
    return line if " " not in line else ""  # a pen name; the words of a link are none

"""Who wrote a post: people's names, never an account name, a link's caption or a commenter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml.etree import _Element

from archive.extraction.blocks import inline_text
from archive.extraction.bylines import read_byline
from archive.extraction.class_names import without_hashes
from archive.extraction.head import Head, texts
from archive.extraction.surroundings import Surroundings
from archive.records import Hints

_MAX_NAME_LENGTH = 60
_MAX_NAME_WORDS = 6
_MAX_AUTHORS = 20
_ACCOUNTS = frozenset({
    "admin", "administrator", "anonymous", "author", "editor", "guest", "none", "null", "root",
    "undefined", "unknown", "user", "webmaster",
})  # fmt: skip
_BY = re.compile(
    r"^(?:(?:written|posted|published|story|words|text|article)\s+)?by[\s:]+|^(?:von|par|por|di|автор)[\s:]+|^author[\s:]+",
    re.I,
)
_AND = re.compile(r"\s*(?:,|;|&|\band\b|\|)\s*", re.I)
_NOT_A_NAME = re.compile(r"https?:|www\.|@|[\d<>{}\[\]|/\\?!:]|\w{3,}\.(?:\s|$)")
_INITIALS_OR_TITLE = re.compile(r"\b(?:Jr|Sr|Dr|Prof|Mrs|Rev|St|PhD)\.", re.I)
_NAME_CLASS = re.compile(
    r"author[-_]*(?:name|title|link)?$|byline[-_]*(?:name|author)?$|^p-author$|^fn$|^p-name$|authors$",
    re.I,
)
_AUTHOR_META = (
    "author",
    "article:author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "sailthru.author",
    "citation_author",
    "twitter:data1",
)


def find_authors(head: Head, around: Surroundings, hints: Hints) -> tuple[str, ...]:
    """Find the people who wrote the post, in the order the page names them.

    JSON-LD is asked first, then the byline beside the title (microformats, schema.org microdata,
    rel=author), then the meta elements, then words ("posted by") and the hints.
    """
    sources: tuple[Iterable[str], ...] = (
        texts(_people(head)),
        _byline(around),
        _from_meta(head),
        _in_words(around),
        hints.authors,
    )
    for names in sources:
        found = _clean(names)
        if found:
            return found
    return ()


def _people(head: Head) -> object:
    value = head.article.get("author") or head.article.get("creator")
    if isinstance(value, list):
        return [head.resolve(item) for item in value]
    return head.resolve(value)


def _byline(around: Surroundings) -> list[str]:
    """Names in the byline, by the strongest mark; of a phrase and a name in it, the name."""
    ranks = [
        [name for element in around.beside if is_marked(element) and (name := _name_of(element))]
        for is_marked in (_is_person, _is_author_link, _is_author_class)
    ]
    every = [name for names in ranks for name in names]
    best = next((names for names in ranks if _clean(names)), [])
    return [_name_within(name, (other for other in every if other != name)) for name in best]


def _in_words(around: Surroundings) -> Iterator[str]:
    """The name after "posted by", of the first line beside the title that says so."""
    for element in around.beside:
        name = read_byline(inline_text(element))
        if name is not None:
            yield name
            return


def _name_within(phrase: str, others: Iterable[str]) -> str:
    return min((name for name in _clean(others) if name in phrase), key=len, default=phrase)


def _is_person(element: _Element) -> bool:
    tokens = (element.get("class") or "").split()
    if "p-author" in tokens or (element.get("itemprop") == "author"):
        return True
    return "vcard" in tokens and "author" in tokens


def _is_author_link(element: _Element) -> bool:
    return "author" in (element.get("rel") or "").split()


def _is_author_class(element: _Element) -> bool:
    tokens = without_hashes(element.get("class") or "").split()
    return any(_NAME_CLASS.search(token) for token in tokens if token not in ("fn", "p-name"))


def _name_of(element: _Element) -> str:
    """The name that an element about a person holds, not its portrait or his description."""
    if element.get("content"):
        return str(element.get("content"))
    for inner in element.iter():
        tokens = (inner.get("class") or "").split()
        if inner.get("itemprop") == "name" or "fn" in tokens or "p-name" in tokens:
            return str(inner.get("content") or inline_text(inner))
    strong = next(element.iter("strong", "b"), None)
    if strong is not None and inline_text(strong):
        return inline_text(strong)
    return inline_text(element)


def _from_meta(head: Head) -> Iterator[str]:
    for name in _AUTHOR_META:
        if (
            name == "twitter:data1"
            and "written by" not in (head.first("twitter:label1") or "").lower()
        ):
            continue
        values = [value for value in head.all(name) if _clean([value])]
        if values:
            yield from values
            return


def _clean(names: Iterable[str]) -> tuple[str, ...]:
    cleaned: dict[str, str] = {}
    for name in names:
        for part in _AND.split(_BY.sub("", " ".join(name.split()))):
            person = _BY.sub("", part.strip(" .,;:–—-"))
            if _is_name(person):
                cleaned.setdefault(person.casefold(), person)
    return tuple(cleaned.values())[:_MAX_AUTHORS]


def _is_name(name: str) -> bool:
    if not name or len(name) > _MAX_NAME_LENGTH or len(name.split()) > _MAX_NAME_WORDS:
        return False
    if name.casefold() in _ACCOUNTS or not any(character.isalpha() for character in name):
        return False
    return not _NOT_A_NAME.search(_INITIALS_OR_TITLE.sub("", name))

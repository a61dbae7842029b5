"""Names of people, as bylines and declarations write them: taken apart, without what is no name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

from archive.extraction.tree.written_dates import MONTHS, WEEKDAYS

_MAX_NAME_LENGTH = 60
_MAX_NAME_WORDS = 6
_MAX_TEXT_LENGTH = 500  # characters of one text with names
_MAX_AUTHORS = 20
_ACCOUNTS = frozenset({
    "admin", "administrator", "anonymous", "author", "editor", "guest", "none", "null", "root",
    "undefined", "unknown", "user", "webmaster",
})  # fmt: skip
_BY = re.compile(
    r"^(?:(?:re)?(?:written|posted|published|created|submitted|updated|story|words|text|article"
    r"|recipe|report|guest post|post)\s+)?by\b[\s:]*"
    r"|^(?:von|par|por|di|автор|texto?|texte|redazione)[\s:]+|^(?:the\s+)?(?:authors?|writers?)\b[\s:]*",
    re.I,
)
_AND = re.compile(r"\s*(?:[,;|]|&|\band\b|\bund\b|\bet\b)\s*", re.I)
_CREDENTIAL = re.compile(
    r"(?:[A-Z][A-Za-z]{0,2}\.\s?){1,4}|(?:[A-Z]{2,6}|[A-Z][a-z]?[A-Z]{1,4}[a-z]?)[®™]?"
    r"(?:[\s-](?:[A-Z]{2,6}|\([A-Z][a-z]+\))[®™]?)*|Ph\.?\s?D\.?|[JS]r\.?|I{2,3}|IV"
)
_NOT_A_NAME = re.compile(r"https?:|www\.|[\d<>{}\[\]|/\\?!:]|\w{3,}\.(?:\s|$)")
_INITIALS_OR_TITLE = re.compile(r"\b(?:Jr|Sr|Dr|Prof|Mrs|Rev|St|PhD)\.", re.I)
_OTHER_ROLE = re.compile(
    r"[\s,;|.·•(]*\b(?:edited|reviewed|fact[- ]?checked|verified|updated|photo(?:graph)?(?:s|ed)?"
    r"|illustrat(?:ed|ions?)|translated|medically\s+reviewed|published)\b(?:\s+(?:by|on)\b)?.*$",
    re.I,
)
_ABBREVIATION = re.compile(r"(?:\b\w{1,2}|\.\w{1,2})\.$")  # "Jr.", "Ph.D."
_AROUND = ' ,;:–—-•·|"“”„«»'


def clean_names(names: Iterable[str], *, listed: bool = True) -> tuple[str, ...]:
    """Take the people out of texts that name them.

    Args:
        names: texts with one or more names, perhaps with "by" before them.
        listed: whether one text may hold several names; else each is one person's.

    Returns:
        The names, each once, in their order; letters after a name stay with it ("Ada King, PhD").
    """
    cleaned: dict[str, str] = {}
    for name in names:
        text = _BY.sub("", unescape(" ".join(name[:_MAX_TEXT_LENGTH].split())).strip(_AROUND))
        text = _OTHER_ROLE.sub("", text)
        parts = list(_with_credentials(_AND.split(text))) if listed else [text]
        several = any(len(part.split()) > 1 for part in parts[:1])
        for part in parts:
            person = _trim(part)
            if several and part is not parts[0] and len(person.split()) < 2:
                continue  # "Ada King, Gardener": a list of full names has no single words in it
            if _is_name(person):
                cleaned.setdefault(person.casefold(), person)
    return tuple(cleaned.values())[:_MAX_AUTHORS]


def _with_credentials(parts: list[str]) -> Iterator[str]:
    """The parts of a list, letters after a name joined to it again."""
    person = ""
    for part in parts:
        if person and _CREDENTIAL.fullmatch(part.strip()):
            person = f"{person}, {part.strip()}"
            continue
        if person:
            yield person
        person = part.strip()
    if person:
        yield person


def strip_by(text: str) -> str:
    """Take the words off a text that say that a name follows: "by", "posted by", "Author:"."""
    return _BY.sub("", text.strip(_AROUND))


def is_of_another(before: str) -> bool:
    """Tell whether the words before a name say that its bearer edited or checked the post."""
    return bool(_OTHER_ROLE.search(before[-_MAX_NAME_LENGTH:]))


def _trim(name: str) -> str:
    """A name without signs around it, said once, and without the month that follows it."""
    words = _BY.sub("", name.strip(_AROUND)).split()
    while len(words) > 1 and words[-1].strip(".,").casefold() in MONTHS:
        words.pop()
    for times in (3, 2):
        if len(words) % times == 0 and words == words[: len(words) // times] * times:
            words = words[: len(words) // times]
    text = " ".join(words).rstrip(_AROUND)
    return text if _ABBREVIATION.search(text) else text.rstrip(".")


def _is_name(name: str) -> bool:
    person = name.partition(",")[0]
    if not person or len(name) > _MAX_NAME_LENGTH or len(person.split()) > _MAX_NAME_WORDS:
        return False
    folded = person.casefold()
    if folded in _ACCOUNTS or folded in MONTHS or folded in WEEKDAYS:
        return False
    if not any(character.isalpha() for character in person):
        return False
    return "@" not in person and not _NOT_A_NAME.search(_INITIALS_OR_TITLE.sub("", person))

"""The title of a post, without the name of its site.

Two sides are heard: what the page shows (its heading) and what it declares (JSON-LD, Open Graph,
`<title>`). What readers see is the title, where it is about what is declared: declarations are
often written for search engines, and carry the site's name. But a heading may have lost what looked
like a tag, and the first h1 of many themes is the site's name, or a menu's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import unescape
from itertools import islice
from urllib.parse import urlsplit

from lxml.etree import _Element

from archive.extraction.facts.sources import Found, Place, choose
from archive.extraction.structure.container import Container, Mark
from archive.extraction.structure.furniture import fold
from archive.extraction.tree.blocks import heading_text, inline_text
from archive.extraction.tree.head import Head, node_types, text
from archive.extraction.tree.written_dates import parse_date
from archive.records import Hints

SEPARATOR = re.compile(
    r"\s+[|–—·»«•:›‹~/-]+\s+|\s*[|»›]\s*|:\s+|\s+::\s+"
    r"|(?<=[\u3040-\u30ff\u3400-\u9fff])[_—-]+(?=[\u3040-\u30ff\u3400-\u9fff])"
)
"""What stands between a title and the name of a site."""

_MAX_TITLE_LENGTH = 500
_MAX_CLAIM_LENGTH = 1_000  # every separator in it is tried
_SAME_ENDS = 6  # characters
_MAX_HEADINGS = 30
_MAX_HEADING_LENGTH = 200  # characters; what is longer is a paragraph in large letters
_MIN_SHARE = 0.3  # of a heading's words, that stand in what is declared
_MIN_SHARE_UNMARKED = 0.7  # the same, where nothing says that the page is a post
_MIN_COVERED = 0.2  # of the words that are declared
_MIN_INITIALS = 3
_LABEL = re.compile(r"\w+:|\([\w.-]+\.\w{2,}\)")  # "Thread: …", "… (news.example)"
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")  # each sign of CJK is a word


def title_forms(head: Head, hints: Hints) -> frozenset[str]:
    """All forms in which the page declares its title, each folded, to recognise its heading."""
    forms: set[str] = set()
    for declared in (*_declared(head), head.title, (hints.title or "")[:_MAX_CLAIM_LENGTH]):
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
    tree: _Element, head: Head, container: Container | None, url: str, hints: Hints
) -> Found[str] | None:
    """Find the title that the page's heading and its declarations agree on."""
    sites = _site_forms(head, url)
    stated = (*_placed(head), (hints.title, Place.DISCOVERY), (head.title, Place.TITLE_ELEMENT))
    bare = ((_bare(_unescaped(value), sites), place) for value, place in stated if value)
    claims = [Found(value, place) for value, place in bare if value]
    share = _MIN_SHARE if _is_post(head, container) else _MIN_SHARE_UNMARKED
    element = _choose_heading(tree, container, sites, claims)
    shown = "" if element is None else _bare(_unescaped(heading_text(element)), sites)
    found = _heading_or_claim(shown, claims, share)
    if not found.value or (found.place is Place.TITLE_ELEMENT and _is_note(container)):
        return None
    of_heading = element if found.place is Place.HEADING else None
    found = replace(found, value=found.value[:_MAX_TITLE_LENGTH], element=of_heading)
    return choose((found, *claims, Found(shown, Place.HEADING)), fold)


def _heading_or_claim(shown: str, claims: Sequence[Found[str]], share: float) -> Found[str]:
    """The heading, where a declaration bears it out; else the first thing that is declared."""
    heading = Found(shown, Place.HEADING)
    for claim in claims:
        if agreed := _agree(shown, claim.value):
            return heading if agreed == shown else replace(claim, value=agreed)
        if shown and _is_labelled(shown, claim.value):
            return claim
    if not claims or _is_about(shown, claims, share):
        return heading
    first = claims[0]
    return heading if shown and first.place is Place.TITLE_ELEMENT else first


def _choose_heading(
    tree: _Element,
    container: Container | None,
    sites: frozenset[str],
    claims: Sequence[Found[str]],
) -> _Element | None:
    """The heading over the post; where that is not about what is declared, an h1 that is."""
    over = container.title if container else None
    if over is not None:
        text = inline_text(over)
        if any(fold(text) == fold(claim.value) for claim in claims):
            return over
        if over.tag == "h1" and _is_about(text, claims):
            return over
    heading: _Element
    for heading in islice(tree.iter("h1"), _MAX_HEADINGS):
        text = inline_text(heading)
        if heading.find(".//a[@href]") is not None or fold(text) in sites:
            continue  # the name of the site, which leads home
        if _is_about(text, claims):
            return heading
    return over


def _is_post(head: Head, container: Container | None) -> bool:
    """Whether something marks the page as a post: there the heading is no mere slogan."""
    if head.article or "article" in (head.first("og:type") or "").lower():
        return True
    return container is not None and container.mark is not Mark.MAIN


def _is_note(container: Container | None) -> bool:
    """Whether a post is its own name, as microformats mark notes: its `<title>` is the site's."""
    if container is None:
        return False
    lineage = (container.element, *container.element.iterancestors())
    tokens = ((element.get("class") or "").split() for element in lineage)
    return any("p-name" in names and "e-content" in names for names in tokens)


def _is_about(shown: str, claims: Sequence[Found[str]], share: float = _MIN_SHARE) -> bool:
    """Whether what is declared has many of a heading's words, and the heading some of its."""
    own = _words(shown) if len(shown) <= _MAX_HEADING_LENGTH else frozenset()
    for claim in claims:
        others = _words(claim.value)
        common = len(own & others)
        if common and common >= max(share * len(own), _MIN_COVERED * len(others)):
            return True
    return False


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def _is_labelled(shown: str, claim: str) -> bool:
    """Whether a heading is the claim with its date, its host or one word of its kind beside it."""
    before, found, after = shown.partition(claim)
    rest = f"{before} {after}".strip()
    return bool(found) and (bool(_LABEL.fullmatch(rest)) or parse_date(rest) is not None)


def _site_forms(head: Head, url: str) -> frozenset[str]:
    """What a site may be called in a title: its declared name, its initials, its host."""
    site = declared_site_name(head) or ""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    labels = host.split(".")
    initials = "".join(word[0] for word in site.split() if word[0].isalnum())
    forms = {fold(site), fold(host), *(fold(label) for label in labels[:-1])}
    if len(initials) >= _MIN_INITIALS:
        forms.add(fold(initials))
    return frozenset(forms - {"", "blog", "www"})


def _bare(title: str, sites: frozenset[str]) -> str:
    """A title without the names of the site at its ends."""
    for site in sites:
        while (shorter := without_site(title, site)) != title:
            title = shorter
    return title


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
    for value, _ in _placed(head):
        yield _unescaped(value)


def _unescaped(value: str) -> str:
    """Without character references: many plug-ins escape a title once more, in JSON twice."""
    return unescape(unescape(value[:_MAX_CLAIM_LENGTH]))


def _placed(head: Head) -> Iterator[tuple[str, Place]]:
    for value, place in (
        (text(head.article.get("headline")), Place.JSON_LD),
        (head.first("og:title"), Place.OPEN_GRAPH),
        (head.first("twitter:title"), Place.META),
        (head.first("headline"), Place.MICRODATA),
    ):
        if value:
            yield value, place


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

"""Witnesses: what other places say is the text of a post.

The same post speaks through the JSON-LD of its page, the site's feed and the API of its platform.
What they say is a hint for which blocks of the page are the post (`agreement`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from lxml.etree import _Element

from archive.extraction.testimony.alignment import letters
from archive.extraction.tree.head import Head, Node, node_types, text
from archive.extraction.tree.parsing import parse_html

MAX_WITNESS_LENGTH = 1_000_000
"""Characters; what is longer is cut off, and so is not believed to be whole."""

WitnessKind = Literal["wordpress", "feed", "json-ld", "teaser"]
"""In the order of their weight; the first of those that are believed is named in the row."""

_MAX_DECLARED = 3  # of one page
_TAG = re.compile(r"</?(?:p|br|div|h[1-6]|[uo]l|li|blockquote|figure|pre|table|section|span|a)\b")
_SHORTCODE = re.compile(r"\[/?[a-zA-Z][\w-]{0,60}(?:\s[^\[\]<>]{0,2000}=[^\[\]<>]{0,2000})?/?\]")
_LINE = re.compile(r"\s*[\r\n]\s*")
_CUT_OFF = re.compile(r"(?:\u2026|\.\.\.)[\s\])>}»\u201d\"']*$")
_CAMPAIGN = re.compile(r"(?<=[?&])utm_\w+=[^&]*&?")
_SIGN_OFF_LENGTH = 300  # characters
_HEADERS = {"content-type": "text/html; charset=utf-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """What one place says is the text of a post."""

    kind: WitnessKind
    body: str  # plain text or HTML, as given
    title: str | None = None  # of the post, as given
    url: str | None = None  # of the post
    is_whole: bool = True  # it claims to be the whole text, not the beginning or a summary


def declared_witnesses(head: Head) -> tuple[Witness, ...]:
    """Give the texts that the JSON-LD of a page states (schema.org `articleBody`)."""
    found = (_declared(node) for node in head.nodes)
    texts = dict.fromkeys(witness for witness in found if witness is not None)
    return tuple(texts)[:_MAX_DECLARED]


def parse_witness(witness: Witness) -> _Element:
    """Give the body of a witness as an element; plain text gets a paragraph for each line.

    Text in which mark-up stands escaped, as in some JSON-LD, is unescaped first.
    """
    body = witness.body[:MAX_WITNESS_LENGTH]
    if not _TAG.search(body) and "&" in body:
        body = html.unescape(body)
    if not _TAG.search(body):
        body = "".join(f"<p>{html.escape(line)}</p>" for line in _LINE.split(body) if line)
    page = f"<body>{_SHORTCODE.sub(' ', body)}</body>"
    tree = parse_html(page.encode("utf-8", "replace"), _HEADERS)  # JSON may hold half characters
    found: _Element | None = tree.find("body")
    return tree if found is None else found


def drop_sign_off(body: _Element, url: str | None, known: Collection[str]) -> None:
    """Take off the end of a witness what feeds put there: a line that links to the post itself.

    Args:
        body: of the witness, changed in place.
        url: of the post.
        known: texts of the page, each as `letters` gives it; a line that is one of them stays.
    """
    if url is None:
        return
    address = _place(url)
    for element in reversed(body):
        text = "".join(map(str, element.itertext()))
        if (element.tail or "").strip() or len(text) > _SIGN_OFF_LENGTH:
            return
        if text.strip():
            links = element.iter("a")
            if letters(text) not in known and any(
                _place(link.get("href") or "") == address for link in links
            ):
                body.remove(element)
            return


def without_campaign(url: str) -> str:
    """Take off the parameters that a feed adds to tell where readers come from.

    >>> without_campaign("https://blog.example/?p=7&utm_source=rss&utm_medium=rss")
    'https://blog.example/?p=7'
    """
    return _CAMPAIGN.sub("", url).rstrip("?&")


def is_cut_off(witness: Witness, last_words: str) -> bool:
    """Tell whether a witness says less than all, by its own word or by how it ends.

    Args:
        witness: to be judged.
        last_words: the end of its text, mark-up taken off.
    """
    if not witness.is_whole or len(witness.body) > MAX_WITNESS_LENGTH:
        return True
    return bool(_CUT_OFF.search(last_words))


def _declared(node: Node) -> Witness | None:
    body = node.get("articleBody")
    if not isinstance(body, str) or not body.strip() or "comment" in node_types(node):
        return None
    return Witness(kind="json-ld", body=body, title=text(node.get("headline") or node.get("name")))


def _place(url: str) -> str:
    """A URL without what does not tell posts apart: scheme, fragment, the last slash."""
    return without_campaign(url.partition("#")[0]).partition(":")[2].rstrip("/")

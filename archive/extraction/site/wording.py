"""The wording of a page: by what it is told that two pages say the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from archive.extraction.site.sketches import hash_text
from archive.records import Extraction, PageType

_RUN = re.compile(r"[!-~]+|[^\s!-~]+")  # ASCII apart: other scripts set no spaces around it
_VARIES = re.compile(r"[\d/]")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Wording:
    """Hashes of what a page says.

    A page that a server sends in place of others often has a time, a number or the address in it
    that was asked for; the loose one leaves out words with a digit or a slash, and those of the
    address.
    """

    exact: int
    loose: int


def wording_of(said: Extraction, url: str) -> Wording:
    """Give the wording of a page.

    One without text, or with a form for a password in its place, is told by its title.

    Args:
        said: what the page was found to say.
        url: that was asked for.

    >>> def of(text: str, slug: str) -> Wording:
    ...     said = Extraction(page_type=PageType.ARTICLE, main_text=text)
    ...     return wording_of(said, f"https://a.example/{slug}/")
    >>> ropes, tar = of("Nothing at /ropes/, 3f02.", "ropes"), of("Nothing at /tar/, 81.", "tar")
    >>> ropes.exact == tar.exact, ropes.loose == tar.loose
    (False, True)
    """
    is_closed = said.page_type is PageType.PROTECTED
    text = ("" if is_closed else said.main_text) or said.title or ""
    parts = urlsplit(url)
    asked = set(_words(unquote(f"{parts.path} {parts.query}")))
    runs = (run for run in _RUN.findall(text.casefold()) if not _VARIES.search(run))
    kept = [word for run in runs for word in _WORD.findall(run) if word not in asked]
    return Wording(exact=hash_text(text), loose=hash_text(" ".join(kept) or text))


def _words(text: str) -> list[str]:
    return [word for run in _RUN.findall(text.casefold()) for word in _WORD.findall(run)]

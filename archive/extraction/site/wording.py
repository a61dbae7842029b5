"""The wording of a page: its text without what differs from one answer to the next."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from archive.extraction.site.sketches import hash_text
from archive.records import Extraction, PageType

_RUN = re.compile(r"[!-~]+|[^\s!-~]+")  # ASCII apart: other scripts set no spaces around it
_VARIES = re.compile(r"[\d/]")
_WORD = re.compile(r"[^\W\d_]+")


def wording_of(said: Extraction, url: str) -> int:
    """Hash what a page says but for what tells one answer from the next, so that these are equal.

    A page that a server sends in place of another often has a time, a number or the address in it
    that was asked for. So words with a digit or a slash do not count, nor do those of the address.
    A page without text, or with a form for a password in its place, is told by its title.

    Args:
        said: what the page was found to say.
        url: that was asked for.

    >>> def of(text: str, slug: str) -> int:
    ...     return wording_of(Extraction(main_text=text), f"https://a.example/{slug}/")
    >>> of("Nothing at /ropes/ (error 3f02).", "ropes") == of("Nothing at /tar/ (error 81).", "tar")
    True
    >>> of("Ropes are wet.", "ropes") == of("Ropes are dry.", "ropes")
    False
    """
    is_closed = said.page_type is PageType.PROTECTED
    text = ("" if is_closed else said.main_text) or said.title or ""
    parts = urlsplit(url)
    asked = set(_words(unquote(f"{parts.path} {parts.query}")))
    runs = (run for run in _RUN.findall(text.casefold()) if not _VARIES.search(run))
    kept = [word for run in runs for word in _WORD.findall(run) if word not in asked]
    return hash_text(" ".join(kept) or text)


def _words(text: str) -> list[str]:
    return [word for run in _RUN.findall(text.casefold()) for word in _WORD.findall(run)]

"""What a document names as its requisites: absolute URLs, each once, and not without end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urldefrag

from w3lib.url import safe_url_string

from scraper.addresses import MAX_ADDRESS_LENGTH, resolve

MAX_REFERENCES = 20_000  # of one document; what is named past that is not looked at


@dataclass(frozen=True, slots=True)
class Requisite:
    """An image, a style sheet, a font or a script that a page or a style sheet names.

    Attributes:
        url: absolute, http or https, without fragment, escaped as it is sent.
        is_style: it is named as a style sheet, and names requisites itself.
    """

    url: str
    is_style: bool = False


@dataclass(slots=True)
class References:
    """The requisites that one document names, in the order in which it names them.

    Attributes:
        base: what its references are relative to.
    """

    base: str
    _found: dict[str, bool] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        """Whether `MAX_REFERENCES` are reached."""
        return len(self._found) >= MAX_REFERENCES

    def add(self, reference: str | None, *, is_style: bool = False) -> None:
        """Take a reference as it is written; ``data:`` URLs and mere fragments name nothing."""
        reference = (reference or "").strip()
        is_long = len(reference) > MAX_ADDRESS_LENGTH
        if not reference or reference.startswith("#") or is_long or self.is_full:
            return
        url = resolve(self.base, reference)
        if url is not None and len(url) <= MAX_ADDRESS_LENGTH:
            self._keep(url, is_style)

    def merge(self, requisites: Iterable[Requisite]) -> None:
        """Take what a part of the document names."""
        for requisite in requisites:
            self._keep(requisite.url, requisite.is_style)

    def listed(self) -> tuple[Requisite, ...]:
        """Give all of them: style sheets first, as they lead to more."""
        found = [Requisite(url, is_style) for url, is_style in self._found.items()]
        return tuple(sorted(found, key=lambda requisite: not requisite.is_style))

    def _keep(self, url: str, is_style: bool) -> None:
        try:
            url = safe_url_string(urldefrag(url)[0])
        except ValueError:  # of urllib, for addresses such as "http://["
            return
        if url in self._found or not self.is_full:
            self._found[url] = is_style or self._found.get(url, False)

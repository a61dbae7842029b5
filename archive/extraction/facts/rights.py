"""What a page says about the use of its text: robots directives, TDM reservation, licence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from lxml.etree import _Element

from archive.extraction.facts.sources import Found, Place
from archive.extraction.tree.canonical import document_base, safe_join
from archive.extraction.tree.head import Head, text

_ROBOTS_META = ("robots", "googlebot", "bingbot", "otherbot")
_TDM = ("tdm-reservation", "tdm-policy")
_LICENSE_HOSTS = frozenset({"creativecommons.org", "www.creativecommons.org"})
_MAX_DIRECTIVE_LENGTH = 500


def find_rights(head: Head, headers: Mapping[str, str]) -> tuple[str, ...]:
    """Find the robots and TDM directives of a page, as sent, each with its source before a colon.

    Sources: X-Robots-Tag headers and robots meta elements (RFC 9309 leaves them to the crawlers'
    documentation), `tdm-reservation` and `tdm-policy` (W3C TDM Reservation Protocol) in headers or
    meta elements. Form: ``x-robots-tag: noindex``, ``robots: noai``, ``tdm-reservation: 1``.
    """
    found: dict[str, None] = {}
    for name, value in (*_from_headers(headers), *_from_meta(head)):
        found.setdefault(f"{name}: {value[:_MAX_DIRECTIVE_LENGTH]}")
    return tuple(found)


def _from_headers(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        if name.lower() in ("x-robots-tag", *_TDM):
            yield name.lower(), value.strip()


def _from_meta(head: Head) -> Iterator[tuple[str, str]]:
    for name in (*_ROBOTS_META, *_TDM):
        for value in head.meta.get(name, ()):
            yield name, value


def find_license(tree: _Element, head: Head, url: str) -> Found[str] | None:
    """Find the licence of the page: rel=license, JSON-LD `license`, a link to Creative Commons."""
    base = document_base(tree, url)
    for element in tree.iter("link", "a"):
        if "license" in (element.get("rel") or "").lower().split():
            link = safe_join(base, element.get("href") or "")
            if link:
                return Found(link, Place.LINK)
    if declared := text(head.article.get("license")):
        return Found(declared, Place.JSON_LD)
    if declared := head.first("dc.rights.license", "license"):
        return Found(declared, Place.META)
    for element in tree.iter("a"):
        link = element.get("href") or ""
        if (
            "creativecommons.org/" in link
            and _is_license(link)
            and (whole := safe_join(base, link))
        ):
            return Found(whole, Place.MARKUP)
    return None


def _is_license(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.hostname in _LICENSE_HOSTS and parts.path.startswith(
        ("/licenses/", "/publicdomain/")
    )

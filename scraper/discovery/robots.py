"""What a robots.txt says about lists: its Sitemap lines (RFC 9309 §2.2.4, sitemaps.org)."""

from __future__ import annotations

import re

from scraper.addresses import resolve
from scraper.discovery.reading import Answer

MAX_ROBOTS_BYTES = 512 * 1024  # RFC 9309 §2.5: at least 500 KiB are read
MAX_SITEMAPS = 20  # named in one robots.txt; a blog names one to three

_SITEMAP = re.compile(rb"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.I | re.M)


def find_sitemaps(answer: Answer) -> list[str]:
    """Give the sitemap URLs that a robots.txt names, each once; none where it is no robots.txt."""
    if answer.status != 200 or answer.is_html:
        return []
    named = (
        resolve(answer.url, match.decode("utf-8", "replace"))
        for match in _SITEMAP.findall(answer.body[:MAX_ROBOTS_BYTES].replace(b"\r", b"\n"))
    )
    return list(dict.fromkeys(url for url in named if url))[:MAX_SITEMAPS]

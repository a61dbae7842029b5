"""What lies where in a WACZ file (WACZ 1.1.1), for those who write it and those who read it."""

from __future__ import annotations

from dataclasses import dataclass

WACZ_VERSION = "1.1.1"
DATAPACKAGE = "datapackage.json"
DIGEST = "datapackage-digest.json"
ARCHIVE = "archive/"
INDEXES = "indexes/"
PAGES = "pages/pages.jsonl"
OTHER_PAGES = "pages/otherPages.jsonl"
"""Not the usual ``extraPages.jsonl``: where that is, ReplayWeb.page searches no text but its."""

PAGES_FORMAT = "json-pages-1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One file of a WACZ, as its ``datapackage.json`` lists it."""

    name: str  # lower case, unlike those of the others
    path: str  # in the zip file
    digest: str  # "sha256:" and hexadecimal digits: the form of WACZ, and not that of WARC
    size_bytes: int

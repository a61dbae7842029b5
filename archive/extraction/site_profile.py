"""What the pages of a site have in common, as it bears on the text of each of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteProfile:
    """What was learned from all pages of a site."""

    digest: str  # "sha256:…" of all that follows

"""What a worker gives back of a page."""

from __future__ import annotations

from dataclasses import dataclass

from archive.extraction.site.sketches import PackedSketch
from archive.records import Extraction


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page says, its wording, and the sketch that its site is learned from."""

    extraction: Extraction
    sketch: PackedSketch | None  # None of what is no HTML page
    wording: int  # as `archive.extraction.site.wording` gives it

"""What a worker gives back of a page."""

from __future__ import annotations

from dataclasses import dataclass

from archive.extraction.site.sketches import PackedSketch
from archive.extraction.site.wording import Wording
from archive.records import Extraction


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page says, its wording, and the sketch that its site is learned from."""

    extraction: Extraction
    sketch: PackedSketch | None  # None of what is no HTML page
    wording: Wording

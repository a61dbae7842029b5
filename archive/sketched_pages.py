"""The row that the catalogue keeps of a page that was read, beside what is filed of it."""

from __future__ import annotations

from archive.articles.store import ArchivedPage
from archive.catalogue import SketchRow
from archive.extraction.canonical import site_host
from archive.extraction.reading import Reading
from archive.extraction.sketches import hash_text


def sketch_row(page: ArchivedPage, reading: Reading, *, extractor: str) -> SketchRow | None:
    """Make the row; None of what is no HTML page.

    Args:
        page: the page, and what continues it.
        reading: what it was found to say.
        extractor: versions and settings of what read it.
    """
    sketch = reading.sketch
    if sketch is None:
        return None
    return SketchRow(
        record_id=page.capture.record_id,
        site=site_host(page.capture.target_uri),
        address=hash_text(page.capture.urlkey),
        frame=sketch.frame,
        is_post=sketch.is_post,
        title=sketch.title,
        origin=page.origin,
        continuation_ids=page.continuation_ids,
        extractor=extractor,
        sketch=sketch.packed,
    )

"""A captured page read again: its answers as archived, and all that had a say in its row."""

from __future__ import annotations

from collections.abc import Sequence

from archive.catalogue import CaptureRow, CatalogueReader, SketchRow
from archive.catalogue.sites import find_site_profile, get_sketch
from archive.errors import CaptureNotFoundError
from archive.extraction.site.site_profile import SiteProfile, read_profile
from archive.extraction.testimony.witnesses import Witness
from archive.extraction.workers import ExtractionJob
from archive.records import Hints
from archive.stored_messages import MessageReader
from archive.witnesses import WitnessFinder

_ALONE = "-"


def job_of(
    catalogue: CatalogueReader,
    messages: MessageReader,
    capture: CaptureRow,
    *,
    continuation_ids: Sequence[str] = (),
) -> ExtractionJob:
    """Put together what it takes to read a page as it was read when its row was made.

    Args:
        catalogue: of the collection.
        messages: reads its answers.
        capture: of the page.
        continuation_ids: of the further pages of the post, where the catalogue does not say.

    Raises:
        CaptureNotFoundError: an answer is not in the collection.
        WarcError: a record cannot be read.
        CatalogueError: the catalogue cannot be used.
    """
    row = _find_row(catalogue, capture.record_id)
    further = continuation_ids if row is None else row.continuation_ids
    return ExtractionJob(
        url=capture.target_uri,
        blocks=tuple(map(messages.read, (capture.record_id, *further))),
        hints=Hints() if row is None else row.origin.discovery.hints,
        site=None if row is None else _site(catalogue, row),
        witnesses=() if row is None else _witnesses(catalogue, messages, capture, row),
    )


def _find_row(catalogue: CatalogueReader, record_id: str) -> SketchRow | None:
    try:
        return get_sketch(catalogue, record_id)
    except CaptureNotFoundError:  # it is no page, or was captured by another program
        return None


def _site(catalogue: CatalogueReader, row: SketchRow) -> SiteProfile | None:
    digest, _, _ = row.settled.partition(" ")
    values = None if digest in ("", _ALONE) else find_site_profile(catalogue, digest)
    return None if values is None else read_profile(digest, values)


def _witnesses(
    catalogue: CatalogueReader, messages: MessageReader, capture: CaptureRow, row: SketchRow
) -> tuple[Witness, ...]:
    _, _, heard = row.settled.partition(" ")
    if not heard:
        return ()
    with WitnessFinder(catalogue, messages) as finder:
        canonical = catalogue.find_canonical(capture.record_id)
        return finder.find(capture.crawl_id, capture.target_uri, canonical)

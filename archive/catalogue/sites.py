"""What the catalogue keeps of whole sites: sketches of their pages, and what was learned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archive.catalogue.reader import CatalogueReader
from archive.catalogue.rows import CaptureRow, SketchRow, read_sketch_row
from archive.catalogue.schema import damaged
from archive.errors import CaptureNotFoundError
from archive.record_json import from_json
from archive.records import Capture


@dataclass(frozen=True, slots=True)
class SketchedPage:
    """A page of which there is a sketch."""

    record_id: str
    page_type: str | None
    filename: str  # of its WARC file
    settled: str  # as in `SketchRow`
    extractor: str


def sketched_sites(catalogue: CatalogueReader) -> list[str]:
    """Name the sites of which there are sketches, sorted."""
    rows = catalogue.query("SELECT DISTINCT site FROM sketches ORDER BY site")
    return [row["site"] for row in rows]


def iter_sketches(
    catalogue: CatalogueReader, site: str, *, is_post: bool, limit: int
) -> Iterator[SketchRow]:
    """Yield the sketches of the latest capture of each page of a site, by hash of its address.

    A page that was captured in two designs of the site counts in both.
    """
    statement = (
        "SELECT s.*, max(c.date || c.record_id) FROM sketches AS s JOIN captures AS c"
        " USING (record_id) WHERE s.site = ? AND s.is_post = ?"
        " GROUP BY s.address, s.frame ORDER BY s.address, s.frame LIMIT ?"
    )
    for row in catalogue.query(statement, site, int(is_post), limit):
        yield _read(catalogue, row)


def list_sketched_pages(catalogue: CatalogueReader, site: str) -> list[SketchedPage]:
    """List the pages of a site of which there are sketches, in the order of the archive."""
    statement = (
        "SELECT record_id, page_type, filename, settled, extractor FROM sketches JOIN captures"
        " USING (record_id) WHERE site = ? ORDER BY filename, offset"
    )
    return [SketchedPage(*row) for row in catalogue.query(statement, site)]


def get_page(catalogue: CatalogueReader, record_id: str) -> tuple[Capture, CaptureRow]:
    """Return the capture of a page as a record, and what the catalogue says of it.

    Raises:
        CaptureNotFoundError: there is none.
    """
    known = catalogue.get_capture(record_id)
    (row,) = catalogue.query("SELECT * FROM captures WHERE record_id = ?", record_id)
    return from_json(Capture, dict(row)), known


def iter_titles(catalogue: CatalogueReader, site: str) -> Iterator[int]:
    """Yield the hashes of the titles of all posts of a site."""
    statement = "SELECT DISTINCT title FROM sketches WHERE site = ? AND is_post = 1 AND title <> 0"
    return (row["title"] for row in catalogue.query(statement, site))


def get_sketch(catalogue: CatalogueReader, record_id: str) -> SketchRow:
    """Return the sketch of a page.

    Raises:
        CaptureNotFoundError: there is none.
    """
    found = find_sketch(catalogue, record_id)
    if found is None:
        raise CaptureNotFoundError(record_id)
    return found


def find_sketch(catalogue: CatalogueReader, record_id: str) -> SketchRow | None:
    """Find the sketch of a page; None where it was not read, or is no HTML."""
    rows = catalogue.query("SELECT * FROM sketches WHERE record_id = ?", record_id)
    return next((_read(catalogue, row) for row in rows), None)


def find_site_profile(catalogue: CatalogueReader, digest: str) -> dict[str, Any] | None:
    """Find a site profile, as JSON, by its digest."""
    rows = catalogue.query("SELECT profile FROM site_profiles WHERE digest = ?", digest)
    return next((json.loads(row["profile"]) for row in rows), None)


def has_sketch(catalogue: CatalogueReader, record_id: str) -> bool:
    """Tell whether there is a sketch of a page."""
    rows = catalogue.query("SELECT 1 FROM sketches WHERE record_id = ?", record_id)
    return next(rows, None) is not None


def _read(catalogue: CatalogueReader, row: Any) -> SketchRow:
    try:
        return read_sketch_row(row)
    except ValueError as error:
        raise damaged(catalogue.path, str(error)) from error

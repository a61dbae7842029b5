"""What a collection lacks, by its own word, after an import: originals, and pages of a package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from archive.catalogue import Catalogue
from archive.errors import PackageError
from archive.importing.sources import is_package
from archive.wacz.reader import WaczReader


def iter_unresolved(catalogue: Catalogue, paths: Iterable[Path]) -> Iterator[str]:
    """Yield a line for each revisit whose original the collection does not hold.

    Args:
        catalogue: of the collection.
        paths: of the WARC files whose revisits are looked at.
    """
    statement = (
        "SELECT record_id FROM captures WHERE filename = ? AND record_type = 'revisit'"
        " ORDER BY offset"
    )
    for path in paths:
        for row in list(catalogue.query(statement, path.name)):
            revisit = catalogue.get_capture(row["record_id"])
            if catalogue.find_original(revisit) is None:
                place = f"{path.name} at offset {revisit.offset}"
                yield f"{place}: the original of this revisit is not there: {revisit.target_uri}"


def iter_missing_pages(catalogue: Catalogue, files: Iterable[Path]) -> Iterator[str]:
    """Yield a line for each page that a package lists and of which there is no capture.

    Args:
        catalogue: of the collection.
        files: those that were imported; only packages are looked at.
    """
    for path in filter(is_package, files):
        with WaczReader(path) as wacz:
            for name in wacz.page_list_names:
                try:
                    for page in wacz.iter_pages(name):
                        if next(catalogue.iter_captures(page.url), None) is None:
                            yield f"{path.name}: {name} lists a page without capture: {page.url}"
                except PackageError as error:
                    yield str(error)

"""Which part of a collection a package is made of."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.articles.store import file_stem
from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.errors import CollectionError
from archive.missing import describe_missing, find_missing
from archive.records import Capture
from archive.terminal import printable
from archive.warc.captures import iter_stored_captures
from archive.warc.file import OPEN_SUFFIX, sealed_path
from archive.warc.gzip_members import Loss

_SEALED = "*.warc.gz"
_LEFT_OPEN = f"{_SEALED}{OPEN_SUFFIX}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Captures by date and crawl; left as it is, all of them."""

    since: datetime | None = None  # captured at that instant or after
    crawl_ids: frozenset[str] = frozenset()  # by one of these crawls; empty: by any

    @property
    def is_everything(self) -> bool:
        """Tell whether nothing is left out."""
        return self.since is None and not self.crawl_ids

    def takes(self, capture: Capture, crawl_id: str) -> bool:
        """Tell whether a capture is part of the selection."""
        is_late_enough = self.since is None or capture.date >= self.since
        return is_late_enough and (not self.crawl_ids or crawl_id in self.crawl_ids)


def find_files(collection: Collection, selection: Selection) -> list[Path]:
    """List the WARC files that hold at least one selected capture, in name order.

    Sealed files are asked of the catalogue; one that is open, or was left open by a crawl that was
    killed, is read, since the catalogue need not know all that is in it.

    Raises:
        CollectionError: there is no such crawl, or a file that is to be packed is not there.
        CatalogueError: the catalogue is needed and cannot be used.
        WarcError: a file that has to be read cannot be opened.
    """
    left_open = {sealed_path(path).name: path for path in collection.warc_dir.glob(_LEFT_OPEN)}
    sealed = {path.name: path for path in collection.warc_dir.glob(_SEALED)}
    # A crawl may seal a file between these two lists; then it is in both, or in the first alone.
    there = {n: path for n, path in {**left_open, **sealed}.items() if _is_there(path)}
    if selection.is_everything:
        # A link that leads nowhere was a file once, whether or not anything was made from it.
        unreadable = {*left_open, *sealed}.difference(there)
        check_missing(collection, [*find_missing(collection), *unreadable])
    else:
        with CatalogueReader(collection.catalogue_path) as catalogue:
            _check_crawls(catalogue, collection, selection)
            names = _names_of(catalogue, selection)
        check_missing(collection, names.difference(there))
        there = {
            name: path
            for name, path in there.items()
            if (name in names if name in sealed else _holds_any(path, selection))
        }
    return [path for _, path in sorted(there.items())]


def check_missing(collection: Collection, missing: Iterable[str]) -> None:
    """Refuse to go on without files that a package needs.

    Raises:
        CollectionError: there are such files.
    """
    if names := sorted({printable(name) for name in missing}):
        address = shlex.quote(collection.address)
        raise CollectionError(
            f"{describe_missing(collection, names)} Nothing was packed: put them back, or give up"
            f" what was made from them with `archive rebuild {address} --forget-missing`"
        )


def _is_there(path: Path) -> bool:
    """Tell whether a file is there, by this name or, sealed meanwhile, by its final one."""
    return path.is_file() or sealed_path(path).is_file()


def _check_crawls(catalogue: CatalogueReader, collection: Collection, selection: Selection) -> None:
    known = [crawl.crawl_id for crawl in catalogue.crawls()]
    if unknown := sorted(selection.crawl_ids.difference(known)):
        there_are = ", ".join(known) or "none"
        raise CollectionError(
            f"{collection.path} has no crawl {unknown[0]}; there are: {there_are}"
        )


def _names_of(catalogue: CatalogueReader, selection: Selection) -> set[str]:
    since = "" if selection.since is None else selection.since.astimezone(UTC).isoformat()
    names: set[str] = set()
    crawl_ids: list[str | None] = [*sorted(selection.crawl_ids)]
    for crawl_id in crawl_ids or [None]:
        rows = catalogue.query(
            "SELECT DISTINCT filename FROM captures"
            " WHERE date >= ?1 AND (?2 IS NULL OR crawl_id = ?2)",
            since,
            crawl_id,
        )
        names.update(row["filename"] for row in rows)
    return names


def _holds_any(path: Path, selection: Selection) -> bool:
    losses: list[Loss] = []  # a torn end: it is no part of the package
    crawl_id = file_stem(sealed_path(path).name)
    for stored in iter_stored_captures(path, losses=losses):
        crawl_id = stored.crawl_id or crawl_id
        if selection.takes(stored.capture, crawl_id):
            return True
    return False

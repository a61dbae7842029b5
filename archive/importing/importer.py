"""Imports archive files into a collection: each one whole, or not at all, and never twice.

What is taken is made in a directory of its own and put into ``archive/`` by renaming: first the log
that says what is coming, then the WARC file. `archive.taking_in` then reads them in.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self

from archive import __version__
from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.dates import utc_now
from archive.digests import digest_of
from archive.directories import sync_directory
from archive.errors import WarcError
from archive.importing.conversion import convert
from archive.importing.import_log import ImportedFile, iter_imported, write_log
from archive.importing.names import free_stem
from archive.importing.record_ids import RecordIds
from archive.importing.repacking import Conversion
from archive.importing.sources import Source, is_package, package_sources, plain_source
from archive.inventory import IMPORT_SPIDER
from archive.records import Crawl
from archive.taking_in import WORK_PREFIX
from archive.wacz.reader import WaczReader
from archive.warc.file import WARC_SUFFIX

_SOFTWARE = f"blog-archiver/{__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one archive file."""

    imported: ImportedFile
    is_new: bool  # False: the collection had it already
    paths: tuple[Path, ...] = ()  # of the WARC files that are to be read in
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A file in the working directory that only has to be put into its place."""

    path: Path
    crawl: Crawl
    taken: Taken


class Importer:
    """Takes archive files into a collection that the caller has locked; use it with ``with``.

    Args:
        collection: where to.
        catalogue: of that collection.
        advance: is told how much was read, in bytes; each file is read twice.

    Attributes:
        unread: WARC files of earlier imports that were stopped before they were read in.
    """

    def __init__(
        self, collection: Collection, catalogue: Catalogue, advance: Callable[[int], None]
    ) -> None:
        self._collection = collection
        self._catalogue = catalogue
        self._advance = advance
        self._record_ids = RecordIds(catalogue)
        self._known: dict[str, ImportedFile] = {}  # by digest
        self.unread: list[Path] = []
        for log_path, imported in iter_imported(collection.warc_dir):
            path = collection.warc_dir / imported.filename
            if path.parent == collection.warc_dir and path.is_file():
                self._known[imported.source_digest] = imported
                if not self._is_read(imported):
                    self.unread += [log_path, path]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._record_ids.close()

    def take(self, path: Path) -> list[Taken]:
        """Import one file: all archive files in it, or none.

        Raises:
            WarcError: it cannot be read, is no archive file, or holds no whole record.
            PackageError: it is a package that is damaged or unsafe.
            OSError: the disk is full or refuses.
        """
        self._record_ids.drop()  # of a file that could not be taken
        with tempfile.TemporaryDirectory(prefix=WORK_PREFIX, dir=self._collection.path) as name:
            ready = list(self._prepare_all(path, Path(name)))
            taken = [self._put(each) if isinstance(each, _Ready) else each for each in ready]
        self._record_ids.keep()
        return taken

    def _prepare_all(self, path: Path, work: Path) -> Iterator[_Ready | Taken]:
        if not is_package(path):
            yield self._prepare(plain_source(path, self._advance), work)
            return
        with WaczReader(path) as wacz:
            for source in package_sources(wacz, work, self._advance):
                yield self._prepare(source, work)

    def _prepare(self, source: Source, work: Path) -> _Ready | Taken:
        """Convert a file, or find it in the collection."""
        if known := self._find_known(source):
            self._advance(source.size)
            return Taken(imported=replace(known, source=source.name), is_new=False)
        begun = utc_now()
        stem = free_stem(source.name, source.digest, lambda stem: self._is_taken(stem, work))
        target = work / f"{stem}{WARC_SUFFIX}"
        conversion = convert(
            source.path,
            target,
            source_digest=source.digest,
            is_new=self._record_ids.add,
            advance=self._advance,
        )
        if not conversion.record_count:
            raise WarcError(_nothing_whole(conversion), path=source.name)
        if conversion.capture_count and conversion.known_count == conversion.capture_count:
            target.unlink()
            warning = "every capture in it is in the collection already, from other files"
            imported = _imported(source, conversion, "")
            return Taken(imported=imported, is_new=False, warnings=(warning,))
        imported = _imported(source, conversion, target.name)
        crawl = _crawl(imported, begun)
        warnings = (*source.warnings, *_warnings(conversion))
        return _Ready(
            path=target,
            crawl=crawl,
            taken=Taken(imported=imported, is_new=True, warnings=warnings),
        )

    def _put(self, ready: _Ready) -> Taken:
        """Put a file and its log into their place; the log first, so that no file is without."""
        warc_dir, taken = self._collection.warc_dir, ready.taken
        target = warc_dir / ready.path.name
        if target.exists():
            raise WarcError("the file is there already", path=target)
        log_path = write_log(warc_dir, ready.crawl, taken.imported, software=_SOFTWARE)
        ready.path.rename(target)
        sync_directory(warc_dir)
        self._known[taken.imported.source_digest] = taken.imported
        return replace(taken, paths=(log_path, target))

    def _find_known(self, source: Source) -> ImportedFile | None:
        """Find a file in the collection that was made of these bytes, or has them."""
        if imported := self._known.get(source.digest):
            return imported
        for path in self._collection.warc_dir.glob(f"*{WARC_SUFFIX}"):
            if path.stat().st_size == source.size and _digest(path) == source.digest:
                return _imported(source, Conversion(compression="gzip", is_copy=True), path.name)
        return None

    def _is_read(self, imported: ImportedFile) -> bool:
        """Tell whether the catalogue has the row of an import: it gets that last."""
        crawl = self._catalogue.find_crawl(imported.filename.removesuffix(WARC_SUFFIX))
        return crawl is not None and crawl.spider == IMPORT_SPIDER and crawl.finished is not None

    def _is_taken(self, stem: str, work: Path) -> bool:
        directories = (self._collection.warc_dir, work)
        names = [f"{stem}{WARC_SUFFIX}{end}" for end in ("", ".open")]
        is_there = any((where / name).exists() for where in directories for name in names)
        return is_there or self._catalogue.find_crawl(stem) is not None


def _imported(source: Source, conversion: Conversion, filename: str) -> ImportedFile:
    return ImportedFile(
        source=source.name,
        source_digest=source.digest,
        source_size=source.size,
        filename=filename,
        form=conversion.form,
        compression=conversion.compression,
        is_copy=conversion.is_copy,
        record_count=conversion.record_count,
        capture_count=conversion.capture_count,
        problems=tuple(map(str, conversion.damages)),
    )


def _crawl(imported: ImportedFile, begun: datetime) -> Crawl:
    counts = {
        "records": imported.record_count,
        "captures": imported.capture_count,
        "problems": len(imported.problems),
    }
    return Crawl(
        crawl_id=imported.filename.removesuffix(WARC_SUFFIX),
        spider=IMPORT_SPIDER,
        seeds=(imported.source,),
        started=begun,
        finished=utc_now(),
        reason="finished",
        versions=(_SOFTWARE.replace("/", " "),),
        stats=tuple(counts.items()),
    )


def _warnings(conversion: Conversion) -> tuple[str, ...]:
    known = conversion.known_count
    if not known:
        return tuple(conversion.warnings)
    warning = f"{known:,} of its captures are in the collection already, from other files"
    return (*conversion.warnings, warning)


def _nothing_whole(conversion: Conversion) -> str:
    first = f" ({conversion.damages[0]})" if conversion.damages else ""
    return f"no whole record is in it{first}"


def _digest(path: Path) -> str:
    with path.open("rb", buffering=0) as file:
        return digest_of(iter(lambda: file.read(1 << 20), b""))

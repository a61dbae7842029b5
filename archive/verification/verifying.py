"""Verification from the paths that a person names to findings and counts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive.collection import Collection
from archive.errors import ArchiveError, WarcError
from archive.verification.collection_checks import CollectionChecks
from archive.verification.crawl_checks import note_logged_ends
from archive.verification.findings import Finding
from archive.verification.kinds import Severity
from archive.verification.ledger import Ledger
from archive.verification.link_checks import LOOSE, check_links
from archive.verification.package_checks import PackageChecks
from archive.verification.progress import Stages
from archive.verification.reading import read_sources
from archive.verification.warc_checks import WarcSource
from archive.verification.workspace import is_full, workspace

_ZIP_START = b"PK\x03\x04"
_ZSTD_START = b"\x28\xb5\x2f\xfd"
_PACKAGE_SUFFIX = ".wacz"
_OTHER_SUFFIXES = (".arc", ".arc.gz")
_COLLECTION, _PACKAGE = "collection", "WACZ file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing that was verified: a collection, a WACZ file, or a WARC file by itself."""

    number: int
    path: str
    form: str


class Verification:
    """What was found, as long as its files are there: use it within `verified`.

    Attributes:
        targets: what was verified, in the order in which it was named.
        not_verified: paths that could not be, or not to the end, each with the reason.
    """

    def __init__(
        self, targets: Sequence[Target], not_verified: Sequence[tuple[str, str]], ledger: Ledger
    ) -> None:
        self.targets = tuple(targets)
        self.not_verified = tuple(not_verified)
        self._ledger = ledger

    def findings(self, target: Target | None = None) -> Iterator[Finding]:
        """Yield what was found: faults first, then differences, each by file and place."""
        return self._ledger.findings(target.number if target else None)

    def counts(self, target: Target) -> dict[str, int]:
        """Return how many of what was verified."""
        return self._ledger.counts(target.number)

    def severities(self, target: Target | None = None) -> dict[Severity, int]:
        """Count faults and differences."""
        return self._ledger.severities(target.number if target else None)


@contextmanager
def verified(
    paths: Sequence[str], *, processes: int, extract: bool = True, shows_progress: bool = False
) -> Iterator[Verification]:
    """Verify collections, WARC and WACZ files.

    WARC files that are named by themselves are taken together, as parts of one archive. What a
    revisit refers to may lie in anything that is verified at the same time.

    Args:
        paths: of files, or names or paths of collections.
        processes: that read WARC files at the same time, and then extract.
        extract: also extract every article again, which takes most of the time.
        shows_progress: on standard error, if that is a terminal.

    What cannot be read, or is being written, is noted in the result, and the others are verified.

    Raises:
        ArchiveError: there is no room for temporary files.
    """
    with (
        workspace() as work,
        Ledger(work / "ledger.sqlite") as ledger,
        Stages(shown=shows_progress) as stages,
        ExitStack() as locks,
    ):
        run = _Run(ledger, stages, processes)
        for path in paths:
            with run.noted_errors(path):
                run.add(path, locks)
        run.read_warc_files()
        run.compare(extraction_processes=processes if extract else 0)
        stages.close()
        yield Verification(run.targets, run.not_verified, ledger)


def verify_warc(path: Path) -> list[Finding]:
    """Verify one WARC file in this process, and return what was found.

    Raises:
        WarcError: the file cannot be opened or read.
    """
    with verified([str(path)], processes=1) as verification:
        for _, error in verification.not_verified:
            raise WarcError(error, path=path)
        return list(verification.findings())


class _Run:
    """One run: the targets, and the files that are to be read."""

    def __init__(self, ledger: Ledger, stages: Stages, processes: int) -> None:
        self.targets: list[Target] = []
        self.not_verified: list[tuple[str, str]] = []
        self._ledger = ledger
        self._stages = stages
        self._processes = processes
        self._collections: list[tuple[CollectionChecks, Target]] = []
        self._packages: list[PackageChecks] = []
        self._sources: list[WarcSource] = []

    def add(self, path: str, locks: ExitStack) -> None:
        """Take a path in; a collection is locked, so that nothing changes meanwhile."""
        if not Path(path).is_file():
            self._add_collection(Collection.open(path), locks)
        elif path.lower().endswith(_PACKAGE_SUFFIX) or _begins_with(Path(path), _ZIP_START):
            self._add_package(Path(path))
        else:
            self._add_warc_file(Path(path))

    def read_warc_files(self) -> None:
        """Enter all WARC files into the ledger, several at a time."""
        size = sum(source.byte_count for source in self._sources)
        with self._stages.stage("reading WARC files", size) as advance:
            failed = read_sources(self._sources, self._ledger, self._processes, advance)
            for source, error in failed:
                self.not_verified.append((source.label, str(error)))

    @contextmanager
    def noted_errors(self, path: str) -> Iterator[None]:
        """Note that a path cannot be verified, and go on with the others."""
        try:
            yield
        except ArchiveError as error:
            self.not_verified.append((path, str(error)))
        except OSError as error:
            if is_full(error):  # nothing can be verified without temporary files
                raise
            place = error.filename or path
            self.not_verified.append((path, f"{place}: {error.strerror or error}"))

    def compare(self, *, extraction_processes: int) -> None:
        """Compare records with records, and all that is derived from them."""
        self._ledger.make_indexes()
        note_logged_ends(self._ledger)
        for collection, _ in self._collections:
            collection.note_ends()
        with self._stages.stage("comparing records", None):
            check_links(self._ledger)
        for package in self._packages:
            with (
                self._stages.stage("comparing index and pages", None),
                self.noted_errors(str(package.path)),
            ):
                package.check_contents()
        for collection, target in self._collections:
            with (
                self._stages.stage("comparing index, articles and catalogue", None),
                self.noted_errors(target.path),
            ):
                collection.check_derived(extraction_processes=extraction_processes)
        self._ledger.flush()

    def _add_collection(self, collection: Collection, locks: ExitStack) -> None:
        if os.access(collection.path, os.W_OK):  # else nobody can be writing it from here
            locks.enter_context(collection.lock())
        target = self._new_target(str(collection.path), _COLLECTION)
        checks = CollectionChecks(collection, self._ledger, target.number)
        self._collections.append((checks, target))
        self._sources += checks.warc_sources(len(self._sources) + 1)

    def _add_package(self, path: Path) -> None:
        target = self._new_target(str(path), _PACKAGE)
        checks = PackageChecks(path, self._ledger, target.number)
        with self._stages.stage("reading the package", path.stat().st_size) as advance:
            is_readable = checks.check_package(advance)
        if is_readable:
            self._packages.append(checks)
            self._sources += checks.warc_sources(len(self._sources) + 1)

    def _add_warc_file(self, path: Path) -> None:
        if path.name.endswith(_OTHER_SUFFIXES) or _begins_with(path, _ZSTD_START):
            message = "neither a plain nor a gzipped WARC file: `archive import` takes it"
            raise WarcError(message, path=path)
        target = self._new_target(str(path), LOOSE)
        self._sources.append(
            WarcSource(
                number=len(self._sources) + 1,
                target=target.number,
                path=path,
                label=str(path),
                name=path.name,
            )
        )

    def _new_target(self, path: str, form: str) -> Target:
        target = Target(number=len(self.targets) + 1, path=path, form=form)
        self.targets.append(target)
        self._ledger.add(
            "targets", target.number, path, form, 0 if form == LOOSE else target.number
        )
        return target


def _begins_with(path: Path, start: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(start)) == start
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror}") from error

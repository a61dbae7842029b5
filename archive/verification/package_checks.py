"""A WACZ file: the package, its page lists, its indexes; nothing is unpacked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from archive.errors import PackageError
from archive.verification.findings import make_finding
from archive.verification.index_checks import check_index, take_lines
from archive.verification.kinds import Kind
from archive.verification.ledger import Ledger
from archive.verification.package_index_checks import block_problems
from archive.verification.page_list_checks import PageListChecks
from archive.verification.plain_words import plain_words
from archive.verification.warc_checks import WarcSource
from archive.verification.zip_edges import edge_problems
from archive.wacz.checking import WaczFault, iter_faults
from archive.wacz.layout import ARCHIVE, DATAPACKAGE, DIGEST, PAGES
from archive.wacz.reader import WaczReader

_SOFTWARE = "blog-archiver"
_OTHER_SUFFIXES = (".arc", ".arc.gz")
_MAX_HEAD_BYTES = 1 << 16
_KINDS = {
    "unlisted": Kind.PACKAGE_FILE_UNLISTED,
    "damaged": Kind.PACKAGE_FILE_DAMAGED,
    "compressed": Kind.PACKAGE_FILE_DEFLATED,
    "pages": Kind.PAGE_LINE,
    "signature": Kind.SIGNATURE,
}


class PackageChecks:
    """Verifies one WACZ file.

    Attributes:
        path: of the file.

    Args:
        path: of the file.
        ledger: gets what is found.
        target: its number in the ledger.
    """

    def __init__(self, path: Path, ledger: Ledger, target: int) -> None:
        self.path = path
        self._ledger = ledger
        self._target = target

    def check_package(self, on_bytes: Callable[[int], None] = lambda _: None) -> bool:
        """Check files against the list of them, digests and signature; tells if it can be read."""
        try:
            with WaczReader(self.path) as wacz:
                for fault in iter_faults(wacz, on_bytes=on_bytes):
                    self._report(_kind_of(fault), plain_words(fault.message), fault.name)
                if DIGEST not in wacz.names:
                    message = f"no {DIGEST}: nothing says that {DATAPACKAGE} is as it was"
                    self._report(Kind.PACKAGE_DIGEST_MISSING, message)
                for problem in edge_problems(self.path):
                    self._report(Kind.PACKAGE_BYTES_OUTSIDE, problem)
                self._check_head_of_pages(wacz)
                self._ledger.count(self._target, "package files", len(wacz.names))
        except PackageError as error:
            self._report(Kind.PACKAGE_UNREADABLE, plain_words(str(error)))
            return False
        return True

    def warc_sources(self, first_number: int) -> Iterator[WarcSource]:
        """Yield the WARC files that lie in the package, as they can be read where they lie."""
        with WaczReader(self.path) as wacz:
            for number, name in enumerate(wacz.warc_names, first_number):
                if not wacz.is_stored(name):  # reported with the package
                    continue
                if name.endswith(_OTHER_SUFFIXES):
                    self._report(Kind.NOT_CHECKED, "an ARC file, and not looked at", name)
                    continue
                start, size = wacz.place_of(name)
                yield WarcSource(
                    number=number,
                    target=self._target,
                    path=self.path,
                    label=f"{self.path}!{name}",
                    name=name.removeprefix(ARCHIVE),
                    start=start,
                    size=size,
                )

    def check_contents(self) -> None:
        """Compare indexes and page lists with the WARC files, which must be in the ledger."""
        with WaczReader(self.path) as wacz:
            is_ours = str(wacz.datapackage.get("software", "")).startswith(_SOFTWARE)
            label = f"{self.path}!{', '.join(wacz.index_names) or 'indexes/'}"
            lines = self._index_lines(wacz, label)
            is_one = len(wacz.index_names) == 1
            take_lines(lines, label, self._target, self._ledger, is_sorted=is_one)
            for name, message in block_problems(wacz):
                self._report(Kind.INDEX_BLOCK, message, name)
            if wacz.index_names:
                check_index(self._ledger, self._target, label, is_ours=is_ours)
                self._check_missing_files(label)
            PageListChecks(wacz, self._ledger, self._target, is_ours=is_ours).check()

    def _index_lines(self, wacz: WaczReader, label: str) -> Iterator[tuple[None, bytes]]:
        try:
            for line in wacz.iter_index_lines():
                yield None, line.encode()
        except PackageError as error:
            finding = make_finding(Kind.INDEX_LINE_UNREADABLE, str(error), file=label)
            self._ledger.report(self._target, finding)

    def _check_missing_files(self, label: str) -> None:
        rows = self._ledger.query(
            "SELECT name, count(*) AS number FROM lines WHERE target = ?1 AND name NOT IN"
            " (SELECT name FROM files WHERE target = ?1) GROUP BY name",
            self._target,
        )
        for row in rows:
            message = f"{row['name']} is not there; {row['number']} lines of {label} name it"
            self._report(Kind.WARC_FILE_MISSING, message)

    def _check_head_of_pages(self, wacz: WaczReader) -> None:
        """Check that the list of pages begins with the line that says its format."""
        if PAGES not in wacz.names:  # reported with the package
            return
        first = next(wacz.iter_chunks(PAGES), b"")[:_MAX_HEAD_BYTES].partition(b"\n")[0]
        try:
            head = json.loads(first)
        except (ValueError, RecursionError):
            head = None
        if not isinstance(head, dict) or not str(head.get("format", "")).startswith("json-pages"):
            self._report(Kind.PAGE_LINE, "the first line does not state the format", PAGES)

    def _report(self, kind: Kind, message: str, name: str | None = None) -> None:
        file = f"{self.path}!{name}" if name else str(self.path)
        self._ledger.report(self._target, make_finding(kind, message, file=file))


def _kind_of(fault: WaczFault) -> Kind:
    match fault.kind, fault.name:
        case "missing", name if name == PAGES:
            return Kind.PAGES_MISSING
        case "missing", "indexes/":
            return Kind.INDEX_MISSING
        case "missing", _:
            return Kind.PACKAGE_FILE_MISSING
        case "digest", name if name == DATAPACKAGE:
            return Kind.PACKAGE_DIGEST
        case "digest", _:
            return Kind.PACKAGE_FILE_DIGEST
    return _KINDS[fault.kind]

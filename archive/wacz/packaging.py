"""Makes a WACZ of a collection, or of a part of it."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from archive import __version__
from archive.articles.store import ArticleStore, file_stem
from archive.collection import Collection
from archive.dates import utc_now
from archive.directories import sync_directory
from archive.errors import PackageError
from archive.urls import name_addresses
from archive.wacz.contents import Account, Contents
from archive.wacz.copied_originals import NeededOriginals
from archive.wacz.layout import WACZ_VERSION
from archive.wacz.package_index import PackageIndex
from archive.wacz.page_lists import PageLists
from archive.wacz.revisits import RevisitAccount
from archive.wacz.selection import Selection, find_files
from archive.wacz.signing import format_created, public_key_text, sign
from archive.wacz.writer import WaczWriter
from archive.warc.file import find_warc_file, sealed_path

_SUFFIX = ".wacz"
_MAX_LINES = 20  # about one thing
_WORK_PREFIX = ".archive-package-"
_SOFTWARE = f"blog-archiver {__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageOrder:
    """What a package is to hold, and how it is to be labelled."""

    selection: Selection = field(default_factory=Selection)
    title: str | None = None  # None: the name of the collection
    key: EllipticCurvePrivateKey | None = None  # to sign with, from `load_key`
    overwrite: bool = False  # replace a file that is there
    created: datetime | None = None  # the date of the package; None: now


@dataclass(frozen=True, slots=True, kw_only=True)
class Packaged:
    """What `package` made."""

    path: Path
    account: Account
    size_bytes: int
    public_key: str | None  # that its signature is verified with; None: not signed
    warnings: tuple[str, ...]  # what is not in it, a line each


_EVERYTHING = PackageOrder()


def package(
    collection: Collection,
    target: Path,
    order: PackageOrder = _EVERYTHING,
    *,
    on_bytes: Callable[[int, int], None] = lambda _done, _total: None,
) -> Packaged:
    """Write a collection, or the WARC files that hold a selection of it, as one WACZ file.

    WARC files go in whole, byte for byte, and the index covers all that is in them; the page lists
    are those of the selection. Revisits whose originals lie in other files bring these along. The
    lock of the collection is not needed: of a file that a crawl is writing, the whole exchanges
    are taken. Equal collections give equal bytes, but for `created` and the signature.

    Args:
        collection: which is only read.
        target: the file to make; it appears when it is complete. Where it is a link, the file that
            it leads to is made, and the link stays.
        order: what to take, and what to say of it.
        on_bytes: is told again and again how many bytes of WARC files are packed, and of how many.

    Raises:
        PackageError: the file is there, cannot be written, or would hold nothing.
        WarcError: a WARC file is damaged.
        CollectionError: a WARC file that is needed is missing; there is no such crawl.
        ArchiveError: catalogue or articles cannot be used.
    """
    _check_target(target, overwrite=order.overwrite)
    place = Path(os.path.realpath(target))  # a loop of links stays one, and is no regular file
    paths = find_files(collection, order.selection)
    with _translated_errors(target, place), _work_directory(place) as work:
        made = work / place.name
        with WaczWriter(made) as wacz:
            account, warnings = _write_contents(
                collection, paths, order.selection, wacz, _counter(paths, on_bytes)
            )
            _write_description(collection, order, account, wacz)
        size_bytes = made.stat().st_size
        _check_target(target, overwrite=order.overwrite)  # it may have come meanwhile
        made.replace(place)
        sync_directory(place.parent)
    return Packaged(
        path=target,
        account=account,
        size_bytes=size_bytes,
        public_key=public_key_text(order.key.public_key()) if order.key else None,
        warnings=tuple(warnings),
    )


def _write_contents(
    collection: Collection,
    paths: list[Path],
    selection: Selection,
    wacz: WaczWriter,
    on_bytes: Callable[[int], None],
) -> tuple[Account, list[str]]:
    """Write WARC files, index and page lists."""
    names = frozenset(sealed_path(path).name for path in paths)
    work = wacz.path.parent
    with ExitStack() as stack:
        is_whole = selection.is_everything
        needed = (
            None if is_whole else stack.enter_context(closing(NeededOriginals(collection, names)))
        )
        contents = Contents(
            wacz=wacz,
            index=stack.enter_context(closing(PackageIndex(work))),
            pages=stack.enter_context(closing(PageLists(work))),
            revisits=stack.enter_context(closing(RevisitAccount(work))),
            store=ArticleStore(collection.articles_dir),
            selection=selection,
            needed=needed,
            on_bytes=on_bytes,
        )
        for path in paths:
            contents.add_file(path)
        account = contents.account
        if account.first is None:
            which = "" if is_whole else " of that date or crawl"
            raise PackageError(f"{collection.path} holds no capture{which}: nothing to package")
        if needed:
            copy = work / f"{file_stem(min(names))}-originals.warc.gz"
            if needed.copy(copy):
                contents.add_file(copy)
        contents.warnings += _first_of(contents.revisits.iter_unresolved())
        contents.index.write(wacz)
        account.article_count, account.other_page_count = contents.pages.write(wacz)
    return account, contents.warnings


def _first_of(lines: Iterator[str]) -> list[str]:
    """Keep the first lines, and count the others."""
    first = list(islice(lines, _MAX_LINES))
    more = sum(1 for _ in lines)
    return [*first, *([f"and {more:,} more of these"] if more else [])]


def _write_description(
    collection: Collection, order: PackageOrder, account: Account, wacz: WaczWriter
) -> None:
    """Write ``datapackage.json`` and its digest."""
    created = format_created(order.created or utc_now())
    title, description = order.title or collection.name, _describe(collection, account)
    values: dict[str, Any] = {
        "profile": "data-package",
        "title": title,
        "description": description,
        "created": created,
        "wacz_version": WACZ_VERSION,
        "software": _SOFTWARE,
        "metadata": {"title": title, "desc": description},  # where ReplayWeb.page looks for them
    }
    if page := account.main_page:
        values["mainPageUrl"] = page.target_uri
        values["mainPageDate"] = format_created(page.date)
    digest = wacz.write_datapackage(values)
    signed = None
    if order.key:
        signed = sign(digest, order.key, created=created, software=_SOFTWARE)
    wacz.write_digest(digest, signed)


def _counter(paths: list[Path], on_bytes: Callable[[int, int], None]) -> Callable[[int], None]:
    """Make the callable that adds up, and tells the sum with the total."""
    # A file that was open when it was listed may be sealed by now, and have another name.
    current = (find_warc_file(path.parent, sealed_path(path).name) for path in paths)
    total = sum(path.stat().st_size for path in current)
    done = 0

    def count(size: int) -> None:
        nonlocal done
        done += size
        on_bytes(done, total)

    return count


def _check_target(target: Path, *, overwrite: bool) -> None:
    if target.suffix != _SUFFIX:
        raise PackageError(f"{target}: the name of a WACZ file ends in {_SUFFIX}")
    place = Path(os.path.realpath(target))
    if not place.parent.is_dir():
        raise PackageError(f"{target}: there is no directory {place.parent}")
    if os.path.lexists(place) and not place.is_file():
        kind = "a directory" if place.is_dir() else "no regular file"
        raise PackageError(f"{target} is {kind}: choose another name")
    if place.exists() and not overwrite:
        raise PackageError(f"{target} is there already: choose another name, or --force")


@contextmanager
def _work_directory(place: Path) -> Iterator[Path]:
    """Make a directory beside the file to be, so that one rename puts the package in place."""
    with tempfile.TemporaryDirectory(prefix=_WORK_PREFIX, dir=place.parent) as work:
        yield Path(work)


@contextmanager
def _translated_errors(target: Path, place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # the disk is full, or refuses
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = error.strerror or str(error)
        if error.filename and place.parent not in Path(error.filename).parents:
            reason = f"{error.filename}: {reason}"  # a file that is read, and not one of ours
        raise PackageError(_complaint(target, place, reason, is_full=is_full)) from error
    except sqlite3.OperationalError as error:
        is_full = error.sqlite_errorcode == sqlite3.SQLITE_FULL
        raise PackageError(_complaint(target, place, str(error), is_full=is_full)) from error


def _complaint(target: Path, place: Path, reason: str, *, is_full: bool) -> str:
    way_out = f"make room in {place.parent}" if is_full else "mend that"
    return f"{target} is not written: {reason}; {way_out} or choose another place, and run it again"


def _describe(collection: Collection, account: Account) -> str:
    of = f" of {name_addresses(collection.seeds)}" if collection.seeds else ""
    days = dict.fromkeys(f"{date:%Y-%m-%d}" for date in (account.first, account.last))
    return f"{account.article_count:,} articles{of}, captured {' to '.join(days)}."

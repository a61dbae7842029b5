"""Whether a WACZ file is whole: all files there, as they were, listed, stored, and signed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from archive.errors import PackageError
from archive.wacz.layout import DATAPACKAGE, DIGEST, PAGES, Resource
from archive.wacz.reader import WaczReader
from archive.wacz.signing import Signature, verify_signature

FaultKind = Literal["missing", "unlisted", "damaged", "digest", "compressed", "pages", "signature"]
_HASHES = ("sha256", "md5")  # those that WACZ writers use


@dataclass(frozen=True, slots=True, kw_only=True)
class WaczFault:
    """One thing that is wrong with a WACZ file."""

    kind: FaultKind
    name: str  # path of the file, in the WACZ
    message: str


def iter_faults(
    wacz: WaczReader, *, on_bytes: Callable[[int], None] = lambda _: None
) -> Iterator[WaczFault]:
    """Yield what is wrong with a WACZ file as a package; what its WARC files hold is not looked at.

    Found are files that are missing, not listed, damaged, other than listed, deflated where WACZ
    forbids it; page lists that cannot be read; a wrong digest of ``datapackage.json``, and a
    signature that does not agree.

    Args:
        wacz: the open file.
        on_bytes: is told how many bytes were read, piece by piece.
    """
    yield from _contents(wacz)
    for resource in wacz.resources:
        if resource.path in wacz.names:
            yield from _as_listed(wacz, resource, on_bytes)
    for name in wacz.page_list_names:
        try:
            for _ in wacz.iter_pages(name):
                pass
        except PackageError as error:
            yield WaczFault(kind="pages", name=name, message=str(error))
    yield from _digest_faults(wacz)


def read_signature(wacz: WaczReader) -> Signature | None:
    """Verify the signature of a WACZ file; None where it has none.

    It covers ``datapackage.json``, and through the digests in it every file: it is worth something
    only where `iter_faults` finds nothing.

    Raises:
        PackageError: there is something in its place that cannot be read.
    """
    stated = wacz.read_digest() or {}
    signed = stated.get("signedData")
    if signed is None:
        return None
    if not isinstance(signed, dict):
        raise PackageError(f"{wacz.path}: signedData in {DIGEST} is no object")
    return verify_signature(signed, _digest(wacz, DATAPACKAGE, "sha256"))


def _contents(wacz: WaczReader) -> Iterator[WaczFault]:
    """Compare what must be there, what is listed, and what is there."""
    listed = {resource.path for resource in wacz.resources}
    for name in sorted({PAGES, *listed}.difference(wacz.names)):
        yield WaczFault(kind="missing", name=name, message="the file is not there")
    if not wacz.warc_names:
        yield WaczFault(kind="missing", name="archive/", message="there is no WARC file")
    if not wacz.index_names:
        yield WaczFault(kind="missing", name="indexes/", message="there is no index")
    for name in wacz.names:
        if name not in listed and name not in (DATAPACKAGE, DIGEST):
            yield WaczFault(kind="unlisted", name=name, message=f"{DATAPACKAGE} does not list it")
    for name in (*wacz.warc_names, *wacz.index_names):
        if not wacz.is_stored(name) and (name in wacz.warc_names or name.endswith(".gz")):
            message = "it is deflated in the zip file, and nothing can be read out of it at once"
            yield WaczFault(kind="compressed", name=name, message=message)


def _as_listed(
    wacz: WaczReader, resource: Resource, on_bytes: Callable[[int], None]
) -> Iterator[WaczFault]:
    kind = resource.digest.partition(":")[0]
    if kind not in _HASHES:
        message = f"{DATAPACKAGE} gives no digest of it that can be verified: {resource.digest!r}"
        yield WaczFault(kind="digest", name=resource.path, message=message)
        return
    try:
        computed = _digest(wacz, resource.path, kind, on_bytes)
    except PackageError as error:
        yield WaczFault(kind="damaged", name=resource.path, message=str(error))
        return
    size = wacz.size_of(resource.path)
    if computed != resource.digest or size != resource.size_bytes:
        message = (
            f"listed are {resource.size_bytes} bytes with {resource.digest},"
            f" found {size} with {computed}"
        )
        yield WaczFault(kind="digest", name=resource.path, message=message)


def _digest_faults(wacz: WaczReader) -> Iterator[WaczFault]:
    try:
        stated = wacz.read_digest()
        if stated is None:
            return
        computed = _digest(wacz, DATAPACKAGE, str(stated.get("hash")).partition(":")[0])
        if stated.get("path") != DATAPACKAGE or stated.get("hash") != computed:
            message = f"{DIGEST} states {stated.get('hash')}, computed {computed}"
            yield WaczFault(kind="digest", name=DATAPACKAGE, message=message)
        signature = read_signature(wacz)
    except PackageError as error:
        yield WaczFault(kind="signature", name=DIGEST, message=str(error))
        return
    if signature and not signature.is_valid:
        message = "the signature does not agree with the package"
        yield WaczFault(kind="signature", name=DIGEST, message=message)


def _digest(
    wacz: WaczReader,
    name: str,
    kind: str,
    on_bytes: Callable[[int], None] = lambda _: None,
) -> str:
    if kind not in _HASHES:
        raise PackageError(f"{wacz.path}: {DIGEST} has no sha256 of {DATAPACKAGE}")
    computed = hashlib.new(kind, usedforsecurity=False)
    for chunk in wacz.iter_chunks(name):
        computed.update(chunk)
        on_bytes(len(chunk))
    return f"{kind}:{computed.hexdigest()}"

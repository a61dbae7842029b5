"""The archive files that are to be imported: a file itself, or those inside a WACZ package."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.digests import digest_of
from archive.errors import PackageError, WarcError
from archive.wacz.reader import WaczReader

_ZIP_MAGIC = b"PK"
_CHUNK_BYTES = 1 << 20
_HASHES = ("sha256", "md5")  # those that WACZ writers use


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One archive file on disk, WARC or ARC."""

    name: str  # of the file; behind that of its package, its path in there
    path: Path
    digest: str
    size: int  # in bytes
    warnings: tuple[str, ...] = ()


def is_package(path: Path) -> bool:
    """Tell whether a file is a package (WACZ) by how it begins.

    Raises:
        WarcError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(len(_ZIP_MAGIC)) == _ZIP_MAGIC
    except OSError as error:
        raise WarcError(error.strerror or str(error), path=path) from error


def plain_source(path: Path, advance: Callable[[int], None]) -> Source:
    """Take the digest of a file; `advance` is told of the bytes read, piece by piece.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb", buffering=0) as file:
        chunks = iter(lambda: file.read(_CHUNK_BYTES), b"")
        digest = digest_of(_counted(chunks, advance))
        return Source(name=path.name, path=path, digest=digest, size=file.tell())


def package_sources(
    wacz: WaczReader, directory: Path, advance: Callable[[int], None]
) -> Iterator[Source]:
    """Unpack the archive files of a package one after the other; each is removed after its turn.

    Raises:
        PackageError: one is damaged, does not have the digest that the package states, or does not
            fit on the disk; or there is none.
        OSError: the disk refuses.
    """
    if not wacz.warc_names:
        raise PackageError(f"{wacz.path}: it holds no WARC file, or only further packages")
    stated = {resource.path: resource.digest for resource in wacz.resources}
    for number, name in enumerate(wacz.warc_names):
        size, free = wacz.size_of(name), shutil.disk_usage(directory).free
        if size > free:
            raise PackageError(
                f"{wacz.path}: {name} has {size:,} bytes, the disk room for {free:,}"
            )
        suffix = "".join(Path(name).suffixes[-2:])
        path = directory / f"unpacked-{number}{suffix}"
        digest, warnings = _unpack(wacz, name, path, stated.get(name, ""), advance)
        yield Source(
            name=f"{wacz.path.name}/{name}",
            path=path,
            digest=digest,
            size=size,
            warnings=warnings,
        )
        path.unlink()


def _unpack(
    wacz: WaczReader, name: str, path: Path, stated: str, advance: Callable[[int], None]
) -> tuple[str, tuple[str, ...]]:
    """Copy a file out of a package, and compare it with the digest that is stated."""
    kind = stated.partition(":")[0]
    judged = hashlib.new(kind if kind in _HASHES else "sha256", usedforsecurity=False)
    with path.open("xb") as copy:
        chunks = _counted(wacz.iter_chunks(name), advance)
        digest = digest_of(_each(_each(chunks, copy.write), judged.update))
    computed = f"{judged.name}:{judged.hexdigest()}"
    if kind in _HASHES and computed != stated.lower():
        raise PackageError(
            f"{wacz.path}: {name} is not what the package lists: its digest is {computed}, listed"
            f" is {stated}; to take what can be read of it, unpack it and import it by itself"
        )
    warning = f"{wacz.path.name}: the package lists no digest of {name}"
    return digest, () if kind in _HASHES else (warning,)


def _counted(chunks: Iterable[bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    return _each(chunks, lambda chunk: advance(len(chunk)))


def _each(chunks: Iterable[bytes], use: Callable[[bytes], object]) -> Iterator[bytes]:
    """Yield the chunks, each after it was used."""
    for chunk in chunks:
        use(chunk)
        yield chunk

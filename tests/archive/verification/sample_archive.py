"""A small archive of two crawls, and what it takes to plant a fault in it."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from archive.collection import Collection
from archive.verification.findings import Finding
from archive.verification.verifying import verified
from archive.warc.reader import StoredRecord, iter_records
from tests.archive.recorded_crawls import RecordedCrawl, html, response, source
from tests.archive.sample_records import BLOG

_RECORD_END = b"\r\n\r\n"


def make_archive(path: Path) -> Collection:
    """Make a collection of two crawls; the second meets two answers again, and a new page."""
    collection = Collection.create(path, seeds=[BLOG])
    first = RecordedCrawl(collection, crawl_id="crawl-1")
    first.capture(source("robots.txt"), response(b"User-agent: *"))
    for name in ("ferry", "gull", "pier"):
        first.keep(f"{name}/", "article", response(html(name.title())))
    listing = b"<!doctype html><title>Blog</title><ul><li><a href=/ferry/>Ferry</a></ul>"
    first.keep("", "listing", response(listing), methods=("seed",))
    first.close()
    second = RecordedCrawl(collection, crawl_id="crawl-2")
    second.revalidate(source("ferry/"), first.record_ids[1])
    second.capture(source("ferry/copy.txt"), response(html("Ferry")))
    second.keep("buoy/", "article", response(html("Buoy")))
    second.close()
    return collection


def warc_files(collection: Collection) -> list[Path]:
    return sorted(collection.warc_dir.iterdir())


def find_record(path: Path, record_type: str, url: str = "") -> StoredRecord:
    return next(
        record
        for record in iter_records(path)
        if record.record_type == record_type and record.target_uri.startswith(BLOG + url)
    )


def rewrite(path: Path, change: Callable[[StoredRecord, bytes], bytes | None]) -> None:
    """Write a WARC file anew, with records changed or left out."""
    members = []
    for record in iter_records(path):
        with path.open("rb") as file:
            file.seek(record.offset)
            member = file.read(record.length)
        plain = gzip.decompress(member)
        changed = change(record, plain)
        if changed is not None:
            members.append(member if changed == plain else compress(changed))
    path.write_bytes(b"".join(members))


def compress(record: bytes) -> bytes:
    """Make a gzip member as the writer of the collection does."""
    member = bytearray(gzip.compress(record, mtime=0))
    member[8:10] = b"\x00\xff"
    return bytes(member)


def flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x55
    path.write_bytes(data)


def swap(text: bytes, pattern: bytes, *, between: tuple[int, int]) -> bytes:
    """Let two lines of a text exchange what the pattern's group matches in them."""
    lines = text.splitlines(keepends=True)
    first, second = (re.search(pattern, lines[number]) for number in between)
    assert first
    assert second
    for number, own, other in ((between[0], first, second), (between[1], second, first)):
        line = lines[number]
        lines[number] = line[: own.start(1)] + other[1] + line[own.end(1) :]
    return b"".join(lines)


def findings(*paths: Path, extract: bool = True, processes: int = 1) -> list[Finding]:
    names = [f"{path}/" if path.is_dir() else str(path) for path in paths]
    with verified(names, processes=processes, extract=extract) as verification:
        return list(verification.findings())


def kinds(found: list[Finding]) -> Counter[str]:
    return Counter(finding.kind.value for finding in found)

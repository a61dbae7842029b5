"""How fast WARC files are written, read, indexed and verified, beside the tools of the field.

    benchmarks/archive.py                          # pages that it makes up itself
    benchmarks/archive.py --warc FILE.warc.gz      # and the exchanges of this file
    benchmarks/archive.py --json figures.json

Everything is done in one run, in turns: each round lets every program do every task once, on the
same exchanges. So what is printed are ratios of times taken side by side, of which the median is
shown; a time by itself would say as much about the machine and its other users. Times are CPU
seconds of the whole process, workers and children included; wall time stands beside them.

All writers write the same three records of an exchange (request, response, metadata) and end with
an fsync. blog-archiver and warcio compute a digest of each block and payload, as they do by
default; so they read the same pages back, verify the checksums of all gzip members, and index them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

if sys.path[0] == str(Path(__file__).parent):  # where "archive" would be this very file
    sys.path[0] = str(Path(__file__).parent.parent)

import fastwarc.cli
from cdxj_indexer.main import CDXJIndexer
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker
from warcio.warcwriter import WARCWriter

from archive.cdxj import CdxjIndex
from archive.records import Discovery, Exchange, Origin
from archive.verification.verifying import verified
from archive.warc.captures import iter_stored_captures
from archive.warc.fields import format_date, format_fields, origin_fields
from archive.warc.reader import iter_records
from archive.warc.writer import WarcWriter
from benchmarks.contest import Contender, compete
from benchmarks.made_pages import HOST, PageMaker, exchanges

_BIN = Path(sys.executable).parent
_CRAWL_ID = "20240229120000000000"
_OURS = "blog-archiver"


def exchanges_of(path: Path) -> Iterator[Exchange]:
    """Yield the exchanges of a WARC file; one that gives no request gets an empty one."""
    request = b""
    for record in iter_records(path):
        if record.record_type == "request":
            request = record.block
        elif record.record_type == "response":
            date = datetime.fromisoformat(record.get("WARC-Date") or "")
            yield Exchange(
                target_uri=record.target_uri, date=date, request=request, response=record.block
            )
            request = b""


def _origin(exchange: Exchange) -> Origin:
    found = Discovery(url=exchange.target_uri, methods=("sitemap",), via=f"{HOST}/sitemap.xml")
    return Origin(role="page", discovery=found)


def write_ours(crawled: list[Exchange], directory: Path) -> int:
    """Write with `WarcWriter`; returns the size of the file."""
    writer = WarcWriter(directory, prefix="benchmark", software="benchmark", robots="obey")
    with writer:
        for exchange in crawled:
            capture = writer.write_exchange(exchange, _origin(exchange), crawl_id=_CRAWL_ID)
    path = directory / capture.filename
    size = path.stat().st_size
    path.replace(directory / "ours.warc.gz")
    return size


def write_warcio(crawled: list[Exchange], directory: Path, *, compress: bool = True) -> int:
    """Write with warcio, request and response given as the bytes that crossed the wire."""
    with (directory / "warcio.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=compress, warc_version="1.1")
        for exchange in crawled:
            request, response = (
                _warcio_record(writer, exchange, kind, block)
                for kind, block in (("request", exchange.request), ("response", exchange.response))
            )
            writer.write_request_response_pair(request, response)
            fields = origin_fields(
                _origin(exchange), target_uri=exchange.target_uri, crawl_id=_CRAWL_ID
            )
            writer.write_record(_warcio_record(writer, exchange, "metadata", format_fields(fields)))
        return _synced_size(file.fileno(), file.flush)


def _warcio_record(writer: WARCWriter, exchange: Exchange, kind: str, block: bytes) -> Any:
    fields = {"WARC-Date": format_date(exchange.date)}
    return writer.create_warc_record(
        exchange.target_uri, kind, BytesIO(block), len(block), warc_headers_dict=fields
    )


def write_raw(crawled: list[Exchange], directory: Path) -> int:
    """Write the bytes of the exchanges, one after the other, and nothing else."""
    with (directory / "raw").open("wb") as file:
        for exchange in crawled:
            file.write(exchange.request)
            file.write(exchange.response)
        return _synced_size(file.fileno(), file.flush)


def _synced_size(fd: int, flush: Callable[[], None]) -> int:
    flush()
    os.fsync(fd)
    return os.fstat(fd).st_size


def read_ours(path: Path) -> int:
    """Read all blocks with `iter_records`."""
    return sum(len(record.block) for record in iter_records(path))


def read_warcio(path: Path) -> int:
    """Read all blocks with warcio."""
    with path.open("rb") as file:
        records = ArchiveIterator(file, no_record_parse=True)
        return sum(len(record.raw_stream.read()) for record in records)


def read_fastwarc(path: Path) -> int:
    """Read all blocks with FastWARC."""
    with path.open("rb") as file:
        return sum(len(record.reader.read()) for record in FastIterator(file, parse_http=False))


def read_raw(path: Path) -> int:
    """Read the bytes of the file, as they are."""
    return len(path.read_bytes())


def index_ours(path: Path) -> int:
    """Make the sorted index of a WARC file."""
    index_path = path.with_name("ours.cdxj")
    index_path.unlink(missing_ok=True)
    with CdxjIndex(index_path) as index:
        for stored in iter_stored_captures(path):
            index.append(stored.capture)
    return index_path.stat().st_size


def index_cdxj_indexer(path: Path) -> int:
    """Have cdxj-indexer do the same, as a library in this process."""
    index_path = path.with_name("theirs.cdxj")
    CDXJIndexer(str(index_path), [str(path)], sort=True).process_all()
    return index_path.stat().st_size


def index_by_command(path: Path) -> int:
    """Have cdxj-indexer do the same as a command, its start included."""
    index_path = path.with_name("commanded.cdxj")
    command = (_BIN / "cdxj-indexer", "--sort", "-o", index_path, path)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return index_path.stat().st_size


def check_warcio(path: Path) -> int:
    """Check all digests as `warcio check` does, without the start of a command."""
    if Checker(SimpleNamespace(inputs=[str(path)], verbose=False)).process_all():
        raise SystemExit("warcio check complains")
    return 0


def check_fastwarc(path: Path) -> int:
    """Check all digests as `fastwarc check --verify-payloads` does, without the start of one."""
    if fastwarc.cli.check.main(["--quiet", "--verify-payloads", str(path)], standalone_mode=False):
        raise SystemExit("fastwarc check complains")
    return 0


def check_ours(path: Path) -> int:
    """Verify as `archive verify` does, without the start of a command."""
    with verified([str(path)], processes=1) as verification:
        if any(verification.severities().values()):
            raise SystemExit("archive verify complains")
    return 0


def writing(name: str, crawled: list[Exchange], directory: Path) -> list[Contender]:
    """Who writes these exchanges."""
    directory.mkdir()
    programs: dict[str, Callable[[], int]] = {
        "warcio": lambda: write_warcio(crawled, directory),
        _OURS: lambda: write_ours(crawled, directory),
        "warcio, no gzip": lambda: write_warcio(crawled, directory, compress=False),
        "raw file": lambda: write_raw(crawled, directory),
    }
    return [Contender(f"write {name}", *program, len(crawled)) for program in programs.items()]


def reading(path: Path, per: int) -> list[Contender]:
    """Who reads, indexes and verifies this file."""
    programs: list[tuple[str, str, Callable[[Path], int]]] = [
        ("read", "warcio", read_warcio),
        ("read", "FastWARC", read_fastwarc),
        ("read", _OURS, read_ours),
        ("read", "raw file", read_raw),
        ("index", "cdxj-indexer, in process", index_cdxj_indexer),
        ("index", "cdxj-indexer, command", index_by_command),
        ("index", _OURS, index_ours),
        ("verify", "warcio check", check_warcio),
        ("verify", "fastwarc check", check_fastwarc),
        ("verify", _OURS, check_ours),
    ]
    return [Contender(task, name, partial(run, path), per) for task, name, run in programs]


def main() -> None:
    """Run the rounds, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=200, help="of each kind")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--warc", type=Path, action="append", default=[], help="a file to write")
    parser.add_argument("--json", type=Path, help="write the figures into this file, too")
    options = parser.parse_args()
    maker = PageMaker()
    long_reads = [maker.long_read(60_000) for _ in range(options.pages)]
    themed = [maker.themed_page(60_000) for _ in range(options.pages)]
    small = [maker.long_read(3_000) for _ in range(options.pages)]
    kinds = {
        "60 kB long reads": exchanges(long_reads),
        "60 kB themed pages": exchanges(themed),
        "3 kB pages": exchanges(small),
        "themed pages, gzipped": exchanges(map(gzip.compress, themed), "Content-Encoding: gzip"),
        **{str(path): list(exchanges_of(path)) for path in options.warc},
    }
    with tempfile.TemporaryDirectory() as place:
        contenders: list[Contender] = []
        for number, (name, crawled) in enumerate(kinds.items()):
            contenders += writing(name, crawled, Path(place) / str(number))
        path = Path(place) / "1" / "ours.warc.gz"
        write_ours(kinds["60 kB themed pages"], path.parent)
        contenders += reading(path.rename(path.with_name("pages.warc.gz")), options.pages)
        table = compete(contenders, options.rounds)
    print(f"| {' | '.join(table[0])} |\n|{'---|' * len(table[0])}")
    for line in table:
        print(f"| {' | '.join(map(str, line.values()))} |")
    if options.json:
        options.json.write_text(json.dumps(table, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()

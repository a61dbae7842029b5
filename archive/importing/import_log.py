"""What a collection remembers of the archive files that were imported: a log for each, as WARC.

It lies in a small WARC file of its own, like the logs of a crawl, so that a rebuild finds it: the
`Crawl` that an import is, and an `ImportedFile`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from archive import __version__
from archive.errors import WarcError
from archive.record_json import from_json_line, to_json_line
from archive.records import Crawl
from archive.warc.captures import read_logs
from archive.warc.file import WARC_SUFFIX
from archive.warc.writer import WarcWriter

PREFIX = "import"  # of the names of the files that hold these logs
_CRAWL_NAME = "crawl.json"
_LOG_NAME = "imported.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """An archive file that was taken into a collection, and what was done with it."""

    source: str  # its name; behind that of a WACZ file, its path in there
    source_digest: str  # "sha256:" and base32, of its bytes
    source_size: int  # in bytes
    filename: str  # of the WARC file in the collection; empty where others hold its captures
    form: str  # "WARC" or "ARC"
    compression: str  # "none", "gzip", "zstd"
    is_copy: bool  # byte for byte
    record_count: int
    capture_count: int
    problems: tuple[str, ...]  # what was not taken, and where; a line each


def write_log(warc_dir: Path, crawl: Crawl, imported: ImportedFile, *, software: str) -> Path:
    """Write the log of an import into a WARC file; returns its path.

    Args:
        warc_dir: where the file goes.
        crawl: the run that the import is.
        imported: what was done.
        software: name and version of this program.

    Raises:
        WarcError: it cannot be written.
    """
    prefix = f"{PREFIX}-{imported.source_digest.partition(':')[2][:8].lower()}"
    with WarcWriter(warc_dir, prefix=prefix, software=software, robots="ignore") as writer:
        for name, record in ((_CRAWL_NAME, crawl), (_LOG_NAME, imported)):
            body = f"{to_json_line(record)}\n".encode()
            writer.write_log(name, body, "application/json", crawl_id=crawl.crawl_id)
        return warc_dir / str(writer.filename)


def copy_log(path: Path, warc_dir: Path, *, filename: str) -> Path:
    """Write a log once more, for a file that has another name than it says; returns its path.

    Args:
        path: of the WARC file that holds the log.
        warc_dir: where the new one goes.
        filename: of the WARC file that was imported.

    Raises:
        WarcError: it cannot be read or written.
    """
    logs = {log.name: log.body.strip() for log in read_logs(path)}
    crawl = from_json_line(Crawl, logs[_CRAWL_NAME])
    imported = from_json_line(ImportedFile, logs[_LOG_NAME])
    crawl = replace(crawl, crawl_id=filename.removesuffix(WARC_SUFFIX))
    software = f"blog-archiver/{__version__}"
    return write_log(warc_dir, crawl, replace(imported, filename=filename), software=software)


def iter_imported(warc_dir: Path) -> Iterator[tuple[Path, ImportedFile]]:
    """Yield what the logs in a directory of WARC files say, each with the file that holds it.

    Logs that are damaged say nothing.
    """
    for path in sorted(warc_dir.glob(f"{PREFIX}-*.warc.gz")):
        with suppress(WarcError, ValueError):
            for log in read_logs(path):
                if log.name == _LOG_NAME:
                    yield path, from_json_line(ImportedFile, log.body.strip())

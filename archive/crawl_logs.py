"""The logs of a crawl, which go into its WARC files: no capture says what they say."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from archive.catalogue import CatalogueReader, FoundUrl
from archive.catalogue.pages import iter_asked_lists
from archive.errors import WarcError
from archive.record_json import to_json_line
from archive.records import AskedList, Crawl, Failure
from archive.warc.fields import parse_block_fields
from archive.warc.reader import read_record
from archive.warc.writer import WarcWriter

RECOVERY_PREFIX = "recovery"
"""Begins the name of a WARC file that holds the logs of a crawl that was killed."""


def write_begin(writer: WarcWriter, crawl: Crawl) -> None:
    """Write the run as it begins, so that the WARC files tell of it whatever becomes of it.

    Raises:
        WarcError: the file could not be written.
    """
    _write(writer, crawl, "crawl.json", [crawl])


def write_crawl_logs(
    writer: WarcWriter,
    crawl: Crawl,
    found: Iterable[FoundUrl],
    failures: Iterable[Failure],
    asked: Iterable[AskedList],
) -> None:
    """Write what no capture says: the run, what became of each page, what failed, which lists.

    Raises:
        WarcError: the file could not be written.
    """
    _write(writer, crawl, "crawl.json", [crawl])
    _write(writer, crawl, "discoveries.jsonl", found)
    _write(writer, crawl, "failures.jsonl", failures)
    _write(writer, crawl, "lists.jsonl", asked)


def write_logs_of_killed(crawl: Crawl, catalogue: CatalogueReader, warc_dir: Path) -> None:
    """Write the logs that a killed crawl could not write into a WARC file of their own.

    It has the warcinfo record of the crawl's first file, where that can be read.

    Args:
        crawl: with its end; it has captured something.
        catalogue: knows its captures, pages, failures and lists.
        warc_dir: where its files are, and the new one goes.

    Raises:
        WarcError: the file could not be written.
    """
    fields = _warcinfo_fields(warc_dir / catalogue.warc_files_of(crawl.crawl_id)[0])
    with WarcWriter(
        warc_dir,
        prefix=RECOVERY_PREFIX,
        software=fields.get("software", "unknown"),
        robots=fields.get("robots", "unknown"),
        operator=fields.get("operator"),
    ) as writer:
        found = catalogue.iter_found_urls(crawl.crawl_id)
        failures = catalogue.iter_failures(crawl.crawl_id)
        asked = iter_asked_lists(catalogue, crawl.crawl_id)
        write_crawl_logs(writer, crawl, found, failures, asked)


def _write(writer: WarcWriter, crawl: Crawl, name: str, records: Iterable[object]) -> None:
    body = "".join(f"{to_json_line(record)}\n" for record in records).encode()
    media_type = f"application/{name.rpartition('.')[2]}"
    writer.write_log(name, body, media_type, crawl_id=crawl.crawl_id)


def _warcinfo_fields(path: Path) -> dict[str, str]:
    try:
        record = read_record(path, 0)
    except WarcError:
        return {}
    return parse_block_fields(record.block) if record.record_type == "warcinfo" else {}

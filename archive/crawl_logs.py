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
    logs: tuple[tuple[str, str, Iterable[object]], ...] = (
        ("crawl.json", "application/json", [crawl]),
        ("discoveries.jsonl", "application/jsonl", found),
        ("failures.jsonl", "application/jsonl", failures),
        ("lists.jsonl", "application/jsonl", asked),
    )
    for name, media_type, records in logs:
        body = "".join(f"{to_json_line(record)}\n" for record in records).encode()
        writer.write_log(name, body, media_type, crawl_id=crawl.crawl_id)


def write_logs_of_killed(
    crawl: Crawl, catalogue: CatalogueReader, warc_dir: Path, like: Path
) -> None:
    """Write the logs that a killed crawl could not write into a WARC file of their own.

    Args:
        crawl: with its end.
        catalogue: knows its pages, failures and lists.
        warc_dir: where the file goes.
        like: a WARC file of the crawl, whose warcinfo record is repeated where it can be read.

    Raises:
        WarcError: the file could not be written.
    """
    fields = _warcinfo_fields(like)
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


def _warcinfo_fields(path: Path) -> dict[str, str]:
    try:
        record = read_record(path, 0)
    except WarcError:
        return {}
    return parse_block_fields(record.block) if record.record_type == "warcinfo" else {}

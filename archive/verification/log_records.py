"""The logs of a crawl, as they stand in a WARC file: how it went, what it found and asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from archive.catalogue import FoundUrl
from archive.record_json import from_json_line, to_json
from archive.records import AskedList, Crawl, Failure, PageType
from archive.warc.fields import LOG_URN

CRAWL_LOG = "crawl.json"
DISCOVERY_LOG = "discoveries.jsonl"
FAILURE_LOG = "failures.jsonl"
LIST_LOG = "lists.jsonl"

_LOG_LINE = b"line: "
_Line = TypeVar("_Line", Crawl, FoundUrl, Failure, AskedList)


@dataclass(slots=True)
class LogRecord:
    """What one log says."""

    crawl_id: str
    name: str
    number: int = 0  # of different pages or lists, or of failures but those of extraction
    crawl_row: str | None = None  # of the catalogue, as JSON
    article_urls: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # lines that cannot be read


def read_log(uri: str, block: bytes) -> LogRecord:
    """Read the block of a metadata record that holds a log.

    Args:
        uri: its target URI, ``urn:blog-archiver:<crawl_id>:<name>``.
        block: as `archive.warc.writer.WarcWriter.write_log` made it.
    """
    crawl_id, _, name = uri.removeprefix(LOG_URN).rpartition(":")
    log = LogRecord(crawl_id, name)
    if name == CRAWL_LOG:
        for crawl in _read_lines(Crawl, block, log):
            log.crawl_row = json.dumps(to_json(crawl))
    elif name == DISCOVERY_LOG:
        urls = set()
        for found in _read_lines(FoundUrl, block, log):
            urls.add(hash(found.discovery.url))
            if found.outcome == PageType.ARTICLE:
                log.article_urls.append(found.discovery.url)
        log.number = len(urls)
    elif name == FAILURE_LOG:  # pages are extracted again by a rebuild
        failures = _read_lines(Failure, block, log)
        log.number = sum(failure.stage != "extract" for failure in failures)
    elif name == LIST_LOG:
        log.number = len({hash(asked.url) for asked in _read_lines(AskedList, block, log)})
    return log


def _read_lines(record_type: type[_Line], block: bytes, log: LogRecord) -> Iterator[_Line]:
    for number, line in enumerate(block.split(b"\r\n")[1:-1], 1):
        if line == _LOG_LINE:  # the line feed that ends a log begins an empty line
            continue
        try:
            yield from_json_line(record_type, line.removeprefix(_LOG_LINE))
        except ValueError as error:
            log.problems.append(f"line {number} of {log.name}: {error}")

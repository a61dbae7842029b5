"""Crawls of answers that are given, as a recorder keeps them, and ways to read them back."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.recorder import Deduplication, Recorder
from archive.records import Capture
from archive.stored_messages import MessageReader
from archive.warc.fields import Original
from archive.warc.file import find_warc_file
from archive.warc.reader import StoredRecord, read_record
from archive.warc.writer import WarcWriter
from tests.archive.sample_exchanges import HTML, STARTED, answer, exchange, origin
from tests.archive.sample_records import make_crawl

TOOLS = Path(sys.executable).parent
PAGE = answer(HTML, "Content-Type: text/html", "Date: today")


class Crawl:
    """A crawl of answers that are given, one each second, into a collection."""

    def __init__(self, collection: Collection, number: int = 1, **options: Any) -> None:
        self.collection = collection
        self.crawl = make_crawl(crawl_id=f"crawl-{number}", finished=None)
        mode: Deduplication = options.pop("deduplicate", "collection")
        writer = WarcWriter(
            collection.warc_dir, prefix=f"c{number}", software="test/1", robots="obey", **options
        )
        self.recorder = Recorder(collection, self.crawl, writer, deduplicate=mode)
        self._next_date = STARTED + timedelta(days=number)

    def __enter__(self) -> Crawl:
        return self

    def __exit__(self, *_: object) -> None:
        self.recorder.close(self.crawl, [])

    def keep(
        self,
        path: str,
        response: bytes = PAGE,
        *,
        not_modified: Original | None = None,
        **changes: Any,
    ) -> Capture:
        self._next_date += timedelta(seconds=1)
        given = replace(exchange(path, response), date=self._next_date, **changes)
        from_here = origin(given.target_uri)
        return self.recorder.keep_exchange(given, from_here, not_modified=not_modified)


def record_of(collection: Collection, capture: Capture) -> StoredRecord:
    return read_record(find_warc_file(collection.warc_dir, capture.filename), capture.offset)


def read_back(collection: Collection, capture: Capture) -> bytes:
    with CatalogueReader(collection.catalogue_path) as catalogue:
        return MessageReader(collection.warc_dir, catalogue).read(capture.record_id)


def judge(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

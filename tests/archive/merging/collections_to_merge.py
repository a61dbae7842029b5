"""Collections as machines leave them that crawl apart."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from archive.collection import Collection
from archive.rebuild import rebuild
from archive.verification.findings import Finding
from archive.verification.kinds import Kind
from archive.verification.verifying import verified
from tests.archive.recorded_crawls import RecordedCrawl, html, response
from tests.archive.sample_records import BLOG


def crawled(path: Path, *slugs: str) -> Collection:
    """Make a collection with a post for each slug."""
    collection = Collection.create(path, seeds=[f"{BLOG}{path.name}/"])
    crawl_again(collection, *slugs, crawl_id=f"crawl-of-{path.name}")
    return collection


def crawl_again(collection: Collection, *slugs: str, crawl_id: str) -> None:
    crawl = RecordedCrawl(collection, crawl_id=crawl_id, prefix=crawl_id)
    for slug in slugs:
        crawl.keep(f"{slug}/", "article", response(html(slug.title(), words=slug)))
    crawl.close()


def rename_file(collection: Collection, name: str) -> None:
    """Give the WARC file of a collection another name, as another host or second would have."""
    (path,) = collection.warc_dir.iterdir()
    path.rename(collection.warc_dir / name)
    rebuild(collection, processes=0, forget_missing=True)


def split_off(collection: Collection, crawl_id: str, target: Path) -> Collection:
    """Move what one crawl wrote into a collection of its own."""
    statement = f"SELECT DISTINCT filename FROM captures WHERE crawl_id = '{crawl_id}'"
    other = Collection.create(target)
    for (filename,) in query(collection, statement):
        shutil.move(collection.warc_dir / filename, other.warc_dir)
    for each in (collection, other):
        rebuild(each, processes=0, forget_missing=True)
    return other


def query(collection: Collection, statement: str) -> list[tuple[Any, ...]]:
    """Ask the catalogue; gives rows in an order of their own."""
    with closing(sqlite3.connect(collection.catalogue_path)) as connection:
        return sorted(connection.execute(statement).fetchall())


def left_alone(directory: Path) -> dict[str, bytes]:
    """Read all files below a directory but locks and catalogues, which SQLite puts in order."""
    passing = (".lock", ".sqlite", "-shm", "-wal")  # the catalogue takes in what a crawl left
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not path.name.endswith(passing)
    }


def find_faults(collection: Collection) -> list[Finding]:
    """Verify a collection, all but what its pages say, which nobody may have read."""
    paths = [f"{collection.path}/"]
    with verified(paths, processes=1, extract=False, shows_progress=False) as verification:
        assert not verification.not_verified
        return [
            each
            for each in verification.findings()
            if each.severity == "fault" and each.kind != Kind.ARTICLE_MISSING
        ]

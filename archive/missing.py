"""Which WARC files a collection was made from that are no longer there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from archive.catalogue import CatalogueReader
from archive.cdxj import parse_cdxj_line
from archive.collection import Collection
from archive.errors import CatalogueError
from archive.terminal import printable
from archive.warc.file import sealed_path

_WARC_SUFFIX = ".warc.gz"
_ARTICLE_SUFFIXES = (".parquet", ".jsonl")


def find_missing(collection: Collection) -> list[str]:
    """Name the WARC files that article files, index or catalogue name and that are not there.

    What cannot be read of the three is passed over: a rebuild is there to replace it.
    """
    named = {*_of_articles(collection), *_of_index(collection), *_of_catalogue(collection)}
    present = {sealed_path(path).name for path in collection.warc_dir.glob("*")}
    return sorted(printable(name) for name in named - present)


def _of_articles(collection: Collection) -> Iterator[str]:
    for path in collection.articles_dir.glob("*"):
        if path.suffix in _ARTICLE_SUFFIXES:
            yield f"{path.stem}{_WARC_SUFFIX}"


def _of_index(collection: Collection) -> Iterator[str]:
    for path in collection.index_path.parent.glob(f"{collection.index_path.name}*"):
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                with suppress(ValueError):
                    yield parse_cdxj_line(line).filename


def _of_catalogue(collection: Collection) -> Iterator[str]:
    with suppress(CatalogueError), CatalogueReader(collection.catalogue_path) as catalogue:
        for row in catalogue.query("SELECT DISTINCT filename FROM captures"):
            yield row["filename"]

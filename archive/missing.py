"""What of a collection is no longer there: WARC files, index lines, rows of the catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from archive.catalogue import CatalogueReader
from archive.cdxj import parse_cdxj_line
from archive.collection import Collection
from archive.errors import CatalogueError
from archive.inventory import IMPORT_SPIDER
from archive.terminal import printable
from archive.warc.file import WARC_SUFFIX, sealed_path

# A step to the next name for each file, in place of a look at each capture.
_FILES = """
    WITH RECURSIVE files (filename) AS (
        SELECT min(filename) FROM captures
        UNION ALL
        SELECT (SELECT min(filename) FROM captures WHERE filename > files.filename)
        FROM files WHERE files.filename IS NOT NULL
    )
    SELECT filename FROM files WHERE filename IS NOT NULL
"""
ADVICE_ON_LOSS = "Put them back from a copy: what was in them cannot be shown or verified any more."
_MAX_NAMED = 5  # in an error, which is one line
_ARTICLE_SUFFIXES = (".parquet", ".jsonl")


def find_missing(collection: Collection) -> list[str]:
    """Name the WARC files that article files, index or catalogue name and that are not there.

    What cannot be read of the three is passed over: a rebuild is there to replace it. A directory,
    or a link that leads nowhere, is no file.
    """
    return _absent(
        collection, {*_of_articles(collection), *_of_index(collection), *_of_catalogue(collection)}
    )


def find_lost(collection: Collection) -> list[str]:
    """Name the WARC files that the catalogue names and that are not there.

    Takes no longer where there are many captures; what only `find_missing` finds is passed over.
    """
    return _absent(collection, set(_of_catalogue(collection)))


def describe_missing(collection: Collection, missing: list[str]) -> str:
    """Say which WARC files are missing, the first of many, as the beginning of an error."""
    names = ", ".join(missing[:_MAX_NAMED])
    more = f" and {len(missing) - _MAX_NAMED:,} more" if len(missing) > _MAX_NAMED else ""
    return f"WARC files missing in {collection.warc_dir}: {names}{more}."


def find_gaps(collection: Collection) -> list[str]:
    """Compare how many captures index and catalogue have of each WARC file; a line for each gap.

    An import may hold a record twice, of which the catalogue keeps one: then only the index is
    judged. Takes as long as to read the index.

    Raises:
        CatalogueError: the catalogue cannot be read.
    """
    lines = Counter(_of_index(collection))
    with CatalogueReader(collection.catalogue_path) as catalogue:
        rows = catalogue.query(
            "SELECT filename, count(*) AS number FROM captures GROUP BY filename"
        )
        captures = Counter({row["filename"]: int(row["number"]) for row in rows})
        has_imports = any(crawl.spider == IMPORT_SPIDER for crawl in catalogue.crawls())
    lacking_lines = (captures - lines).total()
    lacking_rows = 0 if has_imports else (lines - captures).total()
    gaps = {"the index lacks lines": lacking_lines, "the catalogue lacks rows": lacking_rows}
    return [f"{what} of {number:,} captures" for what, number in gaps.items() if number]


def _absent(collection: Collection, named: set[str]) -> list[str]:
    files = (path for path in collection.warc_dir.glob("*") if path.is_file())
    present = {sealed_path(path).name for path in files}
    return sorted(printable(name) for name in named - present)


def _of_articles(collection: Collection) -> Iterator[str]:
    for path in collection.articles_dir.glob("*"):
        if path.suffix in _ARTICLE_SUFFIXES:
            yield f"{path.stem}{WARC_SUFFIX}"


def _of_index(collection: Collection) -> Iterator[str]:
    for path in collection.index_path.parent.glob(f"{collection.index_path.name}*"):
        # A crawl that ends meanwhile puts the open one into the other, and takes its name away.
        with (
            suppress(FileNotFoundError),
            path.open(encoding="utf-8", errors="replace") as lines,
        ):
            for line in lines:
                with suppress(ValueError):
                    yield parse_cdxj_line(line).filename


def _of_catalogue(collection: Collection) -> Iterator[str]:
    with suppress(CatalogueError), CatalogueReader(collection.catalogue_path) as catalogue:
        for row in catalogue.query(_FILES):
            yield row["filename"]

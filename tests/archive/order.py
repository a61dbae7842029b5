"""What holds of a collection that is in order, and how it is put there."""

from __future__ import annotations

import subprocess

from archive.articles.store import ArticleStore
from archive.catalogue import CatalogueReader
from archive.cdxj import cdxj_line
from archive.collection import Collection
from archive.leftovers import settle_leftovers
from archive.rebuild import rebuild
from archive.records import Capture
from archive.warc.captures import iter_stored_captures
from tests.archive.recorded_crawls import files


def settle(collection: Collection, *, processes: int = 1) -> list[str]:
    """Put in order what was left behind; gives what was said."""
    lines: list[str] = []
    with collection.lock():
        settle_leftovers(collection, processes=processes, say=lines.append)
    return lines


def captures_of(collection: Collection) -> list[Capture]:
    """Read the captures in the sealed WARC files, in their order."""
    paths = sorted(collection.warc_dir.glob("*.warc.gz"))
    return [stored.capture for path in paths for stored in iter_stored_captures(path)]


def assert_in_order(collection: Collection) -> None:
    """Everything is sealed, whole, and says the same; a rebuild makes the same again."""
    assert_sealed(collection)
    before = files(collection.path)
    with collection.lock():
        rebuild(collection, processes=1)
    again = files(collection.path)
    derived = {name for name in before if name.startswith(("articles", "indexes"))}
    assert {name: again.get(name) for name in derived} == {name: before[name] for name in derived}


def assert_sealed(collection: Collection) -> None:
    """Whole WARC files; index, catalogue and article files agree with them; nothing to do."""
    assert not [path for path in collection.path.rglob("*") if path.suffix in (".open", ".jsonl")]
    for path in collection.warc_dir.glob("*.warc.gz"):
        subprocess.run(["gzip", "-t", path], check=True)
    captures = captures_of(collection)
    index = collection.index_path.read_text().splitlines() if captures else []
    assert index == sorted(cdxj_line(capture) for capture in captures)
    with CatalogueReader(collection.catalogue_path) as catalogue:
        rows = catalogue.query("SELECT record_id, filename, offset, length FROM captures")
        assert {tuple(row) for row in rows} == {
            (capture.record_id, capture.filename, capture.offset, capture.length)
            for capture in captures
        }
        rows = catalogue.query(
            "SELECT capture_id, warc_file, warc_offset FROM articles WHERE NOT repeats"
        )
        places = {tuple(row) for row in rows}
        assert catalogue.unfinished_crawls() == []
    stored = ArticleStore(collection.articles_dir).iter_articles()
    assert {(row.capture_id, row.warc_file, row.warc_offset) for row in stored} == places
    assert settle(collection) == []

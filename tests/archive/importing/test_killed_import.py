from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.collection import Collection
from tests.archive.importing.made_archives import (
    some_records,
)
from tests.archive.importing.place import Place, contents


def _as_before_filing(collection: Collection) -> None:
    """Killed when the files were in their place, and nothing was read in."""
    for path in (collection.catalogue_path, collection.index_path):
        path.unlink()
    shutil.rmtree(collection.articles_dir)


def _as_between_the_files(collection: Collection) -> None:
    """Killed when the log was in its place and the file itself was not."""
    _as_before_filing(collection)
    (collection.warc_dir / "new.warc.gz").rename(_work(collection) / "new.warc.gz")


def _as_while_converting(collection: Collection) -> None:
    """Killed when half of the file was made."""
    _as_before_filing(collection)
    for path in collection.warc_dir.iterdir():
        (_work(collection) / path.name).write_bytes(path.read_bytes()[:99])
        path.unlink()


def _work(collection: Collection) -> Path:
    work = collection.path / ".rebuild-killed"
    work.mkdir(exist_ok=True)
    return work


@pytest.mark.parametrize("kill", [_as_before_filing, _as_between_the_files, _as_while_converting])
def test_a_killed_import_leaves_nothing_half_and_can_be_given_again(
    place: Place, kill: Callable[[Collection], None]
) -> None:
    place.file("new.warc", b"".join(some_records()))
    place.take("new.warc")
    collection = place.collection()
    whole = (collection.warc_dir / "new.warc.gz").read_bytes()
    kill(collection)
    assert place.take("new.warc").returncode == 0
    assert (collection.warc_dir / "new.warc.gz").read_bytes() == whole
    assert [path.name for path in collection.warc_dir.glob("new*")] == ["new.warc.gz"]
    assert list(collection.path.glob(".rebuild-*")) == []
    assert place.titles() == {"Page 2", "Page 3", "Page 4"}
    with place.catalogue() as catalogue:
        assert [each.spider for each in catalogue.crawls()] == ["import"]
    before = contents(collection)
    assert place.run("rebuild", "tide").returncode == 0
    assert contents(collection) == before

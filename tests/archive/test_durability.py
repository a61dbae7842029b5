"""What is said to be on the disk is there, names included; what the disk refused is not sealed."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.collection import Collection
from archive.errors import WarcError
from archive.recorder import Recorder
from archive.warc.writer import WarcWriter
from tests.archive.sample_exchanges import CRAWL_ID, exchange, origin
from tests.archive.sample_records import make_crawl

Watch = Callable[[], list[str]]


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Give, each time, the names of what was brought to the disk since the last time."""
    real, names = os.fsync, list[str]()

    def fsync(descriptor: int) -> None:
        real(descriptor)
        names.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)

    def since_last_time() -> list[str]:
        taken = names.copy()
        names.clear()
        return taken

    monkeypatch.setattr(os, "fsync", fsync)
    return since_last_time


def make_recorder(collection: Collection) -> Recorder:
    writer = WarcWriter(collection.warc_dir, prefix="b", software="t", robots="obey")
    return Recorder(collection, make_crawl(finished=None), writer)


def test_a_new_file_has_its_name_on_the_disk_at_once(tmp_path: Path, synced: Watch) -> None:
    with WarcWriter(tmp_path, prefix="b", software="t", robots="obey") as writer:
        writer.write_exchange(exchange(), origin(), crawl_id=CRAWL_ID)
        assert synced() == [tmp_path.name]


def test_one_sync_serves_all_that_was_written_before_it(tmp_path: Path, synced: Watch) -> None:
    recorder = make_recorder(Collection.create(tmp_path / "c"))
    captures = [recorder.keep_exchange(exchange(f"/{n}"), origin()) for n in range(3)]
    synced()
    for _ in range(3):
        recorder.sync()
    assert synced() == [f"{captures[0].filename}.open"]
    recorder.keep_exchange(exchange("/more"), origin())
    recorder.commit()
    assert synced() == [f"{captures[0].filename}.open"]
    recorder.close(make_crawl(), [])


def test_a_new_collection_has_its_directories_on_the_disk(tmp_path: Path, synced: Watch) -> None:
    Collection.create(tmp_path / "all" / "c")
    assert set(synced()) == {"collection.toml.new", "c", "all", tmp_path.name}
    Collection.create(tmp_path / "all" / "c")
    assert synced() == ["c"]


def test_a_file_that_the_disk_has_refused_once_is_never_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    writer = WarcWriter(tmp_path, prefix="b", software="t", robots="obey")
    capture = writer.write_exchange(exchange(), origin(), crawl_id=CRAWL_ID)
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", refuse)
        with pytest.raises(WarcError, match="Input/output error"):
            writer.sync()
    with pytest.raises(WarcError, match="an earlier fsync failed"):
        writer.close()  # the disk says yes again, and has forgotten what it did not take
    assert [path.name for path in tmp_path.iterdir()] == [f"{capture.filename}.open"]

"""What cannot be merged is refused in one line, and a merge that ends early leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive.collection import Collection
from tests.archive.importing.place import Place
from tests.archive.merging.collections_to_merge import crawled, find_faults, left_alone
from tests.archive.recorded_crawls import RecordedCrawl, html, response
from tests.patience import TIME_LIMIT_S

_PROJECT = Path(__file__).parents[3]


def _merge(
    place: Place, *sources: str, into: str = "all", options: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    return place.run("merge", *sources, "-o", into, "--processes", "1", *options)


def _crawled(place: Place, name: str, *slugs: str) -> Collection:
    return crawled(place.path / "collections" / name, *slugs)


def _refusal(place: Place, *sources: str, into: str = "all") -> str:
    """Merge, and give the one line that says why it was not done."""
    before = left_alone(place.path)
    refused = _merge(place, *sources, into=into)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert left_alone(place.path) == before
    assert not (place.path / "collections" / "all").exists()
    (line,) = refused.stderr.splitlines()
    return line.removeprefix("archive: ")


def _leave_open(place: Place, name: str, slug: str) -> None:
    """Make a collection as a crawl leaves it that is killed."""
    crawl = RecordedCrawl(Collection.create(place.path / "running"), crawl_id="killed")
    crawl.keep(f"{slug}/", None, response(html(slug.title())))
    crawl.recorder.commit()
    crawl.leave(Collection.create(place.path / "collections" / name))


def test_a_source_that_was_left_open_is_refused_until_it_is_repaired(place: Place) -> None:
    _crawled(place, "east", "ferry")
    _leave_open(place, "west", "gull")
    assert _refusal(place, "east", "west") == (
        "collections/west was left open by what did not end: run `archive repair west`, and merge"
        " again"
    )
    assert place.run("repair", "west", "--processes", "1").returncode == 0
    merged = _merge(place, "east", "west")
    assert (merged.returncode, merged.stderr) == (0, "")
    assert merged.stdout.startswith("collections/all: 2 articles from 2 captures in ")
    assert place.titles("all") == {"Ferry", "Gull"}
    assert find_faults(place.collection("all")) == []


def test_a_source_that_is_being_written_is_refused(place: Place) -> None:
    with _crawled(place, "east", "ferry").lock():
        refusal = _refusal(place, "east")
    assert refusal == (
        f"collections/east is being written by process {os.getpid()}: wait until it is done"
    )


def test_a_source_whose_files_are_missing_is_refused(place: Place) -> None:
    (path,) = _crawled(place, "east", "ferry").warc_dir.iterdir()
    path.unlink()
    assert _refusal(place, "east") == (
        f"WARC files missing in collections/east/archive: {path.name}. Put them back, or give up"
        " what was made from them with `archive rebuild --forget-missing east`, and merge again"
    )


def test_a_damaged_file_is_named_by_its_own_path_and_may_be_taken_in_part(place: Place) -> None:
    (path,) = _crawled(place, "east", "ferry", "gull").warc_dir.iterdir()
    octets = bytearray(path.read_bytes())
    middle = len(octets) // 2
    octets[middle : middle + 40] = bytes(40)
    path.write_bytes(octets)
    refusal = _refusal(place, "east")
    assert refusal.startswith(f"collections/east/archive/{path.name} at offset ")
    assert refusal.endswith(": --skip-damaged takes what can be read")
    taken = _merge(place, "east", options=("--skip-damaged",))
    assert taken.returncode == 0
    assert "bytes from offset" in taken.stderr
    assert place.titles("all") < {"Ferry", "Gull"}


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ("east", "collections/east is there already: name a place that is free"),
        ("west", "collections/west is there already: name a place that is free"),
        ("collections/east/all", "collections/east/all lies in collections/east, which is to be"),
        ("file/all", "file/.all.merging: Not a directory"),
        ("a" * 300, f"collections/{'a' * 300}"),
    ],
    ids=["source", "other", "inside", "below-a-file", "long"],
)
def test_a_target_that_cannot_be_made_is_refused(place: Place, target: str, complaint: str) -> None:
    for name in ("east", "west"):
        _crawled(place, name)
    place.file("file", b"")
    assert _refusal(place, "east", into=target).startswith(complaint)


def test_a_full_disk_is_said_in_one_line_and_leaves_nothing(place: Place) -> None:
    _crawled(place, "east", "ferry")
    before = left_alone(place.path)
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000));"
        " sys.argv = ['archive', 'merge', 'east', '-o', 'new/all', '--processes', '1'];"
        " from archive.cli import main; main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("archive: new/.all.merging/all/catalogue.sqlite")
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert left_alone(place.path) == before
    assert not (place.path / "new").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["stopped", "killed"])
def test_a_merge_that_is_ended_leaves_nothing_half_and_can_be_done_again(
    place: Place, number: signal.Signals
) -> None:
    source = _crawled(place, "east", "ferry", "gull")
    before = left_alone(source.path)
    words = ["merge", "east", "-o", "all", "--processes", "1"]
    program = f"import sys; sys.argv = ['archive', *{words}]; from archive.cli import main; main()"
    merging = subprocess.Popen(
        [sys.executable, "-c", program],
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(_PROJECT)},
    )
    work = place.path / "collections" / ".all.merging"
    while not any(work.glob("all/archive/*")):
        assert merging.poll() is None
        time.sleep(0.001)
    merging.send_signal(number)
    _, errors = merging.communicate(timeout=TIME_LIMIT_S)
    assert not (place.path / "collections" / "all").exists()
    if number == signal.SIGINT:
        assert (merging.returncode, work.exists()) == (130, False)
        assert errors == (
            b"archive: stopped: nothing was made, and what was to be merged is as it was\n"
        )
    assert _merge(place, "east").returncode == 0
    assert not work.exists()
    assert place.titles("all") == {"Ferry", "Gull"}
    assert left_alone(source.path) == before

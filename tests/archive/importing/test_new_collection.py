"""The collection that is named and not there: it is made for a file that was taken, else not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from archive.collection import Collection
from tests.archive.importing.made_archives import WARCS, members, page, some_records
from tests.archive.importing.place import Place

_COMMAND = [sys.executable, "-c", "from archive.cli import main; main()", "import"]


def test_no_collection_is_made_where_no_file_could_be_taken(place: Place) -> None:
    place.file("page.html", page("x"))
    result = place.take("page.html", "nowhere.warc.gz", into="new")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "archive: page.html: no archive file: neither WARC, ARC nor WACZ;"
        " nothing of page.html was taken",
        "archive: nowhere.warc.gz: No such file or directory; nothing of nowhere.warc.gz was taken",
    ]
    assert {path.name for path in place.path.iterdir()} == {"page.html"}
    place.file("good.warc.gz", members(some_records()))
    assert place.take("page.html", "good.warc.gz", into="new").returncode == 1
    assert len(place.titles("new")) == 3


def test_directories_that_were_there_stay(place: Place) -> None:
    (place.path / "blogs" / "empty").mkdir(parents=True)
    assert place.take("nowhere.warc.gz", into="blogs/empty").returncode == 1
    assert place.take("nowhere.warc.gz", into="blogs/a/b").returncode == 1
    assert [path.name for path in place.path.rglob("*")] == ["blogs", "empty"]
    Collection.create(place.path / "collections" / "tide")
    assert place.take("nowhere.warc.gz").returncode == 1
    assert place.collection().warc_dir.is_dir()


def test_a_disk_without_room_for_a_collection_gets_none_of_it(tmp_path: Path) -> None:
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0));"
        "from archive.cli import main; main()"
    )
    command = [sys.executable, "-c", program, "import", str(WARCS / "wget.warc.gz")]
    result = subprocess.run(
        [*command, "--into", "tide"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stderr == (
        "archive: cannot make the collection collections/tide: File too large\n"
    )
    assert list(tmp_path.iterdir()) == []


def _stopped(directory: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """Import files of which the last is a pipe, and send Ctrl-C when it is opened."""
    pipe = directory / "pipe.warc.gz"
    os.mkfifo(pipe)
    command = [*_COMMAND, *files, pipe.name, "--into", "tide", "--processes", "1"]
    with (
        subprocess.Popen(
            command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process,
        pipe.open("wb"),
    ):
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
    pipe.unlink()
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def test_ctrl_c_says_what_is_left_and_the_same_command_goes_on(place: Place) -> None:
    result = _stopped(place.path)
    assert (result.returncode, result.stdout) == (130, "")
    assert result.stderr.startswith("archive: stopped: what was taken is kept; the same command ")
    assert len(result.stderr.splitlines()) == 1
    assert list(place.path.iterdir()) == []
    result = _stopped(place.path, str(WARCS / "wget.warc.gz"))
    assert result.returncode == 130
    assert [path.name for path in place.collection().path.glob(".rebuild-*")] == []
    again = place.take(WARCS / "wget.warc.gz")
    assert again.returncode == 0
    assert place.titles() == {"The last ferry", "A buoy"}

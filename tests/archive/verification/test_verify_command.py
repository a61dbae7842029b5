"""The command: what it prints, the report that it writes, the status that it ends with."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from archive.collection import Collection
from tests.archive.verification.sample_archive import flip, make_archive, warc_files
from tests.patience import TIME_LIMIT_S

_COMMAND = [sys.executable, "-c", "from archive.cli import main; main()", "verify"]


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    return make_archive(tmp_path_factory.mktemp("verify") / "blog")


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    line = [*_COMMAND, *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=TIME_LIMIT_S)


def test_clean_collection(collection: Collection) -> None:
    ended = _run(collection.path, "--processes", "2")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.fullmatch(
        rf"{re.escape(str(collection.path))}: 2 WARC files, \d+ records, 8 captures,"
        r" 8 index lines, 4 articles \(4 extracted again\); 0 faults, 0 differences\n",
        ended.stdout,
    )


def test_extraction_can_be_left_out(collection: Collection) -> None:
    ended = _run(collection.path, "--no-extraction")
    assert "4 articles (4 not extracted again); 0 faults" in ended.stdout


def test_faults_are_listed_counted_and_reported_as_json(
    collection: Collection, tmp_path: Path
) -> None:
    first, second = (tmp_path / path.name for path in warc_files(collection))
    for path in (first, second):
        path.write_bytes((collection.warc_dir / path.name).read_bytes())
    flip(second, second.stat().st_size - 3)
    report = tmp_path / "report.json"
    ended = _run(first, second, "--processes", "2", "--json", report)
    assert ended.returncode == 1
    fault, *summaries = ended.stdout.splitlines()
    assert re.fullmatch(rf"fault gzip-trailer: {re.escape(str(second))} at offset \d+: .+", fault)
    for path, summary, faults in zip(
        (first, second), summaries, ("0 faults", "1 fault"), strict=True
    ):
        assert summary.startswith(f"{path}: 1 WARC file, ")
        assert summary.endswith(f"; {faults}, 0 differences")
    told = json.loads(report.read_text(encoding="utf-8"))
    assert (told["faults"], told["differences"]) == (1, 0)
    _, target = told["targets"]
    assert (target["path"], target["form"]) == (str(second), "WARC file")
    assert target["faults"] == target["counts"]["damaged places"] == 1
    assert sum(target["counts"]["captures"] for target in told["targets"]) == 8
    (finding,) = told["findings"]
    assert (finding["kind"], finding["file"]) == ("gzip-trailer", str(second))


def test_report_on_standard_output_stands_alone(collection: Collection) -> None:
    ended = _run(*warc_files(collection), "--json", "-")
    assert json.loads(ended.stdout)["findings"] == []


def test_many_findings_of_a_kind_are_not_all_printed(tmp_path: Path) -> None:
    collection = make_archive(tmp_path / "blog")
    lines = collection.index_path.read_bytes().replace(b'"status": "200"', b'"status": "404"')
    collection.index_path.write_bytes(lines * 3)
    ended = _run(collection.path, "--no-extraction")
    printed = [line for line in ended.stdout.splitlines() if line.startswith("fault index-value")]
    assert len(printed) == 10
    assert re.search(r"^… and \d+ more index-value", ended.stdout, re.M)


@pytest.mark.parametrize("path", ["no-such-collection", "./nowhere.warc.gz", "/"])
def test_path_that_leads_nowhere_is_no_verdict(path: str) -> None:
    ended = _run(path)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "content"), [("a.warc.zst", b"\x28\xb5\x2f\xfd..."), ("old.arc", b"filedesc://a")]
)
def test_file_of_another_form_is_no_verdict(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    ended = _run(path)
    assert ended.returncode == 2
    assert "`archive import` takes it" in ended.stderr


def test_empty_file_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "empty.warc.gz"
    path.touch()
    ended = _run(path)
    assert ended.returncode == 1
    assert "fault cut-tail" in ended.stdout


def test_collection_that_is_being_written_is_refused_and_its_files_are_not(
    collection: Collection,
) -> None:
    with collection.lock():
        ended = _run(collection.path)
        assert ended.returncode == 2
        assert "being written by process" in ended.stderr
        assert _run(*warc_files(collection)).returncode == 0


def test_verification_changes_nothing(tmp_path: Path) -> None:
    collection = make_archive(tmp_path / "blog")
    before = {path: path.stat().st_mtime_ns for path in collection.path.rglob("*")}
    assert _run(collection.path).returncode == 0
    after = {path: path.stat().st_mtime_ns for path in collection.path.rglob("*")}
    changed = {path.name for path in after if after[path] != before.get(path)}
    assert changed <= {".lock", "blog", "catalogue.sqlite-wal", "catalogue.sqlite-shm"}


def test_a_page_cannot_steer_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(b"WARC/1.0\r\nWARC-Type: \x1b[31mred\r\nContent-Length: 0\r\n\r\n\r\n\r\n")
    ended = _run(path)
    assert ended.returncode == 1
    assert "\x1b" not in ended.stdout


def test_a_wrong_path_does_not_keep_the_others_from_being_verified(
    collection: Collection, tmp_path: Path
) -> None:
    broken, unreadable = tmp_path / "broken.warc.gz", tmp_path / "escape.wacz"
    broken.write_bytes(b"")
    unreadable.write_bytes(b"junk")
    report = tmp_path / "report.json"
    paths = (broken, tmp_path / "nosuch.warc.gz", unreadable, collection.path)
    ended = _run(*paths, "--no-extraction", "--json", report)
    assert ended.returncode == 2
    assert re.fullmatch(r"archive: .*nosuch.*\n", ended.stderr)
    lines = [line for line in ended.stdout.splitlines() if not line.startswith("fault")]
    assert [line.partition(":")[0] for line in lines] == [
        str(broken), str(unreadable), str(collection.path)
    ]  # fmt: skip
    assert lines[1] == f"{unreadable}: nothing in it could be read; 1 fault, 0 differences"
    (failed,) = json.loads(report.read_text(encoding="utf-8"))["not_verified"]
    assert failed["path"] == str(paths[1])


def test_no_room_for_temporary_files_is_said_in_one_line(collection: Collection) -> None:
    limited = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        " resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000));"
    )
    line = [*_COMMAND[:2], limited + _COMMAND[2], "verify", "--processes", "1"]
    ended = subprocess.run(
        [*line, str(collection.path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIME_LIMIT_S,
    )
    assert ended.returncode == 2
    (complaint,) = ended.stderr.splitlines()
    assert tempfile.gettempdir() in complaint
    assert "TMPDIR" in complaint


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)]
)
def test_a_command_that_is_stopped_leaves_nothing_behind(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    paths = [tmp_path / f"{name}.warc.gz" for name in ("a", "b")]
    for path in paths:  # so long that reading them takes a while
        path.write_bytes(gzip.compress(b"WARC/1.1\r\n\r\n", mtime=0) * 200_000)
    process = subprocess.Popen(
        [*_COMMAND, "--processes", "2", *map(str, paths)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | {"TMPDIR": str(work)},
    )  # fmt: skip
    ledger = work.glob("archive-verify-*/*-wal")
    while not any(path.stat().st_size for path in ledger):  # the workers write findings
        assert process.poll() is None
        time.sleep(0.05)
        ledger = work.glob("archive-verify-*/*-wal")
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    _, complaint = process.communicate(timeout=TIME_LIMIT_S)
    assert (process.returncode, complaint) == (status, "")
    assert list(work.iterdir()) == []

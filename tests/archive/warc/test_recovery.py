"""A file whose writer died is brought back: all that was whole, and nothing else."""

import os
import subprocess
from pathlib import Path

import pytest

from archive.errors import WarcError
from archive.warc.captures import iter_stored_captures
from archive.warc.reader import iter_records
from archive.warc.recovery import repair
from tests.archive.sample_exchanges import write_samples


@pytest.fixture
def left_open(tmp_path: Path) -> Path:
    path, _ = write_samples(tmp_path)
    return path.rename(path.with_name(path.name + ".open"))


def test_torn_end_is_cut_off_and_the_file_is_sealed(left_open: Path) -> None:
    whole = list(iter_records(left_open))
    torn = whole[-2]
    os.truncate(left_open, torn.offset + torn.length - 1)

    report = repair(left_open)

    assert report.path is not None
    assert report.path.name == left_open.name.removesuffix(".open")
    assert not left_open.exists()
    assert report.record_count == len(whole) - 2
    assert report.kept_bytes == torn.offset == report.path.stat().st_size
    assert report.cut_bytes == torn.length - 1
    subprocess.run(["gzip", "-t", report.path], check=True)
    assert [r.record_id for r in iter_records(report.path)] == [r.record_id for r in whole[:-2]]


def test_whole_file_is_only_sealed(left_open: Path) -> None:
    captures = list(iter_stored_captures(left_open))
    content = left_open.read_bytes()
    report = repair(left_open)
    assert report.cut_bytes == 0
    assert report.path is not None
    assert report.path.read_bytes() == content
    assert list(iter_stored_captures(report.path)) == captures


@pytest.mark.parametrize("rubbish", [bytes(3000), b"\x1f\x8b\x08" * 500, b"WARC/1.1\r\n"])
def test_rubbish_at_the_end_is_cut_off(left_open: Path, rubbish: bytes) -> None:
    size = left_open.stat().st_size
    with left_open.open("ab") as file:
        file.write(rubbish)
    report = repair(left_open)
    assert (report.kept_bytes, report.cut_bytes) == (size, len(rubbish))


def _overwrite(path: Path, start: int, data: bytes) -> bytes:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(data)
    return path.read_bytes()


@pytest.mark.parametrize("hole", [b"\xff" * 8, bytes(8)])
def test_records_behind_damage_are_kept_and_so_is_the_damaged_file(
    left_open: Path, hole: bytes
) -> None:
    records = list(iter_records(left_open))
    for damaged in (records[3], records[4], records[9]):
        content = _overwrite(left_open, damaged.offset + damaged.length // 2, hole)

    report = repair(left_open)

    assert report.path is not None
    subprocess.run(["gzip", "-t", report.path], check=True)
    kept = [record for number, record in enumerate(records) if number not in (3, 4, 9)]
    found = list(iter_records(report.path))
    assert [(r.record_id, r.block) for r in found] == [(r.record_id, r.block) for r in kept]
    assert report.aside is not None
    assert report.aside.name == f"{report.path.name}.damaged"
    assert report.aside.read_bytes() == content
    assert (report.hole_count, report.record_count) == (2, len(kept))
    assert report.cut_bytes == sum(records[number].length for number in (3, 4, 9))
    said = str(report)
    assert "damaged in 2 places" in said
    assert f"{len(kept)} whole records are now in {report.path.name}" in said
    assert f"kept as {report.aside}" in said
    assert {path.name for path in left_open.parent.iterdir()} == {
        report.path.name, report.aside.name,
    }  # fmt: skip


def test_whole_records_far_behind_a_hole_are_kept(left_open: Path) -> None:
    records = list(iter_records(left_open))
    hole = bytes((1 << 20) + 17)  # blocks that a power cut left without their bytes
    content = left_open.read_bytes()
    left_open.write_bytes(content[: records[2].offset] + hole + content[records[5].offset :])
    report = repair(left_open)
    assert report.path is not None
    found = [record.record_id for record in iter_records(report.path)]
    assert found == [record.record_id for record in (*records[:2], *records[5:])]


def test_a_warc_file_inside_a_torn_record_is_not_taken_for_its_records(left_open: Path) -> None:
    records = list(iter_records(left_open))
    other, _ = write_samples(left_open.parent, "other")
    content = left_open.read_bytes()[: records[-1].offset]
    left_open.write_bytes(content + b"\x1f\x8b\x08torn" + other.read_bytes())
    report = repair(left_open)
    assert (report.kept_bytes, report.aside) == (len(content), None)


@pytest.mark.parametrize("stopped_after", ["copying", "keeping aside"])
def test_a_repair_that_was_stopped_is_done_again(left_open: Path, stopped_after: str) -> None:
    records = list(iter_records(left_open))
    content = _overwrite(left_open, records[3].offset + 30, bytes(20))
    sealed = left_open.with_suffix("")
    sealed.with_name(f"{sealed.name}.mended").write_bytes(b"half a copy")
    if stopped_after == "keeping aside":
        os.link(left_open, f"{sealed}.damaged")
    report = repair(left_open)
    assert report.aside is not None
    assert report.aside.read_bytes() == content
    assert len(list(iter_records(sealed))) == len(records) - 1
    assert len(list(sealed.parent.iterdir())) == 2


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08\x00\x00", bytes(100)], ids=["torn", "zeros"])
def test_file_without_any_record_is_kept_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.warc.gz.open"
    path.write_bytes(content)
    report = repair(path)
    assert (report.path, report.aside) == (None, tmp_path / "a.warc.gz.damaged")
    assert (report.kept_bytes, report.cut_bytes) == (0, len(content))
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        "a.warc.gz.damaged": content
    }
    assert str(report).endswith(f"it is kept as {report.aside}")


def test_empty_file_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz.open"
    path.touch()
    report = repair(path)
    assert (report.path, report.aside) == (None, None)
    assert list(tmp_path.iterdir()) == []
    assert str(report) == f"{path} was left open and is empty: it is removed"


def test_sealed_file_is_never_touched(left_open: Path) -> None:
    sealed = left_open.with_suffix("")
    sealed.write_bytes(b"another")
    with pytest.raises(WarcError, match="ends in"):
        repair(sealed)
    with pytest.raises(WarcError, match="there already"):
        repair(left_open)
    assert sealed.read_bytes() == b"another"


def test_absent_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(WarcError, match=r"absent\.warc\.gz\.open"):
        repair(tmp_path / "absent.warc.gz.open")

"""A file whose writer died is brought back: all that was whole, and nothing else."""

import os
import subprocess
from pathlib import Path

import pytest

from archive.errors import WarcError
from archive.recovery import repair
from archive.warc_reader import iter_records, iter_stored_captures
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


def test_damage_with_whole_records_behind_it_is_left_alone(left_open: Path) -> None:
    records = list(iter_records(left_open))
    damaged = records[3]
    with left_open.open("r+b") as file:
        file.seek(damaged.offset + damaged.length // 2)
        file.write(b"\xff" * 8)
    content = left_open.read_bytes()
    with pytest.raises(WarcError, match=f"a whole record follows at offset {records[4].offset}"):
        repair(left_open)
    assert left_open.read_bytes() == content


def test_whole_record_far_behind_the_damage_is_found(left_open: Path) -> None:
    content = left_open.read_bytes()
    size = len(content)
    left_open.write_bytes(content + bytes((1 << 20) - 2) + content)
    with pytest.raises(WarcError, match=f"at offset {size + (1 << 20) - 2}"):
        repair(left_open)


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08\x00\x00", bytes(100)])
def test_file_without_any_record_is_removed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.warc.gz.open"
    path.write_bytes(content)
    report = repair(path)
    assert report.path is None
    assert (report.kept_bytes, report.cut_bytes) == (0, len(content))
    assert list(tmp_path.iterdir()) == []


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

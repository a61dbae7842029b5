"""What is whole in a damaged WARC file is read, and what is lost is told with its place."""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path

import pytest

from archive.warc.captures import iter_stored_captures
from archive.warc.gzip_members import Loss
from archive.warc.reader import iter_records, iter_whole_records
from tests.archive.sample_exchanges import write_samples
from tests.archive.warc.test_reader import PAGE, member


def _stored(data: bytes) -> bytes:
    """Write a block that is not compressed, others following (RFC 1951 section 3.2.4)."""
    return struct.pack("<BHH", 0, len(data), len(data) ^ 0xFFFF) + data


def _nested_records() -> bytes:
    """Begin a thousand records inside each other; all go on with whatever follows them."""
    size = 60_000
    content = b""
    start = b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + _stored(b"WARC/1.")
    while len(content) < size - 100:
        left = size - len(content) - len(start) - 5
        content += start + struct.pack("<BHH", 0, left, left ^ 0xFFFF)
    return _stored(content.ljust(size, b"x"))


def _ids(path: Path, losses: list[Loss]) -> list[str]:
    return [record.record_id for record in iter_whole_records(path, losses)]


@pytest.mark.parametrize("place", [0.0, 0.1, 0.5, 0.99])
def test_behind_damage_the_next_whole_records_are_read(tmp_path: Path, place: float) -> None:
    path, _ = write_samples(tmp_path)
    content = path.read_bytes()
    records = list(iter_records(path))
    for damaged in records:
        flipped = bytearray(content)
        flipped[damaged.offset + int(damaged.length * place)] ^= 0xFF
        path.write_bytes(flipped)
        losses: list[Loss] = []
        read = _ids(path, losses)
        if not losses:  # a byte of the gzip header that says nothing of the content
            continue
        assert read == [r.record_id for r in records if r is not damaged]
        end = damaged.offset + damaged.length
        assert losses == [Loss(path=path, start=damaged.offset, end=end)]


def test_a_torn_end_and_rubbish_between_records_are_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    whole = member(PAGE)
    rubbish = b"\x1f\x8b\x08" + bytes((1 << 20) - 4)  # longer than what is searched at once
    path.write_bytes(whole + rubbish + whole + whole[:-1])
    losses: list[Loss] = []
    assert len(_ids(path, losses)) == 2
    end = len(whole) + len(rubbish)
    places = [(loss.start, loss.end) for loss in losses]
    assert places == [(len(whole), end), (end + len(whole), path.stat().st_size)]


def test_a_record_inside_a_damaged_page_is_not_taken_for_one_of_the_file(tmp_path: Path) -> None:
    brought_along = member(PAGE, WARC_Record_ID="<urn:uuid:forged>")
    carrier = bytearray(
        member(os.urandom(40_000) + brought_along + os.urandom(40_000), WARC_Warcinfo_ID="<urn:w>")
    )
    assert brought_along in carrier  # what cannot be compressed is stored as it is
    carrier[100] ^= 0xFF
    ours = [
        member(PAGE, WARC_Record_ID=f"<urn:uuid:{name}>", WARC_Warcinfo_ID="<urn:w>")
        for name in ("before", "after")
    ]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(ours[0] + bytes(carrier) + ours[1])
    assert _ids(path, []) == ["urn:uuid:before", "urn:uuid:after"]


def test_captures_with_a_damaged_date_or_origin_cost_only_that(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(
        member(PAGE, WARC_Date="yesterday")
        + member(PAGE, WARC_Record_ID="<urn:uuid:2>")
        + member(
            b"role: king\r\ndiscoveredBy: feed\r\n",
            WARC_Type="metadata",
            WARC_Concurrent_To="<urn:uuid:2>",
            Content_Type="application/warc-fields",
        )
        + member(PAGE, WARC_Record_ID="<urn:uuid:3>")
    )
    losses: list[Loss] = []
    stored = list(iter_stored_captures(path, losses=losses))
    assert [entry.capture.record_id for entry in stored] == ["urn:uuid:2", "urn:uuid:3"]
    assert ["WARC-Date" in loss.reason for loss in losses] == [True, False]


@pytest.mark.parametrize(
    "bait",
    [
        b"\x1f\x8b\x08",
        b"\x1f\x8b\x08\0\0\0\0\0\0\xff",
        member(PAGE)[:40],
        _nested_records(),
    ],
)
def test_a_file_full_of_bait_takes_time_in_proportion_to_its_size(
    tmp_path: Path, bait: bytes
) -> None:
    path = tmp_path / "bait.warc.gz"
    content = (bait * (1 + (1 << 22) // len(bait)))[: 1 << 22]
    path.write_bytes(content)
    losses: list[Loss] = []
    started = time.process_time()
    assert _ids(path, losses) == []
    assert time.process_time() - started < 5
    assert losses == [Loss(path=path, start=0, end=len(content))]

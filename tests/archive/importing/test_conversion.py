from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from archive.errors import WarcError
from archive.importing import conversion as conversion_module
from archive.importing.conversion import convert
from archive.importing.repacking import Conversion
from archive.importing.stretches import zstd
from archive.warc.captures import iter_stored_captures
from archive.warc.reader import iter_records
from tests.archive.importing.made_archives import (
    WARCS,
    answer,
    arc_records,
    dictionary_frame,
    frames,
    members,
    page,
    record,
    some_records,
)

RECORDS = some_records()
PLAIN = b"".join(RECORDS)


def _convert(source: Path, target: Path) -> Conversion:
    return convert(
        source,
        target,
        source_digest=hashlib.sha256(source.read_bytes()).hexdigest(),
        is_new=lambda record_id: True,
        advance=lambda size: None,
    )


def _converted(tmp_path: Path, name: str, data: bytes) -> tuple[Conversion, Path]:
    """Convert a file of that name; the new one must be one that is read as any other here."""
    source, target = tmp_path / name, tmp_path / "made.warc.gz"
    source.write_bytes(data)
    conversion = _convert(source, target)
    captures = list(iter_stored_captures(target))
    assert len(captures) == conversion.capture_count
    return conversion, target


def _dictionary() -> zstd.ZstdDict:
    samples = [each[start:] for each in some_records(20) for start in range(60)]
    return zstd.train_dict(samples, 2048)


@pytest.mark.parametrize("name", sorted(path.name for path in WARCS.glob("*.warc.gz")))
def test_files_of_other_programs_come_out_byte_for_byte(tmp_path: Path, name: str) -> None:
    data = (WARCS / name).read_bytes()
    conversion, target = _converted(tmp_path, name, data)
    assert target.read_bytes() == data
    assert (conversion.is_copy, conversion.damages) == (True, [])


def test_a_plain_file_of_wget_keeps_every_byte_of_its_records(tmp_path: Path) -> None:
    data = (WARCS / "wget-plain.warc").read_bytes()
    conversion, target = _converted(tmp_path, "wget.warc", data)
    assert gzip.decompress(target.read_bytes()) == data
    assert (conversion.is_copy, conversion.damages) == (False, [])
    assert conversion.record_count == data.count(b"WARC/1.0\r\nWARC-Type") == 6


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("plain.warc", PLAIN),
        ("no-name", PLAIN),
        ("blank-lines-first.warc", b"\r\n\r\n" + PLAIN),
        ("one-stream.warc.gz", gzip.compress(PLAIN)),
        ("two-streams.warc.gz", gzip.compress(PLAIN[:300] + PLAIN[300:])),
        ("two-a-member.warc.gz", members([b"".join(RECORDS[:2]), b"".join(RECORDS[2:])])),
        ("empty-member.warc.gz", members([RECORDS[0], b"", *RECORDS[1:]])),
        ("frames.warc.zst", frames(RECORDS)),
        ("one-frame.warc.zst", frames([PLAIN])),
    ],
)
def test_every_form_gives_the_same_records(tmp_path: Path, name: str, data: bytes) -> None:
    conversion, target = _converted(tmp_path, name, data)
    assert gzip.decompress(target.read_bytes()) == PLAIN
    assert len(list(iter_records(target))) == conversion.record_count == len(RECORDS)
    assert conversion.damages == []


@pytest.mark.parametrize("is_packed", [True, False])
def test_a_zstd_file_is_read_with_its_dictionary(tmp_path: Path, is_packed: bool) -> None:
    dictionary = _dictionary()
    content = dictionary.dict_content
    head = dictionary_frame(zstd.compress(content) if is_packed else content)
    conversion, target = _converted(tmp_path, "x.warc.zst", head + frames(RECORDS, dictionary))
    assert gzip.decompress(target.read_bytes()) == PLAIN
    assert conversion.damages == []


def test_a_dictionary_that_is_none_is_refused(tmp_path: Path) -> None:
    (source := tmp_path / "x.warc.zst").write_bytes(
        dictionary_frame(b"\x37\xa4\x30\xec nothing") + frames(RECORDS)
    )
    with pytest.raises(WarcError, match="its dictionary cannot be read"):
        _convert(source, tmp_path / "made.warc.gz")


def _flipped(data: bytes, position: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 0x55]) + data[position + 1 :]


_SIZES = [len(gzip.compress(each, mtime=0)) for each in RECORDS]
_WRONG_DATE = record("response", 7, answer(b"x"), WARC_Date="yesterday")
_NO_ADDRESS = record("response", 7, answer(b"x"), WARC_Target_URI="")
_TOO_LONG = record("response", 7, answer(b"x"), Content_Length="99999999999")
_NO_LENGTH = record("response", 7, answer(b"x"), Content_Length="some")
_WRONG_LENGTH = record("response", 7, answer(b"some text"), Content_Length="3")
_FORGED = record(
    "metadata", 7, b"role: king\r\ndiscoveredBy: seed\r\n", Content_Type="application/warc-fields"
)


@pytest.mark.parametrize(
    ("name", "data", "kept", "told"),
    [
        ("cut.warc.gz", members(RECORDS)[:-9], 3, f"offset {sum(_SIZES[:3])}: the file ends"),
        ("cut.warc", PLAIN[:-9], 3, f"offset {len(b''.join(RECORDS[:3]))}: a record that ends"),
        ("cut.warc.zst", frames(RECORDS)[:-9], 3, "the file ends inside a record"),
        ("flip.warc.gz", _flipped(members(RECORDS), _SIZES[0] + 99), 3, f"offset {_SIZES[0]}: "),
        ("flip.warc.gz", _flipped(members(RECORDS), _SIZES[0] + 1), 3, f"offset {_SIZES[0]}: "),
        ("no-start.warc.gz", members(RECORDS)[9:], 3, "offset 0: "),
        ("no-start.warc", PLAIN[12:], 3, "offset 0: no WARC record begins here"),
        ("padded.warc.gz", members(RECORDS) + bytes(512), 4, f"offset {sum(_SIZES)}: "),
        ("date.warc", _WRONG_DATE + PLAIN, 4, "offset 0: a response record with a bad date"),
        ("date.warc.gz", members([_WRONG_DATE, *RECORDS]), 4, "offset 0: a response record with"),
        ("uri.warc", _NO_ADDRESS + PLAIN, 4, "offset 0: a response record without id or target"),
        ("long.warc", _TOO_LONG + PLAIN, 4, "offset 0: a record longer than 1,073,741,824 bytes"),
        ("long.warc.gz", members([_TOO_LONG, *RECORDS]), 4, "offset 0: a record longer than"),
        ("none.warc", _NO_LENGTH + PLAIN, 4, "offset 0: a record without a usable Content-Length"),
        ("length.warc", _WRONG_LENGTH + PLAIN, 4, "offset 0: a record whose stated length is"),
        ("forged.warc", _FORGED + PLAIN, 4, "offset 0: a metadata record that cannot be read"),
        (
            "stream.warc.gz",
            gzip.compress(RECORDS[0] + _WRONG_DATE + b"".join(RECORDS[1:])),
            4,
            f"offset 0, byte {len(RECORDS[0])} when unpacked: a response record with a bad date",
        ),
    ],
)  # fmt: skip
def test_whole_records_are_kept_and_each_damage_is_told_with_its_place(
    tmp_path: Path, name: str, data: bytes, kept: int, told: str
) -> None:
    conversion, target = _converted(tmp_path, name, data)
    assert conversion.record_count == kept
    assert [told in str(damage) for damage in conversion.damages] == [True]
    assert PLAIN.count(b"WARC/1.0") - kept in (0, 1)
    for stored in iter_records(target):
        assert stored.block in PLAIN


def test_a_record_in_the_body_of_a_damaged_one_is_not_taken_for_one_of_the_file(
    tmp_path: Path,
) -> None:
    ours = "WARC-Warcinfo-ID: <urn:uuid:ours>"
    brought = b"".join(record("response", n, answer(page("brought"))) for n in (50, 51))
    carrier = record("response", 3, answer(brought), ours, WARC_Date="never")
    rest = [record("response", n, answer(page("ours")), ours) for n in (2, 4)]
    conversion, target = _converted(tmp_path, "x.warc", rest[0] + carrier + rest[1])
    assert gzip.decompress(target.read_bytes()) == b"".join(rest)
    assert [(each.offset, each.size) for each in conversion.damages] == [
        (len(rest[0]), len(carrier))
    ]


def test_a_file_broken_in_a_thousand_places_is_not_read_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion_module, "_MAX_DAMAGES", 3)
    broken = b"".join(gzip.compress(each) for each in [_WRONG_DATE, RECORDS[1]] * 9)
    conversion, _ = _converted(tmp_path, "x.warc.gz", broken)
    assert len(conversion.damages) == 4
    assert conversion.damages[-1].offset + (conversion.damages[-1].size or 0) == len(broken)


def test_segments_are_kept_and_named(tmp_path: Path) -> None:
    first = record("response", 1, answer(b"half"), "WARC-Segment-Number: 1")
    rest = record("continuation", 2, b" of it", "WARC-Segment-Number: 2")
    conversion, target = _converted(tmp_path, "x.warc", first + rest)
    assert gzip.decompress(target.read_bytes()) == first + rest
    assert [line.partition(":")[0] for line in conversion.warnings] == [
        "offset 0",
        f"offset {len(first)}",
    ]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("form", ["x.arc", "x.arc.gz", "one-stream.arc.gz"])
def test_an_arc_file_becomes_warc_with_the_same_answers(
    tmp_path: Path, version: int, form: str
) -> None:
    records = arc_records(version)
    data = b"".join(records)
    if form.endswith(".gz"):
        data = members(records) if form == "x.arc.gz" else gzip.compress(data)
    conversion, target = _converted(tmp_path, form, data)
    captures = [stored.capture for stored in iter_stored_captures(target)]
    assert (conversion.form, conversion.damages) == ("ARC", [])
    assert [(each.record_type, each.target_uri, each.status) for each in captures] == [
        ("response", "http://tide.example/old%20page", 200),
        ("resource", "dns:tide.example", None),
        ("response", "http://tide.example/gone", 404),
    ]
    assert captures[0].date.isoformat() == "2004-01-02T03:04:06+00:00"
    by_type: dict[str, list[bytes]] = {}
    for stored in iter_records(target):
        by_type.setdefault(stored.record_type, []).append(stored.block)
    assert by_type["response"][0] == answer(page("An old page"))
    lines = [each.partition(b"\n")[0] for each in records[1:]]
    assert by_type["metadata"] == [b"arcHeader: " + line + b"\r\n" for line in lines]
    assert records[0].endswith(by_type["warcinfo"][0])


def test_the_same_arc_file_gives_the_same_records_each_time(tmp_path: Path) -> None:
    data = b"".join(arc_records(1))
    _, first = _converted(tmp_path, "x.arc", data)
    once = first.read_bytes()
    first.unlink()
    _, second = _converted(tmp_path, "y.arc", data)
    assert second.read_bytes() == once


def test_a_damaged_arc_file_gives_its_whole_records(tmp_path: Path) -> None:
    records = arc_records(1)
    spoilt = records[1].replace(b"20040102030406", b"20049902030406")
    conversion, target = _converted(tmp_path, "x.arc", records[0] + spoilt + b"".join(records[2:]))
    assert [stored.capture.target_uri for stored in iter_stored_captures(target)] == [
        "dns:tide.example",
        "http://tide.example/gone",
    ]
    assert [(each.offset, each.size) for each in conversion.damages] == [
        (len(records[0]), len(spoilt))
    ]


def test_an_arc_line_of_any_bytes_makes_a_header_that_can_be_read(tmp_path: Path) -> None:
    message = answer(page("Odd"))
    line = b"http://tide.example/\xe4\xc3\xa4\x01 192.0.2.7 20040102030406 text/html "
    record_bytes = line + str(len(message)).encode() + b"\n" + message + b"\n"
    conversion, target = _converted(tmp_path, "x.arc", arc_records(1)[0] + record_bytes)
    captures = [stored.capture for stored in iter_stored_captures(target)]
    assert [each.target_uri for each in captures] == ["http://tide.example/%E4ä%01"]
    assert conversion.damages == []


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("empty.warc.gz", b"", "no archive file: neither WARC, ARC nor WACZ"),
        ("page.html", page("x"), "no archive file: neither WARC, ARC nor WACZ"),
        ("x.warc.bz2", b"BZh91AY&SY", "compressed with bzip2: unpack it first"),
        ("x.warc.xz", b"\xfd7zXZ\x00", "compressed with xz: unpack it first"),
    ],
)
def test_what_is_no_archive_file_is_refused_in_one_line(
    tmp_path: Path, name: str, data: bytes, told: str
) -> None:
    (source := tmp_path / name).write_bytes(data)
    with pytest.raises(WarcError, match=told):
        _convert(source, tmp_path / "made.warc.gz")

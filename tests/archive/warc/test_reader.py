"""What was written is read back, and what is damaged is said to be so, with the place."""

import gzip
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.errors import TruncatedRecordError, WarcError
from archive.records import Discovery, Origin
from archive.warc import gzip_members
from archive.warc.captures import iter_stored_captures
from archive.warc.file import find_warc_file
from archive.warc.reader import iter_records, read_block, read_record
from archive.warc.writer import WarcWriter
from tests.archive.sample_exchanges import (
    CHUNKED,
    CRAWL_ID,
    FULL_HINTS,
    exchange,
    write_samples,
)

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>x"


def member(block: bytes, **fields: str) -> bytes:
    """Make one record by hand, as another program might."""
    header = {
        "WARC-Type": "response",
        "WARC-Record-ID": "<urn:uuid:1>",
        "WARC-Date": "2014-01-02T03:04:05Z",
        "WARC-Target-URI": "http://old.example/",
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block)),
    } | {name.replace("_", "-"): value for name, value in fields.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in header.items())
    return gzip.compress(b"WARC/1.0\r\n" + lines.encode() + b"\r\n" + block + b"\r\n\r\n", mtime=0)


class TestCaptures:
    def test_come_back_as_they_were_written(self, tmp_path: Path) -> None:
        path, captures = write_samples(tmp_path)
        assert [stored.capture for stored in iter_stored_captures(path)] == captures

    def test_come_back_with_their_origin_and_crawl(self, tmp_path: Path) -> None:
        discovery = Discovery(
            url="http://blog.example/before-the-redirect",
            methods=("wordpress", "link"),
            via="http://blog.example/wp-json/",
            hops_from_seed=2,
            hints=FULL_HINTS,
        )
        origins = [
            Origin(role="continuation", discovery=discovery),
            Origin(role="source", discovery=Discovery(url="http://blog.example/", methods=())),
        ]
        with WarcWriter(tmp_path, prefix="p", software="x", robots="obey") as writer:
            for origin in origins:
                capture = writer.write_exchange(exchange(), origin, crawl_id=CRAWL_ID)
        stored = list(iter_stored_captures(tmp_path / capture.filename))
        assert [entry.origin for entry in stored] == origins
        assert {entry.crawl_id for entry in stored} == {CRAWL_ID}

    def test_are_there_while_the_file_is_open(self, tmp_path: Path) -> None:
        with WarcWriter(tmp_path, prefix="p", software="x", robots="obey") as writer:
            capture = writer.write_exchange(
                exchange(),
                Origin(role="page", discovery=Discovery(url="http://a/", methods=())),
                crawl_id="c",
            )
            path = find_warc_file(tmp_path, capture.filename)
            assert path.name.endswith(".open")
            assert [stored.capture for stored in iter_stored_captures(path)] == [capture]
        assert find_warc_file(tmp_path, capture.filename).name == capture.filename

    def test_of_another_program_are_read(self, tmp_path: Path) -> None:
        path = tmp_path / "old.warc.gz"
        path.write_bytes(
            member(b"software: x\r\n", WARC_Type="warcinfo")
            + member(CHUNKED, WARC_Target_URI="<http://old.example/a>")
            + member(
                b"HTTP/1.1 304 Not Modified\r\n\r\n",
                WARC_Type="revisit",
                WARC_Record_ID="<urn:uuid:2>",
                WARC_Refers_To="<urn:uuid:1>",
                WARC_Payload_Digest="sha1:X4Q2T2H3YWRYI35QLNH2BBM6BEL3EIBP",
            )
            + member(b"via: x\r\n", WARC_Type="metadata", Content_Type="application/warc-fields")
            + member(b"", WARC_Type="response", Content_Length="0")
        )
        first, revisit, empty = iter_stored_captures(path)
        assert first.capture.target_uri == "http://old.example/a"
        assert first.capture.urlkey == "example,old)/a"
        assert first.capture.date.isoformat() == "2014-01-02T03:04:05+00:00"
        assert first.capture.status == 200
        assert first.capture.payload_digest.startswith("sha256:")
        assert first.origin is None
        assert revisit.capture.record_type == "revisit"
        assert revisit.capture.refers_to == "urn:uuid:1"
        assert revisit.capture.payload_digest == "sha1:X4Q2T2H3YWRYI35QLNH2BBM6BEL3EIBP"
        assert empty.capture.status is None

    def test_are_where_they_are_said_to_be(self, tmp_path: Path) -> None:
        path, captures = write_samples(tmp_path)
        for capture in captures:
            record = read_record(path, capture.offset)
            assert (record.record_id, record.length) == (capture.record_id, capture.length)


@pytest.mark.parametrize(
    ("damaged", "complaint"),
    [
        (b"WARC/1.1\r\nWARC-Type: response\r\n\r\n", "no whole gzip member"),
        (gzip.compress(b"no record", mtime=0), "no WARC record begins here"),
        (gzip.compress(b"WARC/1.1\r\nWARC-Type: response", mtime=0), "no WARC record begins here"),
        (member(PAGE, Content_Length="many"), "Content-Length"),
        (member(PAGE, Content_Length="-1"), "Content-Length"),
        (member(PAGE, Content_Length="9999"), "Content-Length"),
        (gzip.compress(gzip.decompress(member(PAGE)) * 2, mtime=0), "second record"),
        (member(PAGE)[:-1], "ends inside a record"),
        (member(PAGE)[:5], "ends inside a record"),
        (member(PAGE)[:-6] + b"xxxxxx", "checksum"),
        (bytes(100), "no whole gzip member"),
    ],
)
def test_damage_is_told_with_its_place(tmp_path: Path, damaged: bytes, complaint: str) -> None:
    path = tmp_path / "bad.warc.gz"
    whole = member(PAGE)
    path.write_bytes(whole + damaged)
    records = iter_records(path)
    assert next(records).block == PAGE
    with pytest.raises(WarcError, match=complaint) as failure:
        next(records)
    assert (failure.value.path, failure.value.offset) == (path, len(whole))
    with pytest.raises(WarcError, match=complaint):
        read_block(path, len(whole))


def test_wherever_a_file_is_cut_the_whole_records_are_read(tmp_path: Path) -> None:
    path, _ = write_samples(tmp_path)
    content = path.read_bytes()
    *_, before, last = iter_records(path)
    cut = tmp_path / "cut.warc.gz"
    for size in range(before.offset + 1, len(content)):
        if size == last.offset:
            continue
        cut.write_bytes(content[:size])
        read: list[str] = []
        with pytest.raises(TruncatedRecordError) as failure:
            read.extend(record.record_id for record in iter_records(cut))
        torn = last if size > last.offset else before
        assert failure.value.offset == torn.offset
        assert torn.record_id not in read


def test_metadata_of_ours_that_is_damaged_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.warc.gz"
    first = member(PAGE)
    path.write_bytes(
        first
        + member(
            b"role: king\r\ndiscoveredBy: feed\r\n",
            WARC_Type="metadata",
            WARC_Concurrent_To="<urn:uuid:1>",
            Content_Type="application/warc-fields",
        )
    )
    with pytest.raises(WarcError, match="king") as failure:
        list(iter_stored_captures(path))
    assert failure.value.offset == len(first)


def test_capture_without_date_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.warc.gz"
    path.write_bytes(member(PAGE, WARC_Date="yesterday"))
    with pytest.raises(WarcError, match="WARC-Date"):
        list(iter_stored_captures(path))


def test_record_that_inflates_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gzip_members, "MAX_RECORD_BYTES", 1 << 20)
    path = tmp_path / "bomb.warc.gz"
    path.write_bytes(member(bytes(10 << 20)))
    with pytest.raises(WarcError, match="longer than"):
        next(iter_records(path))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400), at=st.integers(0, 300))
def test_no_file_makes_it_stumble(tmp_path: Path, content: bytes, at: int) -> None:
    path = tmp_path / "any.warc.gz"
    whole = member(PAGE)
    path.write_bytes(whole[:at] + content + whole[at:])
    with suppress(WarcError):  # and nothing else
        assert all(found.capture.filename == path.name for found in iter_stored_captures(path))


@pytest.mark.parametrize("filename", ["../secret.warc.gz", "absent.warc.gz", "/etc/passwd", ".."])
def test_only_files_of_the_directory_are_found(tmp_path: Path, filename: str) -> None:
    (tmp_path / "secret.warc.gz").write_bytes(b"")
    directory = tmp_path / "archive"
    directory.mkdir()
    with pytest.raises(WarcError, match="no such WARC file"):
        find_warc_file(directory, filename)


def test_absent_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(WarcError, match=r"absent\.warc\.gz"):
        read_block(tmp_path / "absent.warc.gz", 0)


def test_headers_are_found_in_any_case(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(member(PAGE))
    record = next(iter_records(path))
    assert record.get("warc-type") == record.record_type == "response"
    assert record.get("WARC-Nothing") is None

"""WARC files of other programs: what they do in another way is told, and is no fault."""

from __future__ import annotations

import gzip
import io
import tracemalloc
from hashlib import sha1
from pathlib import Path

import pytest
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.verification.findings import Finding
from archive.verification.kinds import Severity
from archive.verification.verifying import verify_warc
from tests.archive.verification.sample_archive import findings, kinds

# The writer of warcio leaves temporary files to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

_BODY = b"<!doctype html><title>Lock</title><p>The lock-keeper has gone home for the night."
_CHUNKED = b"5\r\n<!doc\r\n4a\r\n" + _BODY[5:79] + b"\r\n0\r\n\r\n"
_PAGE = "http://canal.example/lock"


def _record(writer: WARCWriter, body: bytes, *headers: tuple[str, str]) -> ArcWarcRecord:
    head = StatusAndHeaders("200 OK", list(headers), protocol="HTTP/1.1")
    return writer.create_warc_record(_PAGE, "response", payload=io.BytesIO(body), http_headers=head)


def _by_warcio(path: Path, body: bytes, *headers: tuple[str, str], pairs: bool = True) -> Path:
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=path.suffix == ".gz")
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "warcio"}))
        answer = _record(writer, body, *headers)
        if pairs:
            line = StatusAndHeaders(
                "GET /lock HTTP/1.1", [("Host", "canal.example")], is_http_request=True
            )
            request = writer.create_warc_record(_PAGE, "request", http_headers=line)
            writer.write_request_response_pair(request, answer)
        else:
            writer.write_record(answer)
    return path


def _differences(path: Path) -> dict[str, int]:
    found = verify_warc(path)
    assert {finding.severity for finding in found} <= {Severity.DIFFERENCE}, found
    return kinds(found)


@pytest.mark.parametrize("name", ["canal.warc.gz", "canal.warc"])
def test_warcio_is_clean(tmp_path: Path, name: str) -> None:
    length = ("Content-Length", str(len(_BODY)))
    assert _differences(_by_warcio(tmp_path / name, _BODY, length)) == {}


def test_payload_digest_of_the_chunk_framing_is_told(tmp_path: Path) -> None:
    path = _by_warcio(tmp_path / "a.warc.gz", _CHUNKED, ("Transfer-Encoding", "chunked"))
    (finding,) = verify_warc(path)
    assert (finding.kind, finding.severity) == ("payload-digest-rule", "difference")
    assert "chunk framing" in finding.message


def test_answers_without_requests_and_shorter_than_announced_are_told(tmp_path: Path) -> None:
    path = _by_warcio(tmp_path / "a.warc.gz", _BODY, ("Content-Length", "9999"), pairs=False)
    assert _differences(path) == {"request-missing": 1, "body-short": 1}


def _raw(block: bytes, **fields: str) -> bytes:
    values = {
        "WARC-Type": "response",
        "WARC-Record-ID": "<urn:uuid:1>",
        "WARC-Date": "2014-01-02T03:04:05Z",
        "WARC-Target-URI": _PAGE,
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block)),
    } | {name.replace("_", "-"): value for name, value in fields.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in values.items())
    return b"WARC/1.0\r\n" + lines.encode() + b"\r\n" + block + b"\r\n\r\n"


def _written(path: Path, *records: bytes) -> list[Finding]:
    pack = path.suffix == ".gz"
    path.write_bytes(b"".join(gzip.compress(r, mtime=0) if pack else r for r in records))
    return verify_warc(path)


_ANSWER = b"HTTP/1.1 200 OK\r\n\r\nx"


def test_wget_puts_uris_in_brackets_and_digests_the_blocks_of_revisits_as_empty(
    tmp_path: Path,
) -> None:
    page, nothing = f"<{_PAGE}>", "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
    payload = "sha1:FXNSE2CVUNQPLHVDTTF5OHGLFCJKGIK3"
    request = _raw(
        b"GET / HTTP/1.1\r\n\r\n",
        WARC_Type="request", WARC_Record_ID="<urn:uuid:3>", WARC_Target_URI=page,
        WARC_Block_Digest="sha1:PXTZIZBHDLFBZFPIVNBGQGU4IHIMMSHE",
    )  # fmt: skip
    revisit = _raw(
        b"HTTP/1.1 200 OK\r\n\r\n",
        WARC_Type="revisit", WARC_Record_ID="<urn:uuid:2>", WARC_Target_URI=page,
        WARC_Concurrent_To="<urn:uuid:3>", WARC_Refers_To="<urn:uuid:7>",
        WARC_Profile="http://netpreserve.org/warc/1.0/revisit/identical-payload-digest",
        WARC_Block_Digest=nothing, WARC_Payload_Digest=payload,
    )  # fmt: skip
    found = _written(tmp_path / "a.warc.gz", request, revisit)
    assert {finding.kind.value for finding in found} >= {
        "uri-in-brackets",
        "block-digest-rule",
        "revisit-original-missing",
    }


def test_a_head_request_explains_why_there_is_no_body(tmp_path: Path) -> None:
    answer = _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n")
    request = _raw(
        b"HEAD / HTTP/1.1\r\n\r\n",
        WARC_Type="request", WARC_Record_ID="<urn:uuid:2>", WARC_Concurrent_To="<urn:uuid:1>",
    )  # fmt: skip
    found = _written(tmp_path / "a.warc.gz", answer, request)
    assert kinds(found) == {"digest-missing": 1}


def test_an_original_may_lie_in_another_file_that_is_verified_too(tmp_path: Path) -> None:
    original, revisit = tmp_path / "a.warc.gz", tmp_path / "b.warc.gz"
    found = _written(original, _raw(_ANSWER, WARC_Payload_Digest="sha1:x"))
    assert kinds(found)["payload-digest"] == 1
    _written(original, _raw(_ANSWER))
    alone = _written(
        revisit,
        _raw(
            b"HTTP/1.1 200 OK\r\n\r\n",
            WARC_Type="revisit", WARC_Record_ID="<urn:uuid:2>", WARC_Refers_To="<urn:uuid:1>",
            WARC_Profile="http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
        ),
    )  # fmt: skip
    assert kinds(alone)["revisit-original-missing"] == 1
    together = kinds(findings(original, revisit, processes=2))
    assert together == {"digest-missing": 2, "request-missing": 2}


def test_a_revisit_of_a_response_that_is_lost_finds_the_payload_elsewhere(tmp_path: Path) -> None:
    digest = "sha1:" + sha1(b"x", usedforsecurity=False).hexdigest()
    revisit = _raw(
        b"HTTP/1.1 200 OK\r\n\r\n",
        WARC_Type="revisit", WARC_Record_ID="<urn:uuid:2>", WARC_Refers_To="<urn:uuid:lost>",
        WARC_Profile="http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
        WARC_Payload_Digest=digest,
    )  # fmt: skip
    found = kinds(_written(tmp_path / "a.warc.gz", revisit))
    assert found["revisit-original-missing"] == 1
    found = kinds(
        _written(tmp_path / "a.warc.gz", _raw(_ANSWER, WARC_Payload_Digest=digest), revisit)
    )
    assert found["revisit-original-other"] == 1
    assert not found["revisit-original-missing"]


@pytest.mark.parametrize(
    ("damaged", "expected"),
    [
        (_raw(_ANSWER)[:-30], "cut-tail"),
        (b"<html>no record</html>\r\n", "garbage"),
        (_raw(_ANSWER, Content_Length="3"), "content-length"),
        (_raw(_ANSWER)[:-4] + b"\n\n\n\n", "record-end"),
    ],
)
def test_damage_in_a_plain_file_is_named_and_what_follows_is_read(
    tmp_path: Path, damaged: bytes, expected: str
) -> None:
    last = (
        [] if expected in ("cut-tail", "record-end") else [_raw(_ANSWER, WARC_Record_ID="<urn:y>")]
    )
    found = _written(
        tmp_path / "a.warc", _raw(_ANSWER), damaged.replace(b"uuid:1", b"uuid:9"), *last
    )
    others = {"digest-missing", "request-missing"}
    assert {finding.kind.value for finding in found} - others == {expected}


@pytest.mark.parametrize("name", ["a.warc.gz", "a.warc"])
def test_a_record_of_any_size_takes_little_memory(tmp_path: Path, name: str) -> None:
    record = _raw(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(80_000_000))
    path = tmp_path / name
    path.write_bytes(gzip.compress(record, 1, mtime=0) if path.suffix == ".gz" else record)
    del record
    tracemalloc.start()
    found = verify_warc(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kinds(found) == {"digest-missing": 1, "request-missing": 1}
    assert peak < 60_000_000

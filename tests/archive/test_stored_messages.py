"""The answer that a capture stands for is read back, also from revisits of other writers."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.catalogue import Catalogue
from archive.digests import digest_of
from archive.errors import CaptureNotFoundError
from archive.stored_messages import MessageReader
from archive.warc.captures import iter_stored_captures

_BODY = b"<p>Once said, and said again."
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
_ANSWER = _HEAD + b"\r\n" + _BODY
_DIGEST = digest_of([memoryview(_BODY)])
_URI = "http://blog.example/post"
_LATER_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nDate: later\r\n"


def _record(
    number: int, record_type: str, block: bytes, *fields: str, day: int, digest: str = _DIGEST
) -> bytes:
    head = "\r\n".join(
        (
            "WARC/1.1",
            f"WARC-Type: {record_type}",
            f"WARC-Record-ID: <urn:uuid:{number}>",
            f"WARC-Date: 2026-01-{day:02}T00:00:00Z",
            f"WARC-Target-URI: {_URI}",
            *([f"WARC-Payload-Digest: {digest}"] if digest else []),
            f"Content-Length: {len(block)}",
            *fields,
        )
    )
    return gzip.compress(head.encode() + b"\r\n\r\n" + block + b"\r\n\r\n")


@pytest.fixture
def reader(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[MessageReader]:
    """Make a collection of the records that the test names, and a reader of it."""
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(request.param))
    with Catalogue(tmp_path / "catalogue.sqlite") as catalogue:
        for stored in iter_stored_captures(path):
            catalogue.add_capture(stored.capture, crawl_id="a", role="page")
        yield MessageReader(tmp_path, catalogue)


_ORIGINAL = _record(1, "response", _ANSWER, day=1)
_WAYS = (
    ("WARC-Refers-To: <urn:uuid:1>",),
    (f"WARC-Refers-To-Target-URI: {_URI}", "WARC-Refers-To-Date: 2026-01-01T00:00:00Z"),
    (),  # the digest says it
)


@pytest.mark.parametrize(
    "reader",
    [(_ORIGINAL, _record(2, "revisit", _LATER_HEAD + b"\r\n", *way, day=2)) for way in _WAYS],
    indirect=True,
)
def test_a_revisit_has_its_own_head_and_the_payload_of_its_original(reader: MessageReader) -> None:
    assert reader.read("urn:uuid:1") == _ANSWER
    assert reader.read("urn:uuid:2") == _LATER_HEAD + b"\r\n" + _BODY


@pytest.mark.parametrize(
    "reader", [(_ORIGINAL, _record(2, "revisit", b"", *_WAYS[0], day=2))], indirect=True
)
def test_where_a_writer_left_out_the_head_the_original_stands_for_all(
    reader: MessageReader,
) -> None:
    assert reader.read("urn:uuid:2") == _ANSWER


_UNCHANGED = b"HTTP/1.1 304 Not Modified\r\n\r\n"


@pytest.mark.parametrize(
    "reader", [(_ORIGINAL, _record(2, "revisit", _UNCHANGED, *_WAYS[0], day=2))], indirect=True
)
def test_not_modified_stands_for_its_original_and_can_be_had_itself(reader: MessageReader) -> None:
    assert reader.read("urn:uuid:2") == _ANSWER
    assert reader.read_sent("urn:uuid:2") == _UNCHANGED


@pytest.mark.parametrize(
    "reader",
    [
        (
            _ORIGINAL,
            _record(3, "response", b"HTTP/1.1 503 Busy\r\n\r\n", day=2, digest=""),
            _record(2, "revisit", _UNCHANGED, day=3, digest=""),
        ),
    ],
    indirect=True,
)
def test_not_modified_that_names_no_original_stands_for_the_last_answer_before(
    reader: MessageReader,
) -> None:
    assert reader.read("urn:uuid:2") == _ANSWER


@pytest.mark.parametrize(
    "reader", [(_record(2, "revisit", _LATER_HEAD, *_WAYS[1], day=2),)], indirect=True
)
def test_an_original_that_is_not_there_is_named(reader: MessageReader) -> None:
    with pytest.raises(CaptureNotFoundError, match=r"example,blog\)/post at 2026-01-01"):
        reader.read("urn:uuid:2")

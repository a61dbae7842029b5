"""What is written is what crossed the wire, and every tool of the field accepts it."""

import gzip
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator

from archive.cdxj import cdxj_line
from archive.errors import WarcError
from archive.http_message import payload, strip_interim
from archive.records import Capture, Discovery, Origin
from archive.warc.captures import read_logs
from archive.warc.fields import parse_block_fields
from archive.warc.reader import iter_records, read_block
from archive.warc.writer import WarcWriter
from tests.archive.sample_exchanges import (
    CHUNKED,
    CRAWL_ID,
    RESPONSES,
    STARTED,
    answer,
    exchange,
    origin,
    write_samples,
)

TOOLS = Path(sys.executable).parent


def judge(*command: str | Path) -> str:
    """Run a tool; it must be content, or its complaints are the failure's message."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def open_writer(directory: Path, max_size_bytes: int = 1 << 30) -> WarcWriter:
    return WarcWriter(
        directory,
        prefix="blog",
        software="blog-archiver/1.0",
        robots="obey",
        operator="Ada <ada@example.org>",
        max_size_bytes=max_size_bytes,
    )


def write(directory: Path, responses: Sequence[bytes]) -> tuple[Path, list[Capture]]:
    with open_writer(directory) as writer:
        captures = [
            writer.write_exchange(exchange(f"/{number}", response), origin(), crawl_id=CRAWL_ID)
            for number, response in enumerate(responses)
        ]
    return directory / captures[0].filename, captures


@contextmanager
def disk_full_at(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond that size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


class TestJudges:
    @pytest.fixture(scope="class")
    @classmethod
    def sample(cls, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Capture]]:
        return write_samples(tmp_path_factory.mktemp("warcs"))

    def test_gzip_finds_every_member_whole(self, sample: tuple[Path, list[Capture]]) -> None:
        done = subprocess.run(["gzip", "-t", sample[0]], capture_output=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")

    def test_fastwarc_verifies_all_block_digests(self, sample: tuple[Path, list[Capture]]) -> None:
        said = judge(TOOLS / "fastwarc", "check", sample[0])
        assert f"{3 * len(RESPONSES) + 2} records were verified" in said

    def test_warcio_verifies_all_digests(self, sample: tuple[Path, list[Capture]]) -> None:
        said = judge(TOOLS / "warcio", "check", "-v", sample[0])
        assert said.count("digest pass") == 3 * len(RESPONSES) + 2

    def test_cdxj_indexer_finds_what_was_captured(self, sample: tuple[Path, list[Capture]]) -> None:
        path, captures = sample
        lines = judge(TOOLS / "cdxj-indexer", path).splitlines()
        assert lines == [cdxj_line(capture) for capture in captures]

    def test_all_but_the_payload_digest_of_chunked_bodies_is_agreed_upon(
        self, tmp_path: Path
    ) -> None:
        path, captures = write(tmp_path, [CHUNKED])
        judge("gzip", "-t", path)
        judge(TOOLS / "fastwarc", "check", path)
        assert judge(TOOLS / "cdxj-indexer", path).splitlines() == [cdxj_line(captures[0])]


class TestExchange:
    def test_is_stored_byte_for_byte(self, tmp_path: Path) -> None:
        path, captures = write_samples(tmp_path)
        for capture, response in zip(captures, RESPONSES.values(), strict=True):
            assert read_block(path, capture.offset) == strip_interim(response)

    def test_becomes_request_response_and_metadata(self, tmp_path: Path) -> None:
        with open_writer(tmp_path) as writer:
            capture = writer.write_exchange(
                replace(exchange("/a"), ip_address="192.0.2.1", truncated="length"),
                Origin(
                    role="page",
                    discovery=Discovery(
                        url="http://blog.example/a",
                        methods=("feed", "link"),
                        via="http://blog.example/",
                        hops_from_seed=1,
                    ),
                ),
                crawl_id=CRAWL_ID,
            )
        warcinfo, request, response, metadata = iter_records(tmp_path / capture.filename)

        said = parse_block_fields(warcinfo.block)
        assert said["software"] == "blog-archiver/1.0"
        assert said["operator"] == "Ada <ada@example.org>"
        assert said["robots"] == "obey"
        assert warcinfo.get("WARC-Filename") == capture.filename

        assert request.block == exchange("/a").request
        assert response.record_id == capture.record_id
        assert response.get("WARC-Truncated") == "length"
        assert response.get("WARC-Payload-Digest") == capture.payload_digest
        assert parse_block_fields(metadata.block) == {
            "via": "http://blog.example/",
            "hopsFromSeed": "L",
            "discoveredBy": "feed link",
            "role": "page",
            "crawlId": CRAWL_ID,
        }
        for record in (request, response, metadata):
            assert record.get("WARC-Date") == "2026-01-02T03:04:05.678901Z"
            assert record.get("WARC-Target-URI") == "http://blog.example/a"
            assert record.get("WARC-Warcinfo-ID") == f"<{warcinfo.record_id}>"
        for record in (request, metadata):
            assert record.get("WARC-Concurrent-To") == f"<{response.record_id}>"
        for record in (request, response):
            assert record.get("WARC-IP-Address") == "192.0.2.1"

    def test_is_read_by_fastwarc_as_by_us(self, tmp_path: Path) -> None:
        path, _ = write_samples(tmp_path)
        theirs = [
            (record.stream_pos, record.record_id, record.reader.read())
            for record in ArchiveIterator(str(path), parse_http=False)
        ]
        ours = [(r.offset, f"<{r.record_id}>", r.block) for r in iter_records(path)]
        assert theirs == ours

    def test_has_the_digest_of_its_payload_and_not_of_its_framing(self, tmp_path: Path) -> None:
        body = payload(CHUNKED)
        _, (chunked, plain) = write(tmp_path, [CHUNKED, answer(body)])
        assert chunked.payload_digest == plain.payload_digest

    def test_in_another_time_zone_is_dated_in_utc(self, tmp_path: Path) -> None:
        local = STARTED.astimezone(timezone(timedelta(hours=-5)))
        with open_writer(tmp_path) as writer:
            capture = writer.write_exchange(
                replace(exchange(), date=local), origin(), crawl_id=CRAWL_ID
            )
        assert list(iter_records(tmp_path / capture.filename))[2].get("WARC-Date") == (
            "2026-01-02T03:04:05.678901Z"
        )

    @pytest.mark.parametrize(
        "uri",
        ["http://a/\r\nWARC-Type: warcinfo", "http://a/ b", "<http://a/>", "", "http://a/\ud800"],
    )
    def test_with_a_forged_uri_is_refused_and_leaves_no_trace(
        self, tmp_path: Path, uri: str
    ) -> None:
        with open_writer(tmp_path) as writer:
            writer.write_exchange(exchange("/a"), origin(), crawl_id=CRAWL_ID)
            with pytest.raises(WarcError, match=r"\.warc\.gz\.open"):
                writer.write_exchange(
                    replace(exchange(), target_uri=uri), origin(), crawl_id=CRAWL_ID
                )
            capture = writer.write_exchange(exchange("/b"), origin(), crawl_id=CRAWL_ID)
        records = list(iter_records(tmp_path / capture.filename))
        assert [record.target_uri for record in records if record.record_type == "response"] == [
            "http://blog.example/a",
            "http://blog.example/b",
        ]

    def test_of_many_megabytes_is_not_copied_about(self, tmp_path: Path) -> None:
        script = (
            "import resource, sys\n"
            "from pathlib import Path\n"
            "from tests.archive.sample_exchanges import answer, exchange, origin\n"
            "from tests.archive.warc.test_writer import open_writer\n"
            "big = exchange('/big', answer(bytes(64 << 20), 'Content-Type: a/b'))\n"
            "with open_writer(Path(sys.argv[1])) as writer:\n"
            "    writer.write_exchange(exchange('/a'), origin(), crawl_id='c')\n"
            "    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "    writer.write_exchange(big, origin(), crawl_id='c')\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
        )
        grown_kb = int(judge(sys.executable, "-c", script, tmp_path))
        assert grown_kb < 8 << 10


class TestFiles:
    def test_are_named_by_the_custom_of_the_field(self, tmp_path: Path) -> None:
        path, _ = write(tmp_path, [answer()])
        assert re.fullmatch(r"blog-\d{20}-00000-[A-Za-z0-9.-]+\.warc\.gz", path.name)

    def test_are_open_until_they_are_closed(self, tmp_path: Path) -> None:
        with open_writer(tmp_path) as writer:
            assert list(tmp_path.iterdir()) == []
            capture = writer.write_exchange(exchange(), origin(), crawl_id=CRAWL_ID)
            assert writer.filename == capture.filename
            assert [path.name for path in tmp_path.iterdir()] == [capture.filename + ".open"]
        assert [path.name for path in tmp_path.iterdir()] == [capture.filename]
        assert writer.filename is None

    def test_are_followed_by_another_when_full(self, tmp_path: Path) -> None:
        with open_writer(tmp_path, max_size_bytes=4000) as writer:
            captures = [
                writer.write_exchange(
                    exchange(f"/{number}", answer(os.urandom(1500))), origin(), crawl_id=CRAWL_ID
                )
                for number in range(5)
            ]
        names = list(dict.fromkeys(capture.filename for capture in captures))
        assert len(names) == 3
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
        for name in names:
            first = next(iter_records(tmp_path / name))
            assert (first.record_type, first.get("WARC-Filename")) == ("warcinfo", name)

    def test_of_two_writers_in_one_second_never_collide(self, tmp_path: Path) -> None:
        paths = {write(tmp_path, [answer()])[0] for _ in range(5)}
        assert len(paths) == 5
        assert all(path.stat().st_size for path in paths)

    @pytest.mark.parametrize("prefix", ["../blog", "a/b", "", ".hidden", "a" * 200, "a\n"])
    def test_stay_in_their_directory(self, tmp_path: Path, prefix: str) -> None:
        with pytest.raises(ValueError, match="file name"):
            WarcWriter(tmp_path, prefix=prefix, software="x", robots="obey")

    def test_with_a_forged_operator_are_refused_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="line break in operator"):
            WarcWriter(tmp_path, prefix="p", software="x", robots="obey", operator="a\nb: c")

    def test_hold_all_that_was_returned_when_the_process_is_killed(self, tmp_path: Path) -> None:
        script = (
            "import os, signal, sys\n"
            "from pathlib import Path\n"
            "from tests.archive.sample_exchanges import exchange, origin\n"
            "from tests.archive.warc.test_writer import open_writer\n"
            "writer = open_writer(Path(sys.argv[1]))\n"
            "for number in range(3):\n"
            "    writer.write_exchange(exchange(f'/{number}'), origin(), crawl_id='c')\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        done = subprocess.run([sys.executable, "-c", script, tmp_path], check=False)
        assert done.returncode == -signal.SIGKILL
        (path,) = tmp_path.iterdir()
        assert len(list(iter_records(path))) == 1 + 3 * 3

    def test_stay_whole_when_the_disk_is_full(self, tmp_path: Path) -> None:
        with open_writer(tmp_path) as writer:
            first = writer.write_exchange(exchange("/a"), origin(), crawl_id=CRAWL_ID)
            with disk_full_at(20_000), pytest.raises(WarcError, match="File too large"):
                writer.write_exchange(
                    exchange("/b", answer(os.urandom(50_000))), origin(), crawl_id=CRAWL_ID
                )
            writer.write_exchange(exchange("/c"), origin(), crawl_id=CRAWL_ID)
            writer.sync()
        path = tmp_path / first.filename
        judge("gzip", "-t", path)
        responses = [r.target_uri for r in iter_records(path) if r.record_type == "response"]
        assert responses == ["http://blog.example/a", "http://blog.example/c"]

    def test_are_not_left_empty_when_the_disk_is_full(self, tmp_path: Path) -> None:
        with open_writer(tmp_path) as writer:
            with disk_full_at(10), pytest.raises(WarcError, match="File too large"):
                writer.write_exchange(exchange(), origin(), crawl_id=CRAWL_ID)
            assert list(tmp_path.iterdir()) == []
            writer.write_exchange(exchange(), origin(), crawl_id=CRAWL_ID)

    def test_that_cannot_be_made_are_an_error_that_names_them(self, tmp_path: Path) -> None:
        with pytest.raises(WarcError, match="No such file or directory"):
            write(tmp_path / "absent", [answer()])


class TestLog:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"\n",
            b'{"a": 1}',
            b'{"a": "\xc3\xa4"}\n{"b": 2}\n',
            b" x\r\n\r\n\ty\r",
            b"\x00\xff",
        ],
    )
    def test_comes_back_byte_for_byte(self, tmp_path: Path, body: bytes) -> None:
        with open_writer(tmp_path) as writer:
            writer.write_log("failures.jsonl", body, "application/jsonl", crawl_id="2026:x")
            filename = writer.filename
        assert filename
        (log,) = read_logs(tmp_path / filename)
        assert (log.crawl_id, log.name) == ("2026:x", "failures.jsonl")
        assert (log.content_type, log.body) == ("application/jsonl", body)

    def test_is_not_indexed(self, tmp_path: Path) -> None:
        with open_writer(tmp_path) as writer:
            writer.write_log("crawl.json", b"{}", "application/json", crawl_id=CRAWL_ID)
        (path,) = tmp_path.iterdir()
        assert judge(TOOLS / "cdxj-indexer", path) == ""

    @pytest.mark.parametrize(("name", "crawl_id"), [("a:b", "c"), ("a b", "c"), ("a", "c\n")])
    def test_without_a_proper_name_is_refused(
        self, tmp_path: Path, name: str, crawl_id: str
    ) -> None:
        with open_writer(tmp_path) as writer, pytest.raises(WarcError, match=r"colon|URI"):
            writer.write_log(name, b"", "a/b", crawl_id=crawl_id)


def test_every_level_of_compression_is_read_back(tmp_path: Path) -> None:
    for level in range(4):
        with WarcWriter(
            tmp_path, prefix=f"l{level}", software="x", robots="obey", compression_level=level
        ) as writer:
            capture = writer.write_exchange(exchange(), origin(), crawl_id=CRAWL_ID)
        path = tmp_path / capture.filename
        assert read_block(path, capture.offset) == exchange().response
        assert b"WARC-Type: response" in gzip.decompress(path.read_bytes())

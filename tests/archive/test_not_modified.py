"""What a server calls unmodified is archived as a revisit, and read as what it was."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from archive.catalogue import CatalogueReader
from archive.cdxj import cdxj_line
from archive.collection import Collection
from archive.errors import WarcError
from archive.http_message import payload
from archive.originals import OriginalFinder
from archive.records import Capture
from archive.stored_messages import MessageReader
from archive.warc.captures import iter_stored_captures
from archive.warc.fields import Original
from archive.warc.file import find_warc_file
from tests.archive.kept_exchanges import PAGE, TOOLS, Crawl, judge, read_back, record_of
from tests.archive.sample_exchanges import HTML, answer

HEAD = b'HTTP/1.1 304 Not Modified\r\nETag: "2"\r\nX: \xe4\r\n folded\nno colon\r\nX:\r\r\n\r\n'
BODY = gzip.compress(HTML)
ZIPPED = answer(BODY, "Content-Encoding: gzip", 'ETag: "1"')


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "c")


@pytest.fixture
def crawl(collection: Collection) -> Iterator[Crawl]:
    with Crawl(collection) as crawl:
        yield crawl


def original_of(collection: Collection, capture: Capture) -> Original | None:
    with CatalogueReader(collection.catalogue_path) as catalogue:
        row = catalogue.get_capture(capture.record_id)
        return OriginalFinder(collection.warc_dir, catalogue).original_of(row)


def keep_unmodified(crawl: Crawl, known: Capture, head: bytes = HEAD, path: str = "/a") -> Capture:
    """Keep an answer to a request that had the validators of a capture."""
    crawl.recorder.commit()
    original = original_of(crawl.collection, known)
    assert original is not None
    return crawl.keep(path, head, not_modified=original)


def read_sent(collection: Collection, capture: Capture) -> bytes:
    with CatalogueReader(collection.catalogue_path) as catalogue:
        return MessageReader(collection.warc_dir, catalogue).read_sent(capture.record_id)


class TestRecord:
    def test_names_its_original_and_has_no_block(
        self, collection: Collection, crawl: Crawl
    ) -> None:
        original = crawl.keep("/a", ZIPPED)
        revisit = keep_unmodified(crawl, original)

        record = record_of(collection, revisit)
        assert record.block == b""
        assert dict(record.headers) == {
            "WARC-Type": "revisit",
            "WARC-Record-ID": f"<{revisit.record_id}>",
            "WARC-Date": "2026-01-03T03:04:07.678901Z",
            "WARC-Target-URI": "http://blog.example/a",
            "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/server-not-modified",
            "WARC-Refers-To": f"<{original.record_id}>",
            "WARC-Refers-To-Target-URI": "http://blog.example/a",
            "WARC-Refers-To-Date": record_of(collection, original).get("WARC-Date"),
            "WARC-Payload-Digest": original.payload_digest,
            "WARC-Block-Digest": record.get("WARC-Block-Digest"),
            "Content-Type": "application/http; msgtype=response",
            "Content-Length": "0",
            "WARC-Warcinfo-ID": record.get("WARC-Warcinfo-ID"),
        }
        assert (revisit.record_type, revisit.status, revisit.mime) == ("revisit", None, None)
        assert revisit.refers_to == original.record_id
        assert revisit.refers_to_date == original.date

    def test_comes_back_from_the_file_as_it_was_written(
        self, collection: Collection, crawl: Crawl
    ) -> None:
        original = crawl.keep("/a", ZIPPED)
        captures = [original, keep_unmodified(crawl, original)]
        path = find_warc_file(collection.warc_dir, original.filename)
        stored = list(iter_stored_captures(path))
        assert [each.capture for each in stored] == captures
        assert {each.crawl_id for each in stored} == {"crawl-1"}
        assert stored[1].origin == stored[0].origin

    def test_refers_to_the_response_where_a_revisit_had_the_validators(
        self, collection: Collection, crawl: Crawl
    ) -> None:
        original = crawl.keep("/a", ZIPPED)
        again = crawl.keep("/a", answer(BODY, "Content-Encoding: gzip", "Age: 1"))
        assert again.record_type == "revisit"
        assert keep_unmodified(crawl, again).refers_to == original.record_id
        third = keep_unmodified(crawl, keep_unmodified(crawl, original))
        assert third.refers_to == original.record_id


class TestReading:
    @pytest.mark.parametrize("head", [HEAD, b"HTTP/1.0 304\n\n", b"HTTP/1.1 304 X\r\nA: b"])
    def test_gives_what_was_sent_byte_for_byte_and_what_it_stands_for(
        self, collection: Collection, crawl: Crawl, head: bytes
    ) -> None:
        revisit = keep_unmodified(crawl, crawl.keep("/a", ZIPPED), head)
        crawl.recorder.commit()
        assert read_sent(collection, revisit) == head
        assert read_back(collection, revisit) == ZIPPED

    def test_gives_the_answer_itself_of_any_other_capture(
        self, collection: Collection, crawl: Crawl
    ) -> None:
        captures = [crawl.keep("/a"), crawl.keep("/b", answer(HTML, "X: 2"))]
        crawl.recorder.commit()
        sent = [read_sent(collection, capture) for capture in captures]
        assert sent == [PAGE, answer(HTML, "X: 2")]

    def test_of_interim_answers_before_it_gives_the_304(
        self, collection: Collection, crawl: Crawl
    ) -> None:
        hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        revisit = keep_unmodified(crawl, crawl.keep("/a"), hints + HEAD)
        crawl.recorder.commit()
        assert read_sent(collection, revisit) == HEAD

    def test_works_over_files(self, collection: Collection) -> None:
        with Crawl(collection) as crawl:
            original = crawl.keep("/a", ZIPPED)
        with Crawl(collection, 2) as crawl:
            revisit = keep_unmodified(crawl, original)
        assert revisit.filename != original.filename
        assert payload(read_back(collection, revisit)) == BODY


class TestWhatIsWrittenWhole:
    def test_an_answer_that_was_not_asked_for(self, collection: Collection, crawl: Crawl) -> None:
        crawl.keep("/a")
        capture = crawl.keep("/a", HEAD)
        assert (capture.record_type, capture.status) == ("response", 304)
        assert record_of(collection, capture).block == HEAD

    @pytest.mark.parametrize("response", [HEAD + b"surplus", PAGE + b"new", b"", b"HTTP/1.1 30"])
    def test_another_answer_than_not_modified(
        self, collection: Collection, crawl: Crawl, response: bytes
    ) -> None:
        known = crawl.keep("/a")
        capture = keep_unmodified(crawl, known, response)
        assert capture.record_type == "response"
        assert record_of(collection, capture).block == response

    def test_what_was_cut_off(self, crawl: Crawl) -> None:
        known = crawl.keep("/a")
        crawl.recorder.commit()
        original = original_of(crawl.collection, known)
        cut = crawl.keep("/a", HEAD, not_modified=original, truncated="disconnect")
        assert cut.record_type == "response"

    def test_the_same_payload_again(self, crawl: Crawl) -> None:
        known = crawl.keep("/a")
        revisit = keep_unmodified(crawl, known, PAGE)
        assert (revisit.record_type, revisit.status) == ("revisit", 200)


class TestOriginal:
    def test_that_is_gone_is_none(self, collection: Collection, tmp_path: Path) -> None:
        with Crawl(collection) as crawl:
            known = crawl.keep("/a")
        (collection.warc_dir / known.filename).rename(tmp_path / known.filename)
        assert original_of(collection, known) is None

    def test_that_was_cut_off_is_none(self, collection: Collection) -> None:
        with Crawl(collection) as crawl:
            known = crawl.keep("/a", truncated="length")
        assert original_of(collection, known) is None

    def test_that_cannot_stand_in_a_header_is_refused_and_leaves_no_trace(
        self, collection: Collection, crawl: Crawl
    ) -> None:
        known = crawl.keep("/a")
        crawl.recorder.commit()
        original = original_of(collection, known)
        assert original is not None
        path = find_warc_file(collection.warc_dir, known.filename)
        before = path.read_bytes()
        with pytest.raises(WarcError, match="not a URI"):
            crawl.keep("/a", HEAD, not_modified=replace(original, target_uri="http://a b/"))
        assert path.read_bytes() == before


class TestJudges:
    @pytest.fixture(scope="class")
    @classmethod
    def crawled(cls, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Capture]]:
        collection = Collection.create(tmp_path_factory.mktemp("collections") / "c")
        with Crawl(collection) as crawl:
            captures = [crawl.keep("/a", ZIPPED)]
            captures.append(keep_unmodified(crawl, captures[0]))
        return collection.warc_dir / captures[0].filename, captures

    def test_find_every_record_sound(self, crawled: tuple[Path, list[Capture]]) -> None:
        judge("gzip", "-t", crawled[0])
        judge(TOOLS / "fastwarc", "check", crawled[0])
        said = judge(TOOLS / "warcio", "check", "-v", crawled[0])
        assert said.count("digest present but not checked (revisit)") == 1

    def test_index_it_as_we_do(self, crawled: tuple[Path, list[Capture]]) -> None:
        path, captures = crawled
        lines = judge(TOOLS / "cdxj-indexer", path).splitlines()
        assert lines == [cdxj_line(capture) for capture in captures]
        assert '"mime": "warc/revisit", "digest": "sha256:' in lines[1]

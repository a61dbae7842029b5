"""A payload that is archived already is not written again, and can be read back all the same."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, CatalogueReader, capture_totals
from archive.cdxj import cdxj_line
from archive.collection import Collection
from archive.recorder import Deduplication
from archive.records import Capture
from archive.warc.captures import iter_stored_captures
from archive.warc.file import find_warc_file
from archive.warc.record import Record, gzip_member
from archive.warc.writer import WarcWriter
from tests.archive.kept_exchanges import PAGE, TOOLS, Crawl, judge, read_back, record_of
from tests.archive.sample_exchanges import HTML, STARTED, answer, exchange, origin

CHUNKED = answer(b"%x\r\n%b\r\n0\r\n\r\n" % (len(HTML), HTML), "Transfer-Encoding: chunked", "X: 1")


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "c")


@pytest.fixture
def crawl(collection: Collection) -> Iterator[Crawl]:
    with Crawl(collection) as crawl:
        yield crawl


class TestRecord:
    def test_holds_the_head_as_received_and_names_its_original(
        self, collection: Collection, crawl: Crawl
    ) -> None:
        original = crawl.keep("/a")
        again = b"HTTP/1.1  203 Fine \xe4\nContent-type:text/html\nX: 1\n 2\n\n" + HTML
        revisit = crawl.keep("/b?c", again, ip_address="192.0.2.7")

        record = record_of(collection, revisit)
        assert record.block == again.removesuffix(HTML)
        assert dict(record.headers) == {
            "WARC-Type": "revisit",
            "WARC-Record-ID": f"<{revisit.record_id}>",
            "WARC-Date": "2026-01-03T03:04:07.678901Z",
            "WARC-Target-URI": "http://blog.example/b?c",
            "WARC-IP-Address": "192.0.2.7",
            "WARC-Truncated": "length",
            "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
            "WARC-Refers-To": f"<{original.record_id}>",
            "WARC-Refers-To-Target-URI": "http://blog.example/a",
            "WARC-Refers-To-Date": record_of(collection, original).get("WARC-Date"),
            "WARC-Payload-Digest": original.payload_digest,
            "WARC-Block-Digest": record.get("WARC-Block-Digest"),
            "Content-Type": "application/http; msgtype=response",
            "Content-Length": str(len(record.block)),
            "WARC-Warcinfo-ID": record.get("WARC-Warcinfo-ID"),
        }
        assert (revisit.record_type, revisit.status, revisit.mime) == ("revisit", 203, "text/html")
        assert revisit.refers_to == original.record_id
        assert revisit.refers_to_target_uri == original.target_uri
        assert revisit.refers_to_date == original.date

    def test_is_read_back_as_the_answer_that_it_was(
        self, collection: Collection, crawl: Crawl
    ) -> None:
        crawl.keep("/a")
        other_head = answer(HTML, "X: 2", status="404 Gone away")
        revisit = crawl.keep("/b", other_head)
        crawl.recorder.commit()
        assert revisit.record_type == "revisit"
        assert read_back(collection, revisit) == other_head

    @pytest.mark.parametrize(("first", "second"), [(PAGE, CHUNKED), (CHUNKED, PAGE)])
    def test_is_framed_as_its_original(
        self, collection: Collection, crawl: Crawl, first: bytes, second: bytes
    ) -> None:
        crawl.keep("/a", first)
        original = crawl.keep("/b", second)  # replay would put its head before the other's body
        revisit = crawl.keep("/c", second)
        crawl.recorder.commit()
        assert (original.record_type, revisit.record_type) == ("response", "revisit")
        assert revisit.refers_to == original.record_id
        assert read_back(collection, revisit) == second

    def test_comes_back_from_the_file_as_it_was_written(
        self, collection: Collection, crawl: Crawl
    ) -> None:
        captures = [crawl.keep("/a"), crawl.keep("/b")]
        path = find_warc_file(collection.warc_dir, captures[0].filename)
        assert [stored.capture for stored in iter_stored_captures(path)] == captures

    def test_refers_to_the_response_and_never_to_a_revisit(self, crawl: Crawl) -> None:
        original, *revisits = (crawl.keep(f"/{number}") for number in range(4))
        assert {revisit.refers_to for revisit in revisits} == {original.record_id}


class TestWhatIsWrittenWhole:
    @pytest.mark.parametrize(
        "response",
        [
            answer(b"", "Location: /x", status="301 Moved"),
            answer(b"0\r\n\r\n", "Transfer-Encoding: chunked"),
            b"HTTP/1.1 204\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html",
            b"",
            HTML,  # HTTP/0.9: there is no head that a revisit could hold
        ],
    )
    def test_empty_payloads_and_bodies_without_head(self, crawl: Crawl, response: bytes) -> None:
        assert [crawl.keep(path, response).record_type for path in ("/a", "/b")] == ["response"] * 2

    def test_a_body_with_trailer_fields(self, collection: Collection, crawl: Crawl) -> None:
        crawl.keep("/a")
        with_trailer = CHUNKED.removesuffix(b"\r\n") + b"Checksum: 1\r\n\r\n"
        capture = crawl.keep("/b", with_trailer)
        assert record_of(collection, capture).block == with_trailer

    def test_what_was_cut_off(self, crawl: Crawl) -> None:
        crawl.keep("/a")
        assert crawl.keep("/b", truncated="disconnect").record_type == "response"

    def test_what_only_a_cut_off_answer_holds(self, crawl: Crawl) -> None:
        crawl.keep("/a", truncated="time")
        whole = crawl.keep("/b")
        assert whole.record_type == "response"
        assert crawl.keep("/c").refers_to == whole.record_id

    def test_another_payload(self, crawl: Crawl) -> None:
        crawl.keep("/a")
        assert crawl.keep("/a", PAGE + b" ").record_type == "response"
        encoded = answer(gzip.compress(HTML), "Content-Encoding: gzip")
        assert crawl.keep("/a", encoded).record_type == "response"


class TestScope:
    def captured(self, collection: Collection, mode: Deduplication) -> list[str]:
        """Crawl two pages of one payload, twice."""
        types: list[str] = []
        for number in (1, 2):
            with Crawl(collection, number, deduplicate=mode) as crawl:
                types += [crawl.keep(path).record_type for path in ("/a", "/b")]
        return types

    def test_is_the_whole_collection(self, collection: Collection) -> None:
        types = self.captured(collection, "collection")
        assert types == ["response", "revisit", "revisit", "revisit"]

    def test_may_be_one_crawl_that_then_needs_no_other(self, collection: Collection) -> None:
        assert self.captured(collection, "crawl") == ["response", "revisit"] * 2

    def test_may_be_none(self, collection: Collection) -> None:
        assert self.captured(collection, "off") == ["response"] * 4

    def test_includes_files_that_were_closed_meanwhile(self, collection: Collection) -> None:
        with Crawl(collection, max_size_bytes=1) as crawl:
            first, second = crawl.keep("/a"), crawl.keep("/b")
        assert first.filename != second.filename
        assert second.refers_to == first.record_id


class TestOriginal:
    def test_that_was_moved_away_is_captured_anew(
        self, collection: Collection, tmp_path: Path
    ) -> None:
        with Crawl(collection) as crawl:
            moved = crawl.keep("/a")
        (collection.warc_dir / moved.filename).rename(tmp_path / moved.filename)
        with Crawl(collection, 2) as crawl:
            anew, revisit = crawl.keep("/a"), crawl.keep("/a")
        assert anew.record_type == "response"
        assert revisit.refers_to == anew.record_id

    def test_that_does_not_hold_what_the_catalogue_says_is_not_believed(
        self, collection: Collection
    ) -> None:
        with Crawl(collection) as crawl:
            first, other = crawl.keep("/a"), crawl.keep("/b", answer(b"other"))
        with Catalogue(collection.catalogue_path) as catalogue:
            wrong = replace(first, record_id="urn:uuid:wrong", offset=other.offset)
            catalogue.add_capture(wrong, crawl_id="x", role="page")
            moved = replace(other, record_id="urn:uuid:moved", payload_digest=first.payload_digest)
            catalogue.add_capture(moved, crawl_id="x", role="page")
        with Crawl(collection, 2) as crawl:
            assert crawl.keep("/c").refers_to == first.record_id

    def test_that_is_damaged_is_captured_anew(self, collection: Collection) -> None:
        with Crawl(collection) as crawl:
            damaged = crawl.keep("/a")
        path = collection.warc_dir / damaged.filename
        octets = bytearray(path.read_bytes())
        octets[damaged.offset + damaged.length // 2] ^= 1
        path.write_bytes(octets)
        with Crawl(collection, 2) as crawl:
            assert crawl.keep("/a").record_type == "response"

    @pytest.mark.parametrize(
        "date", ["2019-05-06T07:08:09Z", "2019-05-06T07:08:09.120Z", "2019-05-06T07:08:09.123456Z"]
    )
    def test_of_another_writer_keeps_the_spelling_of_its_date(
        self, collection: Collection, date: str
    ) -> None:
        import_page(collection, date)
        with Crawl(collection, 2) as crawl:
            revisit = crawl.keep("/a")
        assert revisit.refers_to == "urn:uuid:imported"
        assert revisit.refers_to_date == datetime.fromisoformat(date)
        assert record_of(collection, revisit).get("WARC-Refers-To-Date") == date
        assert read_back(collection, revisit) == PAGE

    def test_whose_address_cannot_stand_in_a_header_is_not_taken(
        self, collection: Collection
    ) -> None:
        import_page(collection, "2019-05-06T07:08:09Z", uri="http://blog.example/a b")
        with Crawl(collection, 2) as crawl:
            assert crawl.keep("/a").record_type == "response"


def import_page(collection: Collection, date: str, uri: str = "http://old.example/") -> None:
    """Put the WARC file of another program into the collection."""
    path = collection.warc_dir / "import.warc.gz"
    info = gzip_member(
        Record("response", "urn:uuid:imported", STARTED, "application/http", PAGE, [
            ("WARC-Target-URI", f"<{uri}>")]),
        warcinfo_id=None, level=1,
    )  # fmt: skip
    ours = gzip.decompress(b"".join(info))
    path.write_bytes(gzip.compress(ours.replace(b"2026-01-02T03:04:05.678901Z", date.encode())))
    (stored,) = iter_stored_captures(path)
    with Catalogue(collection.catalogue_path) as catalogue:
        catalogue.add_capture(stored.capture, crawl_id="import", role="page")


class TestJudges:
    @pytest.fixture(scope="class")
    @classmethod
    def crawled(cls, tmp_path_factory: pytest.TempPathFactory) -> tuple[Collection, list[Capture]]:
        collection = Collection.create(tmp_path_factory.mktemp("collections") / "c")
        with Crawl(collection) as crawl:
            captures = [crawl.keep(path) for path in ("/a", "/b")]
            captures.append(crawl.keep("/c", answer(HTML, status="404 Not Found")))
        return collection, captures

    def path(self, crawled: tuple[Collection, list[Capture]]) -> Path:
        return crawled[0].warc_dir / crawled[1][0].filename

    def test_warcio_and_fastwarc_find_every_digest_right(
        self, crawled: tuple[Collection, list[Capture]]
    ) -> None:
        path = self.path(crawled)
        judge("gzip", "-t", path)
        said = judge(TOOLS / "warcio", "check", "-v", path)
        assert said.count("digest present but not checked (revisit)") == 2
        judge(TOOLS / "fastwarc", "check", path)

    def test_cdxj_indexer_finds_what_was_captured(
        self, crawled: tuple[Collection, list[Capture]]
    ) -> None:
        lines = judge(TOOLS / "cdxj-indexer", self.path(crawled)).splitlines()
        assert lines == [cdxj_line(capture) for capture in crawled[1]]
        assert sum('"mime": "warc/revisit"' in line for line in lines) == 2

    def test_the_catalogue_knows_what_was_saved(
        self, crawled: tuple[Collection, list[Capture]]
    ) -> None:
        original, *revisits = crawled[1]
        with CatalogueReader(crawled[0].catalogue_path) as catalogue:
            totals = capture_totals(catalogue, "crawl-1")
        assert (totals.requests, totals.revisits) == (3, 2)
        assert sum(revisit.length for revisit in revisits) > 2 * original.length
        assert totals.saved_bytes == 0  # revisits of tiny answers take more than those
        assert totals.size_bytes == original.length + sum(r.length for r in revisits)


def test_a_writer_that_is_given_no_finder_writes_no_revisit(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, prefix="b", software="t", robots="obey") as writer:
        types = {
            writer.write_exchange(exchange(path), origin(), crawl_id="c").record_type
            for path in ("/a", "/b")
        }
    assert types == {"response"}

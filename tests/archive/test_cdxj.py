"""The index finds every capture, whenever its process died, and reads as others write it."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import cdxj
from archive.cdxj import CdxjIndex, cdxj_line, parse_cdxj_line, sort_index
from archive.records import Capture
from archive.urls import urlkey
from tests.archive.sample_exchanges import STARTED, write_samples

CDXJ_INDEXER = Path(sys.executable).parent / "cdxj-indexer"


def capture(path: str = "/", second: int = 0, number: int = 0) -> Capture:
    return Capture(
        record_id=f"urn:uuid:{number}",
        record_type="response",
        target_uri=f"http://blog.example{path}",
        urlkey=urlkey(f"http://blog.example{path}"),
        date=STARTED + timedelta(seconds=second),
        status=200,
        mime="text/html",
        payload_digest="sha256:X",
        filename="blog.warc.gz",
        offset=number,
        length=100,
    )


class TestLine:
    def test_is_read_back(self) -> None:
        entry = parse_cdxj_line(cdxj_line(capture("/a?b=1", number=7)))
        assert (entry.urlkey, entry.url) == ("example,blog)/a?b=1", "http://blog.example/a?b=1")
        assert entry.date == STARTED.replace(microsecond=0)
        assert (entry.mime, entry.status, entry.digest) == ("text/html", 200, "sha256:X")
        assert (entry.filename, entry.offset, entry.length) == ("blog.warc.gz", 7, 100)

    def test_leaves_out_what_is_not_known(self) -> None:
        line = cdxj_line(replace(capture(), status=None, mime=None))
        assert list(json.loads(line.split(" ", 2)[2])) == [
            "url", "digest", "length", "offset", "filename"
        ]  # fmt: skip
        entry = parse_cdxj_line(line)
        assert (entry.status, entry.mime) == (None, None)

    def test_of_a_revisit_says_so(self) -> None:
        line = cdxj_line(replace(capture(), record_type="revisit", refers_to="urn:uuid:0"))
        assert parse_cdxj_line(line).mime == "warc/revisit"

    @pytest.mark.parametrize(
        "line",
        ["", "a)/ 20260102030405", "a)/ 2026 {}", "a)/ 20260102030405 {}", "a)/ 20260102030405 []",
         'a)/ 20260102030405 {"url": "u", "filename": "f", "offset": "x", "length": "1"}',
         'a)/ 20260102030405 {"url": "u", "filename": "f", "offset": null, "length": "1"}'],
    )  # fmt: skip
    def test_that_is_none_is_refused(self, line: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - json and int have words of their own
            parse_cdxj_line(line)

    @given(st.text())
    def test_that_is_none_raises_nothing_else(self, line: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011
            parse_cdxj_line(line)


class TestIndex:
    def test_is_that_of_cdxj_indexer(self, tmp_path: Path) -> None:
        path, captures = write_samples(tmp_path)
        index_path = tmp_path / "index.cdxj"
        with CdxjIndex(index_path) as index:
            for found in captures:
                index.append(found)
        done = subprocess.run([CDXJ_INDEXER, "--sort", path], capture_output=True, check=True)
        assert index_path.read_bytes() == done.stdout

    def test_finds_each_capture_before_and_after_sorting(self, tmp_path: Path) -> None:
        index = CdxjIndex(tmp_path / "index.cdxj")
        earlier = [capture(f"/{n}", 0, n) for n in range(200)]
        later = [capture(f"/{n}", 60, 1000 + n) for n in range(100, 300)]
        for found in reversed(earlier):
            index.append(found)
        index.close()
        for found in later:
            index.append(found)
        for state in ("half sorted", "sorted"):
            for n in range(300):
                offsets = [
                    entry.offset for entry in index.lookup(urlkey(f"http://blog.example/{n}"))
                ]
                expected = [n] * (n < 200) + [1000 + n] * (n >= 100)
                assert offsets == expected, (state, n)
            assert list(index.lookup("example,blog)/nothing")) == []
            assert list(index.lookup("example,blog)/1%")) == []
            assert list(index.lookup("zzz)/")) == []
            index.close()

    def test_does_not_take_a_longer_key_for_a_shorter(self, tmp_path: Path) -> None:
        with CdxjIndex(tmp_path / "index.cdxj") as index:
            for number, path in enumerate(("/a", "/a/b", "/a!", "/ab", "/")):
                index.append(capture(path, number=number))
        assert [entry.url for entry in index.lookup("example,blog)/a")] == ["http://blog.example/a"]

    def test_that_nobody_wrote_is_empty_and_makes_no_file(self, tmp_path: Path) -> None:
        with CdxjIndex(tmp_path / "index.cdxj") as index:
            assert list(index.lookup("example,blog)/")) == []
        assert list(tmp_path.iterdir()) == []

    def test_keeps_what_a_killed_process_had_appended(self, tmp_path: Path) -> None:
        path = tmp_path / "index.cdxj"
        left_behind = f"{cdxj_line(capture('/a', number=1))}\nexample,blog)/half 2026"
        (tmp_path / "index.cdxj.open").write_text(left_behind)
        with CdxjIndex(path) as index:
            index.append(capture("/b", number=2))
        assert [parse_cdxj_line(line).offset for line in path.read_text().splitlines()] == [1, 2]

    def test_that_was_merged_twice_has_no_line_twice(self, tmp_path: Path) -> None:
        path = tmp_path / "index.cdxj"
        with CdxjIndex(path) as index:
            index.append(capture("/a"))
        content = path.read_bytes()
        (tmp_path / "index.cdxj.open").write_bytes(content)  # killed before this was removed
        assert len(list(index.lookup("example,blog)/a"))) == 1
        sort_index(path)
        assert path.read_bytes() == content
        assert [found.name for found in tmp_path.iterdir()] == ["index.cdxj"]

    def test_larger_than_memory_may_be_is_sorted_all_the_same(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cdxj, "_RUN_BYTES", 1000)
        with CdxjIndex(tmp_path / "index.cdxj") as index:
            for number in range(500):
                index.append(capture(f"/{number * 7919 % 500}", number=number))
        lines = (tmp_path / "index.cdxj").read_bytes().splitlines()
        assert len(lines) == 500
        assert lines == sorted(lines)

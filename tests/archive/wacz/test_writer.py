from __future__ import annotations

from pathlib import Path

from archive.wacz.reader import WaczReader
from archive.wacz.writer import WaczWriter


def test_a_file_of_many_gigabytes_has_room_for_its_size(tmp_path: Path) -> None:
    path = tmp_path / "large.wacz"
    with WaczWriter(path) as wacz:
        with wacz.file("archive/large.warc.gz", size_bytes=5 << 30) as packed:
            packed.write(b"as if it were long")
        wacz.write_digest(wacz.write_datapackage({}), None)
    with path.open("rb") as file:
        head = file.read(30)
    assert head[18:26] == b"\xff" * 8  # the sizes stand in a zip64 field
    with WaczReader(path) as reader:
        offset, size = reader.place_of("archive/large.warc.gz")
        assert path.read_bytes()[offset : offset + size] == b"as if it were long"


def test_resources_have_names_that_a_data_package_allows(tmp_path: Path) -> None:
    path = tmp_path / "names.wacz"
    with WaczWriter(path) as wacz:
        for name in ("archive/Ünter Wegs.warc.gz", "archive/A.warc.gz", "archive/a.warc.gz"):
            with wacz.file(name, size_bytes=1) as packed:
                packed.write(b"x")
        wacz.write_digest(wacz.write_datapackage({}), None)
    with WaczReader(path) as reader:
        assert [each.name for each in reader.resources] == [
            "-nter-wegs.warc.gz",
            "a.warc.gz",
            "2-a.warc.gz",
        ]

"""A list of addresses, divided among machines by the command line."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from scraper.commands.shard import Command
from tests.scraper.crawl import command, run

_LIST = """# blogs
https://example.org/
blog.example.org/maps/

  https://example.com/blog/
https://ada.blogspot.com/
"""


def test_each_address_is_one_machines_work_and_is_printed_as_it_stands() -> None:
    shards = [run(command("shard", f"{n}/2"), given=_LIST.encode()) for n in (1, 2)]
    assert [(shard.status, shard.errors) for shard in shards] == [(0, "")] * 2
    lines = [line for shard in shards for line in shard.output.splitlines()]
    assert sorted(lines) == sorted(line for line in _LIST.splitlines() if "." in line)
    assert len([shard for shard in shards if "example.org/" in shard.output]) == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "say which part of which file: scrapy shard 1/4 blogs.txt"),
        (["3/2", "list.txt"], "3/2 is no shard; say for example 1/4"),
        (["1/2", "missing.txt"], "missing.txt cannot be read: No such file or directory"),
        (["1/2", "list.txt"], "line 2: 'no address' is not a web address;"),
        (["1/2", "binary.txt"], "the list is not UTF-8: save it as UTF-8"),
    ],
    ids=["nothing", "shard", "file", "address", "encoding"],
)
def test_what_cannot_be_divided_is_said_in_one_line(
    words: list[str],
    complaint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "list.txt").write_text("https://example.org/\nno address\n", encoding="utf-8")
    (tmp_path / "binary.txt").write_bytes(b"https://example.org/\n\xff\n")
    monkeypatch.chdir(tmp_path)
    shard = Command()
    shard.run(words, Namespace())
    output = capsys.readouterr()
    assert (shard.exitcode, output.out, output.err.count("\n")) == (2, "", 1)
    assert output.err.startswith(f"scrapy shard: {complaint}")

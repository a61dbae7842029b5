"""`archive explain` shows what became of each block, and lets no page do anything."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import lxml.html
import pytest

from archive.collection import Collection
from tests.archive.hostile_post import alter_texts, record_blog
from tests.archive.sample_records import BLOG

_COMMAND = [sys.executable, "-c", "from archive.cli import main; main()"]


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    return record_blog(tmp_path_factory.mktemp("explain") / "c")


def _explain(collection: Collection, path: str, *options: str) -> str:
    command = [*_COMMAND, "explain", str(collection.path), BLOG + path, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def test_every_block_is_kept_or_dropped_with_a_reason(collection: Collection) -> None:
    lines = _explain(collection, "boat/", "--all").splitlines()
    blocks = {
        lines[n + 1].strip(): line for n, line in enumerate(lines) if line[:2] in ("+ ", "- ")
    }
    assert blocks["Aboard"].startswith("+ ")
    assert blocks["Rope"].startswith("+ ")
    assert blocks["Made by hand"].startswith("- ")
    assert all("  " in line.strip() for line in blocks.values())
    (share,) = (line for text, line in blocks.items() if text.startswith("Share"))
    assert share.startswith("- ")
    assert "sharedaddy" in share


def test_metadata_have_their_sources_and_the_page_its_type(collection: Collection) -> None:
    lines = _explain(collection, "boat/").splitlines()
    assert lines[0] == f"{BLOG}boat/"
    named = dict(line.split(maxsplit=1) for line in lines[1:20] if len(line.split()) > 1)
    assert named["published"].startswith("2020-05-06 07:08:09+00:00")
    assert named["title"].startswith("Night boat")
    assert named["main_text"].endswith("]")
    assert any(line.startswith("page type     article (") for line in lines)
    assert any(line.startswith("container     div.entry-content, by ") for line in lines)


def test_page_that_is_no_article_is_explained_as_well(collection: Collection) -> None:
    lines = _explain(collection, "").splitlines()
    assert any(line.startswith("page type     listing (") for line in lines)
    assert any(re.match(r"blocks: 0 of \d+ kept", line) for line in lines)


def test_each_page_of_a_split_post_is_explained(collection: Collection) -> None:
    shown = _explain(collection, "split/")
    assert "page 1: " in shown
    assert "page 2: " in shown


def test_what_a_page_wrote_cannot_steer_the_terminal(collection: Collection) -> None:
    shown = _explain(collection, "boat/", "--all")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)
    assert "<script>alert(1)</script>" in shown
    assert "alert(3)" not in shown


def test_on_a_terminal_each_line_has_its_place(collection: Collection) -> None:
    lines = _on_terminal("explain", str(collection.path), f"{BLOG}boat/")
    begin = next(n for n, line in enumerate(lines) if line.startswith("blocks:"))
    assert max(map(len, lines[begin:])) <= 80
    assert any(line.endswith("…") for line in lines[begin:])


def _on_terminal(*arguments: str) -> list[str]:
    """Run the command on a terminal of 80 columns without colours; gives what it wrote."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    with subprocess.Popen([*_COMMAND, *arguments], stdout=theirs, env=environment) as process:
        os.close(theirs)
        output = b""
        with suppress(OSError):  # the other side is closed: Linux calls that an error
            while data := os.read(ours, 65_536):
                output += data
    os.close(ours)
    assert process.returncode == 0
    return output.decode().split("\r\n")[:-1]


def test_html_file_runs_nothing_and_asks_for_nothing(
    collection: Collection, tmp_path: Path
) -> None:
    path = tmp_path / "why.html"
    assert _explain(collection, "boat/", "--html", str(path)) == f"{path}\n"
    page = lxml.html.document_fromstring(path.read_text(encoding="utf-8"))
    tags = {str(element.tag) for element in page.iter("*")}
    assert tags.isdisjoint({"script", "img", "iframe", "link", "a", "object", "form"})
    assert not any(name in ("src", "href", "style") for e in page.iter() for name in e.attrib)
    assert not any(str(name).startswith("on") for e in page.iter() for name in e.attrib)
    policy = page.find(".//meta[@http-equiv='Content-Security-Policy']")
    assert policy is not None
    assert "default-src 'none'" in str(policy.get("content"))


def test_html_file_tells_kept_from_dropped(collection: Collection, tmp_path: Path) -> None:
    path = tmp_path / "why.html"
    _explain(collection, "boat/", "--html", str(path))
    page = lxml.html.document_fromstring(path.read_text(encoding="utf-8"))
    texts = {
        kind: [p.text or "" for p in page.iterfind(f".//li[@class='{kind}']/p")]
        for kind in ("kept", "dropped")
    }
    assert "Aboard" in texts["kept"]
    assert "Made by hand" in texts["dropped"]
    assert any("<script>alert(1)</script>" in text for text in texts["kept"])


def test_row_that_has_another_text_is_told(collection: Collection, tmp_path: Path) -> None:
    assert "archive reextract" not in _explain(collection, "boat/")
    older = record_blog(tmp_path / "c")
    alter_texts(older)
    assert "The row in the collection has another text: `archive reextract`" in _explain(
        older, "boat/"
    )


def test_page_that_was_not_captured_is_one_line(collection: Collection) -> None:
    command = [*_COMMAND, "explain", str(collection.path), f"{BLOG}baot/"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"{BLOG}boat/" in done.stderr

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from archive.catalogue import Catalogue
from archive.records import PageType
from tests.archive.sample_records import BLOG, CRAWL_ID, make_capture, make_collection, make_sample

COMMAND = [sys.executable, "-c", "from archive.cli import main; main()"]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Make collections/winter with three articles and a listing; the directory above it."""
    path = tmp_path / "collections" / "winter"
    articles = [
        make_sample(1),
        make_sample(2, title="Über \x1b[31mred\x1b[0m\nand [bold]markup[/bold] " + "long " * 40),
        make_sample(3, title=None, published=None, comments=()),
    ]
    collection = make_collection(path, articles)
    with Catalogue(collection.catalogue_path) as catalogue:
        listing = make_capture(8, BLOG)
        catalogue.add_capture(listing, crawl_id=CRAWL_ID, role="page", page_type=PageType.LISTING)
    return tmp_path


def _archive(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=directory, capture_output=True, text=True, check=False
    )


def _error(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
    return result.stderr


def test_a_list_has_one_line_for_each_article_the_last_published_first(directory: Path) -> None:
    result = _archive(directory, "list", "winter")
    head, *lines = result.stdout.splitlines()
    assert (result.returncode, result.stderr) == (0, "")
    assert head.split("\t") == ["date", "words", "title", "address"]
    assert [line.split("\t")[3] for line in lines] == [f"{BLOG}post-{n}/" for n in (2, 1, 3)]
    assert lines[1].split("\t") == ["2020-01-02", "11", "Post number 1", f"{BLOG}post-1/"]


def test_what_a_page_wrote_cannot_steer_the_terminal(directory: Path) -> None:
    for arguments in (["list", "winter"], ["show", "winter", f"{BLOG}post-2/"]):
        output = _archive(directory, *arguments).stdout
        assert "\x1b" not in output
        assert "[bold]markup[/bold]" in output


def test_all_lists_the_pages_that_are_no_articles_as_what_they_are(directory: Path) -> None:
    result = _archive(directory, "list", "./collections/winter", "--all")
    assert result.stdout.splitlines()[-1].split("\t")[1:] == ["listing", "", BLOG]


def test_a_list_in_json_is_one_object_a_line(directory: Path) -> None:
    lines = _archive(directory, "list", "winter", "--json", "--all").stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["page_type"] for row in rows] == ["article"] * 3 + ["listing"]
    assert rows[1]["authors"] == ["Ada Example", "Bo Čapek"]
    assert rows[1]["published"] == "2020-01-02T00:00:00+00:00"


@pytest.mark.parametrize("address", [f"{BLOG}post-1/", "blog.example/post-1"])
def test_an_article_is_shown_with_its_metadata_text_and_comments(
    directory: Path, address: str
) -> None:
    result = _archive(directory, "show", "winter", address)
    assert result.returncode == 0
    text = result.stdout
    assert text.startswith("Post number 1\n")
    for part in (
        f"{BLOG}post-1/",
        "Ada Example, Bo Čapek",
        "2020-01-02 00:00 UTC",
        "winter, 冬",
        "noai",
        "found by sitemap, feed",
        "The first paragraph of 1.\n\nThe second — with a dash.",
        "2 comments",
        "Cy, 2026-01-02 03:04 UTC\nFirst!",
        "  (no name)\n  An answer.",
    ):
        assert part in text


def test_an_article_in_json_is_the_whole_record(directory: Path) -> None:
    article = json.loads(_archive(directory, "show", "winter", f"{BLOG}post-1/", "--json").stdout)
    assert article["main_text"] == "The first paragraph of 1.\n\nThe second — with a dash."
    assert article["comments"][1] == {
        "author": None,
        "published": None,
        "text": "An answer.",
        "parent": 0,
    }
    assert article["warc_offset"] == 1_500


def test_an_unknown_address_gets_its_neighbours_in_one_line(directory: Path) -> None:
    error = _error(_archive(directory, "show", "winter", f"{BLOG}post-11/"))
    assert f"no article {BLOG}post-11/" in error
    assert f"{BLOG}post-1/" in error
    assert "archive list" in _error(_archive(directory, "show", "winter", "\x1b]0;x"))


def test_a_page_that_is_no_article_is_called_what_it_is(directory: Path) -> None:
    assert "listing" in _error(_archive(directory, "show", "winter", BLOG))


def test_bad_input_is_one_line_and_a_status(directory: Path) -> None:
    assert "there is no collection at collections/summer" in _error(
        _archive(directory, "list", "summer")
    )
    (directory / "collections/winter/catalogue.sqlite").write_bytes(b"x" * 5_000)
    assert "archive rebuild collections/winter" in _error(_archive(directory, "list", "winter"))
    (directory / "collections/winter/catalogue.sqlite").unlink()
    assert "archive rebuild collections/winter" in _error(_archive(directory, "list", "winter"))
    assert _archive(directory, "list").returncode == 2


def test_the_advice_in_an_error_is_a_command_that_can_be_typed(directory: Path) -> None:
    (directory / "collections/winter/catalogue.sqlite").unlink()
    error = _error(_archive(directory, "show", "winter", BLOG))
    command = error.split("`")[1]
    assert command == "archive rebuild collections/winter"


def test_on_a_terminal_columns_stand_and_lines_are_broken_between_words(directory: Path) -> None:
    listed = _on_terminal(directory, "list", "winter")
    assert {line.index("https://") for line in listed[1:]} == {listed[0].index("address")}
    shown = _on_terminal(directory, "show", "winter", f"{BLOG}post-2/")
    assert max(map(len, shown)) <= 80
    assert sum(line.count("long") for line in shown) == 40


def _on_terminal(directory: Path, *arguments: str) -> list[str]:
    """Run the command on a terminal of 80 columns without colours; gives what it wrote."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=directory, stdout=theirs, env=environment
    ) as process:
        os.close(theirs)
        output = b""
        with suppress(OSError):  # the other side is closed: Linux calls that an error
            while data := os.read(ours, 65_536):
                output += data
    os.close(ours)
    assert process.returncode == 0
    return output.decode().split("\r\n")[:-1]


def test_a_reader_that_leaves_early_is_no_error(directory: Path) -> None:
    program = f"{sys.executable} -c 'from archive.cli import main; main()' list winter | head -n 1"
    result = subprocess.run(
        program, shell=True, cwd=directory, capture_output=True, text=True, check=True
    )
    assert result.stderr == ""


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    program = (
        "import sys, archive.cli\n"
        "heavy = {'pyarrow', 'trafilatura', 'lxml', 'jinja2', 'scrapy', 'twisted', 'pandas'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert result.stdout.strip() == b"[]"

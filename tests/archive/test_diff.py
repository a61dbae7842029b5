"""`archive diff` shows what changed in a post, `archive show --version` what it was."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.collection import Collection
from archive.version_diff import Paragraph, Piece, compare_texts, compare_words
from tests.archive.sample_records import BLOG
from tests.archive.versioned_blog import FERRY, crawl, post

_COMMAND = [sys.executable, "-c", "from archive.cli import main; main()"]


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """One post in three versions, of which the second has new comments; one that never changes."""
    collection = Collection.create(tmp_path_factory.mktemp("diff") / "c", seeds=[BLOG])
    first, second = "Ada: Lovely.", "Bo: Me, too\x1b[31m."
    crawl(collection, "one", ferry=post("Ferry"), gull=post("Gull"))
    crawl(collection, "two", ferry=post("The ferry", words="Then", comments=(first,)))
    crawl(collection, "three", ferry=post("The ferry", words="Then", comments=(first, second)))
    crawl(collection, "four", ferry=post("The ferry", words="Now", comments=(second,)))
    return collection


def _archive(
    collection: Collection, command: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_COMMAND, command, str(collection.path), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_last_two_versions_are_compared_word_by_word(collection: Collection) -> None:
    shown = _archive(collection, "diff", FERRY)
    assert (shown.returncode, shown.stderr) == (0, "")
    head, _, text = shown.stdout.partition("\n\n")
    assert head.splitlines()[1:] == [
        "from       version 2, captured 2026-01-04 03:04 UTC",
        "to         version 3, captured 2026-01-05 03:04 UTC",
    ]
    assert text.count("[-Then-] {+Now+} ") == 3
    assert "[-Then-] {+Now+} The ferry left at seven, and nobody" in text
    assert "1 comment no longer there\n\nAda\nLovely.\n" in text
    assert "new\n" not in text


def test_any_two_versions_are_compared_with_their_heads_and_comments(
    collection: Collection,
) -> None:
    shown = _archive(collection, "diff", FERRY, "--from", "1", "--to", "2").stdout
    assert "\ntitle      [-Ferry-]{+The ferry+}\n" in shown
    assert shown.count("{+Then+} ") == 3
    assert "2 comments new\n\nAda\nLovely.\n\nBo\nMe, too\ufffd[31m.\n" in shown
    back = _archive(collection, "diff", FERRY, "--from", "2", "--to", "1").stdout
    assert "\ntitle      [-The ferry-]{+Ferry+}\n" in back


def test_of_one_version_the_comments_that_came_are_shown(collection: Collection) -> None:
    shown = _archive(collection, "diff", FERRY, "--from", "2", "--to", "2").stdout
    assert "The text is the same.\n\n1 comment new\n\nBo\n" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param([f"{BLOG}gull/"], "gull/ has one version only", id="one version"),
        pytest.param([FERRY, "--to", "9"], "has no version 9, but: 1, 2, 3", id="unknown version"),
        pytest.param([f"{BLOG}gul/"], f"nearest: {BLOG}gull/", id="unknown address"),
    ],
)
def test_what_cannot_be_compared_is_one_line(
    collection: Collection, arguments: list[str], said: str
) -> None:
    refused = _archive(collection, "diff", *arguments)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert said in refused.stderr
    assert refused.stdout == ""


def test_on_a_terminal_colours_stand_in_for_marks(collection: Collection) -> None:
    main, child = pty.openpty()
    command = [*_COMMAND, "diff", str(collection.path), FERRY]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    with subprocess.Popen(command, stdout=child, env=environment):
        os.close(child)
        shown = b""
        with suppress(OSError):  # its end
            while piece := os.read(main, 4096):
                shown += piece
    os.close(main)
    assert b"\x1b[9;31mThen\x1b[0m \x1b[32mNow\x1b[0m " in shown
    assert b"[-" not in shown.replace(b"\x1b[", b"")


def test_an_earlier_version_is_shown_with_its_number(collection: Collection) -> None:
    latest = _archive(collection, "show", FERRY).stdout
    assert "\nversion    3 of 3\n" in latest
    assert "Now The ferry left" in latest
    earlier = _archive(collection, "show", FERRY, "--version", "2").stdout
    assert "\nversion    2 of 3\n" in earlier
    assert "Then The ferry left" in earlier
    assert "\n2 comments\n" in earlier  # of its last capture
    row = json.loads(_archive(collection, "show", FERRY, "--version", "1", "--json").stdout)
    assert (row["version"], row["former"], row["title"]) == (1, None, "Ferry")
    form = _archive(collection, "show", FERRY, "--version", "1", "--form", "markdown")
    assert form.stdout.startswith("The ferry left at seven")
    refused = _archive(collection, "show", FERRY, "--version", "4")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)


def test_a_list_has_each_article_once_and_its_number_of_versions(collection: Collection) -> None:
    _, *lines = _archive(collection, "list").stdout.splitlines()
    assert sorted(line.split("\t")[2:] for line in lines) == [
        ["Gull", f"{BLOG}gull/"],
        ["The ferry", FERRY, "3 versions"],
    ]


def test_paragraphs_that_are_parted_joined_or_the_same_are_told() -> None:
    found = list(compare_texts("A.\n\nB c. D e.\n\nF.", "A.\n\nB c.\n\nD 雪 e.\n\nF.\n\nG."))
    assert found == [
        Paragraph(unchanged_count=1),
        Paragraph((Piece("same", "B c."),)),
        Paragraph((Piece("same", "D "), Piece("new", "雪 "), Piece("same", "e."))),
        Paragraph(unchanged_count=1),
        Paragraph((Piece("new", "G."),)),
    ]
    assert list(compare_texts("A.", "A.")) == []


@given(before=st.text(max_size=40), after=st.text(max_size=40))
def test_of_any_two_texts_the_words_of_both_are_there(before: str, after: str) -> None:
    pieces = compare_words(before, after)
    was = "".join(piece.text for piece in pieces if piece.change != "new")
    now = "".join(piece.text for piece in pieces if piece.change != "gone")
    assert (was.split(), now.split()) == (before.split(), after.split())


def test_a_field_of_the_head_that_is_stated_only_now_is_new() -> None:
    assert compare_words("", "2026-11-27") == (Piece("new", "2026-11-27"),)


def test_long_texts_are_compared_in_time_and_given_whole_where_they_cannot_be() -> None:
    words = [f"w{n}" for n in range(4_000)]
    old, new = " ".join(words), " ".join(reversed(words))
    assert list(compare_texts(old, new)) == [Paragraph((Piece("gone", old), Piece("new", new)))]
    assert len(list(compare_texts("a\n\n" * 30_000, "b"))) == 30_001


def test_pages_of_scripts_without_spaces_are_compared_by_character() -> None:
    (found,) = compare_texts("雪が降った", "雪は降った")
    assert [piece.text for piece in found.pieces] == ["雪", "が", "は", "降った"]

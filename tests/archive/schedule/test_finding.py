"""Finding collections below a directory, of which not all can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.collection import Collection
from archive.errors import CollectionError
from archive.schedule.finding import find_collections
from archive.schedule.state import read_states
from tests.archive.schedule.kept_collections import NOW, make_kept

_UNREADABLE = "x" * 300  # longer than any file system allows: an error for root as well


def test_what_cannot_be_read_is_named_and_hides_no_other(tmp_path: Path) -> None:
    for name in ("ropes", "sorted/sails"):
        make_kept(tmp_path / name)
    for folder in (".", "sorted", "a/b/c/d"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "broken").symlink_to(_UNREADABLE)
    usable, unusable = read_states(find_collections(tmp_path), NOW)
    assert [state.collection.name for state in usable] == ["ropes", "sails"]
    assert [each.path.name for each in unusable] == ["broken", "broken"]
    assert all("cannot read" in each.problem for each in unusable)


def test_what_the_file_system_keeps_for_itself_is_passed_over(tmp_path: Path) -> None:
    make_kept(tmp_path / "ropes")
    for name in ("lost+found", ".snapshots"):
        make_kept(tmp_path / name / "found")
    assert [path.name for path in find_collections(tmp_path)] == ["ropes"]


def test_links_that_lead_in_a_circle_name_a_collection_by_its_shortest_path(
    tmp_path: Path,
) -> None:
    make_kept(tmp_path / "sorted" / "ropes")
    (tmp_path / "sorted" / "again").symlink_to(tmp_path)
    (tmp_path / "zebra").symlink_to(tmp_path / "sorted" / "ropes")
    (tmp_path / "self").symlink_to("self")
    make_kept(tmp_path / "a" / "sails")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    assert find_collections(tmp_path) == [tmp_path / "a" / "sails", tmp_path / "zebra"]


@pytest.mark.parametrize(
    ("name", "told"),
    [("nowhere", "there is no directory"), ("file", "there is no directory"),
     (_UNREADABLE, "File name too long")],
    ids=["missing", "file", "unreadable"],
)  # fmt: skip
def test_a_root_that_cannot_be_read_is_one_line(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CollectionError, match=told):
        find_collections(tmp_path / name)
    with pytest.raises(CollectionError):
        Collection.open(tmp_path / name)

"""Collections that share records, verified together, are judged each by itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archive.collection import Collection
from archive.merging import merge
from tests.archive.verification.planting import leaving_out, row_gone
from tests.archive.verification.sample_archive import findings, kinds, make_archive


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return make_archive(tmp_path / "blog")


def _copy(collection: Collection) -> Collection:
    path = collection.path.with_name("copy")
    shutil.copytree(collection.path, path)
    return Collection.open(f"{path}/")


def test_a_copy_beside_its_original_is_no_fault(collection: Collection) -> None:
    assert findings(collection.path, _copy(collection).path) == []


def test_a_merged_collection_beside_its_source_is_no_fault(
    collection: Collection, tmp_path: Path
) -> None:
    target = tmp_path / "all"
    merge([collection], target, processes=1)
    assert findings(collection.path, target) == []


@pytest.mark.parametrize(
    ("plant", "kind"),
    [(row_gone, "article-missing"), (leaving_out("request"), "request-missing")],
    ids=["row", "request"],
)
def test_a_fault_of_a_copy_is_its_own(collection: Collection, plant: object, kind: str) -> None:
    copy = _copy(collection)
    assert callable(plant)
    plant(copy)
    found = findings(collection.path, copy.path, extract=False)
    assert kinds(found)[kind] == 1
    assert all(finding.file.startswith(str(copy.path)) for finding in found)
